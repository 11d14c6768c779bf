/* ABS on int16, quantised; on int8 it is a table (mf_table.h). */
#ifndef MF_ABS_H
#define MF_ABS_H

#include "mf_core.h"

typedef struct mf_abs {
    mf_index size;            /* elements */
    int32_t input_zero_point; /* 0 on int16, as the next */
    int32_t output_zero_point;
    int32_t rescales; /* 0: both scales are the same */
    int32_t multiplier, shift;
} mf_abs;

/* To be clamped to the type. */
MF_INLINE int32_t mf_abs_value(const mf_abs *p, int32_t q) {
    const int32_t x = q - p->input_zero_point;
    const int32_t y = x < 0 ? -x : x;
    return (p->rescales ? mf_scale(y, p->multiplier, (int)p->shift) : y) +
           p->output_zero_point;
}

/* May run in place. */
MF_KERNEL void mf_abs_quantized_s16(const mf_abs *p, const int16_t *input,
                                    int16_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        output[i] =
            (int16_t)mf_clamp(mf_abs_value(p, input[i]), INT16_MIN, INT16_MAX);
    }
}

#endif
