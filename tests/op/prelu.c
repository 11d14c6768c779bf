/* PRELU: one scaling from zero on, another for products with alpha. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pointwise.h"

enum { CASES = 300 };

static double expected_s8(const struct pointwise *op, double a, double b) {
    int64_t x = (int64_t)a - op->input[0].zero_point;
    int64_t alpha = (int64_t)b - op->input[1].zero_point;
    double si = (double)op->input[0].scale, sa = (double)op->input[1].scale;
    double so = (double)op->output.scale;
    int64_t y = x >= 0 ? reference_scale(x, si / so)
                       : reference_scale(x * alpha, si * sa / so);
    return reference_clamp(op, (double)(y + op->output.zero_point));
}

static double expected_f32(const struct pointwise *op, double a, double b) {
    (void)op;
    return a >= 0 ? a : (double)((float)a * (float)b);
}

static void test_s8(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = {
            .code = TFLITE_PRELU,
            .type = TFLITE_TYPE_INT8,
            .input_count = 2,
            .input = {random_units(&random, TFLITE_TYPE_INT8),
                      random_units(&random, TFLITE_TYPE_INT8)},
            .output = random_units(&random, TFLITE_TYPE_INT8),
            .expected = expected_s8};
        pointwise_check(&random, &op);
        if (i % 10 == 0) {
            pointwise_check_single(&random, &op, 1);
        }
    }
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {2};
    struct pointwise op = {.code = TFLITE_PRELU,
                           .type = TFLITE_TYPE_FLOAT32,
                           .input_count = 2,
                           .min = -4,
                           .max = 4,
                           .expected = expected_f32};
    for (int i = 0; i < CASES; i++) {
        pointwise_check(&random, &op);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct pointwise s8 = {.code = TFLITE_PRELU,
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 2,
                           .input = {{0.5f, 1}, {0.25f, 2}},
                           .output = {1e-8f, 1}};
    struct test_op op = pointwise_op(&s8, 4);
    op_expect_message(&op, "op 0 PRELU \"output\": the input less its zero "
                           "point can reach 255, which scaled by 2^26 does not "
                           "fit 32 bits");
    s8.output.scale = 1e-5f;
    op = pointwise_op(&s8, 4);
    op.input[1].scale = 100;
    op_expect_message(&op, "op 0 PRELU \"output\": the product with alpha can "
                           "reach 65025, which scaled by 2^23 does not fit 32 "
                           "bits");
    op = pointwise_op(&s8, 4);
    op.input[0].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, "op 0 PRELU \"output\": input 0 type is INT16, "
                           "allowed: FLOAT32, INT8");
    op = pointwise_op(&s8, 4);
    op.input[1].zero_point = 0;
    op.input[1].scale = 0;
    op_expect_message(&op, "op 0 PRELU \"output\": alpha has 0 scales, it must "
                           "have 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
