/* SUB: output = activation(a - b), in the steps of ADD. */
#ifndef MF_SUB_H
#define MF_SUB_H

#include "mf_add.h"

MF_INLINE int8_t mf_sub_value_s8(const mf_add *p, int8_t a, int8_t b) {
    return (int8_t)mf_add_output(p, mf_add_a(p, a, 20) - mf_add_b(p, b, 20));
}
MF_INLINE int16_t mf_sub_value_s16(const mf_add *p, int16_t a, int16_t b) {
    return (int16_t)mf_add_output(p, mf_add_a(p, a, 15) - mf_add_b(p, b, 15));
}
MF_INLINE int32_t mf_sub_value_s32(const mf_broadcast_int *p, int32_t a,
                                   int32_t b) {
    return mf_broadcast_wrap(p, (uint32_t)a - (uint32_t)b);
}
MF_INLINE int64_t mf_sub_value_s64(const mf_broadcast_plain *p, int64_t a,
                                   int64_t b) {
    (void)p;
    return mf_wrap_s64((uint64_t)a - (uint64_t)b);
}
MF_INLINE float mf_sub_value_f32(const mf_broadcast_float *p, float a,
                                 float b) {
    return mf_broadcast_clamp(p, a - b);
}

MF_BROADCAST_KERNEL(mf_sub_s8, mf_add, int8_t, s8, mf_sub_value_s8)
MF_BROADCAST_KERNEL(mf_sub_s16, mf_add, int16_t, s16, mf_sub_value_s16)
MF_BROADCAST_KERNEL(mf_sub_s32, mf_broadcast_int, int32_t, s32,
                    mf_sub_value_s32)
MF_BROADCAST_KERNEL(mf_sub_s64, mf_broadcast_plain, int64_t, s64,
                    mf_sub_value_s64)
MF_BROADCAST_KERNEL(mf_sub_f32, mf_broadcast_float, float, f32,
                    mf_sub_value_f32)

#endif
