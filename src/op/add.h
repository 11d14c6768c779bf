/* What ADD and SUB share on quantised values: both inputs are brought to twice
 * the larger of their scales, and the result from there to the output's. */
#ifndef OP_ADD_H
#define OP_ADD_H

#include <stdbool.h>

#include "base/context.h"
#include "ir/field.h"
#include "ir/graph.h"
#include "mf_add.h"
#include "op/op.h"
#include "op/quantize.h"

/* Ratios of scales.  `output` is that of the common scale to the output's,
 * over 2^left_shift. */
struct add_factors {
    double a, b, output;
};

/* The two operators compute them in different precision. */
typedef struct add_factors add_factors_function(float a_scale, float b_scale,
                                                float output_scale,
                                                int left_shift);

/* The parameters of a kernel, all but its shape. */
mf_add add_params(const struct node *node, const struct add_factors *factors);

bool add_infer(struct context *context, const struct node *node,
               add_factors_function *factors);
/* Int8 and int16. */
bool add_lower(struct lowering *lowering, const struct kernel *kernel,
               add_factors_function *factors);

/* Of ADD_N and CUMSUM on int8: the factor of sums of stored values times 2^19,
 * half of ADD's steps, to the output; whether it is below 1, or a message. */
struct fixed_point sum_factor(const struct node *node);
bool sum_factor_fits(struct context *context, const struct node *node);

/* Of mf_add. */
extern const struct field add_fields[];

#endif
