/* RELU, RELU6, RELU_N1_TO_1 and RELU_0_TO_1 on int16 and float; on int8 they
 * are tables (mf_table.h). May run in place. */
#ifndef MF_RELU_H
#define MF_RELU_H

#include "mf_core.h"

typedef struct mf_relu {
    mf_index size; /* elements */
    int32_t multiplier, shift;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_relu;

typedef struct mf_relu_float {
    mf_index size;
    float activation_min, activation_max; /* the latter may be infinite */
} mf_relu_float;

/* Zero points are 0. */
MF_KERNEL void mf_relu_s16(const mf_relu *p, const int16_t *input,
                           int16_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] =
            (int16_t)mf_clamp(mf_scale(input[i], p->multiplier, (int)p->shift),
                              p->activation_min, p->activation_max);
    }
}

MF_KERNEL void mf_relu_f32(const mf_relu_float *p, const float *input,
                           float *output) {
    for (mf_index i = 0; i < p->size; i++) {
        const float x = input[i];
        output[i] = x < p->activation_min   ? p->activation_min
                    : x > p->activation_max ? p->activation_max
                                            : x;
    }
}

#endif
