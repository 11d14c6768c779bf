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

/* The sum over k < n of w[w0 + k]. */
MF_INLINE int32_t mf_sum_s8(const int8_t *w, mf_index w0, mf_index n) {
    int32_t sum = 0;
    //@ loop unroll 99999;
    for (mf_index k = 0; k < n; k++) {
        sum += mf_load_s8(w + (w0 + k));
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

#endif
