/* FULLY_CONNECTED on int8_t for cores with Helium: the input is multiplied with
 * four outputs at a time.  The same results as mf_fully_connected_s8().
 *
 * filter: for each four outputs (missing ones are zeros) their biases; for each
 * block of sixteen weights (filled up with 0) four words of each; then their
 * multipliers and their shifts (mf_mve_requantize). */
#ifndef MF_FULLY_CONNECTED_MVE_H
#define MF_FULLY_CONNECTED_MVE_H

#include "mf_mve.h"

typedef struct mf_fully_connected_mve {
    mf_index batches, inputs, outputs;
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_fully_connected_mve;

MF_KERNEL void mf_fully_connected_mve_s8(const mf_fully_connected_mve *p,
                                         const int8_t *input,
                                         const int32_t *filter,
                                         int8_t *output) {
    const mf_mve_range range = {p->output_zero_point, p->activation_min,
                                p->activation_max};
    const mf_index inputs = p->inputs, outputs = p->outputs;
    const mf_index size = 12 + 16 * mf_mve_blocks(inputs);
    const mf_mve_places line = mf_mve_line(1);
    for (mf_index b = 0; b < p->batches; b++) {
        const int32_t *w = filter;
        //@ loop unroll 99999;
        for (mf_index o = 0; o < outputs; o += 4, w += size) {
            const mf_mve_lanes sum =
                mf_mve_dot_1x4(input + b * inputs, w, inputs);
            mf_mve_store_some(output + b * outputs + o, &line,
                              mf_mve_requantize_4(sum, w + size - 8, &range),
                              outputs - o);
        }
    }
}

#endif
