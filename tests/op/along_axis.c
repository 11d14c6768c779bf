/* ARG_MAX, ARG_MIN and CUMSUM along any dimension; ADD_N. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocate.h"
#include "movement.h"
#include "random.h"
#include "reference.h"

enum { CASES = 150 };

static const struct {
    int32_t type;
} types[] = {{TFLITE_TYPE_INT8},
             {TFLITE_TYPE_INT16},
             {TFLITE_TYPE_INT32},
             {TFLITE_TYPE_INT64},
             {TFLITE_TYPE_FLOAT32}};

static double get(int32_t type, const void *data, int32_t i) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        return ((const int8_t *)data)[i];
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

/* Small whole numbers, so that some are equal and sums are exact; int8 of all
 * its range. */
static void fill(struct random *random, int32_t type, void *data, int32_t n) {
    for (int32_t i = 0; i < n; i++) {
        int32_t x = random_int(random, -20, 20);
        switch (type) {
        case TFLITE_TYPE_INT8:
            ((int8_t *)data)[i] = (int8_t)random_int(random, -128, 127);
            break;
        case TFLITE_TYPE_INT16:
            ((int16_t *)data)[i] = (int16_t)x;
            break;
        case TFLITE_TYPE_INT32:
            ((int32_t *)data)[i] = x * 1000000;
            break;
        case TFLITE_TYPE_INT64:
            ((int64_t *)data)[i] = (int64_t)x * INT64_C(10000000000);
            break;
        default:
            ((float *)data)[i] = (float)x;
        }
    }
}

/* A dimension as the file has it, and the elements before, in and after it. */
struct axis {
    int32_t stored, outer, size, inner;
};

static struct axis random_axis(struct random *random,
                               const struct writer_tensor *tensor) {
    int32_t at = random_int(random, 0, tensor->rank - 1);
    struct axis axis = {at, 1, tensor->dims[at], 1};
    for (int32_t i = 0; i < tensor->rank; i++) {
        axis.outer *= i < at ? tensor->dims[i] : 1;
        axis.inner *= i > at ? tensor->dims[i] : 1;
    }
    axis.stored -= random_int(random, 0, 1) ? tensor->rank : 0;
    return axis;
}

static void check_arg(struct random *random, int32_t type, bool is_max,
                      int32_t to) {
    struct test_op op = {.code = is_max ? TFLITE_ARG_MAX : TFLITE_ARG_MIN,
                         .options =
                             is_max ? options_arg_max(to) : options_arg_min(to),
                         .input_count = 2,
                         .output_count = 1,
                         .output = {{.type = to}}};
    op.input[0].type = type;
    random_shape(random, 1, 5, &op.input[0]);
    struct axis axis = random_axis(random, &op.input[0]);
    op.input[1] = (struct writer_tensor)INT32_SCALAR(&axis.stored);
    int32_t at = axis.stored < 0 ? axis.stored + op.input[0].rank : axis.stored;
    for (int32_t i = 0; i < op.input[0].rank; i++) {
        if (i != at) {
            op.output[0].dims[op.output[0].rank++] = op.input[0].dims[i];
        }
    }
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    void *input = model_input(model, 0);
    fill(random, type, input, tensor_count(&op.input[0]));
    model_run(model);
    for (int32_t i = 0; i < axis.outer * axis.inner; i++) {
        int32_t first =
            i / axis.inner * axis.size * axis.inner + i % axis.inner;
        int32_t best = 0;
        for (int32_t k = 1; k < axis.size; k++) {
            double x = get(type, input, first + k * axis.inner);
            double y = get(type, input, first + best * axis.inner);
            best = (is_max ? x > y : x < y) ? k : best;
        }
        assert_true(get(to, model_output(model, 0), i) == best);
    }
    model_free(model);
}

static void test_arg(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < CASES * 2; i++) {
        int32_t type = types[i % 5].type;
        check_arg(&random, type == TFLITE_TYPE_INT64 ? TFLITE_TYPE_INT8 : type,
                  i % 2, i % 3 ? TFLITE_TYPE_INT32 : TFLITE_TYPE_INT64);
    }
}

/* Sums of int8 are in steps of 2^19; they begin at minus the zero point. */
static double result_s8(double sum, float in, float out, int32_t zero_point) {
    struct reference_output output = {.type = TFLITE_TYPE_INT8};
    sum = fmin(fmax(sum, -4095), 4095);
    double factor = 2 * (double)in / ((double)(1 << 20) * (double)out);
    int64_t scaled =
        reference_multiply((int64_t)sum * (1 << 19), reference_factor(factor));
    return reference_activate(&output, (double)(scaled + zero_point));
}

static void check_cumsum(struct random *random, int32_t type, bool exclusive,
                         bool reverse) {
    bool is_s8 = type == TFLITE_TYPE_INT8;
    struct test_op op = {.code = TFLITE_CUMSUM,
                         .options = options_cumsum(exclusive, reverse),
                         .input_count = 2,
                         .output_count = 1};
    op.input[0] = (struct writer_tensor){
        .type = type,
        .scale = is_s8 ? random_float(random, 0.1, 1) : 0,
        .zero_point = is_s8 ? random_int(random, -128, 127) : 0};
    random_shape(random, 1, 5, &op.input[0]);
    op.output[0] = op.input[0];
    op.output[0].scale *= 4;
    struct axis axis = random_axis(random, &op.input[0]);
    op.input[1] = (struct writer_tensor)INT32_SCALAR(&axis.stored);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    void *input = model_input(model, 0);
    fill(random, type, input, tensor_count(&op.input[0]));
    model_run(model);
    int32_t zero_point = (int32_t)op.input[0].zero_point;
    for (int32_t i = 0; i < axis.outer * axis.inner; i++) {
        int32_t first =
            i / axis.inner * axis.size * axis.inner + i % axis.inner;
        double sum = -zero_point;
        for (int32_t n = 0; n < axis.size; n++) {
            int32_t at = first + (reverse ? axis.size - 1 - n : n) * axis.inner;
            double x = get(type, input, at) - zero_point;
            double y = exclusive ? sum : sum + x;
            sum += x;
            if (is_s8) {
                y = result_s8(y, op.input[0].scale, op.output[0].scale,
                              zero_point);
            }
            assert_true(get(type, model_output(model, 0), at) == y);
        }
    }
    model_free(model);
}

static void test_cumsum(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < CASES * 2; i++) {
        int32_t type = types[i % 5].type;
        check_cumsum(&random,
                     type == TFLITE_TYPE_INT16 ? TFLITE_TYPE_INT8 : type,
                     random_int(&random, 0, 1), random_int(&random, 0, 1));
    }
}

static void check_add_n(struct random *random, int32_t type, int32_t inputs) {
    bool is_s8 = type == TFLITE_TYPE_INT8;
    struct test_op op = {.code = TFLITE_ADD_N,
                         .options = options_empty(TFLITE_OPTIONS_ADD_N),
                         .input_count = inputs,
                         .output_count = 1};
    struct writer_tensor tensor = {
        .type = type,
        .scale = is_s8 ? random_float(random, 0.1, 1) : 0,
        .zero_point = is_s8 ? random_int(random, -128, 127) : 0};
    random_shape(random, 1, 4, &tensor);
    for (int32_t i = 0; i < inputs; i++) {
        op.input[i] = tensor;
    }
    op.output[0] = tensor;
    op.output[0].scale *= 3;
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    int32_t count = tensor_count(&tensor);
    for (int i = 0; i < inputs; i++) {
        fill(random, type, model_input(model, i), count);
    }
    model_run(model);
    for (int32_t k = 0; k < count; k++) {
        int32_t zero_point = (int32_t)tensor.zero_point;
        double sum = -zero_point;
        for (int i = 0; i < inputs; i++) {
            sum += get(type, model_input(model, i), k) - zero_point;
        }
        if (is_s8) {
            sum = result_s8(sum, tensor.scale, op.output[0].scale, zero_point);
        }
        assert_true(get(type, model_output(model, 0), k) == sum);
    }
    model_free(model);
}

static void test_add_n(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < CASES; i++) {
        check_add_n(&random, i % 2 ? TFLITE_TYPE_INT8 : TFLITE_TYPE_FLOAT32,
                    random_int(&random, 2, TEST_OP_INPUTS));
    }
}

static void test_refused(void **state) {
    (void)state;
    static const int32_t axis = 3;
    struct test_op good = {
        .code = TFLITE_ARG_MAX,
        .options = options_arg_max(TFLITE_TYPE_INT32),
        .input_count = 2,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3), .scale = 0.5f},
                  INT32_SCALAR(&axis)},
        .output_count = 1,
        .output = {{.type = TFLITE_TYPE_INT32, WRITER_SHAPE(2)}}};
    struct test_op op = good;
    op_expect_message(&op, "op 0 ARG_MAX \"output\": axis is 3, it must lie "
                           "within -2..1");
    op.input[1].data = NULL;
    op_expect_message(&op, "op 0 ARG_MAX \"output\": axis \"input1\" is "
                           "computed at run time, it must be constant");
    op = good;
    op.options = options_arg_max(TFLITE_TYPE_INT64);
    op_expect_message(&op, "op 0 ARG_MAX \"output\": output_type is INT64, the "
                           "tensor's type is INT32");
    op = good;
    op.code = TFLITE_CUMSUM;
    op.options = options_cumsum(false, false);
    op.output[0] = op.input[0];
    op.output[0].scale = 1e-7f;
    static const int32_t last = -1;
    op.input[1] = (struct writer_tensor)INT32_SCALAR(&last);
    op_expect_message(&op, "op 0 CUMSUM \"output\": output scale is 1e-07, it "
                           "must be over 9.53674e-07: the larger input scale "
                           "over 2^19");
    op.code = TFLITE_ADD_N;
    op.options = options_empty(TFLITE_OPTIONS_ADD_N);
    op.input[1] = op.input[0];
    op.input[1].zero_point = 3;
    op_expect_message(&op, "op 0 ADD_N \"output\": input 1 has scale 0.5 and "
                           "zero point 3, it must have input 0's, 0.5 and 0");
    op.input[1].dims[0] = 1;
    op_expect_message(&op, "op 0 ADD_N \"output\": input 1 shape is 1x3, it "
                           "must be input 0's, 2x3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_arg),
        cmocka_unit_test(test_cumsum),
        cmocka_unit_test(test_add_n),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
