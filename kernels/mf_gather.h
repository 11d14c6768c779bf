/* GATHER and EMBEDDING_LOOKUP: for each block, and each of its indices,
 *     output[block][outer][i] = input[block][outer][indices[block][i]]
 * where input[...] is a run of bytes.
 *
 * Shapes: input blocks x outer x size x run, indices blocks x count, output
 * blocks x outer x count x run.  An index outside 0..size-1, which the
 * reference answers with an error, counts as the nearest one inside. */
#ifndef MF_GATHER_H
#define MF_GATHER_H

#include "mf_core.h"

typedef struct mf_gather {
    mf_index blocks, outer, size, count;
    mf_index run; /* bytes; of mf_gather_dequantize, elements */
    float scale;  /* mf_gather_dequantize alone: of the input */
} mf_gather;

/* An index within 0..size - 1. */
MF_INLINE mf_index mf_gather_within(int64_t i, mf_index size) {
    return i < 0 ? 0 : i >= size ? size - 1 : (mf_index)i;
}

/* Where input and output runs start, in runs. */
MF_INLINE mf_index mf_gather_from(const mf_gather *p, mf_index b, mf_index o,
                                  int64_t i) {
    return (b * p->outer + o) * p->size + mf_gather_within(i, p->size);
}
MF_INLINE mf_index mf_gather_to(const mf_gather *p, mf_index b, mf_index o,
                                mf_index i) {
    return (b * p->outer + o) * p->count + i;
}

/* `constant` is a literal: whether the input is read through mf_load_u8(). */
MF_INLINE void mf_gather_run(const mf_gather *p, const uint8_t *input,
                             mf_index from, uint8_t *output, mf_index to,
                             int constant) {
    for (mf_index k = 0; k < p->run; k++) {
        output[to * p->run + k] = constant
                                      ? mf_load_u8(input + from * p->run + k)
                                      : input[from * p->run + k];
    }
}

MF_INLINE void mf_gather_s32(const mf_gather *p, const uint8_t *input,
                             const int32_t *indices, uint8_t *output,
                             int constant) {
    for (mf_index b = 0; b < p->blocks; b++) {
        for (mf_index o = 0; o < p->outer; o++) {
            for (mf_index i = 0; i < p->count; i++) {
                mf_gather_run(
                    p, input,
                    mf_gather_from(p, b, o, indices[b * p->count + i]), output,
                    mf_gather_to(p, b, o, i), constant);
            }
        }
    }
}

MF_INLINE void mf_gather_s64(const mf_gather *p, const uint8_t *input,
                             const int64_t *indices, uint8_t *output,
                             int constant) {
    for (mf_index b = 0; b < p->blocks; b++) {
        for (mf_index o = 0; o < p->outer; o++) {
            for (mf_index i = 0; i < p->count; i++) {
                mf_gather_run(
                    p, input,
                    mf_gather_from(p, b, o, indices[b * p->count + i]), output,
                    mf_gather_to(p, b, o, i), constant);
            }
        }
    }
}

MF_KERNEL void mf_gather_bytes_s32(const mf_gather *p,
                                   const uint8_t *restrict input,
                                   const int32_t *indices,
                                   uint8_t *restrict output) {
    mf_gather_s32(p, input, indices, output, 0);
}

MF_KERNEL void mf_gather_bytes_s64(const mf_gather *p,
                                   const uint8_t *restrict input,
                                   const int64_t *indices,
                                   uint8_t *restrict output) {
    mf_gather_s64(p, input, indices, output, 0);
}

/* The same from constants. */
MF_KERNEL void mf_gather_constant_s32(const mf_gather *p,
                                      const uint8_t *restrict input,
                                      const int32_t *indices,
                                      uint8_t *restrict output) {
    mf_gather_s32(p, input, indices, output, 1);
}

MF_KERNEL void mf_gather_constant_s64(const mf_gather *p,
                                      const uint8_t *restrict input,
                                      const int64_t *indices,
                                      uint8_t *restrict output) {
    mf_gather_s64(p, input, indices, output, 1);
}

/* Rows of a constant table of int8 as floats: blocks and outer are 1. */
MF_KERNEL void mf_gather_dequantize(const mf_gather *p,
                                    const int8_t *restrict input,
                                    const int32_t *indices,
                                    float *restrict output) {
    for (mf_index i = 0; i < p->count; i++) {
        const mf_index from = mf_gather_within(indices[i], p->size) * p->run;
        for (mf_index k = 0; k < p->run; k++) {
            output[i * p->run + k] =
                p->scale * (float)mf_load_s8(input + from + k);
        }
    }
}

#endif
