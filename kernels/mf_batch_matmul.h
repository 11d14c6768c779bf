/* BATCH_MATMUL: products of matrices, one a batch; both may be transposed, and
 * batches of either repeated.
 *
 * a[m][k] of a batch is at m * a_row + k * a_depth from its start, b[k][n] at
 * k * b_depth + n * b_column. */
#ifndef MF_BATCH_MATMUL_H
#define MF_BATCH_MATMUL_H

#include "mf_broadcast.h"

typedef struct mf_matmul {
    mf_index rows, depth, columns;
    mf_index a_row, a_depth, b_depth, b_column;
    mf_broadcast batch; /* of the matrices: steps and strides are in elements */
} mf_matmul;

typedef struct mf_batch_matmul {
    mf_matmul matmul;
    int32_t a_zero_point, b_zero_point, output_zero_point; /* 0 on int16 */
    int32_t multiplier, shift; /* on int16 the multiplier has 16 bits */
} mf_batch_matmul;

typedef struct mf_batch_matmul_float {
    mf_matmul matmul;
} mf_batch_matmul_float;

/* An element, of the constants or of what was computed. */
#define MF_MATMUL_A(suffix, at)                                                \
    (s->a_constant ? mf_load_##suffix(a + (at)) : a[at])
#define MF_MATMUL_B(suffix, at)                                                \
    (s->b_constant ? mf_load_##suffix(b + (at)) : b[at])

/* STEP adds the product of x and y to `sum`, which begins as 0; RESULT makes an
 * output of it.  name_one() multiplies two matrices, to row `row` of all. */
#define MF_MATMUL_KERNEL(name, params, type, suffix, sum_type, step, result)   \
    MF_INLINE void name##_one(const params *p, const type *a, mf_index a_at,   \
                              const type *b, mf_index b_at, type *output,      \
                              mf_index row) {                                  \
        const mf_matmul *m = &p->matmul;                                       \
        const mf_broadcast *s = &m->batch;                                     \
        for (mf_index i = 0; i < m->rows; i++) {                               \
            for (mf_index j = 0; j < m->columns; j++) {                        \
                sum_type sum = 0;                                              \
                /*@ loop unroll 99999; */                                      \
                for (mf_index k = 0; k < m->depth; k++) {                      \
                    const type x = MF_MATMUL_A(suffix, a_at + i * m->a_row +   \
                                                           k * m->a_depth);    \
                    const type y = MF_MATMUL_B(suffix, b_at + k * m->b_depth + \
                                                           j * m->b_column);   \
                    sum = (step);                                              \
                }                                                              \
                output[(row + i) * m->columns + j] = (result);                 \
            }                                                                  \
        }                                                                      \
    }                                                                          \
    MF_KERNEL void name(const params *p, const type *a, const type *b,         \
                        type *output) {                                        \
        const mf_matmul *m = &p->matmul;                                       \
        const mf_broadcast *s = &m->batch;                                     \
        for (mf_index outer = 0; outer < s->rows; outer++) {                   \
            const mf_index a_start =                                           \
                mf_broadcast_start(s, s->a_stride, outer);                     \
            const mf_index b_start =                                           \
                mf_broadcast_start(s, s->b_stride, outer);                     \
            for (mf_index inner = 0; inner < s->columns; inner++) {            \
                name##_one(p, a, a_start + inner * s->a_step, b,               \
                           b_start + inner * s->b_step, output,                \
                           (outer * s->columns + inner) * m->rows);            \
            }                                                                  \
        }                                                                      \
    }

MF_MATMUL_KERNEL(mf_batch_matmul_s8, mf_batch_matmul, int8_t, s8, int32_t,
                 sum + (x - p->a_zero_point) * (y - p->b_zero_point),
                 (int8_t)mf_clamp(mf_scale(sum, p->multiplier, (int)p->shift) +
                                      p->output_zero_point,
                                  INT8_MIN, INT8_MAX))
MF_MATMUL_KERNEL(mf_batch_matmul_s16, mf_batch_matmul, int16_t, s16, int64_t,
                 sum + (int32_t)x * y,
                 (int16_t)mf_scale_s64(sum, (int16_t)p->multiplier,
                                       (int)p->shift, INT16_MIN, INT16_MAX))
MF_MATMUL_KERNEL(mf_batch_matmul_f32, mf_batch_matmul_float, float, f32, float,
                 sum + x * y, sum)

#endif
