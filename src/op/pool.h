/* What AVERAGE_POOL_2D and MAX_POOL_2D share. */
#ifndef OP_POOL_H
#define OP_POOL_H

#include "op/op.h"
#include "op/window.h"

struct pool_attributes {
    struct window window;
};

/* Fields of pool_attributes, for dumps. */
extern const struct field pool_attribute_fields[];

/* op_def.read and .infer.  Input and output have one type, INT8, INT16 or
 * FLOAT32, and are quantised alike. */
bool pool_read(struct context *context, const struct fb_table *options,
               struct node *node);
bool pool_infer(struct context *context, struct node *node);

/* The kernel's parameters.  Taps that find nothing but padding under every
 * output are left out: a small file may name any filter. */
mf_window pool_window(const struct node *node);

/* op_def.bounds: a mean and a maximum lie where the values lie. */
bool pool_bounds(struct context *context, const struct node *node,
                 const struct value_range *const input[],
                 struct value_range *output);

/* op_def.tiling: unless the filter has taps that find nothing. */
bool pool_tiling(const struct node *node, struct tiling *tiling);

/* op_def.steps: the taps of all outputs. */
uint64_t pool_steps(const struct node *node);

#endif
