/* SLICE: `size` elements from `begin` on along every dimension. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *begin = node->input[1], *size = node->input[2];
    struct shape shape = node->input[0]->shape;
    for (int i = 0; i < shape.rank; i++) {
        int64_t length = shape.dim[i];
        int64_t from = tensor_int(begin, i), count = tensor_int(size, i);
        if (from < 0 || from >= length) {
            return node_fail(context, node,
                             "begin %d is %" PRId64
                             ", it must lie within 0..%" PRId64,
                             i, from, length - 1);
        }
        if (count == -1) {
            count = length - from;
        }
        if (count < 1 || count > length - from) {
            return node_fail(context, node,
                             "size %d is %" PRId64
                             ", it must lie within 1..%" PRId64
                             ", or be -1 for what is left",
                             i, count, length - from);
        }
        shape.dim[i] = (int32_t)count;
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_slice(struct context *context, struct node *node) {
    const struct tensor *begin = node->input[1], *size = node->input[2];
    int rank = node->input[0]->shape.rank;
    if (!copy_types(context, node) ||
        !copy_parameter(context, node, begin, "begin", rank) ||
        !copy_parameter(context, node, size, "size", rank)) {
        return false;
    }
    return !begin->data || !size->data || infer_shape(context, node);
}

static void memory_slice(const struct node *node, struct op_memory *memory) {
    bool is_known = node->input[1]->data && node->input[2]->data;
    memory->in_place = is_known;
    memory->is_view = is_known && shape_count(&node->input[0]->shape) ==
                                      shape_count(&node->output[0]->shape);
}

static bool lower_slice(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct tensor *begin = node->input[1];
    const struct shape *shape = &node->output[0]->shape;
    struct block_copy copy = {.rank = shape->rank};
    if (!op_constant(lowering->context, node, begin, "begin") ||
        !op_constant(lowering->context, node, node->input[2], "size")) {
        return false;
    }
    shape_strides(&node->input[0]->shape, copy.input_stride);
    shape_strides(shape, copy.output_stride);
    for (int i = 0; i < shape->rank; i++) {
        copy.dim[i] = shape->dim[i];
        copy.input_offset += tensor_int(begin, i) * copy.input_stride[i];
    }
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_slice = {
    .name = "SLICE",
    .tflite_code = 65,
    .options_type = 48,
    .types = COPY_TYPES,
    .notes = "constant begin and size",
    .inputs = {3, 3},
    .outputs = {1, 1},
    .infer = infer_slice,
    .memory = memory_slice,
    .lower = lower_slice,
};
