/* FULLY_CONNECTED of 8-bit data for AVR.
 *
 * Shapes: input batches x inputs, output batches x outputs; channels outputs x
 * (the row of the scale, a bias of MF_AVR_BIAS bytes, inputs weights). */
#ifndef MF_FULLY_CONNECTED_AVR_H
#define MF_FULLY_CONNECTED_AVR_H

#include "mf_avr.h"

typedef struct mf_fully_connected_avr {
    mf_index batches, inputs, outputs;
    mf_avr_scale scale;
} mf_fully_connected_avr;

MF_KERNEL void mf_fully_connected_avr_s8(const mf_fully_connected_avr *p,
                                         const int8_t *input,
                                         const int8_t *channels,
                                         int8_t *output) {
    const mf_index row = p->scale.row;
    for (mf_index b = 0; b < p->batches; b++) {
        mf_index channel = 0;
        //@ loop unroll 99999;
        for (mf_index o = 0; o < p->outputs; o++) {
            const mf_avr_sum sum = mf_avr_dot(
                input + b * p->inputs, channels + channel + row, p->inputs);
            output[b * p->outputs + o] =
                mf_avr_output(&p->scale, channels + channel, sum);
            channel += row + MF_AVR_BIAS + p->inputs;
        }
    }
}

#endif
