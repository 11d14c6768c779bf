/* MUL: the product less zero points, scaled once. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pointwise.h"

enum { CASES = 300 };

static double factor(const struct pointwise *op) {
    return (double)op->input[0].scale * (double)op->input[1].scale /
           (double)op->output.scale;
}

static double expected_quantized(const struct pointwise *op, double a,
                                 double b) {
    int64_t product = ((int64_t)a - op->input[0].zero_point) *
                      ((int64_t)b - op->input[1].zero_point);
    return reference_clamp(op, (double)(reference_scale(product, factor(op)) +
                                        op->output.zero_point));
}

static double expected_s32(const struct pointwise *op, double a, double b) {
    (void)op;
    int64_t y = ((int64_t)a * (int64_t)b) % (INT64_C(1) << 32);
    return (double)(y >= INT64_C(1) << 31     ? y - (INT64_C(1) << 32)
                    : y < -(INT64_C(1) << 31) ? y + (INT64_C(1) << 32)
                                              : y);
}

static double expected_f32(const struct pointwise *op, double a, double b) {
    return reference_clamp(op, (double)((float)a * (float)b));
}

static struct pointwise random_case(struct random *random, int32_t type) {
    struct pointwise op = {
        .code = TFLITE_MUL,
        .type = type,
        .input_count = 2,
        .input = {random_units(random, type), random_units(random, type)},
        .output = random_units(random, type),
        .activation = random_int(random, 0, 3),
        .expected = expected_quantized};
    op.options = options_mul(op.activation);
    if (type == TFLITE_TYPE_INT16) {
        op.input[0].zero_point = op.input[1].zero_point = 0;
        op.output.zero_point = 0;
        op.input[1].scale *= 0x1p-14f; /* q has to stay below 1 */
    }
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
    struct pointwise op = {.code = TFLITE_MUL,
                           .options = options_mul(TFLITE_ACT_NONE),
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
        struct pointwise op = {.code = TFLITE_MUL,
                               .type = TFLITE_TYPE_FLOAT32,
                               .input_count = 2,
                               .min = -4,
                               .max = 4,
                               .activation = random_int(&random, 0, 3),
                               .expected = expected_f32};
        op.options = options_mul(op.activation);
        pointwise_check(&random, &op);
    }
}

/* A tensor of zeros has no scale. */
static void test_scale_0(void **state) {
    (void)state;
    struct random random = {5};
    struct pointwise op = random_case(&random, TFLITE_TYPE_INT16);
    struct test_op made = pointwise_op(&op, 4);
    made.input[1].scale_count = 1;
    made.input[1].scales = (const float[]){0};
    made.input[1].scale = 0;
    made.options = options_mul(TFLITE_ACT_NONE);
    struct test_model *model = model_from_op(&made);
    model_expect_ok(model);
    const int16_t zero[4] = {0};
    for (int i = 0; i < 4; i++) {
        ((int16_t *)model_input(model, 0))[i] = INT16_MIN;
        ((int16_t *)model_input(model, 1))[i] = INT16_MIN;
    }
    model_run(model);
    assert_memory_equal(model_output(model, 0), zero, sizeof zero);
    model_free(model);
}

static void test_refused(void **state) {
    (void)state;
    struct pointwise s16 = {.code = TFLITE_MUL,
                            .options = options_mul(TFLITE_ACT_NONE),
                            .type = TFLITE_TYPE_INT16,
                            .input_count = 2,
                            .input = {{1, 0}, {1, 5}},
                            .output = {1, 0}};
    struct test_op op = pointwise_op(&s16, 4);
    op_expect_message(&op, "op 0 MUL \"output\": zero points are 0, 5 and 0, "
                           "they must be 0 on INT16");
    s16.input[1].zero_point = 0;
    op = pointwise_op(&s16, 4);
    op_expect_message(&op, "op 0 MUL \"output\": the product can reach "
                           "1073741824, which scaled by 2^1 does not fit 32 "
                           "bits");
    op.input[1].scale = -1;
    op_expect_message(&op, "op 0 MUL \"output\": input 1 scale is -1, it must "
                           "be finite and over 0");
    struct pointwise s8 = s16;
    s8.type = TFLITE_TYPE_INT8;
    s8.output.scale = 1e-6f;
    op = pointwise_op(&s8, 4);
    op_expect_message(&op, "op 0 MUL \"output\": the product can reach 65025, "
                           "which scaled by 2^20 does not fit 32 bits");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),      cmocka_unit_test(test_s16),
        cmocka_unit_test(test_s32),     cmocka_unit_test(test_f32),
        cmocka_unit_test(test_scale_0), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
