/* What every kernel stands on: how kernels are inlined, how indices and
 * constants are typed and read, and the fixed-point scaling that defines the
 * results (docs/numerics.md).
 *
 * Kernels are freestanding C99.  `int` may be 16 bits: arithmetic on values is
 * written in int32_t or wider, indices are mf_index. */
#ifndef MF_CORE_H
#define MF_CORE_H

#include <stddef.h>
#include <stdint.h>

/* A kernel is inlined where it is called, so that the literal parameters of
 * the call specialise it. */
#if defined(__GNUC__)
#define MF_INLINE static inline __attribute__((always_inline))
/* Constants that a kernel of one processor family loads several at a time. */
#define MF_ALIGNED(bytes) __attribute__((aligned(bytes)))
#else
#define MF_INLINE static inline
#define MF_ALIGNED(bytes)
#endif
#define MF_KERNEL MF_INLINE

/* Sizes, counts and positions: as wide as the target's addresses. */
typedef ptrdiff_t mf_index;

/* Constants (weights, multipliers, tables) are read through these alone: code
 * made for AVR, which defines MF_CONSTANTS_IN_FLASH, keeps what is MF_CONSTANT
 * in flash, another address space than RAM's, of which these reach the first
 * 64 kB.  Everywhere else a constant is like any other memory. */
#if defined(MF_CONSTANTS_IN_FLASH) && defined(__AVR__)
#define MF_CONSTANT __attribute__((__progmem__))
MF_INLINE uint8_t mf_load_u8(const uint8_t *p) {
    uint8_t x;
    __asm__("lpm %0, Z" : "=r"(x) : "z"(p));
    return x;
}
MF_INLINE int8_t mf_load_s8(const int8_t *p) {
    int8_t x;
    __asm__("lpm %0, Z" : "=r"(x) : "z"(p));
    return x;
}
MF_INLINE int16_t mf_load_s16(const int16_t *p) {
    int16_t x;
    __asm__("lpm %A0, Z+\n\tlpm %B0, Z" : "=r"(x), "+z"(p));
    return x;
}
#define MF_LOAD_4 "lpm %A0, Z+\n\tlpm %B0, Z+\n\tlpm %C0, Z+\n\tlpm %D0, Z"
MF_INLINE int32_t mf_load_s32(const int32_t *p) {
    int32_t x;
    __asm__(MF_LOAD_4 : "=r"(x), "+z"(p));
    return x;
}
MF_INLINE float mf_load_f32(const float *p) {
    float x;
    __asm__(MF_LOAD_4 : "=r"(x), "+z"(p));
    return x;
}
MF_INLINE int64_t mf_load_s64(const int64_t *p) {
    const uint64_t low = (uint32_t)mf_load_s32((const int32_t *)p);
    const uint64_t high = (uint32_t)mf_load_s32((const int32_t *)p + 1);
    return (int64_t)(high << 32 | low);
}
#else
#define MF_CONSTANT
MF_INLINE int8_t mf_load_s8(const int8_t *p) {
    return *p;
}
MF_INLINE uint8_t mf_load_u8(const uint8_t *p) {
    return *p;
}
MF_INLINE int16_t mf_load_s16(const int16_t *p) {
    return *p;
}
MF_INLINE int32_t mf_load_s32(const int32_t *p) {
    return *p;
}
MF_INLINE int64_t mf_load_s64(const int64_t *p) {
    return *p;
}
MF_INLINE float mf_load_f32(const float *p) {
    return *p;
}
#endif
MF_INLINE mf_index mf_load_index(const mf_index *p) {
#if defined(MF_CONSTANTS_IN_FLASH) && defined(__AVR__)
    return mf_load_s16(p);
#else
    return *p;
#endif
}

MF_INLINE int32_t mf_clamp(int32_t x, int32_t min, int32_t max) {
    return x < min ? min : x > max ? max : x;
}

/* The int32 that equals x modulo 2^32, the int64 that does modulo 2^64. */
MF_INLINE int32_t mf_wrap_s32(uint32_t x) {
    return x <= (uint32_t)INT32_MAX ? (int32_t)x
                                    : -1 - (int32_t)(UINT32_MAX - x);
}

MF_INLINE int64_t mf_wrap_s64(uint64_t x) {
    return x <= (uint64_t)INT64_MAX ? (int64_t)x
                                    : -1 - (int64_t)(UINT64_MAX - x);
}

/* NaN stays NaN. */
MF_INLINE float mf_clamp_f32(float x, float min, float max) {
    return x < min ? min : max < x ? max : x;
}

/* floor(x / 2^n), 0 <= n <= 62, without relying on how the compiler shifts
 * negative numbers (C99 leaves that to the implementation; every compiler
 * turns this into its arithmetic shift). */
MF_INLINE int64_t mf_shift_right_s64(int64_t x, int n) {
    return x < 0 ? -1 - (int64_t)((uint64_t)(-1 - x) >> n)
                 : (int64_t)((uint64_t)x >> n);
}
MF_INLINE int32_t mf_shift_right_s32(int32_t x, int n) {
    return x < 0 ? -1 - (int32_t)((uint32_t)(-1 - x) >> n)
                 : (int32_t)((uint32_t)x >> n);
}

/* round(x * a / 2^31), ties upward: gemmlowp's saturating rounding doubling
 * high multiply, of which the compiler excludes the one case that saturates
 * (a is never INT32_MIN here). */
#if defined(__AVR__)
/* Without 64-bit arithmetic, which takes AVR longer. */
MF_INLINE uint32_t mf_magnitude(int32_t x) {
    return x < 0 ? 0 - (uint32_t)x : (uint32_t)x;
}
MF_INLINE int32_t mf_multiply_high_16(int32_t x, int32_t a) {
    const uint32_t u = mf_magnitude(x), v = mf_magnitude(a);
    const uint32_t low = (uint32_t)(uint16_t)u * (uint16_t)v;
    const uint32_t a_middle = (uint32_t)(uint16_t)u * (uint16_t)(v >> 16);
    const uint32_t b_middle = (uint32_t)(uint16_t)(u >> 16) * (uint16_t)v;
    const uint32_t middle =
        (low >> 16) + (uint16_t)a_middle + (uint16_t)b_middle;
    const int is_negative = (x < 0) != (a < 0);
    uint32_t high = (uint32_t)(uint16_t)(u >> 16) * (uint16_t)(v >> 16) +
                    (a_middle >> 16) + (b_middle >> 16) + (middle >> 16);
    uint32_t rest = middle << 16 | (uint16_t)low;
    /* Ties upward: less to be added where the result will be negated. */
    const uint32_t half = ((uint32_t)1 << 30) - (is_negative ? 1 : 0);
    rest += half;
    high += rest < half ? 1 : 0;
    const int32_t y = (int32_t)(high << 1 | rest >> 31);
    return is_negative ? -y : y;
}
/* One function for factors that are not literals, which would not shorten it.
 */
static __attribute__((noinline, unused)) int32_t
mf_multiply_high_called(int32_t x, int32_t a) {
    return mf_multiply_high_16(x, a);
}
MF_INLINE int32_t mf_multiply_high(int32_t x, int32_t a) {
    return __builtin_constant_p(a) ? mf_multiply_high_16(x, a)
                                   : mf_multiply_high_called(x, a);
}
MF_INLINE int32_t mf_round_shift(int32_t x, int n) {
    if (n == 0) {
        return x;
    }
    const int32_t y =
        (int32_t)((mf_magnitude(x) + ((uint32_t)1 << (n - 1))) >> n);
    return x < 0 ? -y : y;
}
#else
MF_INLINE int32_t mf_multiply_high(int32_t x, int32_t a) {
    return (int32_t)mf_shift_right_s64((int64_t)x * a + ((int64_t)1 << 30), 31);
}

/* round(x / 2^n), half away from zero, 0 <= n <= 31. */
MF_INLINE int32_t mf_round_shift(int32_t x, int n) {
    if (n == 0) {
        return x;
    }
    return (int32_t)mf_shift_right_s64(
        (int64_t)x + ((int64_t)1 << (n - 1)) - (x < 0 ? 1 : 0), n);
}
#endif

/* x * multiplier * 2^(shift - 31), rounded as the reference rounds: the one
 * definition of requantisation.  shift lies in [-31, 30]; |x| * 2^shift fits
 * int32_t (held at compile time). */
MF_INLINE int32_t mf_scale(int32_t x, int32_t multiplier, int shift) {
    if (shift > 0) {
        return mf_multiply_high(x * ((int32_t)1 << shift), multiplier);
    }
    return mf_round_shift(mf_multiply_high(x, multiplier), -shift);
}

/* The same for the 64-bit accumulators of 16-bit data: x * multiplier *
 * 2^(shift - 15), rounded half up, brought within [min, max].  shift lies in
 * [-31, 7]; |x| < 2^47 (held at compile time). */
MF_INLINE int32_t mf_scale_s64(int64_t x, int16_t multiplier, int shift,
                               int32_t min, int32_t max) {
    const int64_t y = mf_shift_right_s64(
        x * multiplier + ((int64_t)1 << (14 - shift)), 15 - shift);
    return y < min ? min : y > max ? max : (int32_t)y;
}

#endif
