/* DIV, FLOOR_DIV, FLOOR_MOD, SQUARED_DIFFERENCE, ATAN2, POW, and integers of 32
 * and 64 bits in ADD, SUB, MUL, MINIMUM, MAXIMUM. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "fixed_point.h"
#include "pointwise.h"

enum { CASES = 60 };

/* --- plain numbers --- */

static double wrapped(const struct pointwise *op, double y) {
    return op->type == TFLITE_TYPE_INT32
               ? (double)(int32_t)(uint32_t)((uint64_t)(int64_t)y & UINT32_MAX)
               : y;
}

static double expected_plain(const struct pointwise *op, double a, double b) {
    bool is_float = op->type == TFLITE_TYPE_FLOAT32;
    switch (op->code) {
    case TFLITE_ADD:
        return reference_clamp(op, wrapped(op, a + b));
    case TFLITE_SUB:
        return reference_clamp(op, wrapped(op, a - b));
    case TFLITE_MUL:
        return reference_clamp(op, wrapped(op, a * b));
    case TFLITE_MINIMUM:
        return fmin(a, b);
    case TFLITE_MAXIMUM:
        return fmax(a, b);
    case TFLITE_DIV:
        return is_float ? reference_clamp(op, (double)((float)a / (float)b))
                        : reference_clamp(
                              op, b == 0 ? 0 : wrapped(op, trunc(a / b)));
    case TFLITE_FLOOR_DIV:
        return !is_float && b == 0 ? 0 : wrapped(op, floor(a / b));
    case TFLITE_FLOOR_MOD:
        return !is_float && b == 0 ? 0 : a - floor(a / b) * b;
    case TFLITE_SQUARED_DIFFERENCE:
        return is_float ? (a - b) * (a - b) : wrapped(op, (a - b) * (a - b));
    case TFLITE_ATAN2:
        return atan2(a, b);
    default:
        return pow(a, b);
    }
}

struct plain {
    int32_t code, options, type;
    double min, max;
    bool has_activation;
};

static void check(const struct plain *plain) {
    struct random random = {(uint64_t)plain->code + 1};
    struct pointwise op = {.code = plain->code,
                           .type = plain->type,
                           .input_count = 2,
                           .min = plain->min,
                           .max = plain->max,
                           .tolerance =
                               plain->type == TFLITE_TYPE_FLOAT32 ? 4e-6 : 0,
                           .expected = expected_plain};
    for (int i = 0; i < CASES; i++) {
        op.options = plain->options
                         ? options_empty((enum tflite_options)plain->options)
                         : options_none();
        if (plain->has_activation) {
            op.activation = random_int(&random, 0, 3);
            option_i8(&op.options, 0, op.activation);
        }
        pointwise_check(&random, &op);
    }
}

static void test_plain(void **state) {
    (void)state;
    const int32_t s32 = TFLITE_TYPE_INT32, s64 = TFLITE_TYPE_INT64;
    const int32_t f32 = TFLITE_TYPE_FLOAT32;
    const double least = INT32_MIN, most = INT32_MAX, far = 4e15, near = 6e7;
    const struct plain cases[] = {
        {TFLITE_ADD, TFLITE_OPTIONS_ADD, s32, least, most, true},
        {TFLITE_SUB, TFLITE_OPTIONS_SUB, s32, least, most, true},
        {TFLITE_MUL, TFLITE_OPTIONS_MUL, s32, -90000, 90000, true},
        {TFLITE_DIV, TFLITE_OPTIONS_DIV, s32, -300, 300, true},
        {TFLITE_DIV, TFLITE_OPTIONS_DIV, s32, least, most, true},
        {TFLITE_ADD, TFLITE_OPTIONS_ADD, s64, -far, far, false},
        {TFLITE_SUB, TFLITE_OPTIONS_SUB, s64, -far, far, false},
        {TFLITE_MUL, TFLITE_OPTIONS_MUL, s64, -near, near, false},
        {TFLITE_MINIMUM, TFLITE_OPTIONS_MAXIMUM_MINIMUM, s64, -far, far, false},
        {TFLITE_MAXIMUM, TFLITE_OPTIONS_MAXIMUM_MINIMUM, s64, -far, far, false},
        {TFLITE_FLOOR_DIV, TFLITE_OPTIONS_FLOOR_DIV, s32, -50, 50, false},
        {TFLITE_FLOOR_DIV, TFLITE_OPTIONS_FLOOR_DIV, s32, least, most, false},
        {TFLITE_FLOOR_MOD, TFLITE_OPTIONS_FLOOR_MOD, s32, -50, 50, false},
        {TFLITE_FLOOR_MOD, TFLITE_OPTIONS_FLOOR_MOD, s64, -9e5, 9e5, false},
        {TFLITE_SQUARED_DIFFERENCE, TFLITE_OPTIONS_SQUARED_DIFFERENCE, s32,
         -90000, 90000, false},
        {TFLITE_DIV, TFLITE_OPTIONS_DIV, f32, 0.1, 9, true},
        {TFLITE_FLOOR_DIV, TFLITE_OPTIONS_FLOOR_DIV, f32, -9, 9, false},
        {TFLITE_SQUARED_DIFFERENCE, TFLITE_OPTIONS_SQUARED_DIFFERENCE, f32, -9,
         9, false},
        {TFLITE_ATAN2, 0, f32, -9, 9, false},
        {TFLITE_POW, TFLITE_OPTIONS_POW, f32, 0.1, 4, false}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        check(&cases[i]);
    }
}

/* A remainder that lies at either end of its range is near both. */
static void test_floor_mod_f32(void **state) {
    (void)state;
    static const float a[] = {5.5f, -5.5f, 5.5f, -5.5f, 6, -6, 0, 0.25f};
    static const float b[] = {2, 2, -2, -2, 2, 2, -2, INFINITY};
    static const float want[] = {1.5f, 0.5f, -0.5f, -1.5f, 0, 0, 0, 0.25f};
    struct pointwise mod = {.code = TFLITE_FLOOR_MOD,
                            .options = options_empty(TFLITE_OPTIONS_FLOOR_MOD),
                            .type = TFLITE_TYPE_FLOAT32,
                            .input_count = 2};
    struct test_op op = pointwise_op(&mod, 8);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), a, sizeof a);
    memcpy(model_input(model, 1), b, sizeof b);
    model_run(model);
    const float *output = model_output(model, 0);
    for (int i = 0; i < 8; i++) {
        assert_true(output[i] == want[i]);
    }
    model_free(model);
}

/* Where C has no answer. */
static void check_s32(int32_t code, enum tflite_options options, int32_t a,
                      int32_t b, int32_t want) {
    struct pointwise s32 = {.code = code,
                            .options = options_empty(options),
                            .type = TFLITE_TYPE_INT32,
                            .input_count = 2};
    struct test_op op = pointwise_op(&s32, 1);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), &a, sizeof a);
    memcpy(model_input(model, 1), &b, sizeof b);
    model_run(model);
    assert_memory_equal(model_output(model, 0), &want, sizeof want);
    model_free(model);
}

static void test_undefined(void **state) {
    (void)state;
    check_s32(TFLITE_DIV, TFLITE_OPTIONS_DIV, INT32_MIN, -1, INT32_MIN);
    check_s32(TFLITE_DIV, TFLITE_OPTIONS_DIV, 7, 0, 0);
    check_s32(TFLITE_FLOOR_DIV, TFLITE_OPTIONS_FLOOR_DIV, INT32_MIN, -1,
              INT32_MIN);
    check_s32(TFLITE_FLOOR_DIV, TFLITE_OPTIONS_FLOOR_DIV, -7, 0, 0);
    check_s32(TFLITE_FLOOR_MOD, TFLITE_OPTIONS_FLOOR_MOD, INT32_MIN, -1, 0);
    check_s32(TFLITE_FLOOR_MOD, TFLITE_OPTIONS_FLOOR_MOD, 7, 0, 0);
}

/* --- quantised --- */

static int leading_zeros(int64_t x) {
    int zeros = 31;
    while (x >>= 1) {
        zeros--;
    }
    return zeros;
}

/* The numerator moved left as far as its sign allows, times the reciprocal of
 * the denominator, scaled. */
static double expected_div(const struct pointwise *op, double a, double b) {
    int64_t x = (int64_t)a - op->input[0].zero_point;
    int64_t y = (int64_t)b - op->input[1].zero_point;
    if (y == 0) {
        return reference_clamp(op, x > 0   ? 127
                                   : x < 0 ? -128
                                           : op->output.zero_point);
    }
    if (x == 0) {
        return reference_clamp(op, op->output.zero_point);
    }
    x = y < 0 ? -x : x;
    y = y < 0 ? -y : y;
    struct reference_factor factor = reference_factor(
        (double)(op->input[0].scale / (op->input[1].scale * op->output.scale)));
    int zeros = leading_zeros(y);
    int64_t reciprocal =
        fixed_reciprocal(y * (INT64_C(1) << zeros) - (INT64_C(1) << 31));
    int headroom = 0;
    while (x != 0 && x * (INT64_C(2) << headroom) >= INT32_MIN &&
           x * (INT64_C(2) << headroom) <= INT32_MAX) {
        headroom++;
    }
    int64_t quotient = fixed_product(x * (INT64_C(1) << headroom), reciprocal);
    int64_t scaled = fixed_rounded(fixed_product(quotient, factor.multiplier),
                                   headroom + 31 - zeros - factor.shift);
    return reference_clamp(op, (double)(scaled + op->output.zero_point));
}

static void test_div_s8(void **state) {
    (void)state;
    struct random random = {7};
    for (int i = 0; i < 300; i++) {
        struct pointwise op = {
            .code = TFLITE_DIV,
            .type = TFLITE_TYPE_INT8,
            .input_count = 2,
            .input = {random_units(&random, TFLITE_TYPE_INT8),
                      random_units(&random, TFLITE_TYPE_INT8)},
            .output = random_units(&random, TFLITE_TYPE_INT8),
            .activation = random_int(&random, 0, 3),
            .expected = expected_div};
        op.options = options_div(op.activation);
        pointwise_check(&random, &op);
        if (i % 10 == 0) {
            pointwise_check_single(&random, &op, i / 10 % 2);
        }
    }
}

static double expected_square(const struct pointwise *op, double a, double b) {
    int left = op->type == TFLITE_TYPE_INT8 ? 7 : 0;
    double sa = (double)op->input[0].scale, sb = (double)op->input[1].scale;
    double common = 2 * fmax(sa, sb);
    int64_t x = ((int64_t)a - op->input[0].zero_point) * (1 << left);
    int64_t y = ((int64_t)b - op->input[1].zero_point) * (1 << left);
    int64_t difference =
        reference_scale(x, sa / common) - reference_scale(y, sb / common);
    double factor = common * common / ldexp((double)op->output.scale, 2 * left);
    return reference_clamp(
        op, (double)(reference_scale(difference * difference, factor) +
                     op->output.zero_point));
}

static void test_squared_difference(void **state) {
    (void)state;
    struct random random = {8};
    for (int i = 0; i < 300; i++) {
        int32_t type = i % 2 ? TFLITE_TYPE_INT8 : TFLITE_TYPE_INT16;
        struct pointwise op = {
            .code = TFLITE_SQUARED_DIFFERENCE,
            .options = options_empty(TFLITE_OPTIONS_SQUARED_DIFFERENCE),
            .type = type,
            .input_count = 2,
            .input = {random_units(&random, type), random_units(&random, type)},
            .output = random_units(&random, type),
            .expected = expected_square};
        op.output.scale += 0.1f;
        if (type == TFLITE_TYPE_INT16) {
            op.input[0].zero_point = op.input[1].zero_point = 0;
            op.output.zero_point = 0;
            op.input[0].scale *= 0.05f;
            op.input[1].scale *= 0.05f;
        }
        pointwise_check(&random, &op);
    }
}

/* --- refused --- */

static void test_refused(void **state) {
    (void)state;
    struct pointwise s8 = {.code = TFLITE_DIV,
                           .options = options_div(TFLITE_ACT_NONE),
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 2,
                           .input = {{0.5f, 1}, {1e-5f, 2}},
                           .output = {1e-5f, 1}};
    struct test_op op = pointwise_op(&s8, 4);
    op_expect_message(&op, "op 0 DIV \"output\": input 0's scale over input "
                           "1's over the output's is 5e+09, it must be below "
                           "2^23");
    op.input[1].scale = 0;
    op_expect_message(&op, "op 0 DIV \"output\": input 1 has 0 scales, it must "
                           "have 1");
    op = pointwise_op(&s8, 4);
    op.code = TFLITE_SQUARED_DIFFERENCE;
    op.output[0].scale = 1e-6f;
    op.options = options_empty(TFLITE_OPTIONS_SQUARED_DIFFERENCE);
    op_expect_message(&op, "op 0 SQUARED_DIFFERENCE \"output\": the square can "
                           "reach 266385695, which scaled by 2^6 does not fit "
                           "32 bits");
    op.input[0].type = op.input[1].type = op.output[0].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, "op 0 SQUARED_DIFFERENCE \"output\": zero points "
                           "are 1, 2 and 1, they must be 0 on INT16");
    op = pointwise_op(&s8, 4);
    op.code = TFLITE_ADD;
    op.options = options_add(TFLITE_ACT_RELU);
    op.input[0].type = op.input[1].type = op.output[0].type = TFLITE_TYPE_INT64;
    op.input[0].scale = op.input[1].scale = op.output[0].scale = 0;
    op_expect_message(&op, "op 0 ADD \"output\": fused activation is 1, "
                           "allowed on INT64: NONE (0)");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_floor_mod_f32),
        cmocka_unit_test(test_undefined),
        cmocka_unit_test(test_div_s8),
        cmocka_unit_test(test_squared_difference),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
