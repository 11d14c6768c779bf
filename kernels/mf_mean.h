/* MEAN over any dimensions; and SUM of quantised values, which is the same with
 * another multiplier. */
#ifndef MF_MEAN_H
#define MF_MEAN_H

#include "mf_reduce.h"

typedef struct mf_mean {
    mf_reduce_dims dims;
    int32_t start;             /* of the sum: -input_zero_point * elements */
    int32_t multiplier, shift; /* division by the elements is part of it */
    int32_t output_zero_point;
} mf_mean;

typedef struct mf_mean_float {
    mf_reduce_dims dims;
    float divisor;
} mf_mean_float;

typedef struct mf_mean_plain {
    mf_reduce_dims dims;
    mf_index divisor;
} mf_mean_plain;

MF_INLINE int32_t mf_mean_result(const mf_mean *p, int32_t sum, int32_t min,
                                 int32_t max) {
    return mf_clamp(mf_scale(sum, p->multiplier, (int)p->shift) +
                        p->output_zero_point,
                    min, max);
}

MF_REDUCE_KERNEL(mf_mean_s8, mf_mean, int8_t, int32_t, p->start, y + x,
                 (int8_t)mf_mean_result(p, y, INT8_MIN, INT8_MAX))
MF_REDUCE_KERNEL(mf_mean_s16, mf_mean, int16_t, int32_t, p->start, y + x,
                 (int16_t)mf_mean_result(p, y, INT16_MIN, INT16_MAX))
/* Not quantised: without the fraction.  64-bit sums wrap around. */
MF_REDUCE_KERNEL(mf_mean_s32, mf_mean_plain, int32_t, int64_t, 0, y + x,
                 (int32_t)(y / p->divisor))
MF_REDUCE_KERNEL(mf_mean_s64, mf_mean_plain, int64_t, uint64_t, 0,
                 y + (uint64_t)x, mf_wrap_s64(y) / p->divisor)
MF_REDUCE_KERNEL(mf_mean_f32, mf_mean_float, float, float, 0, y + x,
                 y / p->divisor)

#endif
