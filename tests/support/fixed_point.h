/* The reference's arithmetic on fixed-point numbers, slowly and from its
 * definition: what tests hold the kernels of SOFTMAX and its like to.  Numbers
 * in Qm.n are integers over 2^n. */
#ifndef TESTS_SUPPORT_FIXED_POINT_H
#define TESTS_SUPPORT_FIXED_POINT_H

#include <stdint.h>

#include "reference.h"

/* floor(x / y) for y > 0. */
int64_t fixed_floor_divide(int64_t x, int64_t y);

/* round(a * b / 2^31), ties upward. */
int64_t fixed_product(int64_t a, int64_t b);

/* round(x / 2^n), half away from zero. */
int64_t fixed_rounded(int64_t x, int n);

/* exp(x / 2^26) * 2^31 for x <= 0: the whole quarters of -x as products of
 * powers of e, the rest as a Taylor series about -1/8. */
int64_t fixed_exp(int64_t x);

/* 1 / (1 + x) for x in Q0.31: three Newton steps in Q2.29. */
int64_t fixed_reciprocal(int64_t x);

/* exp(beta * scale * -distance) in Q0.31; 0 where the reference cuts off. */
int64_t fixed_exp_of_distance(double beta_scale, int distance);

/* log(x) in Q5.26 for x >= 1 in Q12.19: a quotient of polynomials about
 * 2^(-1/4) of what is left of x without a power of 2. */
int64_t fixed_log(int64_t x);

/* 1 / sqrt(x) for x >= 1, for 0 what 1 gives: five Newton steps in Q3.28. */
struct reference_factor fixed_inverse_sqrt(int64_t x);

#endif
