/* Transforms of numbers of 16 bits, fractions of 2^15. */
#ifndef MF_FFT_S16_H
#define MF_FFT_S16_H

#include "mf_signal_rfft.h"

MF_INLINE int32_t mf_fft_load_s16(const int16_t *twiddle) {
    return mf_load_s16(twiddle);
}
MF_INLINE int16_t mf_fft_wrap_s16(int32_t x) {
    return mf_wrap_s16(x);
}
MF_INLINE int32_t mf_fft_half_s16(int32_t x) {
    return mf_shift_right_s32(x, 1);
}
/* Half up. */
MF_INLINE int32_t mf_fft_round_s16(int32_t x) {
    return mf_wrap_s16(mf_shift_right_s32(x + ((int32_t)1 << 14), 15));
}
MF_INLINE int32_t mf_fft_divide_s16(int16_t x, int radix) {
    return mf_fft_round_s16((int32_t)x * (INT16_MAX / radix));
}
MF_INLINE int16_t mf_fft_sample_s16(int16_t x, mf_index length) {
    (void)length;
    return x;
}

#define MF_FFT(name)  name##_s16
#define MF_FFT_NUMBER int16_t
#define MF_FFT_WIDE   int32_t
#include "mf_fft.h"
#undef MF_FFT
#undef MF_FFT_NUMBER
#undef MF_FFT_WIDE

#endif
