/* Between real numbers and the elements of a network's inputs and outputs, for
 * what mf_quantize.h leaves out: NAME_predict() uses both.
 *
 * No value of x is undefined, not even NaN or an infinity. */
#ifndef MF_PREDICT_H
#define MF_PREDICT_H

#include "mf_core.h"
#include "mf_quantize.h"

/* mf_quantize_value() for elements of 32 and 64 bits.  Where x / scale is 2^62
 * or more in either direction the result is max or min. */
MF_INLINE int64_t mf_predict_quantize(float x, float scale, int32_t zero_point,
                                      int64_t min, int64_t max) {
    const float limit = 4611686018427387904.0f;
    const float steps = x / scale;
    if (steps >= limit) {
        return max;
    }
    if (steps <= -limit) {
        return min;
    }
    if (steps != steps) { /* NaN */
        return zero_point;
    }
    int64_t whole = (int64_t)steps;
    const float part = steps - (float)whole;
    if (part >= 0.5f) {
        whole++;
    } else if (part <= -0.5f) {
        whole--;
    }
    whole += zero_point;
    return whole < min ? min : whole > max ? max : whole;
}

/* mf_dequantize_value() for elements of 32 and 64 bits, in double. */
MF_INLINE float mf_predict_dequantize(int64_t q, float scale,
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
