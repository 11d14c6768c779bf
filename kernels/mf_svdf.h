/* SVDF: a filter over features, and one over time for each feature filter, of
 * which `rank` are added to a unit.
 *
 * The state holds the last `memory` results of each feature filter, batches x
 * filters x memory.  Its columns rotate: column `newest` takes the new results,
 * and the one after it is the oldest.
 *
 * Shapes: input batches x inputs, feature filters x inputs, time filters x
 * memory, bias units, output batches x units; filters = units * rank.  Zero
 * points are folded into the biases. */
#ifndef MF_SVDF_H
#define MF_SVDF_H

#include "mf_dot.h"

typedef struct mf_svdf {
    mf_index batches, inputs, units, rank, memory;
    int32_t feature_multiplier, feature_shift;
    int32_t state_zero_point;
    int32_t multiplier, shift;
    int32_t output_zero_point;
} mf_svdf;

typedef struct mf_svdf_float {
    mf_index batches, inputs, units, rank, memory;
    float activation_min, activation_max;
} mf_svdf_float;

/* The result of feature filter f on the input at x0. */
MF_INLINE int32_t mf_svdf_feature(const mf_svdf *p, const int8_t *input,
                                  mf_index x0, const int8_t *feature,
                                  const int32_t *feature_bias, mf_index f) {
    const int32_t sum = mf_dot_s8(mf_load_s32(feature_bias + f), input, x0,
                                  feature, f * p->inputs, p->inputs);
    return mf_scale(sum, p->feature_multiplier, (int)p->feature_shift) +
           p->state_zero_point;
}

MF_INLINE int8_t mf_svdf_output(const mf_svdf *p, int32_t sum) {
    return (int8_t)mf_clamp(mf_scale(sum, p->multiplier, (int)p->shift) +
                                p->output_zero_point,
                            -128, 127);
}

/* The column that becomes the newest. */
MF_INLINE mf_index mf_svdf_newest(const int32_t *kept, mf_index memory) {
    return (mf_index)mf_clamp(kept[0], 0, (int32_t)memory - 1);
}
MF_INLINE int32_t mf_svdf_oldest(mf_index newest, mf_index memory) {
    return newest + 1 < memory ? (int32_t)newest + 1 : 0;
}

/* sum + that of a filter's state, from the oldest column on, with the filter
 * over time at w. */
MF_INLINE int32_t mf_svdf_time_s8(int32_t sum, const int8_t *state, mf_index s,
                                  const int8_t *time, mf_index w,
                                  mf_index newest, mf_index memory) {
    //@ split newest;
    const mf_index older = memory - 1 - newest;
    sum = mf_dot_s8(sum, state, s + newest + 1, time, w, older);
    sum = mf_dot_s8(sum, state, s, time, w + older, newest + 1);
    //@ merge newest;
    return sum;
}

MF_KERNEL void mf_svdf_s8(const mf_svdf *p, const int8_t *input,
                          const int8_t *feature, const int32_t *feature_bias,
                          const int8_t *time, const int32_t *bias,
                          int8_t *state, int32_t *kept, int8_t *output) {
    const mf_index n = p->memory, newest = mf_svdf_newest(kept, n);
    const mf_index filters = p->units * p->rank;
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index u = 0; u < p->units; u++) {
            int32_t sum = mf_load_s32(bias + u);
            //@ loop unroll 99999;
            for (mf_index r = 0; r < p->rank; r++) {
                const mf_index f = u * p->rank + r, w = f * n;
                const mf_index s = (b * filters + f) * n;
                state[s + newest] =
                    (int8_t)mf_clamp(mf_svdf_feature(p, input, b * p->inputs,
                                                     feature, feature_bias, f),
                                     -128, 127);
                sum = mf_svdf_time_s8(sum, state, s, time, w, newest, n);
            }
            output[b * p->units + u] = mf_svdf_output(p, sum);
        }
    }
    kept[0] = mf_svdf_oldest(newest, n);
}

/* sum + the sum over k < n of state[s0 + k] * time[w0 + k], modulo 2^32. */
MF_INLINE uint32_t mf_svdf_dot_s16(uint32_t sum, const int16_t *state,
                                   mf_index s0, const int16_t *time,
                                   mf_index w0, mf_index n) {
    for (mf_index k = 0; k < n; k++) {
        sum +=
            (uint32_t)((int32_t)state[s0 + k] * mf_load_s16(time + (w0 + k)));
    }
    return sum;
}

MF_INLINE uint32_t mf_svdf_time_s16(uint32_t sum, const int16_t *state,
                                    mf_index s, const int16_t *time, mf_index w,
                                    mf_index newest, mf_index memory) {
    //@ split newest;
    const mf_index older = memory - 1 - newest;
    sum = mf_svdf_dot_s16(sum, state, s + newest + 1, time, w, older);
    sum = mf_svdf_dot_s16(sum, state, s, time, w + older, newest + 1);
    //@ merge newest;
    return sum;
}

/* The number of 32 bits that is x modulo 2^32. */
MF_INLINE int32_t mf_svdf_signed(uint32_t x) {
    return x <= INT32_MAX ? (int32_t)x : -1 - (int32_t)(UINT32_MAX - x);
}

/* State and weights over time of 16 bits: sums wrap around, as the reference's
 * do where they leave 32 bits. */
MF_KERNEL void mf_svdf_s16(const mf_svdf *p, const int8_t *input,
                           const int8_t *feature, const int32_t *feature_bias,
                           const int16_t *time, const int32_t *bias,
                           int16_t *state, int32_t *kept, int8_t *output) {
    const mf_index n = p->memory, newest = mf_svdf_newest(kept, n);
    const mf_index filters = p->units * p->rank;
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index u = 0; u < p->units; u++) {
            uint32_t sum = (uint32_t)mf_load_s32(bias + u);
            //@ loop unroll 99999;
            for (mf_index r = 0; r < p->rank; r++) {
                const mf_index f = u * p->rank + r, w = f * n;
                const mf_index s = (b * filters + f) * n;
                state[s + newest] =
                    (int16_t)mf_clamp(mf_svdf_feature(p, input, b * p->inputs,
                                                      feature, feature_bias, f),
                                      INT16_MIN, INT16_MAX);
                sum = mf_svdf_time_s16(sum, state, s, time, w, newest, n);
            }
            output[b * p->units + u] = mf_svdf_output(p, mf_svdf_signed(sum));
        }
    }
    kept[0] = mf_svdf_oldest(newest, n);
}

MF_KERNEL void mf_svdf_f32(const mf_svdf_float *p, const float *input,
                           const float *feature, const float *time,
                           const float *bias, float *state, int32_t *kept,
                           float *output) {
    const mf_index n = p->memory, newest = mf_svdf_newest(kept, n);
    const mf_index filters = p->units * p->rank;
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index u = 0; u < p->units; u++) {
            float sum = mf_load_f32(bias + u);
            //@ loop unroll 99999;
            for (mf_index r = 0; r < p->rank; r++) {
                const mf_index f = u * p->rank + r, w = f * n;
                const mf_index s = (b * filters + f) * n;
                state[s + newest] = mf_dot_f32(0, input, b * p->inputs, feature,
                                               f * p->inputs, p->inputs);
                float part = mf_dot_f32(0, state, s + newest + 1, time, w,
                                        n - 1 - newest);
                part = mf_dot_f32(part, state, s, time, w + (n - 1 - newest),
                                  newest + 1);
                sum += part;
            }
            output[b * p->units + u] =
                mf_clamp_f32(sum, p->activation_min, p->activation_max);
        }
    }
    kept[0] = mf_svdf_oldest(newest, n);
}

#endif
