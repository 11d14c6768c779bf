/* Functions of one float, value by value.  All may run in place. */
#ifndef MF_UNARY_FLOAT_H
#define MF_UNARY_FLOAT_H

#include <math.h>

#include "mf_unary.h"

/* Halves to the even neighbour, however the processor rounds. */
MF_INLINE float mf_round_even(float x) {
    const float below = floorf(x);
    const float part = x - below;
    /* There are halves below 2^23 only. */
    return part < 0.5f || (part == 0.5f && (int32_t)below % 2 == 0)
               ? below
               : below + 1.0f;
}

MF_UNARY_KERNEL(mf_abs_f32, float, fabsf(x))
MF_UNARY_KERNEL(mf_ceil_f32, float, ceilf(x))
MF_UNARY_KERNEL(mf_cos_f32, float, cosf(x))
MF_UNARY_KERNEL(mf_elu_f32, float, x < 0.0f ? expf(x) - 1.0f : x)
MF_UNARY_KERNEL(mf_exp_f32, float, expf(x))
MF_UNARY_KERNEL(mf_floor_f32, float, floorf(x))
MF_UNARY_KERNEL(mf_log_f32, float, logf(x))
MF_UNARY_KERNEL(mf_neg_f32, float, -x)
MF_UNARY_KERNEL(mf_round_f32, float, mf_round_even(x))
MF_UNARY_KERNEL(mf_rsqrt_f32, float, 1.0f / sqrtf(x))
MF_UNARY_KERNEL(mf_sign_f32, float, (float)((x > 0.0f) - (x < 0.0f)))
MF_UNARY_KERNEL(mf_sin_f32, float, sinf(x))
MF_UNARY_KERNEL(mf_sqrt_f32, float, sqrtf(x))
MF_UNARY_KERNEL(mf_square_f32, float, x *x)

#endif
