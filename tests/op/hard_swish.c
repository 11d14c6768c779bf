/* HARD_SWISH: int8 against the reference's 16-bit steps, each written from its
 * definition, and against the real function. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pointwise.h"

static int64_t saturate(double x) {
    return (int64_t)fmin(fmax(x, -32768), 32767);
}

/* round(x * 2^-n), half away from zero. */
static int64_t rounded(double x, int n) {
    return (int64_t)round(ldexp(x, -n));
}

/* round(a * b / 2^15), ties upward. */
static int64_t high(int64_t a, int64_t b) {
    return (int64_t)floor(ldexp((double)(a * b), -15) + 0.5);
}

/* A float32 ratio as a 15-bit multiplier and an exponent. */
static int64_t multiplier(float ratio, int *exponent) {
    double fraction = frexp((double)ratio, exponent);
    int64_t wide = llround(ldexp(fraction, 31));
    return wide >= INT32_MAX - 32768 ? 32767 : (wide + 32768) / 65536;
}

static double expected_s8(const struct pointwise *op, double a, double b) {
    (void)b;
    float fine = (1.0f / 128.0f) * op->input[0].scale;
    int e, f;
    int64_t output_factor = multiplier(fine / op->output.scale, &e);
    int64_t gate_factor = multiplier(fine / (3.0f / 32768.0f), &f);
    int64_t x = ((int64_t)a - op->input[0].zero_point) * 128;
    int64_t gate = f > 0 ? saturate(ldexp((double)x, f - 1)) : x;
    gate = high(gate, gate_factor);
    gate = f > 0 ? saturate(2 * (double)gate) : rounded((double)gate, -f);
    gate = (gate + 32768) >> 1;
    int64_t product =
        (int64_t)trunc(ldexp((double)(gate * high(x, output_factor)), -15));
    return reference_clamp(
        op, (double)(rounded((double)product, -e) + op->output.zero_point));
}

static double real_value(double x) {
    return x * fmin(fmax(x + 3, 0), 6) / 6;
}

static struct pointwise random_case(struct random *random) {
    struct pointwise op = {.code = TFLITE_HARD_SWISH,
                           .options = options_empty(TFLITE_OPTIONS_HARD_SWISH),
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 1,
                           .input = {random_units(random, TFLITE_TYPE_INT8)},
                           .output = random_units(random, TFLITE_TYPE_INT8),
                           .expected = expected_s8};
    float ratio = (float)exp2((double)random_float(random, -8.9, 6.9));
    op.output.scale = op.input[0].scale / ratio;
    return op;
}

static void test_s8(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < 500; i++) {
        struct pointwise op = random_case(&random);
        pointwise_check_all(&op);
        pointwise_check(&random, &op);
    }
}

/* With usual scales the result is within a unit of the real function. */
static void test_near(void **state) {
    (void)state;
    struct pointwise op = {.code = TFLITE_HARD_SWISH,
                           .options = options_empty(TFLITE_OPTIONS_HARD_SWISH),
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 1,
                           .input = {{0.06f, -20}},
                           .output = {0.03f, -115}};
    struct test_op made = pointwise_op(&op, 256);
    struct test_model *model = model_from_op(&made);
    model_expect_ok(model);
    for (int i = 0; i < 256; i++) {
        ((int8_t *)model_input(model, 0))[i] = (int8_t)(i - 128);
    }
    model_run(model);
    for (int i = 0; i < 256; i++) {
        double y = real_value((i - 128 + 20) * 0.06) / 0.03 - 115;
        double found = ((const int8_t *)model_output(model, 0))[i];
        assert_true(fabs(found - fmin(fmax(y, -128), 127)) <= 1);
    }
    model_free(model);
}

static double expected_f32(const struct pointwise *op, double a, double b) {
    (void)op, (void)b;
    return real_value(a);
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {2};
    struct pointwise op = {.code = TFLITE_HARD_SWISH,
                           .options = options_empty(TFLITE_OPTIONS_HARD_SWISH),
                           .type = TFLITE_TYPE_FLOAT32,
                           .input_count = 1,
                           .min = -6,
                           .max = 6,
                           .tolerance = 1e-6,
                           .expected = expected_f32};
    for (int i = 0; i < 100; i++) {
        pointwise_check(&random, &op);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct random random = {3};
    struct pointwise op = random_case(&random);
    op.input[0] = (struct pointwise_units){1, 0};
    op.output = (struct pointwise_units){1 / 128.0f, 0};
    struct test_op made = pointwise_op(&op, 4);
    op_expect_message(&made, "op 0 HARD_SWISH \"output\": input scale over "
                             "output scale is 128, it must be from 1/512 to "
                             "below 128");
    made.output[0].scale = 1024;
    op_expect_message(&made,
                      "op 0 HARD_SWISH \"output\": input scale over "
                      "output scale is 0.000976562, it must be from 1/512 "
                      "to below 128");
    made.input[0].scale = made.output[0].scale = 1e-7f;
    op_expect_message(&made,
                      "op 0 HARD_SWISH \"output\": input scale is 1e-07, "
                      "it must be at least 1.8e-07");
    made.input[0].type = made.output[0].type = TFLITE_TYPE_INT16;
    op_expect_message(&made, "op 0 HARD_SWISH \"output\": input type is INT16, "
                             "allowed: FLOAT32, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_near),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
