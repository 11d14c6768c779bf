/* DYNAMIC_UPDATE_SLICE: the operand with a block of it replaced.
 *
 * The block starts at start[d] in dimension d, brought within 0..last_start[d]
 * so that it fits, and has update_sizes[d] positions there.  Dimensions are
 * outermost first; what is unused has size 1.  Output may be the operand. */
#ifndef MF_UPDATE_SLICE_H
#define MF_UPDATE_SLICE_H

#include "mf_core.h"

typedef struct mf_update_slice {
    mf_index rank;  /* values of `start` */
    mf_index total; /* bytes of the operand */
    mf_index last_start[6];
    mf_index strides[6]; /* bytes, of the operand */
    mf_index update_sizes[5];
    mf_index run; /* bytes of the update's innermost dimension */
} mf_update_slice;

MF_INLINE void mf_update_slice_copy(const mf_update_slice *p,
                                    const uint8_t *operand, uint8_t *output) {
    if (operand != output) {
        for (mf_index k = 0; k < p->total; k++) {
            output[k] = operand[k];
        }
    }
}

/* `at` is where the block starts. */
MF_INLINE void mf_update_slice_blocks(const mf_update_slice *p,
                                      const uint8_t *update, mf_index at,
                                      uint8_t *output) {
    for (mf_index i0 = 0; i0 < p->update_sizes[0]; i0++) {
        const mf_index a0 = at + i0 * p->strides[0];
        const mf_index b0 = i0 * p->update_sizes[1];
        for (mf_index i1 = 0; i1 < p->update_sizes[1]; i1++) {
            const mf_index a1 = a0 + i1 * p->strides[1];
            const mf_index b1 = (b0 + i1) * p->update_sizes[2];
            for (mf_index i2 = 0; i2 < p->update_sizes[2]; i2++) {
                const mf_index a2 = a1 + i2 * p->strides[2];
                const mf_index b2 = (b1 + i2) * p->update_sizes[3];
                for (mf_index i3 = 0; i3 < p->update_sizes[3]; i3++) {
                    const mf_index a3 = a2 + i3 * p->strides[3];
                    const mf_index b3 = (b2 + i3) * p->update_sizes[4];
                    for (mf_index i4 = 0; i4 < p->update_sizes[4]; i4++) {
                        const mf_index to = a3 + i4 * p->strides[4];
                        const mf_index from = (b3 + i4) * p->run;
                        for (mf_index k = 0; k < p->run; k++) {
                            output[to + k] = update[from + k];
                        }
                    }
                }
            }
        }
    }
}

MF_INLINE mf_index mf_update_slice_start(const mf_update_slice *p, mf_index d,
                                         int64_t start) {
    return (start < 0                  ? 0
            : start > p->last_start[d] ? p->last_start[d]
                                       : (mf_index)start) *
           p->strides[d];
}

MF_KERNEL void mf_update_slice_s32(const mf_update_slice *p,
                                   const uint8_t *operand,
                                   const uint8_t *update, const int32_t *start,
                                   uint8_t *output) {
    mf_index at = 0;
    //@ loop unroll 99999;
    for (mf_index d = 0; d < p->rank; d++) {
        at += mf_update_slice_start(p, d, start[d]);
    }
    mf_update_slice_copy(p, operand, output);
    mf_update_slice_blocks(p, update, at, output);
}

MF_KERNEL void mf_update_slice_s64(const mf_update_slice *p,
                                   const uint8_t *operand,
                                   const uint8_t *update, const int64_t *start,
                                   uint8_t *output) {
    mf_index at = 0;
    //@ loop unroll 99999;
    for (mf_index d = 0; d < p->rank; d++) {
        at += mf_update_slice_start(p, d, start[d]);
    }
    mf_update_slice_copy(p, operand, output);
    mf_update_slice_blocks(p, update, at, output);
}

#endif
