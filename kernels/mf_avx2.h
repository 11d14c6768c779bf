/* Sums of products on x86-64 with AVX2: VPMADDWD multiplies sixteen pairs of
 * 16-bit numbers and adds two products each to a lane of 32 bits, which is
 * exact for bytes that were widened; eight results are scaled at a time.
 *
 * Outputs (channels) come in blocks of sixteen, a lane each.  Their order is
 * that in which the instructions that pack and interleave leave them:
 * mf_avx2_channel().  Tables hold whole blocks, filled up with zeros.
 *
 * Elsewhere than on such a processor the same functions are portable C: the
 * same numbers in the same places, so that what is proved or tested there
 * holds. */
#ifndef MF_AVX2_H
#define MF_AVX2_H

#include "mf_core.h"

#if defined(__AVX2__) && defined(__GNUC__)
#include <immintrin.h>
#define MF_AVX2 1
/* Eight numbers, sixteen numbers of 16 bits, and sixteen bytes. */
typedef int32_t mf_avx2_lanes __attribute__((vector_size(32)));
typedef __m256i mf_avx2_halves;
typedef __m128i mf_avx2_bytes;
/* Two neighbouring numbers of 16 bits. */
typedef int32_t mf_avx2_pair __attribute__((may_alias, aligned(2)));
#else
#define MF_AVX2 0
typedef struct mf_avx2_lanes {
    int32_t lane[8];
} mf_avx2_lanes;
typedef struct mf_avx2_halves {
    int16_t half[16];
} mf_avx2_halves;
typedef struct mf_avx2_bytes {
    int8_t byte[16];
} mf_avx2_bytes;
#endif

/* A block of outputs: lanes 0 to 7 and 8 to 15. */
typedef struct mf_avx2_block {
    mf_avx2_lanes low, high;
} mf_avx2_block;

/* The output, from the first of its block, that a lane of 0 to 15 is for. */
MF_INLINE mf_index mf_avx2_channel(mf_index lane) {
    return lane / 4 % 2 * 8 + lane / 8 * 4 + lane % 4;
}

/* Blocks of sixteen that `count` outputs make, the last one filled up. */
MF_INLINE mf_index mf_avx2_blocks(mf_index count) {
    return (count + 15) / 16;
}

/* Eight, and sixteen numbers of a table. */
MF_INLINE mf_avx2_lanes mf_avx2_lanes_at(const int32_t *from) {
#if MF_AVX2
    return (mf_avx2_lanes)_mm256_loadu_si256(
        (const __m256i *)(const void *)from);
#else
    mf_avx2_lanes x;
    //@ loop unroll 8;
    for (int k = 0; k < 8; k++) {
        x.lane[k] = mf_load_s32(from + k);
    }
    return x;
#endif
}
MF_INLINE mf_avx2_block mf_avx2_block_at(const int32_t *from) {
    const mf_avx2_block block = {mf_avx2_lanes_at(from),
                                 mf_avx2_lanes_at(from + 8)};
    return block;
}

/* Sixteen weights of 8, and of 16 bits. */
MF_INLINE mf_avx2_halves mf_avx2_weights_s8(const int8_t *from) {
#if MF_AVX2
    return _mm256_cvtepi8_epi16(
        _mm_loadu_si128((const __m128i *)(const void *)from));
#else
    mf_avx2_halves x;
    //@ loop unroll 16;
    for (int k = 0; k < 16; k++) {
        x.half[k] = mf_load_s8(from + k);
    }
    return x;
#endif
}
MF_INLINE mf_avx2_halves mf_avx2_weights_s16(const int16_t *from) {
#if MF_AVX2
    return _mm256_loadu_si256((const __m256i *)(const void *)from);
#else
    mf_avx2_halves x;
    //@ loop unroll 16;
    for (int k = 0; k < 16; k++) {
        x.half[k] = mf_load_s16(from + k);
    }
    return x;
#endif
}

/* Two numbers, eight times. */
MF_INLINE mf_avx2_halves mf_avx2_repeat(const int16_t *from) {
#if MF_AVX2
    return _mm256_set1_epi32(*(const mf_avx2_pair *)(const void *)from);
#else
    mf_avx2_halves x;
    //@ loop unroll 16;
    for (int k = 0; k < 16; k++) {
        x.half[k] = from[k % 2];
    }
    return x;
#endif
}

/* sum + the products of two neighbours each. */
MF_INLINE mf_avx2_lanes mf_avx2_add_products(mf_avx2_lanes sum,
                                             mf_avx2_halves x,
                                             mf_avx2_halves w) {
#if MF_AVX2
    return sum + (mf_avx2_lanes)_mm256_madd_epi16(x, w);
#else
    //@ loop unroll 8;
    for (int k = 0; k < 8; k++) {
        const int32_t first = (int32_t)x.half[2 * k] * w.half[2 * k];
        const int32_t second = (int32_t)x.half[2 * k + 1] * w.half[2 * k + 1];
        sum.lane[k] = mf_wrap_s32((uint32_t)sum.lane[k] + (uint32_t)first +
                                  (uint32_t)second);
    }
    return sum;
#endif
}
MF_INLINE mf_avx2_block mf_avx2_block_products(mf_avx2_block sum,
                                               mf_avx2_halves x,
                                               mf_avx2_halves low,
                                               mf_avx2_halves high) {
    sum.low = mf_avx2_add_products(sum.low, x, low);
    sum.high = mf_avx2_add_products(sum.high, x, high);
    return sum;
}

/* The sums of one to four pixels. */
typedef struct mf_avx2_pixels {
    mf_avx2_block a, b, c, d;
} mf_avx2_pixels;

/* From the bias the sums of one to four pixels (`pixels` is literal, the others
 * have the bias): the products of their data, `step` apart, and of the weights,
 * of which there are for each two of `pairs` * 2 data two of each lane. */
MF_INLINE mf_avx2_pixels mf_avx2_dot(mf_avx2_block bias, const int16_t *data,
                                     mf_index step, const int8_t *weight,
                                     mf_index pairs, int pixels) {
    mf_avx2_lanes a = bias.low, b = a, c = a, d = a;
    mf_avx2_lanes e = bias.high, f = e, g = e, h = e;
    for (mf_index k = 0; k < pairs; k++) {
        const mf_avx2_halves low = mf_avx2_weights_s8(weight + 32 * k);
        const mf_avx2_halves high = mf_avx2_weights_s8(weight + 32 * k + 16);
        mf_avx2_halves x = mf_avx2_repeat(data + 2 * k);
        a = mf_avx2_add_products(a, x, low);
        e = mf_avx2_add_products(e, x, high);
        if (pixels > 1) {
            x = mf_avx2_repeat(data + step + 2 * k);
            b = mf_avx2_add_products(b, x, low);
            f = mf_avx2_add_products(f, x, high);
        }
        if (pixels > 2) {
            x = mf_avx2_repeat(data + 2 * step + 2 * k);
            c = mf_avx2_add_products(c, x, low);
            g = mf_avx2_add_products(g, x, high);
        }
        if (pixels > 3) {
            x = mf_avx2_repeat(data + 3 * step + 2 * k);
            d = mf_avx2_add_products(d, x, low);
            h = mf_avx2_add_products(h, x, high);
        }
    }
    const mf_avx2_pixels sums = {{a, e}, {b, f}, {c, g}, {d, h}};
    return sums;
}

/* Adds the products of sixteen channels at two taps, and of the weights: two of
 * each lane. */
MF_INLINE mf_avx2_block mf_avx2_two_taps(mf_avx2_block sum, mf_avx2_bytes a,
                                         mf_avx2_bytes b,
                                         const int16_t *weight) {
    mf_avx2_halves low, high;
#if MF_AVX2
    const __m256i x = _mm256_cvtepi8_epi16(a), y = _mm256_cvtepi8_epi16(b);
    low = _mm256_unpacklo_epi16(x, y);
    high = _mm256_unpackhi_epi16(x, y);
#else
    //@ loop unroll 8;
    for (mf_index k = 0; k < 8; k++) {
        const mf_index i = mf_avx2_channel(k), j = mf_avx2_channel(8 + k);
        low.half[2 * k] = a.byte[i];
        low.half[2 * k + 1] = b.byte[i];
        high.half[2 * k] = a.byte[j];
        high.half[2 * k + 1] = b.byte[j];
    }
#endif
    sum.low = mf_avx2_add_products(sum.low, low, mf_avx2_weights_s16(weight));
    sum.high =
        mf_avx2_add_products(sum.high, high, mf_avx2_weights_s16(weight + 16));
    return sum;
}

/* Sixteen bytes of data, of which there are `count` or more: zeros after
 * them. */
MF_INLINE mf_avx2_bytes mf_avx2_data(const int8_t *from, mf_index count) {
#if MF_AVX2
    if (count >= 16) {
        return _mm_loadu_si128((const __m128i *)(const void *)from);
    }
    if (count == 8) {
        return _mm_loadl_epi64((const __m128i *)(const void *)from);
    }
    int8_t byte[16] = {0};
    for (mf_index k = 0; k < count; k++) {
        byte[k] = from[k];
    }
    return _mm_loadu_si128((const __m128i *)(const void *)byte);
#else
    mf_avx2_bytes x;
    //@ loop unroll 16;
    for (mf_index k = 0; k < 16; k++) {
        x.byte[k] = (int8_t)(k < count ? from[k] : 0);
    }
    return x;
#endif
}

/* Writes the first `count` of sixteen bytes, all if they are more. */
MF_INLINE void mf_avx2_put(int8_t *to, mf_avx2_bytes x, mf_index count) {
#if MF_AVX2
    if (count >= 16) {
        _mm_storeu_si128((__m128i *)(void *)to, x);
        return;
    }
    if (count == 8) {
        _mm_storel_epi64((__m128i *)(void *)to, x);
        return;
    }
    int8_t byte[16];
    _mm_storeu_si128((__m128i *)(void *)byte, x);
    for (mf_index k = 0; k < count; k++) {
        to[k] = byte[k];
    }
#else
    //@ loop unroll 16;
    for (mf_index k = 0; k < 16 && k < count; k++) {
        to[k] = x.byte[k];
    }
#endif
}

/* `count` bytes as numbers of 16 bits; if `loose`, up to a multiple of 16 may
 * be read and written. */
MF_INLINE void mf_avx2_widen(int16_t *to, const int8_t *from, mf_index count,
                             int loose) {
#if MF_AVX2
    const mf_index whole = count / 16 * 16;
    for (mf_index k = 0; k < whole; k += 16) {
        _mm256_storeu_si256((__m256i *)(void *)(to + k),
                            mf_avx2_weights_s8(from + k));
    }
    if (loose && whole < count) {
        _mm256_storeu_si256((__m256i *)(void *)(to + whole),
                            mf_avx2_weights_s8(from + whole));
        return;
    }
#else
    const mf_index whole = 0;
    (void)loose;
#endif
    for (mf_index k = whole; k < count; k++) {
        to[k] = from[k];
    }
}

/* Sixteen times the same byte. */
MF_INLINE mf_avx2_bytes mf_avx2_byte(int32_t value) {
#if MF_AVX2
    return _mm_set1_epi8((int8_t)value);
#else
    mf_avx2_bytes x;
    //@ loop unroll 16;
    for (int k = 0; k < 16; k++) {
        x.byte[k] = (int8_t)value;
    }
    return x;
#endif
}

/* Where results go in the output's units. */
typedef struct mf_avx2_range {
    int32_t zero_point, min, max; /* within int8_t */
} mf_avx2_range;

/* mf_multiply_high() of each lane; |x| < 2^30. */
MF_INLINE mf_avx2_lanes mf_avx2_multiply_high(mf_avx2_lanes x,
                                              mf_avx2_lanes multiplier) {
#if MF_AVX2
    const __m256i half = _mm256_set1_epi64x((int64_t)1 << 30);
    const __m256i y = (__m256i)x, m = (__m256i)multiplier;
    /* Lanes 0, 2, 4, 6 and 1, 3, 5, 7 as 64 bits. */
    const __m256i even = _mm256_add_epi64(_mm256_mul_epi32(y, m), half);
    const __m256i odd = _mm256_add_epi64(
        _mm256_mul_epi32(_mm256_srli_epi64(y, 32), _mm256_srli_epi64(m, 32)),
        half);
    return (mf_avx2_lanes)_mm256_blend_epi32(_mm256_srli_epi64(even, 31),
                                             _mm256_slli_epi64(odd, 1), 0xaa);
#else
    //@ loop unroll 8;
    for (int k = 0; k < 8; k++) {
        x.lane[k] = mf_multiply_high(x.lane[k], multiplier.lane[k]);
    }
    return x;
#endif
}

/* mf_round_shift() of each lane, 1 <= shift <= 31, |x| < 2^30; if `upward`,
 * halves are rounded up. */
MF_INLINE mf_avx2_lanes mf_avx2_round_shift(mf_avx2_lanes x,
                                            mf_avx2_lanes shift, int upward) {
#if MF_AVX2
    const __m256i right = (__m256i)shift, one = _mm256_set1_epi32(1);
    __m256i y = (__m256i)x;
    if (!upward) {
        y = _mm256_add_epi32(y, _mm256_srai_epi32(y, 31));
    }
    y = _mm256_add_epi32(y,
                         _mm256_sllv_epi32(one, _mm256_sub_epi32(right, one)));
    return (mf_avx2_lanes)_mm256_srav_epi32(y, right);
#else
    //@ loop unroll 8;
    for (int k = 0; k < 8; k++) {
        const int right = (int)shift.lane[k];
        const uint32_t half = (uint32_t)1 << (right - 1);
        x.lane[k] = upward ? mf_shift_right_s32(
                                 mf_wrap_s32((uint32_t)x.lane[k] + half), right)
                           : mf_round_shift(x.lane[k], right);
    }
    return x;
#endif
}

/* The same number in all lanes. */
MF_INLINE mf_avx2_lanes mf_avx2_all(int32_t x) {
#if MF_AVX2
    return (mf_avx2_lanes)_mm256_set1_epi32(x);
#else
    mf_avx2_lanes lanes;
    //@ loop unroll 8;
    for (int k = 0; k < 8; k++) {
        lanes.lane[k] = x;
    }
    return lanes;
#endif
}

/* (x - zero_point) * 2^20 of sixteen bytes. */
MF_INLINE mf_avx2_block mf_avx2_shift_left_20(mf_avx2_bytes x,
                                              int32_t zero_point) {
    mf_avx2_block block;
#if MF_AVX2
    const __m256i zero = _mm256_setzero_si256();
    const __m256i halves = _mm256_sub_epi16(
        _mm256_cvtepi8_epi16(x), _mm256_set1_epi16((int16_t)zero_point));
    block.low = (mf_avx2_lanes)_mm256_slli_epi32(
        _mm256_unpacklo_epi16(zero, halves), 4);
    block.high = (mf_avx2_lanes)_mm256_slli_epi32(
        _mm256_unpackhi_epi16(zero, halves), 4);
#else
    //@ loop unroll 8;
    for (mf_index k = 0; k < 8; k++) {
        const int32_t low = x.byte[mf_avx2_channel(k)] - zero_point;
        const int32_t high = x.byte[mf_avx2_channel(8 + k)] - zero_point;
        block.low.lane[k] = low * ((int32_t)1 << 20);
        block.high.lane[k] = high * ((int32_t)1 << 20);
    }
#endif
    return block;
}

/* a + b. */
MF_INLINE mf_avx2_lanes mf_avx2_sum(mf_avx2_lanes a, mf_avx2_lanes b) {
#if MF_AVX2
    return a + b;
#else
    //@ loop unroll 8;
    for (int k = 0; k < 8; k++) {
        a.lane[k] = mf_wrap_s32((uint32_t)a.lane[k] + (uint32_t)b.lane[k]);
    }
    return a;
#endif
}

/* The numbers of a block plus the zero point, within the bounds. */
MF_INLINE mf_avx2_bytes mf_avx2_narrow(mf_avx2_block x,
                                       const mf_avx2_range *range) {
#if MF_AVX2
    const __m256i halves =
        _mm256_adds_epi16(_mm256_packs_epi32((__m256i)x.low, (__m256i)x.high),
                          _mm256_set1_epi16((int16_t)range->zero_point));
    __m128i bytes = _mm_packs_epi16(_mm256_castsi256_si128(halves),
                                    _mm256_extracti128_si256(halves, 1));
    if (range->min > -128) {
        bytes = _mm_max_epi8(bytes, _mm_set1_epi8((int8_t)range->min));
    }
    if (range->max < 127) {
        bytes = _mm_min_epi8(bytes, _mm_set1_epi8((int8_t)range->max));
    }
    return bytes;
#else
    mf_avx2_bytes bytes;
    //@ loop unroll 8;
    for (mf_index k = 0; k < 8; k++) {
        const int32_t low =
            mf_clamp(x.low.lane[k], INT16_MIN, INT16_MAX) + range->zero_point;
        const int32_t high =
            mf_clamp(x.high.lane[k], INT16_MIN, INT16_MAX) + range->zero_point;
        bytes.byte[mf_avx2_channel(k)] =
            (int8_t)mf_clamp(low, range->min, range->max);
        bytes.byte[mf_avx2_channel(8 + k)] =
            (int8_t)mf_clamp(high, range->min, range->max);
    }
    return bytes;
#endif
}

/* Multipliers and right shifts of a block. */
typedef struct mf_avx2_factors {
    mf_avx2_block multiplier, shift;
} mf_avx2_factors;

/* Of a table: sixteen biases, sixteen multipliers, sixteen right shifts. */
enum { MF_AVX2_SCALE = 48 };
MF_INLINE mf_avx2_factors mf_avx2_factors_at(const int32_t *scale) {
    const mf_avx2_factors factors = {mf_avx2_block_at(scale + 16),
                                     mf_avx2_block_at(scale + 32)};
    return factors;
}

/* Whether halves may be rounded up where they should go away from zero: such
 * results are at most 0, and end up at the lower bound anyway. */
MF_INLINE int mf_avx2_upward(const mf_avx2_range *range) {
    return range->zero_point <= range->min;
}

/* Scales sums and writes the first `count` outputs, all if they are more. */
MF_INLINE void mf_avx2_finish(int8_t *to, mf_avx2_block sum,
                              const mf_avx2_factors *factors,
                              const mf_avx2_range *range, mf_index count) {
    const int upward = mf_avx2_upward(range);
    sum.low = mf_avx2_round_shift(
        mf_avx2_multiply_high(sum.low, factors->multiplier.low),
        factors->shift.low, upward);
    sum.high = mf_avx2_round_shift(
        mf_avx2_multiply_high(sum.high, factors->multiplier.high),
        factors->shift.high, upward);
    mf_avx2_put(to, mf_avx2_narrow(sum, range), count);
}

#endif
