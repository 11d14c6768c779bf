/* HARD_SWISH in float: x * clamp(x + 3, 0, 6) / 6.  On int8 it is a table
 * (mf_table.h).  May run in place. */
#ifndef MF_HARD_SWISH_H
#define MF_HARD_SWISH_H

#include "mf_core.h"

typedef struct mf_hard_swish_float {
    mf_index size; /* elements */
} mf_hard_swish_float;

MF_KERNEL void mf_hard_swish_f32(const mf_hard_swish_float *p,
                                 const float *input, float *output) {
    for (mf_index i = 0; i < p->size; i++) {
        const float x = input[i];
        const float gate = x + 3.0f;
        output[i] = x * (gate < 0.0f ? 0.0f : gate > 6.0f ? 6.0f : gate) / 6.0f;
    }
}

#endif
