/* AVERAGE_POOL_2D against the definition of a mean, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "pool.h"

enum { CASES = 200 };

/* Padding does not count; halves go away from zero. */
static double mean(const struct pool *pool, const double *values, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += values[i];
    }
    return pool->output.type == TFLITE_TYPE_FLOAT32 ? sum / count
                                                    : round(sum / count);
}

static void check_type(int32_t type, uint64_t seed) {
    struct random random = {seed};
    for (int i = 0; i < CASES; i++) {
        pool_check(&random, TFLITE_AVERAGE_POOL_2D, type, mean);
    }
}

static void test_s8(void **state) {
    (void)state;
    check_type(TFLITE_TYPE_INT8, 1);
}

static void test_s16(void **state) {
    (void)state;
    check_type(TFLITE_TYPE_INT16, 2);
}

static void test_f32(void **state) {
    (void)state;
    check_type(TFLITE_TYPE_FLOAT32, 3);
}

/* Sums of windows as large as they may be do not overflow. */
static void test_largest(void **state) {
    (void)state;
    struct test_op op = pool_plain(TFLITE_AVERAGE_POOL_2D);
    op.options = options_pool_2d(TFLITE_VALID, 1, 1, 217, 302, TFLITE_ACT_NONE);
    op.input[0] = (struct writer_tensor){
        .type = TFLITE_TYPE_INT16, WRITER_SHAPE(1, 302, 217, 1), .scale = 1};
    op.output[0] = (struct writer_tensor){
        .type = TFLITE_TYPE_INT16, WRITER_SHAPE(1, 1, 1, 1), .scale = 1};
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    for (int sign = -1; sign <= 1; sign += 2) {
        int16_t *input = model_input(model, 0);
        for (int i = 0; i < 302 * 217; i++) {
            input[i] = sign < 0 ? INT16_MIN : INT16_MAX;
        }
        model_run(model);
        assert_int_equal(*(const int16_t *)model_output(model, 0), input[0]);
    }
    model_free(model);
}

/* The reference takes scales that differ by up to 1e-6, and rescales nothing.
 */
static void test_nearly_equal_scales(void **state) {
    (void)state;
    struct test_op op = pool_plain(TFLITE_AVERAGE_POOL_2D);
    op.output[0].scale = 0.5000005f;
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memset(model_input(model, 0), 100, 32);
    model_run(model);
    assert_int_equal(*(const int8_t *)model_output(model, 0), 100);
    model_free(model);
}

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct test_op op = pool_plain(TFLITE_AVERAGE_POOL_2D);                \
        change;                                                                \
        op_expect_message(&op, "op 0 AVERAGE_POOL_2D \"pool\": " text);        \
    } while (0)

static void test_bad(void **state) {
    (void)state;
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT32,
           "input type is INT32, allowed: FLOAT32, INT16, INT8");
    EXPECT(op.output[0].type = TFLITE_TYPE_INT16,
           "output type is INT16, it must be input's, INT8");
    EXPECT(op.input[0].rank = 3,
           "input shape is 1x4x4, it must have 4 dimensions");
    EXPECT(op.output[0].dims[2] = 3,
           "output 0 is declared 1x2x3x2, its inputs give 1x2x2x2");
    EXPECT(op.options = options_pool_2d(TFLITE_SAME, 2, 2, 2, 0, 0),
           "window is 0x2, each must be at least 1");
    EXPECT(op.options = options_pool_2d(TFLITE_SAME, -2, 2, 2, 2, 0),
           "stride is 2x-2, each must be at least 1");
    EXPECT(op.options = options_pool_2d(TFLITE_VALID, 2, 2, 2, 5, 0),
           "window spans 5x2, more than the input's 4x4, and padding is VALID");
    EXPECT(op.options = options_pool_2d(TFLITE_SAME, 2, 2, 4096, 4097, 0),
           "window is 4097x4096, the most is 16711934 positions for INT8");
    EXPECT(op.options = options_pool_2d(TFLITE_SAME, 2, 2, 2, 2, 5),
           "fused activation is 5, allowed: NONE (0), RELU (1), RELU_N1_TO_1 "
           "(2), RELU6 (3)");
    EXPECT(op.output[0].zero_point = 2,
           "output has scale 0.5 and zero point 2, it must have input's, 0.5 "
           "and -3");
    EXPECT(op.output[0].scale = 0.50001f,
           "output has scale 0.500010014 and zero point -3, it must have "
           "input's, 0.5 and -3");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_s16),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_largest),
        cmocka_unit_test(test_nearly_equal_scales),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
