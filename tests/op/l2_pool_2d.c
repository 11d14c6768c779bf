/* L2_POOL_2D against its definition, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "pool.h"

static double root_mean_square(const struct pool *pool, const double *values,
                               int count) {
    (void)pool;
    double sum = 0;
    for (int i = 0; i < count; i++) {
        sum += values[i] * values[i];
    }
    return sqrt(sum / count);
}

static void test_f32(void **state) {
    (void)state;
    struct random random = {4};
    for (int i = 0; i < 200; i++) {
        pool_check(&random, TFLITE_L2_POOL_2D, TFLITE_TYPE_FLOAT32,
                   root_mean_square);
    }
}

static void test_bad(void **state) {
    (void)state;
    struct test_op op = pool_plain(TFLITE_L2_POOL_2D);
    op_expect_message(&op, "op 0 L2_POOL_2D \"pool\": input type is INT8, "
                           "allowed: FLOAT32");
    op.input[0].type = op.output[0].type = TFLITE_TYPE_FLOAT32;
    op.options = options_pool_2d(TFLITE_SAME, 0, 2, 2, 2, 0);
    op_expect_message(&op, "op 0 L2_POOL_2D \"pool\": stride is 2x0, each must "
                           "be at least 1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_f32),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
