/* ZEROS_LIKE: zeros in the input's shape, a constant by another name. */
#include "op/op.h"
#include "op/pad.h"

static bool infer_zeros_like(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0];
    return op_type(context, node, input, "input", node->op->types) &&
           op_same_type(context, node, node->output[0], "output", input,
                        "input") &&
           op_output_shape(context, node, 0, &input->shape);
}

static bool lower_zeros_like(struct lowering *lowering) {
    static const int64_t zero; /* of every type */
    return lower_fill(lowering, &zero);
}

const struct op_def op_zeros_like = {
    .name = "ZEROS_LIKE",
    .tflite_code = 93,
    .options_type = 67,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) |
             TYPE_BIT(DTYPE_BOOL) | TYPE_BIT(DTYPE_INT16) |
             TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64) |
             TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .reads_shapes_only = true,
    .infer = infer_zeros_like,
    .lower = lower_zeros_like,
};
