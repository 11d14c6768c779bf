/* Random poolings, and what they must give. */
#ifndef TESTS_SUPPORT_POOL_H
#define TESTS_SUPPORT_POOL_H

#include <stdint.h>

#include "model.h"
#include "random.h"
#include "reference.h"

struct pool {
    int32_t code; /* TFLITE_AVERAGE_POOL_2D or TFLITE_MAX_POOL_2D */
    int32_t batches, size[2], channels, filter[2], stride[2];
    int padding;
    int32_t output_size[2], pad[2];
    struct reference_output output; /* the input's units as well */
};

/* What `count` >= 1 values under a window, less no zero point, give. */
typedef double pool_function(const struct pool *pool, const double *values,
                             int count);

/* A random pooling of this type, run and held to `function`. */
void pool_check(struct random *random, int32_t code, int32_t type,
                pool_function *function);

/* int8, 1x4x4x2, windows of 2x2, stride 2x2, SAME, output named "pool". */
struct test_op pool_plain(int32_t code);

#endif
