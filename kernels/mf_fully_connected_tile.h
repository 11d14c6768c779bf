/* FULLY_CONNECTED over an image that comes tile by tile: the sums are kept from
 * one call to the next.
 *
 * Shapes: input columns x channels, filter outputs x pixels x channels, bias
 * and sums outputs, multiplier and shift outputs if per_channel, else 1. */
#ifndef MF_FULLY_CONNECTED_TILE_H
#define MF_FULLY_CONNECTED_TILE_H

#include "mf_dot.h"

typedef struct mf_fully_connected_tile {
    mf_index columns, channels; /* of a tile */
    mf_index outputs;
    mf_index position;    /* pixels of the image that came before */
    mf_index pixels;      /* of the image */
    mf_index per_channel; /* 1: a multiplier and a shift for each output */
    int32_t output_zero_point;
    int32_t activation_min, activation_max; /* in the output's units */
} mf_fully_connected_tile;

/* Adds the products with a tile to output o's sum. */
MF_INLINE int32_t mf_fully_connected_tile_add(const mf_fully_connected_tile *p,
                                              const int8_t *input,
                                              const int8_t *filter,
                                              const int32_t *bias,
                                              const int32_t *sums, mf_index o) {
    const mf_index first = (o * p->pixels + p->position) * p->channels;
    const int32_t sum = p->position == 0 ? mf_load_s32(bias + o) : sums[o];
    return mf_dot_s8(sum, input, 0, filter, first, p->columns * p->channels);
}

MF_KERNEL void
mf_fully_connected_tile_s8(const mf_fully_connected_tile *p,
                           const int8_t *input, const int8_t *filter,
                           const int32_t *bias, const int32_t *multiplier,
                           const int8_t *shift, int32_t *sums, int8_t *output) {
    for (mf_index o = 0; o < p->outputs; o++) {
        sums[o] = mf_fully_connected_tile_add(p, input, filter, bias, sums, o);
    }
    const int is_last = p->position + p->columns == p->pixels;
    for (mf_index o = 0; is_last && o < p->outputs; o++) {
        const mf_index scale = p->per_channel ? o : 0;
        const int32_t scaled =
            mf_scale(sums[o], mf_load_s32(multiplier + scale),
                     mf_load_s8(shift + scale)) +
            p->output_zero_point;
        output[o] =
            (int8_t)mf_clamp(scaled, p->activation_min, p->activation_max);
    }
}

#endif
