/* ZEROS_LIKE: zeros in the input's shape, a constant by another name. */
#include "op/copy.h"
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
    .types = COPY_TYPES,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .reads_shapes_only = true,
    .infer = infer_zeros_like,
    .lower = lower_zeros_like,
};
