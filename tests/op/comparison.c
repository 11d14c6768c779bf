/* Comparisons and logical operators, broadcast. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pointwise.h"

enum { CASES = 40 };

static double compare(int32_t code, double a, double b) {
    switch (code) {
    case TFLITE_EQUAL:
        return a == b;
    case TFLITE_NOT_EQUAL:
        return a != b;
    case TFLITE_GREATER:
        return a > b;
    case TFLITE_GREATER_EQUAL:
        return a >= b;
    case TFLITE_LESS:
        return a < b;
    case TFLITE_LESS_EQUAL:
        return a <= b;
    case TFLITE_LOGICAL_AND:
        return a != 0 && b != 0;
    default:
        return a != 0 || b != 0;
    }
}

static double expected_plain(const struct pointwise *op, double a, double b) {
    return compare(op->code, a, b);
}

static double scaled(struct pointwise_units units, double x) {
    return (double)reference_scale(((int64_t)x - units.zero_point) * 256,
                                   (double)units.scale);
}

static double expected_quantized(const struct pointwise *op, double a,
                                 double b) {
    return compare(op->code, scaled(op->input[0], a), scaled(op->input[1], b));
}

static const struct {
    int32_t code;
    enum tflite_options options;
} comparisons[] = {{TFLITE_EQUAL, TFLITE_OPTIONS_EQUAL},
                   {TFLITE_NOT_EQUAL, TFLITE_OPTIONS_NOT_EQUAL},
                   {TFLITE_GREATER, TFLITE_OPTIONS_GREATER},
                   {TFLITE_GREATER_EQUAL, TFLITE_OPTIONS_GREATER_EQUAL},
                   {TFLITE_LESS, TFLITE_OPTIONS_LESS},
                   {TFLITE_LESS_EQUAL, TFLITE_OPTIONS_LESS_EQUAL}};
enum { COMPARISONS = sizeof comparisons / sizeof comparisons[0] };

static struct pointwise comparison(int i, int32_t type) {
    return (struct pointwise){.code = comparisons[i].code,
                              .options = options_empty(comparisons[i].options),
                              .type = type,
                              .gives_bool = true,
                              .input_count = 2,
                              .expected = expected_plain};
}

static void test_plain(void **state) {
    (void)state;
    struct random random = {1};
    static const struct {
        int32_t type;
        double min, max;
    } types[] = {{TFLITE_TYPE_INT32, -3, 3},
                 {TFLITE_TYPE_INT32, INT32_MIN, INT32_MAX},
                 {TFLITE_TYPE_INT64, -4e15, 4e15},
                 {TFLITE_TYPE_FLOAT32, -2, 2}};
    for (int i = 0; i < COMPARISONS * 4; i++) {
        struct pointwise op = comparison(i / 4, types[i % 4].type);
        op.min = types[i % 4].min;
        op.max = types[i % 4].max;
        for (int k = 0; k < CASES; k++) {
            pointwise_check(&random, &op);
        }
    }
}

static void test_quantized(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < COMPARISONS * CASES; i++) {
        int32_t type = i % 2 ? TFLITE_TYPE_INT8 : TFLITE_TYPE_INT16;
        struct pointwise op = comparison(i % COMPARISONS, type);
        op.input[0] = random_units(&random, type);
        op.input[1] = i % 3 ? op.input[0] : random_units(&random, type);
        op.expected = expected_quantized;
        pointwise_check(&random, &op);
    }
}

static void test_bool(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < CASES; i++) {
        struct pointwise op = comparison(i % 2, TFLITE_TYPE_BOOL);
        pointwise_check(&random, &op);
        op.code = i % 2 ? TFLITE_LOGICAL_AND : TFLITE_LOGICAL_OR;
        op.options = options_empty(i % 2 ? TFLITE_OPTIONS_LOGICAL_AND
                                         : TFLITE_OPTIONS_LOGICAL_OR);
        pointwise_check(&random, &op);
    }
}

static void test_refused(void **state) {
    (void)state;
    struct pointwise s8 = comparison(4, TFLITE_TYPE_INT8);
    s8.input[0] = s8.input[1] = (struct pointwise_units){0.5f, 1};
    struct test_op op = pointwise_op(&s8, 4);
    op.input[1].type = TFLITE_TYPE_INT16;
    op_expect_message(&op, "op 0 LESS \"output\": input 1 type is INT16, it "
                           "must be input 0's, INT8");
    op = pointwise_op(&s8, 4);
    op.output[0].type = TFLITE_TYPE_INT8;
    op_expect_message(&op, "op 0 LESS \"output\": output type is INT8, "
                           "allowed: BOOL");
    op = pointwise_op(&s8, 4);
    op.input[1].scale = 1e9f;
    op_expect_message(&op,
                      "op 0 LESS \"output\": 256 * (input 1 less its zero "
                      "point) can reach 65280, which scaled by 2^30 does not "
                      "fit 32 bits");
    op = pointwise_op(&s8, 4);
    op.input[0].type = op.input[1].type = TFLITE_TYPE_BOOL;
    op_expect_message(&op, "op 0 LESS \"output\": input 0 type is BOOL, "
                           "allowed: FLOAT32, INT32, INT64, INT16, INT8");
    op = pointwise_op(&s8, 4);
    op.code = TFLITE_LOGICAL_OR;
    op.options = options_empty(TFLITE_OPTIONS_LOGICAL_OR);
    op_expect_message(&op, "op 0 LOGICAL_OR \"output\": input 0 type is INT8, "
                           "allowed: BOOL");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_quantized),
        cmocka_unit_test(test_bool),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
