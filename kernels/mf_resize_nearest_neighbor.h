/* RESIZE_NEAREST_NEIGHBOR: output[b][y][x] = input[b][rows[y]][columns[x]].
 *
 * Shapes: input batches x in_h x in_w x depth, output batches x out_h x out_w x
 * depth; rows out_h, columns out_w, from compile time. */
#ifndef MF_RESIZE_NEAREST_NEIGHBOR_H
#define MF_RESIZE_NEAREST_NEIGHBOR_H

#include "mf_core.h"

typedef struct mf_resize_nearest_neighbor {
    mf_index batches, in_h, in_w, out_h, out_w;
    mf_index depth; /* bytes */
} mf_resize_nearest_neighbor;

/* Input and output are byte offsets of row rows[y] and row y. */
MF_KERNEL void
mf_resize_nearest_neighbor_row(const mf_resize_nearest_neighbor *p,
                               const uint8_t *restrict input,
                               mf_index input_row, const int16_t *columns,
                               uint8_t *restrict output, mf_index output_row) {
    for (mf_index x = 0; x < p->out_w; x++) {
        const mf_index from = input_row + mf_load_s16(columns + x) * p->depth;
        const mf_index to = output_row + x * p->depth;
        for (mf_index k = 0; k < p->depth; k++) {
            output[to + k] = input[from + k];
        }
    }
}

MF_KERNEL void mf_resize_nearest_neighbor_bytes(
    const mf_resize_nearest_neighbor *p, const uint8_t *restrict input,
    const int16_t *rows, const int16_t *columns, uint8_t *restrict output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index y = 0; y < p->out_h; y++) {
            const mf_index input_row =
                (b * p->in_h + mf_load_s16(rows + y)) * p->in_w * p->depth;
            const mf_index output_row =
                (b * p->out_h + y) * p->out_w * p->depth;
            mf_resize_nearest_neighbor_row(p, input, input_row, columns, output,
                                           output_row);
        }
    }
}

#endif
