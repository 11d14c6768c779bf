/* Requantisation as steps: outputs of 8 bits never fall when their sum rises,
 * so that nothing is to be known of them but where each level is first reached.
 * What reaches every level at the same sums is as right as the definition, and
 * may be cheaper: a line, of one multiplication and one addition. */
#ifndef OP_STEPS_H
#define OP_STEPS_H

#include <stdbool.h>
#include <stdint.h>

/* What a channel's outputs follow from: clamp(mf_scale(sum, multiplier, shift)
 * + zero_point, min, max) for |sum| <= most, which is at most 2^30; max - min
 * is at most 255. */
struct outputs {
    int32_t multiplier;
    int shift;
    int32_t zero_point, min, max;
    int64_t most;
};

struct steps {
    int32_t lowest; /* output of the least sum */
    int count;
    int32_t at[255]; /* first sums of the levels after `lowest` */
};

void steps_find(const struct outputs *outputs, struct steps *steps);

/* The offsets of a line that are right: min <= offset < end. */
struct offsets {
    int64_t min, end;
};

/* The line reaches a level (offset + ... >= level) at some sum. */
static inline void offsets_reach(struct offsets *offsets, int64_t bound) {
    offsets->min = bound > offsets->min ? bound : offsets->min;
}

/* It has not reached the level at some sum. */
static inline void offsets_miss(struct offsets *offsets, int64_t bound) {
    offsets->end = bound < offsets->end ? bound : offsets->end;
}

/* A line: ((sum + lead) * multiplier / 2^32 + offset) / 2^shift, both rounded
 * down, then clamped to [min, max], is the output. */
struct line {
    int32_t lead, multiplier, offset;
};

/* The lead is at least 0 and below this; multipliers are at least 0, offsets
 * below 2^28 in magnitude. */
enum { LINE_LEADS = 1 << 20, LINE_MOST_SHIFT = 20 };

/* A line of that shift, at most LINE_MOST_SHIFT and -1 - outputs->shift, that
 * gives the output of every sum.  False if none was found: as a rule where
 * halves are rounded away from zero on both sides of it. */
bool line_fit(const struct outputs *outputs, int shift, struct line *line);

#endif
