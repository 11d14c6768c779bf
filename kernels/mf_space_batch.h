/* SPACE_TO_BATCH_ND and BATCH_TO_SPACE_ND: position (y, x) of image n of the
 * tensor in space is, y' = y + before_y and x' likewise, position (y' /
 * block_y, x' / block_x) of image ((y' mod block_y) * block_x + x' mod block_x)
 * * images + n of the tensor in batches.
 *
 * Shapes: space images x space_h x space_w x depth, batch block_y * block_x *
 * images x batch_h x batch_w x depth. */
#ifndef MF_SPACE_BATCH_H
#define MF_SPACE_BATCH_H

#include "mf_core.h"

typedef struct mf_space_batch {
    mf_index images, block_y, block_x;
    mf_index space_h, space_w, batch_h, batch_w;
    mf_index before_y, before_x; /* padding, or what is cropped */
    mf_index depth;              /* bytes */
    int32_t pad;                 /* byte that padding holds */
} mf_space_batch;

/* One image of the tensor in batches, the `to_space` one of them or the other
 * way, which is a literal; (by, bx) is its place in the block. */
MF_INLINE void mf_space_batch_image(const mf_space_batch *p, mf_index n,
                                    mf_index by, mf_index bx,
                                    const uint8_t *input, uint8_t *output,
                                    int to_space) {
    const mf_index image = (by * p->block_x + bx) * p->images + n;
    for (mf_index i = 0; i < p->batch_h; i++) {
        const mf_index y = i * p->block_y + by - p->before_y;
        for (mf_index j = 0; j < p->batch_w; j++) {
            const mf_index x = j * p->block_x + bx - p->before_x;
            const mf_index batch =
                ((image * p->batch_h + i) * p->batch_w + j) * p->depth;
            if (y >= 0 && y < p->space_h && x >= 0 && x < p->space_w) {
                const mf_index space =
                    ((n * p->space_h + y) * p->space_w + x) * p->depth;
                for (mf_index k = 0; k < p->depth; k++) {
                    if (to_space) {
                        output[space + k] = input[batch + k];
                    } else {
                        output[batch + k] = input[space + k];
                    }
                }
            } else if (!to_space) {
                for (mf_index k = 0; k < p->depth; k++) {
                    output[batch + k] = (uint8_t)p->pad;
                }
            }
        }
    }
}

MF_KERNEL void mf_space_to_batch_bytes(const mf_space_batch *p,
                                       const uint8_t *restrict input,
                                       uint8_t *restrict output) {
    for (mf_index by = 0; by < p->block_y; by++) {
        for (mf_index bx = 0; bx < p->block_x; bx++) {
            for (mf_index n = 0; n < p->images; n++) {
                mf_space_batch_image(p, n, by, bx, input, output, 0);
            }
        }
    }
}

MF_KERNEL void mf_batch_to_space_bytes(const mf_space_batch *p,
                                       const uint8_t *restrict input,
                                       uint8_t *restrict output) {
    for (mf_index by = 0; by < p->block_y; by++) {
        for (mf_index bx = 0; bx < p->block_x; bx++) {
            for (mf_index n = 0; n < p->images; n++) {
                mf_space_batch_image(p, n, by, bx, input, output, 1);
            }
        }
    }
}

#endif
