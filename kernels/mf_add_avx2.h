/* ADD on int8_t for x86-64 with AVX2, inputs of the output's shape: sixteen
 * values at a time.  The same results as mf_add_s8(). */
#ifndef MF_ADD_AVX2_H
#define MF_ADD_AVX2_H

#include "mf_add.h"
#include "mf_avx2.h"

/* mf_scale() of a block, -31 <= shift <= 0. */
MF_INLINE mf_avx2_block mf_add_avx2_scale(mf_avx2_block x, int32_t multiplier,
                                          int32_t shift, int upward) {
    const mf_avx2_lanes factor = mf_avx2_all(multiplier);
    x.low = mf_avx2_multiply_high(x.low, factor);
    x.high = mf_avx2_multiply_high(x.high, factor);
    if (shift < 0) {
        const mf_avx2_lanes right = mf_avx2_all(-shift);
        x.low = mf_avx2_round_shift(x.low, right, upward);
        x.high = mf_avx2_round_shift(x.high, right, upward);
    }
    return x;
}

/* The inputs are read before outputs of the same places are written: the
 * output may be one of them. */
MF_KERNEL void mf_add_avx2_s8(const mf_add *p, const int8_t *a, const int8_t *b,
                              int8_t *output) {
    const mf_avx2_range range = {p->output_zero_point, p->activation_min,
                                 p->activation_max};
    const mf_index whole = p->shape.columns / 16 * 16;
    for (mf_index i = 0; i < whole; i += 16) {
        const mf_avx2_block x = mf_add_avx2_scale(
            mf_avx2_shift_left_20(mf_avx2_data(a + i, 16), p->a_zero_point),
            p->a_multiplier, p->a_shift, 0);
        const mf_avx2_block y = mf_add_avx2_scale(
            mf_avx2_shift_left_20(mf_avx2_data(b + i, 16), p->b_zero_point),
            p->b_multiplier, p->b_shift, 0);
        const mf_avx2_block sum = {mf_avx2_sum(x.low, y.low),
                                   mf_avx2_sum(x.high, y.high)};
        mf_avx2_put(output + i,
                    mf_avx2_narrow(mf_add_avx2_scale(sum, p->output_multiplier,
                                                     p->output_shift,
                                                     mf_avx2_upward(&range)),
                                   &range),
                    16);
    }
    for (mf_index i = whole; i < p->shape.columns; i++) {
        output[i] = mf_add_value_s8(p, a[i], b[i]);
    }
}

#endif
