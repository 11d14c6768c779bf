/* What RESIZE_NEAREST_NEIGHBOR and RESIZE_BILINEAR share: input 0 has rows and
 * columns, input 1 says how many the output has. */
#ifndef OP_RESIZE_H
#define OP_RESIZE_H

#include "op/op.h"

struct resize_attributes {
    ptrdiff_t align_corners;
    ptrdiff_t half_pixel_centers;
};

/* Fields of resize_attributes, for dumps. */
extern const struct field resize_attribute_fields[];

/* op_def.read: align_corners and half_pixel_centers are fields `first` and the
 * one after it. */
void resize_read(const struct fb_table *options, int first, struct node *node);

/* op_def.infer but for the types. */
bool resize_infer(struct context *context, const struct node *node);

#endif
