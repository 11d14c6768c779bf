/* TOPK_V2: the k greatest values of each row, in descending order, and where
 * they stand; of equal values the one that stands first comes first.
 *
 * Shapes: input rows x length, values and indices rows x k, k <= length.  Each
 * value is looked for among those that come after the one before it, which
 * takes rows * k * length steps and no memory. */
#ifndef MF_TOP_K_H
#define MF_TOP_K_H

#include "mf_core.h"

typedef struct mf_top_k {
    mf_index rows, length, k;
} mf_top_k;

/* Values that compare with nothing (NaN) come last. */
#define MF_TOP_K(suffix, type)                                                 \
    MF_KERNEL void mf_top_k_##suffix(const mf_top_k *p, const type *input,     \
                                     type *values, int32_t *indices) {         \
        for (mf_index row = 0; row < p->rows; row++) {                         \
            const mf_index from = row * p->length;                             \
            mf_index last = -1;                                                \
            for (mf_index j = 0; j < p->k; j++) {                              \
                mf_index best = -1;                                            \
                for (mf_index i = 0; i < p->length; i++) {                     \
                    const type x = input[from + i];                            \
                    const int is_left = last < 0 || x < input[from + last] ||  \
                                        (x == input[from + last] && i > last); \
                    if (is_left &&                                             \
                        (best < 0 ? x == x : x > input[from + best])) {        \
                        best = i;                                              \
                    }                                                          \
                }                                                              \
                /* Nothing but NaN is left. */                                 \
                last = best < 0 ? (last < 0 ? 0 : last) : best;                \
                values[row * p->k + j] = input[from + last];                   \
                indices[row * p->k + j] = (int32_t)last;                       \
            }                                                                  \
        }                                                                      \
    }

MF_TOP_K(s8, int8_t)
MF_TOP_K(u8, uint8_t)
MF_TOP_K(s16, int16_t)
MF_TOP_K(s32, int32_t)
MF_TOP_K(s64, int64_t)
MF_TOP_K(f32, float)

#endif
