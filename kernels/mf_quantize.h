/* QUANTIZE: output[i] = clamp(round(input[i] / scale) + zero_point), in
 * float32, halves away from zero; and one value quantised or dequantised.
 *
 * No C library: rounding is exact integer and float arithmetic.  The
 * conversion is defined for every float: what lies outside the type, infinity
 * included, becomes its bound; NaN becomes the zero point. */
#ifndef MF_QUANTIZE_H
#define MF_QUANTIZE_H

#include "mf_core.h"

typedef struct mf_quantize {
    mf_index count;
    float scale;
    int32_t zero_point;
} mf_quantize;

/* min <= zero_point <= max; max - min is at most 65535; scale is over 0. */
MF_INLINE int32_t mf_quantize_value(float real, float scale, int32_t zero_point,
                                    int32_t min, int32_t max) {
    const float steps = real / scale;
    if (steps >= 65536.0f) {
        return max;
    }
    if (steps <= -65536.0f) {
        return min;
    }
    if (steps != steps) { /* NaN */
        return zero_point;
    }
    /* Both the whole part and what is left of it are exact. */
    int32_t whole = (int32_t)steps;
    const float part = steps - (float)whole;
    if (part >= 0.5f) {
        whole++;
    } else if (part <= -0.5f) {
        whole--;
    }
    return mf_clamp(whole + zero_point, min, max);
}

/* |stored - zero_point| is below 2^24, so one rounding, that of the product,
 * is all there is: the result is the double-precision product's. */
MF_INLINE float mf_dequantize_value(int32_t stored, float scale,
                                    int32_t zero_point) {
    return scale * (float)(stored - zero_point);
}

/* The output may start where the input starts. */
MF_KERNEL void mf_quantize_s8(const mf_quantize *p, const float *input,
                              int8_t *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = (int8_t)mf_quantize_value(input[i], p->scale, p->zero_point,
                                              -128, 127);
    }
}

MF_KERNEL void mf_quantize_u8(const mf_quantize *p, const float *input,
                              uint8_t *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = (uint8_t)mf_quantize_value(input[i], p->scale,
                                               p->zero_point, 0, 255);
    }
}

MF_KERNEL void mf_quantize_s16(const mf_quantize *p, const float *input,
                               int16_t *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = (int16_t)mf_quantize_value(
            input[i], p->scale, p->zero_point, -32767 - 1, 32767);
    }
}

#endif
