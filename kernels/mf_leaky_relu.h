/* LEAKY_RELU on int16 and float: values below zero are multiplied by alpha.
 * On int8 it is a table (mf_table.h).  May run in place. */
#ifndef MF_LEAKY_RELU_H
#define MF_LEAKY_RELU_H

#include "mf_core.h"

typedef struct mf_leaky_relu {
    mf_index size; /* elements */
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, shift;             /* of values from zero on */
    int32_t alpha_multiplier, alpha_shift; /* of values below zero */
} mf_leaky_relu;

typedef struct mf_leaky_relu_float {
    mf_index size;
    float alpha;
} mf_leaky_relu_float;

/* Before clamping. */
MF_INLINE int32_t mf_leaky_relu_value(const mf_leaky_relu *p, int32_t input) {
    const int32_t x = input - p->input_zero_point;
    return p->output_zero_point +
           (x >= 0 ? mf_scale(x, p->multiplier, (int)p->shift)
                   : mf_scale(x, p->alpha_multiplier, (int)p->alpha_shift));
}

MF_KERNEL void mf_leaky_relu_s16(const mf_leaky_relu *p, const int16_t *input,
                                 int16_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = (int16_t)mf_clamp(mf_leaky_relu_value(p, input[i]),
                                      INT16_MIN, INT16_MAX);
    }
}

MF_KERNEL void mf_leaky_relu_f32(const mf_leaky_relu_float *p,
                                 const float *input, float *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = input[i] > 0 ? input[i] : input[i] * p->alpha;
    }
}

#endif
