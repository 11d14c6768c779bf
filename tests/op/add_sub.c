/* ADD and SUB: both inputs scaled to a common scale, in double and in float32.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pointwise.h"

enum { CASES = 300 };

/* Each input in units of twice the larger scale over 2^left, then the output's
 * units. */
static double expected_quantized(const struct pointwise *op, double a,
                                 double b) {
    int left = op->type == TFLITE_TYPE_INT8 ? 20 : 15;
    float sa = op->input[0].scale, sb = op->input[1].scale;
    double common = 2 * fmax((double)sa, (double)sb);
    double fa = (double)sa / common, fb = (double)sb / common;
    double fo = ldexp(common / (double)op->output.scale, -left);
    if (op->code == TFLITE_SUB) {
        float common_f32 = 2 * fmaxf(sa, sb);
        fa = (double)(sa / common_f32);
        fb = (double)(sb / common_f32);
        fo = (double)(common_f32 / ldexpf(op->output.scale, left));
    }
    int64_t x = ((int64_t)a - op->input[0].zero_point) * (INT64_C(1) << left);
    int64_t y = ((int64_t)b - op->input[1].zero_point) * (INT64_C(1) << left);
    int64_t scaled_x = reference_scale(x, fa);
    int64_t scaled_y = reference_scale(y, fb);
    int64_t sum =
        op->code == TFLITE_SUB ? scaled_x - scaled_y : scaled_x + scaled_y;
    int64_t scaled = reference_scale(sum, fo) + op->output.zero_point;
    return reference_clamp(op, (double)scaled);
}

static double expected_s32(const struct pointwise *op, double a, double b) {
    double y = op->code == TFLITE_SUB ? a - b : a + b; /* modulo 2^32 */
    return y >= 2147483648.0   ? y - 4294967296.0
           : y < -2147483648.0 ? y + 4294967296.0
                               : y;
}

static double expected_f32(const struct pointwise *op, double a, double b) {
    float y =
        op->code == TFLITE_SUB ? (float)a - (float)b : (float)a + (float)b;
    return reference_clamp(op, (double)y);
}

static struct writer_options options_of(int32_t code, int activation) {
    return code == TFLITE_SUB ? options_sub(activation)
                              : options_add(activation);
}

/* Scales that the reference takes: the output's is not too small. */
static struct pointwise random_case(struct random *random, int32_t code,
                                    int32_t type) {
    struct pointwise op = {
        .code = code,
        .type = type,
        .input_count = 2,
        .input = {random_units(random, type), random_units(random, type)},
        .output = random_units(random, type),
        .activation = random_int(random, 0, 3),
        .expected = expected_quantized};
    op.options = options_of(code, op.activation);
    return op;
}

static void check_s8(int32_t code) {
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = random_case(&random, code, TFLITE_TYPE_INT8);
        pointwise_check(&random, &op);
        if (i % 10 == 0) {
            pointwise_check_single(&random, &op, i / 10 % 2);
        }
    }
}

static void check_s16(int32_t code) {
    struct random random = {2};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = random_case(&random, code, TFLITE_TYPE_INT16);
        pointwise_check(&random, &op);
    }
}

static void check_s32(int32_t code) {
    struct random random = {3};
    struct pointwise op = {.code = code,
                           .options = options_of(code, TFLITE_ACT_NONE),
                           .type = TFLITE_TYPE_INT32,
                           .input_count = 2,
                           .min = INT32_MIN,
                           .max = INT32_MAX,
                           .expected = expected_s32};
    for (int i = 0; i < CASES; i++) {
        pointwise_check(&random, &op);
    }
}

static void check_f32(int32_t code) {
    struct random random = {4};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = {.code = code,
                               .type = TFLITE_TYPE_FLOAT32,
                               .input_count = 2,
                               .min = -8,
                               .max = 8,
                               .activation = random_int(&random, 0, 3),
                               .expected = expected_f32};
        op.options = options_of(code, op.activation);
        pointwise_check(&random, &op);
    }
}

static void test_add(void **state) {
    (void)state;
    check_s8(TFLITE_ADD);
    check_s16(TFLITE_ADD);
    check_s32(TFLITE_ADD);
    check_f32(TFLITE_ADD);
}

static void test_sub(void **state) {
    (void)state;
    check_s8(TFLITE_SUB);
    check_s16(TFLITE_SUB);
    check_s32(TFLITE_SUB);
    check_f32(TFLITE_SUB);
}

/* Two int8 inputs that would be accepted. */
static struct test_op good_op(int32_t code) {
    struct pointwise op = {.code = code,
                           .options = options_of(code, TFLITE_ACT_NONE),
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 2,
                           .input = {{0.5f, 1}, {0.25f, -2}},
                           .output = {0.5f, 3}};
    return pointwise_op(&op, 6);
}

static void test_shapes(void **state) {
    (void)state;
    struct test_op op = good_op(TFLITE_ADD);
    op.input[0] = (struct writer_tensor){
        .type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3, 4), .scale = 0.5f};
    op.input[1] = (struct writer_tensor){
        .type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 4), .scale = 0.5f};
    op_expect_message(&op, "op 0 ADD \"output\": input shapes are 2x3x4 and "
                           "2x4, their dimensions (the last ones aligned) must "
                           "be equal or 1");
    op = good_op(TFLITE_ADD);
    op.input[0] = (struct writer_tensor){
        .type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 1), .scale = 0.5f};
    op_expect_message(&op, "op 0 ADD \"output\": output 0 is declared 6, its "
                           "inputs give 2x6");
}

static void test_types(void **state) {
    (void)state;
    struct test_op op = good_op(TFLITE_ADD);
    op.input[0].type = TFLITE_TYPE_UINT8;
    op_expect_message(&op, "op 0 ADD \"output\": input 0 type is UINT8, "
                           "allowed: FLOAT32, INT32, INT64, INT16, INT8");
    op = good_op(TFLITE_ADD);
    op.input[1].type = TFLITE_TYPE_INT16;
    op.output[0].type = TFLITE_TYPE_FLOAT32;
    struct test_model *model = model_from_op(&op);
    model_expect_message(model, "op 0 ADD \"output\": input 1 type is INT16, "
                                "it must be input 0's, INT8");
    model_expect_any_message(model,
                             "op 0 ADD \"output\": output type is FLOAT32, it "
                             "must be input 0's, INT8");
    model_free(model);
}

static void test_int32(void **state) {
    (void)state;
    struct test_op op = good_op(TFLITE_ADD);
    op.input[0].type = op.input[1].type = op.output[0].type = TFLITE_TYPE_INT32;
    op.options = options_add(TFLITE_ACT_RELU);
    struct test_model *model = model_from_op(&op);
    model_expect_message(model, "op 0 ADD \"output\": input 0 is quantised, "
                                "INT32 must not be");
    model_free(model);
}

static void test_activation(void **state) {
    (void)state;
    struct test_op op = good_op(TFLITE_ADD);
    op.options = options_add(TFLITE_ACT_TANH);
    op_expect_message(&op, "op 0 ADD \"output\": fused activation is 4, "
                           "allowed: NONE (0), RELU (1), RELU_N1_TO_1 (2), "
                           "RELU6 (3)");
}

static void test_quantization(void **state) {
    (void)state;
    struct test_op op = good_op(TFLITE_ADD);
    op.input[1].scale = 0;
    op.input[1].zero_point = 0;
    op_expect_message(&op, "op 0 ADD \"output\": input 1 has 0 scales, it must "
                           "have 1");
    op = good_op(TFLITE_ADD);
    op.output[0].scale = 0x1p-20f; /* 2 * 0.5 / 2^20 */
    op_expect_message(&op,
                      "op 0 ADD \"output\": output scale is 9.53674e-07, "
                      "it must be over 9.53674e-07: the larger input scale "
                      "over 2^19");
}

static void test_sub_quantization(void **state) {
    (void)state;
    struct test_op op = good_op(TFLITE_SUB);
    op.output[0].scale = 1e-7f;
    op_expect_message(&op,
                      "op 0 SUB \"output\": output scale is 1e-07, it must "
                      "be over 9.53674e-07: the larger input scale over "
                      "2^19");
}

/* Both inputs are one tensor, which the output overwrites. */
static void test_twice(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_tensor tensor = {
        .name = "x", .type = TFLITE_TYPE_INT8, WRITER_SHAPE(5), .scale = 1};
    int32_t x = writer_tensor(writer, &tensor);
    tensor.name = "y";
    int32_t y = writer_tensor(writer, &tensor);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(x, x), WRITER_LIST(y),
                    options_add(TFLITE_ACT_NONE));
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    struct test_model *model = model_from_writer(writer);
    model_expect_ok(model);
    const int8_t in[5] = {-128, -3, 0, 20, 127};
    const int8_t out[5] = {-128, -6, 0, 40, 127};
    for (int i = 0; i < 5; i++) {
        ((int8_t *)model_input(model, 0))[i] = in[i];
    }
    model_run(model);
    assert_memory_equal(model_output(model, 0), out, sizeof out);
    model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_add),
        cmocka_unit_test(test_sub),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_int32),
        cmocka_unit_test(test_activation),
        cmocka_unit_test(test_quantization),
        cmocka_unit_test(test_sub_quantization),
        cmocka_unit_test(test_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
