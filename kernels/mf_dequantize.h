/* DEQUANTIZE: output[i] = scale * (input[i] - zero_point), in float32. */
#ifndef MF_DEQUANTIZE_H
#define MF_DEQUANTIZE_H

#include "mf_core.h"
#include "mf_quantize.h"

typedef struct mf_dequantize {
    mf_index count;
    float scale;
    int32_t zero_point;
} mf_dequantize;

MF_KERNEL void mf_dequantize_s8(const mf_dequantize *p, const int8_t *input,
                                float *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = mf_dequantize_value(input[i], p->scale, p->zero_point);
    }
}

MF_KERNEL void mf_dequantize_u8(const mf_dequantize *p, const uint8_t *input,
                                float *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = mf_dequantize_value(input[i], p->scale, p->zero_point);
    }
}

MF_KERNEL void mf_dequantize_s16(const mf_dequantize *p, const int16_t *input,
                                 float *output) {
    for (mf_index i = 0; i < p->count; i++) {
        output[i] = mf_dequantize_value(input[i], p->scale, p->zero_point);
    }
}

#endif
