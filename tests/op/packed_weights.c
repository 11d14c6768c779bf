/* Weights that stay as small as the file has them: four bits beside INT8 data
 * give the bits that the same weights in bytes give, and four or eight bits
 * beside floats what real weights give. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "convolution.h"
#include "target/target.h"

enum { CASES = 120 };

static size_t count_of(const struct writer_tensor *tensor) {
    size_t count = 1;
    for (int32_t d = 0; d < tensor->rank; d++) {
        count *= (size_t)tensor->dims[d];
    }
    return count;
}

/* A half of each byte, the first weight in the low one. */
static uint8_t *pack(const int8_t *weight, size_t count) {
    uint8_t *packed = calloc(count / 2 + 1, 1);
    assert_non_null(packed);
    for (size_t i = 0; i < count; i++) {
        const int half = weight[i] & 15;
        packed[i / 2] |= (uint8_t)(i % 2 == 0 ? half : half << 4);
    }
    return packed;
}

static void make_int4(struct writer_tensor *filter, const uint8_t *packed) {
    filter->type = TFLITE_TYPE_INT4;
    filter->data_size = (count_of(filter) + 1) / 2;
    filter->data = packed;
}

/* That the kernel reads four bits (or eight), and nothing wider stands in
 * flash. */
static void expect_small(const struct test_model *model, const char *suffix,
                         size_t bytes) {
    const struct call *call = model_call(model, 0);
    const size_t length = strlen(call->kernel->name);
    assert_string_equal(call->kernel->name + length - strlen(suffix), suffix);
    const struct operand *filter = &call->operand[1];
    assert_int_equal(filter->type, DTYPE_INT8);
    assert_int_equal(filter->kind == OPERAND_TABLE
                         ? filter->count
                         : (size_t)shape_count(&filter->tensor->shape),
                     bytes);
}

static struct test_model *run_op(const struct test_op *op, const void *input) {
    struct test_model *model = model_from_op(op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), input, model_input_size(model, 0));
    model_run(model);
    return model;
}

/* --- beside INT8 --- */

static void check_s4(const struct test_op *bytes, const int8_t *weights,
                     const void *input) {
    static const char *const targets[] = {"generic", "cortex-m4", "avr"};
    const size_t count = count_of(&bytes->input[1]);
    uint8_t *packed = pack(weights, count);
    struct test_model *wide = run_op(bytes, input);
    for (size_t t = 0; t < sizeof targets / sizeof *targets; t++) {
        struct test_op op = *bytes;
        make_int4(&op.input[1], packed);
        op.target = target_by_name(targets[t]);
        struct test_model *small = run_op(&op, input);
        expect_small(small, "_s4", (count + 1) / 2);
        assert_memory_equal(model_output(small, 0), model_output(wide, 0),
                            model_output_size(wide, 0));
        model_free(small);
    }
    model_free(wide);
    free(packed);
}

static void check_convolutions(bool depthwise, uint64_t seed) {
    struct random random = {seed};
    for (int n = 0; n < CASES; n++) {
        struct convolution c =
            convolution_random(&random, CONVOLUTION_S8, depthwise);
        const struct test_op op = convolution_op(&c);
        int8_t *weights = c.weights;
        for (size_t i = 0; i < count_of(&op.input[1]); i++) {
            weights[i] = (int8_t)random_int(&random, -8, 7);
        }
        check_s4(&op, weights, c.input);
        convolution_free(&c);
    }
}

static void test_conv_s4(void **state) {
    (void)state;
    check_convolutions(false, 1);
}

static void test_depthwise_s4(void **state) {
    (void)state;
    check_convolutions(true, 2);
}

enum { MOST = 64 };

/* A matrix product of `rows` x `depth` by `units` x `depth`. */
static struct test_op product(int32_t type, int32_t rows, int32_t depth,
                              int32_t units) {
    return (struct test_op){
        .code = TFLITE_FULLY_CONNECTED,
        .options = options_fully_connected(TFLITE_ACT_NONE, 0, false),
        .input_count = 2,
        .input = {{.type = type, WRITER_SHAPE(rows, depth)},
                  {.type = type, WRITER_SHAPE(units, depth)}},
        .output_count = 1,
        .output = {{.type = type, WRITER_SHAPE(rows, units)}}};
}

static void test_product_s4(void **state) {
    (void)state;
    struct random random = {3};
    for (int n = 0; n < CASES; n++) {
        int8_t weights[MOST * MOST], input[MOST * 4];
        const int32_t rows = random_int(&random, 1, 4);
        const int32_t depth = random_int(&random, 1, MOST);
        const int32_t units = random_int(&random, 1, MOST);
        struct test_op op = product(TFLITE_TYPE_INT8, rows, depth, units);
        for (int i = 0; i < 2; i++) {
            op.input[i].scale = 0.03f;
        }
        op.input[0].zero_point = random_int(&random, -128, 127);
        op.output[0].scale = 0.05f;
        for (int32_t i = 0; i < MOST * MOST; i++) {
            weights[i] = (int8_t)random_int(&random, -8, 7);
        }
        random_fill_s8(&random, input, sizeof input);
        op.input[1].data = weights;
        check_s4(&op, weights, input);
    }
}

/* With zero points the weights become bytes, as all others are. */
static void test_zero_point(void **state) {
    (void)state;
    const int8_t weights[] = {1, -2, 7, -8};
    const int8_t input[] = {10, -20};
    uint8_t *packed = pack(weights, sizeof weights);
    struct test_op op = product(TFLITE_TYPE_INT8, 1, 2, 2);
    op.input[0].scale = op.input[1].scale = op.output[0].scale = 1;
    op.input[1].zero_point = 3;
    make_int4(&op.input[1], packed);
    struct test_model *model = run_op(&op, input);
    expect_small(model, "_s8", sizeof weights);
    const int8_t *y = model_output(model, 0);
    assert_int_equal(y[0], 10 * (1 - 3) - 20 * (-2 - 3));
    assert_int_equal(y[1], 127);
    model_free(model);
    free(packed);
}

/* --- beside floats --- */

static void expect_near(const float *found, const float *wanted, size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fabsf(wanted[i]) > most ? fabsf(wanted[i]) : most;
    }
    for (size_t i = 0; i < count; i++) {
        assert_true(fabsf(found[i] - wanted[i]) <= 1e-5f + 1e-5f * most);
    }
}

/* `real` is a model of real weights, which are made here; weight i is of
 * channel i / inner % channels. */
static void check_hybrid(struct random *random, const struct test_op *real,
                         float *weights, const void *input, int32_t channels,
                         size_t inner, int32_t axis) {
    const size_t count = count_of(&real->input[1]);
    const bool per_channel = random_int(random, 0, 1) == 1;
    const int bits = random_int(random, 0, 1) == 1 ? 4 : 8;
    int8_t *small = malloc(count);
    float *scale = malloc((size_t)channels * sizeof *scale);
    assert_true(small != NULL && scale != NULL);
    for (int32_t c = 0; c < channels; c++) {
        scale[c] = (float)random_int(random, 1, 100) / 256;
    }
    for (size_t i = 0; i < count; i++) {
        small[i] = (int8_t)random_int(random, bits == 4 ? -8 : -128,
                                      bits == 4 ? 7 : 127);
        const size_t channel = i / inner % (size_t)channels;
        weights[i] = scale[per_channel ? channel : 0] * (float)small[i];
    }
    uint8_t *packed = pack(small, count);
    struct test_op op = *real;
    struct writer_tensor *filter = &op.input[1];
    filter->type = TFLITE_TYPE_INT8;
    filter->data = small;
    filter->scales = scale;
    filter->scale_count = per_channel ? channels : 1;
    filter->axis = axis;
    if (bits == 4) {
        make_int4(filter, packed);
    }
    struct test_model *wanted = run_op(real, input);
    struct test_model *found = run_op(&op, input);
    expect_small(found, bits == 4 ? "_f32_s4" : "_f32_s8",
                 bits == 4 ? (count + 1) / 2 : count);
    expect_near(model_output(found, 0), model_output(wanted, 0),
                model_output_size(wanted, 0) / sizeof(float));
    model_free(wanted);
    model_free(found);
    free(packed);
    free(scale);
    free(small);
}

static void test_convolution_hybrid(void **state) {
    (void)state;
    struct random random = {4};
    for (int n = 0; n < CASES; n++) {
        const bool depthwise = n % 2 == 1;
        struct convolution c =
            convolution_random(&random, CONVOLUTION_F32, depthwise);
        const struct test_op op = convolution_op(&c);
        const size_t inner =
            depthwise ? 1
                      : (size_t)(c.filter[0] * c.filter[1] * c.filter_channels);
        check_hybrid(&random, &op, c.weights, c.input, c.outputs, inner,
                     depthwise ? 3 : 0);
        convolution_free(&c);
    }
}

static void test_product_hybrid(void **state) {
    (void)state;
    struct random random = {5};
    for (int n = 0; n < CASES; n++) {
        float weights[MOST * MOST], input[MOST * 4];
        const int32_t rows = random_int(&random, 1, 4);
        const int32_t depth = random_int(&random, 1, MOST);
        const int32_t units = random_int(&random, 1, MOST);
        struct test_op op = product(TFLITE_TYPE_FLOAT32, rows, depth, units);
        for (size_t i = 0; i < sizeof input / sizeof *input; i++) {
            input[i] = (float)random_int(&random, -1000, 1000) / 500;
        }
        op.input[1].data = weights;
        check_hybrid(&random, &op, weights, input, units, (size_t)depth, 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_conv_s4),
        cmocka_unit_test(test_depthwise_s4),
        cmocka_unit_test(test_product_s4),
        cmocka_unit_test(test_zero_point),
        cmocka_unit_test(test_convolution_hybrid),
        cmocka_unit_test(test_product_hybrid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
