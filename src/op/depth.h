/* What SPACE_TO_DEPTH and DEPTH_TO_SPACE share: a block of block_size x
 * block_size positions is as much as one position with as many times the
 * channels, row by row. */
#ifndef OP_DEPTH_H
#define OP_DEPTH_H

#include "op/copy.h"
#include "op/op.h"

struct depth_attributes {
    ptrdiff_t block_size;
};

/* Fields of depth_attributes, for dumps. */
extern const struct field depth_attribute_fields[];

/* op_def.read: block_size. */
bool depth_read(struct context *context, const struct fb_table *options,
                struct node *node);

/* Types, rank and block size. */
bool depth_infer(struct context *context, const struct node *node);

/* From the tensor with the positions (`space`) to the one with the channels. */
struct block_copy depth_copy(const struct shape *space, int64_t block_size);

#endif
