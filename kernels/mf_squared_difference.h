/* SQUARED_DIFFERENCE: output = (a - b)^2, quantised in the steps of ADD. */
#ifndef MF_SQUARED_DIFFERENCE_H
#define MF_SQUARED_DIFFERENCE_H

#include "mf_add.h"

/* The square fits: at compile time. */
MF_INLINE int32_t mf_squared_difference_value(const mf_add *p, int32_t a,
                                              int32_t b, int left) {
    const int32_t difference = mf_add_a(p, a, left) - mf_add_b(p, b, left);
    return mf_add_output(p, difference * difference);
}

MF_INLINE int8_t mf_squared_difference_value_s8(const mf_add *p, int8_t a,
                                                int8_t b) {
    return (int8_t)mf_squared_difference_value(p, a, b, 7);
}
MF_INLINE int16_t mf_squared_difference_value_s16(const mf_add *p, int16_t a,
                                                  int16_t b) {
    return (int16_t)mf_squared_difference_value(p, a, b, 0);
}
MF_INLINE int32_t mf_squared_difference_value_s32(const mf_broadcast_plain *p,
                                                  int32_t a, int32_t b) {
    const uint32_t difference = (uint32_t)a - (uint32_t)b;
    (void)p;
    return mf_wrap_s32(difference * difference);
}
MF_INLINE float mf_squared_difference_value_f32(const mf_broadcast_plain *p,
                                                float a, float b) {
    const float difference = a - b;
    (void)p;
    return difference * difference;
}

MF_BROADCAST_KERNEL(mf_squared_difference_s8, mf_add, int8_t, s8,
                    mf_squared_difference_value_s8)
MF_BROADCAST_KERNEL(mf_squared_difference_s16, mf_add, int16_t, s16,
                    mf_squared_difference_value_s16)
MF_BROADCAST_KERNEL(mf_squared_difference_s32, mf_broadcast_plain, int32_t, s32,
                    mf_squared_difference_value_s32)
MF_BROADCAST_KERNEL(mf_squared_difference_f32, mf_broadcast_plain, float, f32,
                    mf_squared_difference_value_f32)

#endif
