/* ADD: output = activation(a + b).
 *
 * Quantised inputs are shifted left, scaled to twice the larger of their
 * scales, added, and scaled to the output. */
#ifndef MF_ADD_H
#define MF_ADD_H

#include "mf_broadcast.h"

/* Of ADD and SUB. */
typedef struct mf_add {
    mf_broadcast shape;
    int32_t a_zero_point, a_multiplier, a_shift;
    int32_t b_zero_point, b_multiplier, b_shift;
    int32_t output_zero_point, output_multiplier, output_shift;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_add;

/* Inputs in the common scale; `left` is 20 for int8, 15 for int16.  At most
 * 2^30 - 2^14 in magnitude, since the factor is at most a half. */
MF_INLINE int32_t mf_add_a(const mf_add *p, int32_t a, int left) {
    return mf_scale((a - p->a_zero_point) * ((int32_t)1 << left),
                    p->a_multiplier, (int)p->a_shift);
}
MF_INLINE int32_t mf_add_b(const mf_add *p, int32_t b, int left) {
    return mf_scale((b - p->b_zero_point) * ((int32_t)1 << left),
                    p->b_multiplier, (int)p->b_shift);
}

/* From the common scale to the output. */
MF_INLINE int32_t mf_add_output(const mf_add *p, int32_t sum) {
    return mf_clamp(mf_scale(sum, p->output_multiplier, (int)p->output_shift) +
                        p->output_zero_point,
                    p->activation_min, p->activation_max);
}

MF_INLINE int8_t mf_add_value_s8(const mf_add *p, int8_t a, int8_t b) {
    return (int8_t)mf_add_output(p, mf_add_a(p, a, 20) + mf_add_b(p, b, 20));
}
MF_INLINE int16_t mf_add_value_s16(const mf_add *p, int16_t a, int16_t b) {
    return (int16_t)mf_add_output(p, mf_add_a(p, a, 15) + mf_add_b(p, b, 15));
}
MF_INLINE int32_t mf_add_value_s32(const mf_broadcast_int *p, int32_t a,
                                   int32_t b) {
    return mf_broadcast_wrap(p, (uint32_t)a + (uint32_t)b);
}
MF_INLINE int64_t mf_add_value_s64(const mf_broadcast_plain *p, int64_t a,
                                   int64_t b) {
    (void)p;
    return mf_wrap_s64((uint64_t)a + (uint64_t)b);
}
MF_INLINE float mf_add_value_f32(const mf_broadcast_float *p, float a,
                                 float b) {
    return mf_broadcast_clamp(p, a + b);
}

MF_BROADCAST_KERNEL(mf_add_s8, mf_add, int8_t, s8, mf_add_value_s8)
MF_BROADCAST_KERNEL(mf_add_s16, mf_add, int16_t, s16, mf_add_value_s16)
MF_BROADCAST_KERNEL(mf_add_s32, mf_broadcast_int, int32_t, s32,
                    mf_add_value_s32)
MF_BROADCAST_KERNEL(mf_add_s64, mf_broadcast_plain, int64_t, s64,
                    mf_add_value_s64)
MF_BROADCAST_KERNEL(mf_add_f32, mf_broadcast_float, float, f32,
                    mf_add_value_f32)

#endif
