/* What division in fixed point is made of: three steps of Newton's method, as
 * the reference takes them. */
#ifndef MF_RECIPROCAL_H
#define MF_RECIPROCAL_H

#include "mf_core.h"

/* Zeros above the highest bit of x > 0. */
MF_INLINE int mf_leading_zeros(uint32_t x) {
    int zeros = 0;
    for (; x < (uint32_t)1 << 31; x *= 2) {
        zeros++;
    }
    return zeros;
}

/* 1 / (1 + x) for x in [0, 1), both in Q0.31. */
MF_INLINE int32_t mf_reciprocal(int32_t x) {
    /* Half of 1 + x; then 48/17 - 32/17 * half, the usual first estimate of
     * its reciprocal, in Q2.29. */
    const int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t y = 1515870810 + mf_multiply_high(half, -1010580540);
    for (int i = 0; i < 3; i++) {
        const int32_t error = ((int32_t)1 << 29) - mf_multiply_high(half, y);
        y += mf_multiply_high(y, error) * 4;
    }
    return y > INT32_MAX / 2 ? INT32_MAX : y * 2;
}

#endif
