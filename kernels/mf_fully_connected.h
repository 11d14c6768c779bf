/* FULLY_CONNECTED: output[b][o] = activation(scale(bias[o] +
 *     sum over i of (input[b][i] - input_zero_point) *
 *                   (filter[o][i] - filter_zero_point))).
 *
 * Shapes: input batches x inputs, filter outputs x inputs, bias outputs,
 * multiplier and shift outputs if per_channel, else 1. */
#ifndef MF_FULLY_CONNECTED_H
#define MF_FULLY_CONNECTED_H

#include "mf_dot.h"

typedef struct mf_fully_connected {
    mf_index batches, inputs, outputs;
    mf_index per_channel;     /* 1: a multiplier and a shift for each output */
    mf_index computed_filter; /* 1: the filter is no constant */
    int32_t input_zero_point; /* 0 where it is folded into the bias */
    int32_t filter_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_fully_connected;

typedef struct mf_fully_connected_float {
    mf_index batches, inputs, outputs;
    mf_index computed_filter; /* 1: the filter is no constant */
    mf_index per_channel; /* 1: small weights have a scale for each output */
    float activation_min, activation_max;
} mf_fully_connected_float;

/* A weight, of the constants or of what was computed. */
MF_INLINE int8_t mf_fully_connected_weight(const mf_fully_connected *p,
                                           const int8_t *weight) {
    return p->computed_filter ? *weight : mf_load_s8(weight);
}

/* The products of one output, with or without zero points. */
MF_INLINE int32_t mf_fully_connected_sum_s8(const mf_fully_connected *p,
                                            int32_t sum, const int8_t *input,
                                            mf_index x, const int8_t *filter,
                                            mf_index w) {
    if (p->input_zero_point == 0 && p->filter_zero_point == 0 &&
        !p->computed_filter) {
        return mf_dot_s8(sum, input, x, filter, w, p->inputs);
    }
    //@ loop unroll 99999;
    for (mf_index i = 0; i < p->inputs; i++) {
        sum += (input[x + i] - p->input_zero_point) *
               (mf_fully_connected_weight(p, filter + (w + i)) -
                p->filter_zero_point);
    }
    return sum;
}

/* What a sum gives output o. */
MF_INLINE int8_t mf_fully_connected_output_s8(const mf_fully_connected *p,
                                              int32_t sum, mf_index o,
                                              const int32_t *multiplier,
                                              const int8_t *shift) {
    const mf_index scale = p->per_channel ? o : 0;
    return (int8_t)mf_clamp(mf_scale(sum, mf_load_s32(multiplier + scale),
                                     mf_load_s8(shift + scale)) +
                                p->output_zero_point,
                            p->activation_min, p->activation_max);
}

MF_KERNEL void mf_fully_connected_s8(const mf_fully_connected *p,
                                     const int8_t *input, const int8_t *filter,
                                     const int32_t *bias,
                                     const int32_t *multiplier,
                                     const int8_t *shift, int8_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index o = 0; o < p->outputs; o++) {
            const int32_t sum =
                mf_fully_connected_sum_s8(p, mf_load_s32(bias + o), input,
                                          b * p->inputs, filter, o * p->inputs);
            output[b * p->outputs + o] =
                mf_fully_connected_output_s8(p, sum, o, multiplier, shift);
        }
    }
}

/* Weights of four bits, two a byte. */
MF_KERNEL void mf_fully_connected_s4(const mf_fully_connected *p,
                                     const int8_t *input, const int8_t *filter,
                                     const int32_t *bias,
                                     const int32_t *multiplier,
                                     const int8_t *shift, int8_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index o = 0; o < p->outputs; o++) {
            const int32_t sum =
                mf_dot_s4(mf_load_s32(bias + o), input, b * p->inputs, filter,
                          o * p->inputs, p->inputs);
            output[b * p->outputs + o] =
                mf_fully_connected_output_s8(p, sum, o, multiplier, shift);
        }
    }
}

/* --- 16-bit data, 8-bit weights: the data's zero points are 0 --- */

/* Biases and accumulators of 32 bits. */
MF_KERNEL void mf_fully_connected_s16(const mf_fully_connected *p,
                                      const int16_t *input,
                                      const int8_t *filter, const int32_t *bias,
                                      const int32_t *multiplier,
                                      const int8_t *shift, int16_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index o = 0; o < p->outputs; o++) {
            int32_t sum = mf_load_s32(bias + o);
            //@ loop unroll 99999;
            for (mf_index i = 0; i < p->inputs; i++) {
                sum += input[b * p->inputs + i] *
                       (mf_fully_connected_weight(p, filter +
                                                         (o * p->inputs + i)) -
                        p->filter_zero_point);
            }
            const mf_index scale = p->per_channel ? o : 0;
            sum = mf_scale(sum, mf_load_s32(multiplier + scale),
                           mf_load_s8(shift + scale));
            output[b * p->outputs + o] =
                (int16_t)mf_clamp(sum, p->activation_min, p->activation_max);
        }
    }
}

/* Biases and accumulators of 64 bits. */
MF_KERNEL void
mf_fully_connected_s16_b64(const mf_fully_connected *p, const int16_t *input,
                           const int8_t *filter, const int64_t *bias,
                           const int16_t *multiplier, const int8_t *shift,
                           int16_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index o = 0; o < p->outputs; o++) {
            int64_t sum = mf_load_s64(bias + o);
            //@ loop unroll 99999;
            for (mf_index i = 0; i < p->inputs; i++) {
                sum += input[b * p->inputs + i] *
                       (mf_fully_connected_weight(p, filter +
                                                         (o * p->inputs + i)) -
                        p->filter_zero_point);
            }
            const mf_index scale = p->per_channel ? o : 0;
            output[b * p->outputs + o] = (int16_t)mf_scale_s64(
                sum, mf_load_s16(multiplier + scale), mf_load_s8(shift + scale),
                p->activation_min, p->activation_max);
        }
    }
}

/* bias may be NULL. */
MF_KERNEL void mf_fully_connected_f32(const mf_fully_connected_float *p,
                                      const float *input, const float *filter,
                                      const float *bias, float *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index o = 0; o < p->outputs; o++) {
            float sum = 0;
            if (p->computed_filter) {
                //@ loop unroll 99999;
                for (mf_index i = 0; i < p->inputs; i++) {
                    sum += input[b * p->inputs + i] * filter[o * p->inputs + i];
                }
            } else {
                sum = mf_dot_f32(0, input, b * p->inputs, filter, o * p->inputs,
                                 p->inputs);
            }
            if (bias) {
                sum += mf_load_f32(bias + o);
            }
            output[b * p->outputs + o] =
                mf_clamp_f32(sum, p->activation_min, p->activation_max);
        }
    }
}

/* Weights of 8 or 4 bits; bias may be NULL. */
MF_INLINE void mf_fully_connected_real(const mf_fully_connected_float *p,
                                       const float *input,
                                       const mf_weights *filter,
                                       const float *bias, float *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index o = 0; o < p->outputs; o++) {
            const float sum = mf_dot_real(0, input, b * p->inputs, filter,
                                          o * p->inputs, p->inputs);
            output[b * p->outputs + o] = mf_real_output(
                sum, filter, o, bias, p->activation_min, p->activation_max);
        }
    }
}
MF_KERNEL void mf_fully_connected_f32_s8(const mf_fully_connected_float *p,
                                         const float *input,
                                         const int8_t *filter,
                                         const float *scale, const float *bias,
                                         float *output) {
    const mf_weights weights = {NULL, filter, scale, 8, p->per_channel};
    mf_fully_connected_real(p, input, &weights, bias, output);
}
MF_KERNEL void mf_fully_connected_f32_s4(const mf_fully_connected_float *p,
                                         const float *input,
                                         const int8_t *filter,
                                         const float *scale, const float *bias,
                                         float *output) {
    const mf_weights weights = {NULL, filter, scale, 4, p->per_channel};
    mf_fully_connected_real(p, input, &weights, bias, output);
}

#endif
