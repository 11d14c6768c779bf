/* Functions of one value, each against the C library's of the same name, and
 * on integers where they have them. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixed_point.h"
#include "pointwise.h"

enum { CASES = 30 };

/* --- float32 --- */

#define EXPECTED(name, value)                                                  \
    static double name(const struct pointwise *op, double a, double b) {       \
        (void)op;                                                              \
        (void)b;                                                               \
        return (value);                                                        \
    }
/* The least int16 has no other magnitude. */
EXPECTED(abs_of, a == INT16_MIN ? a : fabs(a))
EXPECTED(ceil_of, ceil(a))
EXPECTED(cos_of, cos(a))
EXPECTED(elu_of, a < 0 ? exp(a) - 1 : a)
EXPECTED(exp_of, exp(a))
EXPECTED(floor_of, floor(a))
EXPECTED(log_of, log(a))
EXPECTED(negative_of, -a)
EXPECTED(round_of, rint(a)) /* to even */
EXPECTED(rsqrt_of, 1 / sqrt(a))
EXPECTED(sign_of, (a > 0) - (a < 0))
EXPECTED(sin_of, sin(a))
EXPECTED(sqrt_of, sqrt(a))
EXPECTED(square_of, a *a)
EXPECTED(not_of, a == 0)

struct function {
    int32_t code, options;
    double min, max;
    double (*expected)(const struct pointwise *op, double a, double b);
};

static void check(const struct function *function, int32_t type) {
    struct random random = {(uint64_t)function->code + 1};
    struct pointwise op = {
        .code = function->code,
        .options = function->options
                       ? options_empty((enum tflite_options)function->options)
                       : options_none(),
        .type = type,
        .input_count = 1,
        .min = function->min,
        .max = function->max,
        .tolerance = type == TFLITE_TYPE_FLOAT32 ? 1e-6 : 0,
        .expected = function->expected};
    for (int i = 0; i < CASES; i++) {
        pointwise_check(&random, &op);
    }
}

static void test_f32(void **state) {
    (void)state;
    static const struct function functions[] = {
        {TFLITE_ABS, TFLITE_OPTIONS_ABS, -9, 9, abs_of},
        {TFLITE_CEIL, 0, -9, 9, ceil_of},
        {TFLITE_COS, TFLITE_OPTIONS_COS, -9, 9, cos_of},
        {TFLITE_ELU, 0, -9, 9, elu_of},
        {TFLITE_EXP, TFLITE_OPTIONS_EXP, -9, 3, exp_of},
        {TFLITE_FLOOR, 0, -9, 9, floor_of},
        {TFLITE_LOG, 0, 0.01, 9, log_of},
        {TFLITE_NEG, TFLITE_OPTIONS_NEG, -9, 9, negative_of},
        {TFLITE_ROUND, 0, -9, 9, round_of},
        {TFLITE_RSQRT, 0, 0.01, 9, rsqrt_of},
        {TFLITE_SIGN, 0, -9, 9, sign_of},
        {TFLITE_SIN, 0, -9, 9, sin_of},
        {TFLITE_SQRT, 0, 0, 9, sqrt_of},
        {TFLITE_SQUARE, TFLITE_OPTIONS_SQUARE, -9, 9, square_of}};
    for (size_t i = 0; i < sizeof functions / sizeof functions[0]; i++) {
        check(&functions[i], TFLITE_TYPE_FLOAT32);
    }
}

/* Halves, which random numbers seldom are, what has no fraction, and what is no
 * number. */
static void test_round_special(void **state) {
    (void)state;
    static const float x[] = {-2.5f, -1.5f,  -0.5f,      0.5f,
                              1.5f,  2.5f,   8388607.5f, -8388607.5f,
                              1e10f, -3e38f, INFINITY,   -INFINITY};
    enum { COUNT = sizeof x / sizeof x[0] };
    struct pointwise round = {.code = TFLITE_ROUND,
                              .options = options_none(),
                              .type = TFLITE_TYPE_FLOAT32,
                              .input_count = 1};
    struct test_op op = pointwise_op(&round, COUNT + 1);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    float *input = model_input(model, 0);
    memcpy(input, x, sizeof x);
    input[COUNT] = NAN;
    model_run(model);
    const float *output = model_output(model, 0);
    for (int i = 0; i < COUNT; i++) {
        assert_true(output[i] == rintf(x[i]));
    }
    assert_true(isnan(output[COUNT]));
    model_free(model);
}

static void test_integers(void **state) {
    (void)state;
    const double least = INT32_MIN, most = INT32_MAX, far = 4e15;
    check(
        &(struct function){TFLITE_ABS, TFLITE_OPTIONS_ABS, -most, most, abs_of},
        TFLITE_TYPE_INT32);
    check(&(struct function){TFLITE_ABS, TFLITE_OPTIONS_ABS, 0, 0, abs_of},
          TFLITE_TYPE_INT16);
    check(&(struct function){TFLITE_NEG, TFLITE_OPTIONS_NEG, -most, most,
                             negative_of},
          TFLITE_TYPE_INT32);
    check(&(struct function){TFLITE_NEG, TFLITE_OPTIONS_NEG, -far, far,
                             negative_of},
          TFLITE_TYPE_INT64);
    check(&(struct function){TFLITE_SIGN, 0, least, most, sign_of},
          TFLITE_TYPE_INT32);
    check(&(struct function){TFLITE_LOGICAL_NOT, TFLITE_OPTIONS_LOGICAL_NOT, 0,
                             0, not_of},
          TFLITE_TYPE_BOOL);
}

/* The least number of a type has no negative and stays what it is. */
static void check_least(int32_t code, int32_t options, int32_t type,
                        const void *least, size_t size) {
    struct pointwise function = {
        .code = code,
        .options = options_empty((enum tflite_options)options),
        .type = type,
        .input_count = 1};
    struct test_op op = pointwise_op(&function, 1);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), least, size);
    model_run(model);
    assert_memory_equal(model_output(model, 0), least, size);
    model_free(model);
}

static void test_least(void **state) {
    (void)state;
    const int16_t s16 = INT16_MIN;
    const int32_t s32 = INT32_MIN;
    const int64_t s64 = INT64_MIN;
    check_least(TFLITE_ABS, TFLITE_OPTIONS_ABS, TFLITE_TYPE_INT16, &s16, 2);
    check_least(TFLITE_ABS, TFLITE_OPTIONS_ABS, TFLITE_TYPE_INT32, &s32, 4);
    check_least(TFLITE_NEG, TFLITE_OPTIONS_NEG, TFLITE_TYPE_INT32, &s32, 4);
    check_least(TFLITE_NEG, TFLITE_OPTIONS_NEG, TFLITE_TYPE_INT64, &s64, 8);
}

/* --- quantised --- */

static double expected_abs(const struct pointwise *op, double a, double b) {
    (void)b;
    int64_t x = (int64_t)fabs(a - op->input[0].zero_point);
    float si = op->input[0].scale, so = op->output.scale;
    int64_t y = si == so ? x : reference_scale(x, (double)(si / so));
    return reference_clamp(op, (double)(y + op->output.zero_point));
}

static double in_table(const struct pointwise *op, double a,
                       float (*function)(float)) {
    float real =
        op->input[0].scale * ((float)a - (float)op->input[0].zero_point);
    float steps = roundf(function(real) * (1 / op->output.scale));
    double y = (double)(steps + (float)op->output.zero_point);
    return isnan(y) ? -128 : reference_clamp(op, y);
}

static float elu_f32(float x) {
    return x < 0 ? expf(x) - 1 : x;
}

static double expected_elu(const struct pointwise *op, double a, double b) {
    (void)b;
    return in_table(op, a, elu_f32);
}

static double expected_exp(const struct pointwise *op, double a, double b) {
    (void)b;
    return in_table(op, a, expf);
}

static double expected_log(const struct pointwise *op, double a, double b) {
    (void)b;
    return in_table(op, a, logf);
}

static double expected_rsqrt(const struct pointwise *op, double a, double b) {
    (void)b;
    int64_t x = (int64_t)a - op->input[0].zero_point;
    double most = op->type == TFLITE_TYPE_INT8 ? 127 : 32767;
    if (x <= 0) {
        return most;
    }
    struct reference_factor factor = fixed_inverse_sqrt(x);
    factor.shift += 20;
    int64_t root = reference_multiply(1, factor);
    double scale = 1 / (double)(sqrtf(op->input[0].scale) * op->output.scale);
    int64_t z = reference_scale(root, scale / (1 << 20));
    return reference_clamp(op, (double)(z + op->output.zero_point));
}

static void check_quantized(const struct function *function, int32_t type,
                            float output_scale) {
    struct random random = {(uint64_t)function->code + 7};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = {
            .code = function->code,
            .options =
                function->options
                    ? options_empty((enum tflite_options)function->options)
                    : options_none(),
            .type = type,
            .input_count = 1,
            .input = {random_units(&random, type)},
            .output = random_units(&random, type),
            .expected = function->expected};
        op.output.scale *= output_scale;
        if (i % 4 == 0) {
            op.output = op.input[0];
        }
        if (type == TFLITE_TYPE_INT16) {
            op.input[0].zero_point = op.output.zero_point = 0;
        }
        pointwise_check_all(&op);
        pointwise_check(&random, &op);
    }
}

static void test_quantized(void **state) {
    (void)state;
    static const struct function abs = {TFLITE_ABS, TFLITE_OPTIONS_ABS, 0, 0,
                                        expected_abs};
    static const struct function elu = {TFLITE_ELU, 0, 0, 0, expected_elu};
    static const struct function exp = {TFLITE_EXP, TFLITE_OPTIONS_EXP, 0, 0,
                                        expected_exp};
    static const struct function log = {TFLITE_LOG, 0, 0, 0, expected_log};
    static const struct function rsqrt = {TFLITE_RSQRT, 0, 0, 0,
                                          expected_rsqrt};
    check_quantized(&abs, TFLITE_TYPE_INT8, 1);
    check_quantized(&abs, TFLITE_TYPE_INT16, 1);
    check_quantized(&elu, TFLITE_TYPE_INT8, 1);
    check_quantized(&exp, TFLITE_TYPE_INT8, 1);
    check_quantized(&log, TFLITE_TYPE_INT8, 1);
    check_quantized(&rsqrt, TFLITE_TYPE_INT8, 1);
    check_quantized(&rsqrt, TFLITE_TYPE_INT16, 0.1f);
}

/* --- refused --- */

static void test_refused(void **state) {
    (void)state;
    struct pointwise function = {.code = TFLITE_SIN,
                                 .options = options_none(),
                                 .type = TFLITE_TYPE_INT8,
                                 .input_count = 1,
                                 .input = {{0.5f, 1}},
                                 .output = {0.5f, 1}};
    struct test_op op = pointwise_op(&function, 4);
    op_expect_message(&op, "op 0 SIN \"output\": input type is INT8, allowed: "
                           "FLOAT32");
    op = pointwise_op(&function, 4);
    op.input[0].type = TFLITE_TYPE_FLOAT32;
    op_expect_message(&op, "op 0 SIN \"output\": output type is INT8, it must "
                           "be input's, FLOAT32");
    op.output[0].type = TFLITE_TYPE_FLOAT32;
    op.output[0].dims[0] = 3;
    op_expect_message(&op, "op 0 SIN \"output\": output 0 is declared 3, its "
                           "inputs give 4");
    op = pointwise_op(&function, 4);
    op.code = TFLITE_ABS;
    op.output[0].scale = 1e-12f;
    op_expect_message(&op, "op 0 ABS \"output\": the input less its zero point "
                           "can reach 255, which scaled by 2^30 does not fit "
                           "32 bits");
    op = pointwise_op(&function, 4);
    op.code = TFLITE_RSQRT;
    op.input[0].type = op.output[0].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, "op 0 RSQRT \"output\": zero points are 1 and 1, "
                           "they must be 0 on INT16");
    op = pointwise_op(&function, 4);
    op.code = TFLITE_ELU;
    op.input[0].scale = 0;
    op_expect_message(&op, "op 0 ELU \"output\": input has 0 scales, it must "
                           "have 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_f32),       cmocka_unit_test(test_round_special),
        cmocka_unit_test(test_integers),  cmocka_unit_test(test_least),
        cmocka_unit_test(test_quantized), cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
