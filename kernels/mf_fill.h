/* Gives blocks of elements one value: PAD's border.
 *
 * For every index i up to and including last, in all dimensions: `run` elements
 * of the output from offset + sum(i * strides) on become value[0], which is a
 * constant. */
#ifndef MF_FILL_H
#define MF_FILL_H

#include "mf_core.h"

/* All in elements, innermost dimension first; what is unused is 0. */
typedef struct mf_fill {
    mf_index last[5]; /* blocks less 1 */
    mf_index strides[5];
    mf_index offset;
    mf_index run;
} mf_fill;

/* The loops are the same for every type of element. */
#define MF_FILL(p, x, output)                                                  \
    for (mf_index i4 = 0; i4 <= (p)->last[4]; i4++) {                          \
        const mf_index a4 = (p)->offset + i4 * (p)->strides[4];                \
        for (mf_index i3 = 0; i3 <= (p)->last[3]; i3++) {                      \
            const mf_index a3 = a4 + i3 * (p)->strides[3];                     \
            for (mf_index i2 = 0; i2 <= (p)->last[2]; i2++) {                  \
                const mf_index a2 = a3 + i2 * (p)->strides[2];                 \
                for (mf_index i1 = 0; i1 <= (p)->last[1]; i1++) {              \
                    const mf_index a1 = a2 + i1 * (p)->strides[1];             \
                    for (mf_index i0 = 0; i0 <= (p)->last[0]; i0++) {          \
                        const mf_index a0 = a1 + i0 * (p)->strides[0];         \
                        for (mf_index k = 0; k < (p)->run; k++) {              \
                            (output)[a0 + k] = (x);                            \
                        }                                                      \
                    }                                                          \
                }                                                              \
            }                                                                  \
        }                                                                      \
    }

/* Elements of one byte, whatever their type. */
MF_KERNEL void mf_fill_u8(const mf_fill *p, const uint8_t *value,
                          uint8_t *output) {
    const uint8_t x = mf_load_u8(value);
    MF_FILL(p, x, output)
}

MF_KERNEL void mf_fill_s16(const mf_fill *p, const int16_t *value,
                           int16_t *output) {
    const int16_t x = mf_load_s16(value);
    MF_FILL(p, x, output)
}

MF_KERNEL void mf_fill_s32(const mf_fill *p, const int32_t *value,
                           int32_t *output) {
    const int32_t x = mf_load_s32(value);
    MF_FILL(p, x, output)
}

MF_KERNEL void mf_fill_s64(const mf_fill *p, const int64_t *value,
                           int64_t *output) {
    const int64_t x = mf_load_s64(value);
    MF_FILL(p, x, output)
}

MF_KERNEL void mf_fill_f32(const mf_fill *p, const float *value,
                           float *output) {
    const float x = mf_load_f32(value);
    MF_FILL(p, x, output)
}

#endif
