/* Requantisation as AVR computes it, held to its definition sum by sum. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "mf_avr.h"
#include "op/avr.h"
#include "random.h"

/* What a kernel makes of the channel's numbers. */
static int32_t output_at(const struct avr_channel *channel,
                         const struct outputs *outputs, int64_t sum) {
    int64_t x = sum - channel->base;
    if (x <= 0) {
        return outputs->min;
    }
    if (x >= channel->limit) {
        return outputs->max;
    }
    uint32_t offset = x < channel->knee ? channel->offset_low : channel->offset;
    uint16_t word =
        mf_avr_multiply_u24((uint32_t)x, channel->multiplier, offset);
    if (!channel->high && x < 65536) {
        assert_int_equal(mf_avr_multiply_u16((uint16_t)x, channel->multiplier,
                                             offset & 0xffffff),
                         word & 255);
    }
    return mf_avr_signed((uint8_t)(channel->high ? word >> 8 : word & 255));
}

static void check_sum(const struct avr_channel *channel,
                      const struct outputs *outputs, int64_t sum) {
    int32_t want =
        mf_clamp(mf_scale((int32_t)sum, outputs->multiplier, outputs->shift) +
                     outputs->zero_point,
                 outputs->min, outputs->max);
    int32_t found = output_at(channel, outputs, sum);
    if (found != want) {
        fail_msg("sum %lld by %d * 2^%d: %d, expected %d", (long long)sum,
                 (int)outputs->multiplier, outputs->shift, (int)found,
                 (int)want);
    }
}

/* Every sum; of large ranges those near 0 and, drawn at random, the rest. */
static void check_channel(const struct avr_channel *channel,
                          const struct outputs *outputs,
                          struct random *random) {
    int64_t near = outputs->most < 40000 ? outputs->most : 40000;
    for (int64_t sum = -near; sum <= near; sum++) {
        check_sum(channel, outputs, sum);
    }
    for (int i = 0; i < 4000 && near < outputs->most; i++) {
        check_sum(channel, outputs,
                  random_int(random, -outputs->most, outputs->most));
    }
    check_sum(channel, outputs, -outputs->most);
    check_sum(channel, outputs, outputs->most);
}

static struct outputs random_outputs(struct random *random, int shift) {
    struct outputs outputs = {
        .multiplier = random_int(random, 1 << 30, INT32_MAX),
        .shift = shift,
        .zero_point = random_int(random, -128, 127),
        .min = -128,
        .max = 127,
        .most = random_int(random, 1, (1 << random_int(random, 4, 21)))};
    switch (random_int(random, 0, 3)) {
    case 0: /* a fused activation */
        outputs.min = outputs.zero_point;
        break;
    case 1:
        outputs.zero_point = outputs.min;
        break;
    case 2:
        outputs.min = random_int(random, -128, outputs.zero_point);
        outputs.max = random_int(random, outputs.zero_point, 127);
        break;
    default:
        break;
    }
    return outputs;
}

/* How many of 200 random channels numbers were found for; all are right. */
static int count_found(struct random *random, int shift) {
    int found = 0;
    for (int i = 0; i < 200; i++) {
        struct outputs outputs = random_outputs(random, shift);
        struct avr_channel channel;
        if (avr_channel_make(&outputs, &channel)) {
            check_channel(&channel, &outputs, random);
            found++;
        }
    }
    return found;
}

static void test_every_factor(void **state) {
    (void)state;
    struct random random = {1};
    for (int shift = -20; shift <= -1; shift++) {
        int found = count_found(&random, shift);
        assert_int_equal(found, 200);
    }
}

/* Halves are rounded away from zero, on both sides. */
static void test_halves(void **state) {
    (void)state;
    struct random random = {2};
    for (int shift = -12; shift <= -1; shift++) {
        struct outputs outputs = {.multiplier = 1 << 30,
                                  .shift = shift,
                                  .zero_point = 3,
                                  .min = -128,
                                  .max = 127,
                                  .most = 1 << 20};
        struct avr_channel channel;
        assert_true(avr_channel_make(&outputs, &channel));
        check_channel(&channel, &outputs, &random);
    }
}

/* Nothing is computed of an output that cannot change. */
static void test_one_output(void **state) {
    (void)state;
    struct random random = {3};
    struct outputs outputs = {.multiplier = 1 << 30,
                              .shift = -4,
                              .zero_point = -128,
                              .min = 5,
                              .max = 5,
                              .most = 1000};
    struct avr_channel channel;
    assert_true(avr_channel_make(&outputs, &channel));
    check_channel(&channel, &outputs, &random);
    outputs.max = 127;
    assert_true(avr_channel_make(&outputs, &channel));
    check_channel(&channel, &outputs, &random);
}

static void test_too_great_or_small(void **state) {
    (void)state;
    struct outputs outputs = {.multiplier = 1 << 30,
                              .shift = 0,
                              .min = -128,
                              .max = 127,
                              .most = 1000};
    struct avr_channel channel;
    assert_false(avr_channel_make(&outputs, &channel));
    outputs.shift = -21;
    assert_false(avr_channel_make(&outputs, &channel));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_factor),
        cmocka_unit_test(test_halves),
        cmocka_unit_test(test_one_output),
        cmocka_unit_test(test_too_great_or_small),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
