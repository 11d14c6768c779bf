/* The reference's arithmetic, slowly and from its definition: what tests hold
 * kernels to.  Nothing here is shared with what it tests. */
#ifndef TESTS_SUPPORT_REFERENCE_H
#define TESTS_SUPPORT_REFERENCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* multiplier * 2^(shift - 31), multiplier 0 or in [2^30, 2^31). */
struct reference_factor {
    int64_t multiplier;
    int shift;
};
struct reference_factor reference_factor(double real);

/* x times a factor: a doubling multiply of which the high half is kept,
 * rounded, then a rounding shift to the right, half away from zero. */
int64_t reference_multiply(int64_t x, struct reference_factor factor);
/* The same for 64-bit accumulators: a multiplier of 15 bits, one rounding. */
int64_t reference_multiply_s64(int64_t x, struct reference_factor factor);

/* How accumulators become stored values of an output. */
struct reference_output {
    int32_t type; /* enum tflite_type: INT8, INT16 or FLOAT32 */
    bool wide;    /* accumulators of 64 bits */
    float scale;
    int32_t zero_point;
    int activation; /* enum tflite_activation */
};
int64_t reference_store(const struct reference_output *output,
                        int64_t accumulator, double factor);
/* The activation alone. */
double reference_activate(const struct reference_output *output, double value);
/* Bounds of an integer output: of the type and of the activation. */
void reference_bounds(const struct reference_output *output, int64_t *min,
                      int64_t *max);

/* cmocka assertions that `count` floats are within 1e-5 + 1e-4 * the greatest
 * magnitude that is expected. */
void reference_assert_near(const float *found, const double *expected,
                           size_t count);

#endif
