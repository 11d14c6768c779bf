/* Moves blocks of bytes: all that CONCATENATION, SPLIT, STRIDED_SLICE,
 * TRANSPOSE, ... do.
 *
 * For every index i below dims:
 *     output[output_offset + sum(i * output_strides) ...] =
 *         input[input_offset + sum(i * input_strides) ...], `run` bytes.
 * Input and output do not overlap. */
#ifndef MF_COPY_H
#define MF_COPY_H

#include "mf_core.h"

/* All in bytes but dims, which are outermost first and 1 where unused. */
typedef struct mf_copy {
    mf_index dims[6];
    mf_index input_strides[6]; /* may be negative or 0 */
    mf_index output_strides[6];
    mf_index input_offset, output_offset; /* of the first block */
    mf_index run;                         /* contiguous on both sides */
} mf_copy;

/* The two innermost dimensions, from a on the input's and b on the output's
 * side.  `constant` is a literal: whether the input is one of the constants,
 * which are read through mf_load_u8(). */
MF_INLINE void mf_copy_plane(const mf_copy *p, const uint8_t *input, mf_index a,
                             uint8_t *output, mf_index b, int constant) {
    for (mf_index i4 = 0; i4 < p->dims[4]; i4++) {
        for (mf_index i5 = 0; i5 < p->dims[5]; i5++) {
            const mf_index from =
                a + i4 * p->input_strides[4] + i5 * p->input_strides[5];
            const mf_index to =
                b + i4 * p->output_strides[4] + i5 * p->output_strides[5];
            for (mf_index k = 0; k < p->run; k++) {
                output[to + k] =
                    constant ? mf_load_u8(input + from + k) : input[from + k];
            }
        }
    }
}

MF_INLINE void mf_copy_blocks(const mf_copy *p, const uint8_t *input,
                              uint8_t *output, int constant) {
    for (mf_index i0 = 0; i0 < p->dims[0]; i0++) {
        const mf_index a0 = p->input_offset + i0 * p->input_strides[0];
        const mf_index b0 = p->output_offset + i0 * p->output_strides[0];
        for (mf_index i1 = 0; i1 < p->dims[1]; i1++) {
            const mf_index a1 = a0 + i1 * p->input_strides[1];
            const mf_index b1 = b0 + i1 * p->output_strides[1];
            for (mf_index i2 = 0; i2 < p->dims[2]; i2++) {
                const mf_index a2 = a1 + i2 * p->input_strides[2];
                const mf_index b2 = b1 + i2 * p->output_strides[2];
                for (mf_index i3 = 0; i3 < p->dims[3]; i3++) {
                    const mf_index a3 = a2 + i3 * p->input_strides[3];
                    const mf_index b3 = b2 + i3 * p->output_strides[3];
                    mf_copy_plane(p, input, a3, output, b3, constant);
                }
            }
        }
    }
}

MF_KERNEL void mf_copy_bytes(const mf_copy *p, const uint8_t *restrict input,
                             uint8_t *restrict output) {
    mf_copy_blocks(p, input, output, 0);
}

MF_KERNEL void mf_copy_constant(const mf_copy *p, const uint8_t *restrict input,
                                uint8_t *restrict output) {
    mf_copy_blocks(p, input, output, 1);
}

#endif
