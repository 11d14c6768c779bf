/* Transforms of numbers of 32 bits, fractions of 2^31. */
#ifndef MF_FFT_S32_H
#define MF_FFT_S32_H

#include "mf_signal_rfft.h"

MF_INLINE int64_t mf_fft_load_s32(const int32_t *twiddle) {
    return mf_load_s32(twiddle);
}
MF_INLINE int32_t mf_fft_wrap_s32(int64_t x) {
    return mf_wrap_s32((uint32_t)x);
}
MF_INLINE int64_t mf_fft_half_s32(int64_t x) {
    return mf_shift_right_s64(mf_fft_wrap_s32(x), 1);
}
/* Half up. */
MF_INLINE int64_t mf_fft_round_s32(int64_t x) {
    return mf_fft_wrap_s32(mf_shift_right_s64(x + ((int64_t)1 << 30), 31));
}
MF_INLINE int64_t mf_fft_divide_s32(int32_t x, int radix) {
    return mf_fft_round_s32((int64_t)x * (INT32_MAX / radix));
}
MF_INLINE int32_t mf_fft_sample_s32(int32_t x, mf_index length) {
    (void)length;
    return x;
}

#define MF_FFT(name)  name##_s32
#define MF_FFT_NUMBER int32_t
#define MF_FFT_WIDE   int64_t
#include "mf_fft.h"
#undef MF_FFT
#undef MF_FFT_NUMBER
#undef MF_FFT_WIDE

#endif
