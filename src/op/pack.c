/* PACK: stacks the inputs along a new axis, a copy an input. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

struct attributes {
    ptrdiff_t values_count;
    ptrdiff_t
        axis; /* of the output; from the end if negative, until inferred */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, values_count),
    FIELD(struct attributes, INDEX, axis), FIELD_END};

/* PackOptions: values_count, axis. */
static bool read_pack(struct context *context, const struct fb_table *options,
                      struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->values_count = fb_i32(options, 0, 0);
    attributes->axis = fb_i32(options, 1, 0);
    return true;
}

static bool infer_pack(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct shape *first = &node->input[0]->shape;
    int axis;
    if (!copy_types(context, node) ||
        !op_rank(context, node, node->input[0], "input 0", 0, MAX_RANK - 1) ||
        !copy_axis(context, node, attributes->axis, first->rank + 1, &axis)) {
        return false;
    }
    attributes->axis = axis;
    if (attributes->values_count != node->input_count) {
        return node_fail(context, node,
                         "values_count is %td, there are %" PRId32 " inputs",
                         attributes->values_count, node->input_count);
    }
    bool ok = true;
    for (int32_t i = 1; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if (input->type != node->input[0]->type ||
            !shape_equal(&input->shape, first)) {
            char text[SHAPE_TEXT], other[SHAPE_TEXT];
            ok = node_fail(
                context, node,
                "input %" PRId32 " is %s %s, it must be as input 0, "
                "%s %s",
                i, dtype_name(input->type), shape_text(&input->shape, text),
                dtype_name(node->input[0]->type), shape_text(first, other));
        }
    }
    struct shape shape = {0};
    for (int i = 0; i <= first->rank; i++) {
        shape.dim[shape.rank++] = i == axis  ? node->input_count
                                  : i < axis ? first->dim[i]
                                             : first->dim[i - 1];
    }
    return op_output_shape(context, node, 0, &shape) && ok;
}

static void memory_pack(const struct node *node, struct op_memory *memory) {
    memory->is_view = node->input_count == 1;
}

static bool lower_pack(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    for (int32_t i = 0; i < node->input_count; i++) {
        struct block_copy copy = copy_into_part(&node->output[0]->shape,
                                                (int)attributes->axis, i, 1);
        if (!lower_copy(lowering, node->input[i], node->output[0], &copy)) {
            return false;
        }
    }
    return true;
}

const struct op_def op_pack = {
    .name = "PACK",
    .tflite_code = 83,
    .options_type = 59,
    .types = COPY_TYPES,
    .inputs = {1, ARITY_ANY},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_pack,
    .infer = infer_pack,
    .memory = memory_pack,
    .lower = lower_pack,
};
