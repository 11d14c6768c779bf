/* Sums of products on Arm cores with the DSP extension (Cortex-M4, M7, M33 and
 * relatives): SMLAD multiplies two pairs of 16-bit numbers and adds both.
 *
 * Four weights w0 to w3 are a word, which nothing widens but one SXTB16: as two
 * halves the word is 256 * w0 + w1 and 256 * w2 + w3, and of it SXTB16 makes w1
 * and w3.  Of data x0 to x3, a word of bytes, are made the halves
 *
 *     even:  x0, x2                                       by SXTB16
 *     mixed: 256 * x1 + 127 - x0, 256 * x3 + 127 - x2     by EOR
 *
 * The word times even and its SXTB16 times mixed add up to 256 * (w0 * x0 + w1
 * * x1 + w2 * x2 + w3 * x3) + 127 * (w1 + w3): what is too much is in the bias,
 * and so four products take three instructions.  Sums wrap on the way.
 *
 * Where 256 times a sum does not fit 32 bits, or weights do not make halves
 * (-128 before a negative one), data and weights are `plain`: widened to the
 * halves x0, x2 and x1, x3.
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

/* Few bytes of code are worth more than few instructions. */
#if defined(__OPTIMIZE_SIZE__)
#define MF_DSP_SMALL 1
#else
#define MF_DSP_SMALL 0
#endif

/* What asm takes as a literal has to be one; a kernel that layers share is told
 * at run time. */
#if MF_DSP_LOOPS
#define MF_DSP_IS_LITERAL(x) __builtin_constant_p(x)
#else
#define MF_DSP_IS_LITERAL(x) 0
#endif

/* Two int16_t as the halves of a word. */
MF_INLINE int32_t mf_dsp_halves(int32_t low, int32_t high) {
    return high * INT32_C(65536) + (int32_t)((uint32_t)low & 0xffff);
}

#if !MF_DSP_ASM
/* The number that 32 bits stand for in two's complement. */
MF_INLINE int32_t mf_dsp_signed(uint32_t bits) {
    return bits <= INT32_MAX ? (int32_t)bits : -(int32_t)~bits - 1;
}

/* The halves of a word, as signed numbers. */
MF_INLINE int32_t mf_dsp_low(int32_t word) {
    const int32_t low = (int32_t)((uint32_t)word & 0xffff);
    return low < 0x8000 ? low : low - 0x10000;
}
MF_INLINE int32_t mf_dsp_high(int32_t word) {
    return mf_shift_right_s32(word, 16);
}

/* Byte k of a word, as a signed number. */
MF_INLINE int32_t mf_dsp_byte(int32_t word, int k) {
    const int32_t byte = (int32_t)((uint32_t)word >> (8 * k) & 0xff);
    return byte < 0x80 ? byte : byte - 0x100;
}

/* sum + x * w, which may wrap. */
MF_INLINE int32_t mf_dsp_add_product(int32_t sum, int32_t x, int32_t w) {
    return mf_dsp_signed((uint32_t)sum + (uint32_t)(x * w));
}
#endif

/* --- words in memory --- */

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
#if MF_DSP_ASM
/* Where it is has an address that LDRD takes. */
typedef int64_t __attribute__((may_alias, aligned(4))) mf_dsp_words;
#endif
MF_INLINE void mf_dsp_two_pairs(const int16_t *from, int32_t *first,
                                int32_t *second) {
#if MF_DSP_ASM
    __asm__("ldrd %[first], %[second], %[from]"
            : [first] "=r"(*first), [second] "=r"(*second)
            : [from] "m"(*(const mf_dsp_words *)(const void *)from));
#else
    *first = mf_dsp_pair(from);
    *second = mf_dsp_pair(from + 2);
#endif
}

/* The way back: the halves of a word as two neighbouring int16_t. */
MF_INLINE void mf_dsp_put_pair(int16_t *to, int32_t word) {
#if MF_DSP_ASM
    __asm__("str %[word], %[to]"
            : [to] "=m"(*(int16_t(*)[2])(void *)to)
            : [word] "r"(word));
#else
    to[0] = (int16_t)mf_dsp_low(word);
    to[1] = (int16_t)mf_dsp_high(word);
#endif
}

/* A byte, four times. */
MF_INLINE int32_t mf_dsp_four_times(int32_t byte) {
    const int32_t twice = byte * 256 + (int32_t)((uint32_t)byte & 0xff);
    return mf_dsp_halves(twice, twice);
}

/* `pairs` times the same word, one after the other. */
MF_INLINE void mf_dsp_fill(int16_t *to, mf_index pairs, int32_t word) {
    const mf_index fours = MF_DSP_SMALL ? 0 : pairs / 4 * 4;
    for (mf_index k = 0; k < fours; k += 4) {
        mf_dsp_put_pair(to + 2 * k, word);
        mf_dsp_put_pair(to + 2 * k + 2, word);
        mf_dsp_put_pair(to + 2 * k + 4, word);
        mf_dsp_put_pair(to + 2 * k + 6, word);
    }
    for (mf_index k = fours; k < pairs; k++) {
        mf_dsp_put_pair(to + 2 * k, word);
    }
}

/* `count` bytes, 1 to 4, as a word, the first one lowest, then zeros. */
MF_INLINE int32_t mf_dsp_bytes(const int8_t *from, mf_index count) {
#if MF_DSP_ASM
    int32_t word;
    if (count == 4) {
        __asm__("ldr %[word], %[from]"
                : [word] "=r"(word)
                : [from] "m"(*(const int8_t(*)[4])(const void *)from));
        return word;
    }
#endif
    uint32_t bits = 0;
    //@ loop unroll 4;
    for (mf_index k = 0; k < count; k++) {
        bits |= (uint32_t)(uint8_t)from[k] << (8 * k);
    }
#if MF_DSP_ASM
    __asm__("" : "=r"(word) : "0"(bits));
    return word;
#else
    return mf_dsp_signed(bits);
#endif
}

#if MF_DSP_ASM
/* Four bytes, aligned or not. */
MF_INLINE void mf_dsp_copy_word(int8_t *to, const int8_t *from) {
    const int32_t word = mf_dsp_bytes(from, 4);
    __asm__("str %[word], %[to]"
            : [to] "=m"(*(int8_t(*)[4])(void *)to)
            : [word] "r"(word));
}

/* Fewer than 16 bytes, a literal number. */
MF_INLINE void mf_dsp_copy_few(int8_t *to, const int8_t *from, mf_index count) {
    for (mf_index k = 0; count < 4 && k < count; k++) {
        to[k] = from[k];
    }
    if (count >= 4) {
        mf_dsp_copy_word(to, from);
    }
    if (count >= 8) {
        mf_dsp_copy_word(to + 4, from + 4);
    }
    if (count >= 12) {
        mf_dsp_copy_word(to + 8, from + 8);
    }
    if (count > 4 && count % 4 != 0) { /* the last four, some of them again */
        mf_dsp_copy_word(to + count - 4, from + count - 4);
    }
}
#endif

/* `count` bytes from one place to another. */
MF_INLINE void mf_dsp_copy(int8_t *to, const int8_t *from, mf_index count) {
#if MF_DSP_ASM
    const int8_t *end = from + count;
    uint32_t word;
    if (MF_DSP_IS_LITERAL(count) && !MF_DSP_SMALL && count < 16) {
        mf_dsp_copy_few(to, from, count);
        return;
    }
    if (count >= 4) {
        const int8_t *words = from + count / 4 * 4;
        while (from != words) {
            __asm__ volatile(
                "ldr %[word], [%[from]], #4\n\t"
                "str %[word], [%[to]], #4"
                : [from] "+r"(from), [to] "+r"(to), [word] "=&r"(word)
                :
                : "memory");
        }
        if (count % 4 != 0) { /* the last four, some of them again */
            __asm__ volatile("ldr %[word], [%[from], #-4]\n\t"
                             "str %[word], [%[to], #-4]"
                             : [word] "=&r"(word)
                             : [from] "r"(end), [to] "r"(to + count % 4)
                             : "memory");
        }
        return;
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

/* --- sums of products --- */

/* sum + low * low + high * high. */
MF_INLINE int32_t mf_dsp_dot(int32_t x, int32_t w, int32_t sum) {
#if MF_DSP_ASM
    int32_t result;
    __asm__("smlad %[result], %[x], %[w], %[sum]"
            : [result] "=r"(result)
            : [x] "r"(x), [w] "r"(w), [sum] "r"(sum));
    return result;
#else
    sum = mf_dsp_add_product(sum, mf_dsp_low(x), mf_dsp_low(w));
    return mf_dsp_add_product(sum, mf_dsp_high(x), mf_dsp_high(w));
#endif
}

/* sum + the low half of x * the high half of w. */
MF_INLINE int32_t mf_dsp_low_high(int32_t x, int32_t w, int32_t sum) {
#if MF_DSP_ASM
    int32_t result;
    __asm__("smlabt %[result], %[x], %[w], %[sum]"
            : [result] "=r"(result)
            : [x] "r"(x), [w] "r"(w), [sum] "r"(sum));
    return result;
#else
    return mf_dsp_add_product(sum, mf_dsp_low(x), mf_dsp_high(w));
#endif
}

/* sum + the high half of x * the low half of w. */
MF_INLINE int32_t mf_dsp_high_low(int32_t x, int32_t w, int32_t sum) {
#if MF_DSP_ASM
    int32_t result;
    __asm__("smlatb %[result], %[x], %[w], %[sum]"
            : [result] "=r"(result)
            : [x] "r"(x), [w] "r"(w), [sum] "r"(sum));
    return result;
#else
    return mf_dsp_add_product(sum, mf_dsp_high(x), mf_dsp_low(w));
#endif
}

/* Bytes 0 and 2 of a word, and bytes 1 and 3, widened to the halves of one. */
MF_INLINE int32_t mf_dsp_even(int32_t word) {
#if MF_DSP_ASM
    int32_t even;
    __asm__("sxtb16 %[even], %[word]" : [even] "=r"(even) : [word] "r"(word));
    return even;
#else
    return mf_dsp_halves(mf_dsp_byte(word, 0), mf_dsp_byte(word, 2));
#endif
}
MF_INLINE int32_t mf_dsp_odd(int32_t word) {
#if MF_DSP_ASM
    int32_t odd;
    __asm__("sxtb16 %[odd], %[word], ror #8"
            : [odd] "=r"(odd)
            : [word] "r"(word));
    return odd;
#else
    return mf_dsp_halves(mf_dsp_byte(word, 1), mf_dsp_byte(word, 3));
#endif
}

/* --- data --- */

/* Of a word of data what stands second, behind mf_dsp_even() of it. */
MF_INLINE int32_t mf_dsp_second(int32_t word, mf_index plain) {
    if (plain) {
        return mf_dsp_odd(word);
    }
#if MF_DSP_ASM
    __asm__("eor %[word], %[word], #0x007f007f" : [word] "+r"(word));
    return word;
#else
    return mf_dsp_halves(
        256 * mf_dsp_byte(word, 1) + 127 - mf_dsp_byte(word, 0),
        256 * mf_dsp_byte(word, 3) + 127 - mf_dsp_byte(word, 2));
#endif
}

/* Widens `count` bytes, filled up with zeros to groups of four: the first word
 * of group g to wide + 4 * lanes * g, the second 2 * lanes behind it.  `wide`
 * is aligned to 4 bytes; `lanes` is a literal. */
MF_INLINE void mf_dsp_widen(const int8_t *in, mf_index count, mf_index lanes,
                            mf_index plain, int16_t *wide) {
    const mf_index rest = count % 4;
    mf_index whole = count / 4;
#if MF_DSP_LOOPS
    if (!plain) {
        const int8_t *end = in + 4 * whole;
        uint32_t even, mixed;
        while (in != end) {
            __asm__ volatile("ldr %[mixed], [%[in]], #4\n\t"
                             "sxtb16 %[even], %[mixed]\n\t"
                             "eor %[mixed], %[mixed], #0x007f007f\n\t"
                             "str %[even], [%[wide]], %[step]\n\t"
                             "str %[mixed], [%[wide]], %[step]"
                             : [in] "+r"(in), [wide] "+r"(wide),
                               [even] "=&r"(even), [mixed] "=&r"(mixed)
                             : [step] "i"(4 * lanes)
                             : "memory");
        }
        whole = 0;
    }
#endif
    for (mf_index g = 0; g < whole; g++) {
        const int32_t word = mf_dsp_bytes(in + 4 * g, 4);
        int16_t *to = wide + 4 * lanes * g;
        mf_dsp_put_pair(to, mf_dsp_even(word));
        mf_dsp_put_pair(to + 2 * lanes, mf_dsp_second(word, plain));
    }
    if (rest != 0) {
        const int32_t word = mf_dsp_bytes(in + 4 * whole, rest);
        int16_t *to = wide + 4 * lanes * whole;
        mf_dsp_put_pair(to, mf_dsp_even(word));
        mf_dsp_put_pair(to + 2 * lanes, mf_dsp_second(word, plain));
    }
}

/* sum + the products of a group of data and a word of weights. */
MF_INLINE int32_t mf_dsp_dot_group(int32_t sum, int32_t first, int32_t second,
                                   int32_t weights, mf_index plain) {
    sum = mf_dsp_dot(first, plain ? mf_dsp_odd(weights) : weights, sum);
    return mf_dsp_dot(second, mf_dsp_even(weights), sum);
}

#if MF_DSP_LOOPS
#define MF_DSP_AGAIN "cmp %[x], %[e]\n\tbne 1b"
/* All groups, up to the end of the data: four at a time if their number is a
 * literal, else one by one.  MF_DSP_RUN(n, again) makes n steps, and what is
 * behind them. */
#define MF_DSP_ALL(groups)                                                     \
    do {                                                                       \
        if (MF_DSP_SMALL || !MF_DSP_IS_LITERAL(groups)) {                      \
            MF_DSP_RUN("1", MF_DSP_AGAIN);                                     \
            break;                                                             \
        }                                                                      \
        if ((groups) % 4 == 1) {                                               \
            MF_DSP_RUN("1", "");                                               \
        } else if ((groups) % 4 == 2) {                                        \
            MF_DSP_RUN("2", "");                                               \
        } else if ((groups) % 4 == 3) {                                        \
            MF_DSP_RUN("3", "");                                               \
        }                                                                      \
        if ((groups) / 4 == 1) {                                               \
            MF_DSP_RUN("4", "");                                               \
        } else if ((groups) / 4 > 1) {                                         \
            MF_DSP_RUN("4", MF_DSP_AGAIN);                                     \
        }                                                                      \
    } while (0)
#endif

/* Three runs of data (lanes 0 to 2 of mf_dsp_widen) by two outputs (weights of
 * group g at weight[2 * g] and [2 * g + 1]): adds to sum[3 * output + run].
 * groups >= 1.  Returns the end of the weights. */
MF_INLINE const int32_t *mf_dsp_dot_3x2(const int16_t *wide,
                                        const int32_t *weight, mf_index groups,
                                        mf_index plain, int32_t sum[6]) {
#if MF_DSP_LOOPS
    if (!plain) {
        int32_t s0 = sum[0], s1 = sum[1], s2 = sum[2];
        int32_t s3 = sum[3], s4 = sum[4], s5 = sum[5];
#define MF_DSP_LANES(w, a, b, c)                                               \
    "smlad %[" a "], " w ", r4, %[" a "]\n\t"                                  \
    "smlad %[" b "], " w ", r5, %[" b "]\n\t"                                  \
    "smlad %[" c "], " w ", r6, %[" c "]\n\t"
#define MF_DSP_STEP                                                            \
    "ldmia %[x]!, {r4, r5, r6}\n\t"                                            \
    "ldmia %[w]!, {r8, r9}\n\t" MF_DSP_LANES("r8", "s0", "s1", "s2")           \
        MF_DSP_LANES(                                                          \
            "r9", "s3", "s4",                                                  \
            "s5") "ldmia %[x]!, {r4, r5, r6}\n\t"                              \
                  "sxtb16 r8, r8\n\t" MF_DSP_LANES(                            \
                      "r8", "s0", "s1",                                        \
                      "s2") "sxtb16 r9, r9\n\t" MF_DSP_LANES("r9", "s3", "s4", \
                                                             "s5")
#define MF_DSP_RUN(repeat, again)                                              \
    __asm__ volatile(                                                          \
        "1:\n\t.rept " repeat "\n\t" MF_DSP_STEP ".endr\n\t" again             \
        : [x] "+r"(wide), [w] "+r"(weight), [s0] "+r"(s0), [s1] "+r"(s1),      \
          [s2] "+r"(s2), [s3] "+r"(s3), [s4] "+r"(s4), [s5] "+r"(s5)           \
        : [e] "r"(end)                                                         \
        : "r4", "r5", "r6", "r8", "r9", "cc", "memory")
        const int16_t *end = wide + 12 * groups;
        MF_DSP_ALL(groups);
#undef MF_DSP_RUN
#undef MF_DSP_STEP
#undef MF_DSP_LANES
        sum[0] = s0;
        sum[1] = s1;
        sum[2] = s2;
        sum[3] = s3;
        sum[4] = s4;
        sum[5] = s5;
        return weight;
    }
#endif
    for (mf_index g = 0; g < groups; g++) {
        //@ loop unroll 6;
        for (int k = 0; k < 6; k++) {
            const int16_t *at = wide + 12 * g + 2 * (k % 3);
            sum[k] =
                mf_dsp_dot_group(sum[k], mf_dsp_pair(at), mf_dsp_pair(at + 6),
                                 weight[2 * g + k / 3], plain);
        }
    }
    return weight + 2 * groups;
}

/* The same for two runs (lanes 0 and 1 of the three): adds to
 * sum[2 * output + run]. */
MF_INLINE const int32_t *mf_dsp_dot_2x2(const int16_t *wide,
                                        const int32_t *weight, mf_index groups,
                                        mf_index plain, int32_t sum[4]) {
#if MF_DSP_LOOPS
    if (!plain) {
        int32_t s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
        const int16_t *end = wide + 12 * groups;
#define MF_DSP_RUN(repeat, again)                                              \
    __asm__ volatile("1:\n\t.rept " repeat "\n\t"                              \
                     "ldrd r4, r5, [%[x]], #12\n\t"                            \
                     "ldrd r6, r8, [%[w]], #8\n\t"                             \
                     "smlad %[s0], r6, r4, %[s0]\n\t"                          \
                     "smlad %[s1], r6, r5, %[s1]\n\t"                          \
                     "smlad %[s2], r8, r4, %[s2]\n\t"                          \
                     "smlad %[s3], r8, r5, %[s3]\n\t"                          \
                     "ldrd r4, r5, [%[x]], #12\n\t"                            \
                     "sxtb16 r6, r6\n\t"                                       \
                     "smlad %[s0], r6, r4, %[s0]\n\t"                          \
                     "smlad %[s1], r6, r5, %[s1]\n\t"                          \
                     "sxtb16 r8, r8\n\t"                                       \
                     "smlad %[s2], r8, r4, %[s2]\n\t"                          \
                     "smlad %[s3], r8, r5, %[s3]\n\t"                          \
                     ".endr\n\t" again                                         \
                     : [x] "+r"(wide), [w] "+r"(weight), [s0] "+r"(s0),        \
                       [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3)             \
                     : [e] "r"(end)                                            \
                     : "r4", "r5", "r6", "r8", "cc", "memory")
        MF_DSP_ALL(groups);
#undef MF_DSP_RUN
        sum[0] = s0;
        sum[1] = s1;
        sum[2] = s2;
        sum[3] = s3;
        return weight;
    }
#endif
    for (mf_index g = 0; g < groups; g++) {
        //@ loop unroll 4;
        for (int k = 0; k < 4; k++) {
            const int16_t *at = wide + 12 * g + 2 * (k % 2);
            sum[k] =
                mf_dsp_dot_group(sum[k], mf_dsp_pair(at), mf_dsp_pair(at + 6),
                                 weight[2 * g + k / 2], plain);
        }
    }
    return weight + 2 * groups;
}

/* The same of four outputs for a word of data. */
MF_INLINE void mf_dsp_dot_word(int32_t word, const int32_t *weight,
                               mf_index plain, int32_t sum[4]) {
    const int32_t first = mf_dsp_even(word);
    const int32_t second = mf_dsp_second(word, plain);
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        sum[k] = mf_dsp_dot_group(sum[k], first, second, weight[k], plain);
    }
}

/* A run of `count` bytes, aligned or not, by four outputs (weights of group g
 * at weight[4 * g], ...): adds to sum[output].  count >= 4.  Returns the end of
 * the weights. */
MF_INLINE const int32_t *mf_dsp_dot_1x4(const int8_t *in, mf_index count,
                                        const int32_t *weight, mf_index plain,
                                        int32_t sum[4]) {
    const mf_index whole = count / 4, rest = count % 4;
#if MF_DSP_LOOPS
    const int8_t *end = in + 4 * whole;
    int32_t s0 = sum[0], s1 = sum[1], s2 = sum[2], s3 = sum[3];
#define MF_DSP_LOADS                                                           \
    "ldr r4, [%[x]], #4\n\t"                                                   \
    "ldmia %[w]!, {r6, r8, r9, r10}\n\t"                                       \
    "sxtb16 r5, r4\n\t"
#define MF_DSP_OUTPUT(w, s)                                                    \
    "smlad %[" s "], " w ", r5, %[" s "]\n\t"                                  \
    "sxtb16 " w ", " w "\n\t"                                                  \
    "smlad %[" s "], " w ", r4, %[" s "]\n\t"
#define MF_DSP_PLAIN_OUTPUT(w, s)                                              \
    "sxtb16 r11, " w ", ror #8\n\t"                                            \
    "smlad %[" s "], r11, r5, %[" s "]\n\t"                                    \
    "sxtb16 " w ", " w "\n\t"                                                  \
    "smlad %[" s "], " w ", r4, %[" s "]\n\t"
#define MF_DSP_STEP                                                            \
    MF_DSP_LOADS "eor r4, r4, #0x007f007f\n\t" MF_DSP_OUTPUT("r6", "s0")       \
        MF_DSP_OUTPUT("r8", "s1") MF_DSP_OUTPUT("r9", "s2")                    \
            MF_DSP_OUTPUT("r10", "s3")
#define MF_DSP_PLAIN_STEP                                                      \
    MF_DSP_LOADS "sxtb16 r4, r4, ror #8\n\t" MF_DSP_PLAIN_OUTPUT("r6", "s0")   \
        MF_DSP_PLAIN_OUTPUT("r8", "s1") MF_DSP_PLAIN_OUTPUT("r9", "s2")        \
            MF_DSP_PLAIN_OUTPUT("r10", "s3")
#define MF_DSP_STEPS(step, repeat, again)                                      \
    __asm__ volatile("1:\n\t.rept " repeat "\n\t" step ".endr\n\t" again       \
                     : [x] "+r"(in), [w] "+r"(weight), [s0] "+r"(s0),          \
                       [s1] "+r"(s1), [s2] "+r"(s2), [s3] "+r"(s3)             \
                     : [e] "r"(end)                                            \
                     : "r4", "r5", "r6", "r8", "r9", "r10", "r11", "cc",       \
                       "memory")
    if (plain) {
#define MF_DSP_RUN(repeat, again) MF_DSP_STEPS(MF_DSP_PLAIN_STEP, repeat, again)
        MF_DSP_ALL(whole);
#undef MF_DSP_RUN
    } else {
#define MF_DSP_RUN(repeat, again) MF_DSP_STEPS(MF_DSP_STEP, repeat, again)
        MF_DSP_ALL(whole);
#undef MF_DSP_RUN
    }
#undef MF_DSP_STEPS
#undef MF_DSP_PLAIN_STEP
#undef MF_DSP_STEP
#undef MF_DSP_PLAIN_OUTPUT
#undef MF_DSP_OUTPUT
#undef MF_DSP_LOADS
    sum[0] = s0;
    sum[1] = s1;
    sum[2] = s2;
    sum[3] = s3;
#else
    for (mf_index g = 0; g < whole; g++) {
        mf_dsp_dot_word(mf_dsp_bytes(in + 4 * g, 4), weight + 4 * g, plain,
                        sum);
    }
    in += 4 * whole;
    weight += 4 * whole;
#endif
    if (rest != 0) {
        mf_dsp_dot_word(mf_dsp_bytes(in, rest), weight, plain, sum);
        weight += 4;
    }
    return weight;
}

/* Widens bytes 0 to 3 of two columns of data, each at `in` and `step` behind
 * it, for `pairs` pairs of columns: byte k of both goes to the word
 * wide[k * plane], and so on along the row.  The words need not be aligned. */
MF_INLINE void mf_dsp_transpose(const int8_t *in, mf_index step, mf_index pairs,
                                int16_t *wide, mf_index plane) {
#if MF_DSP_ASM
    const int16_t *end = wide + 2 * pairs;
    uint32_t a02, a13, b02, b13, word;
/* To the words of bytes 1, 2 and 3; then comes that of byte 0. */
#define MF_DSP_COLUMNS(to1, to2, to3)                                          \
    "ldr %[b13], [%[in], %[step]]\n\t"                                         \
    "ldr %[a13], [%[in]]\n\t"                                                  \
    "add %[in], %[in], %[step], lsl #1\n\t"                                    \
    "sxtb16 %[a02], %[a13]\n\t"                                                \
    "sxtb16 %[a13], %[a13], ror #8\n\t"                                        \
    "sxtb16 %[b02], %[b13]\n\t"                                                \
    "sxtb16 %[b13], %[b13], ror #8\n\t"                                        \
    "pkhbt %[word], %[a13], %[b13], lsl #16\n\t"                               \
    "str %[word], " to1 "\n\t"                                                 \
    "pkhtb %[b13], %[b13], %[a13], asr #16\n\t"                                \
    "str %[b13], " to3 "\n\t"                                                  \
    "pkhbt %[word], %[a02], %[b02], lsl #16\n\t"                               \
    "pkhtb %[b02], %[b02], %[a02], asr #16\n\t"                                \
    "str %[b02], " to2 "\n\t"                                                  \
    "str %[word], [%[t0]], #4\n\t"
#define MF_DSP_COLUMN_WORDS                                                    \
    [in] "+r"(in), [t0] "+r"(wide), [a02] "=&r"(a02), [a13] "=&r"(a13),        \
        [b02] "=&r"(b02), [b13] "=&r"(b13), [word] "=&r"(word)
#if MF_DSP_LOOPS && !MF_DSP_SMALL
#define MF_DSP_PAIRS(repeat)                                                   \
    __asm__ volatile(".rept " repeat                                           \
                     "\n\t" MF_DSP_COLUMNS("[%[t0], %[o1]]", "[%[t0], %[o2]]", \
                                           "[%[t0], %[o3]]") ".endr"           \
                     : MF_DSP_COLUMN_WORDS                                     \
                     : [step] "r"(step), [o1] "i"(2 * plane),                  \
                       [o2] "i"(4 * plane), [o3] "i"(6 * plane)                \
                     : "memory")
    if (MF_DSP_IS_LITERAL(plane) && plane < 680) {
        if (!MF_DSP_IS_LITERAL(pairs)) {
            while (wide != end) {
                MF_DSP_PAIRS("1");
            }
            return;
        }
        if (pairs % 2 != 0) {
            MF_DSP_PAIRS("1");
        }
        for (mf_index left = pairs / 2; left > 0; left--) {
            MF_DSP_PAIRS("2");
        }
        return;
    }
#undef MF_DSP_PAIRS
#endif
    int16_t *t1 = wide + plane, *t2 = t1 + plane, *t3 = t2 + plane;
    while (wide != end) {
        __asm__ volatile(
            MF_DSP_COLUMNS("[%[t1]], #4", "[%[t2]], #4", "[%[t3]], #4")
            : MF_DSP_COLUMN_WORDS, [t1] "+r"(t1), [t2] "+r"(t2), [t3] "+r"(t3)
            : [step] "r"(step)
            : "memory");
    }
#undef MF_DSP_COLUMN_WORDS
#undef MF_DSP_COLUMNS
#else
    for (mf_index x = 0; x < 2 * pairs; x++) {
        for (mf_index k = 0; k < 4; k++) {
            wide[k * plane + x] = in[x * step + k];
        }
    }
#endif
}

/* The same of a single column. */
MF_INLINE void mf_dsp_transpose_one(const int8_t *in, int16_t *wide,
                                    mf_index plane) {
#if MF_DSP_ASM
    const int32_t word = mf_dsp_bytes(in, 4);
    const int32_t even = mf_dsp_even(word), odd = mf_dsp_odd(word);
    wide[0] = (int16_t)even;
    wide[plane] = (int16_t)odd;
    wide[2 * plane] = (int16_t)(even >> 16);
    wide[3 * plane] = (int16_t)(odd >> 16);
#else
    for (mf_index k = 0; k < 4; k++) {
        wide[k * plane] = in[k];
    }
#endif
}

#endif
