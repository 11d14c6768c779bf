/* Sums of products on Arm cores with Helium (Cortex-M55, M85): VMLADAVA adds
 * sixteen products of bytes to a register, and four results are scaled at a
 * time.
 *
 * Weights come as words, the first of four in the lowest byte, in blocks of
 * sixteen; a last block is filled up with zeros.  Data are read where they lie:
 * of a last block only the bytes that there are.
 *
 * Elsewhere than on such a core the same functions are portable C: the same
 * numbers in the same places, so that what is proved or tested there holds. */
#ifndef MF_MVE_H
#define MF_MVE_H

#include "mf_core.h"

#if defined(__ARM_FEATURE_MVE) && defined(__GNUC__)
#include <arm_mve.h>
#define MF_MVE 1
/* Four numbers, and sixteen bytes. */
typedef int32x4_t mf_mve_lanes;
typedef int8x16_t mf_mve_bytes;
/* Distances of four elements from the first, in bytes. */
typedef uint32x4_t mf_mve_places;
#else
#define MF_MVE 0
typedef struct mf_mve_lanes {
    int32_t lane[4];
} mf_mve_lanes;
typedef struct mf_mve_bytes {
    int8_t byte[16];
} mf_mve_bytes;
typedef struct mf_mve_places {
    mf_index at[4];
} mf_mve_places;
#endif

/* Blocks of sixteen that `count` elements make, the last one filled up. */
MF_INLINE mf_index mf_mve_blocks(mf_index count) {
    return (count + 15) / 16;
}

MF_INLINE mf_mve_lanes mf_mve_lanes_of(int32_t a, int32_t b, int32_t c,
                                       int32_t d) {
    mf_mve_lanes lanes;
#if MF_MVE
    __asm__("vmov %q[v][2], %q[v][0], %[a], %[c]\n\t"
            "vmov %q[v][3], %q[v][1], %[b], %[d]"
            : [v] "=&w"(lanes)
            : [a] "r"(a), [b] "r"(b), [c] "r"(c), [d] "r"(d));
#else
    lanes.lane[0] = a;
    lanes.lane[1] = b;
    lanes.lane[2] = c;
    lanes.lane[3] = d;
#endif
    return lanes;
}

#if !MF_MVE
/* Byte i of a run of words, as a signed number. */
MF_INLINE int32_t mf_mve_byte(const int32_t *words, mf_index i) {
    const uint32_t word = (uint32_t)mf_load_s32(words + i / 4);
    const int32_t byte = (int32_t)(word >> (int)(8 * (i % 4)) & 0xff);
    return byte < 0x80 ? byte : byte - 0x100;
}

/* Adds to `sum` the products of `count` data and the weights of one output of
 * `outputs` whose blocks alternate.  Sums wrap, like all of Helium's. */
MF_INLINE int32_t mf_mve_dot_run(int32_t sum, const int8_t *data,
                                 const int32_t *weight, mf_index outputs,
                                 mf_index output, mf_index count) {
    uint32_t total = (uint32_t)sum;
    for (mf_index k = 0; k < count; k++) {
        total +=
            (uint32_t)(data[k] *
                       mf_mve_byte(weight + (k / 16 * outputs + output) * 4,
                                   k % 16));
    }
    return mf_wrap_s32(total);
}
#endif

#if MF_MVE
/* `step` for every whole block, four at a time where there are as many. */
#define MF_MVE_RUN(repeat, times, step, operands)                              \
    __asm__ volatile("dls lr, %[n]\n\t"                                        \
                     "1:\n\t"                                                  \
                     ".rept " repeat "\n\t" step ".endr\n\t"                   \
                     "le lr, 1b"                                               \
                     : operands                                                \
                     : [n] "r"(times)                                          \
                     : "q0", "q1", "q2", "q3", "lr", "memory")
#endif

/* Two runs of `count` data by two outputs: `weight` starts with the outputs'
 * biases, then come their blocks by turns.  Gives run a by output 0 and 1, run
 * b by output 0 and 1. */
MF_INLINE mf_mve_lanes mf_mve_dot_2x2(const int8_t *a, const int8_t *b,
                                      const int32_t *weight, mf_index count) {
#if MF_MVE
    int32_t s0 = weight[0], s1 = weight[1], s2 = s0, s3 = s1;
    weight += 2;
#define MF_MVE_OPERANDS                                                        \
    [a] "+r"(a), [b] "+r"(b), [w] "+r"(weight), [s0] "+Te"(s0),                \
        [s1] "+Te"(s1), [s2] "+Te"(s2), [s3] "+Te"(s3)
#define MF_MVE_PRODUCTS                                                        \
    "vldrb.8 q2, [%[w]], #16\n\t"                                              \
    "vmladava.s8 %[s0], q0, q2\n\t"                                            \
    "vldrb.8 q3, [%[w]], #16\n\t"                                              \
    "vmladava.s8 %[s2], q1, q2\n\t"                                            \
    "vmladava.s8 %[s1], q0, q3\n\t"                                            \
    "vmladava.s8 %[s3], q1, q3\n\t"
#define MF_MVE_STEP                                                            \
    "vldrb.8 q0, [%[a]], #16\n\t"                                              \
    "vldrb.8 q1, [%[b]], #16\n\t" MF_MVE_PRODUCTS
    if (count >= 64) {
        MF_MVE_RUN("4", count / 64, MF_MVE_STEP, MF_MVE_OPERANDS);
    }
    if (count / 16 % 4 != 0) {
        MF_MVE_RUN("1", count / 16 % 4, MF_MVE_STEP, MF_MVE_OPERANDS);
    }
    if (count % 16 != 0) {
        __asm__ volatile("vctp.8 %[n]\n\t"
                         "vpstt\n\t"
                         "vldrbt.8 q0, [%[a]]\n\t"
                         "vldrbt.8 q1, [%[b]]\n\t" MF_MVE_PRODUCTS
:MF_MVE_OPERANDS
                         : [n] "r"(count % 16)
                         : "q0", "q1", "q2", "q3", "memory");
    }
#undef MF_MVE_STEP
#undef MF_MVE_PRODUCTS
#undef MF_MVE_OPERANDS
    return mf_mve_lanes_of(s0, s1, s2, s3);
#else
    const int32_t *blocks = weight + 2;
    return mf_mve_lanes_of(
        mf_mve_dot_run(mf_load_s32(weight), a, blocks, 2, 0, count),
        mf_mve_dot_run(mf_load_s32(weight + 1), a, blocks, 2, 1, count),
        mf_mve_dot_run(mf_load_s32(weight), b, blocks, 2, 0, count),
        mf_mve_dot_run(mf_load_s32(weight + 1), b, blocks, 2, 1, count));
#endif
}

/* One run of `count` data by four outputs, whose biases come first. */
MF_INLINE mf_mve_lanes mf_mve_dot_1x4(const int8_t *a, const int32_t *weight,
                                      mf_index count) {
#if MF_MVE
    int32_t s0 = weight[0], s1 = weight[1], s2 = weight[2], s3 = weight[3];
    weight += 4;
#define MF_MVE_OPERANDS                                                        \
    [a] "+r"(a), [w] "+r"(weight), [s0] "+Te"(s0), [s1] "+Te"(s1),             \
        [s2] "+Te"(s2), [s3] "+Te"(s3)
#define MF_MVE_PRODUCTS                                                        \
    "vldrb.8 q1, [%[w]], #16\n\t"                                              \
    "vmladava.s8 %[s0], q0, q1\n\t"                                            \
    "vldrb.8 q2, [%[w]], #16\n\t"                                              \
    "vmladava.s8 %[s1], q0, q2\n\t"                                            \
    "vldrb.8 q3, [%[w]], #16\n\t"                                              \
    "vmladava.s8 %[s2], q0, q3\n\t"                                            \
    "vldrb.8 q1, [%[w]], #16\n\t"                                              \
    "vmladava.s8 %[s3], q0, q1\n\t"
#define MF_MVE_STEP "vldrb.8 q0, [%[a]], #16\n\t" MF_MVE_PRODUCTS
    if (count >= 64) {
        MF_MVE_RUN("4", count / 64, MF_MVE_STEP, MF_MVE_OPERANDS);
    }
    if (count / 16 % 4 != 0) {
        MF_MVE_RUN("1", count / 16 % 4, MF_MVE_STEP, MF_MVE_OPERANDS);
    }
    if (count % 16 != 0) {
        __asm__ volatile("vctp.8 %[n]\n\t"
                         "vpst\n\t"
                         "vldrbt.8 q0, [%[a]]\n\t" MF_MVE_PRODUCTS
:MF_MVE_OPERANDS
                         : [n] "r"(count % 16)
                         : "q0", "q1", "q2", "q3", "memory");
    }
#undef MF_MVE_STEP
#undef MF_MVE_PRODUCTS
#undef MF_MVE_OPERANDS
    return mf_mve_lanes_of(s0, s1, s2, s3);
#else
    const int32_t *blocks = weight + 4;
    return mf_mve_lanes_of(
        mf_mve_dot_run(mf_load_s32(weight), a, blocks, 4, 0, count),
        mf_mve_dot_run(mf_load_s32(weight + 1), a, blocks, 4, 1, count),
        mf_mve_dot_run(mf_load_s32(weight + 2), a, blocks, 4, 2, count),
        mf_mve_dot_run(mf_load_s32(weight + 3), a, blocks, 4, 3, count));
#endif
}

/* Sixteen weights from byte `from` of a run of words. */
MF_INLINE mf_mve_bytes mf_mve_weights(const int32_t *words, mf_index from) {
#if MF_MVE
    return vldrbq_s8((const int8_t *)words + from);
#else
    mf_mve_bytes bytes;
    //@ loop unroll 16;
    for (mf_index k = 0; k < 16; k++) {
        bytes.byte[k] = (int8_t)mf_mve_byte(words, from + k);
    }
    return bytes;
#endif
}

/* Places 0, step, 2 * step, 3 * step. */
MF_INLINE mf_mve_places mf_mve_line(mf_index step) {
    mf_mve_places places;
#if MF_MVE
    places = vmulq_n_u32(vidupq_n_u32(0, 1), (uint32_t)step);
    /* Else the compiler makes them anew wherever they are used. */
    __asm__("" : "+w"(places));
#else
    //@ loop unroll 4;
    for (mf_index k = 0; k < 4; k++) {
        places.at[k] = k * step;
    }
#endif
    return places;
}

/* Places 0, column, row, row + column. */
MF_INLINE mf_mve_places mf_mve_square(mf_index row, mf_index column) {
    mf_mve_places places;
#if MF_MVE
    const uint32x4_t k = vidupq_n_u32(0, 1);
    places =
        vmlaq_n_u32(vmulq_n_u32(vandq_u32(k, vdupq_n_u32(1)), (uint32_t)column),
                    vshrq_n_u32(k, 1), (uint32_t)row);
    __asm__("" : "+w"(places));
#else
    //@ loop unroll 4;
    for (mf_index k = 0; k < 4; k++) {
        places.at[k] = k / 2 * row + k % 2 * column;
    }
#endif
    return places;
}

/* Sixteen bytes of data, of which there are `count`: zeros after them. */
MF_INLINE mf_mve_bytes mf_mve_data(const int8_t *data, mf_index count) {
    mf_mve_bytes bytes;
#if MF_MVE
    if (count >= 16) {
        return vldrbq_s8(data);
    }
    __asm__("vctp.8 %[n]\n\t"
            "vpst\n\t"
            "vldrbt.8 %q[v], [%[data]]"
            : [v] "=w"(bytes)
            : [n] "r"(count), [data] "r"(data)
            : "memory");
#else
    //@ loop unroll 16;
    for (mf_index k = 0; k < 16; k++) {
        bytes.byte[k] = (int8_t)(k < count ? data[k] : 0);
    }
#endif
    return bytes;
}

/* Four words of data; aligned to 4 bytes. */
MF_INLINE mf_mve_bytes mf_mve_cell(const int8_t *data,
                                   const mf_mve_places *places) {
#if MF_MVE
    return vreinterpretq_s8_s32(
        vldrwq_gather_offset_s32((const int32_t *)(const void *)data, *places));
#else
    mf_mve_bytes bytes;
    //@ loop unroll 16;
    for (int k = 0; k < 16; k++) {
        bytes.byte[k] = data[places->at[k / 4] + k % 4];
    }
    return bytes;
#endif
}

/* sum + the sixteen products. */
MF_INLINE int32_t mf_mve_dot_add(int32_t sum, mf_mve_bytes x, mf_mve_bytes w) {
#if MF_MVE
    return vmladavaq_s8(sum, x, w);
#else
    //@ loop unroll 16;
    for (int k = 0; k < 16; k++) {
        sum = mf_wrap_s32((uint32_t)sum + (uint32_t)(x.byte[k] * w.byte[k]));
    }
    return sum;
#endif
}
MF_INLINE int32_t mf_mve_dot(mf_mve_bytes x, mf_mve_bytes w) {
#if MF_MVE
    return vmladavq_s8(x, w);
#else
    return mf_mve_dot_add(0, x, w);
#endif
}

MF_INLINE mf_mve_lanes mf_mve_add(mf_mve_lanes x, int32_t y) {
#if MF_MVE
    return vaddq_n_s32(x, y);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        x.lane[k] = mf_wrap_s32((uint32_t)x.lane[k] + (uint32_t)y);
    }
    return x;
#endif
}

/* Where results go in the output's units. */
typedef struct mf_mve_range {
    int32_t zero_point, min, max; /* within int8_t */
} mf_mve_range;

#if MF_MVE
/* A result that rounds up where it should go away from zero is at most 0: the
 * difference shows unless such results end up at the lower bound anyway. */
MF_INLINE int32x4_t mf_mve_before_shift(int32x4_t x,
                                        const mf_mve_range *range) {
    return range->zero_point <= range->min ? x
                                           : vaddq_s32(x, vshrq_n_s32(x, 31));
}

/* To the zero point and the bounds; only the lowest byte of a lane counts. */
MF_INLINE int32x4_t mf_mve_after_shift(int32x4_t x, const mf_mve_range *range) {
    x = vaddq_n_s32(x, range->zero_point);
    if (range->min > -128 || range->max < 127) {
        x = vmaxq_s32(x, vdupq_n_s32(range->min));
        return vminq_s32(x, vdupq_n_s32(range->max));
    }
    __asm__("vqmovnb.s32 %q[x], %q[x]\n\t"
            "vqmovnb.s16 %q[x], %q[x]"
            : [x] "+w"(x));
    return x;
}
#else
MF_INLINE int32_t mf_mve_result(int32_t x, int32_t multiplier, int32_t shift,
                                const mf_mve_range *range) {
    return mf_clamp(mf_scale(x, multiplier, (int)shift) + range->zero_point,
                    range->min, range->max);
}
#endif

/* mf_scale(x, multiplier, shift) + zero point, clamped; -31 <= shift < 0. */
MF_INLINE mf_mve_lanes mf_mve_requantize(mf_mve_lanes x, int32_t multiplier,
                                         int32_t shift,
                                         const mf_mve_range *range) {
#if MF_MVE
    x = mf_mve_before_shift(vqrdmulhq_n_s32(x, multiplier), range);
    return mf_mve_after_shift(vrshlq_n_s32(x, shift), range);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        x.lane[k] = mf_mve_result(x.lane[k], multiplier, shift, range);
    }
    return x;
#endif
}

/* The same, with a multiplier and a shift for each lane: four multipliers,
 * then four shifts. */
MF_INLINE mf_mve_lanes mf_mve_requantize_4(mf_mve_lanes x, const int32_t *scale,
                                           const mf_mve_range *range) {
#if MF_MVE
    x = mf_mve_before_shift(vqrdmulhq_s32(x, vldrwq_s32(scale)), range);
    return mf_mve_after_shift(vrshlq_s32(x, vldrwq_s32(scale + 4)), range);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        x.lane[k] = mf_mve_result(x.lane[k], mf_load_s32(scale + k),
                                  mf_load_s32(scale + 4 + k), range);
    }
    return x;
#endif
}

/* The same for lanes of outputs 0, 1, 0, 1: two multipliers, two shifts;
 * `pairs` is mf_mve_square(0, 4). */
MF_INLINE mf_mve_lanes mf_mve_requantize_2x2(mf_mve_lanes x,
                                             const int32_t *scale,
                                             const mf_mve_places *pairs,
                                             const mf_mve_range *range) {
#if MF_MVE
    x = mf_mve_before_shift(
        vqrdmulhq_s32(x, vldrwq_gather_offset_s32(scale, *pairs)), range);
    return mf_mve_after_shift(
        vrshlq_s32(x, vldrwq_gather_offset_s32(scale + 2, *pairs)), range);
#else
    (void)pairs;
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        x.lane[k] = mf_mve_result(x.lane[k], mf_load_s32(scale + k % 2),
                                  mf_load_s32(scale + 2 + k % 2), range);
    }
    return x;
#endif
}

/* Four bytes as numbers, and the lowest bytes of four numbers. */
MF_INLINE mf_mve_lanes mf_mve_widen(const int8_t *from) {
#if MF_MVE
    return vldrbq_s32(from);
#else
    return mf_mve_lanes_of(from[0], from[1], from[2], from[3]);
#endif
}
MF_INLINE void mf_mve_narrow(int8_t *to, mf_mve_lanes x) {
#if MF_MVE
    vstrbq_s32(to, x);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        to[k] = (int8_t)x.lane[k];
    }
#endif
}

/* a + b. */
MF_INLINE mf_mve_lanes mf_mve_sum(mf_mve_lanes a, mf_mve_lanes b) {
#if MF_MVE
    return vaddq_s32(a, b);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        a.lane[k] = mf_wrap_s32((uint32_t)a.lane[k] + (uint32_t)b.lane[k]);
    }
    return a;
#endif
}

/* x * 2^20, which fits. */
MF_INLINE mf_mve_lanes mf_mve_shift_left_20(mf_mve_lanes x) {
#if MF_MVE
    return vshlq_n_s32(x, 20);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        x.lane[k] *= (int32_t)1 << 20;
    }
    return x;
#endif
}

/* mf_scale(x, multiplier, shift), -31 <= shift <= 0. */
MF_INLINE mf_mve_lanes mf_mve_scale(mf_mve_lanes x, int32_t multiplier,
                                    int32_t shift) {
#if MF_MVE
    x = vqrdmulhq_n_s32(x, multiplier);
    return shift == 0 ? x
                      : vrshlq_n_s32(vaddq_s32(x, vshrq_n_s32(x, 31)), shift);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        x.lane[k] = mf_scale(x.lane[k], multiplier, (int)shift);
    }
    return x;
#endif
}

/* The lowest bytes of the lanes to these places. */
MF_INLINE void mf_mve_store(int8_t *output, const mf_mve_places *places,
                            mf_mve_lanes x) {
#if MF_MVE
    vstrbq_scatter_offset_s32(output, *places, x);
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4; k++) {
        output[places->at[k]] = (int8_t)x.lane[k];
    }
#endif
}

/* The same of the first `count` lanes, all if they are more. */
MF_INLINE void mf_mve_store_some(int8_t *output, const mf_mve_places *places,
                                 mf_mve_lanes x, mf_index count) {
#if MF_MVE
    __asm__ volatile(
        "vctp.32 %[n]\n\t"
        "vpst\n\t"
        "vstrbt.32 %q[x], [%[to], %q[at]]"
        :
        : [n] "r"(count), [x] "w"(x), [to] "r"(output), [at] "w"(*places)
        : "memory");
#else
    //@ loop unroll 4;
    for (int k = 0; k < 4 && k < count; k++) {
        output[places->at[k]] = (int8_t)x.lane[k];
    }
#endif
}

/* `count` bytes from one place to another. */
MF_INLINE void mf_mve_copy(int8_t *to, const int8_t *from, mf_index count) {
#if MF_MVE
    __asm__ volatile("wlstp.8 lr, %[n], 2f\n\t"
                     "1:\n\t"
                     "vldrb.8 q0, [%[from]], #16\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp lr, 1b\n\t"
                     "2:"
                     : [from] "+r"(from), [to] "+r"(to)
                     : [n] "r"(count)
                     : "q0", "lr", "memory");
#else
    for (mf_index k = 0; k < count; k++) {
        to[k] = from[k];
    }
#endif
}

/* `count` bytes of one value. */
MF_INLINE void mf_mve_fill(int8_t *to, int32_t value, mf_index count) {
#if MF_MVE
    __asm__ volatile("vdup.8 q0, %[value]\n\t"
                     "wlstp.8 lr, %[n], 2f\n\t"
                     "1:\n\t"
                     "vstrb.8 q0, [%[to]], #16\n\t"
                     "letp lr, 1b\n\t"
                     "2:"
                     : [to] "+r"(to)
                     : [n] "r"(count), [value] "r"(value)
                     : "q0", "lr", "memory");
#else
    //@ loop unroll 16;
    for (mf_index k = 0; k < count; k++) {
        to[k] = (int8_t)value;
    }
#endif
}

/* Bytes k of four rows side by side, as word k of `to`, which is aligned to 4
 * bytes: as many words as fill blocks of sixteen, of which those past `count`
 * hold anything.  A row stays at its first sixteen bytes if its step is 0, else
 * its step is 16. */
MF_INLINE void mf_mve_interleave(const int8_t *const row[4],
                                 const mf_index step[4], mf_index count,
                                 int8_t *to) {
#if MF_MVE
    const int8_t *r0 = row[0], *r1 = row[1], *r2 = row[2], *r3 = row[3];
#define MF_MVE_STORE                                                           \
    "vst40.8 {q0, q1, q2, q3}, [%[to]]\n\t"                                    \
    "vst41.8 {q0, q1, q2, q3}, [%[to]]\n\t"                                    \
    "vst42.8 {q0, q1, q2, q3}, [%[to]]\n\t"                                    \
    "vst43.8 {q0, q1, q2, q3}, [%[to]]!\n\t"
    if (count >= 16 && step[0] && step[1] && step[2] && step[3]) {
        __asm__ volatile("dls lr, %[n]\n\t"
                         "1:\n\t"
                         "vldrb.8 q0, [%[r0]], #16\n\t"
                         "vldrb.8 q1, [%[r1]], #16\n\t"
                         "vldrb.8 q2, [%[r2]], #16\n\t"
                         "vldrb.8 q3, [%[r3]], #16\n\t" MF_MVE_STORE "le lr, 1b"
                         : [r0] "+r"(r0), [r1] "+r"(r1), [r2] "+r"(r2),
                           [r3] "+r"(r3), [to] "+r"(to)
                         : [n] "r"(count / 16)
                         : "q0", "q1", "q2", "q3", "lr", "memory");
    } else {
        for (mf_index k = 0; k < count / 16; k++) {
            __asm__ volatile(
                "vldrb.8 q0, [%[r0]]\n\t"
                "vldrb.8 q1, [%[r1]]\n\t"
                "vldrb.8 q2, [%[r2]]\n\t"
                "vldrb.8 q3, [%[r3]]\n\t" MF_MVE_STORE
                : [to] "+r"(to)
                : [r0] "r"(r0), [r1] "r"(r1), [r2] "r"(r2), [r3] "r"(r3)
                : "q0", "q1", "q2", "q3", "memory");
            r0 += step[0];
            r1 += step[1];
            r2 += step[2];
            r3 += step[3];
        }
    }
    if (count % 16 != 0) {
        __asm__ volatile("vctp.8 %[n]\n\t"
                         "vpstttt\n\t"
                         "vldrbt.8 q0, [%[r0]]\n\t"
                         "vldrbt.8 q1, [%[r1]]\n\t"
                         "vldrbt.8 q2, [%[r2]]\n\t"
                         "vldrbt.8 q3, [%[r3]]\n\t" MF_MVE_STORE
                         : [to] "+r"(to)
                         : [r0] "r"(r0), [r1] "r"(r1), [r2] "r"(r2),
                           [r3] "r"(r3), [n] "r"(count % 16)
                         : "q0", "q1", "q2", "q3", "memory");
    }
#undef MF_MVE_STORE
#else
    for (mf_index k = 0; k < 16 * mf_mve_blocks(count); k++) {
        //@ loop unroll 4;
        for (mf_index r = 0; r < 4; r++) {
            to[4 * k + r] =
                (int8_t)(k < count ? row[r][step[r] ? k : k % 16] : 0);
        }
    }
#endif
}

#endif
