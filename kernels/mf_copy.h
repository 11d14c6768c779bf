/* Moves blocks of bytes: all that CONCATENATION, SPLIT, STRIDED_SLICE,
 * TRANSPOSE, ... do.
 *
 * For every index i up to and including last, in all dimensions:
 *     output[output_offset + sum(i * output_strides) ...] =
 *         input[input_offset + sum(i * input_strides) ...], `run` bytes.
 * Input and output do not overlap, but for mf_copy_down(). */
#ifndef MF_COPY_H
#define MF_COPY_H

#include "mf_core.h"

/* Innermost dimension first; what is unused is 0. */
typedef struct mf_copy {
    mf_index last[6];          /* blocks less 1 */
    mf_index input_strides[6]; /* bytes; may be negative or 0 */
    mf_index output_strides[6];
    mf_index input_offset, output_offset; /* bytes, of the first block */
    mf_index run;                         /* bytes, contiguous on both sides */
} mf_copy;

/* The two innermost dimensions, from a on the input's and b on the output's
 * side.  `constant` is a literal: whether the input is one of the constants,
 * which are read through mf_load_u8(). */
MF_INLINE void mf_copy_plane(const mf_copy *p, const uint8_t *input, mf_index a,
                             uint8_t *output, mf_index b, int constant) {
    for (mf_index i1 = 0; i1 <= p->last[1]; i1++) {
        for (mf_index i0 = 0; i0 <= p->last[0]; i0++) {
            const mf_index from =
                a + i1 * p->input_strides[1] + i0 * p->input_strides[0];
            const mf_index to =
                b + i1 * p->output_strides[1] + i0 * p->output_strides[0];
            for (mf_index k = 0; k < p->run; k++) {
                output[to + k] =
                    constant ? mf_load_u8(input + from + k) : input[from + k];
            }
        }
    }
}

MF_INLINE void mf_copy_blocks(const mf_copy *p, const uint8_t *input,
                              uint8_t *output, int constant) {
    for (mf_index i5 = 0; i5 <= p->last[5]; i5++) {
        const mf_index a5 = p->input_offset + i5 * p->input_strides[5];
        const mf_index b5 = p->output_offset + i5 * p->output_strides[5];
        for (mf_index i4 = 0; i4 <= p->last[4]; i4++) {
            const mf_index a4 = a5 + i4 * p->input_strides[4];
            const mf_index b4 = b5 + i4 * p->output_strides[4];
            for (mf_index i3 = 0; i3 <= p->last[3]; i3++) {
                const mf_index a3 = a4 + i3 * p->input_strides[3];
                const mf_index b3 = b4 + i3 * p->output_strides[3];
                for (mf_index i2 = 0; i2 <= p->last[2]; i2++) {
                    const mf_index a2 = a3 + i2 * p->input_strides[2];
                    const mf_index b2 = b3 + i2 * p->output_strides[2];
                    mf_copy_plane(p, input, a2, output, b2, constant);
                }
            }
        }
    }
}

MF_KERNEL void mf_copy_bytes(const mf_copy *p, const uint8_t *restrict input,
                             uint8_t *restrict output) {
    mf_copy_blocks(p, input, output, 0);
}

/* The output starts where the input does, and no block is copied to a place
 * behind its own. */
MF_KERNEL void mf_copy_down(const mf_copy *p, const uint8_t *input,
                            uint8_t *output) {
    mf_copy_blocks(p, input, output, 0);
}

MF_KERNEL void mf_copy_constant(const mf_copy *p, const uint8_t *restrict input,
                                uint8_t *restrict output) {
    mf_copy_blocks(p, input, output, 1);
}

#endif
