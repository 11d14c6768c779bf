/* Transforms of floats, which no stage divides. */
#ifndef MF_FFT_F32_H
#define MF_FFT_F32_H

#include "mf_signal_rfft.h"

MF_INLINE float mf_fft_load_f32(const float *twiddle) {
    return mf_load_f32(twiddle);
}
MF_INLINE float mf_fft_wrap_f32(float x) {
    return x;
}
MF_INLINE float mf_fft_half_f32(float x) {
    return x * 0.5f;
}
MF_INLINE float mf_fft_round_f32(float x) {
    return x;
}
MF_INLINE float mf_fft_divide_f32(float x, int radix) {
    (void)radix;
    return x;
}
MF_INLINE float mf_fft_sample_f32(float x, mf_index length) {
    return x / (float)length;
}

#define MF_FFT(name)  name##_f32
#define MF_FFT_NUMBER float
#define MF_FFT_WIDE   float
#include "mf_fft.h"
#undef MF_FFT
#undef MF_FFT_NUMBER
#undef MF_FFT_WIDE

#endif
