/* DIV: output = activation(a / b), value by value.
 *
 * Quantised: the reciprocal of b in fixed point, times a, scaled.  Nothing is
 * undefined: x / 0 gives the greatest value of the type that has x's sign, on
 * int32 0, and 0 / 0 gives 0. */
#ifndef MF_DIV_H
#define MF_DIV_H

#include "mf_broadcast.h"
#include "mf_reciprocal.h"

typedef struct mf_div {
    mf_broadcast shape;
    int32_t a_zero_point, b_zero_point, output_zero_point;
    int32_t multiplier, shift;              /* shift is at most 23 */
    int32_t activation_min, activation_max; /* in the output's units */
} mf_div;

/* (a / b) * multiplier * 2^(shift - 31) for b > 0, |a| and b below 2^16. */
MF_INLINE int32_t mf_div_scaled(const mf_div *p, int32_t a, int32_t b) {
    if (a == 0) {
        return 0;
    }
    /* b = (1 + x) * 2^(31 - zeros), x in [0, 1): the value without its highest
     * bit. */
    const mf_normal divisor = mf_normalize((uint32_t)b);
    const int32_t reciprocal =
        mf_reciprocal((int32_t)(divisor.value & INT32_MAX));
    /* Left as far as a's sign allows. */
    int headroom = 0;
    //@ loop unroll 31;
    while (a >= -((int32_t)1 << 30) && a < (int32_t)1 << 30 && headroom < 31) {
        a *= 2;
        headroom++;
    }
    const int32_t quotient = mf_multiply_high(a, reciprocal);
    const int right = headroom + 31 - divisor.zeros - (int)p->shift;
    return right > 31 ? 0
                      : mf_round_shift(
                            mf_multiply_high(quotient, p->multiplier), right);
}

MF_INLINE int8_t mf_div_value_s8(const mf_div *p, int8_t a, int8_t b) {
    int32_t x = a - p->a_zero_point;
    int32_t y = b - p->b_zero_point;
    if (y == 0) {
        return (int8_t)mf_clamp(x > 0   ? INT8_MAX
                                : x < 0 ? INT8_MIN
                                        : p->output_zero_point,
                                p->activation_min, p->activation_max);
    }
    if (y < 0) {
        x = -x;
        y = -y;
    }
    return (int8_t)mf_clamp(mf_div_scaled(p, x, y) + p->output_zero_point,
                            p->activation_min, p->activation_max);
}
MF_INLINE int32_t mf_div_value_s32(const mf_broadcast_int *p, int32_t a,
                                   int32_t b) {
    const uint32_t quotient = b == 0    ? 0
                              : b == -1 ? 0 - (uint32_t)a
                                        : (uint32_t)(a / b);
    return mf_broadcast_wrap(p, quotient);
}
MF_INLINE float mf_div_value_f32(const mf_broadcast_float *p, float a,
                                 float b) {
    return mf_broadcast_clamp(p, a / b);
}

MF_BROADCAST_KERNEL(mf_div_s8, mf_div, int8_t, s8, mf_div_value_s8)
MF_BROADCAST_KERNEL(mf_div_s32, mf_broadcast_int, int32_t, s32,
                    mf_div_value_s32)
MF_BROADCAST_KERNEL(mf_div_f32, mf_broadcast_float, float, f32,
                    mf_div_value_f32)

#endif
