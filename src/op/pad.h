/* PAD and PADV2, which differ in where the border's value comes from: PADV2
 * has it as input 2, PAD takes what means zero. */
#ifndef OP_PAD_H
#define OP_PAD_H

#include <stdbool.h>
#include <stdint.h>

#include "op/op.h"

/* Appends the call that gives every element of the node's output 0 the value
 * at `value`. */
bool lower_fill(struct lowering *lowering, const void *value);

/* Hooks of both. */
bool infer_pad(struct context *context, struct node *node);
void memory_pad(const struct node *node, struct op_memory *memory);
bool lower_pad(struct lowering *lowering);
bool find_spatial_pad(const struct node *node, int32_t before[2],
                      int32_t after[2]);

/* op_def.bounds and .channels. */
bool pad_bounds(struct context *context, const struct node *node,
                const struct value_range *const input[],
                struct value_range *output);
struct channel_map pad_channels(const struct node *node, int i);

#endif
