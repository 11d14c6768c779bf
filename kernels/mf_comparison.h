/* EQUAL, NOT_EQUAL, GREATER, GREATER_EQUAL, LESS, LESS_EQUAL: 1 or 0.
 *
 * Quantised values are compared as real numbers in fixed point: less their zero
 * points, times 256, scaled and rounded. */
#ifndef MF_COMPARISON_H
#define MF_COMPARISON_H

#include "mf_broadcast.h"

typedef struct mf_comparison {
    mf_broadcast shape;
    int32_t a_zero_point, a_multiplier, a_shift;
    int32_t b_zero_point, b_multiplier, b_shift;
} mf_comparison;

MF_INLINE int32_t mf_comparison_a(const mf_comparison *p, int32_t a) {
    return mf_scale((a - p->a_zero_point) * 256, p->a_multiplier,
                    (int)p->a_shift);
}
MF_INLINE int32_t mf_comparison_b(const mf_comparison *p, int32_t b) {
    return mf_scale((b - p->b_zero_point) * 256, p->b_multiplier,
                    (int)p->b_shift);
}

#define MF_COMPARISON_PLAIN(name, compares, type, suffix)                      \
    MF_INLINE uint8_t name##_value_##suffix(const mf_broadcast_plain *p,       \
                                            type a, type b) {                  \
        (void)p;                                                               \
        return (uint8_t)(a compares b);                                        \
    }                                                                          \
    MF_BROADCAST_KERNEL_TO(name##_##suffix, mf_broadcast_plain, type, suffix,  \
                           uint8_t, name##_value_##suffix)

#define MF_COMPARISON(name, compares)                                          \
    MF_INLINE uint8_t name##_scaled(const mf_comparison *p, int32_t a,         \
                                    int32_t b) {                               \
        return (uint8_t)(mf_comparison_a(p, a)                                 \
                             compares mf_comparison_b(p, b));                  \
    }                                                                          \
    MF_BROADCAST_KERNEL_TO(name##_s8, mf_comparison, int8_t, s8, uint8_t,      \
                           name##_scaled)                                      \
    MF_BROADCAST_KERNEL_TO(name##_s16, mf_comparison, int16_t, s16, uint8_t,   \
                           name##_scaled)                                      \
    MF_COMPARISON_PLAIN(name, compares, int32_t, s32)                          \
    MF_COMPARISON_PLAIN(name, compares, int64_t, s64)                          \
    MF_COMPARISON_PLAIN(name, compares, float, f32)

MF_COMPARISON(mf_equal, ==)
MF_COMPARISON(mf_not_equal, !=)
MF_COMPARISON(mf_greater, >)
MF_COMPARISON(mf_greater_equal, >=)
MF_COMPARISON(mf_less, <)
MF_COMPARISON(mf_less_equal, <=)

/* Booleans. */
MF_COMPARISON_PLAIN(mf_equal, ==, uint8_t, u8)
MF_COMPARISON_PLAIN(mf_not_equal, !=, uint8_t, u8)

#endif
