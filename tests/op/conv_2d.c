/* CONV_2D against the definition of a convolution, and what it refuses. */
#include "convolution.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/op.h"

enum { CASES = 200 };

static void check_kind(enum convolution_kind kind, uint64_t seed) {
    struct random random = {seed};
    for (int i = 0; i < CASES; i++) {
        struct convolution c = convolution_random(&random, kind, false);
        convolution_check(&c);
        convolution_free(&c);
    }
}

static void test_s8(void **state) {
    (void)state;
    check_kind(CONVOLUTION_S8, 1);
}

static void test_s16(void **state) {
    (void)state;
    check_kind(CONVOLUTION_S16, 2);
}

static void test_s16_b64(void **state) {
    (void)state;
    check_kind(CONVOLUTION_S16_B64, 3);
}

static void test_f32(void **state) {
    (void)state;
    check_kind(CONVOLUTION_F32, 4);
}

static void test_absorbed_pad(void **state) {
    (void)state;
    struct random random = {5};
    for (int i = 0; i < CASES; i++) {
        enum convolution_kind kind =
            i % 4 == 0 ? CONVOLUTION_F32 : CONVOLUTION_S8;
        struct convolution c = convolution_random(&random, kind, false);
        convolution_check_pad(&random, &c);
        convolution_free(&c);
    }
}

/* One value, where every step can be followed: (10 - (-3)) * weights, at the
 * corner, where five taps of nine fall on padding. */
static void test_by_hand(void **state) {
    (void)state;
    static const int8_t weights[] = {1, 2, 3, 4, 5, 6, 7, 8, 9};
    struct test_op op = {
        .code = TFLITE_CONV_2D,
        .options = options_conv_2d(TFLITE_SAME, 1, 1, TFLITE_ACT_NONE, 1, 1),
        .input_count = 2,
        .input = {{.type = TFLITE_TYPE_INT8,
                   WRITER_SHAPE(1, 2, 2, 1),
                   .scale = 1,
                   .zero_point = -3},
                  {.type = TFLITE_TYPE_INT8,
                   WRITER_SHAPE(1, 3, 3, 1),
                   .scale = 1,
                   .data = weights}},
        .output_count = 1,
        .output = {{.type = TFLITE_TYPE_INT8,
                    WRITER_SHAPE(1, 2, 2, 1),
                    .scale = 8,
                    .zero_point = 5}}};
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    int8_t *input = model_input(model, 0);
    input[0] = 10;
    input[1] = input[2] = input[3] = -3;
    model_run(model);
    /* 13 * {5, 4, 2, 1} / 8 = {8.1, 6.5, 3.25, 1.6} */
    const int8_t expected[] = {5 + 8, 5 + 7, 5 + 3, 5 + 2};
    assert_memory_equal(model_output(model, 0), expected, 4);
    model_free(model);
}

/* Accumulators of 16-bit data without a bias have 64 bits unless the options
 * say that a bias would have had 32: with these weights 32 do not do. */
static void test_s16_without_bias(void **state) {
    (void)state;
    static int8_t weights[1024];
    for (int i = 0; i < 1024; i++) {
        weights[i] = 127;
    }
    struct test_op op = {
        .code = TFLITE_CONV_2D,
        .options = options_conv_2d(TFLITE_SAME, 1, 1, TFLITE_ACT_NONE, 1, 1),
        .input_count = 2,
        .input = {{.type = TFLITE_TYPE_INT16,
                   WRITER_SHAPE(1, 1, 1, 1024),
                   .scale = 1},
                  {.type = TFLITE_TYPE_INT8,
                   WRITER_SHAPE(1, 1, 1, 1024),
                   .scale = 1,
                   .data = weights}},
        .output_count = 1,
        .output = {{.type = TFLITE_TYPE_INT16,
                    WRITER_SHAPE(1, 1, 1, 1),
                    .scale = 262144}}};
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    for (int i = 0; i < 1024; i++) {
        ((int16_t *)model_input(model, 0))[i] = 32767;
    }
    model_run(model);
    /* 1024 * 127 * 32767 / 2^18 = 16255.5 */
    assert_int_equal(*(const int16_t *)model_output(model, 0), 16256);
    model_free(model);
    option_i8(&op.options, 6, TFLITE_TYPE_INT32);
    op_expect_message(&op,
                      "op 0 CONV_2D \"output\": channel 0: the accumulator "
                      "can reach 4261412864, which does not fit 32 bits");
}

static void test_macs(void **state) {
    (void)state;
    struct test_op op = convolution_plain(false);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    const struct node *node = model_graph(model)->node[0];
    assert_int_equal(node->op->macs(node), 4 * 4 * 3 * 3 * 3 * 2);
    model_free(model);
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct test_op op = convolution_plain(false);                          \
        change;                                                                \
        op_expect_message(&op, "op 0 CONV_2D \"conv\": " text);                \
    } while (0)

static struct writer_options bad_options(int padding, int32_t stride_w,
                                         int32_t stride_h, int32_t dilation_w,
                                         int32_t dilation_h) {
    return options_conv_2d(padding, stride_w, stride_h, TFLITE_ACT_NONE,
                           dilation_w, dilation_h);
}

static void test_bad_types(void **state) {
    (void)state;
    EXPECT(op.input[0].type = TFLITE_TYPE_UINT8,
           "input type is UINT8, allowed: FLOAT32, INT16, INT8");
    EXPECT(op.input[1].type = TFLITE_TYPE_INT16,
           "filter type is INT16, allowed: INT8");
    EXPECT(op.input[2].type = TFLITE_TYPE_INT64,
           "bias type is INT64, allowed: INT32");
    EXPECT(op.output[0].type = TFLITE_TYPE_INT16,
           "output type is INT16, it must be input's, INT8");
    EXPECT(op.input[1].data = NULL,
           "filter \"filter\" is computed at run time, it must be constant");
    EXPECT(op.input[2].data = NULL,
           "bias \"bias\" is computed at run time, it must be constant");
    EXPECT(op.options.field_count = 0;
           op.options.type = 0, "stride is 0x0, each must be at least 1");
}

static void test_bad_attributes(void **state) {
    (void)state;
    EXPECT(op.options = bad_options(TFLITE_SAME, 2, 0, 1, 1),
           "stride is 0x2, each must be at least 1");
    EXPECT(op.options = bad_options(TFLITE_SAME, 1, 1, -1, 1),
           "dilation is 1x-1, each must be at least 1");
    EXPECT(op.options = bad_options(7, 1, 1, 1, 1),
           "padding is 7, allowed: SAME (0), VALID (1)");
    EXPECT(op.options = bad_options(TFLITE_VALID, 1, 1, 2, 1),
           "window spans 3x5, more than the input's 4x4, and padding is VALID");
    EXPECT(op.options = bad_options(TFLITE_SAME, 1, 1, 1, INT32_MAX),
           "window spans 4294967295x3 at stride 1x1, the most is 1073741824");
    EXPECT(op.options = options_conv_2d(TFLITE_SAME, 1, 1, 4, 1, 1),
           "fused activation is 4, allowed: NONE (0), RELU (1), RELU_N1_TO_1 "
           "(2), RELU6 (3)");
}

static void test_bad_shapes(void **state) {
    (void)state;
    EXPECT(op.input[0].rank = 3,
           "input shape is 1x4x4, it must have 4 dimensions");
    EXPECT(op.input[1].rank = 3,
           "filter shape is 3x3x3, it must have 4 dimensions");
    EXPECT(op.input[2].dims[0] = 2,
           "bias shape is 2, it must have 3 values, one an output channel");
    EXPECT(op.output[0].dims[1] = 3,
           "output 0 is declared 1x3x4x3, its inputs give 1x4x4x3");
    EXPECT(op.input[0].dims[3] = 3,
           "input has 3 channels, they must be a multiple of the filter's 2");
    EXPECT(op.input[0].dims[3] = 4,
           "filter has 3 outputs, they must be a multiple of the 2 groups that "
           "2 of the input's 4 channels make");
}

static void test_bad_quantization(void **state) {
    (void)state;
    static const float scales[] = {1, 2, 3};
    static const int64_t zero_points[] = {0, 1, 0};
    EXPECT(op.input[0].scale = 0, "input has 0 scales, it must have 1");
    EXPECT(op.output[0].zero_point = 200,
           "output zero point is 200, it must lie within -128..127");
    EXPECT(op.input[1].zero_point = 3,
           "filter zero point 0 is 3, it must be 0");
    EXPECT(op.input[1].scale = 0; op.input[1].scales = scales;
           op.input[1].scale_count = 3;
           op.input[1].axis = 1,
           "filter is quantised along dimension 1, it must be 0");
    EXPECT(op.input[1].scale = 0; op.input[1].scales = scales;
           op.input[1].scale_count = 3; op.input[1].zero_points = zero_points;
           op.input[1].zero_point_count = 3,
           "filter zero point 1 is 1, it must be 0");
    EXPECT(op.input[0].type = TFLITE_TYPE_INT16;
           op.output[0].type = TFLITE_TYPE_INT16,
           "input zero point is -3, it must be 0 for INT16");
}

static void test_overflow(void **state) {
    (void)state;
    static const int32_t large[] = {1, INT32_MAX, 2};
    EXPECT(op.input[2].data = large,
           "channel 1: the accumulator can reach 2147483903, which does not "
           "fit 32 bits");
    EXPECT(op.output[0].scale = 1e-8f,
           "the accumulator can reach 2184, which scaled by 2^24 does not fit "
           "32 bits");
    static const int64_t wide[] = {INT64_MIN, 0, 0};
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT16;
           op.input[0].zero_point = op.output[0].zero_point = 0;
           op.input[2].type = TFLITE_TYPE_INT64;
           op.input[2].data = wide,
           "channel 0: the accumulator can reach 491520 with a bias of "
           "-9223372036854775808, which does not fit 48 bits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_s16),
        cmocka_unit_test(test_s16_b64),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_absorbed_pad),
        cmocka_unit_test(test_by_hand),
        cmocka_unit_test(test_s16_without_bias),
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_bad_types),
        cmocka_unit_test(test_bad_attributes),
        cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_bad_quantization),
        cmocka_unit_test(test_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
