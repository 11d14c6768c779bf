/* DEQUANTIZE of IEEE 754 half-precision numbers, given as their bits: of
 * constants, so that it runs when compiling. */
#ifndef MF_DEQUANTIZE_F16_H
#define MF_DEQUANTIZE_F16_H

#include <math.h>

#include "mf_core.h"

typedef struct mf_dequantize_half {
    mf_index count;
} mf_dequantize_half;

MF_KERNEL void mf_dequantize_f16(const mf_dequantize_half *p,
                                 const int16_t *input, float *output) {
    for (mf_index i = 0; i < p->count; i++) {
        const uint16_t bits = (uint16_t)mf_load_s16(input + i);
        const int exponent = bits >> 10 & 31;
        const int fraction = bits & 1023;
        const float magnitude =
            exponent == 0    ? ldexpf((float)fraction, -24)
            : exponent == 31 ? (fraction == 0 ? INFINITY : NAN)
                             : ldexpf((float)(1024 + fraction), exponent - 25);
        output[i] = bits >> 15 ? -magnitude : magnitude;
    }
}

#endif
