/* QUANTIZE from integers: output[i] = clamp(scale(input[i] - input_zero_point)
 * + output_zero_point) to the output's type.
 *
 * Held at compile time: the difference and its scaling fit 32 bits.  Where the
 * output's elements are bytes it may start where the input starts. */
#ifndef MF_REQUANTIZE_H
#define MF_REQUANTIZE_H

#include "mf_core.h"

typedef struct mf_requantize {
    mf_index count;
    mf_index shift; /* with the multiplier: input scale / output scale */
    int32_t multiplier;
    int32_t input_zero_point, output_zero_point;
} mf_requantize;

/* The bounds less the zero point, so that adding it cannot overflow. */
MF_INLINE int32_t mf_requantize_value(const mf_requantize *p, int32_t x,
                                      int32_t min, int32_t max) {
    const int32_t y =
        mf_scale(x - p->input_zero_point, p->multiplier, (int)p->shift);
    return mf_clamp(y, min - p->output_zero_point, max - p->output_zero_point) +
           p->output_zero_point;
}

/* mf_requantize_s16_s8 and so on: `from` to `to`. */
#define MF_REQUANTIZE(from, from_type, to, to_type, min, max)                  \
    MF_KERNEL void mf_requantize_##from##_##to(                                \
        const mf_requantize *p, const from_type *input, to_type *output) {     \
        for (mf_index i = 0; i < p->count; i++) {                              \
            output[i] = (to_type)mf_requantize_value(p, input[i], min, max);   \
        }                                                                      \
    }
#define MF_REQUANTIZE_FROM(from, from_type)                                    \
    MF_REQUANTIZE(from, from_type, s8, int8_t, -128, 127)                      \
    MF_REQUANTIZE(from, from_type, u8, uint8_t, 0, 255)                        \
    MF_REQUANTIZE(from, from_type, s16, int16_t, -32767 - 1, 32767)

MF_REQUANTIZE_FROM(s8, int8_t)
MF_REQUANTIZE_FROM(u8, uint8_t)
MF_REQUANTIZE_FROM(s16, int16_t)
MF_REQUANTIZE_FROM(s32, int32_t)

/* To 32 bits: the zero point is 0, there is nothing to clamp. */
#define MF_REQUANTIZE_S32(from, from_type)                                     \
    MF_KERNEL void mf_requantize_##from##_s32(                                 \
        const mf_requantize *p, const from_type *input, int32_t *output) {     \
        for (mf_index i = 0; i < p->count; i++) {                              \
            output[i] = mf_scale(input[i] - p->input_zero_point,               \
                                 p->multiplier, (int)p->shift);                \
        }                                                                      \
    }

MF_REQUANTIZE_S32(s8, int8_t)
MF_REQUANTIZE_S32(u8, uint8_t)
MF_REQUANTIZE_S32(s16, int16_t)

#endif
