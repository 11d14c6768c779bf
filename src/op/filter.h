/* A convolution or matrix product of INT8 as sums over a constant filter: what
 * is known of its results, and which channels it can do without.
 *
 * Inputs 0, 1 and 2 of the node are the data, the filter and an optional bias
 * of INT32. */
#ifndef OP_FILTER_H
#define OP_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "op/op.h"
#include "op/quantize.h"

/* Where a tap finds the data, over all outputs. */
enum tap_place {
    TAP_INSIDE,  /* always inside the input */
    TAP_OUTSIDE, /* always in the padding, which adds nothing */
    TAP_EITHER
};

/* Output o is made of the taps of all `depth` input channels of its group, of
 * which there are `groups`, each with as many outputs. */
struct filter {
    const struct node *node;
    int32_t outputs, groups, depth;
    int64_t taps;
    bool outputs_last; /* weights lie [tap][output], not [output][tap][channel];
                          then depth is 1 */
    const unsigned char *place; /* enum tap_place of each tap; NULL: inside */
    struct channel_scaling scaling;
};

/* op_def.sums, .bounds, .unneeded (of filters of one group), .drop_channels and
 * .settle_channels. */
bool filter_bounds(struct context *context, const struct filter *filter,
                   const struct value_range *input, struct value_range *output);
void filter_sums(const struct filter *filter, const struct value_range *input,
                 int64_t *least, int64_t *most);
void filter_unneeded(const struct filter *filter,
                     const struct value_range *input, bool *unneeded);
bool filter_drop_channels(const struct channel_drop *drop,
                          const struct filter *filter);
/* Weights of zero, and a bias that alone gives the value. */
bool filter_settle_channels(struct context *context, struct graph *graph,
                            struct node *node, const struct filter *filter,
                            const struct value_range *output);

#endif
