/* SOFTMAX along the last dimension, in float.  May run in place. */
#ifndef MF_SOFTMAX_FLOAT_H
#define MF_SOFTMAX_FLOAT_H

#include <float.h>
#include <math.h>

#include "mf_core.h"

typedef struct mf_softmax_float {
    mf_index rows, depth;
    float beta;
} mf_softmax_float;

MF_KERNEL void mf_softmax_f32(const mf_softmax_float *p, const float *input,
                              float *output) {
    for (mf_index i = 0; i < p->rows * p->depth; i += p->depth) {
        float most = -FLT_MAX;
        for (mf_index k = i; k < i + p->depth; k++) {
            if (most < input[k]) {
                most = input[k];
            }
        }
        float sum = 0;
        for (mf_index k = i; k < i + p->depth; k++) {
            output[k] = expf((input[k] - most) * p->beta);
            sum += output[k];
        }
        for (mf_index k = i; k < i + p->depth; k++) {
            output[k] = output[k] / sum;
        }
    }
}

#endif
