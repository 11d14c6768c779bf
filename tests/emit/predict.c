/* Conversions between real numbers and elements (kernels/mf_predict.h): wide
 * elements and those that are not quantised. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "mf_predict.h"
#include "random.h"

static int64_t quantize_s32(float x, float scale, int32_t zero_point) {
    return mf_predict_quantize(x, scale, zero_point, INT32_MIN, INT32_MAX);
}

static void test_halves_away_from_zero(void **state) {
    (void)state;
    static const struct {
        float real;
        int32_t element;
    } rows[] = {
        {0.0f, 0},
        {0.49999997f, 0},
        {-0.49999997f, 0},
        {0.5f, 1},
        {-0.5f, -1},
        {1.4999999f, 1},
        {1.5f, 2},
        {2.5f, 3},
        {-2.5f, -3},
        {8388607.5f, 8388608},
        {8388609.0f, 8388609},
        {16777216.0f, 16777216},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        assert_int_equal(quantize_s32(rows[i].real, 1, 0), rows[i].element);
        assert_int_equal(quantize_s32(rows[i].real, 1, -7),
                         rows[i].element - 7);
        assert_int_equal(mf_quantize_value(rows[i].real, 1, 0, -32768, 32767),
                         mf_clamp(rows[i].element, -32768, 32767));
    }
}

static void test_out_of_range(void **state) {
    (void)state;
    assert_int_equal(quantize_s32(1e30f, 1, 5), INT32_MAX);
    assert_int_equal(quantize_s32(-1e30f, 1, 5), INT32_MIN);
    assert_int_equal(quantize_s32(2147483520.0f, 1, 1000), INT32_MAX);
    assert_int_equal(quantize_s32(-2147483648.0f, 1, -1), INT32_MIN);
    assert_int_equal(quantize_s32(-2147483648.0f, 1, 0), INT32_MIN);
    assert_int_equal(quantize_s32(INFINITY, 1, 5), INT32_MAX);
    assert_int_equal(quantize_s32(-INFINITY, 1, 5), INT32_MIN);
    assert_int_equal(quantize_s32(1, 1e-45f, 5), INT32_MAX);
    assert_int_equal(quantize_s32(NAN, 1, 5), 5);
    assert_int_equal(quantize_s32(0, 1, INT32_MIN), INT32_MIN);
    assert_true(mf_predict_quantize(1e30f, 1, 5, INT64_MIN, INT64_MAX) ==
                INT64_MAX);
    assert_true(mf_predict_quantize(-1e30f, 1, 5, INT64_MIN, INT64_MAX) ==
                INT64_MIN);
}

/* Every element comes back from its real number. */
static void test_there_and_back(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < 20000; i++) {
        float scale =
            ldexpf(random_float(&random, 0.5, 1), random_int(&random, -20, 10));
        int32_t zero = random_int(&random, -100000, 100000);
        int32_t q = zero + random_int(&random, -100000, 100000);
        float real = mf_predict_dequantize(q, scale, zero);
        assert_int_equal(quantize_s32(real, scale, zero), q);
        double product = (double)scale * (q - zero);
        assert_true(real == (float)product);
    }
}

static void test_wide_dequantize(void **state) {
    (void)state;
    assert_true(mf_predict_dequantize(INT32_MIN, 0.5f, INT32_MAX) ==
                (float)(0.5 * -4294967295.0));
    assert_true(mf_predict_dequantize(INT64_MIN, 1, INT32_MAX) ==
                -9223372036854775808.0f);
}

static void test_truncate(void **state) {
    (void)state;
    assert_int_equal(mf_predict_truncate(1.99f, -128, 127), 1);
    assert_int_equal(mf_predict_truncate(-1.99f, -128, 127), -1);
    assert_int_equal(mf_predict_truncate(127.5f, -128, 127), 127);
    assert_int_equal(mf_predict_truncate(-1000, -128, 127), -128);
    assert_int_equal(mf_predict_truncate(-0.5f, 0, 255), 0);
    assert_int_equal(mf_predict_truncate(NAN, 0, 255), 0);
    assert_int_equal(mf_predict_truncate(INFINITY, 0, 255), 255);
    assert_int_equal(mf_predict_truncate(2147483520.0f, INT32_MIN, INT32_MAX),
                     2147483520);
    assert_int_equal(mf_predict_truncate(2147483648.0f, INT32_MIN, INT32_MAX),
                     INT32_MAX);
    assert_true(mf_predict_truncate(9223372036854775808.0f, INT64_MIN,
                                    INT64_MAX) == INT64_MAX);
    assert_true(mf_predict_truncate(-INFINITY, INT64_MIN, INT64_MAX) ==
                INT64_MIN);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_halves_away_from_zero),
        cmocka_unit_test(test_out_of_range),
        cmocka_unit_test(test_there_and_back),
        cmocka_unit_test(test_wide_dequantize),
        cmocka_unit_test(test_truncate),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
