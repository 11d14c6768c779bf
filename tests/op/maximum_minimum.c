/* MAXIMUM and MINIMUM of stored values as they are. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#include "pointwise.h"

enum { CASES = 300 };

static double larger(const struct pointwise *op, double a, double b) {
    (void)op;
    return fmax(a, b);
}

static double smaller(const struct pointwise *op, double a, double b) {
    (void)op;
    return fmin(a, b);
}

static void check(int32_t code, int32_t type, struct pointwise_units units) {
    struct random random = {(uint64_t)type};
    struct pointwise op = {
        .code = code,
        .options = options_empty(TFLITE_OPTIONS_MAXIMUM_MINIMUM),
        .type = type,
        .input_count = 2,
        .input = {units, units},
        .output = units,
        .min = type == TFLITE_TYPE_INT32 ? INT32_MIN : -1e6,
        .max = type == TFLITE_TYPE_INT32 ? INT32_MAX : 1e6,
        .expected = code == TFLITE_MAXIMUM ? larger : smaller};
    for (int i = 0; i < CASES; i++) {
        pointwise_check(&random, &op);
    }
    pointwise_check_single(&random, &op, 0);
    pointwise_check_single(&random, &op, 1);
}

static void check_types(int32_t code) {
    const struct pointwise_units none = {0, 0};
    check(code, TFLITE_TYPE_INT8, (struct pointwise_units){0.25f, -7});
    check(code, TFLITE_TYPE_INT16, (struct pointwise_units){0.25f, 0});
    check(code, TFLITE_TYPE_INT32, none);
    check(code, TFLITE_TYPE_FLOAT32, none);
}

static void test_maximum(void **state) {
    (void)state;
    check_types(TFLITE_MAXIMUM);
}

static void test_minimum(void **state) {
    (void)state;
    check_types(TFLITE_MINIMUM);
}

static void expect(const struct test_op *op, const char *name,
                   const char *text) {
    char message[200];
    snprintf(message, sizeof message, "op 0 %s \"output\": %s", name, text);
    op_expect_message(op, message);
}

static void check_refused(int32_t code, const char *name) {
    struct pointwise s8 = {.code = code,
                           .options =
                               options_empty(TFLITE_OPTIONS_MAXIMUM_MINIMUM),
                           .type = TFLITE_TYPE_INT8,
                           .input_count = 2,
                           .input = {{0.5f, 1}, {0.25f, 2}},
                           .output = {0.5f, 1}};
    struct test_op op = pointwise_op(&s8, 4);
    expect(&op, name,
           "input 1 has scale 0.25 and zero point 2, it must have output's, "
           "0.5 and 1");
    op.input[1].dims[0] = 3;
    expect(&op, name,
           "input shapes are 4 and 3, their dimensions (the last ones aligned) "
           "must be equal or 1");
    op = pointwise_op(&s8, 4);
    op.input[0].type = TFLITE_TYPE_BOOL;
    expect(&op, name,
           "input 0 type is BOOL, allowed: FLOAT32, INT32, INT64, INT16, "
           "INT8");
}

static void test_refused(void **state) {
    (void)state;
    check_refused(TFLITE_MAXIMUM, "MAXIMUM");
    check_refused(TFLITE_MINIMUM, "MINIMUM");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_maximum),
        cmocka_unit_test(test_minimum),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
