/* EXPAND_DIMS: inserts a dimension of 1 before the axis that input 1 says. */
#include "op/copy.h"
#include "op/op.h"
#include "op/value_range.h"

static bool infer_expand_dims(struct context *context, struct node *node) {
    const struct shape *input = &node->input[0]->shape;
    const struct tensor *axis = node->input[1];
    struct shape shape = {0};
    int at;
    if (!copy_types(context, node) ||
        !copy_parameter(context, node, axis, "axis", 1)) {
        return false;
    }
    if (input->rank >= MAX_RANK) {
        return op_rank(context, node, node->input[0], "input", 0, MAX_RANK - 1);
    }
    if (!axis->data) {
        /* The declared shape says all that the axis could say. */
        char text[SHAPE_TEXT], other[SHAPE_TEXT];
        const struct shape *output = &node->output[0]->shape;
        return (output->rank == input->rank + 1 &&
                shape_count(output) == shape_count(input)) ||
               node_fail(context, node,
                         "output shape is %s, it must be the input's %s with "
                         "a dimension of 1 inserted",
                         shape_text(output, text), shape_text(input, other));
    }
    if (!copy_axis(context, node, tensor_int(axis, 0), input->rank + 1, &at)) {
        return false;
    }
    for (int i = 0; i <= input->rank; i++) {
        shape.dim[shape.rank++] = i == at  ? 1
                                  : i < at ? input->dim[i]
                                           : input->dim[i - 1];
    }
    return op_output_shape(context, node, 0, &shape);
}

const struct op_def op_expand_dims = {
    .name = "EXPAND_DIMS",
    .tflite_code = 70,
    .options_type = 52,
    .types = COPY_TYPES,
    .notes = "no bytes are moved",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_expand_dims,
    .memory = memory_view,
    .lower = lower_view,
    .bounds = same_channel_bounds,
    .channels = same_channels,
};
