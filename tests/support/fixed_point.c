#include "fixed_point.h"

#include <math.h>
#include <stdint.h>

#include "reference.h"

int64_t fixed_floor_divide(int64_t x, int64_t y) {
    return x / y - (x % y < 0);
}

int64_t fixed_product(int64_t a, int64_t b) {
    return fixed_floor_divide(a * b + (INT64_C(1) << 30), INT64_C(1) << 31);
}

int64_t fixed_rounded(int64_t x, int n) {
    int64_t y = INT64_C(1) << n;
    return x < 0 ? -((-x + y / 2) / y) : (x + y / 2) / y;
}

int64_t fixed_exp(int64_t x) {
    if (x == 0) {
        return INT32_MAX;
    }
    const int64_t quarter = INT64_C(1) << 24;
    int64_t quarters = -fixed_floor_divide(x, quarter) - 1;
    int64_t rest = x + quarters * quarter;      /* in [-quarter, 0) */
    int64_t a = rest * 32 + (INT64_C(1) << 28); /* Q0.31, plus 1/8 */
    int64_t a2 = fixed_product(a, a), a3 = fixed_product(a2, a),
            a4 = fixed_product(a2, a2);
    int64_t series = fixed_rounded(
        fixed_product(fixed_rounded(a4, 2) + a3, 715827883) + a2, 1);
    int64_t result = 1895147668 + fixed_product(1895147668, a + series);
    for (int k = 0; k < 7; k++) { /* exp(-2^(k - 2)) */
        if (quarters >> k & 1) {
            double power = ldexp(exp(-ldexp(1, k - 2)), 31);
            result = fixed_product(result, llround(power));
        }
    }
    return result;
}

int64_t fixed_reciprocal(int64_t x) {
    int64_t half = (x + INT32_MAX + 1) / 2;
    int64_t y = llround(ldexp(48.0 / 17, 29)) +
                fixed_product(half, -llround(ldexp(32.0 / 17, 29)));
    for (int i = 0; i < 3; i++) {
        y += 4 * fixed_product(y, (INT64_C(1) << 29) - fixed_product(half, y));
    }
    return 2 * y < INT32_MAX ? 2 * y : INT32_MAX;
}

int64_t fixed_exp_of_distance(double beta_scale, int distance) {
    struct reference_factor factor =
        reference_factor(fmin(ldexp(beta_scale, 26), INT32_MAX));
    double cut = floor(31 * ldexp(1, 26 - factor.shift));
    if (distance > cut) {
        return 0;
    }
    return fixed_exp(fixed_product(-distance * (INT64_C(1) << factor.shift),
                                   factor.multiplier));
}

/* x * 2^n, saturating. */
static int64_t shifted(int64_t x, int n) {
    x *= INT64_C(1) << n;
    return x > INT32_MAX ? INT32_MAX : x < INT32_MIN ? INT32_MIN : x;
}

static int leading_zeros(int64_t x) {
    int zeros = 31;
    while (x >>= 1) {
        zeros--;
    }
    return zeros;
}

int64_t fixed_log(int64_t x) {
    const double root = sqrt(sqrt(0.5)), fourth = sqrt(sqrt(2));
    const int64_t sqrt_half = llround(ldexp(sqrt(0.5), 31));
    const int64_t middle = llround(ldexp(root, 31));
    const int64_t c3 = llround(ldexp(11.0 / 240 * fourth, 31));
    const int64_t d0 = llround(ldexp(2 / fourth - fourth, 31));
    const int64_t d1 = llround(ldexp(fourth / 4, 31));
    const int64_t d2 = llround(ldexp(fourth / 20, 31));
    /* x = r * 2^power: both ways of scaling, the smaller r and the greater
     * power, 1/4 to the middle. */
    int a = leading_zeros(x);
    int64_t r_a = shifted(fixed_product(shifted(x, a - 1), sqrt_half), 1);
    int64_t power_a = (12 - a) * (INT64_C(1) << 25) + (1 << 23);
    int b = leading_zeros(fixed_product(x, sqrt_half)) - 1;
    int64_t r_b = shifted(x, b);
    int64_t power_b = (12 - b) * (INT64_C(1) << 25) - (1 << 23);
    int64_t r = r_a < r_b ? r_a : r_b;
    int64_t power = power_a > power_b ? power_a : power_b;
    int64_t p = (r + middle + 1) / 2, q = 2 * (r - middle);
    int64_t q2 = fixed_product(q, q);
    int64_t numerator =
        fixed_product(q, r) + fixed_product(fixed_product(q, q2), c3);
    int64_t denominator =
        fixed_product(p, d0 + q + fixed_product(d2, q2)) + fixed_product(d1, q);
    int64_t near = fixed_product(fixed_rounded(numerator, 6),
                                 fixed_reciprocal(denominator));
    return 2 * (fixed_product(power, llround(ldexp(log(2), 31))) + near);
}

struct reference_factor fixed_inverse_sqrt(int64_t x) {
    if (x <= 1) {
        return (struct reference_factor){INT32_MAX, 0};
    }
    int shift = 11;
    for (; x >= INT64_C(1) << 29; shift++) {
        x /= 4;
    }
    for (; x < INT64_C(1) << 27; shift--) {
        x *= 4;
    }
    int64_t y = INT64_C(1) << 28, half = fixed_rounded(x / 2, 1);
    for (int i = 0; i < 5; i++) {
        int64_t cube = fixed_product(fixed_product(y, y), y) * 64;
        y = (fixed_product(INT64_C(3) << 27, y) - fixed_product(half, cube)) *
            8;
    }
    y = fixed_product(y, llround(ldexp(sqrt(0.5), 31)));
    return shift < 0 ? (struct reference_factor){y * (INT64_C(1) << -shift), 0}
                     : (struct reference_factor){y, -shift};
}
