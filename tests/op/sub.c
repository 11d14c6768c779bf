/* SUB: the steps of ADD, with scales in float32. */
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
    float common = 2 * fmaxf(sa, sb);
    double fa = (double)(sa / common), fb = (double)(sb / common);
    double fo = (double)(common / ldexpf(op->output.scale, left));
    int64_t x = ((int64_t)a - op->input[0].zero_point) * (INT64_C(1) << left);
    int64_t y = ((int64_t)b - op->input[1].zero_point) * (INT64_C(1) << left);
    int64_t sum = reference_scale(x, fa) - reference_scale(y, fb);
    int64_t scaled = reference_scale(sum, fo) + op->output.zero_point;
    return reference_clamp(op, (double)scaled);
}

static double expected_s32(const struct pointwise *op, double a, double b) {
    (void)op;
    double y = a - b; /* modulo 2^32 */
    return y >= 2147483648.0   ? y - 4294967296.0
           : y < -2147483648.0 ? y + 4294967296.0
                               : y;
}

static double expected_f32(const struct pointwise *op, double a, double b) {
    return reference_clamp(op, (double)((float)a - (float)b));
}

/* Scales that the reference takes: the output's is not too small. */
static struct pointwise random_case(struct random *random, int32_t type) {
    struct pointwise op = {
        .code = TFLITE_SUB,
        .type = type,
        .input_count = 2,
        .input = {random_units(random, type), random_units(random, type)},
        .output = random_units(random, type),
        .activation = random_int(random, 0, 3),
        .expected = expected_quantized};
    op.options = options_sub(op.activation);
    return op;
}

static void test_s8(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = random_case(&random, TFLITE_TYPE_INT8);
        pointwise_check(&random, &op);
        if (i % 10 == 0) {
            pointwise_check_single(&random, &op, i / 10 % 2);
        }
    }
}

static void test_s16(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = random_case(&random, TFLITE_TYPE_INT16);
        pointwise_check(&random, &op);
    }
}

static void test_s32(void **state) {
    (void)state;
    struct random random = {3};
    struct pointwise op = {.code = TFLITE_SUB,
                           .options = options_sub(TFLITE_ACT_NONE),
                           .type = TFLITE_TYPE_INT32,
                           .input_count = 2,
                           .min = INT32_MIN,
                           .max = INT32_MAX,
                           .expected = expected_s32};
    for (int i = 0; i < CASES; i++) {
        pointwise_check(&random, &op);
    }
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {4};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = {.code = TFLITE_SUB,
                               .type = TFLITE_TYPE_FLOAT32,
                               .input_count = 2,
                               .min = -8,
                               .max = 8,
                               .activation = random_int(&random, 0, 3),
                               .expected = expected_f32};
        op.options = options_sub(op.activation);
        pointwise_check(&random, &op);
    }
}

/* Two int8 inputs that would be accepted. */
static struct test_op good_op(void) {
    struct pointwise op = {.code = TFLITE_SUB,
                           .options = options_sub(TFLITE_ACT_NONE),
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 2,
                           .input = {{0.5f, 1}, {0.25f, -2}},
                           .output = {0.5f, 3}};
    return pointwise_op(&op, 6);
}

static void test_output_scale(void **state) {
    (void)state;
    struct test_op op = good_op();
    op.output[0].scale = 1e-7f;
    op_expect_message(&op,
                      "op 0 SUB \"output\": output scale is 1e-07, it must "
                      "be over 9.53674e-07: the larger input scale over "
                      "2^19");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),           cmocka_unit_test(test_s16),
        cmocka_unit_test(test_s32),          cmocka_unit_test(test_f32),
        cmocka_unit_test(test_output_scale),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
