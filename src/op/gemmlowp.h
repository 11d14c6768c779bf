/* The reference's fixed-point exponential, logistic and tanh, to the bit, for
 * tables that are built at compile time.
 *
 * Numbers are 32 bits in the format Qm.(31-m): a raw value x with m integer
 * bits stands for x * 2^(m-31), within [-2^m, 2^m).  Every result is in Q0.31,
 * in which 1 is INT32_MAX.  The definition is Google's gemmlowp library,
 * fixedpoint.h. */
#ifndef OP_GEMMLOWP_H
#define OP_GEMMLOWP_H

#include <stdint.h>

/* round(a * b / 2^31), ties upward; INT32_MIN squared saturates.  The integer
 * bits of the product are those of both factors together. */
int32_t gemmlowp_multiply(int32_t a, int32_t b);

/* x * 2^exponent, 0 <= exponent <= 30, saturating. */
int32_t gemmlowp_shift_left(int32_t x, int exponent);

/* exp(a) for a <= 0 in a format with 0..29 integer bits. */
int32_t gemmlowp_exp_on_negative_values(int32_t a, int integer_bits);

/* 1 / (1 + a) and (1 - a) / (1 + a) for a in [0, 1], Q0.31. */
int32_t gemmlowp_one_over_one_plus_x(int32_t a);
int32_t gemmlowp_one_minus_x_over_one_plus_x(int32_t a);

/* Of any a but INT32_MIN, in a format with 0..28 integer bits. */
int32_t gemmlowp_logistic(int32_t a, int integer_bits);
int32_t gemmlowp_tanh(int32_t a, int integer_bits);

#endif
