/* What the arithmetic of mf_core.h returns, as formulas over the integers, for
 * Frama-C's WP to prove for all arguments (scripts/prove_helpers.sh).
 *
 * A division that rounds downward, y = floor(x / d), is written as
 * y * d <= x < (y + 1) * d.  CASES lists the cases of a shift, since the
 * solvers know powers of two as numbers only. */
/* Annotations are not for it: */
/* clang-format off */
#include <stdint.h>

#define CASES(X)                                                               \
    X(1, 0x2)                                                                  \
    X(2, 0x4)                                                                  \
    X(3, 0x8)                                                                  \
    X(4, 0x10)                                                                 \
    X(5, 0x20)                                                                 \
    X(6, 0x40)                                                                 \
    X(7, 0x80)                                                                 \
    X(8, 0x100)                                                                \
    X(9, 0x200)                                                                \
    X(10, 0x400)                                                               \
    X(11, 0x800)                                                               \
    X(12, 0x1000)                                                              \
    X(13, 0x2000)                                                              \
    X(14, 0x4000)                                                              \
    X(15, 0x8000)                                                              \
    X(16, 0x10000)                                                             \
    X(17, 0x20000)                                                             \
    X(18, 0x40000)                                                             \
    X(19, 0x80000)                                                             \
    X(20, 0x100000)                                                            \
    X(21, 0x200000)                                                            \
    X(22, 0x400000)                                                            \
    X(23, 0x800000)                                                            \
    X(24, 0x1000000)                                                           \
    X(25, 0x2000000)                                                           \
    X(26, 0x4000000)                                                           \
    X(27, 0x8000000)                                                           \
    X(28, 0x10000000)                                                          \
    X(29, 0x20000000)                                                          \
    X(30, 0x40000000)                                                          \
    X(31, 0x80000000)

/* What C99 says of a shift of an unsigned number (6.5.7), which WP leaves to
 * its solvers. */
#define SHIFT(n, d)                                                            \
    axiom shift_##n : \forall integer x;                                       \
    0 <= x ==> (x >> n) * d <= x < ((x >> n) + 1) * d;
/*@ axiomatic unsigned_shift {
      CASES(SHIFT)
      axiom one_shifted: \forall integer n;
        0 <= n <= 30 ==> 1 <= (1 << n) <= 0x40000000;
    } */

/*@ requires min <= max;
    assigns \nothing;
    ensures min <= \result <= max;
    ensures min <= x <= max ==> \result == x;
    ensures x < min ==> \result == min;
    ensures x > max ==> \result == max; */
static inline int32_t mf_clamp(int32_t x, int32_t min, int32_t max);

#define FLOOR(n_, d) ensures n == n_ ==> \result *d <= x < (\result + 1) * d;

/*@ requires 0 <= n <= 31;
    assigns \nothing;
    ensures n == 0 ==> \result == x;
    CASES(FLOOR) */
static inline int64_t mf_shift_right_s64(int64_t x, int n);

/*@ requires 0 <= n <= 31;
    assigns \nothing;
    ensures n == 0 ==> \result == x;
    CASES(FLOOR) */
static inline int32_t mf_shift_right_s32(int32_t x, int n);

/* Ties upward. */
/*@ requires x > INT32_MIN || a > INT32_MIN;
    assigns \nothing;
    ensures \result * 0x80000000 <= x * a + 0x40000000;
    ensures x * a + 0x40000000 < (\result + 1) * 0x80000000; */
static inline int32_t mf_multiply_high(int32_t x, int32_t a);

/* Half away from zero: of the magnitudes, half upward. */
#define ROUND(n_, d)                                                           \
    ensures n == n_ && x >= 0 ==>                                              \
        \result *d <= x + d / 2 < (\result + 1) * d;                           \
    ensures n == n_ && x < 0 ==>                                               \
        -\result *d <= -x + d / 2 < (-\result + 1) * d;

/*@ requires 0 <= n <= 31;
    assigns \nothing;
    ensures n == 0 ==> \result == x;
    CASES(ROUND) */
static inline int32_t mf_round_shift(int32_t x, int n);

/* Of the two roundings each is proved above; here, that nothing overflows
 * between them, and the case in which there is one. */
/*@ requires -31 <= shift <= 30;
    requires multiplier >= 0;
    requires shift > 0 ==> INT32_MIN <= x * (1 << shift) <= INT32_MAX;
    assigns \nothing;
    ensures shift == 0 ==> \result * 0x80000000 <= x * multiplier + 0x40000000 <
        (\result + 1) * 0x80000000; */
static inline int32_t mf_scale(int32_t x, int32_t multiplier, int shift);

#include "../kernels/mf_core.h"
