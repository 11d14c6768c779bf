/* CAST: the same numbers in another type.
 *
 * Integers keep their low bits, as in two's complement.  Floats lose their
 * fraction; what does not fit 32 bits (64 for an output of 64) becomes the
 * nearest number that does, NaN becomes 0; narrower outputs then keep the low
 * bits.  Booleans are 0 and 1; whatever is not 0 is true. */
#ifndef MF_CAST_H
#define MF_CAST_H

#include "mf_core.h"

typedef struct mf_cast {
    mf_index count;
} mf_cast;

/* --- to one type from the low bits of any integer --- */

MF_INLINE uint8_t mf_low_u8(uint32_t bits) {
    return (uint8_t)(bits & 0xffu);
}
MF_INLINE int8_t mf_low_s8(uint32_t bits) {
    const int16_t x = (int16_t)(bits & 0xffu);
    return (int8_t)(x > 127 ? x - 256 : x);
}
MF_INLINE uint16_t mf_low_u16(uint32_t bits) {
    return (uint16_t)(bits & 0xffffu);
}
MF_INLINE int16_t mf_low_s16(uint32_t bits) {
    const int32_t x = (int32_t)(bits & 0xffffu);
    return (int16_t)(x > 32767 ? x - 65536 : x);
}
/* --- from float --- */

MF_INLINE int32_t mf_truncate_s32(float x) {
    if (x != x) { /* NaN */
        return 0;
    }
    return x <= -2147483648.0f  ? -2147483647 - 1
           : x >= 2147483648.0f ? 2147483647
                                : (int32_t)x;
}
MF_INLINE int64_t mf_truncate_s64(float x) {
    if (x != x) {
        return 0;
    }
    return x <= -9223372036854775808.0f  ? -INT64_C(9223372036854775807) - 1
           : x >= 9223372036854775808.0f ? INT64_C(9223372036854775807)
                                         : (int64_t)x;
}

MF_INLINE uint32_t mf_truncate_u32(float x) {
    return !(x > 0.0f) ? 0 : x >= 4294967296.0f ? UINT32_MAX : (uint32_t)x;
}

/* mf_cast_s32_f32 and so on: `from` to `to`; x is the input's element.  Where
 * the output's elements are bytes it may start where the input starts. */
#define MF_CAST(from, from_type, to, to_type, value)                           \
    MF_KERNEL void mf_cast_##from##_##to(                                      \
        const mf_cast *p, const from_type *input, to_type *output) {           \
        for (mf_index i = 0; i < p->count; i++) {                              \
            const from_type x = input[i];                                      \
            output[i] = (value);                                               \
        }                                                                      \
    }

#define MF_CAST_FROM_INTEGER(from, from_type)                                  \
    MF_CAST(from, from_type, s8, int8_t, mf_low_s8((uint32_t)x))               \
    MF_CAST(from, from_type, u8, uint8_t, mf_low_u8((uint32_t)x))              \
    MF_CAST(from, from_type, s16, int16_t, mf_low_s16((uint32_t)x))            \
    MF_CAST(from, from_type, u16, uint16_t, mf_low_u16((uint32_t)x))           \
    MF_CAST(from, from_type, s32, int32_t, mf_wrap_s32((uint32_t)x))           \
    MF_CAST(from, from_type, u32, uint32_t, (uint32_t)x)                       \
    MF_CAST(from, from_type, s64, int64_t, (int64_t)x)                         \
    MF_CAST(from, from_type, f32, float, (float)x)                             \
    MF_CAST(from, from_type, bool, uint8_t, (uint8_t)(x != 0))

MF_CAST_FROM_INTEGER(s8, int8_t)
MF_CAST_FROM_INTEGER(u8, uint8_t)
MF_CAST_FROM_INTEGER(s16, int16_t)
MF_CAST_FROM_INTEGER(u16, uint16_t)
MF_CAST_FROM_INTEGER(s32, int32_t)
MF_CAST_FROM_INTEGER(u32, uint32_t)
MF_CAST_FROM_INTEGER(s64, int64_t)

MF_CAST(f32, float, s8, int8_t, mf_low_s8((uint32_t)mf_truncate_s32(x)))
MF_CAST(f32, float, u8, uint8_t, mf_low_u8((uint32_t)mf_truncate_s32(x)))
MF_CAST(f32, float, s16, int16_t, mf_low_s16((uint32_t)mf_truncate_s32(x)))
MF_CAST(f32, float, u16, uint16_t, mf_low_u16((uint32_t)mf_truncate_s32(x)))
MF_CAST(f32, float, s32, int32_t, mf_truncate_s32(x))
MF_CAST(f32, float, u32, uint32_t, mf_truncate_u32(x))
MF_CAST(f32, float, s64, int64_t, mf_truncate_s64(x))
MF_CAST(f32, float, bool, uint8_t, (uint8_t)(x != 0.0f))

#endif
