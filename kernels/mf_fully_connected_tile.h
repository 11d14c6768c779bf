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

/* Where output o's weights for the tile start. */
MF_INLINE mf_index
mf_fully_connected_tile_weights(const mf_fully_connected_tile *p, mf_index o) {
    return (o * p->pixels + p->position) * p->channels;
}

/* Adds the products with a tile to the sums of four outputs from o on, which
 * share the loads of the input, and to one. */
MF_INLINE void mf_fully_connected_tile_add4(const mf_fully_connected_tile *p,
                                            const int8_t *input,
                                            const int8_t *filter, int32_t *sums,
                                            mf_index o) {
    const mf_index first = mf_fully_connected_tile_weights(p, o);
    const mf_index step = p->pixels * p->channels;
    int32_t a = sums[o], b = sums[o + 1], c = sums[o + 2], d = sums[o + 3];
    //@ loop unroll 99999;
    for (mf_index i = 0; i < p->columns * p->channels; i++) {
        const int8_t x = input[i];
        const mf_index w = first + i;
        a += x * mf_load_s8(filter + w);
        b += x * mf_load_s8(filter + (w + step));
        c += x * mf_load_s8(filter + (w + 2 * step));
        d += x * mf_load_s8(filter + (w + 3 * step));
    }
    sums[o] = a;
    sums[o + 1] = b;
    sums[o + 2] = c;
    sums[o + 3] = d;
}
MF_INLINE void mf_fully_connected_tile_add(const mf_fully_connected_tile *p,
                                           const int8_t *input,
                                           const int8_t *filter, int32_t *sums,
                                           mf_index o) {
    sums[o] = mf_dot_s8(sums[o], input, 0, filter,
                        mf_fully_connected_tile_weights(p, o),
                        p->columns * p->channels);
}

MF_KERNEL void
mf_fully_connected_tile_s8(const mf_fully_connected_tile *p,
                           const int8_t *input, const int8_t *filter,
                           const int32_t *bias, const int32_t *multiplier,
                           const int8_t *shift, int32_t *sums, int8_t *output) {
    mf_index o = 0;
    for (mf_index k = 0; p->position == 0 && k < p->outputs; k++) {
        sums[k] = mf_load_s32(bias + k);
    }
    for (; o + 3 < p->outputs; o += 4) {
        mf_fully_connected_tile_add4(p, input, filter, sums, o);
    }
    for (; o < p->outputs; o++) {
        mf_fully_connected_tile_add(p, input, filter, sums, o);
    }
    const int is_last = p->position + p->columns == p->pixels;
    for (o = 0; is_last && o < p->outputs; o++) {
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
