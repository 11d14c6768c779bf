/* TOPK_V2 against a stable sort. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <math.h>

#include <cmocka.h>

#include "movement.h"

/* Few values, so that many are equal. */
static double read_value(int32_t type, const void *data, int32_t i) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        return ((const int8_t *)data)[i];
    case TFLITE_TYPE_UINT8:
        return ((const uint8_t *)data)[i];
    case TFLITE_TYPE_INT16:
        return ((const int16_t *)data)[i];
    case TFLITE_TYPE_INT32:
        return ((const int32_t *)data)[i];
    case TFLITE_TYPE_INT64:
        return (double)((const int64_t *)data)[i];
    default:
        return (double)((const float *)data)[i];
    }
}

static void write_value(int32_t type, void *data, int32_t i, int32_t value) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        ((int8_t *)data)[i] = (int8_t)value;
        break;
    case TFLITE_TYPE_UINT8:
        ((uint8_t *)data)[i] = (uint8_t)value;
        break;
    case TFLITE_TYPE_INT16:
        ((int16_t *)data)[i] = (int16_t)(value * 256);
        break;
    case TFLITE_TYPE_INT32:
        ((int32_t *)data)[i] = value * (1 << 20);
        break;
    case TFLITE_TYPE_INT64:
        ((int64_t *)data)[i] = (int64_t)value * ((int64_t)1 << 40);
        break;
    default:
        ((float *)data)[i] = (float)value / 4;
    }
}

/* How many of the row come before element i in the result. */
static int32_t rank_of(int32_t type, const void *data, int32_t row,
                       int32_t length, int32_t i) {
    int32_t before = 0;
    const double x = read_value(type, data, row * length + i);
    for (int32_t k = 0; k < length; k++) {
        const double y = read_value(type, data, row * length + k);
        before += y > x || (y == x && k < i);
    }
    return before;
}

static void check(struct random *random, int32_t type) {
    int32_t k = 0;
    struct test_op op = {.code = TFLITE_TOPK_V2,
                         .options = options_empty(TFLITE_OPTIONS_TOPK_V2),
                         .input_count = 2,
                         .output_count = 2};
    struct writer_tensor *input = &op.input[0];
    input->type = type;
    random_shape(random, 1, 3, input);
    const int32_t length = input->dims[input->rank - 1];
    const int32_t rows = tensor_count(input) / length;
    k = random_int(random, 1, length);
    op.output[0] = op.output[1] = *input;
    op.output[1].type = TFLITE_TYPE_INT32;
    op.output[0].dims[input->rank - 1] = op.output[1].dims[input->rank - 1] = k;
    op.input[1] = (struct writer_tensor)INT32_SCALAR(&k);
    int64_t data[2000];
    for (int32_t i = 0; i < rows * length; i++) {
        write_value(type, data, i, random_int(random, 0, 4));
    }
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), data, (size_t)tensor_bytes(input));
    model_run(model);
    const int32_t *indices = model_output(model, 1);
    for (int32_t i = 0; i < rows * k; i++) {
        assert_int_equal(rank_of(type, data, i / k, length, indices[i]), i % k);
        assert_true(read_value(type, model_output(model, 0), i) ==
                    read_value(type, data, i / k * length + indices[i]));
    }
    model_free(model);
}

static void test_random(void **state) {
    (void)state;
    static const int32_t types[] = {TFLITE_TYPE_INT8,  TFLITE_TYPE_UINT8,
                                    TFLITE_TYPE_INT16, TFLITE_TYPE_INT32,
                                    TFLITE_TYPE_INT64, TFLITE_TYPE_FLOAT32};
    struct random random = {35};
    for (int trial = 0; trial < 300; trial++) {
        check(&random, types[trial % 6]);
    }
}

static struct test_op plain(const int32_t *k) {
    return (struct test_op){
        .code = TFLITE_TOPK_V2,
        .input = {{.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(3)},
                  INT32_SCALAR(k)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(3)},
                   {.type = TFLITE_TYPE_INT32, WRITER_SHAPE(3)}},
        .output_count = 2};
}

/* Numbers come first; whatever the order, indices stay inside. */
static void test_nan(void **state) {
    (void)state;
    static const int32_t k = 3;
    for (int numbers = 0; numbers < 3; numbers++) {
        struct test_op op = plain(&k);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        float *x = model_input(model, 0);
        x[0] = NAN;
        x[1] = numbers > 0 ? 1.0f : NAN;
        x[2] = numbers > 1 ? 2.0f : NAN;
        model_run(model);
        const int32_t *indices = model_output(model, 1);
        for (int i = 0; i < 3; i++) {
            assert_in_range(indices[i], 0, 2);
        }
        if (numbers > 0) {
            assert_int_equal(indices[0], numbers);
        }
        model_free(model);
    }
}

static void test_bad(void **state) {
    (void)state;
    static const int32_t zero = 0, four = 4, three = 3;
#define NAME "op 0 TOPK_V2 \"output\": "
    struct test_op op = plain(&zero);
    op_expect_message(&op, NAME "k is 0, it must lie within 1..3");
    op = plain(&four);
    op_expect_message(&op, NAME "k is 4, it must lie within 1..3");
    op = plain(&three);
    op.output[1].type = TFLITE_TYPE_INT64;
    op_expect_message(&op, NAME "output 1 type is INT64, allowed: INT32");
    op = plain(NULL);
    op_expect_message(&op, NAME "k \"input1\" is computed at run time, it must "
                                "be constant");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_nan),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
