/* Reductions over any dimensions: the loops, once for all of them, and SUM,
 * REDUCE_MAX, REDUCE_MIN, REDUCE_ALL, REDUCE_ANY of values as they are.
 *
 * The input is seen as at most three dimensions that are kept and three that
 * are reduced, in any order in memory: neighbours of one sort are merged, and
 * absent ones have size 1.
 *
 * MF_REDUCE_KERNEL(mf_x_s8, mf_x, int8_t, int32_t, START, STEP, RESULT) gives
 * mf_x_s8(const mf_x *p, const int8_t *input, int8_t *output); mf_x has a
 * member `mf_reduce_dims dims`.  STEP takes an element x into y, of the fourth
 * type, which begins as START; RESULT makes an output of y. */
#ifndef MF_REDUCE_H
#define MF_REDUCE_H

#include <float.h>

#include "mf_core.h"

enum { MF_REDUCE_DIMS = 3 };

/* Sizes and strides, in elements of the input, outermost first. */
typedef struct mf_reduce_dims {
    mf_index kept[MF_REDUCE_DIMS], kept_stride[MF_REDUCE_DIMS];
    mf_index reduced[MF_REDUCE_DIMS], reduced_stride[MF_REDUCE_DIMS];
} mf_reduce_dims;

typedef struct mf_reduce {
    mf_reduce_dims dims;
} mf_reduce;

/* name_one() reduces the elements that fall on one output, of which
 * input[first] is the first, in the order in which they lie in memory. */
#define MF_REDUCE_KERNEL(name, params, type, y_type, start, step, result)      \
    MF_INLINE y_type name##_one(const params *p, const type *input,            \
                                mf_index first) {                              \
        const mf_reduce_dims *d = &p->dims;                                    \
        y_type y = (start);                                                    \
        /*@ loop unroll 99999; */                                              \
        for (mf_index i = 0; i < d->reduced[0]; i++) {                         \
            /*@ loop unroll 99999; */                                          \
            for (mf_index j = 0; j < d->reduced[1]; j++) {                     \
                const mf_index row = first + i * d->reduced_stride[0] +        \
                                     j * d->reduced_stride[1];                 \
                /*@ loop unroll 99999; */                                      \
                for (mf_index k = 0; k < d->reduced[2]; k++) {                 \
                    const type x = input[row + k * d->reduced_stride[2]];      \
                    y = (step);                                                \
                }                                                              \
            }                                                                  \
        }                                                                      \
        return y;                                                              \
    }                                                                          \
    MF_KERNEL void name(const params *p, const type *input, type *output) {    \
        const mf_reduce_dims *d = &p->dims;                                    \
        for (mf_index i = 0; i < d->kept[0]; i++) {                            \
            for (mf_index j = 0; j < d->kept[1]; j++) {                        \
                const mf_index row =                                           \
                    i * d->kept_stride[0] + j * d->kept_stride[1];             \
                const mf_index out = (i * d->kept[1] + j) * d->kept[2];        \
                for (mf_index k = 0; k < d->kept[2]; k++) {                    \
                    const y_type y =                                           \
                        name##_one(p, input, row + k * d->kept_stride[2]);     \
                    output[out + k] = (result);                                \
                }                                                              \
            }                                                                  \
        }                                                                      \
    }

#define MF_REDUCE_MAX(suffix, type, least)                                     \
    MF_REDUCE_KERNEL(mf_reduce_max_##suffix, mf_reduce, type, type, least,     \
                     x > y ? x : y, y)
MF_REDUCE_MAX(s8, int8_t, INT8_MIN)
MF_REDUCE_MAX(s16, int16_t, INT16_MIN)
MF_REDUCE_MAX(s32, int32_t, INT32_MIN)
MF_REDUCE_MAX(s64, int64_t, INT64_MIN)
MF_REDUCE_MAX(f32, float, -FLT_MAX)

#define MF_REDUCE_MIN(suffix, type, most)                                      \
    MF_REDUCE_KERNEL(mf_reduce_min_##suffix, mf_reduce, type, type, most,      \
                     x < y ? x : y, y)
MF_REDUCE_MIN(s8, int8_t, INT8_MAX)
MF_REDUCE_MIN(s16, int16_t, INT16_MAX)
MF_REDUCE_MIN(s32, int32_t, INT32_MAX)
MF_REDUCE_MIN(s64, int64_t, INT64_MAX)
MF_REDUCE_MIN(f32, float, FLT_MAX)

/* Booleans. */
MF_REDUCE_KERNEL(mf_reduce_all_u8, mf_reduce, uint8_t, uint8_t, 1,
                 (uint8_t)(y != 0 && x != 0), y)
MF_REDUCE_KERNEL(mf_reduce_any_u8, mf_reduce, uint8_t, uint8_t, 0,
                 (uint8_t)(y != 0 || x != 0), y)

/* Modulo 2^32 and 2^64. */
MF_REDUCE_KERNEL(mf_sum_s32, mf_reduce, int32_t, uint32_t, 0, y + (uint32_t)x,
                 mf_wrap_s32(y))
MF_REDUCE_KERNEL(mf_sum_s64, mf_reduce, int64_t, uint64_t, 0, y + (uint64_t)x,
                 mf_wrap_s64(y))
MF_REDUCE_KERNEL(mf_sum_f32, mf_reduce, float, float, 0, y + x, y)

#endif
