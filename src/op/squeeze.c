/* SQUEEZE: drops dimensions of 1, those listed in the options or, if none are,
 * all. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"
#include "op/value_range.h"

struct attributes {
    ptrdiff_t count;
    int32_t squeeze_dims[MAX_RANK]; /* may count from the end */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, count),
    FIELD_ARRAY(struct attributes, INT32, squeeze_dims, MAX_RANK), FIELD_END};

/* SqueezeOptions: squeeze_dims. */
static bool read_squeeze(struct context *context,
                         const struct fb_table *options, struct node *node) {
    struct attributes *attributes = node->attributes;
    struct fb_vector dims = fb_vector(options, 0, 4);
    if (dims.count > MAX_RANK) {
        return node_fail(context, node,
                         "%" PRIu32
                         " dimensions are to be dropped, at most %d are "
                         "allowed",
                         dims.count, MAX_RANK);
    }
    attributes->count = (ptrdiff_t)dims.count;
    for (uint32_t i = 0; i < dims.count; i++) {
        attributes->squeeze_dims[i] = fb_vector_i32(&dims, i);
    }
    return true;
}

static bool infer_squeeze(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct shape *input = &node->input[0]->shape;
    bool dropped[MAX_RANK] = {false};
    if (!copy_types(context, node)) {
        return false;
    }
    for (int i = 0; i < attributes->count; i++) {
        int axis;
        if (!copy_axis(context, node, attributes->squeeze_dims[i], input->rank,
                       &axis)) {
            return false;
        }
        if (input->dim[axis] != 1) {
            char text[SHAPE_TEXT];
            return node_fail(context, node,
                             "input shape is %s, dimension %d must be 1 to be "
                             "dropped",
                             shape_text(input, text), axis);
        }
        dropped[axis] = true;
    }
    struct shape shape = {0};
    for (int i = 0; i < input->rank; i++) {
        if (attributes->count == 0 ? input->dim[i] != 1 : !dropped[i]) {
            shape.dim[shape.rank++] = input->dim[i];
        }
    }
    return op_output_shape(context, node, 0, &shape);
}

const struct op_def op_squeeze = {
    .name = "SQUEEZE",
    .tflite_code = 43,
    .options_type = 30,
    .types = COPY_TYPES,
    .notes = "no bytes are moved",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_squeeze,
    .infer = infer_squeeze,
    .memory = memory_view,
    .lower = lower_view,
    .bounds = same_channel_bounds,
    .channels = same_channels,
};
