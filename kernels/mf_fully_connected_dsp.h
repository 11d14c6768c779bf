/* FULLY_CONNECTED on int8_t for cores with the DSP extension: the input is
 * widened once (mf_dsp.h), and multiplied with four outputs at a time.  The
 * same results as mf_fully_connected_s8().
 *
 * filter: for each four outputs (missing ones are zeros) their sums at the
 * start; for each group of four weights (filled up with 0) a word of each;
 * then, if per_channel, of each its numbers (mf_dsp_numbers()).
 *
 * scratch: 4 * groups int16_t. */
#ifndef MF_FULLY_CONNECTED_DSP_H
#define MF_FULLY_CONNECTED_DSP_H

#include "mf_dsp_form.h"

typedef struct mf_fully_connected_dsp {
    mf_index batches, inputs, outputs;
    mf_index plain;            /* 1: sums are sums, not 256 times as much */
    mf_index per_channel;      /* 1: each output has its own numbers */
    int32_t multiplier, right; /* the numbers of all outputs, if not */
    mf_dsp_form form;
} mf_fully_connected_dsp;

/* `numbers` is the output's own, if it has any. */
MF_INLINE int8_t mf_fully_connected_dsp_value(const mf_fully_connected_dsp *p,
                                              int32_t sum, mf_index unit,
                                              const int32_t *numbers) {
    const int32_t multiplier = p->per_channel ? numbers[0] : p->multiplier;
    const int32_t right = !p->per_channel ? p->right
                          : p->form.shift ? 0
                                          : numbers[1];
    return mf_dsp_value(&p->form, sum, unit, multiplier, right);
}

MF_KERNEL void mf_fully_connected_dsp_s8(const mf_fully_connected_dsp *p,
                                         const int8_t *input,
                                         const int32_t *filter,
                                         int16_t *scratch, int8_t *output) {
    const mf_index numbers = p->per_channel ? mf_dsp_numbers(&p->form) : 0;
    for (mf_index b = 0; b < p->batches; b++) {
        const int32_t *w = filter;
        int8_t *to = output + b * p->outputs;
        mf_dsp_widen(input + b * p->inputs, p->inputs, 1, p->plain, scratch);
        for (mf_index o = 0; o < p->outputs; o += 4) {
            int32_t sum[4] = {w[0], w[1], w[2], w[3]};
            w = mf_dsp_dot_1x4(scratch, w + 4, mf_dsp_groups(p->inputs),
                               p->plain, sum);
            for (mf_index k = 0; k < 4; k++) {
                if (p->outputs % 4 == 0 || o + k < p->outputs) {
                    to[o + k] = mf_fully_connected_dsp_value(
                        p, sum[k], p->plain ? 1 : 256, w + k * numbers);
                }
            }
            w += 4 * numbers;
        }
    }
}

/* The same for few inputs, an output at a time: widening the weights would cost
 * more than the products.
 *
 * filter: for each output its sum at the start, words of two weights each (an
 * odd last one is paired with 0), and its own numbers as above; sums and
 * weights are 256 times what they mean if outputs follow a line, else twice or,
 * if form.any, once.
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
            output[b * p->outputs + o] =
                mf_fully_connected_dsp_value(p, sum, 2, w);
            w += p->per_channel ? mf_dsp_numbers(&p->form) : 0;
        }
    }
}

#endif
