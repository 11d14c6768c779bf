/* CUMSUM: sums of the elements up to each along one dimension. */
#ifndef MF_CUMSUM_H
#define MF_CUMSUM_H

#include "mf_core.h"

/* outer x size x inner elements; sums run along the middle. */
typedef struct mf_cumsum_dims {
    mf_index outer, size, inner;
    mf_index exclusive; /* 1: an element is not part of its own sum */
    mf_index reverse;   /* 1: from the end */
} mf_cumsum_dims;

typedef struct mf_cumsum_plain {
    mf_cumsum_dims dims;
} mf_cumsum_plain;

typedef struct mf_cumsum {
    mf_cumsum_dims dims;
    int32_t input_zero_point, output_zero_point;
    int32_t multiplier, shift; /* of sums times 2^19; shift is not over 0 */
} mf_cumsum;

/* Sums of int8 are in units of 2^-19; what would leave 32 bits saturates.  As
 * in the reference they begin at minus the zero point. */
MF_INLINE int8_t mf_cumsum_result(const mf_cumsum *p, int32_t sum) {
    const int32_t scaled =
        mf_scale(mf_clamp(sum, -4095, 4095) * ((int32_t)1 << 19), p->multiplier,
                 (int)p->shift);
    return (int8_t)mf_clamp(scaled + p->output_zero_point, INT8_MIN, INT8_MAX);
}

/* May run in place: each element is read before it is written. */
#define MF_CUMSUM_KERNEL(name, params, type, sum_type, start, step, result)    \
    MF_KERNEL void name(const params *p, const type *input, type *output) {    \
        const mf_cumsum_dims *d = &p->dims;                                    \
        for (mf_index i = 0; i < d->outer; i++) {                              \
            for (mf_index j = 0; j < d->inner; j++) {                          \
                sum_type sum = (start);                                        \
                /*@ loop unroll 99999; */                                      \
                for (mf_index k = 0; k < d->size; k++) {                       \
                    const mf_index at =                                        \
                        (i * d->size + (d->reverse ? d->size - 1 - k : k)) *   \
                            d->inner +                                         \
                        j;                                                     \
                    const type x = input[at];                                  \
                    if (d->exclusive) {                                        \
                        output[at] = (result);                                 \
                    }                                                          \
                    sum = (step);                                              \
                    if (!d->exclusive) {                                       \
                        output[at] = (result);                                 \
                    }                                                          \
                }                                                              \
            }                                                                  \
        }                                                                      \
    }

MF_CUMSUM_KERNEL(mf_cumsum_s8, mf_cumsum, int8_t, int32_t, -p->input_zero_point,
                 sum + x - p->input_zero_point, mf_cumsum_result(p, sum))
MF_CUMSUM_KERNEL(mf_cumsum_s32, mf_cumsum_plain, int32_t, uint32_t, 0,
                 sum + (uint32_t)x, mf_wrap_s32(sum))
MF_CUMSUM_KERNEL(mf_cumsum_s64, mf_cumsum_plain, int64_t, uint64_t, 0,
                 sum + (uint64_t)x, mf_wrap_s64(sum))
MF_CUMSUM_KERNEL(mf_cumsum_f32, mf_cumsum_plain, float, float, 0, sum + x, sum)

#endif
