/* SPACE_TO_DEPTH: each block of positions becomes the channels of one. */
#include <inttypes.h>

#include "op/depth.h"

static bool infer_space_to_depth(struct context *context, struct node *node) {
    const struct depth_attributes *attributes = node->attributes;
    struct shape shape = node->input[0]->shape;
    if (!depth_infer(context, node)) {
        return false;
    }
    const int32_t size = (int32_t)attributes->block_size;
    if (shape.dim[1] % size != 0 || shape.dim[2] % size != 0) {
        return node_fail(context, node,
                         "input has %" PRId32 "x%" PRId32
                         " positions, both must be multiples of block_size, "
                         "%" PRId32,
                         shape.dim[1], shape.dim[2], size);
    }
    shape.dim[1] /= size;
    shape.dim[2] /= size;
    /* No more than the elements of the input. */
    shape.dim[3] *= size * size;
    return op_output_shape(context, node, 0, &shape);
}

static void memory_space_to_depth(const struct node *node,
                                  struct op_memory *memory) {
    const struct depth_attributes *attributes = node->attributes;
    memory->is_view = copy_is_whole(
        depth_copy(&node->input[0]->shape, attributes->block_size));
}

static bool lower_space_to_depth(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct depth_attributes *attributes = node->attributes;
    struct block_copy copy =
        depth_copy(&node->input[0]->shape, attributes->block_size);
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_space_to_depth = {
    .name = "SPACE_TO_DEPTH",
    .tflite_code = 26,
    .options_type = 19,
    .types = COPY_TYPES,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct depth_attributes),
    .attributes = depth_attribute_fields,
    .read = depth_read,
    .infer = infer_space_to_depth,
    .memory = memory_space_to_depth,
    .lower = lower_space_to_depth,
};
