/* The audio front end, from samples to energies: window, scaling, spectrum.
 *
 * A spectrum is real and imaginary parts by turns. */
#ifndef MF_SIGNAL_H
#define MF_SIGNAL_H

#include "mf_core.h"

/* The number of 16 bits that is x modulo 2^16. */
MF_INLINE int16_t mf_wrap_s16(int32_t x) {
    const int32_t low = (int32_t)((uint32_t)x & 0xFFFF);
    return (int16_t)(low > INT16_MAX ? low - 65536 : low);
}

/* Bits up to the highest one that is set. */
MF_INLINE int mf_bit_length(uint32_t x) {
    int n = 0;
    //@ slevel 64;
    //@ loop unroll 5;
    for (int step = 16; step > 0; step /= 2) {
        if (x >= (uint32_t)1 << step) {
            n += step;
            x >>= step;
        }
    }
    return n + (int)x;
}

/* --- SignalWindow: output = input * window / 2^shift, rounded down --- */

typedef struct mf_signal_window {
    mf_index batches, size;
    int32_t shift;
} mf_signal_window;

/* May run in place of the input. */
MF_KERNEL void mf_signal_window_s16(const mf_signal_window *p,
                                    const int16_t *input, const int16_t *window,
                                    int16_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index i = 0; i < p->size; i++) {
            const mf_index at = b * p->size + i;
            const int32_t product =
                (int32_t)input[at] * mf_load_s16(window + i);
            output[at] =
                (int16_t)mf_clamp(mf_shift_right_s32(product, (int)p->shift),
                                  INT16_MIN, INT16_MAX);
        }
    }
}

/* --- SignalFftAutoScale: as large as 16 bits take, by a power of two --- */

typedef struct mf_signal_scale {
    mf_index size;
} mf_signal_scale;

/* The greatest magnitude, at most 2^15. */
MF_INLINE int32_t mf_signal_peak(const int16_t *input, mf_index size) {
    int32_t peak = 0;
    for (mf_index i = 0; i < size; i++) {
        const int32_t x = input[i] < 0 ? -(int32_t)input[i] : input[i];
        peak = x > peak ? x : peak;
    }
    return peak;
}

/* May run in place. */
MF_KERNEL void mf_signal_auto_scale(const mf_signal_scale *p,
                                    const int16_t *input, int16_t *output,
                                    int32_t *scale) {
    const int32_t peak = mf_signal_peak(input, p->size);
    int bits = 0;
    //@ loop unroll 15;
    while (bits < 15 && peak * ((int32_t)1 << bits) < (int32_t)1 << 14) {
        bits++;
    }
    for (mf_index i = 0; i < p->size; i++) {
        output[i] = mf_wrap_s16((int32_t)input[i] * ((int32_t)1 << bits));
    }
    scale[0] = bits;
}

/* --- SignalEnergy: squared magnitudes; 0 outside of start..end --- */

typedef struct mf_signal_energy {
    mf_index size, start, end;
} mf_signal_energy;

MF_KERNEL void mf_signal_energy_u32(const mf_signal_energy *p,
                                    const int16_t *input, uint32_t *output) {
    for (mf_index i = 0; i < p->size; i++) {
        uint32_t energy = 0;
        if (i >= p->start && i < p->end) {
            const int32_t re = input[2 * i], im = input[2 * i + 1];
            energy = (uint32_t)(re * re) + (uint32_t)(im * im);
        }
        output[i] = energy;
    }
}

#endif
