/* LOGISTIC: int8 against the real function, int16 against the reference's
 * interpolation, written from its definition. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pointwise.h"

static double real_value(double x) {
    return 1 / (1 + exp(-x));
}

/* --- int8 --- */

static void fill(int8_t *input) {
    for (int i = 0; i < 256; i++) {
        input[i] = (int8_t)(i - 128);
    }
}

/* The fixed-point result is within a unit of the real one, and monotonic. */
static void test_s8(void **state) {
    (void)state;
    for (int e = -12; e <= 1; e++) {
        double scale = (double)ldexpf(1.3f, e);
        struct pointwise op = {.code = TFLITE_LOGISTIC,
                               .type = TFLITE_TYPE_INT8,
                               .input_count = 1,
                               .input = {{(float)scale, 5 * e}},
                               .output = {1 / 256.0f, -128}};
        struct test_op made = pointwise_op(&op, 256);
        struct test_model *model = model_from_op(&made);
        model_expect_ok(model);
        fill(model_input(model, 0));
        model_run(model);
        const int8_t *output = model_output(model, 0);
        for (int i = 0; i < 256; i++) {
            double y = real_value((i - 128 - 5 * e) * scale);
            double expected = fmin(fmax(y * 256 + -128, -128), 127);
            assert_true(fabs(output[i] - expected) <= 1);
            assert_true(i == 0 || output[i] >= output[i - 1]);
        }
        model_free(model);
    }
}

/* From a scale of 8 on every step is past the format: all is
 * saturated, and zero goes with what is negative. */
static void test_s8_extremes(void **state) {
    (void)state;
    struct pointwise op = {.code = TFLITE_LOGISTIC,
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 1,
                           .input = {{16, 3}},
                           .output = {1 / 256.0f, -128}};
    struct test_op made = pointwise_op(&op, 256);
    struct test_model *model = model_from_op(&made);
    model_expect_ok(model);
    fill(model_input(model, 0));
    model_run(model);
    const int8_t *output = model_output(model, 0);
    for (int i = 0; i < 256; i++) {
        assert_int_equal(output[i], i - 128 <= 3 ? -128 : 127);
    }
    model_free(model);
}

/* --- int16 --- */

/* Entry i of the reference's table: sigmoid(i / 24) in 1/65536, raised by half
 * the deepest gap between curve and chord. */
static uint32_t table_entry(uint32_t i) {
    double y = 1 / (1 + exp(-(double)i / 24));
    double gap = y * (1 - y) * (2 * y - 1) / 576 / 8;
    return i == 255 ? 65535 : (uint32_t)lround(65536 * (y + gap / 2));
}

static void test_table(void **state) {
    (void)state;
    static const uint32_t known[][2] = {
        {0, 32768},   {1, 33451},   {2, 34133},   {3, 34813},   {4, 35493},
        {24, 47911},  {31, 51409},  {48, 57724},  {66, 61599},  {100, 64536},
        {134, 65291}, {173, 65488}, {202, 65522}, {254, 65534}, {255, 65535}};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        assert_int_equal(table_entry(known[i][0]), known[i][1]);
    }
}

/* The argument in units of 1 / (3 * 4096), the multiplier cut off. */
static int64_t argument(double scale, double a) {
    int log = (int)lround(log2(scale));
    if (ldexp(1, log) == scale && log >= -12 && log <= -12) {
        return (int64_t)a * 3 * (INT64_C(1) << (log + 12));
    }
    double multiplier = scale * 4096 * 3;
    int shift = 0;
    while (multiplier <= 32767.0 / 2 && shift <= 30) {
        multiplier *= 2;
        shift++;
    }
    int64_t half = shift > 0 ? INT64_C(1) << (shift - 1) : 0;
    return (int64_t)floor(
        ldexp((double)((int64_t)a * (int64_t)multiplier + half), -shift));
}

static double expected_s16(const struct pointwise *op, double a, double b) {
    (void)b;
    int64_t x = argument((double)op->input[0].scale, a);
    uint32_t magnitude = (uint32_t)(x < 0 ? -x : x);
    uint32_t i = magnitude >> 9, part = magnitude & 511;
    uint32_t y = 32767u << 10;
    if (i < 255) {
        uint32_t low = table_entry(i), high = table_entry(i + 1);
        y = (low << 9) + part * (high - low);
    }
    y = x >= 0 ? y + 512 : (1u << 25) - y + 511;
    return (double)(y >> 10);
}

static void test_s16(void **state) {
    (void)state;
    static const float scale[] = {0x1p-12f, 0x1p-11f, 0x1p-10f, 0x1p-15f,
                                  3e-4f,    0.01f,    1.9f,     2.6f,
                                  1e-7f,    1e-12f};
    for (size_t i = 0; i < sizeof scale / sizeof scale[0]; i++) {
        struct pointwise op = {.code = TFLITE_LOGISTIC,
                               .type = TFLITE_TYPE_INT16,
                               .input_count = 1,
                               .input = {{scale[i], 0}},
                               .output = {0x1p-15f, 0},
                               .expected = expected_s16};
        pointwise_check_all(&op);
    }
}

/* --- float32 --- */

static double expected_f32(const struct pointwise *op, double a, double b) {
    (void)op, (void)b;
    return real_value(a);
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {1};
    struct pointwise op = {.code = TFLITE_LOGISTIC,
                           .type = TFLITE_TYPE_FLOAT32,
                           .input_count = 1,
                           .tolerance = 1e-6,
                           .expected = expected_f32};
    for (int i = 0; i < 100; i++) {
        op.max = i % 3 == 0 ? 200 : 4;
        op.min = -op.max;
        pointwise_check(&random, &op);
    }
}

/* --- what is refused --- */

static void test_refused(void **state) {
    (void)state;
    struct pointwise s8 = {.code = TFLITE_LOGISTIC,
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 1,
                           .input = {{0.5f, 0}},
                           .output = {0.5f, -128}};
    struct test_op op = pointwise_op(&s8, 4);
    op_expect_message(&op, "op 0 LOGISTIC \"output\": output has scale 0.5 and "
                           "zero point -128, they must be 1/256 and "
                           "-128");
    struct pointwise s16 = {.code = TFLITE_LOGISTIC,
                            .type = TFLITE_TYPE_INT16,
                            .input_count = 1,
                            .input = {{0.5f, 1}},
                            .output = {0x1p-15f, 0}};
    op = pointwise_op(&s16, 4);
    op_expect_message(&op, "op 0 LOGISTIC \"output\": zero points are 1 and 0, "
                           "they must be 0 on INT16");
    op = pointwise_op(&s16, 4);
    op.input[0].zero_point = 0;
    op.output[0].scale = 0x1p-14f;
    op_expect_message(&op, "op 0 LOGISTIC \"output\": output scale is "
                           "6.10351562e-05, it must be 1/32768 on INT16");
    op = pointwise_op(&s16, 4);
    op.input[0].zero_point = 0;
    op.input[0].scale = 2.75f;
    op_expect_message(&op,
                      "op 0 LOGISTIC \"output\": input scale is 2.75, it must "
                      "be below 8/3 on INT16");
    op.output[0].type = TFLITE_TYPE_INT8;
    op_expect_message(&op,
                      "op 0 LOGISTIC \"output\": output type is INT8, it must "
                      "be input's, INT16");
    op = pointwise_op(&s8, 4);
    op.output[0].dims[0] = 5;
    op_expect_message(&op,
                      "op 0 LOGISTIC \"output\": output 0 is declared 5, its "
                      "inputs give 4");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),    cmocka_unit_test(test_s8_extremes),
        cmocka_unit_test(test_table), cmocka_unit_test(test_s16),
        cmocka_unit_test(test_f32),   cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
