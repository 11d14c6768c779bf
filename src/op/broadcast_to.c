/* BROADCAST_TO: dimensions of 1 are repeated up to a given shape. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *wanted = node->input[1];
    const struct shape *input = &node->input[0]->shape;
    struct shape shape = {.rank = (int32_t)shape_count(&wanted->shape)};
    if (shape.rank > MAX_RANK || shape.rank < input->rank) {
        return node_fail(context, node,
                         "shape has %" PRId32 " values, allowed: %" PRId32
                         " to %d",
                         shape.rank, input->rank, MAX_RANK);
    }
    const int added = shape.rank - input->rank;
    for (int i = 0; i < shape.rank; i++) {
        const int64_t dim = tensor_int(wanted, i);
        const int32_t from = i < added ? 1 : input->dim[i - added];
        if (dim < 1 || dim > INT32_MAX || (from != 1 && from != dim)) {
            return node_fail(context, node,
                             "shape %d is %" PRId64
                             ", the input's dimension %" PRId32
                             " cannot be repeated up to it",
                             i, dim, from);
        }
        shape.dim[i] = (int32_t)dim;
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_broadcast_to(struct context *context, struct node *node) {
    const struct tensor *wanted = node->input[1];
    return copy_types(context, node) &&
           copy_parameter(context, node, wanted, "shape",
                          shape_count(&wanted->shape)) &&
           (!wanted->data || infer_shape(context, node));
}

static void memory_broadcast_to(const struct node *node,
                                struct op_memory *memory) {
    memory->is_view =
        node->input[1]->data && shape_count(&node->input[0]->shape) ==
                                    shape_count(&node->output[0]->shape);
}

static bool lower_broadcast_to(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape *input = &node->input[0]->shape;
    const struct shape *output = &node->output[0]->shape;
    struct block_copy copy = {.rank = output->rank};
    int64_t stride[MAX_RANK];
    if (!op_constant(lowering->context, node, node->input[1], "shape")) {
        return false;
    }
    shape_strides(input, stride);
    shape_strides(output, copy.output_stride);
    for (int i = 0; i < output->rank; i++) {
        const int from = i - (output->rank - input->rank);
        copy.dim[i] = output->dim[i];
        copy.input_stride[i] =
            from >= 0 && input->dim[from] != 1 ? stride[from] : 0;
    }
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_broadcast_to = {
    .name = "BROADCAST_TO",
    .tflite_code = 130,
    .options_type = 104,
    .types = COPY_TYPES,
    .notes = "constant shape",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_broadcast_to,
    .memory = memory_broadcast_to,
    .lower = lower_broadcast_to,
};
