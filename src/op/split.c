/* SPLIT: the input in equal parts along an axis, a copy an output.  Input 0 is
 * the axis, input 1 what is split. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

struct attributes {
    ptrdiff_t num_splits;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, num_splits), FIELD_END};

/* SplitOptions: num_splits. */
static bool read_split(struct context *context, const struct fb_table *options,
                       struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->num_splits = fb_i32(options, 0, 0);
    return true;
}

static bool infer_shapes(struct context *context, const struct node *node) {
    struct shape shape = node->input[1]->shape;
    int axis;
    if (!copy_axis(context, node, tensor_int(node->input[0], 0), shape.rank,
                   &axis)) {
        return false;
    }
    if (shape.dim[axis] % node->output_count != 0) {
        char text[SHAPE_TEXT];
        return node_fail(context, node,
                         "input shape is %s, dimension %d must be a multiple "
                         "of the %" PRId32 " outputs",
                         shape_text(&shape, text), axis, node->output_count);
    }
    shape.dim[axis] /= node->output_count;
    bool ok = true;
    for (int32_t i = 0; i < node->output_count; i++) {
        ok = op_output_shape(context, node, i, &shape) && ok;
    }
    return ok;
}

static bool infer_split(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *axis = node->input[0], *input = node->input[1];
    if (!copy_parameter(context, node, axis, "axis", 1) ||
        !op_type(context, node, input, "input", node->op->types)) {
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
    return !axis->data || infer_shapes(context, node);
}

static bool lower_split(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct tensor *axis = node->input[0];
    struct tensor *input = node->input[1];
    int at;
    if (!op_constant(lowering->context, node, axis, "axis") ||
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

const struct op_def op_split = {
    .name = "SPLIT",
    .tflite_code = 49,
    .options_type = 35,
    .types = COPY_TYPES,
    .notes = "constant axis",
    .inputs = {2, 2},
    .outputs = {1, ARITY_ANY},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_split,
    .infer = infer_split,
    .lower = lower_split,
};
