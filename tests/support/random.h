/* Reproducible random numbers for tests (SplitMix64). */
#ifndef TESTS_SUPPORT_RANDOM_H
#define TESTS_SUPPORT_RANDOM_H

#include <stddef.h>
#include <stdint.h>

struct random {
    uint64_t state; /* the seed, any number */
};

static inline uint64_t random_u64(struct random *random) {
    uint64_t z = random->state += UINT64_C(0x9E3779B97F4A7C15);
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* Uniform in [min, max]; max - min < 2^32. */
static inline int32_t random_int(struct random *random, int64_t min,
                                 int64_t max) {
    uint64_t range = (uint64_t)(max - min) + 1;
    return (int32_t)(min + (int64_t)((random_u64(random) >> 32) % range));
}

/* Uniform in [min, max). */
static inline float random_float(struct random *random, double min,
                                 double max) {
    double unit = (double)(random_u64(random) >> 11) / 9007199254740992.0;
    return (float)(min + (max - min) * unit);
}

/* Every value of the type is likely, the extremes more than others. */
static inline void random_fill_s8(struct random *random, int8_t *data,
                                  size_t count) {
    for (size_t i = 0; i < count; i++) {
        int extreme = random_int(random, 0, 15);
        data[i] = (int8_t)(extreme == 0   ? INT8_MIN
                           : extreme == 1 ? INT8_MAX
                                          : random_int(random, -128, 127));
    }
}

static inline void random_fill_s16(struct random *random, int16_t *data,
                                   size_t count) {
    for (size_t i = 0; i < count; i++) {
        int extreme = random_int(random, 0, 15);
        data[i] = (int16_t)(extreme == 0 ? INT16_MIN
                            : extreme == 1
                                ? INT16_MAX
                                : random_int(random, INT16_MIN, INT16_MAX));
    }
}

static inline void random_fill_s32(struct random *random, int32_t *data,
                                   size_t count, int32_t min, int32_t max) {
    for (size_t i = 0; i < count; i++) {
        data[i] = random_int(random, min, max);
    }
}

static inline void random_fill_f32(struct random *random, float *data,
                                   size_t count, double min, double max) {
    for (size_t i = 0; i < count; i++) {
        data[i] = random_float(random, min, max);
    }
}

#endif
