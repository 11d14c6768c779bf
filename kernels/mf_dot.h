/* Sums of products over runs of neighbouring elements: what matrix products
 * and convolutions spend their time in. */
#ifndef MF_DOT_H
#define MF_DOT_H

#include "mf_core.h"

/* sum + the sum over k < n of x[x0 + k] * w[w0 + k].  A product of two int8_t
 * fits int16_t, so that targets with a 16-bit int multiply no wider. */
MF_INLINE int32_t mf_dot_s8(int32_t sum, const int8_t *x, mf_index x0,
                            const int8_t *w, mf_index w0, mf_index n) {
    //@ loop unroll 99999;
    for (mf_index k = 0; k < n; k++) {
        sum += x[x0 + k] * mf_load_s8(w + (w0 + k));
    }
    return sum;
}

/* --- weights of four bits: two a byte, the first in the low half --- */

MF_INLINE int32_t mf_half_byte(int32_t half) {
    return (half ^ 8) - 8;
}
MF_INLINE int32_t mf_load_s4(const int8_t *w, mf_index i) {
    const int32_t pair = (uint8_t)mf_load_s8(w + i / 2);
    return mf_half_byte(i % 2 == 0 ? pair & 15 : pair >> 4);
}

/* Like mf_dot_s8().  Whole bytes are loaded once. */
MF_INLINE int32_t mf_dot_s4(int32_t sum, const int8_t *x, mf_index x0,
                            const int8_t *w, mf_index w0, mf_index n) {
    const mf_index head = n > 0 ? w0 % 2 : 0;
    //@ split head;
    const mf_index pairs = (n - head) / 2;
    if (head > 0) {
        sum += x[x0] * mf_load_s4(w, w0);
    }
    //@ loop unroll 99999;
    for (mf_index k = 0; k < pairs; k++) {
        const int32_t pair = (uint8_t)mf_load_s8(w + ((w0 + head) / 2 + k));
        sum += x[x0 + head + 2 * k] * mf_half_byte(pair & 15) +
               x[x0 + head + 2 * k + 1] * mf_half_byte(pair >> 4);
    }
    if (head + 2 * pairs < n) {
        sum += x[x0 + n - 1] * mf_load_s4(w, w0 + n - 1);
    }
    //@ merge head;
    return sum;
}

/* Weight i, of 8 or 4 bits. */
MF_INLINE int32_t mf_load_weight(const int8_t *w, mf_index i, int bits) {
    return bits == 4 ? mf_load_s4(w, i) : mf_load_s8(w + i);
}
/* mf_dot_s8() of weights of 8 or 4 bits, or of 8 bits less a zero point; it and
 * `bits` are literals, or the zero point is no literal and not 0. */
MF_INLINE int32_t mf_dot_weights(int32_t sum, const int8_t *x, mf_index x0,
                                 const int8_t *w, mf_index w0, mf_index n,
                                 int bits, int zero_point) {
    if (zero_point != 0) {
        //@ loop unroll 99999;
        for (mf_index k = 0; k < n; k++) {
            /* At most 128 * 255 in magnitude. */
            sum += x[x0 + k] * (mf_load_s8(w + (w0 + k)) - zero_point);
        }
        return sum;
    }
    return bits == 4 ? mf_dot_s4(sum, x, x0, w, w0, n)
                     : mf_dot_s8(sum, x, x0, w, w0, n);
}

/* The sum over k < n of w[w0 + k] - zero_point. */
MF_INLINE int32_t mf_sum_weights(const int8_t *w, mf_index w0, mf_index n,
                                 int bits, int zero_point) {
    int32_t sum = 0;
    //@ loop unroll 99999;
    for (mf_index k = 0; k < n; k++) {
        sum += mf_load_weight(w, w0 + k, bits) - zero_point;
    }
    return sum;
}

/* int16_t by int8_t, in 32 and in 64 bits. */
MF_INLINE int32_t mf_dot_s16(int32_t sum, const int16_t *x, mf_index x0,
                             const int8_t *w, mf_index w0, mf_index n) {
    //@ loop unroll 99999;
    for (mf_index k = 0; k < n; k++) {
        sum += (int32_t)x[x0 + k] * mf_load_s8(w + (w0 + k));
    }
    return sum;
}
MF_INLINE int64_t mf_dot_s16_b64(int64_t sum, const int16_t *x, mf_index x0,
                                 const int8_t *w, mf_index w0, mf_index n) {
    //@ loop unroll 99999;
    for (mf_index k = 0; k < n; k++) {
        sum += (int32_t)x[x0 + k] * mf_load_s8(w + (w0 + k));
    }
    return sum;
}

/* In the order of the elements, rounded after each step. */
MF_INLINE float mf_dot_f32(float sum, const float *x, mf_index x0,
                           const float *w, mf_index w0, mf_index n) {
    //@ loop unroll 99999;
    for (mf_index k = 0; k < n; k++) {
        sum += x[x0 + k] * mf_load_f32(w + (w0 + k));
    }
    return sum;
}

/* Weights of a float kernel: numbers of 32 bits, or of 8 or 4 to be multiplied
 * by a scale, one an output or one for all. */
typedef struct mf_weights {
    const float *real; /* 32 bits */
    const int8_t *small;
    const float *scale;
    int bits;
    mf_index per_channel;
} mf_weights;

MF_INLINE float mf_load_real(const mf_weights *w, mf_index i) {
    return w->bits == 32 ? mf_load_f32(w->real + i)
                         : (float)mf_load_weight(w->small, i, w->bits);
}

/* mf_dot_f32() of such weights, yet to be scaled. */
MF_INLINE float mf_dot_real(float sum, const float *x, mf_index x0,
                            const mf_weights *w, mf_index w0, mf_index n) {
    //@ loop unroll 99999;
    for (mf_index k = 0; k < n; k++) {
        sum += x[x0 + k] * mf_load_real(w, w0 + k);
    }
    return sum;
}

/* Output o of such a sum: scaled, with its bias (NULL: none), within [min,
 * max]. */
MF_INLINE float mf_real_output(float sum, const mf_weights *w, mf_index o,
                               const float *bias, float min, float max) {
    if (w->bits < 32) {
        sum *= mf_load_f32(w->scale + (w->per_channel ? o : 0));
    }
    if (bias) {
        sum += mf_load_f32(bias + o);
    }
    return mf_clamp_f32(sum, min, max);
}

#endif
