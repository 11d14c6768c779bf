/* SOFTMAX and LOG_SOFTMAX along the last dimension, in float.  May run in
 * place. */
#ifndef MF_SOFTMAX_FLOAT_H
#define MF_SOFTMAX_FLOAT_H

#include <float.h>
#include <math.h>

#include "mf_core.h"

typedef struct mf_softmax_float {
    mf_index rows, depth;
    float beta;
} mf_softmax_float;

MF_INLINE float mf_softmax_most_f32(const float *input, mf_index first,
                                    mf_index depth) {
    float most = -FLT_MAX;
    for (mf_index k = first; k < first + depth; k++) {
        if (most < input[k]) {
            most = input[k];
        }
    }
    return most;
}

MF_KERNEL void mf_softmax_f32(const mf_softmax_float *p, const float *input,
                              float *output) {
    for (mf_index i = 0; i < p->rows * p->depth; i += p->depth) {
        const float most = mf_softmax_most_f32(input, i, p->depth);
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

/* beta is 1. */
MF_KERNEL void mf_log_softmax_f32(const mf_softmax_float *p, const float *input,
                                  float *output) {
    for (mf_index i = 0; i < p->rows * p->depth; i += p->depth) {
        const float most = mf_softmax_most_f32(input, i, p->depth);
        float sum = 0;
        for (mf_index k = i; k < i + p->depth; k++) {
            sum += expf(input[k] - most);
        }
        const float log_sum = logf(sum);
        for (mf_index k = i; k < i + p->depth; k++) {
            output[k] = input[k] - most - log_sum;
        }
    }
}

#endif
