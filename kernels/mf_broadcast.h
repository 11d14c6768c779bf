/* Operators of two inputs, value by value, where an input may be repeated
 * along dimensions in which it has size 1: the loops, once for all of them.
 *
 * A kernel is made by MF_BROADCAST_KERNEL from a function of two values:
 *
 *     MF_INLINE int8_t mf_x_value_s8(const mf_x *p, int8_t a, int8_t b);
 *     MF_BROADCAST_KERNEL(mf_x_s8, mf_x, int8_t, s8, mf_x_value_s8)
 *
 * gives mf_x_s8(const mf_x *p, const int8_t *a, const int8_t *b,
 *               int8_t *output); mf_x has a member `mf_broadcast shape`.
 * The output may start where an input of its own size starts. */
#ifndef MF_BROADCAST_H
#define MF_BROADCAST_H

#include "mf_core.h"

/* The output as rows of values.  Along a row an input's position moves by its
 * step, 1 or 0.  The rows are counted off by up to 5 outer dimensions, the
 * innermost first; strides are in elements, 0 where an input is repeated.
 * Inputs of the output's own shape make one row with no outer dimensions. */
typedef struct mf_broadcast {
    mf_index rows, columns;
    mf_index a_step, b_step;
    mf_index outer; /* dimensions that count the rows */
    mf_index dim[5];
    mf_index a_stride[5], b_stride[5];
    mf_index a_constant, b_constant; /* 1: read with mf_load_* */
} mf_broadcast;

/* Where a row of an input starts. */
MF_INLINE mf_index mf_broadcast_start(const mf_broadcast *shape,
                                      const mf_index *stride, mf_index row) {
    mf_index start = 0;
    if (shape->outer == 0) {
        return 0;
    }
    //@ loop unroll 99999;
    for (mf_index i = 0; i < shape->outer - 1; i++) {
        start += row % shape->dim[i] * stride[i];
        row /= shape->dim[i];
    }
    return start + row * stride[shape->outer - 1];
}

#define MF_BROADCAST_KERNEL(name, params, type, suffix, value)                 \
    MF_BROADCAST_KERNEL_TO(name, params, type, suffix, type, value)

/* The same with outputs of another type. */
#define MF_BROADCAST_KERNEL_TO(name, params, type, suffix, output_type, value) \
    MF_KERNEL void name(const params *p, const type *a, const type *b,         \
                        output_type *output) {                                 \
        const mf_broadcast *s = &p->shape;                                     \
        for (mf_index row = 0; row < s->rows; row++) {                         \
            const mf_index a_at = mf_broadcast_start(s, s->a_stride, row);     \
            const mf_index b_at = mf_broadcast_start(s, s->b_stride, row);     \
            for (mf_index i = 0; i < s->columns; i++) {                        \
                const mf_index j = a_at + i * s->a_step;                       \
                const mf_index k = b_at + i * s->b_step;                       \
                const type x = s->a_constant ? mf_load_##suffix(a + j) : a[j]; \
                const type y = s->b_constant ? mf_load_##suffix(b + k) : b[k]; \
                output[row * s->columns + i] = value(p, x, y);                 \
            }                                                                  \
        }                                                                      \
    }

/* Integers without quantisation wrap around; then int32, as float, is clamped
 * by the fused activation, whose bounds may be the type's, or infinite. */
typedef struct mf_broadcast_plain {
    mf_broadcast shape;
} mf_broadcast_plain;

typedef struct mf_broadcast_int {
    mf_broadcast shape;
    int32_t activation_min, activation_max;
} mf_broadcast_int;

typedef struct mf_broadcast_float {
    mf_broadcast shape;
    float activation_min, activation_max;
} mf_broadcast_float;

MF_INLINE int32_t mf_broadcast_wrap(const mf_broadcast_int *p, uint32_t x) {
    return mf_clamp(mf_wrap_s32(x), p->activation_min, p->activation_max);
}

MF_INLINE float mf_broadcast_clamp(const mf_broadcast_float *p, float x) {
    return x < p->activation_min   ? p->activation_min
           : x > p->activation_max ? p->activation_max
                                   : x;
}

#endif
