/* LOGISTIC and TANH in float.  May run in place. */
#ifndef MF_SIGMOID_FLOAT_H
#define MF_SIGMOID_FLOAT_H

#include <math.h>

#include "mf_core.h"

typedef struct mf_sigmoid_float {
    mf_index size; /* elements */
} mf_sigmoid_float;

MF_KERNEL void mf_logistic_f32(const mf_sigmoid_float *p, const float *input,
                               float *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = 1.0f / (1.0f + expf(-input[i]));
    }
}

MF_KERNEL void mf_tanh_f32(const mf_sigmoid_float *p, const float *input,
                           float *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = tanhf(input[i]);
    }
}

#endif
