/* FILL: a tensor of a given shape that holds one value everywhere. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *dims = node->input[0];
    struct shape shape = {.rank = (int32_t)shape_count(&dims->shape)};
    if (shape.rank > MAX_RANK) {
        return node_fail(context, node,
                         "dims has %" PRId32 " values, at most %d are allowed",
                         shape.rank, MAX_RANK);
    }
    for (int i = 0; i < shape.rank; i++) {
        const int64_t dim = tensor_int(dims, i);
        if (dim < 1 || dim > INT32_MAX) {
            return node_fail(context, node,
                             "dims %d is %" PRId64
                             ", it must lie within 1..%" PRId32,
                             i, dim, INT32_MAX);
        }
        shape.dim[i] = (int32_t)dim;
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_fill(struct context *context, struct node *node) {
    const struct tensor *dims = node->input[0], *value = node->input[1];
    char text[SHAPE_TEXT];
    if (!op_type(context, node, value, "value", COPY_TYPES) ||
        !op_same_type(context, node, node->output[0], "output", value,
                      "value") ||
        !copy_parameter(context, node, dims, "dims",
                        shape_count(&dims->shape))) {
        return false;
    }
    if (shape_count(&value->shape) != 1) {
        return node_fail(context, node,
                         "value shape is %s, it must have 1 "
                         "value",
                         shape_text(&value->shape, text));
    }
    return !dims->data || infer_shape(context, node);
}

static bool lower_fill(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct block_copy copy = copy_whole(&node->output[0]->shape);
    if (!op_constant(lowering->context, node, node->input[0], "dims")) {
        return false;
    }
    copy.input_stride[0] = 0;
    return lower_copy(lowering, node->input[1], node->output[0], &copy);
}

const struct op_def op_fill = {
    .name = "FILL",
    .tflite_code = 94,
    .options_type = 68,
    .types = COPY_TYPES,
    .notes = "constant dims",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_fill,
    .lower = lower_fill,
};
