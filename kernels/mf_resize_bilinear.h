/* RESIZE_BILINEAR: between the four nearest positions of the input, weighted by
 * how near they are.
 *
 * Shapes: input batches x in_h x in_w x depth, output batches x out_h x out_w x
 * depth.  rows and columns, one an output row or column, say where it lies: the
 * input's index, and the fraction of the way to the next one, 0 where there is
 * none; made at compile time.  Integers: fractions of 1024, and the two in one
 * table; floats: fractions in tables of their own. */
#ifndef MF_RESIZE_BILINEAR_H
#define MF_RESIZE_BILINEAR_H

#include "mf_core.h"

typedef struct mf_resize_bilinear {
    mf_index batches, in_h, in_w, out_h, out_w, depth;
} mf_resize_bilinear;

/* The four positions around an output position: indices of channel 0. */
typedef struct mf_resize_corners {
    mf_index top_left, top_right, bottom_left, bottom_right;
} mf_resize_corners;

/* Past the last row or column nothing has any weight: it stands in for what
 * would come next. */
MF_INLINE mf_resize_corners mf_resize_corners_at(const mf_resize_bilinear *p,
                                                 mf_index b, mf_index row,
                                                 mf_index column) {
    const mf_index next_row = row + 1 < p->in_h ? row + 1 : row;
    const mf_index next_column = column + 1 < p->in_w ? column + 1 : column;
    const mf_index top = (b * p->in_h + row) * p->in_w;
    const mf_index bottom = (b * p->in_h + next_row) * p->in_w;
    const mf_resize_corners corners = {
        (top + column) * p->depth, (top + next_column) * p->depth,
        (bottom + column) * p->depth, (bottom + next_column) * p->depth};
    return corners;
}

/* x / 2^20, half away from zero. */
MF_INLINE int32_t mf_resize_round_s32(int32_t x) {
    return (x > 0 ? x + ((int32_t)1 << 19) : x - ((int32_t)1 << 19)) /
           ((int32_t)1 << 20);
}
MF_INLINE int32_t mf_resize_round_s64(int64_t x) {
    return (int32_t)((x > 0 ? x + ((int32_t)1 << 19) : x - ((int32_t)1 << 19)) /
                     ((int32_t)1 << 20));
}

#define MF_RESIZE_BILINEAR(suffix, type, wide, ROUND)                          \
    MF_KERNEL void mf_resize_bilinear_##suffix(                                \
        const mf_resize_bilinear *p, const type *restrict input,               \
        const int16_t *rows, const int16_t *columns, type *restrict output) {  \
        for (mf_index b = 0; b < p->batches; b++) {                            \
            /*@ loop unroll 99999; */                                          \
            for (mf_index y = 0; y < p->out_h; y++) {                          \
                const mf_index row = mf_load_s16(rows + 2 * y);                \
                const int32_t down = mf_load_s16(rows + 2 * y + 1);            \
                /*@ loop unroll 99999; */                                      \
                for (mf_index x = 0; x < p->out_w; x++) {                      \
                    const mf_index column = mf_load_s16(columns + 2 * x);      \
                    const int32_t right = mf_load_s16(columns + 2 * x + 1);    \
                    const mf_resize_corners at =                               \
                        mf_resize_corners_at(p, b, row, column);               \
                    const mf_index out =                                       \
                        ((b * p->out_h + y) * p->out_w + x) * p->depth;        \
                    for (mf_index c = 0; c < p->depth; c++) {                  \
                        const wide top =                                       \
                            (wide)input[at.top_left + c] * (1024 - right) +    \
                            (wide)input[at.top_right + c] * right;             \
                        const wide bottom =                                    \
                            (wide)input[at.bottom_left + c] * (1024 - right) + \
                            (wide)input[at.bottom_right + c] * right;          \
                        output[out + c] =                                      \
                            (type)ROUND(top * (1024 - down) + bottom * down);  \
                    }                                                          \
                }                                                              \
            }                                                                  \
        }                                                                      \
    }

MF_RESIZE_BILINEAR(s8, int8_t, int32_t, mf_resize_round_s32)
MF_RESIZE_BILINEAR(s16, int16_t, int64_t, mf_resize_round_s64)

MF_KERNEL void mf_resize_bilinear_f32(const mf_resize_bilinear *p,
                                      const float *restrict input,
                                      const int16_t *rows, const float *downs,
                                      const int16_t *columns,
                                      const float *rights,
                                      float *restrict output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index y = 0; y < p->out_h; y++) {
            const mf_index row = mf_load_s16(rows + y);
            const float down = mf_load_f32(downs + y);
            for (mf_index x = 0; x < p->out_w; x++) {
                const mf_index column = mf_load_s16(columns + x);
                const float right = mf_load_f32(rights + x);
                const mf_resize_corners at =
                    mf_resize_corners_at(p, b, row, column);
                const mf_index out =
                    ((b * p->out_h + y) * p->out_w + x) * p->depth;
                for (mf_index c = 0; c < p->depth; c++) {
                    output[out + c] =
                        input[at.top_left + c] * (1 - down) * (1 - right) +
                        input[at.bottom_left + c] * down * (1 - right) +
                        input[at.top_right + c] * (1 - down) * right +
                        input[at.bottom_right + c] * down * right;
                }
            }
        }
    }
}

#endif
