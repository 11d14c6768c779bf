/* Calls for cores without SIMD: their arithmetic against the definition, and
 * where they are used.  That they compute what portable calls compute is part
 * of the tests of the operators, which run on every target. */
#include "mf_blocked.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "convolution.h"
#include "mf_conv_2d_blocked.h"
#include "random.h"

enum { TRIALS = 200000 };

/* A random number of at most `bits` bits, in magnitude. */
static int32_t draw(struct random *random, int bits) {
    int32_t limit = (int32_t)((UINT32_C(1) << random_int(random, 1, bits)) - 1);
    return (int32_t)random_int(random, -limit, limit);
}

static void check_high(int32_t x, int32_t multiplier) {
    int32_t expected = mf_multiply_high(x, multiplier);
    assert_int_equal(mf_blocked_multiply_high_long(x, multiplier), expected);
    assert_int_equal(mf_blocked_multiply_high_short(x, multiplier), expected);
    int32_t floor = (int32_t)mf_shift_right_s64((int64_t)x * multiplier, 32);
    assert_int_equal(mf_blocked_high(x, multiplier), floor);
    assert_int_equal(mf_blocked_high_short(x, multiplier, 0, 16), floor);
}

static void test_multiply_high(void **state) {
    (void)state;
    struct random random = {1};
    static const int32_t edges[] = {0,
                                    1,
                                    0x7fff,
                                    0x8000,
                                    0x8001,
                                    0xffff,
                                    0x10000,
                                    (1 << 30) - 0x8001,
                                    (1 << 30) - 0x8000,
                                    (1 << 30) - 1};
    static const int32_t multipliers[] = {0,          1 << 30,    (1 << 30) + 1,
                                          0x7fff0000, 0x7fff8000, INT32_MAX};
    for (size_t i = 0; i < sizeof edges / sizeof edges[0]; i++) {
        for (size_t k = 0; k < sizeof multipliers / sizeof multipliers[0];
             k++) {
            check_high(edges[i], multipliers[k]);
            check_high(-edges[i], multipliers[k]);
        }
    }
    for (int i = 0; i < TRIALS; i++) {
        check_high(draw(&random, 30),
                   (int32_t)random_int(&random, 1 << 30, INT32_MAX));
    }
}

static void test_requantize(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < TRIALS; i++) {
        int32_t sum = draw(&random, 30);
        int32_t multiplier = (int32_t)random_int(&random, 1 << 30, INT32_MAX);
        int32_t shift = (int32_t)random_int(&random, 0, 30);
        int32_t zero_point = (int32_t)random_int(&random, -128, 127);
        int32_t min = (int32_t)random_int(&random, -128, 127);
        int32_t max = (int32_t)random_int(&random, min, 127);
        min = i % 2 ? zero_point : min;
        max = max < min ? min : max;
        int32_t expected = mf_clamp(
            mf_scale(sum, multiplier, -1 - (int)shift) + zero_point, min, max);
        assert_int_equal(
            mf_blocked_requantize(sum, multiplier, shift, zero_point, min, max),
            expected);
    }
}

static void test_saturate(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < TRIALS; i++) {
        int32_t x = draw(&random, 30);
        int shift = (int)random_int(&random, 0, 30);
        int32_t max = (int32_t)random_int(&random, -128, 127);
        int32_t min = i % 2 && max >= 0
                          ? -1 - max
                          : (int32_t)random_int(&random, -128, max);
        assert_int_equal(mf_blocked_saturate(x, shift, min, max),
                         mf_clamp(mf_shift_right_s32(x, shift), min, max));
    }
}

/* Taps at the very bounds of a field. */
static void test_fields(void **state) {
    (void)state;
    static const int32_t data[] = {-128, -127, -1, 0, 1, 127};
    static const int32_t weights[] = {-127, -1, 0, 1, 127};
    enum { DATA = 6, WEIGHTS = 5, TAPS = 2 };
    for (int i = 0; i < DATA * DATA * WEIGHTS * WEIGHTS; i++) {
        int32_t a = data[i % DATA], b = data[i / DATA % DATA];
        int32_t w = weights[i / DATA / DATA % WEIGHTS];
        int32_t v = weights[i / DATA / DATA / WEIGHTS];
        int32_t x[TAPS] = {mf_blocked_word(a, b), mf_blocked_word(b, a)};
        uint32_t bias = (uint32_t)-MF_BLOCKED_HALF;
        mf_blocked_sum sum = mf_blocked_start(bias, bias);
        uint32_t halves = MF_BLOCKED_HALVES;
        mf_blocked_pair(&sum, &halves, (uint32_t)x[0], w, (uint32_t)x[1], v);
        assert_int_equal(mf_blocked_first(&sum), a * w + b * v);
        assert_int_equal(mf_blocked_second(&sum), b * w + a * v);

        const uint8_t filter[2 * TAPS] = {
            (uint8_t)(w + 128), (uint8_t)(v + 128), (uint8_t)(v + 128),
            (uint8_t)(w + 128)};
        const mf_blocked_sum more = mf_blocked_offset(x, TAPS);
        uint32_t less = (uint32_t)(-128 * (w + v));
        mf_blocked_sum one = mf_blocked_start(
            less - (more.total - (more.second << 16)), less - more.second);
        mf_blocked_sum other = one;
        mf_blocked_dot_offset(&one, &other, x, filter, 0, TAPS);
        assert_int_equal(mf_blocked_first(&one), a * w + b * v);
        assert_int_equal(mf_blocked_second(&one), b * w + a * v);
        assert_int_equal(mf_blocked_first(&other), a * v + b * w);
        assert_int_equal(mf_blocked_second(&other), b * v + a * w);
    }
}

static void expect_kernel(struct test_op op, const char *target,
                          const char *name) {
    op.target = target_by_name(target);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    assert_string_equal(model_call(model, 0)->kernel->name, name);
    model_free(model);
}

static void test_used(void **state) {
    (void)state;
    struct test_op plain = convolution_plain(false);
    expect_kernel(plain, "cortex-m3", "mf_conv_2d_pairs_s8");
    expect_kernel(plain, "rv32imc", "mf_conv_2d_pairs_s8");
    expect_kernel(plain, "cortex-m0", "mf_conv_2d_offset_s8");
    expect_kernel(plain, "generic", "mf_conv_2d_s8");
    struct test_op depthwise = convolution_plain(true);
    expect_kernel(depthwise, "cortex-m3", "mf_depthwise_conv_2d_s8");
    depthwise.options =
        options_depthwise_conv_2d(TFLITE_SAME, 1, 1, 1, TFLITE_ACT_NONE, 1, 1);
    depthwise.input[1].dims[3] = 2;
    depthwise.input[2].dims[0] = 2;
    depthwise.output[0].dims[3] = 2;
    expect_kernel(depthwise, "cortex-m3", "mf_depthwise_conv_2d_blocked_s8");
    expect_kernel(depthwise, "cortex-m0", "mf_depthwise_conv_2d_blocked_s8");
}

/* Two neighbouring weights of -128 do not fit a field. */
static void test_not_used(void **state) {
    (void)state;
    struct test_op op = convolution_plain(false);
    int8_t weights[3 * 3 * 3 * 2] = {0};
    op.input[1].data = weights;
    weights[1] = weights[2] = -128; /* not of the same pair */
    expect_kernel(op, "cortex-m3", "mf_conv_2d_pairs_s8");
    weights[3] = -128;
    expect_kernel(op, "cortex-m3", "mf_conv_2d_s8");
    expect_kernel(op, "cortex-m0", "mf_conv_2d_offset_s8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_multiply_high), cmocka_unit_test(test_requantize),
        cmocka_unit_test(test_saturate),      cmocka_unit_test(test_fields),
        cmocka_unit_test(test_used),          cmocka_unit_test(test_not_used)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
