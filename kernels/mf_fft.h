/* A transform of real numbers and its inverse, for one type of numbers: read by
 * mf_fft_s16.h and its like, which say what the type is.  So there is no guard.
 *
 * The samples are taken as half as many complex numbers, which are transformed
 * in stages of radix 4 and, at most one, of radix 2.  Integers are divided by
 * every stage first and rounded, so that nothing grows; what leaves the type
 * all the same wraps around, as in the reference.
 *
 * `order` says for each number of the first stage which one it is; twiddles are
 * cos and -sin of 2 pi i / (size / 2), then those of the step from complex to
 * real (the inverse: of the angles' negatives); of integers as fractions of
 * the greatest one.
 *
 *     MF_FFT(name)   the name with the type's suffix
 *     MF_FFT_NUMBER  the type;  MF_FFT_WIDE  that of its sums and products
 *     mf_fft_load_*, mf_fft_wrap_*  a twiddle; what of a sum is stored
 *     mf_fft_round_*, mf_fft_half_*  of a product by a twiddle; half of a sum
 *     mf_fft_divide_*  a number by a radix, 2 or 4
 *     mf_fft_sample_*  what the inverse makes of a result of its length */

typedef struct MF_FFT(mf_complex) {
    MF_FFT_WIDE re, im;
} MF_FFT(mf_complex);

/* A number, divided by the radix. */
MF_INLINE MF_FFT(mf_complex)
    MF_FFT(mf_fft_get)(const MF_FFT_NUMBER *work, mf_index i, int radix) {
    MF_FFT(mf_complex) z;
    z.re = MF_FFT(mf_fft_divide)(work[2 * i], radix);
    z.im = MF_FFT(mf_fft_divide)(work[2 * i + 1], radix);
    return z;
}

/* The same, conjugated before. */
MF_INLINE MF_FFT(mf_complex)
    MF_FFT(mf_fft_mirrored)(const MF_FFT_NUMBER *work, mf_index i) {
    MF_FFT(mf_complex) z;
    z.re = MF_FFT(mf_fft_divide)(work[2 * i], 2);
    z.im = MF_FFT(mf_fft_divide)(
        MF_FFT(mf_fft_wrap)(-(MF_FFT_WIDE)work[2 * i + 1]), 2);
    return z;
}

MF_INLINE void MF_FFT(mf_fft_set)(MF_FFT_NUMBER *work, mf_index i,
                                  MF_FFT_WIDE re, MF_FFT_WIDE im) {
    work[2 * i] = MF_FFT(mf_fft_wrap)(re);
    work[2 * i + 1] = MF_FFT(mf_fft_wrap)(im);
}

MF_INLINE MF_FFT(mf_complex)
    MF_FFT(mf_fft_sum)(MF_FFT(mf_complex) x, MF_FFT(mf_complex) y) {
    MF_FFT(mf_complex) z;
    z.re = MF_FFT(mf_fft_wrap)(x.re + y.re);
    z.im = MF_FFT(mf_fft_wrap)(x.im + y.im);
    return z;
}

MF_INLINE MF_FFT(mf_complex)
    MF_FFT(mf_fft_gap)(MF_FFT(mf_complex) x, MF_FFT(mf_complex) y) {
    MF_FFT(mf_complex) z;
    z.re = MF_FFT(mf_fft_wrap)(x.re - y.re);
    z.im = MF_FFT(mf_fft_wrap)(x.im - y.im);
    return z;
}

MF_INLINE MF_FFT(mf_complex)
    MF_FFT(mf_fft_turn)(MF_FFT(mf_complex) z, const MF_FFT_NUMBER *twiddles,
                        mf_index i) {
    const MF_FFT_WIDE re = MF_FFT(mf_fft_load)(twiddles + 2 * i);
    const MF_FFT_WIDE im = MF_FFT(mf_fft_load)(twiddles + (2 * i + 1));
    MF_FFT(mf_complex) w;
    w.re = MF_FFT(mf_fft_round)(z.re * re - z.im * im);
    w.im = MF_FFT(mf_fft_round)(z.re * im + z.im * re);
    return w;
}

/* Numbers a and a + m. */
MF_INLINE void MF_FFT(mf_fft_two)(MF_FFT_NUMBER *work, mf_index a, mf_index m,
                                  const MF_FFT_NUMBER *twiddles,
                                  mf_index step) {
    const MF_FFT(mf_complex) x = MF_FFT(mf_fft_get)(work, a, 2);
    const MF_FFT(mf_complex) y =
        MF_FFT(mf_fft_turn)(MF_FFT(mf_fft_get)(work, a + m, 2), twiddles, step);
    MF_FFT(mf_fft_set)(work, a + m, x.re - y.re, x.im - y.im);
    MF_FFT(mf_fft_set)(work, a, x.re + y.re, x.im + y.im);
}

/* Numbers a, a + m, a + 2m and a + 3m. */
MF_INLINE void MF_FFT(mf_fft_four)(MF_FFT_NUMBER *work, mf_index a, mf_index m,
                                   const MF_FFT_NUMBER *twiddles, mf_index step,
                                   int inverse) {
    const MF_FFT(mf_complex) x = MF_FFT(mf_fft_get)(work, a, 4);
    const MF_FFT(mf_complex) y1 =
        MF_FFT(mf_fft_turn)(MF_FFT(mf_fft_get)(work, a + m, 4), twiddles, step);
    const MF_FFT(mf_complex) y2 = MF_FFT(mf_fft_turn)(
        MF_FFT(mf_fft_get)(work, a + 2 * m, 4), twiddles, 2 * step);
    const MF_FFT(mf_complex) y3 = MF_FFT(mf_fft_turn)(
        MF_FFT(mf_fft_get)(work, a + 3 * m, 4), twiddles, 3 * step);
    const MF_FFT(mf_complex) less = MF_FFT(mf_fft_gap)(x, y2);
    const MF_FFT(mf_complex) more = MF_FFT(mf_fft_sum)(x, y2);
    const MF_FFT(mf_complex) sum = MF_FFT(mf_fft_sum)(y1, y3);
    const MF_FFT(mf_complex) gap = MF_FFT(mf_fft_gap)(y1, y3);
    const mf_index before = inverse ? a + 3 * m : a + m;
    const mf_index after = inverse ? a + m : a + 3 * m;
    MF_FFT(mf_fft_set)(work, a, more.re + sum.re, more.im + sum.im);
    MF_FFT(mf_fft_set)(work, before, less.re + gap.im, less.im - gap.re);
    MF_FFT(mf_fft_set)(work, a + 2 * m, more.re - sum.re, more.im - sum.im);
    MF_FFT(mf_fft_set)(work, after, less.re - gap.im, less.im + gap.re);
}

MF_INLINE void MF_FFT(mf_fft_stages)(const mf_signal_rfft *p,
                                     MF_FFT_NUMBER *work,
                                     const MF_FFT_NUMBER *twiddles,
                                     int inverse) {
    mf_index m = 1;
    //@ loop unroll 8;
    for (mf_index s = 0; s < p->stages; s++) {
        const mf_index radix = p->radix[s], stride = p->half / (m * radix);
        for (mf_index block = 0; block < stride; block++) {
            for (mf_index k = 0; k < m; k++) {
                const mf_index a = block * m * radix + k;
                if (radix == 4) {
                    MF_FFT(mf_fft_four)
                    (work, a, m, twiddles, k * stride, inverse);
                } else {
                    MF_FFT(mf_fft_two)(work, a, m, twiddles, k * stride);
                }
            }
        }
        m *= radix;
    }
}

/* The spectrum of the even and the odd samples becomes that of all. */
MF_INLINE void MF_FFT(mf_fft_split)(const mf_signal_rfft *p,
                                    const MF_FFT_NUMBER *work,
                                    const MF_FFT_NUMBER *twiddles,
                                    MF_FFT_NUMBER *output) {
    const mf_index n = p->half;
    const MF_FFT(mf_complex) zero = MF_FFT(mf_fft_get)(work, 0, 2);
    MF_FFT(mf_fft_set)(output, 0, zero.re + zero.im, 0);
    MF_FFT(mf_fft_set)(output, n, zero.re - zero.im, 0);
    for (mf_index k = 1; k <= n / 2; k++) {
        const MF_FFT(mf_complex) x = MF_FFT(mf_fft_get)(work, k, 2);
        const MF_FFT(mf_complex) y = MF_FFT(mf_fft_mirrored)(work, n - k);
        const MF_FFT(mf_complex) sum = MF_FFT(mf_fft_sum)(x, y);
        const MF_FFT(mf_complex) turned =
            MF_FFT(mf_fft_turn)(MF_FFT(mf_fft_gap)(x, y), twiddles, n + k - 1);
        MF_FFT(mf_fft_set)
        (output, k, MF_FFT(mf_fft_half)(sum.re + turned.re),
         MF_FFT(mf_fft_half)(sum.im + turned.im));
        MF_FFT(mf_fft_set)
        (output, n - k, MF_FFT(mf_fft_half)(sum.re - turned.re),
         MF_FFT(mf_fft_half)(turned.im - sum.im));
    }
}

/* And back. */
MF_INLINE void MF_FFT(mf_fft_merge)(const mf_signal_rfft *p,
                                    const MF_FFT_NUMBER *input,
                                    const MF_FFT_NUMBER *twiddles,
                                    MF_FFT_NUMBER *work) {
    const mf_index n = p->half;
    MF_FFT(mf_fft_set)
    (work, 0, (MF_FFT_WIDE)input[0] + input[2 * n],
     (MF_FFT_WIDE)input[0] - input[2 * n]);
    const MF_FFT(mf_complex) zero = MF_FFT(mf_fft_get)(work, 0, 2);
    MF_FFT(mf_fft_set)(work, 0, zero.re, zero.im);
    for (mf_index k = 1; k <= n / 2; k++) {
        const MF_FFT(mf_complex) x = MF_FFT(mf_fft_get)(input, k, 2);
        const MF_FFT(mf_complex) y = MF_FFT(mf_fft_mirrored)(input, n - k);
        const MF_FFT(mf_complex) even = MF_FFT(mf_fft_sum)(x, y);
        const MF_FFT(mf_complex) odd =
            MF_FFT(mf_fft_turn)(MF_FFT(mf_fft_gap)(x, y), twiddles, n + k - 1);
        const MF_FFT(mf_complex) rest = MF_FFT(mf_fft_gap)(even, odd);
        MF_FFT(mf_fft_set)(work, k, even.re + odd.re, even.im + odd.im);
        MF_FFT(mf_fft_set)(work, n - k, rest.re, -rest.im);
    }
}

MF_KERNEL void
MF_FFT(mf_signal_rfft)(const mf_signal_rfft *p, const MF_FFT_NUMBER *input,
                       const int16_t *order, const MF_FFT_NUMBER *twiddles,
                       MF_FFT_NUMBER *work, MF_FFT_NUMBER *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        for (mf_index i = 0; i < 2 * p->half; i++) {
            const mf_index at =
                2 * (mf_index)mf_load_s16(order + i / 2) + i % 2;
            work[i] = at < p->samples ? input[b * p->samples + at] : 0;
        }
        MF_FFT(mf_fft_stages)(p, work, twiddles, 0);
        MF_FFT(mf_fft_split)(p, work, twiddles, output + b * (2 * p->half + 2));
    }
}

MF_KERNEL void
MF_FFT(mf_signal_irfft)(const mf_signal_rfft *p, const MF_FFT_NUMBER *input,
                        const int16_t *order, const MF_FFT_NUMBER *twiddles,
                        MF_FFT_NUMBER *work, MF_FFT_NUMBER *output) {
    for (mf_index b = 0; b < p->batches; b++) {
        MF_FFT_NUMBER *samples = output + b * 2 * p->half;
        MF_FFT(mf_fft_merge)(p, input + b * (2 * p->half + 2), twiddles, work);
        for (mf_index i = 0; i < 2 * p->half; i++) {
            samples[i] = work[2 * (mf_index)mf_load_s16(order + i / 2) + i % 2];
        }
        MF_FFT(mf_fft_stages)(p, samples, twiddles, 1);
        for (mf_index i = 0; i < 2 * p->half; i++) {
            samples[i] = MF_FFT(mf_fft_sample)(samples[i], 2 * p->half);
        }
    }
}
