/* MAX_POOL_2D against the definition of a maximum, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool.h"

enum { CASES = 200 };

static double greatest(const struct pool *pool, const double *values,
                       int count) {
    (void)pool;
    double most = values[0];
    for (int i = 1; i < count; i++) {
        most = fmax(most, values[i]);
    }
    return most;
}

static void check_type(int32_t type, uint64_t seed) {
    struct random random = {seed};
    for (int i = 0; i < CASES; i++) {
        pool_check(&random, TFLITE_MAX_POOL_2D, type, greatest);
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

#define EXPECT(change, text)                                                   \
    do {                                                                       \
        struct test_op op = pool_plain(TFLITE_MAX_POOL_2D);                    \
        change;                                                                \
        op_expect_message(&op, "op 0 MAX_POOL_2D \"pool\": " text);            \
    } while (0)

static void test_bad(void **state) {
    (void)state;
    EXPECT(op.input[0].type = op.output[0].type = TFLITE_TYPE_INT32,
           "input type is INT32, allowed: FLOAT32, INT16, INT8");
    EXPECT(op.input[0].rank = 2,
           "input shape is 1x4, it must have 4 dimensions");
    EXPECT(op.output[0].dims[0] = 2,
           "output 0 is declared 2x2x2x2, its inputs give 1x2x2x2");
    EXPECT(op.options = options_pool_2d(TFLITE_SAME, 2, 0, 2, 2, 0),
           "stride is 0x2, each must be at least 1");
    EXPECT(op.options = options_pool_2d(3, 2, 2, 2, 2, 0),
           "padding is 3, allowed: SAME (0), VALID (1)");
    EXPECT(op.options = options_pool_2d(TFLITE_SAME, 2, 2, 2, 2, 4),
           "fused activation is 4, allowed: NONE (0), RELU (1), RELU_N1_TO_1 "
           "(2), RELU6 (3)");
    EXPECT(op.output[0].scale = 0.25f,
           "output has scale 0.25 and zero point -3, it must have input's, 0.5 "
           "and -3");
    EXPECT(op.input[0].scale = 0, "input has 0 scales, it must have 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_s8),
        cmocka_unit_test(test_s16),
        cmocka_unit_test(test_f32),
        cmocka_unit_test(test_bad),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
