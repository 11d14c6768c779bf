/* MEAN over any dimensions: the mean of the input's elements that fall on the
 * same output.
 *
 * The input is seen as at most three dimensions that are kept and three that
 * are reduced, in any order in memory: neighbours of one sort are merged, and
 * absent ones have size 1. */
#ifndef MF_MEAN_H
#define MF_MEAN_H

#include "mf_core.h"

enum { MF_MEAN_DIMS = 3 };

/* Sizes and strides, in elements of the input, outermost first. */
typedef struct mf_mean_dims {
    mf_index kept[MF_MEAN_DIMS], kept_stride[MF_MEAN_DIMS];
    mf_index reduced[MF_MEAN_DIMS], reduced_stride[MF_MEAN_DIMS];
} mf_mean_dims;

typedef struct mf_mean {
    mf_mean_dims dims;
    int32_t start;             /* of the sum: -input_zero_point * elements */
    int32_t multiplier, shift; /* division by the elements is part of it */
    int32_t output_zero_point;
} mf_mean;

typedef struct mf_mean_float {
    mf_mean_dims dims;
    float divisor;
} mf_mean_float;

MF_INLINE int32_t mf_mean_result(const mf_mean *p, int32_t sum, int32_t min,
                                 int32_t max) {
    return mf_clamp(mf_scale(sum, p->multiplier, (int)p->shift) +
                        p->output_zero_point,
                    min, max);
}

/* Adds the elements that are reduced to one output, of which input[first] is
 * the first, in the order in which they lie in memory. */
MF_INLINE int32_t mf_mean_sum_s8(int32_t sum, const mf_mean_dims *d,
                                 const int8_t *input, mf_index first) {
    for (mf_index i = 0; i < d->reduced[0]; i++) {
        for (mf_index j = 0; j < d->reduced[1]; j++) {
            const mf_index row =
                first + i * d->reduced_stride[0] + j * d->reduced_stride[1];
            for (mf_index k = 0; k < d->reduced[2]; k++) {
                sum += input[row + k * d->reduced_stride[2]];
            }
        }
    }
    return sum;
}

MF_KERNEL void mf_mean_s8(const mf_mean *p, const int8_t *input,
                          int8_t *output) {
    const mf_mean_dims *d = &p->dims;
    mf_index out = 0;
    for (mf_index i = 0; i < d->kept[0]; i++) {
        for (mf_index j = 0; j < d->kept[1]; j++) {
            const mf_index row = i * d->kept_stride[0] + j * d->kept_stride[1];
            for (mf_index k = 0; k < d->kept[2]; k++, out++) {
                const int32_t sum = mf_mean_sum_s8(p->start, d, input,
                                                   row + k * d->kept_stride[2]);
                output[out] =
                    (int8_t)mf_mean_result(p, sum, INT8_MIN, INT8_MAX);
            }
        }
    }
}

/* Adds the elements that are reduced to one output, of which input[first] is
 * the first, in the order in which they lie in memory. */
MF_INLINE int32_t mf_mean_sum_s16(int32_t sum, const mf_mean_dims *d,
                                  const int16_t *input, mf_index first) {
    for (mf_index i = 0; i < d->reduced[0]; i++) {
        for (mf_index j = 0; j < d->reduced[1]; j++) {
            const mf_index row =
                first + i * d->reduced_stride[0] + j * d->reduced_stride[1];
            for (mf_index k = 0; k < d->reduced[2]; k++) {
                sum += input[row + k * d->reduced_stride[2]];
            }
        }
    }
    return sum;
}

MF_KERNEL void mf_mean_s16(const mf_mean *p, const int16_t *input,
                           int16_t *output) {
    const mf_mean_dims *d = &p->dims;
    mf_index out = 0;
    for (mf_index i = 0; i < d->kept[0]; i++) {
        for (mf_index j = 0; j < d->kept[1]; j++) {
            const mf_index row = i * d->kept_stride[0] + j * d->kept_stride[1];
            for (mf_index k = 0; k < d->kept[2]; k++, out++) {
                const int32_t sum = mf_mean_sum_s16(
                    p->start, d, input, row + k * d->kept_stride[2]);
                output[out] =
                    (int16_t)mf_mean_result(p, sum, INT16_MIN, INT16_MAX);
            }
        }
    }
}

/* Adds the elements that are reduced to one output, of which input[first] is
 * the first, in the order in which they lie in memory. */
MF_INLINE float mf_mean_sum_f32(float sum, const mf_mean_dims *d,
                                const float *input, mf_index first) {
    for (mf_index i = 0; i < d->reduced[0]; i++) {
        for (mf_index j = 0; j < d->reduced[1]; j++) {
            const mf_index row =
                first + i * d->reduced_stride[0] + j * d->reduced_stride[1];
            for (mf_index k = 0; k < d->reduced[2]; k++) {
                sum += input[row + k * d->reduced_stride[2]];
            }
        }
    }
    return sum;
}

MF_KERNEL void mf_mean_f32(const mf_mean_float *p, const float *input,
                           float *output) {
    const mf_mean_dims *d = &p->dims;
    mf_index out = 0;
    for (mf_index i = 0; i < d->kept[0]; i++) {
        for (mf_index j = 0; j < d->kept[1]; j++) {
            const mf_index row = i * d->kept_stride[0] + j * d->kept_stride[1];
            for (mf_index k = 0; k < d->kept[2]; k++, out++) {
                const float sum =
                    mf_mean_sum_f32(0, d, input, row + k * d->kept_stride[2]);
                output[out] = sum / p->divisor;
            }
        }
    }
}

#endif
