/* FULLY_CONNECTED: output[b][o] = activation(scale(bias[o] +
 *     sum over i of (input[b][i] - input_zero_point) *
 *                   (filter[o][i] - filter_zero_point))).
 *
 * Shapes: input batches x inputs, filter outputs x inputs, bias outputs,
 * multiplier and shift outputs if per_channel, else 1. */
#ifndef MF_FULLY_CONNECTED_H
#define MF_FULLY_CONNECTED_H

#include "mf_core.h"

typedef struct mf_fully_connected {
    mf_index batches, inputs, outputs;
    mf_index per_channel;     /* 1: a multiplier and a shift for each output */
    int32_t input_zero_point; /* 0 where it is folded into the bias */
    int32_t filter_zero_point;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_fully_connected;

MF_KERNEL void mf_fully_connected_s8(const mf_fully_connected *p,
                                     const int8_t *input, const int8_t *filter,
                                     const int32_t *bias,
                                     const int32_t *multiplier,
                                     const int8_t *shift, int8_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index o = 0; o < p->outputs; o++) {
            int32_t sum = mf_load_s32(bias + o);
            for (mf_index i = 0; i < p->inputs; i++) {
                sum += (input[b * p->inputs + i] - p->input_zero_point) *
                       (mf_load_s8(filter + o * p->inputs + i) -
                        p->filter_zero_point);
            }
            const mf_index channel = p->per_channel ? o : 0;
            sum = mf_scale(sum, mf_load_s32(multiplier + channel),
                           mf_load_s8(shift + channel)) +
                  p->output_zero_point;
            output[b * p->outputs + o] =
                (int8_t)mf_clamp(sum, p->activation_min, p->activation_max);
        }
    }
}

#endif
