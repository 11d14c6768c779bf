/* GATHER_ND and SCATTER_ND: each of `count` slices of `run` elements stands
 * where `depth` indices say, one a leading dimension: at the sum of indices *
 * strides.
 *
 * Shapes: indices count x depth.  In the gathered tensor, dimension d has
 * sizes[d] positions, strides[d] elements apart.  The reference answers an
 * index outside with an error; here it counts as the nearest one inside when
 * gathering, and its slice is left out when scattering. */
#ifndef MF_GATHER_ND_H
#define MF_GATHER_ND_H

#include "mf_core.h"

typedef struct mf_gather_nd {
    mf_index count, depth;
    mf_index sizes[6], strides[6];
    mf_index run;
    mf_index total; /* elements of the scattered tensor */
} mf_gather_nd;

/* Where slice i stands, from the indices nearest to those named. */
#define MF_GATHER_ND_AT(p, indices, i, at)                                     \
    /*@ loop unroll 99999; */                                                  \
    for (mf_index d = 0; d < (p)->depth; d++) {                                \
        const int64_t index = (indices)[(i) * (p)->depth + d];                 \
        (at) += (index < 0                ? 0                                  \
                 : index >= (p)->sizes[d] ? (p)->sizes[d] - 1                  \
                                          : (mf_index)index) *                 \
                (p)->strides[d];                                               \
    }

MF_INLINE void mf_gather_nd_run(const mf_gather_nd *p, const uint8_t *input,
                                mf_index at, uint8_t *output, mf_index i) {
    for (mf_index k = 0; k < p->run; k++) {
        output[i * p->run + k] = input[at + k];
    }
}

/* Strides and runs are in bytes. */
MF_KERNEL void mf_gather_nd_bytes_s32(const mf_gather_nd *p,
                                      const uint8_t *restrict input,
                                      const int32_t *indices,
                                      uint8_t *restrict output) {
    for (mf_index i = 0; i < p->count; i++) {
        mf_index at = 0;
        MF_GATHER_ND_AT(p, indices, i, at)
        mf_gather_nd_run(p, input, at, output, i);
    }
}

MF_KERNEL void mf_gather_nd_bytes_s64(const mf_gather_nd *p,
                                      const uint8_t *restrict input,
                                      const int64_t *indices,
                                      uint8_t *restrict output) {
    for (mf_index i = 0; i < p->count; i++) {
        mf_index at = 0;
        MF_GATHER_ND_AT(p, indices, i, at)
        mf_gather_nd_run(p, input, at, output, i);
    }
}

/* Whether all indices of slice i are inside. */
MF_INLINE int mf_scatter_nd_inside(const mf_gather_nd *p,
                                   const int32_t *indices, mf_index i) {
    int inside = 1;
    for (mf_index d = 0; d < p->depth; d++) {
        const int32_t index = indices[i * p->depth + d];
        inside = inside && index >= 0 && index < p->sizes[d];
    }
    return inside;
}

/* Zeros, then the sum of all slices that meet; ADD(a, b) is the sum of two
 * elements.  Strides and runs are in elements. */
#define MF_SCATTER_ND(suffix, type, ADD)                                       \
    MF_KERNEL void mf_scatter_nd_##suffix(                                     \
        const mf_gather_nd *p, const int32_t *indices,                         \
        const type *restrict updates, type *restrict output) {                 \
        for (mf_index k = 0; k < p->total; k++) {                              \
            output[k] = 0;                                                     \
        }                                                                      \
        for (mf_index i = 0; i < p->count; i++) {                              \
            const mf_index run =                                               \
                mf_scatter_nd_inside(p, indices, i) ? p->run : 0;              \
            mf_index at = 0;                                                   \
            MF_GATHER_ND_AT(p, indices, i, at)                                 \
            for (mf_index k = 0; k < run; k++) {                               \
                output[at + k] = ADD(output[at + k], updates[i * p->run + k]); \
            }                                                                  \
        }                                                                      \
    }

/* Sums of integers wrap around. */
#define MF_ADD_U8(a, b)  ((uint8_t)((uint32_t)(a) + (b)))
#define MF_ADD_S8(a, b)  mf_scatter_nd_wrap_s8((int16_t)((int16_t)(a) + (b)))
#define MF_ADD_S32(a, b) mf_scatter_nd_wrap_s32((uint32_t)(a) + (uint32_t)(b))
#define MF_ADD_S64(a, b) mf_scatter_nd_wrap_s64((uint64_t)(a) + (uint64_t)(b))
#define MF_ADD_F32(a, b) ((a) + (b))

MF_INLINE int8_t mf_scatter_nd_wrap_s8(int16_t x) {
    return (int8_t)(x > INT8_MAX ? x - 256 : x < INT8_MIN ? x + 256 : x);
}
MF_INLINE int32_t mf_scatter_nd_wrap_s32(uint32_t x) {
    return x <= INT32_MAX ? (int32_t)x : -1 - (int32_t)(UINT32_MAX - x);
}
MF_INLINE int64_t mf_scatter_nd_wrap_s64(uint64_t x) {
    return x <= INT64_MAX ? (int64_t)x : -1 - (int64_t)(UINT64_MAX - x);
}

MF_SCATTER_ND(s8, int8_t, MF_ADD_S8)
MF_SCATTER_ND(u8, uint8_t, MF_ADD_U8)
MF_SCATTER_ND(s32, int32_t, MF_ADD_S32)
MF_SCATTER_ND(s64, int64_t, MF_ADD_S64)
MF_SCATTER_ND(f32, float, MF_ADD_F32)

#endif
