/* SignalRfft: the spectrum of real numbers of 16 bits, divided by the length.
 *
 * The samples are taken as half as many complex numbers, which are transformed
 * in stages of radix 4 and, at most one, of radix 2.  Every stage divides first
 * and rounds, so that nothing grows; what leaves 16 bits all the same wraps
 * around, as in the reference.
 *
 * `order` says for each number of the first stage which sample it is; twiddles
 * are cos and -sin of 2 pi i / (size / 2), then those of the step from complex
 * to real; all in Q0.15. */
#ifndef MF_SIGNAL_RFFT_H
#define MF_SIGNAL_RFFT_H

#include "mf_signal.h"

typedef struct mf_signal_rfft {
    mf_index batches, samples; /* what lies past the samples is 0 */
    mf_index half;             /* complex numbers: half of the length */
    mf_index stages;
    mf_index radix[8]; /* from the first stage that is computed on */
} mf_signal_rfft;

typedef struct mf_complex {
    int32_t re, im;
} mf_complex;

/* x * a / 2^15, rounded half up, wrapped to 16 bits. */
MF_INLINE int32_t mf_rfft_round(int32_t x) {
    return mf_wrap_s16(mf_shift_right_s32(x + ((int32_t)1 << 14), 15));
}

/* A number of the work area, divided by 1 << shift. */
MF_INLINE mf_complex mf_rfft_get(const int16_t *work, mf_index i,
                                 int32_t factor) {
    mf_complex z;
    z.re = mf_rfft_round(work[2 * i] * factor);
    z.im = mf_rfft_round(work[2 * i + 1] * factor);
    return z;
}

MF_INLINE void mf_rfft_set(int16_t *work, mf_index i, int32_t re, int32_t im) {
    work[2 * i] = mf_wrap_s16(re);
    work[2 * i + 1] = mf_wrap_s16(im);
}

MF_INLINE mf_complex mf_rfft_turn(mf_complex z, const int16_t *twiddles,
                                  mf_index i) {
    const int32_t re = mf_load_s16(twiddles + 2 * i);
    const int32_t im = mf_load_s16(twiddles + (2 * i + 1));
    mf_complex w;
    w.re = mf_rfft_round(z.re * re - z.im * im);
    w.im = mf_rfft_round(z.re * im + z.im * re);
    return w;
}

/* Numbers a and a + m. */
MF_INLINE void mf_rfft_two(int16_t *work, mf_index a, mf_index m,
                           const int16_t *twiddles, mf_index step) {
    const mf_complex x = mf_rfft_get(work, a, 32767 / 2);
    const mf_complex y =
        mf_rfft_turn(mf_rfft_get(work, a + m, 32767 / 2), twiddles, step);
    mf_rfft_set(work, a + m, x.re - y.re, x.im - y.im);
    mf_rfft_set(work, a, x.re + y.re, x.im + y.im);
}

/* Numbers a, a + m, a + 2m and a + 3m. */
MF_INLINE void mf_rfft_four(int16_t *work, mf_index a, mf_index m,
                            const int16_t *twiddles, mf_index step) {
    const mf_complex x = mf_rfft_get(work, a, 32767 / 4);
    const mf_complex y1 =
        mf_rfft_turn(mf_rfft_get(work, a + m, 32767 / 4), twiddles, step);
    const mf_complex y2 = mf_rfft_turn(mf_rfft_get(work, a + 2 * m, 32767 / 4),
                                       twiddles, 2 * step);
    const mf_complex y3 = mf_rfft_turn(mf_rfft_get(work, a + 3 * m, 32767 / 4),
                                       twiddles, 3 * step);
    const int32_t less_re = mf_wrap_s16(x.re - y2.re);
    const int32_t less_im = mf_wrap_s16(x.im - y2.im);
    const int32_t more_re = mf_wrap_s16(x.re + y2.re);
    const int32_t more_im = mf_wrap_s16(x.im + y2.im);
    const int32_t sum_re = mf_wrap_s16(y1.re + y3.re);
    const int32_t sum_im = mf_wrap_s16(y1.im + y3.im);
    const int32_t gap_re = mf_wrap_s16(y1.re - y3.re);
    const int32_t gap_im = mf_wrap_s16(y1.im - y3.im);
    mf_rfft_set(work, a, more_re + sum_re, more_im + sum_im);
    mf_rfft_set(work, a + m, less_re + gap_im, less_im - gap_re);
    mf_rfft_set(work, a + 2 * m, more_re - sum_re, more_im - sum_im);
    mf_rfft_set(work, a + 3 * m, less_re - gap_im, less_im + gap_re);
}

MF_INLINE void mf_rfft_stages(const mf_signal_rfft *p, int16_t *work,
                              const int16_t *twiddles) {
    mf_index m = 1;
    for (mf_index s = 0; s < p->stages; s++) {
        const mf_index radix = p->radix[s], stride = p->half / (m * radix);
        for (mf_index block = 0; block < stride; block++) {
            for (mf_index k = 0; k < m; k++) {
                const mf_index a = block * m * radix + k;
                if (radix == 4) {
                    mf_rfft_four(work, a, m, twiddles, k * stride);
                } else {
                    mf_rfft_two(work, a, m, twiddles, k * stride);
                }
            }
        }
        m *= radix;
    }
}

/* The spectrum of the even and the odd samples becomes that of all. */
MF_INLINE void mf_rfft_split(const mf_signal_rfft *p, const int16_t *work,
                             const int16_t *twiddles, int16_t *output) {
    const mf_index n = p->half;
    const mf_complex zero = mf_rfft_get(work, 0, 32767 / 2);
    mf_rfft_set(output, 0, zero.re + zero.im, 0);
    mf_rfft_set(output, n, zero.re - zero.im, 0);
    for (mf_index k = 1; k <= n / 2; k++) {
        const mf_complex x = mf_rfft_get(work, k, 32767 / 2);
        mf_complex y, gap;
        y.re = mf_rfft_round(work[2 * (n - k)] * (int32_t)(32767 / 2));
        y.im = mf_rfft_round(mf_wrap_s16(-(int32_t)work[2 * (n - k) + 1]) *
                             (int32_t)(32767 / 2));
        const int32_t sum_re = mf_wrap_s16(x.re + y.re);
        const int32_t sum_im = mf_wrap_s16(x.im + y.im);
        gap.re = mf_wrap_s16(x.re - y.re);
        gap.im = mf_wrap_s16(x.im - y.im);
        const mf_complex turned = mf_rfft_turn(gap, twiddles, n + k - 1);
        mf_rfft_set(output, k, mf_shift_right_s32(sum_re + turned.re, 1),
                    mf_shift_right_s32(sum_im + turned.im, 1));
        mf_rfft_set(output, n - k, mf_shift_right_s32(sum_re - turned.re, 1),
                    mf_shift_right_s32(turned.im - sum_im, 1));
    }
}

MF_KERNEL void mf_signal_rfft_s16(const mf_signal_rfft *p, const int16_t *input,
                                  const int16_t *order, const int16_t *twiddles,
                                  int16_t *work, int16_t *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index i = 0; i < 2 * p->half; i++) {
            const mf_index at =
                2 * (mf_index)mf_load_s16(order + i / 2) + i % 2;
            work[i] = at < p->samples ? input[b * p->samples + at] : 0;
        }
        mf_rfft_stages(p, work, twiddles);
        mf_rfft_split(p, work, twiddles, output + b * (2 * p->half + 2));
    }
}

#endif
