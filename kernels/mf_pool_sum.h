/* AVERAGE_POOL_2D and MEAN over all rows and columns of an image that comes
 * tile by tile: the sums are kept from one call to the next. */
#ifndef MF_POOL_SUM_H
#define MF_POOL_SUM_H

#include "mf_core.h"

typedef struct mf_pool_sum {
    mf_index columns, channels; /* of a tile */
    mf_index position;          /* pixels of the image that came before */
    mf_index pixels;            /* of the image */
    int32_t start;              /* of a sum */
    int32_t multiplier, shift;  /* MEAN */
    int32_t output_zero_point;  /* MEAN */
    int32_t activation_min, activation_max;
} mf_pool_sum;

/* Adds a tile to `sums`, one a channel. */
MF_INLINE void mf_pool_sum_add(const mf_pool_sum *p, const int8_t *input,
                               int32_t *sums) {
    //@ loop unroll 99999;
    for (mf_index c = 0; c < p->channels; c++) {
        int32_t sum = p->position == 0 ? p->start : sums[c];
        mf_index x = 0;
        //@ loop unroll 99999;
        for (; x + 3 < p->columns; x += 4) {
            const mf_index at = x * p->channels + c;
            sum += input[at] + input[at + p->channels];
            sum += input[at + 2 * p->channels] + input[at + 3 * p->channels];
        }
        //@ loop unroll 99999;
        for (; x < p->columns; x++) {
            sum += input[x * p->channels + c];
        }
        sums[c] = sum;
    }
}

MF_KERNEL void mf_pool_sum_average_s8(const mf_pool_sum *p, const int8_t *input,
                                      int32_t *sums, int8_t *output) {
    const int is_last = p->position + p->columns == p->pixels;
    mf_pool_sum_add(p, input, sums);
    for (mf_index c = 0; is_last && c < p->channels; c++) {
        const int32_t count = (int32_t)p->pixels, half = count / 2;
        const int32_t sum = sums[c] > 0 ? sums[c] + half : sums[c] - half;
        output[c] =
            (int8_t)mf_clamp(sum / count, p->activation_min, p->activation_max);
    }
}

MF_KERNEL void mf_pool_sum_mean_s8(const mf_pool_sum *p, const int8_t *input,
                                   int32_t *sums, int8_t *output) {
    const int is_last = p->position + p->columns == p->pixels;
    mf_pool_sum_add(p, input, sums);
    for (mf_index c = 0; is_last && c < p->channels; c++) {
        output[c] =
            (int8_t)mf_clamp(mf_scale(sums[c], p->multiplier, (int)p->shift) +
                                 p->output_zero_point,
                             p->activation_min, p->activation_max);
    }
}

#endif
