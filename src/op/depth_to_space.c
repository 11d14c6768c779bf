/* DEPTH_TO_SPACE: the channels of each position become a block of positions. */
#include <inttypes.h>

#include "op/depth.h"

static bool infer_depth_to_space(struct context *context, struct node *node) {
    const struct depth_attributes *attributes = node->attributes;
    struct shape shape = node->input[0]->shape;
    if (!depth_infer(context, node)) {
        return false;
    }
    const int32_t size = (int32_t)attributes->block_size;
    if (shape.dim[3] % (size * size) != 0) {
        return node_fail(context, node,
                         "input has %" PRId32
                         " channels, they must be a multiple of block_size "
                         "squared, %" PRId32,
                         shape.dim[3], size * size);
    }
    shape.dim[1] *= size;
    shape.dim[2] *= size;
    shape.dim[3] /= size * size;
    return op_output_shape(context, node, 0, &shape);
}

static struct block_copy find_copy(const struct node *node) {
    const struct depth_attributes *attributes = node->attributes;
    struct block_copy copy =
        depth_copy(&node->output[0]->shape, attributes->block_size);
    return copy_reverse(&copy);
}

static void memory_depth_to_space(const struct node *node,
                                  struct op_memory *memory) {
    memory->is_view = copy_is_whole(find_copy(node));
}

static bool lower_depth_to_space(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct block_copy copy = find_copy(node);
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_depth_to_space = {
    .name = "DEPTH_TO_SPACE",
    .tflite_code = 5,
    .options_type = 94,
    .types = COPY_TYPES,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct depth_attributes),
    .attributes = depth_attribute_fields,
    .read = depth_read,
    .infer = infer_depth_to_space,
    .memory = memory_depth_to_space,
    .lower = lower_depth_to_space,
};
