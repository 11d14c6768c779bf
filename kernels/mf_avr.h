/* Primitives for AVR with a multiplier (MUL, MULS): 8 x 8 bits at a time,
 * weights straight from flash, sums of 24 bits.
 *
 * Each has the assembly for the core and, elsewhere, C that computes the same:
 * code made for AVR also runs on a host, and under proof. */
#ifndef MF_AVR_H
#define MF_AVR_H

#include "mf_core.h"

#if defined(__AVR_HAVE_MUL__) && defined(MF_CONSTANTS_IN_FLASH) &&             \
    defined(__GNUC__)
#define MF_AVR_ASM 1
typedef __int24 mf_avr_sum;
#else
#define MF_AVR_ASM 0
typedef int32_t mf_avr_sum;
#endif

/* Bytes of a channel's bias, which stands before its weights. */
enum { MF_AVR_BIAS = 3 };

/* How sums become outputs: what is 0 or less gives `least`, what is `limit` or
 * more gives `most`; any other
 *     (sum * multiplier + offset * 2^16) / 2^32, its low 8 bits,
 * with `offset_low` instead for sums below `knee`.  The compiler holds every
 * output this can give to the one definition of requantisation.
 *
 * This is for sums below 2^16 and one factor for all channels: `row` is 0. Else
 * each channel has a row of numbers before its bias, least significant byte
 * first: limit (3 bytes), high (1), multiplier (4), offset (4) and, in rows of
 * MF_AVR_KNEE_ROW bytes, knee (3) and offset_low (4).  Where high is 1 it is
 * 2^40 that divides.  Of the members here only `least` and `most` count. */
typedef struct mf_avr_scale {
    mf_index row;               /* 0, MF_AVR_ROW or MF_AVR_KNEE_ROW */
    mf_index narrow;            /* 1: in no row is high 1 or limit over 65536 */
    int32_t multiplier;         /* unsigned 32 bits */
    int32_t offset, offset_low; /* 24 bits count */
    int32_t knee;               /* 0: offset_low is not used */
    int32_t limit;              /* at most 65536 */
    int32_t least, most;
} mf_avr_scale;

enum { MF_AVR_ROW = 12, MF_AVR_KNEE_ROW = 19 };

#if !MF_AVR_ASM
/* The number of 24 bits that x is modulo 2^24. */
MF_INLINE mf_avr_sum mf_avr_wrap(uint32_t x) {
    const int32_t low = (int32_t)(x & 0xffffff);
    return low < INT32_C(0x800000) ? low : low - INT32_C(0x1000000);
}
#endif

/* A number of 24 bits, least significant byte first. */
MF_INLINE mf_avr_sum mf_avr_load_s24(const int8_t *p) {
#if MF_AVR_ASM
    mf_avr_sum x;
    __asm__("lpm %A[x], Z+\n\t"
            "lpm %B[x], Z+\n\t"
            "lpm %C[x], Z+"
            : [x] "=r"(x), "+z"(p));
    return x;
#else
    return (int32_t)(uint8_t)mf_load_s8(p) +
           (int32_t)(uint8_t)mf_load_s8(p + 1) * 256 +
           (int32_t)mf_load_s8(p + 2) * 65536;
#endif
}

#if MF_AVR_ASM
/* MULS leaves the product's sign in the carry. */
#define MF_AVR_STEP                                                            \
    "ld %[a], X+\n\t"                                                          \
    "lpm %[b], Z+\n\t"                                                         \
    "muls %[a], %[b]\n\t"                                                      \
    "sbc %[a], %[a]\n\t"                                                       \
    "add %A[sum], r0\n\t"                                                      \
    "adc %B[sum], r1\n\t"                                                      \
    "adc %C[sum], %[a]\n\t"
#endif

/* The bias at `channel` plus the products of the n weights behind it with x[0],
 * x[1], ...; n >= 1.  No partial sum leaves 24 bits. */
MF_INLINE mf_avr_sum mf_avr_dot(const int8_t *x, const int8_t *channel,
                                mf_index n) {
#if MF_AVR_ASM
    mf_avr_sum sum;
    const int8_t *w = channel;
    uint8_t a, b;
    __asm__("lpm %A[sum], Z+\n\t"
            "lpm %B[sum], Z+\n\t"
            "lpm %C[sum], Z+"
            : [sum] "=r"(sum), [w] "+z"(w));
    while (n >= 4) {
        /* As many as a counter of 8 bits takes. */
        uint8_t count = (uint8_t)(n >= 4 * 255 ? 255 : n / 4);
        n -= 4 * (mf_index)count;
        __asm__ volatile("1:\n\t"
                         ".rept 4\n\t" MF_AVR_STEP ".endr\n\t"
                         "dec %[n]\n\t"
                         "brne 1b\n\t"
                         "clr __zero_reg__"
                         : [sum] "+r"(sum), [x] "+x"(x), [w] "+z"(w),
                           [n] "+r"(count), [a] "=&d"(a), [b] "=&d"(b)
                         :
                         : "r0", "memory");
    }
    if (n > 0) {
        uint8_t count = (uint8_t)n;
        __asm__ volatile("1:\n\t" MF_AVR_STEP "dec %[n]\n\t"
                         "brne 1b\n\t"
                         "clr __zero_reg__"
                         : [sum] "+r"(sum), [x] "+x"(x), [w] "+z"(w),
                           [n] "+r"(count), [a] "=&d"(a), [b] "=&d"(b)
                         :
                         : "r0", "memory");
    }
    return sum;
#else
    uint32_t sum = (uint32_t)mf_avr_load_s24(channel);
    for (mf_index k = 0; k < n; k++) {
        sum +=
            (uint32_t)((int32_t)x[k] * mf_load_s8(channel + (MF_AVR_BIAS + k)));
    }
    return mf_avr_wrap(sum);
#endif
}

/* The same with x[0], x[step], x[2 * step], ...; n is 1 to 255. */
MF_INLINE mf_avr_sum mf_avr_dot_step(const int8_t *x, mf_index step,
                                     const int8_t *channel, mf_index n) {
#if MF_AVR_ASM
    mf_avr_sum sum;
    const int8_t *w = channel;
    uint8_t a, b, count = (uint8_t)n;
    __asm__ volatile("lpm %A[sum], Z+\n\t"
                     "lpm %B[sum], Z+\n\t"
                     "lpm %C[sum], Z+\n"
                     "1:\n\t"
                     "ld %[a], X\n\t"
                     "lpm %[b], Z+\n\t"
                     "muls %[a], %[b]\n\t"
                     "sbc %[a], %[a]\n\t"
                     "add %A[sum], r0\n\t"
                     "adc %B[sum], r1\n\t"
                     "adc %C[sum], %[a]\n\t"
                     "add %A[x], %A[step]\n\t"
                     "adc %B[x], %B[step]\n\t"
                     "dec %[n]\n\t"
                     "brne 1b\n\t"
                     "clr __zero_reg__"
                     : [sum] "=&r"(sum), [x] "+x"(x), [w] "+z"(w),
                       [n] "+r"(count), [a] "=&d"(a), [b] "=&d"(b)
                     : [step] "r"(step)
                     : "r0", "memory");
    return sum;
#else
    uint32_t sum = (uint32_t)mf_avr_load_s24(channel);
    for (mf_index k = 0; k < n; k++) {
        sum += (uint32_t)((int32_t)x[k * step] *
                          mf_load_s8(channel + (MF_AVR_BIAS + k)));
    }
    return mf_avr_wrap(sum);
#endif
}

/* Bits 32 to 39 of x * multiplier + offset * 2^16. */
MF_INLINE uint8_t mf_avr_multiply_u16(uint16_t x, uint32_t multiplier,
                                      uint32_t offset) {
#if MF_AVR_ASM
    uint8_t p1, p4, zero;
    uint16_t p;
    __asm__("clr %[z]\n\t"
            "mul %A[x], %A[m]\n\t"
            "mov %[p1], r1\n\t"
            "mul %A[x], %C[m]\n\t"
            "movw %A[p], r0\n\t"
            "mul %B[x], %D[m]\n\t"
            "mov %[p4], r0\n\t"
            "mul %A[x], %B[m]\n\t"
            "add %[p1], r0\n\t"
            "adc %A[p], r1\n\t"
            "adc %B[p], %[z]\n\t"
            "adc %[p4], %[z]\n\t"
            "mul %B[x], %A[m]\n\t"
            "add %[p1], r0\n\t"
            "adc %A[p], r1\n\t"
            "adc %B[p], %[z]\n\t"
            "adc %[p4], %[z]\n\t"
            "mul %B[x], %B[m]\n\t"
            "add %A[p], r0\n\t"
            "adc %B[p], r1\n\t"
            "adc %[p4], %[z]\n\t"
            "mul %A[x], %D[m]\n\t"
            "add %B[p], r0\n\t"
            "adc %[p4], r1\n\t"
            "mul %B[x], %C[m]\n\t"
            "add %B[p], r0\n\t"
            "adc %[p4], r1\n\t"
            "clr __zero_reg__\n\t"
            "add %A[p], %A[o]\n\t"
            "adc %B[p], %B[o]\n\t"
            "adc %[p4], %C[o]"
            : [p1] "=&r"(p1), [p] "=&r"(p), [p4] "=&r"(p4), [z] "=&r"(zero)
            : [x] "r"(x), [m] "r"(multiplier), [o] "r"((__uint24)offset)
            : "r0");
    return p4;
#else
    return (uint8_t)(((uint64_t)x * multiplier + ((uint64_t)offset << 16)) >>
                     32);
#endif
}

#if MF_AVR_ASM
/* Adds the product of two bytes from byte 1, 2 or 3 on. */
#define MF_AVR_ADD_1(a, b)                                                     \
    "mul " a ", " b "\n\t"                                                     \
    "add %[p1], r0\n\t"                                                        \
    "adc %A[p23], r1\n\t"                                                      \
    "adc %B[p23], %[z]\n\t"                                                    \
    "adc %A[p45], %[z]\n\t"                                                    \
    "adc %B[p45], %[z]\n\t"
#define MF_AVR_ADD_2(a, b)                                                     \
    "mul " a ", " b "\n\t"                                                     \
    "add %A[p23], r0\n\t"                                                      \
    "adc %B[p23], r1\n\t"                                                      \
    "adc %A[p45], %[z]\n\t"                                                    \
    "adc %B[p45], %[z]\n\t"
#define MF_AVR_ADD_3(a, b)                                                     \
    "mul " a ", " b "\n\t"                                                     \
    "add %B[p23], r0\n\t"                                                      \
    "adc %A[p45], r1\n\t"                                                      \
    "adc %B[p45], %[z]\n\t"
#endif

/* Bits 32 to 47 of x * multiplier + offset * 2^16; x is below 2^24. */
MF_INLINE uint16_t mf_avr_multiply_u24(uint32_t x, uint32_t multiplier,
                                       uint32_t offset) {
#if MF_AVR_ASM
    uint8_t p1, zero;
    uint16_t p23, p45;
    __asm__(
        "clr %[z]\n\t"
        "mul %A[x], %A[m]\n\t"
        "mov %[p1], r1\n\t"
        "mul %A[x], %C[m]\n\t"
        "movw %A[p23], r0\n\t"
        "mul %C[x], %C[m]\n\t"
        "movw %A[p45], r0\n\t" MF_AVR_ADD_1("%A[x]", "%B[m]")
            MF_AVR_ADD_1("%B[x]", "%A[m]") MF_AVR_ADD_2("%B[x]", "%B[m]")
                MF_AVR_ADD_2("%C[x]", "%A[m]") MF_AVR_ADD_3("%A[x]", "%D[m]")
                    MF_AVR_ADD_3("%B[x]", "%C[m]")
                        MF_AVR_ADD_3("%C[x]", "%B[m]") "mul %B[x], %D[m]\n\t"
                                                       "add %A[p45], r0\n\t"
                                                       "adc %B[p45], r1\n\t"
                                                       "mul %C[x], %D[m]\n\t"
                                                       "add %B[p45], r0\n\t"
                                                       "clr __zero_reg__\n\t"
                                                       "add %A[p23], %A[o]\n\t"
                                                       "adc %B[p23], %B[o]\n\t"
                                                       "adc %A[p45], %C[o]\n\t"
                                                       "adc %B[p45], %D[o]"
        : [p1] "=&r"(p1), [p23] "=&r"(p23), [p45] "=&r"(p45), [z] "=&r"(zero)
        : [x] "r"((__uint24)x), [m] "r"(multiplier), [o] "r"(offset)
        : "r0");
    return p45;
#else
    return (uint16_t)(((uint64_t)x * multiplier + ((uint64_t)offset << 16)) >>
                      32);
#endif
}

/* The number of 32 bits at p, least significant byte first. */
MF_INLINE uint32_t mf_avr_load_u32(const int8_t *p) {
#if MF_AVR_ASM
    return (uint32_t)mf_load_s32((const int32_t *)(const void *)p);
#else
    return (uint32_t)mf_avr_load_s24(p) % 16777216 +
           (uint32_t)(uint8_t)mf_load_s8(p + 3) * 16777216;
#endif
}

MF_INLINE int8_t mf_avr_signed(uint8_t byte) {
    return (int8_t)(byte < 128 ? byte : byte - 256);
}

/* By the numbers of the layer. */
MF_INLINE int8_t mf_avr_output_u16(const mf_avr_scale *p, mf_avr_sum sum) {
    if (sum >= (mf_avr_sum)p->limit) {
        return (int8_t)p->most;
    }
    const int32_t offset =
        sum < (mf_avr_sum)p->knee ? p->offset_low : p->offset;
    return mf_avr_signed(mf_avr_multiply_u16(
        (uint16_t)sum, (uint32_t)p->multiplier, (uint32_t)offset));
}

/* By the row at `channel`. */
MF_INLINE int8_t mf_avr_output_u24(const mf_avr_scale *p, const int8_t *channel,
                                   mf_avr_sum sum) {
    if (sum >= mf_avr_load_s24(channel)) {
        return (int8_t)p->most;
    }
    uint32_t offset = mf_avr_load_u32(channel + 8);
    if (p->row == MF_AVR_KNEE_ROW &&
        sum < mf_avr_load_s24(channel + MF_AVR_ROW)) {
        offset = mf_avr_load_u32(channel + MF_AVR_ROW + 3);
    }
    const uint32_t multiplier = mf_avr_load_u32(channel + 4);
    if (p->narrow) {
        return mf_avr_signed(
            mf_avr_multiply_u16((uint16_t)sum, multiplier, offset & 0xffffff));
    }
    const uint16_t word =
        mf_avr_multiply_u24((uint32_t)sum, multiplier, offset);
    return mf_avr_signed(
        (uint8_t)(mf_load_s8(channel + 3) ? word >> 8 : word & 255));
}

/* The output for a sum over the channel whose numbers stand at `channel`. */
MF_INLINE int8_t mf_avr_output(const mf_avr_scale *p, const int8_t *channel,
                               mf_avr_sum sum) {
    if (sum <= 0) {
        return (int8_t)p->least;
    }
    return p->row ? mf_avr_output_u24(p, channel, sum)
                  : mf_avr_output_u16(p, sum);
}

#endif
