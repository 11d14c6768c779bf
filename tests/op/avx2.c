/* x86-64 with AVX2: the instructions give what the portable model of the
 * kernels gives, and layers of random shapes on it what the portable kernels
 * give. */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#pragma GCC target("avx2")
#endif

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "layer.h"
#include "mf_avx2.h"
#include "random.h"

enum { TRIALS = 20000, CASES = 60 };

static void need_avx2(void) {
#if defined(__x86_64__) && defined(__GNUC__)
    if (__builtin_cpu_supports("avx2")) {
        return;
    }
#endif
    print_message("skipped: no AVX2\n");
    skip();
}

static int32_t lane_of(mf_avx2_lanes lanes, int i) {
    int32_t lane[8];
    memcpy(lane, &lanes, sizeof lane);
    return lane[i];
}

/* Numbers of all magnitudes below 2^30, those beside powers of 2 first. */
static int32_t draw(struct random *random) {
    int bits = (int)random_int(random, 0, 29);
    int32_t limit = (int32_t)1 << bits;
    int32_t x = random_int(random, 0, 1)
                    ? limit - (int32_t)random_int(random, -1, 2)
                    : (int32_t)random_int(random, 0, limit);
    return random_int(random, 0, 1) ? -x : x;
}

static void test_requantize(void **state) {
    (void)state;
    need_avx2();
    struct random random = {3};
    for (int i = 0; i < TRIALS; i++) {
        int32_t x[8], multiplier[8], shift[8];
        for (int k = 0; k < 8; k++) {
            x[k] = draw(&random);
            multiplier[k] =
                random_int(&random, 0, 3)
                    ? (int32_t)random_int(&random, 1 << 30, INT32_MAX)
                    : 1 << 30;
            shift[k] = (int32_t)random_int(&random, 1, 31);
        }
        mf_avx2_lanes high = mf_avx2_multiply_high(
            mf_avx2_lanes_at(x), mf_avx2_lanes_at(multiplier));
        mf_avx2_lanes away =
            mf_avx2_round_shift(high, mf_avx2_lanes_at(shift), 0);
        mf_avx2_lanes upward =
            mf_avx2_round_shift(high, mf_avx2_lanes_at(shift), 1);
        for (int k = 0; k < 8; k++) {
            int32_t expected = mf_scale(x[k], multiplier[k], -(int)shift[k]);
            assert_int_equal(lane_of(away, k), expected);
            /* As mf_avx2_upward() says: only results up to 0 differ. */
            if (lane_of(upward, k) != expected) {
                assert_true(expected < 0);
                assert_int_equal(lane_of(upward, k), expected + 1);
            }
        }
    }
}

/* Bytes out of range, on the bounds, and partial blocks. */
static void test_narrow(void **state) {
    (void)state;
    need_avx2();
    struct random random = {4};
    for (int i = 0; i < TRIALS; i++) {
        int32_t lane[16], least = (int32_t)random_int(&random, -128, 0);
        mf_avx2_range range = {(int32_t)random_int(&random, -128, 127), least,
                               (int32_t)random_int(&random, least, 127)};
        for (int k = 0; k < 16; k++) {
            lane[k] = random_int(&random, 0, 2)
                          ? (int32_t)random_int(&random, -400, 400)
                          : draw(&random);
        }
        int8_t to[20];
        mf_index count = (mf_index)random_int(&random, 1, 20);
        memset(to, 99, sizeof to);
        mf_avx2_put(to, mf_avx2_narrow(mf_avx2_block_at(lane), &range), count);
        for (int k = 0; k < 16; k++) {
            mf_index c = mf_avx2_channel(k);
            assert_int_equal(to[c], c >= count
                                        ? 99
                                        : mf_clamp(lane[k] + range.zero_point,
                                                   range.min, range.max));
        }
        assert_int_equal(to[16], 99);
    }
}

static void test_portable_model(void **state) {
    (void)state;
    struct random random = {1};
    for (int kind = 0; kind < LAYER_KINDS; kind++) {
        int fast = 0;
        for (int i = 0; i < CASES; i++) {
            struct layer layer = layer_random(&random, (enum layer_kind)kind);
            fast += layer_check(&random, &layer, "x86-64", "_avx2_");
            layer_free(&layer);
        }
        /* Not: several depthwise filters a channel. */
        assert_true(fast >
                    (kind == LAYER_DEPTHWISE ? CASES / 3 : CASES * 9 / 10));
    }
}

static void test_instructions(void **state) {
    (void)state;
    need_avx2();
    struct random random = {2};
    layers_check_bench(&random, "x86-64", "speed", 8);
    layers_check_bench(&random, "x86-64", "size", 32);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requantize),
        cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_portable_model),
        cmocka_unit_test(test_instructions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
