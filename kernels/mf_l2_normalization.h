/* L2_NORMALIZATION on int8: values less their zero point over the root of the
 * sum of their squares along the last dimension, in units of 1/128. */
#ifndef MF_L2_NORMALIZATION_H
#define MF_L2_NORMALIZATION_H

#include "mf_inverse_sqrt.h"

typedef struct mf_l2_normalization {
    mf_index rows, depth; /* sums of squares fit 32 bits */
    int32_t input_zero_point;
} mf_l2_normalization;

/* May run in place. */
MF_KERNEL void mf_l2_normalization_s8(const mf_l2_normalization *p,
                                      const int8_t *input, int8_t *output) {
    for (mf_index i = 0; i < p->rows; i++) {
        const mf_index row = i * p->depth;
        uint32_t squares = 0;
        for (mf_index k = 0; k < p->depth; k++) {
            const int32_t x = input[row + k] - p->input_zero_point;
            squares += (uint32_t)(x * x);
        }
        const mf_inverse_sqrt inverse = mf_inverse_sqrt_of(squares);
        for (mf_index k = row; k < row + p->depth; k++) {
            const int32_t y = mf_scale(input[k] - p->input_zero_point,
                                       inverse.multiplier, inverse.shift + 7);
            output[k] = (int8_t)mf_clamp(y, INT8_MIN, INT8_MAX);
        }
    }
}

#endif
