/* Functions of one value, value by value: the loop, once for all of them, and
 * those on integers and booleans.  mf_unary_float.h has those on floats; on
 * int8 they are tables (mf_table.h).
 *
 * MF_UNARY_KERNEL(mf_x_s32, int32_t, VALUE) gives mf_x_s32(const mf_unary *p,
 * const int32_t *input, int32_t *output); VALUE is an expression of x.  All may
 * run in place. */
#ifndef MF_UNARY_H
#define MF_UNARY_H

#include "mf_core.h"

typedef struct mf_unary {
    mf_index size; /* elements */
} mf_unary;

#define MF_UNARY_KERNEL(name, type, value)                                     \
    MF_KERNEL void name(const mf_unary *p, const type *input, type *output) {  \
        for (mf_index i = 0; i < p->size; i++) {                               \
            const type x = input[i];                                           \
            output[i] = (value);                                               \
        }                                                                      \
    }

/* -x modulo 2^32 or 2^64: only the least number has no other negative. */
MF_INLINE int32_t mf_negative_s32(int32_t x) {
    return x < -INT32_MAX ? x : -x;
}
MF_INLINE int64_t mf_negative_s64(int64_t x) {
    return x < -INT64_MAX ? x : -x;
}

MF_UNARY_KERNEL(mf_abs_s32, int32_t, x < 0 ? mf_negative_s32(x) : x)
/* Not quantised. */
MF_UNARY_KERNEL(mf_abs_s16, int16_t, x >= 0 || x < -INT16_MAX ? x : (int16_t)-x)
MF_UNARY_KERNEL(mf_neg_s32, int32_t, mf_negative_s32(x))
MF_UNARY_KERNEL(mf_neg_s64, int64_t, mf_negative_s64(x))
MF_UNARY_KERNEL(mf_sign_s32, int32_t, (x > 0) - (x < 0))
MF_UNARY_KERNEL(mf_logical_not_u8, uint8_t, (uint8_t)(x == 0))

#endif
