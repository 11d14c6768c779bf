/* LOGISTIC and TANH: int8 against the real function, int16 against the
 * reference's interpolation, written from its definition. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "pointwise.h"

/* One of the two. */
struct function {
    int32_t code;
    const char *name;
    double (*real)(double x);
    double steps; /* of the int8 output: in 1 */
    int32_t zero_point;
    const char *wrong_units; /* the message for others */
    double (*expected_s16)(const struct pointwise *op, double a, double b);
    double (*expected_f32)(const struct pointwise *op, double a, double b);
};

static double logistic(double x) {
    return 1 / (1 + exp(-x));
}

/* --- int8 --- */

static void fill(int8_t *input) {
    for (int i = 0; i < 256; i++) {
        input[i] = (int8_t)(i - 128);
    }
}

/* The fixed-point result is within a unit of the real one, and monotonic. */
static void check_s8(const struct function *f) {
    for (int e = -12; e <= 1; e++) {
        double scale = (double)ldexpf(1.3f, e);
        struct pointwise op = {
            .code = f->code,
            .type = TFLITE_TYPE_INT8,
            .input_count = 1,
            .input = {{(float)scale, 5 * e}},
            .output = {(float)(1 / f->steps), f->zero_point}};
        struct test_op made = pointwise_op(&op, 256);
        struct test_model *model = model_from_op(&made);
        model_expect_ok(model);
        fill(model_input(model, 0));
        model_run(model);
        const int8_t *output = model_output(model, 0);
        for (int i = 0; i < 256; i++) {
            double y = f->real((i - 128 - 5 * e) * scale);
            double expected =
                fmin(fmax(y * f->steps + f->zero_point, -128), 127);
            assert_true(fabs(output[i] - expected) <= 1);
            assert_true(i == 0 || output[i] >= output[i - 1]);
        }
        model_free(model);
    }
}

/* From a scale of 8 on every step is past the format: all is
 * saturated, and zero goes with what is negative. */
static void check_s8_extremes(const struct function *f) {
    struct pointwise op = {.code = f->code,
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 1,
                           .input = {{16, 3}},
                           .output = {(float)(1 / f->steps), f->zero_point}};
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
static int64_t argument(double scale, double a, int max_log) {
    int log = (int)lround(log2(scale));
    if (ldexp(1, log) == scale && log >= -12 && log <= max_log) {
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

static double logistic_s16(const struct pointwise *op, double a, double b) {
    (void)b;
    int64_t x = argument((double)op->input[0].scale, a, -12);
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

static double tanh_s16(const struct pointwise *op, double a, double b) {
    (void)b;
    int64_t x = argument((double)op->input[0].scale, a, -11);
    uint32_t magnitude = (uint32_t)(x < 0 ? -x : x);
    uint32_t i = magnitude >> 8, part = magnitude & 255;
    int32_t y = 65535 << 8;
    if (i < 255) {
        uint32_t low = table_entry(i), high = table_entry(i + 1);
        y = (int32_t)((low << 8) + part * (high - low));
    }
    y = x >= 0 ? y - (1 << 23) + 128 : -y + (1 << 23) + 127;
    return floor(y / 256.0);
}

static void check_s16(const struct function *f) {
    static const float scale[] = {0x1p-12f, 0x1p-11f, 0x1p-10f, 0x1p-15f,
                                  3e-4f,    0.01f,    1.9f,     2.6f,
                                  1e-7f,    1e-12f};
    for (size_t i = 0; i < sizeof scale / sizeof scale[0]; i++) {
        struct pointwise op = {.code = f->code,
                               .type = TFLITE_TYPE_INT16,
                               .input_count = 1,
                               .input = {{scale[i], 0}},
                               .output = {0x1p-15f, 0},
                               .expected = f->expected_s16};
        pointwise_check_all(&op);
    }
}

/* --- float32 --- */

static double logistic_f32(const struct pointwise *op, double a, double b) {
    (void)op, (void)b;
    return logistic(a);
}

static double tanh_f32(const struct pointwise *op, double a, double b) {
    (void)op, (void)b;
    return tanh(a);
}

static void check_f32(const struct function *f) {
    struct random random = {1};
    struct pointwise op = {.code = f->code,
                           .type = TFLITE_TYPE_FLOAT32,
                           .input_count = 1,
                           .tolerance = 1e-6,
                           .expected = f->expected_f32};
    for (int i = 0; i < 100; i++) {
        op.max = i % 3 == 0 ? 200 : 4;
        op.min = -op.max;
        pointwise_check(&random, &op);
    }
}

/* --- what is refused --- */

static void expect(const struct test_op *op, const struct function *f,
                   const char *text) {
    char message[200];
    snprintf(message, sizeof message, "op 0 %s \"output\": %s", f->name, text);
    op_expect_message(op, message);
}

static void check_refused(const struct function *f) {
    struct pointwise s8 = {.code = f->code,
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 1,
                           .input = {{0.5f, 0}},
                           .output = {0.5f, f->zero_point}};
    struct test_op op = pointwise_op(&s8, 4);
    expect(&op, f, f->wrong_units);
    struct pointwise s16 = {.code = f->code,
                            .type = TFLITE_TYPE_INT16,
                            .input_count = 1,
                            .input = {{0.5f, 1}},
                            .output = {0x1p-15f, 0}};
    op = pointwise_op(&s16, 4);
    expect(&op, f, "zero points are 1 and 0, they must be 0 on INT16");
    op = pointwise_op(&s16, 4);
    op.input[0].zero_point = 0;
    op.output[0].scale = 0x1p-14f;
    expect(&op, f,
           "output scale is 6.10351562e-05, it must be 1/32768 on INT16");
    op = pointwise_op(&s16, 4);
    op.input[0].zero_point = 0;
    op.input[0].scale = 2.75f;
    expect(&op, f, "input scale is 2.75, it must be below 8/3 on INT16");
    op.output[0].type = TFLITE_TYPE_INT8;
    expect(&op, f, "output type is INT8, it must be input's, INT16");
    op = pointwise_op(&s8, 4);
    op.output[0].dims[0] = 5;
    expect(&op, f, "output 0 is declared 5, its inputs give 4");
}

static void check(const struct function *f) {
    check_s8(f);
    check_s8_extremes(f);
    check_s16(f);
    check_f32(f);
    check_refused(f);
}

static void test_logistic(void **state) {
    (void)state;
    check(&(const struct function){
        .code = TFLITE_LOGISTIC,
        .name = "LOGISTIC",
        .real = logistic,
        .steps = 256,
        .zero_point = -128,
        .wrong_units = "output has scale 0.5 and zero point -128, they must be "
                       "1/256 and -128",
        .expected_s16 = logistic_s16,
        .expected_f32 = logistic_f32});
}

static void test_tanh(void **state) {
    (void)state;
    check(&(const struct function){
        .code = TFLITE_TANH,
        .name = "TANH",
        .real = tanh,
        .steps = 128,
        .zero_point = 0,
        .wrong_units =
            "output has scale 0.5 and zero point 0, they must be 1/128 and 0",
        .expected_s16 = tanh_s16,
        .expected_f32 = tanh_f32});
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_table),
        cmocka_unit_test(test_logistic),
        cmocka_unit_test(test_tanh),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
