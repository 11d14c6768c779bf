/* What families of kernels (op/family.h) share that make calls of their own
 * from the portable ones that operators lower to: what a portable call says,
 * and how its place is taken. */
#ifndef OP_PACKED_H
#define OP_PACKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mf_window.h"
#include "op/op.h"
#include "op/steps.h"
#include "op/window.h"

/* A call of mf_conv_2d_s8, mf_depthwise_conv_2d_s8 or mf_fully_connected_s8,
 * whose filter is constant: input channel by input channel times weights, the
 * input's zero point in the bias.  Weight i of channel c is
 * filter[c * channel_step + i * step]. */
struct portable {
    const int8_t *filter;
    int64_t channel_step, step;
    int32_t channels; /* of the output */
    int64_t weights;  /* of a channel */
    const int32_t *bias, *multiplier;
    const int8_t *shift;
    ptrdiff_t per_channel; /* 0: all have multiplier[0] and shift[0] */
    /* Of a convolution; a matrix product has `batches` alone. */
    mf_window window;
    ptrdiff_t depth_multiplier; /* of a depthwise one */
    int32_t input_zero_point;   /* what padding holds */
    ptrdiff_t batches;
    int32_t output_zero_point, activation_min, activation_max;
};

struct portable portable_conv_2d(const struct call *call);
struct portable portable_depthwise_conv_2d(const struct call *call);
struct portable portable_fully_connected(const struct call *call);

/* A weight, 0 past the last channel and past the last weight. */
int8_t portable_weight(const struct portable *from, int32_t channel, int64_t i);

/* The most that the sum of a channel can reach, in magnitude. */
int64_t portable_most(const struct portable *from, int32_t channel);

/* What the outputs of a channel follow from, for sums of up to `most`. */
struct outputs portable_outputs(const struct portable *from, int32_t channel,
                                int64_t most);

/* Whether every factor is below 1/2, so that scaling shifts right. */
bool portable_shifts_right(const struct portable *from);

/* The same, and every sum lies below 2^30 in magnitude. */
bool portable_fits_30_bits(const struct portable *from);

/* Bias, multiplier and right shift - 1 of each channel; zeros up to a multiple
 * of `block` channels.  *count is what was made.  NULL when memory is out. */
int32_t *packed_scale(struct context *context, const struct portable *from,
                      int32_t block, size_t *count);

/* A window of one pixel that moves pixel by pixel: all rows are one. */
void packed_join_rows(mf_window *window);

/* Whether each input channel has one filter of neighbouring pixels. */
bool packed_is_depthwise(const mf_window *window);

/* Gives the call its new kernel and parameters (zeroed), and takes all its
 * operands away but the input.  False when memory is out. */
bool packed_replace(struct lowering *lowering, struct call *call,
                    const struct kernel *kernel);

/* Parameters that a packed kernel has as the portable one has them, and their
 * fields. */
#define PACKED_OUTPUT_FIELDS(owner)                                            \
    FIELD(owner, INT32, output_zero_point),                                    \
        FIELD(owner, INT32, activation_min),                                   \
        FIELD(owner, INT32, activation_max)
#define PACKED_OUTPUT(from)                                                    \
    .output_zero_point = (from)->output_zero_point,                            \
    .activation_min = (from)->activation_min,                                  \
    .activation_max = (from)->activation_max

#define PACKED_WINDOW_FIELDS(owner)                                            \
    FIELD(owner, INT32, input_zero_point), PACKED_OUTPUT_FIELDS(owner)
#define PACKED_WINDOW(from)                                                    \
    .window = (from)->window, .input_zero_point = (from)->input_zero_point,    \
    PACKED_OUTPUT(from)

#define PACKED_PRODUCT_FIELDS(owner)                                           \
    FIELD(owner, INDEX, batches), FIELD(owner, INDEX, inputs),                 \
        FIELD(owner, INDEX, outputs)
#define PACKED_PRODUCT(from)                                                   \
    .batches = (from)->batches, .inputs = (mf_index)(from)->weights,           \
    .outputs = (from)->channels

#endif
