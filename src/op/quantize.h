/* Compile-time arithmetic of quantisation (docs/numerics.md). */
#ifndef OP_QUANTIZE_H
#define OP_QUANTIZE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/graph.h"
#include "op/op.h"

/* A positive real factor as the fixed-point pair of the reference:
 * multiplier * 2^(shift - 31), multiplier 0 or in [2^30, 2^31). */
struct fixed_point {
    int32_t multiplier;
    int32_t shift;
};

/* `real` must be finite and at least 0. */
struct fixed_point fixed_point_from(double real);

/* Whether |x| * 2^max(shift, 0) stays within int32_t for all |x| up to
 * `magnitude`, as the scaling needs; else records a message naming `what`. */
bool fixed_point_fits(struct context *context, const struct node *node,
                      struct fixed_point scale, int64_t magnitude,
                      const char *what);

/* Bounds of the fused activation in the quantised output's units; clamped to
 * the output type's range.  The output is quantised per tensor. */
void activation_range(const struct node *node, int32_t *min, int32_t *max);
/* The same for float32 outputs: +-infinity where there is no bound. */
void activation_range_float(const struct node *node, float *min, float *max);

/* Smallest and greatest value of an integer type of at most 32 bits. */
int32_t dtype_min(enum dtype type);
int32_t dtype_max(enum dtype type);

#endif
