/* Reproducible randomness and the two elementary functions that training
 * needs, so that the same weights come out on every machine: libm's exp and
 * sin differ in their last bits from one C library to the next. */
#ifndef MODELS_RANDOM_H
#define MODELS_RANDOM_H

#include <math.h>
#include <stdint.h>

/* SplitMix64 (Steele, Lea, Flood: Fast splittable pseudorandom number
 * generators, 2014); any seed will do. */
struct random {
    uint64_t state;
};

static inline uint64_t random_bits(struct random *random) {
    uint64_t z = random->state += 0x9E3779B97F4A7C15u;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9u;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBu;
    return z ^ (z >> 31);
}

/* In [low, high), of 2^24 steps. */
static inline float random_float(struct random *random, float low, float high) {
    return low + (high - low) * ((float)(random_bits(random) >> 40) *
                                 (1.0f / 16777216.0f));
}

/* In [0, bound); the bias of the remainder is below bound / 2^64. */
static inline uint32_t random_below(struct random *random, uint32_t bound) {
    return (uint32_t)(random_bits(random) % bound);
}

/* e^x for x in [-700, 700], to about 1e-14: 2^k times the series of what is
 * left, at most ln(2)/2. */
static inline double exact_exp(double x) {
    double k = floor(x * 1.4426950408889634 + 0.5);
    double r = (x - k * 0.693147180369123816490) - k * 1.90821492927058770e-10;
    double sum = 1;
    for (int i = 14; i >= 1; i--) {
        sum = 1 + sum * r / i;
    }
    return ldexp(sum, (int)k);
}

/* sin x for x in [0, 2 pi], to about 1e-12: the series around pi. */
static inline double exact_sin(double x) {
    double r = x - 3.14159265358979323846;
    double sum = 1;
    for (int i = 28; i >= 2; i -= 2) {
        sum = 1 - sum * r * r / (i * (i + 1));
    }
    return -r * sum;
}

#endif
