#include "op/resize.h"

#include <inttypes.h>

#include "op/copy.h"

const struct field resize_attribute_fields[] = {
    FIELD(struct resize_attributes, INDEX, align_corners),
    FIELD(struct resize_attributes, INDEX, half_pixel_centers), FIELD_END};

void resize_read(const struct fb_table *options, int first, struct node *node) {
    struct resize_attributes *attributes = node->attributes;
    attributes->align_corners = fb_bool(options, first, false);
    attributes->half_pixel_centers = fb_bool(options, first + 1, false);
}

/* Rows and columns are numbered in 16 bits. */
static bool check_side(struct context *context, const struct node *node,
                       const char *what, int64_t length) {
    if (length >= 1 && length <= INT16_MAX) {
        return true;
    }
    return node_fail(context, node,
                     "%s is %" PRId64 ", it must lie within 1..%d", what,
                     length, INT16_MAX);
}

bool resize_infer(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0], *size = node->input[1];
    struct shape shape = input->shape;
    if (!op_rank(context, node, input, "input", 4, 4) ||
        !copy_parameter(context, node, size, "size", 2) ||
        !check_side(context, node, "input height", shape.dim[1]) ||
        !check_side(context, node, "input width", shape.dim[2])) {
        return false;
    }
    if (!size->data) {
        return true;
    }
    int64_t height = tensor_int(size, 0), width = tensor_int(size, 1);
    if (!check_side(context, node, "output height", height) ||
        !check_side(context, node, "output width", width)) {
        return false;
    }
    shape.dim[1] = (int32_t)height;
    shape.dim[2] = (int32_t)width;
    return op_output_shape(context, node, 0, &shape);
}
