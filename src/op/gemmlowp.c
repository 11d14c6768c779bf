#include "op/gemmlowp.h"

#include "mf_core.h"

int32_t gemmlowp_multiply(int32_t a, int32_t b) {
    if (a == INT32_MIN && b == INT32_MIN) {
        return INT32_MAX;
    }
    return mf_multiply_high(a, b);
}

int32_t gemmlowp_shift_left(int32_t x, int exponent) {
    int64_t shifted = (int64_t)x * (INT64_C(1) << exponent);
    return (int32_t)(shifted > INT32_MAX   ? INT32_MAX
                     : shifted < INT32_MIN ? INT32_MIN
                                           : shifted);
}

/* exp(a) for a in [-1/4, 0), Q0.31: four terms of the Taylor series about
 * -1/8. */
static int32_t exp_near_zero(int32_t a) {
    const int32_t exp_minus_eighth = 1895147668, third = 715827883;
    int32_t x = a + (1 << 28);
    int32_t x2 = gemmlowp_multiply(x, x);
    int32_t x3 = gemmlowp_multiply(x2, x);
    int32_t x4 = gemmlowp_multiply(x2, x2);
    int32_t tail = gemmlowp_multiply(mf_round_shift(x4, 2) + x3, third) + x2;
    return exp_minus_eighth +
           gemmlowp_multiply(exp_minus_eighth, x + mf_round_shift(tail, 1));
}

int32_t gemmlowp_exp_on_negative_values(int32_t a, int integer_bits) {
    /* exp(-2^k) for k = -2, -1, ..., 4 */
    static const int32_t exp_minus_power[] = {
        1672461947, 1302514674, 790015084, 290630308, 39332535, 720401, 242};
    if (a == 0) {
        return INT32_MAX;
    }
    if (integer_bits > 5 && a < -((int32_t)1 << (36 - integer_bits))) {
        return 0; /* below -32 */
    }
    /* a = near - rest: near in [-1/4, 0), rest a multiple of 1/4, whose bits
     * select the factors. */
    int fraction_bits = 31 - integer_bits;
    int32_t quarter = (int32_t)1 << (fraction_bits - 2);
    uint32_t bits = (uint32_t)a & (uint32_t)(quarter - 1);
    int32_t near = (int32_t)bits - quarter;
    int64_t rest = (int64_t)near - a;
    int32_t result = exp_near_zero(gemmlowp_shift_left(near, integer_bits));
    for (int k = -2; k <= 4 && k < integer_bits; k++) {
        if (rest & (INT64_C(1) << (fraction_bits + k))) {
            result = gemmlowp_multiply(result, exp_minus_power[k + 2]);
        }
    }
    return result;
}

/* 2 / (1 + a) for a in [0, 1], Q2.29: Newton-Raphson division from the usual
 * linear estimate 48/17 - 32/17 d of 1/d. */
static int32_t reciprocal_of_half_sum(int32_t a) {
    const int32_t one = (int32_t)1 << 29;
    int32_t half = (int32_t)(((int64_t)a + INT32_MAX + 1) / 2);
    int32_t x = 1515870810 + gemmlowp_multiply(half, -1010580540);
    for (int i = 0; i < 3; i++) {
        int32_t error = one - gemmlowp_multiply(half, x);
        x += gemmlowp_shift_left(gemmlowp_multiply(x, error), 2);
    }
    return x;
}

int32_t gemmlowp_one_over_one_plus_x(int32_t a) {
    return gemmlowp_shift_left(reciprocal_of_half_sum(a), 1);
}

int32_t gemmlowp_one_minus_x_over_one_plus_x(int32_t a) {
    const int32_t one = (int32_t)1 << 29;
    return gemmlowp_shift_left(reciprocal_of_half_sum(a) - one, 2);
}

int32_t gemmlowp_logistic(int32_t a, int integer_bits) {
    if (a == 0) {
        return (int32_t)1 << 30;
    }
    int32_t exp = gemmlowp_exp_on_negative_values(a > 0 ? -a : a, integer_bits);
    int32_t positive = gemmlowp_one_over_one_plus_x(exp);
    return a > 0 ? positive : INT32_MAX - positive;
}

int32_t gemmlowp_tanh(int32_t a, int integer_bits) {
    if (a == 0) {
        return 0;
    }
    /* exp(-2|a|): the same bits with one integer bit more. */
    int32_t exp =
        gemmlowp_exp_on_negative_values(a > 0 ? -a : a, integer_bits + 1);
    int32_t magnitude = gemmlowp_one_minus_x_over_one_plus_x(exp);
    return a > 0 ? magnitude : -magnitude;
}
