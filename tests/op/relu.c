/* RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1: requantised, then clamped. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pointwise.h"

static double expected_quantized(const struct pointwise *op, double a,
                                 double b) {
    (void)b;
    int64_t x = (int64_t)a - op->input[0].zero_point;
    double q = (double)op->input[0].scale / (double)op->output.scale;
    return reference_clamp(
        op, (double)(reference_scale(x, q) + op->output.zero_point));
}

static double expected_f32(const struct pointwise *op, double a, double b) {
    (void)b;
    return reference_clamp(op, a);
}

static const struct {
    int32_t code;
    int activation;
} relus[] = {{TFLITE_RELU, TFLITE_ACT_RELU},
             {TFLITE_RELU6, TFLITE_ACT_RELU6},
             {TFLITE_RELU_N1_TO_1, TFLITE_ACT_RELU_N1_TO_1},
             {TFLITE_RELU_0_TO_1, POINTWISE_0_TO_1}};

static struct pointwise make_case(int which, int32_t type) {
    return (struct pointwise){.code = relus[which].code,
                              .activation = relus[which].activation,
                              .type = type,
                              .input_count = 1,
                              .min = -12,
                              .max = 12,
                              .expected = expected_quantized};
}

static void test_s8(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < 200; i++) {
        struct pointwise op = make_case(i % 4, TFLITE_TYPE_INT8);
        op.input[0] = op.output = random_units(&random, op.type);
        if (i % 8 < 4) {
            op.output = random_units(&random, op.type);
        }
        pointwise_check_all(&op);
        pointwise_check(&random, &op);
    }
}

/* RELU6 with one quantisation is a clamp of what is stored. */
static void test_clamp(void **state) {
    (void)state;
    struct pointwise op = make_case(1, TFLITE_TYPE_INT8);
    op.input[0] = op.output = (struct pointwise_units){0.1f, -10};
    struct test_op made = pointwise_op(&op, 4);
    struct test_model *model = model_from_op(&made);
    model_expect_ok(model);
    const int8_t in[4] = {-128, -10, 49, 127}, out[4] = {-10, -10, 49, 50};
    for (int i = 0; i < 4; i++) {
        ((int8_t *)model_input(model, 0))[i] = in[i];
    }
    model_run(model);
    assert_memory_equal(model_output(model, 0), out, 4);
    model_free(model);
}

static void test_s16(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < 40; i++) {
        struct pointwise op = make_case(i % 4, TFLITE_TYPE_INT16);
        op.input[0].scale = random_units(&random, op.type).scale;
        op.output.scale = random_units(&random, op.type).scale;
        pointwise_check_all(&op);
        pointwise_check(&random, &op);
    }
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < 100; i++) {
        struct pointwise op = make_case(i % 4, TFLITE_TYPE_FLOAT32);
        op.expected = expected_f32;
        pointwise_check(&random, &op);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct pointwise s16 = make_case(0, TFLITE_TYPE_INT16);
    s16.input[0] = (struct pointwise_units){0.5f, 0};
    s16.output = (struct pointwise_units){0.5f, -4};
    struct test_op op = pointwise_op(&s16, 4);
    op_expect_message(&op, "op 0 RELU \"output\": zero points are 0 and -4, "
                           "they must be 0 on INT16");
    s16.output = (struct pointwise_units){1e-6f, 0};
    op = pointwise_op(&s16, 4);
    op_expect_message(&op, "op 0 RELU \"output\": the input can reach 32768, "
                           "which scaled by 2^19 does not fit 32 bits");
    struct pointwise s8 = make_case(1, TFLITE_TYPE_INT8);
    s8.input[0] = (struct pointwise_units){0.5f, 0};
    s8.output = (struct pointwise_units){1e-8f, 0};
    op = pointwise_op(&s8, 4);
    op_expect_message(&op, "op 0 RELU6 \"output\": the input less its zero "
                           "point can reach 255, which scaled by 2^26 does not "
                           "fit 32 bits");
    op = pointwise_op(&s8, 4);
    op.input[0].type = op.output[0].type = TFLITE_TYPE_INT32;
    op_expect_message(&op, "op 0 RELU6 \"output\": input type is INT32, "
                           "allowed: FLOAT32, INT16, INT8");
    op = pointwise_op(&s8, 4);
    op.output[0].scale = 0;
    op_expect_message(&op, "op 0 RELU6 \"output\": output has 0 scales, it "
                           "must have 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),      cmocka_unit_test(test_clamp),
        cmocka_unit_test(test_s16),     cmocka_unit_test(test_f32),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
