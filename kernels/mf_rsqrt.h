/* RSQRT on int16; on int8 it is a table (mf_table.h). */
#ifndef MF_RSQRT_H
#define MF_RSQRT_H

#include "mf_inverse_sqrt.h"

typedef struct mf_rsqrt {
    mf_index size;                               /* elements */
    int32_t input_zero_point, output_zero_point; /* 0 on int16 */
    int32_t multiplier, shift; /* of results in units of 2^-20 */
    int32_t max;               /* of the type; the result for 0 and below */
} mf_rsqrt;

/* May exceed the type below. */
MF_INLINE int32_t mf_rsqrt_value(const mf_rsqrt *p, int32_t q) {
    const int32_t x = q - p->input_zero_point;
    if (x <= 0) {
        return p->max;
    }
    const mf_inverse_sqrt inverse = mf_inverse_sqrt_of((uint32_t)x);
    const int32_t y = mf_scale(1, inverse.multiplier, inverse.shift + 20);
    const int32_t z =
        mf_scale(y, p->multiplier, (int)p->shift) + p->output_zero_point;
    return z < p->max ? z : p->max;
}

/* May run in place. */
MF_KERNEL void mf_rsqrt_s16(const mf_rsqrt *p, const int16_t *input,
                            int16_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = (int16_t)mf_rsqrt_value(p, input[i]);
    }
}

#endif
