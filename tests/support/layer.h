/* Random layers for families of kernels: models of one operator on INT8 that
 * the family's kernels take, or nearly all of them. */
#ifndef TESTS_SUPPORT_LAYER_H
#define TESTS_SUPPORT_LAYER_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "random.h"

enum layer_kind {
    LAYER_CONV_2D,
    LAYER_DEPTHWISE,
    LAYER_FULLY_CONNECTED,
    LAYER_ADD,
    LAYER_KINDS
};

/* A model of one operator, and its constants. */
struct layer {
    struct test_op op;
    int8_t *weights;
    int32_t *bias;
};

struct layer layer_random(struct random *random, enum layer_kind kind);
void layer_free(struct layer *layer);

/* Asserts that the layer lowered for the target gives what the portable kernels
 * give; whether it became a call of a kernel with `kernel` in its name. */
bool layer_check(struct random *random, const struct layer *layer,
                 const char *target, const char *kernel);

/* Runs `microflow bench` on a model of `count` random layers side by side, at
 * most 32, which holds the firmware's outputs to the host's. */
void layers_check_bench(struct random *random, const char *target,
                        const char *optimize, int count);

#endif
