/* PRELU: values below zero are multiplied by alpha, which is broadcast:
 * a is the input, b is alpha. */
#ifndef MF_PRELU_H
#define MF_PRELU_H

#include "mf_broadcast.h"

typedef struct mf_prelu {
    mf_broadcast shape;
    int32_t input_zero_point, alpha_zero_point, output_zero_point;
    int32_t multiplier, shift;             /* of values from zero on */
    int32_t alpha_multiplier, alpha_shift; /* of value times alpha */
} mf_prelu;

MF_INLINE int8_t mf_prelu_value_s8(const mf_prelu *p, int8_t a, int8_t b) {
    const int32_t x = (int32_t)a - p->input_zero_point;
    const int32_t alpha = (int32_t)b - p->alpha_zero_point;
    const int32_t y =
        x >= 0 ? mf_scale(x, p->multiplier, (int)p->shift)
               : mf_scale(x * alpha, p->alpha_multiplier, (int)p->alpha_shift);
    return (int8_t)mf_clamp(y + p->output_zero_point, INT8_MIN, INT8_MAX);
}
MF_INLINE float mf_prelu_value_f32(const mf_broadcast_plain *p, float a,
                                   float b) {
    (void)p;
    return a >= 0.0f ? a : a * b;
}

MF_BROADCAST_KERNEL(mf_prelu_s8, mf_prelu, int8_t, s8, mf_prelu_value_s8)
MF_BROADCAST_KERNEL(mf_prelu_f32, mf_broadcast_plain, float, f32,
                    mf_prelu_value_f32)

#endif
