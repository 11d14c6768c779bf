/* LEAKY_RELU: two scalings, with scales in float32. */
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
    float si = op->input[0].scale, so = op->output.scale;
    int64_t y = x >= 0 ? reference_scale(x, (double)(si / so))
                       : reference_scale(x, (double)(si * op->alpha / so));
    return reference_clamp(op, (double)(y + op->output.zero_point));
}

static double expected_f32(const struct pointwise *op, double a, double b) {
    (void)b;
    return a > 0 ? a : (double)((float)a * op->alpha);
}

static struct pointwise random_case(struct random *random, int32_t type) {
    int32_t kind = random_int(random, 0, 5);
    struct pointwise op = {.code = TFLITE_LEAKY_RELU,
                           .type = type,
                           .input_count = 1,
                           .input = {random_units(random, type)},
                           .output = random_units(random, type),
                           .alpha = kind == 0   ? 0
                                    : kind == 1 ? -0.5f
                                    : kind == 2 ? 1.5f
                                                : 0.3f,
                           .min = -5,
                           .max = 5,
                           .expected = expected_quantized};
    op.options = options_leaky_relu(op.alpha);
    return op;
}

static void test_s8(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < 200; i++) {
        struct pointwise op = random_case(&random, TFLITE_TYPE_INT8);
        pointwise_check_all(&op);
        pointwise_check(&random, &op);
    }
}

static void test_s16(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < 40; i++) {
        struct pointwise op = random_case(&random, TFLITE_TYPE_INT16);
        pointwise_check_all(&op);
        pointwise_check(&random, &op);
    }
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < 100; i++) {
        struct pointwise op = random_case(&random, TFLITE_TYPE_FLOAT32);
        op.input[0] = op.output = (struct pointwise_units){0, 0};
        op.expected = expected_f32;
        pointwise_check(&random, &op);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct pointwise s8 = {.code = TFLITE_LEAKY_RELU,
                           .options = options_leaky_relu(INFINITY),
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 1,
                           .input = {{0.5f, 0}},
                           .output = {0.5f, 0}};
    struct test_op op = pointwise_op(&s8, 4);
    op_expect_message(&op, "op 0 LEAKY_RELU \"output\": alpha is inf, it must "
                           "be finite");
    op.options = options_leaky_relu(-1e9f);
    op_expect_message(&op,
                      "op 0 LEAKY_RELU \"output\": the input less its "
                      "zero point can reach 255, which scaled by 2^30 does "
                      "not fit 32 bits");
    op.options = options_leaky_relu(1e30f);
    op.output[0].scale = 1e-20f;
    op_expect_message(&op,
                      "op 0 LEAKY_RELU \"output\": input scale 0.5 times "
                      "alpha 1e+30 over output scale 1e-20 does not fit 32 "
                      "bits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_s16),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
