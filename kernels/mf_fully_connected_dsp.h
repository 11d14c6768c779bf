/* FULLY_CONNECTED on int8_t for cores with the DSP extension: the input is
 * widened once, and multiplied with four outputs at a time.  The same results
 * as mf_fully_connected_s8().
 *
 * filter: for each four outputs (missing ones are zeros) their biases; for each
 * group of four weights (filled up with 0) a word of each; then, if
 * per_channel, of each its multiplier and its right shift - 1
 * (mf_dsp_requantize).
 *
 * scratch: 4 * groups int16_t. */
#ifndef MF_FULLY_CONNECTED_DSP_H
#define MF_FULLY_CONNECTED_DSP_H

#include "mf_dsp.h"

typedef struct mf_fully_connected_dsp {
    mf_index batches, inputs, outputs;
    mf_index per_channel;      /* 1: a multiplier and a shift for each output */
    int32_t multiplier, shift; /* of all outputs, if not */
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_fully_connected_dsp;

MF_INLINE void mf_fully_connected_dsp_widen(const mf_fully_connected_dsp *p,
                                            const int8_t *input,
                                            int16_t *scratch) {
    const mf_index whole = p->inputs / 4;
    mf_dsp_widen(input, whole, scratch);
    if (p->inputs % 4 != 0) {
        int8_t rest[4] = {0, 0, 0, 0};
        for (mf_index k = 0; k < p->inputs % 4; k++) {
            rest[k] = input[4 * whole + k];
        }
        mf_dsp_widen_group(rest, scratch, 4 * whole);
    }
}

/* `scale` is the output's multiplier and shift, if each has its own. */
MF_INLINE void mf_fully_connected_dsp_value(const mf_fully_connected_dsp *p,
                                            int32_t sum, const int32_t *scale,
                                            mf_index o, int8_t *output) {
    if (p->outputs % 4 == 0 || o < p->outputs) {
        const int32_t multiplier = p->per_channel ? scale[0] : p->multiplier;
        const int32_t shift = p->per_channel ? scale[1] : p->shift;
        output[o] =
            mf_dsp_requantize(sum, multiplier, shift, p->output_zero_point,
                              p->activation_min, p->activation_max);
    }
}

MF_KERNEL void mf_fully_connected_dsp_s8(const mf_fully_connected_dsp *p,
                                         const int8_t *input,
                                         const int32_t *filter,
                                         int16_t *scratch, int8_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        const int32_t *w = filter;
        int8_t *to = output + b * p->outputs;
        mf_fully_connected_dsp_widen(p, input + b * p->inputs, scratch);
        for (mf_index o = 0; o < p->outputs; o += 4) {
            int32_t sum[4] = {w[0], w[1], w[2], w[3]};
            w = mf_dsp_dot_1x4(scratch, w + 4, mf_dsp_groups(p->inputs), sum);
            mf_fully_connected_dsp_value(p, sum[0], w, o, to);
            mf_fully_connected_dsp_value(p, sum[1], w + 2, o + 1, to);
            mf_fully_connected_dsp_value(p, sum[2], w + 4, o + 2, to);
            mf_fully_connected_dsp_value(p, sum[3], w + 6, o + 3, to);
            if (p->per_channel) {
                w += 8;
            }
        }
    }
}

/* The same for few inputs, an output at a time: widening the weights would cost
 * more than the products.
 *
 * filter: for each output its bias, words of two weights each (an odd last one
 * is paired with 0), and, if per_channel, its multiplier and its right shift -
 * 1 (mf_dsp_requantize_doubled); bias and weights are doubled.
 *
 * scratch: inputs, made even, int16_t. */
MF_KERNEL void mf_fully_connected_dsp_narrow_s8(const mf_fully_connected_dsp *p,
                                                const int8_t *input,
                                                const int32_t *filter,
                                                int16_t *scratch,
                                                int8_t *output) {
    const mf_index words = (p->inputs + 1) / 2;
    scratch[2 * words - 1] = 0;
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index i = 0; i < p->inputs; i++) {
            scratch[i] = input[b * p->inputs + i];
        }
        const int32_t *w = filter;
        for (mf_index o = 0; o < p->outputs; o++) {
            int32_t sum = w[0];
            for (mf_index k = 0; k < words; k++) {
                sum = mf_dsp_dot(mf_dsp_pair(scratch + 2 * k), w[1 + k], sum);
            }
            w += 1 + words;
            const int32_t multiplier = p->per_channel ? w[0] : p->multiplier;
            const int32_t shift = p->per_channel ? w[1] : p->shift;
            output[b * p->outputs + o] = mf_dsp_requantize_doubled(
                sum, multiplier, shift, p->output_zero_point, p->activation_min,
                p->activation_max);
            if (p->per_channel) {
                w += 2;
            }
        }
    }
}

#endif
