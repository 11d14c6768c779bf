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

/* `real` is at least 0; what is too great, infinity too, saturates. */
struct fixed_point fixed_point_from(double real);

/* The multiplier in 16 bits, for mf_scale_s64(). */
int16_t fixed_point_narrow(int32_t multiplier);

/* Whether for all |x| up to `magnitude` x * 2^max(shift, 0) stays within
 * int32_t, as the scaling needs, and so does the scaled x plus a zero point of
 * 16 bits. */
bool fixed_point_takes(struct fixed_point scale, int64_t magnitude);
/* The same; if not, records a message naming `what`. */
bool fixed_point_fits(struct context *context, const struct node *node,
                      struct fixed_point scale, int64_t magnitude,
                      const char *what);

/* How the accumulators of a convolution or matrix product become outputs: one
 * fixed-point factor for all channels (count 1) or one a channel. */
struct channel_scaling {
    int32_t count;
    int32_t *multiplier; /* tables in the context's arena */
    int8_t *shift;
};

/* scale_input * scale_filter / scale_output for each filter scale.  The
 * reference multiplies the first two in float32 for matrix products that are
 * quantised per tensor (`product_in_float`), else all in double. */
bool channel_scaling_make(struct context *context, const struct tensor *input,
                          const struct tensor *filter,
                          const struct tensor *output, bool product_in_float,
                          struct channel_scaling *scaling);
struct fixed_point channel_scaling_at(const struct channel_scaling *scaling,
                                      int32_t channel);

/* Holds that the accumulator of `channel`, whose partial sums never exceed
 * `magnitude`, fits int32_t and can be scaled. */
bool accumulator_fits(struct context *context, const struct node *node,
                      const struct channel_scaling *scaling, int32_t channel,
                      int64_t magnitude);

/* Bounds of the fused activation in the quantised output's units; clamped to
 * the output type's range.  The output is quantised per tensor or, on INT32,
 * not at all. */
void activation_range(const struct node *node, int32_t *min, int32_t *max);
/* The same of other bounds, infinite where there is none. */
void stored_range(const struct tensor *output, float low, float high,
                  int32_t *min, int32_t *max);
/* The same for float32 outputs: +-infinity where there is no bound. */
void activation_range_float(const struct node *node, float *min, float *max);

/* Smallest and greatest value of an integer type of at most 32 bits. */
int32_t dtype_min(enum dtype type);
int32_t dtype_max(enum dtype type);

#endif
