/* 1 / sqrt(x) of whole numbers in fixed point: five steps of Newton's method,
 * as the reference takes them. */
#ifndef MF_INVERSE_SQRT_H
#define MF_INVERSE_SQRT_H

#include "mf_core.h"

/* multiplier * 2^(shift - 31), shift in [-12, 0] */
typedef struct mf_inverse_sqrt {
    int32_t multiplier;
    int shift;
} mf_inverse_sqrt;

/* x * 2^n within 32 bits, and not INT32_MIN. */
MF_INLINE int32_t mf_times_power(int32_t x, int n) {
    //@ split n;
    return mf_clamp(x, -(INT32_MAX >> n), INT32_MAX >> n) * ((int32_t)1 << n);
}

/* 1 / sqrt(x) for x >= 1; for 0 what 1 gives. */
MF_INLINE mf_inverse_sqrt mf_inverse_sqrt_of(uint32_t x) {
    mf_inverse_sqrt result = {INT32_MAX, 0};
    if (x <= 1) {
        return result;
    }
    /* x in [2^27, 2^29) by whole powers of 4. */
    int right = 11;
    //@ loop unroll 2;
    while (x >= (uint32_t)1 << 29) {
        x /= 4;
        right++;
    }
    //@ loop unroll 13;
    while (x < (uint32_t)1 << 27) {
        x *= 4;
        right--;
    }
    /* Numbers are in Q3.28; a product of two has three integer bits too many,
     * that of three six. */
    const int32_t half = mf_round_shift((int32_t)(x / 2), 1);
    const int32_t three_halves = ((int32_t)1 << 28) + ((int32_t)1 << 27);
    int32_t y = (int32_t)1 << 28;
    //@ loop unroll 5;
    for (int i = 0; i < 5; i++) {
        const int32_t cube =
            mf_times_power(mf_multiply_high(mf_multiply_high(y, y), y), 6);
        y = mf_times_power(mf_multiply_high(three_halves, y) -
                               mf_multiply_high(half, cube),
                           3);
    }
    result.multiplier = mf_multiply_high(y, 1518500250); /* sqrt(2) / 2 */
    result.shift = -right;
    if (right < 0) {
        result.multiplier = mf_times_power(result.multiplier, -right);
        result.shift = 0;
    }
    return result;
}

#endif
