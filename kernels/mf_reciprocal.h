/* What division in fixed point is made of: three steps of Newton's method, as
 * the reference takes them. */
#ifndef MF_RECIPROCAL_H
#define MF_RECIPROCAL_H

#include "mf_core.h"

/* x > 0 as value / 2^zeros, the value with its highest bit set. */
typedef struct mf_normal {
    uint32_t value;
    int zeros;
} mf_normal;

MF_INLINE mf_normal mf_normalize(uint32_t x) {
    mf_normal normal = {x, 0};
    //@ loop unroll 31;
    while (normal.value < (uint32_t)1 << 31 && normal.zeros < 31) {
        normal.value *= 2;
        normal.zeros++;
    }
    return normal;
}

/* The cases of x that a prover looks at one by one, which is all there are. */
#define MF_RECIPROCAL_CASE(x, n) ((n) <= (x) && (x) < (n) + 0x8000000)
#define MF_RECIPROCAL_CASES_4(x, n)                                            \
    MF_RECIPROCAL_CASE(x, n) || MF_RECIPROCAL_CASE(x, (n) + 0x8000000) ||      \
        MF_RECIPROCAL_CASE(x, (n) + 0x10000000) ||                             \
        MF_RECIPROCAL_CASE(x, (n) + 0x18000000)
#define MF_RECIPROCAL_CASES(x)                                                 \
    MF_RECIPROCAL_CASES_4(x, 0) || MF_RECIPROCAL_CASES_4(x, 0x20000000) ||     \
        MF_RECIPROCAL_CASES_4(x, 0x40000000) ||                                \
        MF_RECIPROCAL_CASES_4(x, 0x60000000)

/* 1 / (1 + x) for x in [0, 1), both in Q0.31. */
MF_INLINE int32_t mf_reciprocal(int32_t x) {
    /* Half of 1 + x; then 48/17 - 32/17 * half, the usual first estimate of
     * its reciprocal, in Q2.29. */
    //@ slevel 1000;
    //@ assert MF_RECIPROCAL_CASES(x);
    const int32_t half = (int32_t)(((int64_t)x + INT32_MAX + 1) / 2);
    int32_t y = 1515870810 + mf_multiply_high(half, -1010580540);
    //@ loop unroll 3;
    for (int i = 0; i < 3; i++) {
        const int32_t error = ((int32_t)1 << 29) - mf_multiply_high(half, y);
        y += mf_multiply_high(y, error) * 4;
    }
    return y > INT32_MAX / 2 ? INT32_MAX : y * 2;
}

#endif
