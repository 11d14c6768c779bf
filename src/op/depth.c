#include "op/depth.h"

const struct field depth_attribute_fields[] = {
    FIELD(struct depth_attributes, INDEX, block_size), FIELD_END};

bool depth_read(struct context *context, const struct fb_table *options,
                struct node *node) {
    (void)context;
    struct depth_attributes *attributes = node->attributes;
    attributes->block_size = fb_i32(options, 0, 0);
    return true;
}

bool depth_infer(struct context *context, const struct node *node) {
    const struct depth_attributes *attributes = node->attributes;
    if (!copy_types(context, node) ||
        !op_rank(context, node, node->input[0], "input", 4, 4)) {
        return false;
    }
    if (attributes->block_size >= 1 && attributes->block_size <= INT16_MAX) {
        return true;
    }
    return node_fail(context, node,
                     "block_size is %td, it must lie within 1..%d",
                     attributes->block_size, INT16_MAX);
}

struct block_copy depth_copy(const struct shape *space, int64_t block_size) {
    const int64_t rows = (int64_t)space->dim[0] * space->dim[1] / block_size;
    const int64_t columns = space->dim[2] / block_size;
    const int64_t depth = space->dim[3], row = space->dim[2] * depth;
    return (struct block_copy){
        .rank = 5,
        .dim = {rows, block_size, columns, block_size, depth},
        .input_stride = {block_size * row, row, block_size * depth, depth, 1},
        .output_stride = {columns * block_size * block_size * depth,
                          block_size * depth, block_size * block_size * depth,
                          depth, 1},
    };
}
