/* UNPACK: the slices of the input along an axis, which the outputs lack; a copy
 * an output. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

struct attributes {
    ptrdiff_t num;
    ptrdiff_t axis; /* from the end if negative, until inferred */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, num), FIELD(struct attributes, INDEX, axis),
    FIELD_END};

/* UnpackOptions: num, axis. */
static bool read_unpack(struct context *context, const struct fb_table *options,
                        struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->num = fb_i32(options, 0, 0);
    attributes->axis = fb_i32(options, 1, 0);
    return true;
}

static bool infer_unpack(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    int axis;
    if (!copy_types(context, node) ||
        !copy_axis(context, node, attributes->axis, input->shape.rank, &axis)) {
        return false;
    }
    attributes->axis = axis;
    int32_t length = input->shape.dim[axis];
    if (attributes->num != length || node->output_count != length) {
        char text[SHAPE_TEXT];
        return node_fail(context, node,
                         "num is %td and there are %" PRId32
                         " outputs, both must be the length of dimension %d of "
                         "the input %s",
                         attributes->num, node->output_count, axis,
                         shape_text(&input->shape, text));
    }
    struct shape shape = {0};
    for (int i = 0; i < input->shape.rank; i++) {
        if (i != axis) {
            shape.dim[shape.rank++] = input->shape.dim[i];
        }
    }
    bool ok = true;
    for (int32_t i = 0; i < node->output_count; i++) {
        ok = op_same_type(context, node, node->output[i], "output", input,
                          "input") &&
             op_output_shape(context, node, i, &shape) && ok;
    }
    return ok;
}

static void memory_unpack(const struct node *node, struct op_memory *memory) {
    memory->is_view = node->output_count == 1;
}

static bool lower_unpack(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    for (int32_t i = 0; i < node->output_count; i++) {
        struct block_copy copy =
            copy_from_part(&node->input[0]->shape, (int)attributes->axis, i, 1);
        if (!lower_copy(lowering, node->input[0], node->output[i], &copy)) {
            return false;
        }
    }
    return true;
}

const struct op_def op_unpack = {
    .name = "UNPACK",
    .tflite_code = 88,
    .options_type = 64,
    .types = COPY_TYPES,
    .inputs = {1, 1},
    .outputs = {1, ARITY_ANY},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_unpack,
    .infer = infer_unpack,
    .memory = memory_unpack,
    .lower = lower_unpack,
};
