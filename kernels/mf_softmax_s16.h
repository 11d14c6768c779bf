/* SOFTMAX of 16-bit data along the last dimension: exp(beta * x) over the sum
 * of exp(beta * x) of the row, where exp and 1 / (1 + x) are interpolated in
 * tables. */
#ifndef MF_SOFTMAX_S16_H
#define MF_SOFTMAX_S16_H

#include "mf_core.h"

typedef struct mf_softmax_wide {
    mf_index rows, depth;      /* depth is below 65536 */
    int32_t multiplier, shift; /* differences of inputs to 65535 / 10 */
} mf_softmax_wide;

/* A function over all int16_t by its 513 samples, 128 apart. */
MF_INLINE int32_t mf_softmax_interpolate(const int16_t *table, int32_t x) {
    const int32_t place = x + 32768;
    const mf_index i = (mf_index)(place >> 7);
    //@ split i;
    const int32_t rest = place & 127;
    const int32_t low = mf_load_s16(table + i);
    const int32_t high = mf_load_s16(table + i + 1);
    const int32_t y = low + mf_shift_right_s32((high - low) * rest + 64, 7);
    //@ merge i;
    return y;
}

/* exp(-10 * (32767 - x) / 65535) in Q0.15, and 1 / (1 + (32768 + x) / 65536)
 * likewise.  May run in place. */
MF_KERNEL void mf_softmax_s16(const mf_softmax_wide *p, const int16_t *input,
                              const int16_t *exp_table,
                              const int16_t *reciprocal_table,
                              int16_t *output) {
    for (mf_index i = 0; i < p->rows * p->depth; i += p->depth) {
        int16_t most = INT16_MIN;
        for (mf_index k = i; k < i + p->depth; k++) {
            if (most < input[k]) {
                most = input[k];
            }
        }
        uint32_t sum = 0;
        for (mf_index k = i; k < i + p->depth; k++) {
            const int32_t distance = mf_scale((int32_t)input[k] - most,
                                              p->multiplier, (int)p->shift);
            const int32_t exp = mf_softmax_interpolate(
                exp_table, mf_clamp(distance + 32767, INT16_MIN, INT16_MAX));
            output[k] = (int16_t)exp;
            sum += (uint32_t)exp;
        }
        /* sum * 2^up in [2^30, 2^31): 1 + x in Q1.30, rounded to 16 bits. */
        int up = 0;
        //@ loop unroll 16;
        while (sum < (uint32_t)1 << 30 && up < 16) {
            sum *= 2;
            up++;
        }
        const int32_t x = (int32_t)((sum + 8192) >> 14) - 98304;
        const int32_t scale = mf_softmax_interpolate(
            reciprocal_table, mf_clamp(x, INT16_MIN, INT16_MAX));
        const int shift = 30 - up;
        for (mf_index k = i; k < i + p->depth; k++) {
            output[k] = (int16_t)mf_clamp(
                (output[k] * scale + ((int32_t)1 << (shift - 1))) >> shift, 0,
                INT16_MAX);
        }
    }
}

#endif
