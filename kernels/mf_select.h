/* SELECT and SELECT_V2: a where the condition is true, else b; each of the
 * three may be broadcast. */
#ifndef MF_SELECT_H
#define MF_SELECT_H

#include "mf_broadcast.h"

typedef struct mf_select {
    mf_broadcast shape;
    mf_index condition_step; /* the condition's, as a_step and so on */
    mf_index condition_stride[5];
    mf_index condition_constant;
} mf_select;

/* The output may start where an input of its size in bytes starts. */
#define MF_SELECT(suffix, type)                                                \
    MF_KERNEL void mf_select_##suffix(const mf_select *p,                      \
                                      const uint8_t *condition, const type *a, \
                                      const type *b, type *output) {           \
        const mf_broadcast *s = &p->shape;                                     \
        for (mf_index row = 0; row < s->rows; row++) {                         \
            const mf_index at =                                                \
                mf_broadcast_start(s, p->condition_stride, row);               \
            const mf_index a_at = mf_broadcast_start(s, s->a_stride, row);     \
            const mf_index b_at = mf_broadcast_start(s, s->b_stride, row);     \
            for (mf_index i = 0; i < s->columns; i++) {                        \
                const mf_index h = at + i * p->condition_step;                 \
                const mf_index j = a_at + i * s->a_step;                       \
                const mf_index k = b_at + i * s->b_step;                       \
                const uint8_t is = p->condition_constant                       \
                                       ? mf_load_u8(condition + h)             \
                                       : condition[h];                         \
                const type x = s->a_constant ? mf_load_##suffix(a + j) : a[j]; \
                const type y = s->b_constant ? mf_load_##suffix(b + k) : b[k]; \
                output[row * s->columns + i] = is ? x : y;                     \
            }                                                                  \
        }                                                                      \
    }

MF_SELECT(s8, int8_t)
MF_SELECT(u8, uint8_t)
MF_SELECT(s16, int16_t)
MF_SELECT(s32, int32_t)
MF_SELECT(s64, int64_t)
MF_SELECT(f32, float)

#endif
