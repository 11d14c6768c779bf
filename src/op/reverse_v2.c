/* REVERSE_V2: the input backwards along the dimensions that `axis` names. */
#include "op/copy.h"
#include "op/op.h"

/* Which dimensions are reversed. */
static bool find_axes(struct context *context, const struct node *node,
                      bool reversed[MAX_RANK]) {
    const struct tensor *axes = node->input[1];
    for (int64_t i = 0; i < shape_count(&axes->shape); i++) {
        int axis = 0;
        if (!copy_axis(context, node, tensor_int(axes, i),
                       node->input[0]->shape.rank, &axis)) {
            return false;
        }
        if (reversed[axis]) {
            return node_fail(context, node, "axis %d is named twice", axis);
        }
        reversed[axis] = true;
    }
    return true;
}

static bool infer_reverse_v2(struct context *context, struct node *node) {
    const struct tensor *axes = node->input[1];
    bool reversed[MAX_RANK] = {false};
    return copy_types(context, node) &&
           copy_parameter(context, node, axes, "axis",
                          shape_count(&axes->shape)) &&
           (!axes->data || find_axes(context, node, reversed)) &&
           op_output_shape(context, node, 0, &node->input[0]->shape);
}

static bool lower_reverse_v2(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape *shape = &node->input[0]->shape;
    struct block_copy copy = {.rank = shape->rank};
    bool reversed[MAX_RANK] = {false};
    if (!op_constant(lowering->context, node, node->input[1], "axis") ||
        !find_axes(lowering->context, node, reversed)) {
        return false;
    }
    shape_strides(shape, copy.input_stride);
    shape_strides(shape, copy.output_stride);
    for (int i = 0; i < shape->rank; i++) {
        copy.dim[i] = shape->dim[i];
        if (reversed[i]) {
            copy.input_offset += (shape->dim[i] - 1) * copy.input_stride[i];
            copy.input_stride[i] = -copy.input_stride[i];
        }
    }
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_reverse_v2 = {
    .name = "REVERSE_V2",
    .tflite_code = 105,
    .options_type = 81,
    .types = COPY_TYPES,
    .notes = "constant axis",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_reverse_v2,
    .lower = lower_reverse_v2,
};
