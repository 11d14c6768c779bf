/* DEPTHWISE_CONV_2D against the definition, and what it refuses. */
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
        struct convolution c = convolution_random(&random, kind, true);
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
    check_kind(CONVOLUTION_S16_B64, 2);
}

static void test_f32(void **state) {
    (void)state;
    check_kind(CONVOLUTION_F32, 3);
}

static void test_absorbed_pad(void **state) {
    (void)state;
    struct random random = {4};
    for (int i = 0; i < CASES; i++) {
        enum convolution_kind kind =
            i % 4 == 0 ? CONVOLUTION_F32 : CONVOLUTION_S8;
        struct convolution c = convolution_random(&random, kind, true);
        convolution_check_pad(&random, &c);
        convolution_free(&c);
    }
}

/* Networks over time: images of one column, which are computed as rows. */
static void test_column(void **state) {
    (void)state;
    struct random random = {6};
    for (int found = 0; found < CASES / 4;) {
        struct convolution c =
            convolution_random(&random, CONVOLUTION_S8, true);
        if (c.size[1] == 1 && c.filter[1] == 1 && c.filter[0] > 1) {
            convolution_check(&c);
            found++;
        }
        convolution_free(&c);
    }
}

/* The schema calls the depth multiplier redundant: files may leave it out. */
static void test_depth_multiplier_left_out(void **state) {
    (void)state;
    struct random random = {5};
    for (int i = 0; i < 20; i++) {
        struct convolution c =
            convolution_random(&random, CONVOLUTION_S8, true);
        struct test_op said = convolution_op(&c), unsaid = said;
        unsaid.options = options_depthwise_conv_2d(
            c.padding, c.stride[1], c.stride[0], 0, c.output.activation,
            c.dilation[1], c.dilation[0]);
        struct test_model *a = model_from_op(&said);
        struct test_model *b = model_from_op(&unsaid);
        model_expect_ok(a);
        model_expect_ok(b);
        for (size_t k = 0; k < model_input_size(a, 0); k++) {
            ((int8_t *)model_input(a, 0))[k] = ((int8_t *)c.input)[k];
            ((int8_t *)model_input(b, 0))[k] = ((int8_t *)c.input)[k];
        }
        model_run(a);
        model_run(b);
        assert_memory_equal(model_output(a, 0), model_output(b, 0),
                            model_output_size(a, 0));
        model_free(a);
        model_free(b);
        convolution_free(&c);
    }
}

static void test_macs(void **state) {
    (void)state;
    struct test_op op = convolution_plain(true);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    const struct node *node = model_graph(model)->node[0];
    assert_int_equal(node->op->macs(node), 4 * 4 * 4 * 3 * 3);
    model_free(model);
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct test_op op = convolution_plain(true);                           \
        change;                                                                \
        op_expect_message(&op, "op 0 DEPTHWISE_CONV_2D \"conv\": " text);      \
    } while (0)

static struct writer_options bad_options(int padding, int32_t stride_w,
                                         int32_t stride_h, int32_t multiplier,
                                         int32_t dilation_w) {
    return options_depthwise_conv_2d(padding, stride_w, stride_h, multiplier,
                                     TFLITE_ACT_NONE, dilation_w, 1);
}

static void test_bad_types(void **state) {
    (void)state;
    EXPECT(op.input[0].type = TFLITE_TYPE_INT32,
           "input type is INT32, allowed: FLOAT32, INT16, INT8");
    EXPECT(op.input[1].type = TFLITE_TYPE_FLOAT32,
           "filter type is FLOAT32, allowed: INT8");
    EXPECT(op.input[2].type = TFLITE_TYPE_INT16,
           "bias type is INT16, allowed: INT32");
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT16;
           op.input[0].zero_point = op.output[0].zero_point = 0,
           "bias type is INT32, allowed: INT64");
    EXPECT(op.output[0].type = TFLITE_TYPE_FLOAT32,
           "output type is FLOAT32, it must be input's, INT8");
    EXPECT(op.input[1].data = NULL,
           "filter \"filter\" is computed at run time, it must be constant");
}

static void test_bad_attributes(void **state) {
    (void)state;
    EXPECT(op.options = bad_options(TFLITE_SAME, 0, 2, 2, 1),
           "stride is 2x0, each must be at least 1");
    EXPECT(op.options = bad_options(TFLITE_SAME, 1, 1, 2, 0),
           "dilation is 1x0, each must be at least 1");
    EXPECT(op.options = bad_options(2, 1, 1, 2, 1),
           "padding is 2, allowed: SAME (0), VALID (1)");
    EXPECT(op.options = bad_options(TFLITE_VALID, 1, 1, 2, 3),
           "window spans 3x7, more than the input's 4x4, and padding is VALID");
    EXPECT(op.options = bad_options(TFLITE_SAME, 1, 1, 3, 1),
           "depth multiplier is 3, but 2 channels become 4");
    EXPECT(op.options =
               options_depthwise_conv_2d(TFLITE_SAME, 1, 1, 2, 5, 1, 1),
           "fused activation is 5, allowed: NONE (0), RELU (1), RELU_N1_TO_1 "
           "(2), RELU6 (3)");
}

static void test_bad_shapes(void **state) {
    (void)state;
    EXPECT(op.input[0].rank = 3,
           "input shape is 1x4x4, it must have 4 dimensions");
    EXPECT(op.input[1].dims[0] = 2,
           "filter shape is 2x3x3x4, its first dimension must be 1");
    EXPECT(op.input[0].dims[3] = 3,
           "filter has 4 channels, they must be a multiple of the input's 3");
    EXPECT(op.input[2].dims[0] = 3,
           "bias shape is 3, it must have 4 values, one an output channel");
    EXPECT(op.output[0].dims[3] = 2,
           "output 0 is declared 1x4x4x2, its inputs give 1x4x4x4");
}

static void test_bad_quantization(void **state) {
    (void)state;
    static const float scales[] = {1, 2, 3, 4};
    EXPECT(op.input[0].zero_point = -129,
           "input zero point is -129, it must lie within -128..127");
    EXPECT(op.input[1].zero_point = -1,
           "filter zero point 0 is -1, it must be 0");
    EXPECT(op.input[1].scale = 0; op.input[1].scales = scales;
           op.input[1].scale_count = 3;
           op.input[1].axis = 1,
           "filter has 3 scales, it must have 1 or 4, one a channel");
    EXPECT(op.output[0].scale = 0, "output has 0 scales, it must have 1");
}

static void test_overflow(void **state) {
    (void)state;
    static const int32_t large[] = {1, 2, 3, INT32_MIN};
    EXPECT(op.input[2].data = large,
           "channel 3: the accumulator can reach 2147484404, which does not "
           "fit 32 bits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_s16),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_column),
        cmocka_unit_test(test_absorbed_pad),
        cmocka_unit_test(test_depth_multiplier_left_out),
        cmocka_unit_test(test_macs),
        cmocka_unit_test(test_bad_types),
        cmocka_unit_test(test_bad_attributes),
        cmocka_unit_test(test_bad_shapes),
        cmocka_unit_test(test_bad_quantization),
        cmocka_unit_test(test_overflow),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
