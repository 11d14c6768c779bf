#include "op/steps.h"

#include "mf_core.h"

static int32_t output_of(const struct outputs *from, int64_t sum) {
    int32_t x = mf_scale((int32_t)sum, from->multiplier, from->shift);
    return mf_clamp(x + from->zero_point, from->min, from->max);
}

/* The smallest sum above `below` whose output is `level` or more; there is
 * one. */
static int32_t first_of(const struct outputs *from, int32_t level,
                        int64_t below) {
    int64_t at = from->most;
    while (at - below > 1) {
        int64_t middle = below + (at - below) / 2;
        if (output_of(from, middle) >= level) {
            at = middle;
        } else {
            below = middle;
        }
    }
    return (int32_t)at;
}

void steps_find(const struct outputs *outputs, struct steps *steps) {
    steps->lowest = output_of(outputs, -outputs->most);
    steps->count = output_of(outputs, outputs->most) - steps->lowest;
    int64_t below = -outputs->most - 1;
    for (int i = 0; i < steps->count; i++) {
        steps->at[i] = first_of(outputs, steps->lowest + 1 + i, below);
        below = steps->at[i] - 1;
    }
}

/* --- lines --- */

/* The offsets, times 2^32, with which a line of this multiplier is right;
 * `unit` is what an output counts. */
static struct offsets find_offsets(const struct outputs *outputs,
                                   const struct steps *steps, int64_t unit,
                                   int64_t multiplier) {
    struct offsets offsets = {-(INT64_C(1) << 60), INT64_C(1) << 60};
    int32_t highest = steps->lowest + steps->count;
    if (steps->lowest > outputs->min) {
        offsets_reach(&offsets,
                      steps->lowest * unit + multiplier * outputs->most);
    }
    if (highest < outputs->max) {
        offsets_miss(&offsets,
                     (highest + 1) * unit - multiplier * outputs->most);
    }
    for (int i = 0; i < steps->count; i++) {
        int64_t level = (steps->lowest + 1 + i) * unit;
        offsets_reach(&offsets, level - multiplier * steps->at[i]);
        offsets_miss(&offsets, level - multiplier * (steps->at[i] - 1));
    }
    return offsets;
}

/* An offset among them as whole part and multiples of the multiplier. */
static bool choose(const struct offsets *offsets, struct line *line) {
    const int64_t one = INT64_C(1) << 32;
    if (offsets->min >= offsets->end) {
        return false;
    }
    for (line->lead = 0; line->lead < LINE_LEADS; line->lead++) {
        int64_t lead = (int64_t)line->lead * line->multiplier;
        int64_t offset = -mf_shift_right_s64(lead - offsets->min, 32);
        if (lead + offset * one < offsets->end) {
            line->offset = (int32_t)offset;
            return true;
        }
    }
    return false;
}

bool line_fit(const struct outputs *outputs, int shift, struct line *line) {
    const int64_t unit = INT64_C(1) << (32 + shift);
    int right = -1 - outputs->shift - shift;
    int64_t half = right > 0 ? INT64_C(1) << (right - 1) : 0;
    int64_t nearest = (outputs->multiplier + half) >> right;
    struct steps steps;
    steps_find(outputs, &steps);
    for (int32_t i = 0; i < 16; i++) {
        int64_t multiplier = nearest + (i % 2 ? i / 2 + 1 : -(i / 2));
        if (multiplier < 0 || multiplier > INT32_MAX) {
            continue;
        }
        line->multiplier = (int32_t)multiplier;
        struct offsets offsets =
            find_offsets(outputs, &steps, unit, multiplier);
        if (choose(&offsets, line)) {
            return true;
        }
    }
    return false;
}
