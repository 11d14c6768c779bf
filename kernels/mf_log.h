/* The logarithm of a sum of exponentials, in fixed point, to the bit as the
 * reference's.  Numbers in Qm.(31-m) are 2^(m-31) times an int32. */
#ifndef MF_LOG_H
#define MF_LOG_H

#include "mf_softmax.h"

/* x * 2^n for x >= 0, saturating, n <= 31. */
MF_INLINE int32_t mf_shift_left_saturating(int32_t x, int n) {
    return x > (INT32_MAX >> n) ? INT32_MAX : (int32_t)((uint32_t)x << n);
}

/* log(r / sqrt(sqrt(1/2))) for r in Q0.31 within [sqrt(1/2), 1), in Q6.25: a
 * quotient of polynomials of the distance q. */
MF_INLINE int32_t mf_log_near_one(int32_t r) {
    const int32_t middle = 1805811301; /* sqrt(sqrt(1/2)) */
    const int32_t p = (int32_t)(((int64_t)r + middle + 1) / 2);
    const int32_t q = (r - middle) * 2;
    const int32_t q2 = mf_multiply_high(q, q);
    const int32_t numerator =
        mf_multiply_high(q, r) +
        mf_multiply_high(mf_multiply_high(q, q2), 117049297);
    const int32_t denominator =
        mf_multiply_high(p, 1057819769 + q + mf_multiply_high(127690142, q2)) +
        mf_multiply_high(638450708, q);
    return mf_multiply_high(mf_round_shift(numerator, 6),
                            mf_reciprocal(denominator));
}

/* log(x) in Q5.26 for x in Q12.19, x >= 1. */
MF_INLINE int32_t mf_log(int32_t x) {
    const int32_t sqrt_half = 1518500250;
    const int32_t quarter = (int32_t)1 << 23; /* Q6.25 */
    /* x = r * 2^exponent, with r below or above sqrt(1/2) first; the smaller
     * of the two is the one in range. */
    const mf_normal normal = mf_normalize((uint32_t)x);
    const int zeros_scaled =
        mf_normalize((uint32_t)mf_multiply_high(x, sqrt_half)).zeros - 1;
    const int32_t r_a = mf_shift_left_saturating(
        mf_multiply_high((int32_t)(normal.value / 2), sqrt_half), 1);
    const int32_t r_b = mf_shift_left_saturating(x, zeros_scaled);
    const int32_t power_a = (12 - normal.zeros) * ((int32_t)1 << 25) + quarter;
    const int32_t power_b = (12 - zeros_scaled) * ((int32_t)1 << 25) - quarter;
    const int32_t power = power_a > power_b ? power_a : power_b;
    const int32_t y = mf_multiply_high(power, 1488522236) + /* log(2) */
                      mf_log_near_one(r_a < r_b ? r_a : r_b);
    return y * 2;
}

#endif
