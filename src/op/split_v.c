/* SPLIT_V: the input in parts of given sizes along an axis, a copy an output.
 * Inputs: what is split, the sizes (one may be -1: what is left), the axis. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

struct attributes {
    ptrdiff_t num_splits;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, num_splits), FIELD_END};

/* SplitVOptions: num_splits. */
static bool read_split_v(struct context *context,
                         const struct fb_table *options, struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->num_splits = fb_i32(options, 0, 0);
    return true;
}

/* What a size of -1 stands for: `length` less the other sizes. */
static bool find_rest(struct context *context, const struct node *node,
                      int64_t length, int64_t *rest) {
    const struct tensor *sizes = node->input[1];
    int open = 0;
    *rest = length;
    for (int32_t i = 0; i < node->output_count; i++) {
        int64_t size = tensor_int(sizes, i);
        if (size == -1 && open == 0) {
            open++;
            continue;
        }
        if (size < 1 || size > length) {
            return node_fail(context, node,
                             "size %" PRId32 " is %" PRId64
                             ", it must lie within 1..%" PRId64
                             " (one may be -1)",
                             i, size, length);
        }
        *rest -= size;
    }
    if (open ? *rest < 1 : *rest != 0) {
        return node_fail(context, node,
                         "the sizes add up to %" PRId64
                         ", the dimension is %" PRId64,
                         length - *rest, length);
    }
    return true;
}

static bool infer_shapes(struct context *context, const struct node *node) {
    const struct tensor *sizes = node->input[1];
    struct shape shape = node->input[0]->shape;
    int axis;
    int64_t rest;
    if (!copy_axis(context, node, tensor_int(node->input[2], 0), shape.rank,
                   &axis) ||
        !find_rest(context, node, shape.dim[axis], &rest)) {
        return false;
    }
    bool ok = true;
    for (int32_t i = 0; i < node->output_count; i++) {
        int64_t size = tensor_int(sizes, i);
        shape.dim[axis] = (int32_t)(size == -1 ? rest : size);
        ok = op_output_shape(context, node, i, &shape) && ok;
    }
    return ok;
}

static bool infer_split_v(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0], *sizes = node->input[1];
    const struct tensor *axis = node->input[2];
    if (!op_type(context, node, input, "input", node->op->types) ||
        !copy_parameter(context, node, sizes, "size_splits",
                        node->output_count) ||
        !copy_parameter(context, node, axis, "axis", 1)) {
        return false;
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        if (!op_same_type(context, node, node->output[i], "output", input,
                          "input")) {
            return false;
        }
    }
    if (attributes->num_splits != node->output_count) {
        return node_fail(context, node,
                         "num_splits is %td, there are %" PRId32 " outputs",
                         attributes->num_splits, node->output_count);
    }
    return !sizes->data || !axis->data || infer_shapes(context, node);
}

static bool lower_split_v(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0];
    const struct tensor *axis = node->input[2];
    int at;
    if (!op_constant(lowering->context, node, node->input[1], "size_splits") ||
        !op_constant(lowering->context, node, axis, "axis") ||
        !copy_axis(lowering->context, node, tensor_int(axis, 0),
                   input->shape.rank, &at)) {
        return false;
    }
    int64_t start = 0;
    for (int32_t i = 0; i < node->output_count; i++) {
        int64_t length = node->output[i]->shape.dim[at];
        struct block_copy copy =
            copy_from_part(&input->shape, at, start, length);
        if (!lower_copy(lowering, input, node->output[i], &copy)) {
            return false;
        }
        start += length;
    }
    return true;
}

const struct op_def op_split_v = {
    .name = "SPLIT_V",
    .tflite_code = 102,
    .options_type = 79,
    .types = COPY_TYPES,
    .notes = "constant sizes and axis",
    .inputs = {3, 3},
    .outputs = {1, ARITY_ANY},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_split_v,
    .infer = infer_split_v,
    .lower = lower_split_v,
};
