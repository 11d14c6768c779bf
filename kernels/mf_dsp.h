/* Sums of products on Arm cores with the DSP extension (Cortex-M4, M7, M33 and
 * relatives): SMLAD multiplies two pairs of 16-bit numbers and adds both.
 *
 * Data are widened to 16 bits once, in groups of four whose order is that in
 * which SXTB16 gives the bytes of a word: 0, 2, 1, 3.  Four weights are one
 * word, the first in its lowest byte; SXTB16 widens them on the way.
 *
 * Elsewhere than on such a core the same functions are portable C: the same
 * numbers in the same places, so that what is proved or tested there holds. */
#ifndef MF_DSP_H
#define MF_DSP_H

#include "mf_core.h"

#if defined(__ARM_FEATURE_DSP) && defined(__thumb2__) && defined(__GNUC__)
#define MF_DSP_ASM 1
#else
#define MF_DSP_ASM 0
#endif

/* Whole loops in assembly leave the compiler no register to spare: gcc manages
 * if it optimises. */
#if MF_DSP_ASM && defined(__OPTIMIZE__) && !defined(__clang__)
#define MF_DSP_LOOPS 1
#else
#define MF_DSP_LOOPS 0
#endif

/* Groups of four that `count` elements make, the last one filled up. */
MF_INLINE mf_index mf_dsp_groups(mf_index count) {
    return (count + 3) / 4;
}

/* `count` bytes from one place to another. */
MF_INLINE void mf_dsp_copy(int8_t *to, const int8_t *from, mf_index count) {
#if MF_DSP_ASM
    const int8_t *words = from + count / 4 * 4;
    const int8_t *end = from + count;
    uint32_t word;
    while (from != words) {
        __asm__ volatile("ldr %[word], [%[from]], #4\n\t"
                         "str %[word], [%[to]], #4"
                         : [from] "+r"(from), [to] "+r"(to), [word] "=&r"(word)
                         :
                         : "memory");
    }
    while (from != end) {
        *to++ = *from++;
    }
#else
    for (mf_index k = 0; k < count; k++) {
        to[k] = from[k];
    }
#endif
}

/* One group: four bytes at in + 4 * g to wide + position. */
MF_INLINE void mf_dsp_widen_group(const int8_t *in, int16_t *wide,
                                  mf_index position) {
    wide[position] = in[0];
    wide[position + 1] = in[2];
    wide[position + 2] = in[1];
    wide[position + 3] = in[3];
}

/* Widens whole groups of one run: group g of `in` to wide + 4 * g.  `wide` is
 * aligned to 4 bytes, groups >= 0. */
MF_INLINE void mf_dsp_widen(const int8_t *in, mf_index groups, int16_t *wide) {
#if MF_DSP_ASM
    const int8_t *end = in + 4 * groups;
    uint32_t low, high;
    while (in != end) {
        __asm__ volatile("ldr %[high], [%[in]], #4\n\t"
                         "sxtb16 %[low], %[high]\n\t"
                         "sxtb16 %[high], %[high], ror #8\n\t"
                         "strd %[low], %[high], [%[wide]], #8"
                         : [in] "+r"(in), [wide] "+r"(wide), [low] "=&r"(low),
                           [high] "=&r"(high)
                         :
                         : "memory");
    }
#else
    for (mf_index g = 0; g < groups; g++) {
        mf_dsp_widen_group(in + 4 * g, wide, 4 * g);
    }
#endif
}

/* The same of two runs, interleaved: group g of `a` to wide + 8 * g, of `b` to
 * wide + 8 * g + 4. */
MF_INLINE void mf_dsp_widen_pair(const int8_t *a, const int8_t *b,
                                 mf_index groups, int16_t *wide) {
#if MF_DSP_ASM
    const int8_t *end = a + 4 * groups;
    while (a != end) {
        __asm__ volatile("ldr r5, [%[a]], #4\n\t"
                         "ldr r8, [%[b]], #4\n\t"
                         "sxtb16 r4, r5\n\t"
                         "sxtb16 r5, r5, ror #8\n\t"
                         "sxtb16 r6, r8\n\t"
                         "sxtb16 r8, r8, ror #8\n\t"
                         "stmia %[wide]!, {r4, r5, r6, r8}"
                         : [a] "+r"(a), [b] "+r"(b), [wide] "+r"(wide)
                         :
                         : "r4", "r5", "r6", "r8", "memory");
    }
#else
    for (mf_index g = 0; g < groups; g++) {
        mf_dsp_widen_group(a + 4 * g, wide, 8 * g);
        mf_dsp_widen_group(b + 4 * g, wide, 8 * g + 4);
    }
#endif
}

#if !MF_DSP_ASM
/* The halves of a word, as signed numbers. */
MF_INLINE int32_t mf_dsp_low(int32_t word) {
    const int32_t low = (int32_t)((uint32_t)word & 0xffff);
    return low < 0x8000 ? low : low - 0x10000;
}
MF_INLINE int32_t mf_dsp_high(int32_t word) {
    return mf_shift_right_s32(word, 16);
}

/* Two int16_t as the halves of a word. */
MF_INLINE int32_t mf_dsp_halves(int32_t low, int32_t high) {
    return high * INT32_C(65536) + (int32_t)((uint32_t)low & 0xffff);
}

/* Byte k of a word, as a signed number. */
MF_INLINE int32_t mf_dsp_byte(int32_t word, int k) {
    const int32_t byte = (int32_t)((uint32_t)word >> (8 * k) & 0xff);
    return byte < 0x80 ? byte : byte - 0x100;
}
#endif

/* Two neighbouring int16_t as the low and the high half of a word; they need
 * not be aligned to more than 2 bytes. */
MF_INLINE int32_t mf_dsp_pair(const int16_t *from) {
#if MF_DSP_ASM
    int32_t word;
    __asm__("ldr %[word], %[from]"
            : [word] "=r"(word)
            : [from] "m"(*(const int16_t(*)[2])(const void *)from));
    return word;
#else
    return mf_dsp_halves(from[0], from[1]);
#endif
}

/* Four neighbouring int16_t, aligned to 4 bytes, as two such words. */
MF_INLINE void mf_dsp_two_pairs(const int16_t *from, int32_t *first,
                                int32_t *second) {
#if MF_DSP_ASM
    __asm__("ldrd %[first], %[second], %[from]"
            : [first] "=r"(*first), [second] "=r"(*second)
            /* Uv: a register and an offset of up to 1020 bytes. */
            : [from] "Uv"(*(const int16_t(*)[4])(const void *)from));
#else
    *first = mf_dsp_pair(from);
    *second = mf_dsp_pair(from + 2);
#endif
}

/* sum + low * low + high * high. */
MF_INLINE int32_t mf_dsp_dot(int32_t x, int32_t w, int32_t sum) {
#if MF_DSP_ASM
    __asm__("smlad %[sum], %[x], %[w], %[sum]"
            : [sum] "+r"(sum)
            : [x] "r"(x), [w] "r"(w));
    return sum;
#else
    return sum + mf_dsp_low(x) * mf_dsp_low(w) +
           mf_dsp_high(x) * mf_dsp_high(w);
#endif
}

/* sum + the low half of x * the high half of w. */
MF_INLINE int32_t mf_dsp_low_high(int32_t x, int32_t w, int32_t sum) {
#if MF_DSP_ASM
    __asm__("smlabt %[sum], %[x], %[w], %[sum]"
            : [sum] "+r"(sum)
            : [x] "r"(x), [w] "r"(w));
    return sum;
#else
    return sum + mf_dsp_low(x) * mf_dsp_high(w);
#endif
}

/* sum + the high half of x * the low half of w. */
MF_INLINE int32_t mf_dsp_high_low(int32_t x, int32_t w, int32_t sum) {
#if MF_DSP_ASM
    __asm__("smlatb %[sum], %[x], %[w], %[sum]"
            : [sum] "+r"(sum)
            : [x] "r"(x), [w] "r"(w));
    return sum;
#else
    return sum + mf_dsp_high(x) * mf_dsp_low(w);
#endif
}

/* Bytes 0 and 2 of a word, and bytes 1 and 3, widened to the halves of one. */
MF_INLINE int32_t mf_dsp_even(int32_t word) {
#if MF_DSP_ASM
    __asm__("sxtb16 %[word], %[word]" : [word] "+r"(word));
    return word;
#else
    return mf_dsp_halves(mf_dsp_byte(word, 0), mf_dsp_byte(word, 2));
#endif
}
MF_INLINE int32_t mf_dsp_odd(int32_t word) {
#if MF_DSP_ASM
    __asm__("sxtb16 %[word], %[word], ror #8" : [word] "+r"(word));
    return word;
#else
    return mf_dsp_halves(mf_dsp_byte(word, 1), mf_dsp_byte(word, 3));
#endif
}

#if !MF_DSP_LOOPS
/* sum + the products of a group of data and a word of weights. */
MF_INLINE int32_t mf_dsp_dot_group(int32_t sum, const int16_t *wide,
                                   int32_t weights) {
    sum = mf_dsp_dot(mf_dsp_pair(wide), mf_dsp_even(weights), sum);
    return mf_dsp_dot(mf_dsp_pair(wide + 2), mf_dsp_odd(weights), sum);
}
#endif

/* Two runs (interleaved as above) by two outputs (weights of group g at
 * weight[2 * g] and [2 * g + 1]): adds to sum[2 * output + run].  groups >= 1;
 * `wide` is aligned to 4 bytes.  Returns the end of the weights. */
MF_INLINE const int32_t *mf_dsp_dot_2x2(const int16_t *wide,
                                        const int32_t *weight, mf_index groups,
                                        int32_t sum[4]) {
#if MF_DSP_LOOPS
    int32_t s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
#define MF_DSP_STEP                                                            \
    "ldmia %[x]!, {r4, r5, r6, r8}\n\t"                                        \
    "ldmia %[w]!, {r9, r10}\n\t"                                               \
    "sxtb16 r11, r9\n\t"                                                       \
    "smlad %[s0], r11, r4, %[s0]\n\t"                                          \
    "smlad %[s1], r11, r6, %[s1]\n\t"                                          \
    "sxtb16 r9, r9, ror #8\n\t"                                                \
    "smlad %[s0], r9, r5, %[s0]\n\t"                                           \
    "smlad %[s1], r9, r8, %[s1]\n\t"                                           \
    "sxtb16 r11, r10\n\t"                                                      \
    "smlad %[s2], r11, r4, %[s2]\n\t"                                          \
    "smlad %[s3], r11, r6, %[s3]\n\t"                                          \
    "sxtb16 r10, r10, ror #8\n\t"                                              \
    "smlad %[s2], r10, r5, %[s2]\n\t"                                          \
    "smlad %[s3], r10, r8, %[s3]\n\t"
#define MF_DSP_RUN(repeat, end)                                                \
    __asm__ volatile("1:\n\t"                                                  \
                     ".rept " repeat "\n\t" MF_DSP_STEP ".endr\n\t"            \
                     "cmp %[x], %[e]\n\t"                                      \
                     "bne 1b"                                                  \
                     : [x] "+r"(wide), [w] "+r"(weight), [s0] "+r"(s0),        \
                       [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3)             \
                     : [e] "r"(end)                                            \
                     : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc",       \
                       "memory")
    const int16_t *end = wide + 8 * groups;
    if (groups >= 4) {
        const int16_t *end4 = wide + 8 * (groups / 4 * 4);
        MF_DSP_RUN("4", end4);
    }
    if (groups % 4 != 0) {
        MF_DSP_RUN("1", end);
    }
#undef MF_DSP_RUN
#undef MF_DSP_STEP
    sum[0] = s0;
    sum[1] = s1;
    sum[2] = s2;
    sum[3] = s3;
    return weight;
#else
    for (mf_index g = 0; g < groups; g++) {
        for (int output = 0; output < 2; output++) {
            for (int run = 0; run < 2; run++) {
                const int k = 2 * output + run;
                sum[k] = mf_dsp_dot_group(sum[k], wide + 8 * g + 4 * run,
                                          weight[2 * g + output]);
            }
        }
    }
    return weight + 2 * groups;
#endif
}

/* One run by two outputs, weights as above: adds to sum[output]. */
MF_INLINE const int32_t *mf_dsp_dot_1x2(const int16_t *wide,
                                        const int32_t *weight, mf_index groups,
                                        int32_t sum[2]) {
#if MF_DSP_LOOPS
    int32_t s0 = sum[0], s1 = sum[1];
    const int16_t *end = wide + 4 * groups;
    __asm__ volatile(
        "1:\n\t"
        "ldmia %[x]!, {r4, r5}\n\t"
        "ldmia %[w]!, {r6, r8}\n\t"
        "sxtb16 r9, r6\n\t"
        "smlad %[s0], r9, r4, %[s0]\n\t"
        "sxtb16 r6, r6, ror #8\n\t"
        "smlad %[s0], r6, r5, %[s0]\n\t"
        "sxtb16 r9, r8\n\t"
        "smlad %[s1], r9, r4, %[s1]\n\t"
        "sxtb16 r8, r8, ror #8\n\t"
        "smlad %[s1], r8, r5, %[s1]\n\t"
        "cmp %[x], %[e]\n\t"
        "bne 1b"
        : [x] "+r"(wide), [w] "+r"(weight), [s0] "+r"(s0), [s1] "+r"(s1)
        : [e] "r"(end)
        : "r4", "r5", "r6", "r8", "r9", "cc", "memory");
    sum[0] = s0;
    sum[1] = s1;
    return weight;
#else
    for (mf_index g = 0; g < groups; g++) {
        for (int output = 0; output < 2; output++) {
            sum[output] = mf_dsp_dot_group(sum[output], wide + 4 * g,
                                           weight[2 * g + output]);
        }
    }
    return weight + 2 * groups;
#endif
}

/* One run by four outputs (weights of group g at weight[4 * g], ...): adds to
 * sum[output]. */
MF_INLINE const int32_t *mf_dsp_dot_1x4(const int16_t *wide,
                                        const int32_t *weight, mf_index groups,
                                        int32_t sum[4]) {
#if MF_DSP_LOOPS
    int32_t s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
#define MF_DSP_OUTPUT(w, s)                                                    \
    "sxtb16 r11, " w "\n\t"                                                    \
    "smlad %[" s "], r11, r4, %[" s "]\n\t"                                    \
    "sxtb16 " w ", " w ", ror #8\n\t"                                          \
    "smlad %[" s "], " w ", r5, %[" s "]\n\t"
#define MF_DSP_STEP                                                            \
    "ldmia %[x]!, {r4, r5}\n\t"                                                \
    "ldmia %[w]!, {r6, r8, r9, r10}\n\t" MF_DSP_OUTPUT("r6", "s0")             \
        MF_DSP_OUTPUT("r8", "s1") MF_DSP_OUTPUT("r9", "s2")                    \
            MF_DSP_OUTPUT("r10", "s3")
#define MF_DSP_RUN(repeat, end)                                                \
    __asm__ volatile("1:\n\t"                                                  \
                     ".rept " repeat "\n\t" MF_DSP_STEP ".endr\n\t"            \
                     "cmp %[x], %[e]\n\t"                                      \
                     "bne 1b"                                                  \
                     : [x] "+r"(wide), [w] "+r"(weight), [s0] "+r"(s0),        \
                       [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3)             \
                     : [e] "r"(end)                                            \
                     : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc",       \
                       "memory")
    const int16_t *end = wide + 4 * groups;
    if (groups >= 4) {
        const int16_t *end4 = wide + 4 * (groups / 4 * 4);
        MF_DSP_RUN("4", end4);
    }
    if (groups % 4 != 0) {
        MF_DSP_RUN("1", end);
    }
#undef MF_DSP_RUN
#undef MF_DSP_STEP
#undef MF_DSP_OUTPUT
    sum[0] = s0;
    sum[1] = s1;
    sum[2] = s2;
    sum[3] = s3;
    return weight;
#else
    for (mf_index g = 0; g < groups; g++) {
        for (int output = 0; output < 4; output++) {
            sum[output] = mf_dsp_dot_group(sum[output], wide + 4 * g,
                                           weight[4 * g + output]);
        }
    }
    return weight + 4 * groups;
#endif
}

/* Widens four bytes at `a` and four at `b`, column by column: byte k of both
 * to wide[k * row] and wide[k * row + 1]. */
MF_INLINE void mf_dsp_transpose_2x4(const int8_t *a, const int8_t *b,
                                    int16_t *wide, mf_index row) {
#if MF_DSP_ASM
    int16_t *const to[4] = {wide, wide + row, wide + 2 * row, wide + 3 * row};
    uint32_t a02, a13, b02, b13, word;
    __asm__ volatile("ldr %[a13], [%[a]]\n\t"
                     "ldr %[b13], [%[b]]\n\t"
                     "sxtb16 %[a02], %[a13]\n\t"
                     "sxtb16 %[a13], %[a13], ror #8\n\t"
                     "sxtb16 %[b02], %[b13]\n\t"
                     "sxtb16 %[b13], %[b13], ror #8\n\t"
                     "pkhbt %[word], %[a02], %[b02], lsl #16\n\t"
                     "str %[word], [%[t0]]\n\t"
                     "pkhtb %[word], %[b02], %[a02], asr #16\n\t"
                     "str %[word], [%[t2]]\n\t"
                     "pkhbt %[word], %[a13], %[b13], lsl #16\n\t"
                     "str %[word], [%[t1]]\n\t"
                     "pkhtb %[word], %[b13], %[a13], asr #16\n\t"
                     "str %[word], [%[t3]]"
                     : [a02] "=&r"(a02), [a13] "=&r"(a13), [b02] "=&r"(b02),
                       [b13] "=&r"(b13), [word] "=&r"(word)
                     : [a] "r"(a), [b] "r"(b), [t0] "r"(to[0]), [t1] "r"(to[1]),
                       [t2] "r"(to[2]), [t3] "r"(to[3])
                     : "memory");
#else
    for (mf_index k = 0; k < 4; k++) {
        wide[k * row] = a[k];
        wide[k * row + 1] = b[k];
    }
#endif
}

/* mf_scale(sum, multiplier, -1 - shift) + zero_point, clamped to [min, max]
 * within int8_t, for 0 <= shift <= 30 and |sum| < 2^30; what is given is twice
 * the sum.
 *
 * SMMULR rounds (2 * sum * multiplier) / 2^32 as mf_multiply_high() does; the
 * second rounding, by shift + 1 bits, is a shift by `shift`, an addition of 1,
 * with which the zero point goes along, and a shift by 1. */
MF_INLINE int8_t mf_dsp_requantize_doubled(int32_t doubled, int32_t multiplier,
                                           int32_t shift, int32_t zero_point,
                                           int32_t min, int32_t max) {
#if MF_DSP_ASM
    int32_t value = doubled;
    __asm__("smmulr %[v], %[v], %[m]\n\t"
            "add %[v], %[v], %[v], asr #31\n\t"
            "asr %[v], %[v], %[n]\n\t"
            "add %[v], %[v], %[z]\n\t"
            "ssat %[v], #8, %[v], asr #1"
            : [v] "+r"(value)
            : [m] "r"(multiplier), [n] "r"(shift), [z] "rI"(1 + 2 * zero_point)
            : "cc");
    if (min > -128 || max < 127) { /* else SSAT has done it */
        value = mf_clamp(value, min, max);
    }
    return (int8_t)value;
#else
    return (int8_t)mf_clamp(mf_scale(doubled / 2, multiplier, -1 - (int)shift) +
                                zero_point,
                            min, max);
#endif
}

MF_INLINE int8_t mf_dsp_requantize(int32_t sum, int32_t multiplier,
                                   int32_t shift, int32_t zero_point,
                                   int32_t min, int32_t max) {
    return mf_dsp_requantize_doubled(2 * sum, multiplier, shift, zero_point,
                                     min, max);
}

#endif
