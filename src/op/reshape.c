/* RESHAPE: the same elements under another shape.  The shape comes from input
 * 1, or from the options where there is none; one dimension may be -1.  While
 * input 1 is not known, the output's declared shape is believed, as the
 * reference does. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"
#include "op/value_range.h"

struct attributes {
    ptrdiff_t rank; /* of new_shape; -1: the options have none */
    int32_t new_shape[MAX_RANK];
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, rank),
    FIELD_ARRAY(struct attributes, INT32, new_shape, MAX_RANK), FIELD_END};

/* ReshapeOptions: new_shape. */
static bool read_reshape(struct context *context,
                         const struct fb_table *options, struct node *node) {
    struct attributes *attributes = node->attributes;
    attributes->rank = -1;
    if (!fb_has(options, 0)) {
        return true;
    }
    struct fb_vector shape = fb_vector(options, 0, 4);
    if (shape.count > MAX_RANK) {
        return node_fail(context, node,
                         "new shape has %" PRIu32
                         " dimensions, at most %d are allowed",
                         shape.count, MAX_RANK);
    }
    attributes->rank = (ptrdiff_t)shape.count;
    for (uint32_t i = 0; i < shape.count; i++) {
        attributes->new_shape[i] = fb_vector_i32(&shape, i);
    }
    return true;
}

/* Where the new shape is written down; *rank is -1 if nowhere (yet). */
static bool find_shape(struct context *context, const struct node *node,
                       int *rank, int64_t dim[MAX_RANK]) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *shape = op_input(node, 1);
    *rank = -1;
    if (!shape) {
        *rank = (int)attributes->rank;
        for (int i = 0; i < *rank; i++) {
            dim[i] = attributes->new_shape[i];
        }
        /* Old converters: a scalar. */
        if (*rank == 1 && dim[0] == 0) {
            *rank = 0;
        }
        return true;
    }
    int64_t count = shape_count(&shape->shape);
    if (count > MAX_RANK) {
        return node_fail(context, node,
                         "new shape has %" PRId64
                         " dimensions, at most %d are allowed",
                         count, MAX_RANK);
    }
    if (!copy_parameter(context, node, shape, "new shape", count)) {
        return false;
    }
    for (int i = 0; shape->data && i < count; i++) {
        *rank = (int)count;
        dim[i] = tensor_int(shape, i);
    }
    return true;
}

/* What the written shape makes of `count` elements. */
static bool complete_shape(struct context *context, const struct node *node,
                           int rank, const int64_t dim[MAX_RANK],
                           struct shape *result) {
    int64_t count = shape_count(&node->input[0]->shape), known = 1;
    int open = -1;
    result->rank = rank;
    for (int i = 0; i < rank; i++) {
        if (dim[i] == -1 && open < 0) {
            open = i;
            continue;
        }
        if (dim[i] < 1 || dim[i] > count) {
            return node_fail(context, node,
                             "dimension %d of the new shape is %" PRId64
                             ", it must lie within 1..%" PRId64
                             " (one may be -1)",
                             i, dim[i], count);
        }
        result->dim[i] = (int32_t)dim[i];
        known *= dim[i];
        if (known > count) {
            break;
        }
    }
    if (known > count || count % known != 0 || (open < 0 && known != count)) {
        char text[SHAPE_TEXT];
        return node_fail(context, node,
                         "input shape is %s, its %" PRId64
                         " values do not fill the new shape",
                         shape_text(&node->input[0]->shape, text), count);
    }
    if (open >= 0) {
        result->dim[open] = (int32_t)(count / known);
    }
    return true;
}

static bool infer_reshape(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    int rank;
    int64_t dim[MAX_RANK];
    struct shape shape = {0};
    if (!copy_types(context, node) || !find_shape(context, node, &rank, dim)) {
        return false;
    }
    if (rank >= 0) {
        return complete_shape(context, node, rank, dim, &shape) &&
               op_output_shape(context, node, 0, &shape);
    }
    int64_t count = shape_count(&input->shape);
    if (shape_count(&output->shape) != count) {
        char text[SHAPE_TEXT], other[SHAPE_TEXT];
        return node_fail(context, node,
                         "output shape is %s, it must have as many values as "
                         "the input %s",
                         shape_text(&output->shape, text),
                         shape_text(&input->shape, other));
    }
    return true;
}

/* --- channels --- */

/* Whether each of the output's channels holds one of the input's. */
static bool has_whole_channels(const struct node *node) {
    return channel_count(node->output[0]) % channel_count(node->input[0]) == 0;
}

static bool bounds_reshape(struct context *context, const struct node *node,
                           const struct value_range *const input[],
                           struct value_range *output) {
    if (!input[0] || !has_whole_channels(node)) {
        return same_channel_bounds(context, node, input, output);
    }
    int32_t channels = channel_count(node->input[0]);
    for (int32_t c = 0; c < channel_count(node->output[0]); c++) {
        output[c] = input[0][c % channels];
    }
    return true;
}

static struct channel_map map_channels(const struct node *node, int i) {
    int32_t from = channel_count(node->input[i]);
    int32_t to = channel_count(node->output[0]);
    return i == 0 && has_whole_channels(node)
               ? (struct channel_map){.kind = CHANNELS_LINKED,
                                      .step = 1,
                                      .repeats = to / from,
                                      .repeat_step = from}
               : (struct channel_map){.kind = CHANNELS_FIXED};
}

/* The new shape moves to the attributes. */
static bool drop_channels(const struct channel_drop *drop) {
    struct node *node = drop->node;
    struct attributes *attributes = node->attributes;
    const struct shape *shape = &node->output[0]->shape;
    int last = shape->rank - 1;
    attributes->rank = shape->rank;
    for (int i = 0; i <= last; i++) {
        attributes->new_shape[i] = shape->dim[i];
    }
    attributes->new_shape[last] = 0;
    for (int32_t c = 0; c < shape->dim[last]; c++) {
        attributes->new_shape[last] += drop->keep_output[c];
    }
    node->input_count = 1;
    return true;
}

const struct op_def op_reshape = {
    .name = "RESHAPE",
    .tflite_code = 22,
    .options_type = 17,
    .types = COPY_TYPES,
    .notes = "no bytes are moved",
    .inputs = {1, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_reshape,
    .infer = infer_reshape,
    .memory = memory_view,
    .lower = lower_view,
    .bounds = bounds_reshape,
    .channels = map_channels,
    .drop_channels = drop_channels,
};
