/* LOGISTIC and TANH of int16 values, by interpolation in one table.
 *
 * The table has 256 entries round(65536 * sigmoid(i / 24)) - 32768, raised by
 * half of what a chord between two neighbours lies below the curve at most;
 * tanh(x) = 2 sigmoid(2x) - 1, and both functions are symmetric.  Arguments
 * are in units of 1 / (3 * 4096). */
#ifndef MF_SIGMOID_H
#define MF_SIGMOID_H

#include "mf_core.h"

typedef struct mf_sigmoid {
    mf_index size;      /* elements */
    int32_t multiplier; /* at most 32767 */
    int32_t shift;      /* right, 0 to 31: input * multiplier / 2^shift is in
                           the table's units */
} mf_sigmoid;

/* 65536 * 2^bits * (sigmoid(magnitude / (24 * 2^bits)) - 1/2) for a magnitude
 * of at least 0; `limit` * 2^bits past the table's end. */
MF_INLINE int32_t mf_sigmoid_interpolate(const int16_t *table,
                                         int32_t magnitude, int bits,
                                         int32_t limit) {
    if (magnitude >= (int32_t)255 << bits) {
        return limit * ((int32_t)1 << bits);
    }
    const mf_index i = (mf_index)(magnitude >> bits);
    //@ split i;
    const int32_t rest = magnitude & (((int32_t)1 << bits) - 1);
    const int32_t low = mf_load_s16(table + i);
    const int32_t high = mf_load_s16(table + i + 1);
    const int32_t y = low * ((int32_t)1 << bits) + rest * (high - low);
    //@ merge i;
    return y;
}

/* sigmoid(x / 12288) in Q0.15, |x| < 2^31. */
MF_INLINE int16_t mf_logistic_value_s16(const int16_t *table, int32_t x) {
    const int32_t half =
        (mf_sigmoid_interpolate(table, x < 0 ? -x : x, 9, 32766) + 512) / 1024;
    return (int16_t)(x < 0 ? 16384 - half : 16384 + half);
}

/* tanh(x / 12288) in Q0.15, |x| < 2^31. */
MF_INLINE int16_t mf_tanh_value_s16(const int16_t *table, int32_t x) {
    const int32_t y =
        (mf_sigmoid_interpolate(table, x < 0 ? -x : x, 8, 32767) + 128) / 256;
    return (int16_t)(x < 0 ? -y : y);
}

/* The input in the table's units, rounded half up. */
MF_INLINE int32_t mf_sigmoid_argument(const mf_sigmoid *p, int32_t input) {
    const int32_t half = p->shift > 0 ? (int32_t)1 << (p->shift - 1) : 0;
    return mf_shift_right_s32(input * p->multiplier + half, (int)p->shift);
}

/* Both may run in place. */
MF_KERNEL void mf_logistic_s16(const mf_sigmoid *p, const int16_t *input,
                               const int16_t *table, int16_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] =
            mf_logistic_value_s16(table, mf_sigmoid_argument(p, input[i]));
    }
}

MF_KERNEL void mf_tanh_s16(const mf_sigmoid *p, const int16_t *input,
                           const int16_t *table, int16_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = mf_tanh_value_s16(table, mf_sigmoid_argument(p, input[i]));
    }
}

#endif
