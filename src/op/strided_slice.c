/* STRIDED_SLICE: begin:end:stride of every dimension, as Python writes it.
 *
 * Entry i of begin, end and strides speaks of a dimension of the input, unless
 * bit i of ellipsis_mask is set (as many whole dimensions as are not spoken of)
 * or of new_axis_mask (a dimension of 1 is inserted). */
#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

struct attributes {
    int32_t begin_mask, end_mask; /* bit i: from the first, up to the last */
    int32_t ellipsis_mask, new_axis_mask;
    int32_t shrink_axis_mask; /* bit i: the element at begin alone */
    int32_t offset;           /* 1: end counts from begin */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INT32, begin_mask),
    FIELD(struct attributes, INT32, end_mask),
    FIELD(struct attributes, INT32, ellipsis_mask),
    FIELD(struct attributes, INT32, new_axis_mask),
    FIELD(struct attributes, INT32, shrink_axis_mask),
    FIELD(struct attributes, INT32, offset),
    FIELD_END};

/* StridedSliceOptions: begin_mask, end_mask, ellipsis_mask, new_axis_mask,
 * shrink_axis_mask, offset. */
static bool read_strided_slice(struct context *context,
                               const struct fb_table *options,
                               struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->begin_mask = fb_i32(options, 0, 0);
    attributes->end_mask = fb_i32(options, 1, 0);
    attributes->ellipsis_mask = fb_i32(options, 2, 0);
    attributes->new_axis_mask = fb_i32(options, 3, 0);
    attributes->shrink_axis_mask = fb_i32(options, 4, 0);
    attributes->offset = fb_bool(options, 5, false);
    return true;
}

enum { MAX_ENTRIES = 2 * MAX_RANK + 1 };

/* What is taken: of the input's dimensions, and the shape that results. */
struct selection {
    int64_t begin[MAX_RANK], stride[MAX_RANK], count[MAX_RANK];
    struct shape shape;
};

static bool has_bit(int32_t mask, int64_t i) {
    return i < 32 && ((uint32_t)mask >> i & 1) != 0;
}

/* Entries speak of a new axis only where they are not the ellipsis. */
static bool is_new_axis(const struct attributes *attributes, int64_t i) {
    return has_bit(attributes->new_axis_mask, i) &&
           !has_bit(attributes->ellipsis_mask, i);
}

/* What lies further out than any dimension reaches means the same. */
static int64_t entry(const struct tensor *tensor, int64_t i) {
    int64_t value = tensor_int(tensor, i);
    return value < -INT32_MAX  ? -INT32_MAX
           : value > INT32_MAX ? INT32_MAX
                               : value;
}

/* An index from the end if negative, moved to where the dimension can be
 * entered or left in the direction of the stride. */
static int64_t clamp_index(int64_t i, int64_t length, int64_t stride) {
    int64_t min = stride > 0 ? 0 : -1;
    i += i < 0 ? length : 0;
    return i < min ? min : i > length + min ? length + min : i;
}

/* Entry i on dimension d. */
static bool select_entry(struct context *context, const struct node *node,
                         int64_t i, int d, struct selection *selection) {
    const struct attributes *attributes = node->attributes;
    int64_t length = node->input[0]->shape.dim[d];
    int64_t stride = entry(node->input[3], i);
    if (stride == 0) {
        return node_fail(context, node,
                         "stride %" PRId64 " is 0, it must not be", i);
    }
    int64_t begin = has_bit(attributes->begin_mask, i)
                        ? (stride > 0 ? 0 : length - 1)
                        : clamp_index(entry(node->input[1], i), length, stride);
    int64_t end = entry(node->input[2], i) + (attributes->offset ? begin : 0);
    end = has_bit(attributes->end_mask, i) ? (stride > 0 ? length : -1)
                                           : clamp_index(end, length, stride);
    bool shrinks = has_bit(attributes->shrink_axis_mask, i);
    if (shrinks && stride < 0) {
        return node_fail(context, node,
                         "stride %" PRId64 " is %" PRId64
                         ", it must be over 0 where the axis is dropped",
                         i, stride);
    }
    if (shrinks) {
        end = begin < length ? begin + 1 : begin;
    }
    int64_t span = stride > 0 ? end - begin : begin - end;
    int64_t step = stride > 0 ? stride : -stride;
    if (span <= 0) {
        return node_fail(context, node,
                         "nothing of dimension %d is taken, which is %" PRId64
                         " long: begin %" PRId64 ", end %" PRId64
                         ", stride %" PRId64,
                         d, length, begin, end, stride);
    }
    selection->begin[d] = begin;
    selection->stride[d] = stride;
    selection->count[d] = (span + step - 1) / step;
    if (!shrinks) {
        selection->shape.dim[selection->shape.rank++] =
            (int32_t)selection->count[d];
    }
    return true;
}

/* `count` whole dimensions from d on. */
static void select_whole(const struct node *node, int d, int64_t count,
                         struct selection *selection) {
    for (; count > 0; count--, d++) {
        int32_t length = node->input[0]->shape.dim[d];
        selection->begin[d] = 0;
        selection->stride[d] = 1;
        selection->count[d] = length;
        selection->shape.dim[selection->shape.rank++] = length;
    }
}

/* How many dimensions are not spoken of; holds that the result has a shape. */
static bool find_unnamed(struct context *context, const struct node *node,
                         int64_t entries, int64_t *unnamed) {
    const struct attributes *attributes = node->attributes;
    int rank = node->input[0]->shape.rank;
    int64_t named = 0, added = 0, ellipses = 0, dropped = 0;
    for (int64_t i = 0; i < entries; i++) {
        if (has_bit(attributes->ellipsis_mask, i)) {
            ellipses++;
        } else if (is_new_axis(attributes, i)) {
            added++;
        } else {
            named++;
            dropped += has_bit(attributes->shrink_axis_mask, i);
        }
    }
    if (ellipses > 1) {
        return node_fail(context, node,
                         "ellipsis_mask is 0x%" PRIx32
                         ", at most one bit may be set",
                         (uint32_t)attributes->ellipsis_mask);
    }
    if (named > rank) {
        return node_fail(context, node,
                         "begin speaks of %" PRId64
                         " dimensions, the input has %d",
                         named, rank);
    }
    if (rank + added - dropped > MAX_RANK) {
        return node_fail(context, node,
                         "the result has %" PRId64
                         " dimensions, at most %d are allowed",
                         rank + added - dropped, MAX_RANK);
    }
    *unnamed = rank - named;
    return true;
}

static bool select_all(struct context *context, const struct node *node,
                       struct selection *selection) {
    const struct attributes *attributes = node->attributes;
    int64_t entries = shape_count(&node->input[1]->shape), unnamed = 0;
    int d = 0;
    selection->shape.rank = 0;
    if (!find_unnamed(context, node, entries, &unnamed)) {
        return false;
    }
    for (int64_t i = 0; i < entries; i++) {
        if (has_bit(attributes->ellipsis_mask, i)) {
            select_whole(node, d, unnamed, selection);
            d += (int)unnamed;
            unnamed = 0;
        } else if (is_new_axis(attributes, i)) {
            selection->shape.dim[selection->shape.rank++] = 1;
        } else if (!select_entry(context, node, i, d++, selection)) {
            return false;
        }
    }
    select_whole(node, d, unnamed, selection);
    return true;
}

static bool infer_strided_slice(struct context *context, struct node *node) {
    const struct tensor *begin = node->input[1], *end = node->input[2];
    const struct tensor *strides = node->input[3];
    int64_t entries = shape_count(&begin->shape);
    if (entries > MAX_ENTRIES) {
        return node_fail(context, node,
                         "begin has %" PRId64 " values, at most %d are allowed",
                         entries, MAX_ENTRIES);
    }
    if (!copy_types(context, node) ||
        !copy_parameter(context, node, begin, "begin", entries) ||
        !copy_parameter(context, node, end, "end", entries) ||
        !copy_parameter(context, node, strides, "strides", entries)) {
        return false;
    }
    struct selection selection;
    return !begin->data || !end->data || !strides->data ||
           (select_all(context, node, &selection) &&
            op_output_shape(context, node, 0, &selection.shape));
}

/* With as many elements as the input has, all are taken, though maybe not in
 * their order. */
static void memory_strided_slice(const struct node *node,
                                 struct op_memory *memory) {
    const struct tensor *strides = node->input[3];
    bool forward = strides->data != NULL;
    for (int64_t i = 0; forward && i < shape_count(&strides->shape); i++) {
        forward = tensor_int(strides, i) > 0;
    }
    if (node->input[1]->data && node->input[2]->data && forward) {
        memory->is_view = shape_count(&node->input[0]->shape) ==
                          shape_count(&node->output[0]->shape);
        memory->in_place = 1;
    }
}

static bool lower_strided_slice(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape *shape = &node->input[0]->shape;
    struct context *context = lowering->context;
    struct selection selection;
    if (!op_constant(context, node, node->input[1], "begin") ||
        !op_constant(context, node, node->input[2], "end") ||
        !op_constant(context, node, node->input[3], "strides") ||
        !select_all(context, node, &selection)) {
        return false;
    }
    struct block_copy copy = {.rank = shape->rank};
    int64_t input_stride[MAX_RANK], next = 1;
    shape_strides(shape, input_stride);
    for (int d = shape->rank - 1; d >= 0; d--) {
        copy.dim[d] = selection.count[d];
        copy.input_stride[d] = input_stride[d] * selection.stride[d];
        copy.output_stride[d] = next;
        copy.input_offset += input_stride[d] * selection.begin[d];
        next *= selection.count[d];
    }
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

const struct op_def op_strided_slice = {
    .name = "STRIDED_SLICE",
    .tflite_code = 45,
    .options_type = 32,
    .types = COPY_TYPES,
    .notes = "all masks; constant begin, end and strides",
    .inputs = {4, 4},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_strided_slice,
    .infer = infer_strided_slice,
    .memory = memory_strided_slice,
    .lower = lower_strided_slice,
};
