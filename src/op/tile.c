/* TILE: the input, multiples[i] times along dimension i. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

/* Of a node whose multiples are constant: each dimension is the repetitions,
 * then the elements. */
static struct block_copy find_copy(const struct node *node) {
    const struct shape *input = &node->input[0]->shape;
    struct block_copy copy = {0};
    int64_t from[MAX_RANK], to[MAX_RANK];
    shape_strides(input, from);
    shape_strides(&node->output[0]->shape, to);
    for (int i = 0; i < input->rank; i++) {
        const int64_t dim = input->dim[i];
        const int64_t multiple = tensor_int(node->input[1], i);
        if (multiple > 1) {
            copy.dim[copy.rank] = multiple;
            copy.input_stride[copy.rank] = 0;
            copy.output_stride[copy.rank++] = dim * to[i];
        }
        if (dim > 1) {
            copy.dim[copy.rank] = dim;
            copy.input_stride[copy.rank] = from[i];
            copy.output_stride[copy.rank++] = to[i];
        }
        copy_merge(&copy);
    }
    return copy;
}

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *multiples = node->input[1];
    struct shape shape = node->input[0]->shape;
    for (int i = 0; i < shape.rank; i++) {
        const int64_t multiple = tensor_int(multiples, i);
        if (multiple < 1 || multiple > INT32_MAX / shape.dim[i]) {
            return node_fail(context, node,
                             "multiples %d is %" PRId64
                             ", it must lie within 1..%" PRId32,
                             i, multiple, INT32_MAX / shape.dim[i]);
        }
        shape.dim[i] *= (int32_t)multiple;
    }
    /* A repetition never merges with what it repeats. */
    return op_output_shape(context, node, 0, &shape) &&
           (copy_fits(find_copy(node)) ||
            node_fail(context, node,
                      "multiples repeat too many dimensions at once, three "
                      "are always allowed"));
}

static bool infer_tile(struct context *context, struct node *node) {
    const struct tensor *multiples = node->input[1];
    return copy_types(context, node) &&
           copy_parameter(context, node, multiples, "multiples",
                          node->input[0]->shape.rank) &&
           (!multiples->data || infer_shape(context, node));
}

static void memory_tile(const struct node *node, struct op_memory *memory) {
    memory->is_view =
        node->input[1]->data &&
        shape_equal(&node->input[0]->shape, &node->output[0]->shape);
}

static bool lower_tile(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (!op_constant(lowering->context, node, node->input[1], "multiples")) {
        return false;
    }
    struct block_copy copy = find_copy(node);
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_tile = {
    .name = "TILE",
    .tflite_code = 69,
    .options_type = 51,
    .types = COPY_TYPES,
    .notes = "constant multiples; up to three repeated dimensions always",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_tile,
    .memory = memory_tile,
    .lower = lower_tile,
};
