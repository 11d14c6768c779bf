/* MUL: output = activation(a * b).  Quantised: the product of the values less
 * their zero points, scaled. */
#ifndef MF_MUL_H
#define MF_MUL_H

#include "mf_broadcast.h"

typedef struct mf_mul {
    mf_broadcast shape;
    int32_t a_zero_point, b_zero_point, output_zero_point;
    int32_t multiplier, shift;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_mul;

/* The product fits: the zero points of int16 are 0. */
MF_INLINE int32_t mf_mul_value(const mf_mul *p, int32_t a, int32_t b) {
    const int32_t product = (a - p->a_zero_point) * (b - p->b_zero_point);
    return mf_clamp(mf_scale(product, p->multiplier, (int)p->shift) +
                        p->output_zero_point,
                    p->activation_min, p->activation_max);
}

MF_INLINE int8_t mf_mul_value_s8(const mf_mul *p, int8_t a, int8_t b) {
    return (int8_t)mf_mul_value(p, a, b);
}
MF_INLINE int16_t mf_mul_value_s16(const mf_mul *p, int16_t a, int16_t b) {
    return (int16_t)mf_mul_value(p, a, b);
}
MF_INLINE int32_t mf_mul_value_s32(const mf_broadcast_int *p, int32_t a,
                                   int32_t b) {
    return mf_broadcast_wrap(p, (uint32_t)a * (uint32_t)b);
}
MF_INLINE int64_t mf_mul_value_s64(const mf_broadcast_plain *p, int64_t a,
                                   int64_t b) {
    (void)p;
    return mf_wrap_s64((uint64_t)a * (uint64_t)b);
}
MF_INLINE float mf_mul_value_f32(const mf_broadcast_float *p, float a,
                                 float b) {
    return mf_broadcast_clamp(p, a * b);
}

MF_BROADCAST_KERNEL(mf_mul_s8, mf_mul, int8_t, s8, mf_mul_value_s8)
MF_BROADCAST_KERNEL(mf_mul_s16, mf_mul, int16_t, s16, mf_mul_value_s16)
MF_BROADCAST_KERNEL(mf_mul_s32, mf_broadcast_int, int32_t, s32,
                    mf_mul_value_s32)
MF_BROADCAST_KERNEL(mf_mul_s64, mf_broadcast_plain, int64_t, s64,
                    mf_mul_value_s64)
MF_BROADCAST_KERNEL(mf_mul_f32, mf_broadcast_float, float, f32,
                    mf_mul_value_f32)

#endif
