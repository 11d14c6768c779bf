/* The audio front end, from energies to what a network sees: the filter bank
 * and what follows it. */
#ifndef MF_SIGNAL_FILTER_BANK_H
#define MF_SIGNAL_FILTER_BANK_H

#include "mf_signal.h"

/* --- SignalFilterBank: triangles, each neighbour's rising side the falling
 * one of the channel before --- */

typedef struct mf_signal_filter_bank {
    mf_index channels; /* of the output; the lists have one more */
} mf_signal_filter_bank;

/* Sums stay below 2^63 in magnitude (held at compile time). */
MF_KERNEL void
mf_signal_filter_bank_s64(const mf_signal_filter_bank *p, const uint32_t *input,
                          const int16_t *weights, const int16_t *unweights,
                          const int16_t *frequency_starts,
                          const int16_t *weight_starts, const int16_t *widths,
                          int64_t *output) {
    int64_t rising = 0, falling = 0;
    //@ loop unroll 99999;
    for (mf_index c = 0; c <= p->channels; c++) {
        const mf_index from = mf_load_s16(frequency_starts + c);
        const mf_index weight = mf_load_s16(weight_starts + c);
        const mf_index width = mf_load_s16(widths + c);
        //@ loop unroll 99999;
        for (mf_index i = 0; i < width; i++) {
            const int64_t energy = (int64_t)input[from + i];
            rising += mf_load_s16(weights + (weight + i)) * energy;
            falling += mf_load_s16(unweights + (weight + i)) * energy;
        }
        if (c > 0) {
            output[c - 1] = rising;
        }
        rising = falling;
        falling = 0;
    }
}

/* --- SignalFilterBankSquareRoot --- */

typedef struct mf_signal_channels {
    mf_index channels;
} mf_signal_channels;

/* The root to the nearest, but at most 2^16 - 1 of what fits 32 bits and
 * 2^32 - 1 of all else. */
MF_INLINE uint32_t mf_square_root_u64(uint64_t x) {
    const uint64_t most = x >> 32 != 0 ? 0xFFFFFFFF : 0xFFFF;
    uint64_t root = 0, bit = (uint64_t)1 << 62;
    for (int i = 0; i < 32; i++) {
        if (x >= root + bit) {
            x -= root + bit;
            root = (root >> 1) + bit;
        } else {
            root >>= 1;
        }
        bit >>= 2;
    }
    return (uint32_t)(x > root && root != most ? root + 1 : root);
}

MF_KERNEL void mf_signal_square_root(const mf_signal_channels *p,
                                     const int64_t *input, const int32_t *scale,
                                     uint32_t *output) {
    const int shift = (int)mf_clamp(scale[0], 0, 31);
    for (mf_index c = 0; c < p->channels; c++) {
        output[c] = mf_square_root_u64((uint64_t)input[c]) >> shift;
    }
}

/* --- SignalFilterBankSpectralSubtraction: what the noise leaves --- */

typedef struct mf_signal_subtraction {
    mf_index channels;
    int32_t smoothing[2], keeping[2]; /* even and odd channels */
    int32_t min_remaining;
    int32_t smoothing_bits, bits;
    int32_t clamps; /* noise is no more than the signal */
} mf_signal_subtraction;

/* All but the products is modulo 2^32. */
MF_KERNEL void mf_signal_subtract(const mf_signal_subtraction *p,
                                  const uint32_t *input, uint32_t *kept,
                                  uint32_t *output, uint32_t *noise) {
    for (mf_index c = 0; c < p->channels; c++) {
        const uint32_t signal = input[c] << p->smoothing_bits;
        uint32_t estimate =
            (uint32_t)(((uint64_t)signal * (uint32_t)p->smoothing[c % 2] +
                        (uint64_t)kept[c] * (uint32_t)p->keeping[c % 2]) >>
                       p->bits);
        kept[c] = estimate;
        if (estimate > signal) {
            estimate = signal;
            if (p->clamps) {
                kept[c] = estimate;
            }
        }
        const uint32_t least =
            (uint32_t)(((uint64_t)input[c] * (uint32_t)p->min_remaining) >>
                       p->bits);
        const uint32_t rest = (signal - estimate) >> p->smoothing_bits;
        output[c] = rest > least ? rest : least;
        noise[c] = kept[c];
    }
}

/* --- SignalPCAN: gain from the noise, then compression --- */

typedef struct mf_signal_pcan {
    mf_index channels;
    int32_t snr_shift;
} mf_signal_pcan;

/* A parabola for each power of two: entries 4n - 6 and the two after it. */
MF_INLINE int16_t mf_pcan_gain(uint32_t x, const int16_t *gain) {
    if (x <= 2) {
        return mf_load_s16(gain + (mf_index)x);
    }
    /* Of x; the bounds are for provers. */
    const int bits = (int)mf_clamp(2 + mf_bit_length(x >> 2), 3, 32);
    const mf_index at = 4 * bits - 6;
    const int32_t rest =
        (int32_t)((bits < 11 ? x << (11 - bits) : x >> (bits - 11)) & 0x3FF);
    int32_t y = mf_shift_right_s32(mf_load_s16(gain + (at + 2)) * rest, 5);
    y = (y + (int32_t)mf_load_s16(gain + (at + 1)) * 32) * rest;
    y = mf_shift_right_s32(y + ((int32_t)1 << 14), 15);
    return mf_wrap_s16(y + mf_load_s16(gain + at));
}

/* May run in place of the input. */
MF_KERNEL void mf_signal_pcan_u32(const mf_signal_pcan *p,
                                  const uint32_t *input, const uint32_t *noise,
                                  const int16_t *gain, uint32_t *output) {
    for (mf_index c = 0; c < p->channels; c++) {
        const uint32_t factor = (uint32_t)(int32_t)mf_pcan_gain(noise[c], gain);
        const uint32_t snr =
            (uint32_t)(((uint64_t)input[c] * factor) >> p->snr_shift);
        /* x^2 / 4 below 2, x - 1 from there on; 12 bits become 6. */
        output[c] = snr < 8192 ? (snr * snr) >> 20 : (snr >> 6) - 64;
    }
}

/* --- SignalFilterBankLog: the natural logarithm --- */

typedef struct mf_signal_log {
    mf_index channels;
    int32_t scale;
    int32_t correction_bits;
} mf_signal_log;

/* log2(x) in Q16 of x > 0; the table is that of how far log2(1 + i / 128) lies
 * over i / 128. */
MF_INLINE uint32_t mf_log2_u32(uint32_t x, const int16_t *table) {
    const int whole = mf_bit_length(x >> 1);
    const int32_t rest =
        (int32_t)((whole < 16 ? x << (16 - whole) : x >> (whole - 16)) &
                  0xFFFF);
    const mf_index i = (mf_index)(rest >> 9);
    const int32_t low = mf_load_s16(table + i);
    const int32_t high = mf_load_s16(table + (i + 1));
    const int32_t bend =
        low + mf_shift_right_s32((high - low) * (rest & 511), 16);
    return ((uint32_t)whole << 16) + (uint32_t)(rest + bend);
}

MF_KERNEL void mf_signal_log_s16(const mf_signal_log *p, const uint32_t *input,
                                 const int16_t *table, int16_t *output) {
    for (mf_index c = 0; c < p->channels; c++) {
        const uint32_t x = input[c] << p->correction_bits;
        uint32_t y = 0;
        if (x > 1) {
            y = (uint32_t)(((uint64_t)45426 * mf_log2_u32(x, table) + 32768) >>
                           16);
            y = ((uint32_t)p->scale * y + 32768) >> 16;
        }
        output[c] = (int16_t)(y < INT16_MAX ? y : INT16_MAX);
    }
}

#endif
