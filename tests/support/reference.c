#include "reference.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "tflite_schema.h"

struct reference_factor reference_factor(double real) {
    struct reference_factor factor;
    double fraction = frexp(real, &factor.shift);
    factor.multiplier = llround(ldexp(fraction, 31));
    if (factor.multiplier == INT64_C(1) << 31) {
        factor.multiplier = INT64_C(1) << 30;
        factor.shift++;
    }
    if (factor.shift < -31) {
        factor = (struct reference_factor){0, 0};
    }
    return factor;
}

/* x / 2^n, half away from zero. */
static int64_t divide_rounding(int64_t x, int n) {
    int64_t divisor = INT64_C(1) << n;
    int64_t magnitude = ((x < 0 ? -x : x) + divisor / 2) / divisor;
    return x < 0 ? -magnitude : magnitude;
}

/* floor((x + 2^(n-1)) / 2^n). */
static int64_t divide_half_up(int64_t x, int n) {
    int64_t divisor = INT64_C(1) << n;
    int64_t sum = x + divisor / 2;
    int64_t quotient = sum / divisor;
    return sum % divisor < 0 ? quotient - 1 : quotient;
}

int64_t reference_multiply(int64_t x, struct reference_factor factor) {
    int left = factor.shift > 0 ? factor.shift : 0;
    int64_t shifted = x * (INT64_C(1) << left);
    assert_true(shifted >= INT32_MIN && shifted <= INT32_MAX);
    int64_t high = divide_half_up(shifted * factor.multiplier, 31);
    return factor.shift < 0 ? divide_rounding(high, -factor.shift) : high;
}

int64_t reference_multiply_s64(int64_t x, struct reference_factor factor) {
    int64_t multiplier = factor.multiplier < 0x7FFF0000
                             ? (factor.multiplier + 0x8000) / 0x10000
                             : 0x7FFF;
    return divide_half_up(x * multiplier, 15 - factor.shift);
}

/* Real bounds of the activation; infinite where there is none. */
static void real_bounds(int activation, float *min, float *max) {
    *min = activation == TFLITE_ACT_NONE           ? -INFINITY
           : activation == TFLITE_ACT_RELU_N1_TO_1 ? -1
                                                   : 0;
    *max = activation == TFLITE_ACT_RELU6          ? 6
           : activation == TFLITE_ACT_RELU_N1_TO_1 ? 1
                                                   : INFINITY;
}

void reference_bounds(const struct reference_output *output, int64_t *min,
                      int64_t *max) {
    float low, high;
    real_bounds(output->activation, &low, &high);
    *min = output->type == TFLITE_TYPE_INT8 ? INT8_MIN : INT16_MIN;
    *max = output->type == TFLITE_TYPE_INT8 ? INT8_MAX : INT16_MAX;
    if (isfinite(low)) {
        int64_t bound = output->zero_point + llroundf(low / output->scale);
        *min = bound > *min ? bound : *min;
    }
    if (isfinite(high)) {
        int64_t bound = output->zero_point + llroundf(high / output->scale);
        *max = bound < *max ? bound : *max;
    }
}

double reference_activate(const struct reference_output *output, double value) {
    if (output->type == TFLITE_TYPE_FLOAT32) {
        float low, high;
        real_bounds(output->activation, &low, &high);
        return fmin(fmax(value, (double)low), (double)high);
    }
    int64_t min, max;
    reference_bounds(output, &min, &max);
    return value < (double)min   ? (double)min
           : value > (double)max ? (double)max
                                 : value;
}

int64_t reference_store(const struct reference_output *output,
                        int64_t accumulator, double factor) {
    struct reference_factor fixed = reference_factor(factor);
    int64_t value = output->wide ? reference_multiply_s64(accumulator, fixed)
                                 : reference_multiply(accumulator, fixed);
    return (int64_t)reference_activate(output,
                                       (double)(value + output->zero_point));
}

void reference_assert_near(const float *found, const double *expected,
                           size_t count) {
    double most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmax(most, fabs(expected[i]));
    }
    for (size_t i = 0; i < count; i++) {
        double error = fabs((double)found[i] - expected[i]);
        if (!(error <= 1e-5 + 1e-4 * most)) {
            fail_msg("value %zu of %zu is %g, expected %g", i, count,
                     (double)found[i], expected[i]);
        }
    }
}
