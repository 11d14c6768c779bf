/* Operators that compute value by value, with one input or with two that are
 * broadcast: random cases, held to a function of the stored values. */
#ifndef TESTS_SUPPORT_POINTWISE_H
#define TESTS_SUPPORT_POINTWISE_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "random.h"

/* Scale 0: not quantised. */
struct pointwise_units {
    float scale;
    int32_t zero_point;
};

/* Beside enum tflite_activation: what RELU_0_TO_1 does. */
enum { POINTWISE_0_TO_1 = 100 };

struct pointwise {
    int32_t code;
    struct writer_options options;
    int32_t type;    /* of all tensors, enum tflite_type */
    bool gives_bool; /* but the output is BOOL */
    int input_count;
    struct pointwise_units input[2], output;
    int activation; /* that `options` holds, for `expected` */
    float alpha;    /* the same */
    /* Inputs of int32, int64 and float32 are drawn from here. */
    double min, max;
    /* Of float32 outputs, over 1 + |expected|. */
    double tolerance;
    /* The output's stored value for the inputs' (b = 0 if there is one). */
    double (*expected)(const struct pointwise *op, double a, double b);
};

/* Builds a model of it with random shapes of up to 6 dimensions, one input
 * constant in two of three cases with two inputs, and checks its output. */
void pointwise_check(struct random *random, const struct pointwise *op);
/* The same with 3x5x7x11 values, input `constant` a single constant. */
void pointwise_check_single(struct random *random, const struct pointwise *op,
                            int constant);
/* All values that an int8 or int16 input can have, of which there is one. */
void pointwise_check_all(const struct pointwise *op);

/* A model of it with inputs and output of this many values, for bad cases. */
struct test_op pointwise_op(const struct pointwise *op, int32_t count);

/* Quantised units that are likely and not so likely. */
struct pointwise_units random_units(struct random *random, int32_t type);

/* x times a real factor, as the reference scales (reference_multiply). */
int64_t reference_scale(int64_t x, double factor);

/* Clamps y to the activation's bounds and the type's range, in the output's
 * units; float32 to the activation's alone. */
double reference_clamp(const struct pointwise *op, double y);

#endif
