/* ADD_N: the sum of any number of inputs of one shape. */
#ifndef MF_ADD_N_H
#define MF_ADD_N_H

#include "mf_core.h"

typedef struct mf_add_n_plain {
    mf_index size;  /* elements */
    mf_index first; /* 1: the input is the first one */
} mf_add_n_plain;

typedef struct mf_add_n {
    mf_index size;
    int32_t start; /* of the sum, for its zero points */
    int32_t output_zero_point;
    int32_t multiplier, shift; /* of sums times 2^19; shift is not over 0 */
} mf_add_n;

/* The sum so far, of at most 255 inputs, with one more. */
MF_KERNEL void mf_add_n_sum_s8(const mf_add_n_plain *p, const int8_t *input,
                               int16_t *sums) {
    //@ loop unroll 99999;
    for (mf_index i = 0; i < p->size; i++) {
        sums[i] = (int16_t)(p->first ? input[i] : sums[i] + input[i]);
    }
}

/* What would leave 32 bits saturates. */
MF_KERNEL void mf_add_n_s8(const mf_add_n *p, const int16_t *sums,
                           int8_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        const int32_t sum = mf_clamp(p->start + sums[i], -4095, 4095);
        const int32_t scaled =
            mf_scale(sum * ((int32_t)1 << 19), p->multiplier, (int)p->shift);
        output[i] =
            (int8_t)mf_clamp(scaled + p->output_zero_point, INT8_MIN, INT8_MAX);
    }
}

/* The output holds the sum so far. */
MF_KERNEL void mf_add_n_f32(const mf_add_n_plain *p, const float *input,
                            float *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = p->first ? input[i] : output[i] + input[i];
    }
}

#endif
