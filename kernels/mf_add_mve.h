/* ADD on int8_t for cores with Helium, inputs of the output's shape: four
 * values at a time.  The same results as mf_add_s8(). */
#ifndef MF_ADD_MVE_H
#define MF_ADD_MVE_H

#include "mf_add.h"
#include "mf_mve.h"

/* An input in the common scale (mf_add_a). */
MF_INLINE mf_mve_lanes mf_add_mve_input(const int8_t *from, int32_t zero_point,
                                        int32_t multiplier, int32_t shift) {
    return mf_mve_scale(
        mf_mve_shift_left_20(mf_mve_add(mf_mve_widen(from), -zero_point)),
        multiplier, shift);
}

MF_KERNEL void mf_add_mve_s8(const mf_add *p, const int8_t *a, const int8_t *b,
                             int8_t *output) {
    const mf_mve_range range = {p->output_zero_point, p->activation_min,
                                p->activation_max};
    const mf_index whole = p->shape.columns / 4 * 4;
    for (mf_index i = 0; i < whole; i += 4) {
        const mf_mve_lanes x = mf_add_mve_input(a + i, p->a_zero_point,
                                                p->a_multiplier, p->a_shift);
        const mf_mve_lanes y = mf_add_mve_input(b + i, p->b_zero_point,
                                                p->b_multiplier, p->b_shift);
        mf_mve_narrow(output + i,
                      mf_mve_requantize(mf_mve_sum(x, y), p->output_multiplier,
                                        p->output_shift, &range));
    }
    for (mf_index i = whole; i < p->shape.columns; i++) {
        output[i] = mf_add_value_s8(p, a[i], b[i]);
    }
}

#endif
