/* Between real numbers and the elements of a network's inputs and outputs:
 * what NAME_predict() is made of.
 *
 * No value of x is undefined, not even NaN or an infinity. */
#ifndef MF_PREDICT_H
#define MF_PREDICT_H

#include "mf_core.h"

/* round(x / scale) + zero_point, clamped to [min, max]: divided in float,
 * rounded half away from zero, as the reference's QUANTIZE.  NaN gives the
 * zero point.  min <= zero_point <= max, each of at most 16 bits. */
MF_INLINE int32_t mf_predict_quantize(float x, float scale, int32_t zero_point,
                                      int32_t min, int32_t max) {
    const float y = x / scale;
    if (y != y) {
        return zero_point;
    }
    if (y <= (float)(min - zero_point)) {
        return min;
    }
    if (y >= (float)(max - zero_point)) {
        return max;
    }
    /* What truncation cuts off is exact; y + 0.5f would not be. */
    const int32_t whole = (int32_t)y;
    const float rest = y - (float)whole;
    return zero_point + whole + (rest >= 0.5f ? 1 : rest <= -0.5f ? -1 : 0);
}

/* The same for elements of 32 and 64 bits.  Beyond 2^62 in either direction
 * the result is max or min. */
MF_INLINE int64_t mf_predict_quantize_wide(float x, float scale,
                                           int32_t zero_point, int64_t min,
                                           int64_t max) {
    const float limit = 4611686018427387904.0f;
    const float y = x / scale;
    if (y != y) {
        return zero_point;
    }
    if (y <= -limit) {
        return min;
    }
    if (y >= limit) {
        return max;
    }
    const int64_t whole = (int64_t)y;
    const float rest = y - (float)whole;
    const int64_t q = zero_point + whole +
                      (rest >= 0.5f    ? 1
                       : rest <= -0.5f ? -1
                                       : 0);
    return q < min ? min : q > max ? max : q;
}

/* scale * (q - zero_point), rounded once: the difference of 16-bit values is
 * exact in float, so that this equals the reference's product in double. */
MF_INLINE float mf_predict_dequantize(int32_t q, float scale,
                                      int32_t zero_point) {
    return scale * (float)(q - zero_point);
}

/* The same for elements of 32 and 64 bits, in double. */
MF_INLINE float mf_predict_dequantize_wide(int64_t q, float scale,
                                           int32_t zero_point) {
    return (float)((double)scale * ((double)q - (double)zero_point));
}

/* x without its fraction, clamped to [min, max]; NaN gives 0: for integers
 * that are not quantised. */
MF_INLINE int64_t mf_predict_truncate(float x, int64_t min, int64_t max) {
    if (x != x) {
        return 0;
    }
    /* (float)max may be max + 1, never less than max. */
    return x <= (float)min ? min : x >= (float)max ? max : (int64_t)x;
}

#endif
