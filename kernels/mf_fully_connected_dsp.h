/* FULLY_CONNECTED on int8_t for cores with the DSP extension: a word of
 * the input is widened (mf_dsp.h) for four outputs at a time.  The same results
 * as mf_fully_connected_s8().
 *
 * filter: for each four outputs (missing ones are zeros) their sums at the
 * start; for each group of four weights (filled up with 0) a word of each;
 * then, if per_channel, of each its numbers (mf_dsp_numbers()).
 *
 * inputs >= 4. */
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

/* Output o + k, if there is one, of the block of four from `o` on. */
MF_INLINE void mf_fully_connected_dsp_put(const mf_fully_connected_dsp *p,
                                          int32_t sum, mf_index o, mf_index k,
                                          const int32_t *numbers, int8_t *to) {
    if (p->outputs % 4 == 0 || o + k < p->outputs) {
        to[o + k] =
            mf_fully_connected_dsp_value(p, sum, p->plain ? 1 : 256, numbers);
    }
}

MF_KERNEL void mf_fully_connected_dsp_s8(const mf_fully_connected_dsp *p,
                                         const int8_t *input,
                                         const int32_t *filter,
                                         int8_t *output) {
    const mf_index numbers = p->per_channel ? mf_dsp_numbers(&p->form) : 0;
    for (mf_index b = 0; b < p->batches; b++) {
        const int32_t *w = filter;
        int8_t *to = output + b * p->outputs;
        //@ loop unroll 99999;
        for (mf_index o = 0; o < p->outputs; o += 4) {
            int32_t sum[4] = {w[0], w[1], w[2], w[3]};
            w = mf_dsp_dot_1x4(input + b * p->inputs, p->inputs, w + 4,
                               p->plain, sum);
            //@ loop unroll 4;
            for (mf_index k = 0; MF_DSP_SMALL && k < 4; k++) {
                mf_fully_connected_dsp_put(p, sum[k], o, k, w + k * numbers,
                                           to);
            }
            if (!MF_DSP_SMALL) {
                mf_fully_connected_dsp_put(p, sum[0], o, 0, w, to);
                mf_fully_connected_dsp_put(p, sum[1], o, 1, w + numbers, to);
                mf_fully_connected_dsp_put(p, sum[2], o, 2, w + 2 * numbers,
                                           to);
                mf_fully_connected_dsp_put(p, sum[3], o, 3, w + 3 * numbers,
                                           to);
            }
            w += 4 * numbers;
        }
    }
}

/* The same for up to four inputs, an output at a time: widening the weights
 * would cost more than the products.
 *
 * filter: for each output its sum at the start, words of two weights each (an
 * odd last one is paired with 0), and its own numbers as above; sums and
 * weights are 256 times what they mean if outputs follow a line, else twice or,
 * if form.any, once. */
MF_KERNEL void mf_fully_connected_dsp_narrow_s8(const mf_fully_connected_dsp *p,
                                                const int8_t *input,
                                                const int32_t *filter,
                                                int8_t *output) {
    const mf_index inputs = p->inputs;
    const mf_index numbers = p->per_channel ? mf_dsp_numbers(&p->form) : 0;
    for (mf_index b = 0; b < p->batches; b++) {
        const int8_t *in = input + b * inputs;
        const int32_t first = mf_dsp_halves(in[0], inputs > 1 ? in[1] : 0);
        const int32_t second =
            mf_dsp_halves(inputs > 2 ? in[2] : 0, inputs > 3 ? in[3] : 0);
        const int32_t *w = filter;
        //@ loop unroll 99999;
        for (mf_index o = 0; o < p->outputs; o++) {
            int32_t sum = mf_dsp_dot(first, w[1], w[0]);
            if (inputs > 2) {
                sum = mf_dsp_dot(second, w[2], sum);
            }
            w += inputs > 2 ? 3 : 2;
            output[b * p->outputs + o] =
                mf_fully_connected_dsp_value(p, sum, 2, w);
            w += numbers;
        }
    }
}

#endif
