/* FULLY_CONNECTED on int8_t for 32-bit cores without SIMD, four outputs at a
 * time.  The same results as mf_fully_connected_s8().
 *
 * filter: for each four outputs (missing ones are anything), for each input, a
 * weight of each, plus 128: bytes that need no sign extension.
 * scale: for each output three words (mf_blocked_scaling); up to a multiple of
 * four. */
#ifndef MF_FULLY_CONNECTED_BLOCKED_H
#define MF_FULLY_CONNECTED_BLOCKED_H

#include "mf_blocked.h"

typedef struct mf_fully_connected_blocked {
    mf_index batches, inputs, outputs;
    mf_blocked_scaling scaling;
} mf_fully_connected_blocked;

/* One input by four outputs. */
MF_INLINE void mf_fully_connected_blocked_step(int32_t x, const uint8_t *filter,
                                               mf_index f, int32_t sum[4]) {
    sum[0] += x * (int32_t)mf_load_u8(filter + f);
    sum[1] += x * (int32_t)mf_load_u8(filter + f + 1);
    sum[2] += x * (int32_t)mf_load_u8(filter + f + 2);
    sum[3] += x * (int32_t)mf_load_u8(filter + f + 3);
}

/* All inputs from input[i] by four outputs, whose weights start at
 * filter[f]. */
MF_INLINE void mf_fully_connected_blocked_dot(const int8_t *input, mf_index i,
                                              const uint8_t *filter, mf_index f,
                                              mf_index inputs, int32_t sum[4]) {
    int32_t s[4] = {sum[0], sum[1], sum[2], sum[3]};
    mf_index k = 0;
    //@ loop unroll 99999;
    for (; k + 4 <= inputs; k += 4) {
        mf_fully_connected_blocked_step(input[i + k], filter, f + 4 * k, s);
        mf_fully_connected_blocked_step(input[i + k + 1], filter, f + 4 * k + 4,
                                        s);
        mf_fully_connected_blocked_step(input[i + k + 2], filter, f + 4 * k + 8,
                                        s);
        mf_fully_connected_blocked_step(input[i + k + 3], filter,
                                        f + 4 * k + 12, s);
    }
    //@ loop unroll 99999;
    for (; k < inputs; k++) {
        mf_fully_connected_blocked_step(input[i + k], filter, f + 4 * k, s);
    }
    sum[0] = s[0];
    sum[1] = s[1];
    sum[2] = s[2];
    sum[3] = s[3];
}

/* What 128 more in every weight adds to a sum. */
MF_INLINE int32_t mf_fully_connected_blocked_excess(const int8_t *input,
                                                    mf_index i,
                                                    mf_index inputs) {
    int32_t sum = 0;
    //@ loop unroll 99999;
    for (mf_index k = 0; k < inputs; k++) {
        sum += input[i + k];
    }
    return 128 * sum;
}

MF_KERNEL void
mf_fully_connected_blocked_s8(const mf_fully_connected_blocked *p,
                              const int8_t *input, const uint8_t *filter,
                              const int32_t *scale, int8_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        const mf_index i = b * p->inputs, out = b * p->outputs;
        const int32_t excess =
            mf_fully_connected_blocked_excess(input, i, p->inputs);
        for (mf_index o = 0; o < p->outputs; o += 4) {
            const int32_t *s = scale + 3 * o;
            int32_t sum[4];
            //@ loop unroll 99999;
            for (mf_index k = 0; k < 4; k++) {
                sum[k] = mf_load_s32(s + 3 * k) - excess;
            }
            mf_fully_connected_blocked_dot(input, i, filter, o * p->inputs,
                                           p->inputs, sum);
            //@ loop unroll 99999;
            for (mf_index k = 0; k < 4; k++) {
                if (p->outputs % 4 == 0 || o + k < p->outputs) {
                    output[out + o + k] = (int8_t)mf_blocked_output(
                        &p->scaling, sum[k], s + 3 * k);
                }
            }
        }
    }
}

#endif
