#include "op/dsp_line.h"

#include <stdlib.h>

enum {
    UNIT_BITS = 8,
    MAX_SHIFT = 22, /* zero points of 8 bits fit above it */
    SHIFTS = 10,    /* tried, from the greatest one */
    SLOPES = 400    /* tried of each channel */
};

/* What is known of a channel's outputs: sums are `most` at most in magnitude,
 * scaled by multiplier * 2^-(31 + right), right >= 1. */
struct rounded_outputs {
    int64_t most;
    int32_t multiplier;
    int right;
    int32_t levels; /* that the output can have over its zero point */
};

static int64_t divide_up(int64_t a, int64_t b) {
    return a / b + (a % b > 0 ? 1 : 0);
}

/* The least sum whose output is `level` (at least 1) over the zero point: where
 * sum * multiplier / 2^31, rounded half up, reaches level * 2^right -
 * 2^(right - 1). */
static int64_t first_sum(const struct rounded_outputs *of, int32_t level) {
    int64_t rounded =
        ((int64_t)level << of->right) - (INT64_C(1) << (of->right - 1));
    /* No sum can be as great as that. */
    if (rounded > (INT64_C(1) << 31)) {
        return INT64_MAX;
    }
    return divide_up((rounded << 31) - (INT64_C(1) << 30), of->multiplier);
}

/* Whether a line of this slope passes all levels at their sums; *start is the
 * middle of where it may be. */
static bool fits(const struct rounded_outputs *of, int64_t slope, int shift,
                 int32_t *start) {
    int64_t low = -(INT64_C(1) << 31), high = INT64_C(1) << 31;
    for (int32_t level = 1; level <= of->levels; level++) {
        int64_t sum = first_sum(of, level);
        if (sum > of->most) {
            /* Of this one and those above it: not reached. */
            int64_t reached = divide_up((int64_t)level << (32 + shift), slope);
            int64_t end = reached - DSP_LINE_UNIT * of->most - 1;
            high = end < high ? end : high;
            break;
        }
        /* The least of the line's sums that gives this level. */
        int64_t at = divide_up((int64_t)level << (32 + shift), slope);
        int64_t least = at - DSP_LINE_UNIT * sum;
        int64_t end = least + DSP_LINE_UNIT - 1;
        low = least > low ? least : low;
        high = end < high ? end : high;
    }
    int64_t middle = low + (high - low) / 2;
    *start = (int32_t)(low <= high ? middle : 0);
    return low <= high && llabs(middle) + DSP_LINE_UNIT * of->most < INT64_C(1)
                                                                         << 31;
}

static bool make_line(const struct rounded_outputs *of, int shift,
                      struct dsp_line *line) {
    *line = (struct dsp_line){0, 0};
    if (of->multiplier == 0 || first_sum(of, 1) > of->most) {
        return true; /* nothing but the zero point */
    }
    /* The factor in units of 2^-(32 + shift) for 256 times the sum. */
    int right = of->right + 31 + UNIT_BITS - 32 - shift;
    int64_t nearest =
        right > 0 ? (of->multiplier + (INT64_C(1) << (right - 1))) >> right
                  : (int64_t)of->multiplier << -right;
    for (int32_t i = 0; i < SLOPES; i++) {
        int64_t slope = nearest + (i % 2 ? i / 2 + 1 : -(i / 2));
        if (slope > 0 && slope <= INT32_MAX &&
            fits(of, slope, shift, &line->start)) {
            line->multiplier = (int32_t)slope;
            return true;
        }
    }
    return false;
}

static struct rounded_outputs outputs_of(const struct portable *from,
                                         int32_t scale) {
    struct rounded_outputs of = {.multiplier = from->multiplier[scale],
                                 .right = -from->shift[scale],
                                 .levels = from->activation_max -
                                           from->output_zero_point};
    int32_t first = from->per_channel ? scale : 0;
    int32_t end = from->per_channel ? scale + 1 : from->channels;
    for (int32_t c = first; c < end; c++) {
        int64_t most = portable_most(from, c);
        of.most = most > of.most ? most : of.most;
    }
    return of;
}

static bool make_lines(const struct rounded_outputs *of, int32_t count,
                       int shift, struct dsp_line *line) {
    for (int32_t i = 0; i < count; i++) {
        if (!make_line(&of[i], shift, &line[i])) {
            return false;
        }
    }
    return true;
}

bool dsp_lines_make(struct context *context, const struct portable *from,
                    struct dsp_line **line, int32_t *shift) {
    int32_t count = from->per_channel ? from->channels : 1;
    struct rounded_outputs *of =
        CONTEXT_NEW(context, struct rounded_outputs, (size_t)count);
    *line = CONTEXT_NEW(context, struct dsp_line, (size_t)count);
    *shift = 0;
    if (!of || !*line) {
        return false;
    }
    int least = 31;
    for (int32_t i = 0; i < count; i++) {
        of[i] = outputs_of(from, i);
        if (of[i].right < 1 || of[i].most >= (INT64_C(1) << (31 - UNIT_BITS))) {
            return true;
        }
        if (of[i].multiplier != 0 && of[i].right < least) {
            least = of[i].right;
        }
    }
    if (from->activation_min != from->output_zero_point) {
        return true;
    }
    /* The greatest shift at which every slope has 31 bits. */
    int first = least + UNIT_BITS - 1;
    first = first < MAX_SHIFT ? first : MAX_SHIFT;
    for (int i = first; i > 0 && i > first - SHIFTS && *shift == 0; i--) {
        *shift = make_lines(of, count, i, *line) ? i : 0;
    }
    return true;
}
