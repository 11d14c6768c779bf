/* Arithmetic of ranges of stored values, a channel each, and what operators
 * share that keep channels apart (op_def.bounds and the hooks after it).
 *
 * Channels are the indices of a tensor's last dimension; a scalar has one. */
#ifndef OP_VALUE_RANGE_H
#define OP_VALUE_RANGE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/graph.h"
#include "op/op.h"

int32_t channel_count(const struct tensor *tensor);

bool range_is_constant(struct value_range range);
/* The smallest one that holds both. */
struct value_range range_hull(struct value_range a, struct value_range b);
/* The hull of `count` >= 1 ranges. */
struct value_range range_hull_all(const struct value_range *range,
                                  int32_t count);
struct value_range range_clamp(struct value_range range, int32_t min,
                               int32_t max);

/* The ranges of a constant INT8 tensor's channels; NULL with a message when
 * memory is out. */
struct value_range *range_of_constant(struct context *context,
                                      const struct tensor *tensor);

/* Channel c belongs to channel c. */
#define CHANNELS_SAME                                                          \
    ((struct channel_map){.kind = CHANNELS_LINKED, .step = 1, .repeats = 1})

/* op_def.bounds of an operator whose output channels hold values of the input's
 * channels of the same number (or, where their number differs, of any), and
 * op_def.channels of one that computes channel by channel. */
bool same_channel_bounds(struct context *context, const struct node *node,
                         const struct value_range *const input[],
                         struct value_range *output);
struct channel_map same_channels(const struct node *node, int i);

/* A constant with the channels of another that are kept; NULL with a message
 * when memory is out. */
struct tensor *constant_keep_channels(struct context *context,
                                      struct graph *graph,
                                      const struct tensor *tensor,
                                      const bool *keep);

#endif
