/* MIRROR_PAD: the input with a border that mirrors it; the mirror lies on the
 * outermost positions, which it does not repeat (skip = 1, REFLECT) or beside
 * them (skip = 0, SYMMETRIC).
 *
 * Dimensions are outermost first; what is unused has size 1 on both sides. */
#ifndef MF_MIRROR_PAD_H
#define MF_MIRROR_PAD_H

#include "mf_core.h"

typedef struct mf_mirror_pad {
    mf_index input_sizes[6];
    mf_index output_sizes[6];
    mf_index before[6];  /* positions of the border before the input */
    mf_index strides[6]; /* bytes, of the input */
    mf_index run;        /* bytes that stay together */
    mf_index skip;
} mf_mirror_pad;

/* Where position i of dimension d comes from, in bytes. */
MF_INLINE mf_index mf_mirror_pad_from(const mf_mirror_pad *p, mf_index d,
                                      mf_index i) {
    const mf_index size = p->input_sizes[d];
    mf_index at = i - p->before[d];
    if (at < 0) {
        at = p->skip - 1 - at;
    } else if (at >= size) {
        at = 2 * size - 1 - p->skip - at;
    }
    return at * p->strides[d];
}

/* All but the outermost two dimensions, from a on: block `to` of the output. */
MF_INLINE void mf_mirror_pad_block(const mf_mirror_pad *p, const uint8_t *input,
                                   mf_index a, uint8_t *output, mf_index to) {
    for (mf_index i2 = 0; i2 < p->output_sizes[2]; i2++) {
        const mf_index a2 = a + mf_mirror_pad_from(p, 2, i2);
        const mf_index to2 = to * p->output_sizes[2] + i2;
        for (mf_index i3 = 0; i3 < p->output_sizes[3]; i3++) {
            const mf_index a3 = a2 + mf_mirror_pad_from(p, 3, i3);
            const mf_index to3 = to2 * p->output_sizes[3] + i3;
            for (mf_index i4 = 0; i4 < p->output_sizes[4]; i4++) {
                const mf_index a4 = a3 + mf_mirror_pad_from(p, 4, i4);
                const mf_index to4 = to3 * p->output_sizes[4] + i4;
                for (mf_index i5 = 0; i5 < p->output_sizes[5]; i5++) {
                    const mf_index a5 = a4 + mf_mirror_pad_from(p, 5, i5);
                    const mf_index to5 = to4 * p->output_sizes[5] + i5;
                    for (mf_index k = 0; k < p->run; k++) {
                        output[to5 * p->run + k] = input[a5 + k];
                    }
                }
            }
        }
    }
}

MF_KERNEL void mf_mirror_pad_bytes(const mf_mirror_pad *p,
                                   const uint8_t *restrict input,
                                   uint8_t *restrict output) {
    for (mf_index i0 = 0; i0 < p->output_sizes[0]; i0++) {
        const mf_index a0 = mf_mirror_pad_from(p, 0, i0);
        for (mf_index i1 = 0; i1 < p->output_sizes[1]; i1++) {
            const mf_index a1 = a0 + mf_mirror_pad_from(p, 1, i1);
            mf_mirror_pad_block(p, input, a1, output,
                                i0 * p->output_sizes[1] + i1);
        }
    }
}

#endif
