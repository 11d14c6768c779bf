/* Lines that take the place of requantisation: for every sum that steps can be
 * told from, and random ones, what mf_scale() gives. */
#include "op/steps.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "mf_blocked.h"
#include "mf_core.h"
#include "random.h"

static int32_t output_of(const struct outputs *outputs, int64_t sum) {
    int32_t x = mf_scale((int32_t)sum, outputs->multiplier, outputs->shift);
    return mf_clamp(x + outputs->zero_point, outputs->min, outputs->max);
}

static void check_sum(const struct outputs *outputs, int shift,
                      const struct line *line, int64_t sum) {
    if (sum >= -outputs->most && sum <= outputs->most) {
        assert_int_equal(mf_blocked_line((int32_t)sum + line->lead,
                                         line->multiplier, line->offset, shift,
                                         outputs->min, outputs->max),
                         output_of(outputs, sum));
    }
}

static void check_line(const struct outputs *outputs, int shift,
                       const struct line *line, struct random *random) {
    struct steps steps;
    steps_find(outputs, &steps);
    assert_int_equal(steps.lowest, output_of(outputs, -outputs->most));
    assert_int_equal(steps.lowest + steps.count,
                     output_of(outputs, outputs->most));
    for (int i = 0; i < steps.count; i++) {
        assert_int_equal(output_of(outputs, steps.at[i]), steps.lowest + 1 + i);
        assert_true(output_of(outputs, steps.at[i] - 1) < steps.lowest + 1 + i);
        for (int d = -2; d <= 2; d++) {
            check_sum(outputs, shift, line, steps.at[i] + d);
        }
    }
    for (int i = 0; i < 1000; i++) {
        check_sum(outputs, shift, line,
                  random_int(random, -outputs->most, outputs->most));
    }
    check_sum(outputs, shift, line, -outputs->most);
    check_sum(outputs, shift, line, outputs->most);
}

static struct outputs random_outputs(struct random *random, int shift) {
    struct outputs outputs = {
        .multiplier = (int32_t)random_int(random, 1 << 30, INT32_MAX),
        .shift = shift,
        .zero_point = (int32_t)random_int(random, -128, 127),
        .max = 127,
        .most = random_int(random, 1, 1 << random_int(random, 4, 29))};
    outputs.min = outputs.zero_point;
    if (random_int(random, 0, 3) == 0) {
        outputs.max = (int32_t)random_int(random, outputs.min, 127);
    }
    return outputs;
}

/* The channels of a layer with a fused RELU: each has a line of its own shift,
 * and almost each one of a shift of 4 less. */
static void test_relu(void **state) {
    (void)state;
    struct random random = {1};
    int found = 0, tried = 0;
    for (int scale = -LINE_MOST_SHIFT - 1; scale <= -1; scale++) {
        for (int i = 0; i < 50; i++) {
            struct outputs outputs = random_outputs(&random, scale);
            struct line line;
            int shift = -1 - scale;
            assert_true(line_fit(&outputs, shift, &line));
            check_line(&outputs, shift, &line, &random);
            if (shift >= 4) {
                tried++;
                if (line_fit(&outputs, shift - 4, &line)) {
                    check_line(&outputs, shift - 4, &line, &random);
                    found++;
                }
            }
        }
    }
    assert_true(found > tried * 9 / 10);
}

/* Halves are rounded away from zero on both sides: where sums with halves
 * exist there is no line, and none is made up. */
static void test_both_sides(void **state) {
    (void)state;
    struct random random = {2};
    struct outputs outputs = {.multiplier = 1 << 30,
                              .shift = -7,
                              .min = -128,
                              .max = 127,
                              .most = 1 << 20};
    struct line line;
    assert_false(line_fit(&outputs, 6, &line));
    outputs.most = 64; /* nothing below -0.5 */
    assert_true(line_fit(&outputs, 6, &line));
    check_line(&outputs, 6, &line, &random);
}

/* An output that never changes. */
static void test_constant(void **state) {
    (void)state;
    struct random random = {3};
    struct outputs outputs = {.multiplier = 1 << 30,
                              .shift = -20,
                              .zero_point = 5,
                              .min = -128,
                              .max = 127,
                              .most = 1000};
    struct line line;
    assert_true(line_fit(&outputs, 19, &line));
    check_line(&outputs, 19, &line, &random);
    outputs.min = outputs.max = 7;
    outputs.most = 1 << 29;
    assert_true(line_fit(&outputs, 0, &line));
    check_line(&outputs, 0, &line, &random);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_relu),
                                       cmocka_unit_test(test_both_sides),
                                       cmocka_unit_test(test_constant)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
