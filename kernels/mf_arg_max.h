/* ARG_MAX and ARG_MIN: where along one dimension the greatest or the least
 * value stands; of equal ones the first. */
#ifndef MF_ARG_MAX_H
#define MF_ARG_MAX_H

#include "mf_core.h"

/* The input as outer x size x inner elements, the output as outer x inner. */
typedef struct mf_arg_max {
    mf_index outer, size, inner;
} mf_arg_max;

#define MF_ARG(name, type, index_type, beats)                                  \
    MF_KERNEL void name(const mf_arg_max *p, const type *input,                \
                        index_type *output) {                                  \
        for (mf_index i = 0; i < p->outer; i++) {                              \
            for (mf_index j = 0; j < p->inner; j++) {                          \
                const mf_index first = i * p->size * p->inner + j;             \
                type best = input[first];                                      \
                mf_index at = 0;                                               \
                for (mf_index k = 1; k < p->size; k++) {                       \
                    const type x = input[first + k * p->inner];                \
                    if (x beats best) {                                        \
                        best = x;                                              \
                        at = k;                                                \
                    }                                                          \
                }                                                              \
                output[i * p->inner + j] = (index_type)at;                     \
            }                                                                  \
        }                                                                      \
    }

#define MF_ARGS(suffix, type)                                                  \
    MF_ARG(mf_arg_max_##suffix##_s32, type, int32_t, >)                        \
    MF_ARG(mf_arg_max_##suffix##_s64, type, int64_t, >)                        \
    MF_ARG(mf_arg_min_##suffix##_s32, type, int32_t, <)                        \
    MF_ARG(mf_arg_min_##suffix##_s64, type, int64_t, <)

MF_ARGS(s8, int8_t)
MF_ARGS(s16, int16_t)
MF_ARGS(s32, int32_t)
MF_ARGS(f32, float)

#endif
