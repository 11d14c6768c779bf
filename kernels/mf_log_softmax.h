/* LOG_SOFTMAX along the last dimension on int8: x less the logarithm of the sum
 * of exp(x) of the row, in units of 1/16, 127 being 0.
 *
 * exp of a value's distance to the row's greatest comes from SOFTMAX's table.
 */
#ifndef MF_LOG_SOFTMAX_H
#define MF_LOG_SOFTMAX_H

#include "mf_log.h"

typedef struct mf_log_softmax {
    mf_softmax softmax;
    int32_t multiplier, shift; /* of differences, to Q5.26; shift is over 0 */
    int32_t reverse_multiplier, reverse_shift; /* the other way */
    int32_t cut; /* from here on downward differences give the least value */
} mf_log_softmax;

/* May run in place. */
MF_KERNEL void mf_log_softmax_s8(const mf_log_softmax *p, const int8_t *input,
                                 const int32_t *table, int8_t *output) {
    const mf_softmax *s = &p->softmax;
    for (mf_index i = 0; i < s->rows * s->depth; i += s->depth) {
        const int most = mf_softmax_most_s8(input, i, s->depth);
        const int32_t log_sum =
            mf_log((int32_t)mf_softmax_sum_s8(s, input, table, i, most));
        /* Where a difference less the logarithm would leave Q5.26. */
        const int32_t limit = mf_scale(
            log_sum + INT32_MIN, p->reverse_multiplier, (int)p->reverse_shift);
        const int32_t cut = p->cut > limit ? p->cut : limit;
        for (mf_index k = i; k < i + s->depth; k++) {
            const int32_t difference = (int32_t)input[k] - most;
            int32_t y = INT8_MIN;
            if (difference > cut) {
                y = mf_scale(difference, p->multiplier, (int)p->shift);
                y = mf_round_shift(y - log_sum, 22) + INT8_MAX;
            }
            output[k] = (int8_t)mf_clamp(y, INT8_MIN, INT8_MAX);
        }
    }
}

#endif
