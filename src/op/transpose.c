/* TRANSPOSE: dimension i of the output is dimension perm[i] of the input. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *perm = node->input[1];
    const struct shape *input = &node->input[0]->shape;
    struct shape shape = {.rank = input->rank};
    bool used[MAX_RANK] = {false};
    for (int i = 0; i < input->rank; i++) {
        int64_t from = tensor_int(perm, i);
        if (from < 0 || from >= input->rank || used[from]) {
            return node_fail(context, node,
                             "perm %d is %" PRId64
                             ", each of 0..%d must occur once",
                             i, from, input->rank - 1);
        }
        used[from] = true;
        shape.dim[i] = input->dim[from];
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_transpose(struct context *context, struct node *node) {
    const struct tensor *perm = node->input[1];
    if (!copy_types(context, node) ||
        !copy_parameter(context, node, perm, "perm",
                        node->input[0]->shape.rank)) {
        return false;
    }
    return !perm->data || infer_shape(context, node);
}

/* Of a node whose perm is constant. */
static struct block_copy find_copy(const struct node *node) {
    const struct shape *input = &node->input[0]->shape;
    struct block_copy copy = {.rank = input->rank};
    int64_t stride[MAX_RANK];
    shape_strides(input, stride);
    shape_strides(&node->output[0]->shape, copy.output_stride);
    for (int i = 0; i < input->rank; i++) {
        int64_t from = tensor_int(node->input[1], i);
        copy.dim[i] = input->dim[from];
        copy.input_stride[i] = stride[from];
    }
    return copy;
}

/* Dimensions of 1 may move without any byte moving. */
static void memory_transpose(const struct node *node,
                             struct op_memory *memory) {
    memory->is_view = node->input[1]->data && copy_is_whole(find_copy(node));
}

static bool lower_transpose(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (!op_constant(lowering->context, node, node->input[1], "perm")) {
        return false;
    }
    struct block_copy copy = find_copy(node);
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_transpose = {
    .name = "TRANSPOSE",
    .tflite_code = 39,
    .options_type = 26,
    .types = COPY_TYPES,
    .notes = "constant permutation",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_transpose,
    .memory = memory_transpose,
    .lower = lower_transpose,
};
