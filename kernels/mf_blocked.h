/* Sums of products on 32-bit cores whose multiplier takes one pair of numbers
 * at a time (Cortex-M0, M3, RV32IM): two data share a word, so that one
 * multiplication by a weight makes two products.
 *
 * A word x holds the data of two pixels, first + 2^16 * second.
 * Of a sum t of such words times weights, whose fields fit 16 bits unsigned,
 * two things are added up: t itself and t >> 16.  The one is the sum of the
 * second fields, S1; the other S0 + 2^16 * S1 modulo 2^32, which gives S0.
 *
 * Fields are kept from being negative in one of two ways:
 * - pairs: two taps are added up, and 2^15 to each field.  Weights w and v of a
 *   pair keep |w| + |v| <= 255, so that the field stays within 128 * 255.
 * - offset: data and weights have 128 added; one tap at a time.  Fewer
 *   registers and no sign extension: for Armv6-M.
 *
 * All is plain C, the same on every target. */
#ifndef MF_BLOCKED_H
#define MF_BLOCKED_H

#include "mf_core.h"

/* Keeps the compiler from folding or reordering what made `x`: it knows better
 * what is short in general than for a loop of multiply-accumulates.  With many
 * registers it is enough that loads stay where they are (MF_KEEP_LOADS). */
#if defined(__riscv) && defined(__riscv_mul)
#define MF_KEEP(x)      (void)(x)
#define MF_KEEP_2(x, y) (void)(x), (void)(y)
#define MF_KEEP_LOADS() __asm__ volatile("" : : : "memory")
#elif defined(__GNUC__)
#define MF_KEEP(x)      __asm__("" : "+r"(x))
#define MF_KEEP_2(x, y) __asm__("" : "+r"(x), "+r"(y))
#define MF_KEEP_LOADS() (void)0
#else
#define MF_KEEP(x)      (void)(x)
#define MF_KEEP_2(x, y) (void)(x), (void)(y)
#define MF_KEEP_LOADS() (void)0
#endif

/* Sums of two pixels: their second fields, and all of the words. */
typedef struct mf_blocked_sum {
    uint32_t total, second;
} mf_blocked_sum;

MF_INLINE int32_t mf_blocked_word(int32_t first, int32_t second) {
    return first + second * INT32_C(0x10000);
}

/* What the pixels start from. */
MF_INLINE mf_blocked_sum mf_blocked_start(uint32_t first, uint32_t second) {
    const mf_blocked_sum sum = {first + (second << 16), second};
    return sum;
}

/* x modulo 2^32 as a signed number. */
MF_INLINE int32_t mf_blocked_signed(uint32_t x) {
    return x <= INT32_MAX ? (int32_t)x : -1 - (int32_t)(UINT32_MAX - x);
}
MF_INLINE int32_t mf_blocked_first(const mf_blocked_sum *sum) {
    return mf_blocked_signed(sum->total - (sum->second << 16));
}
MF_INLINE int32_t mf_blocked_second(const mf_blocked_sum *sum) {
    return mf_blocked_signed(sum->second);
}

MF_INLINE void mf_blocked_add(mf_blocked_sum *sum, uint32_t t) {
    sum->total += t;
    sum->second += t >> 16;
}

/* Joins input[a ...] and input[b ...], n of each, to x[to ...]. */
MF_INLINE void mf_blocked_join(const int8_t *input, mf_index a, mf_index b,
                               mf_index n, int32_t *x, mf_index to) {
    mf_index k = 0;
    //@ loop invariant 0 <= k <= n;
    for (; k + 4 <= n; k += 4) {
        x[to + k] = mf_blocked_word(input[a + k], input[b + k]);
        x[to + k + 1] = mf_blocked_word(input[a + k + 1], input[b + k + 1]);
        x[to + k + 2] = mf_blocked_word(input[a + k + 2], input[b + k + 2]);
        x[to + k + 3] = mf_blocked_word(input[a + k + 3], input[b + k + 3]);
    }
    for (; k < n; k++) {
        x[to + k] = mf_blocked_word(input[a + k], input[b + k]);
    }
}

/* --- pairs --- */

/* 2^15 in each field: sums start from it in each pair of taps; a bias counts
 * MF_BLOCKED_HALF less for each. */
#define MF_BLOCKED_HALVES UINT32_C(0x80008000)
#define MF_BLOCKED_HALF   INT32_C(0x8000)

/* The words of two taps times their weights.  The halves go through the sum, so
 * that products wait for the ones before: there are no registers for more. */
MF_INLINE void mf_blocked_pair(mf_blocked_sum *sum, uint32_t *halves,
                               uint32_t x, int32_t w, uint32_t y, int32_t v) {
    uint32_t t = *halves + x * (uint32_t)w;
    MF_KEEP(t); /* two multiply-accumulates */
    t += y * (uint32_t)v;
    mf_blocked_add(sum, t);
    MF_KEEP_2(sum->total, sum->second);
    MF_KEEP_2(sum->second, *halves);
}

/* A single tap, by any weight. */
MF_INLINE void mf_blocked_tap(mf_blocked_sum *sum, uint32_t *halves, uint32_t x,
                              int32_t w) {
    mf_blocked_add(sum, *halves + x * (uint32_t)w);
    MF_KEEP_2(sum->second, *halves);
}

/* Two taps by two outputs: filter[f], [f + 1] are the one output's. */
MF_INLINE void mf_blocked_pair_by_2(mf_blocked_sum *a, mf_blocked_sum *b,
                                    uint32_t *halves, const int32_t *x,
                                    mf_index k, const int8_t *filter,
                                    mf_index f) {
    const uint32_t x0 = (uint32_t)x[k], x1 = (uint32_t)x[k + 1];
    mf_blocked_pair(a, halves, x0, mf_load_s8(filter + f), x1,
                    mf_load_s8(filter + f + 1));
    MF_KEEP_LOADS();
    mf_blocked_pair(b, halves, x0, mf_load_s8(filter + f + 2), x1,
                    mf_load_s8(filter + f + 3));
    MF_KEEP_LOADS();
}

/* `pairs` pairs of taps by two outputs, whose weights filter[f ...] are: for
 * each pair of taps two of the one and two of the other. */
MF_INLINE void mf_blocked_dot_pairs(mf_blocked_sum *a, mf_blocked_sum *b,
                                    const int32_t *x, const int8_t *filter,
                                    mf_index f, mf_index pairs) {
    uint32_t halves = MF_BLOCKED_HALVES;
    MF_KEEP(halves);
    mf_index k = 0;
    //@ loop invariant 0 <= k <= pairs;
    for (; k + 4 <= pairs; k += 4) {
        mf_blocked_pair_by_2(a, b, &halves, x, 2 * k, filter, f + 4 * k);
        mf_blocked_pair_by_2(a, b, &halves, x, 2 * k + 2, filter,
                             f + 4 * k + 4);
        mf_blocked_pair_by_2(a, b, &halves, x, 2 * k + 4, filter,
                             f + 4 * k + 8);
        mf_blocked_pair_by_2(a, b, &halves, x, 2 * k + 6, filter,
                             f + 4 * k + 12);
    }
    for (; k < pairs; k++) {
        mf_blocked_pair_by_2(a, b, &halves, x, 2 * k, filter, f + 4 * k);
    }
}

/* --- offset --- */

/* Adds 128 to all fields of `taps` words; the sums of the fields, times 128. */
MF_INLINE mf_blocked_sum mf_blocked_offset(int32_t *x, mf_index taps) {
    mf_blocked_sum sum = {0, 0};
    for (mf_index k = 0; k < taps; k++) {
        const uint32_t word = (uint32_t)x[k] + UINT32_C(0x800080);
        x[k] = mf_blocked_signed(word);
        mf_blocked_add(&sum, word);
    }
    sum.total <<= 7;
    sum.second <<= 7;
    return sum;
}

/* One tap by two outputs. */
MF_INLINE void mf_blocked_tap_by_2(mf_blocked_sum *a, mf_blocked_sum *b,
                                   const int32_t *x, mf_index k,
                                   const uint8_t *filter, mf_index f) {
    const uint32_t word = (uint32_t)x[k];
    uint32_t t = mf_load_u8(filter + f) * word;
    MF_KEEP(t);
    mf_blocked_add(a, t);
    MF_KEEP(a->total);
    MF_KEEP(a->second);
    t = mf_load_u8(filter + f + 1) * word;
    MF_KEEP(t);
    mf_blocked_add(b, t);
    MF_KEEP(b->total);
    MF_KEEP(b->second);
}

/* `taps` taps by two outputs, whose weights filter[f ...] are: for each tap one
 * of the one and one of the other. */
MF_INLINE void mf_blocked_dot_offset(mf_blocked_sum *a, mf_blocked_sum *b,
                                     const int32_t *x, const uint8_t *filter,
                                     mf_index f, mf_index taps) {
    mf_index k = 0;
    //@ loop invariant 0 <= k <= taps;
    for (; k + 4 <= taps; k += 4) {
        mf_blocked_tap_by_2(a, b, x, k, filter, f + 2 * k);
        mf_blocked_tap_by_2(a, b, x, k + 1, filter, f + 2 * k + 2);
        mf_blocked_tap_by_2(a, b, x, k + 2, filter, f + 2 * k + 4);
        mf_blocked_tap_by_2(a, b, x, k + 3, filter, f + 2 * k + 6);
    }
    for (; k < taps; k++) {
        mf_blocked_tap_by_2(a, b, x, k, filter, f + 2 * k);
    }
}

/* --- requantisation --- */

/* floor(x / 2^n), 0 <= n <= 31.  How negative numbers shift is left to the
 * implementation: GCC, and those that call themselves so, promise sign
 * extension; for others it is spelled out. */
MF_INLINE int32_t mf_blocked_shift(int32_t x, int n) {
#if defined(__GNUC__)
    return x >> n;
#else
    return mf_shift_right_s32(x, n);
#endif
}

/* floor(x / 2^32), in the same way. */
MF_INLINE int32_t mf_blocked_high_word(int64_t x) {
#if defined(__GNUC__)
    return (int32_t)(x >> 32);
#else
    return (int32_t)mf_shift_right_s64(x, 32);
#endif
}

/* floor((x * multiplier + round * 2^16) / 2^(16 + bits)) for |x| < 2^30, a
 * multiplier of at least 0, bits 15 or 16, in products of 32 bits.  Of the four
 * products of halves of 16 bits: the high one, the two that straddle the middle
 * (within 32 bits together, for the halves of x are signed and its high one has
 * 15 bits), and what the low one carries over. */
MF_INLINE int32_t mf_blocked_high_short(int32_t x, int32_t multiplier,
                                        int32_t round, int bits) {
    const int32_t high = mf_blocked_shift(x + INT32_C(0x8000), 16);
    const int32_t low = x - high * INT32_C(0x10000);
    const int32_t by_high = multiplier >> 16, by_low = multiplier & 0xffff;
    const int32_t middle = high * by_low + low * by_high +
                           mf_blocked_shift(low * by_low, 16) + round;
    return (bits == 15 ? 2 : 1) * high * by_high +
           mf_blocked_shift(middle, bits);
}

/* mf_multiply_high(x, multiplier): within those bounds, by either product; one
 * of 64 bits gives the high word of its double, rounded by the bit below it. */
MF_INLINE int32_t mf_blocked_multiply_high_short(int32_t x,
                                                 int32_t multiplier) {
    return mf_blocked_high_short(x, multiplier, 0x4000, 15);
}
MF_INLINE int32_t mf_blocked_multiply_high_long(int32_t x, int32_t multiplier) {
    const int64_t product =
        (int64_t)mf_blocked_signed(2 * (uint32_t)x) * multiplier;
    return mf_blocked_high_word(product) + (int32_t)((uint32_t)product >> 31);
}

/* Whether products of 64 bits are many instructions. */
#if defined(__ARM_ARCH_6M__) || defined(__XTENSA_CALL0_ABI__) ||               \
    (defined(__riscv) && !defined(__riscv_mul))
#define MF_BLOCKED_SHORT 1
#else
#define MF_BLOCKED_SHORT 0
#endif

MF_INLINE int32_t mf_blocked_multiply_high(int32_t x, int32_t multiplier) {
    return MF_BLOCKED_SHORT ? mf_blocked_multiply_high_short(x, multiplier)
                            : mf_blocked_multiply_high_long(x, multiplier);
}

/* floor(x * multiplier / 2^32). */
MF_INLINE int32_t mf_blocked_high(int32_t x, int32_t multiplier) {
    return MF_BLOCKED_SHORT ? mf_blocked_high_short(x, multiplier, 0, 16)
                            : mf_blocked_high_word((int64_t)x * multiplier);
}

/* floor(x / 2^shift), clamped to [min, max] within int8_t. */
MF_INLINE int32_t mf_blocked_saturate(int32_t x, int shift, int32_t min,
                                      int32_t max) {
#if defined(__ARM_ARCH_7M__)
    if (min == INT8_MIN && max == INT8_MAX) {
        int32_t value;
        if (__builtin_constant_p(shift) && shift > 0) {
            __asm__("ssat %0, #8, %1, asr %2"
                    : "=r"(value)
                    : "r"(x), "i"(shift)
                    : "cc");
        } else {
            __asm__("ssat %0, #8, %1"
                    : "=r"(value)
                    : "r"(mf_blocked_shift(x, shift))
                    : "cc");
        }
        return value;
    }
#endif
    const int32_t value = mf_blocked_shift(x, shift);
    //@ split value >= min;
    //@ split value <= max;
    if ((uint32_t)value - (uint32_t)min <= (uint32_t)(max - min)) {
        //@ merge value >= min;
        //@ merge value <= max;
        return value;
    }
    //@ merge value >= min;
    if (min == -1 - max) { /* as in two's complement: all bits but the sign */
        //@ merge value <= max;
        return mf_blocked_shift(value, 31) ^ max;
    }
    //@ merge value <= max;
    return value < min ? min : max;
}

/* An output that is a line of its sum (|sum| < 2^30): what the compiler found
 * to give the same as mf_blocked_requantize() for every sum there can be. */
MF_INLINE int32_t mf_blocked_line(int32_t sum, int32_t multiplier,
                                  int32_t offset, int shift, int32_t min,
                                  int32_t max) {
    return mf_blocked_saturate(mf_blocked_high(sum, multiplier) + offset, shift,
                               min, max);
}

/* mf_scale(sum, multiplier, -1 - shift) + zero_point, clamped to [min, max]
 * within int8_t, for 0 <= shift <= 30 and |sum| < 2^30.  The second rounding,
 * by shift + 1 bits, is a shift by `shift`, an addition of 1, with which the
 * zero point goes along, and a shift by 1. */
MF_INLINE int32_t mf_blocked_requantize(int32_t sum, int32_t multiplier,
                                        int32_t shift, int32_t zero_point,
                                        int32_t min, int32_t max) {
    int32_t value = mf_blocked_multiply_high(sum, multiplier);
    if (zero_point == min) { /* what is negative is clamped */
        value = value < 0 ? 0 : value;
        value = (int32_t)((((uint32_t)value >> shift) + 1) >> 1);
        return (value > max - min ? max - min : value) + min;
    }
    value += mf_blocked_shift(value, 31);
    value = mf_blocked_shift(value, (int)shift) + (1 + 2 * zero_point);
    return mf_clamp(mf_blocked_shift(value, 1), min, max);
}

/* How the sums of a layer become outputs.  Of each channel there is its bias,
 * with which sums begin, and a line's multiplier and offset or, if line_shift
 * is -1, multiplier and right shift - 1 (mf_blocked_requantize). */
typedef struct mf_blocked_scaling {
    int32_t line_shift;
    int32_t zero_point; /* if line_shift is -1 */
    int32_t min, max;   /* in the output's units */
} mf_blocked_scaling;

/* scale[0 ...] are the channel's. */
MF_INLINE int32_t mf_blocked_output(const mf_blocked_scaling *p, int32_t sum,
                                    const int32_t *scale) {
    const int32_t multiplier = mf_load_s32(scale + 1);
    const int32_t last = mf_load_s32(scale + 2);
    return p->line_shift >= 0
               ? mf_blocked_line(sum, multiplier, last, (int)p->line_shift,
                                 p->min, p->max)
               : mf_blocked_requantize(sum, multiplier, last, p->zero_point,
                                       p->min, p->max);
}

#endif
