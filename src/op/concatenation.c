/* CONCATENATION: the inputs one after the other along an axis, a copy an
 * input.
 *
 * The bits are copied, as the reference does it.  8-bit inputs must be
 * quantised as the output is: converters see to that, and other numbers would
 * come out if not. */
#include <inttypes.h>
#include <stdio.h>

#include "op/copy.h"
#include "op/op.h"
#include "op/value_range.h"

struct attributes {
    ptrdiff_t axis; /* from the end if negative, until inferred */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, axis), FIELD_END};

/* ConcatenationOptions: axis, fused_activation_function. */
static bool read_concatenation(struct context *context,
                               const struct fb_table *options,
                               struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->axis = fb_i32(options, 0, 0);
    node->activation = (enum activation)fb_i8(options, 1, 0);
    return true;
}

/* "input 2" */
enum { NAME_SIZE = 24 };
static const char *input_name(char text[NAME_SIZE], int32_t i) {
    snprintf(text, NAME_SIZE, "input %" PRId32, i);
    return text;
}

static bool infer_input(struct context *context, const struct node *node,
                        int32_t i, int axis) {
    const struct tensor *input = node->input[i], *output = node->output[0];
    const struct shape *first = &node->input[0]->shape, *shape = &input->shape;
    char name[NAME_SIZE];
    if (!op_same_type(context, node, input, input_name(name, i), output,
                      "output")) {
        return false;
    }
    bool fits = shape->rank == first->rank;
    for (int d = 0; fits && d < first->rank; d++) {
        fits = d == axis || shape->dim[d] == first->dim[d];
    }
    if (!fits) {
        char text[SHAPE_TEXT], other[SHAPE_TEXT];
        return node_fail(context, node,
                         "%s shape is %s, it must be that of input 0, %s, but "
                         "for dimension %d",
                         name, shape_text(shape, text),
                         shape_text(first, other), axis);
    }
    bool is_8_bit = input->type == DTYPE_INT8 || input->type == DTYPE_UINT8;
    bool is_quantized = input->quantization.count || output->quantization.count;
    return !is_8_bit || !is_quantized ||
           op_same_quantization(context, node, input, name, output, "output");
}

static bool infer_concatenation(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    struct shape shape = node->input[0]->shape;
    int axis;
    if (!copy_types(context, node) ||
        !copy_axis(context, node, attributes->axis, shape.rank, &axis)) {
        return false;
    }
    attributes->axis = axis;
    if (node->activation != ACTIVATION_NONE) {
        return node_fail(context, node,
                         "fused activation is %d, allowed: NONE (0)",
                         (int)node->activation);
    }
    bool ok = true;
    int64_t length = 0;
    for (int32_t i = 0; i < node->input_count; i++) {
        ok = infer_input(context, node, i, axis) && ok;
        length += ok ? node->input[i]->shape.dim[axis] : 0;
    }
    if (!ok) {
        return false;
    }
    if (length > INT32_MAX) {
        return node_fail(context, node,
                         "the inputs are %" PRId64
                         " long along dimension %d, at most %" PRId32
                         " are allowed",
                         length, axis, INT32_MAX);
    }
    shape.dim[axis] = (int32_t)length;
    return op_output_shape(context, node, 0, &shape);
}

static void memory_concatenation(const struct node *node,
                                 struct op_memory *memory) {
    const struct attributes *attributes = node->attributes;
    int64_t outer = 1;
    for (int i = 0; i < attributes->axis; i++) {
        outer *= node->output[0]->shape.dim[i];
    }
    memory->is_view = node->input_count == 1;
    /* The first input may lie where the output starts. */
    memory->in_place = outer == 1;
}

static bool lower_concatenation(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    int axis = (int)attributes->axis;
    int64_t start = 0;
    for (int32_t i = 0; i < node->input_count; i++) {
        int64_t length = node->input[i]->shape.dim[axis];
        struct block_copy copy =
            copy_into_part(&node->output[0]->shape, axis, start, length);
        if (!lower_copy(lowering, node->input[i], node->output[0], &copy)) {
            return false;
        }
        start += length;
    }
    return true;
}

/* --- channels --- */

static bool joins_channels(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    return attributes->axis == node->output[0]->shape.rank - 1;
}

/* Nodes with more are left alone, so that time grows with the graph's size. */
enum { MANY_INPUTS = 256 };

static bool has_constants(const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        if (node->input[i]->data) {
            return true;
        }
    }
    return false;
}

static bool bounds_concatenation(struct context *context,
                                 const struct node *node,
                                 const struct value_range *const input[],
                                 struct value_range *output) {
    bool joins = joins_channels(node);
    int32_t start = 0;
    if (!joins && node->input_count > MANY_INPUTS) {
        return true; /* it can be anything */
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *tensor = node->input[i];
        const struct value_range *from =
            tensor->data ? range_of_constant(context, tensor) : input[i];
        if (!from) {
            return false;
        }
        int32_t channels = channel_count(tensor);
        for (int32_t c = 0; c < channels; c++) {
            output[start + c] =
                joins || i == 0 ? from[c] : range_hull(output[c], from[c]);
        }
        start += joins ? channels : 0;
    }
    return true;
}

/* A constant among the inputs could lose all of its channels. */
static struct channel_map map_channels(const struct node *node, int i) {
    struct channel_map map = CHANNELS_SAME;
    bool joins = joins_channels(node);
    if (node->input_count > MANY_INPUTS || (joins && has_constants(node))) {
        return (struct channel_map){.kind = CHANNELS_FIXED};
    }
    if (!joins) {
        return map;
    }
    for (int k = 0; k < i; k++) {
        map.first += channel_count(node->input[k]);
    }
    return map;
}

static bool drop_channels(const struct channel_drop *drop) {
    struct node *node = drop->node;
    struct tensor **input =
        CONTEXT_NEW(drop->context, struct tensor *, (size_t)node->input_count);
    for (int32_t i = 0; input && i < node->input_count; i++) {
        input[i] = node->input[i];
        if (input[i]->data) { /* then channels are not joined */
            input[i] = constant_keep_channels(drop->context, drop->graph,
                                              input[i], drop->keep_output);
            if (!input[i]) {
                return false;
            }
        }
    }
    if (input) {
        node->input = input;
    }
    return input != NULL;
}

const struct op_def op_concatenation = {
    .name = "CONCATENATION",
    .tflite_code = 2,
    .options_type = 10,
    .types = COPY_TYPES,
    .notes = "one quantisation",
    .inputs = {1, ARITY_ANY},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_concatenation,
    .infer = infer_concatenation,
    .memory = memory_concatenation,
    .lower = lower_concatenation,
    .bounds = bounds_concatenation,
    .channels = map_channels,
    .drop_channels = drop_channels,
};
