/* L2_NORMALIZATION along the last dimension, in float.  May run in place. */
#ifndef MF_L2_NORMALIZATION_FLOAT_H
#define MF_L2_NORMALIZATION_FLOAT_H

#include <math.h>

#include "mf_core.h"

typedef struct mf_l2_normalization_float {
    mf_index rows, depth;
} mf_l2_normalization_float;

MF_KERNEL void mf_l2_normalization_f32(const mf_l2_normalization_float *p,
                                       const float *input, float *output) {
    for (mf_index i = 0; i < p->rows * p->depth; i += p->depth) {
        float squares = 0;
        for (mf_index k = i; k < i + p->depth; k++) {
            squares += input[k] * input[k];
        }
        const float root = sqrtf(squares);
        const float norm = root < 1e-6f ? 1e-6f : root;
        for (mf_index k = i; k < i + p->depth; k++) {
            output[k] = input[k] / norm;
        }
    }
}

#endif
