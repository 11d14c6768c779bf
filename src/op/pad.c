/* PAD and PADV2: the input with a border around it.
 *
 * Inputs: what is padded; paddings, a row (before, after) a dimension; the
 * border's value.  Without a value the border is the output's zero point in
 * 8-bit tensors and 0 in others, as in the reference.  Lowered to a copy of
 * the input into the middle and a fill for each side of each dimension. */
#include "op/pad.h"

#include <assert.h>
#include <inttypes.h>

#include "mf_fill.h"
#include "op/copy.h"
#include "op/quantize.h"
#include "op/value_range.h"

/* --- infer --- */

static bool is_8_bit(const struct tensor *tensor) {
    return tensor->type == DTYPE_INT8 || tensor->type == DTYPE_UINT8;
}

static bool infer_value(struct context *context, const struct node *node) {
    const struct tensor *output = node->output[0], *value = op_input(node, 2);
    char text[SHAPE_TEXT];
    bool is_quantized = is_8_bit(output) && output->quantization.count > 0;
    if (!value) {
        return !is_quantized || op_per_tensor(context, node, output, "output");
    }
    if (!op_same_type(context, node, value, "constant_values", output,
                      "output")) {
        return false;
    }
    if (shape_count(&value->shape) != 1) {
        return node_fail(context, node,
                         "constant_values shape is %s, it must have 1 value",
                         shape_text(&value->shape, text));
    }
    return !is_quantized ||
           op_same_quantization(context, node, value, "constant_values", output,
                                "output");
}

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *paddings = node->input[1];
    struct shape shape = node->input[0]->shape;
    for (int i = 0; i < shape.rank; i++) {
        int64_t before = tensor_int(paddings, 2 * i);
        int64_t after = tensor_int(paddings, 2 * i + 1);
        if (before < 0 || after < 0 || before > INT32_MAX ||
            after > INT32_MAX || before + after > INT32_MAX - shape.dim[i]) {
            return node_fail(context, node,
                             "paddings of dimension %d are %" PRId64
                             " and %" PRId64
                             ", each must be at least 0 and the padded "
                             "dimension at most %" PRId32,
                             i, before, after, INT32_MAX);
        }
        shape.dim[i] += (int32_t)(before + after);
    }
    return op_output_shape(context, node, 0, &shape);
}

bool infer_pad(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *paddings = node->input[1];
    int rank = input->shape.rank;
    char text[SHAPE_TEXT];
    if (!op_type(context, node, input, "input", node->op->types) ||
        !op_same_type(context, node, node->output[0], "output", input,
                      "input") ||
        !op_type(context, node, paddings, "paddings",
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64))) {
        return false;
    }
    if (paddings->shape.rank != 2 || paddings->shape.dim[0] != rank ||
        paddings->shape.dim[1] != 2) {
        return node_fail(context, node, "paddings shape is %s, it must be %dx2",
                         shape_text(&paddings->shape, text), rank);
    }
    return infer_value(context, node) &&
           (!paddings->data || infer_shape(context, node));
}

void memory_pad(const struct node *node, struct op_memory *memory) {
    memory->is_view =
        node->input[1]->data &&
        shape_equal(&node->input[0]->shape, &node->output[0]->shape);
}

/* --- lower --- */

static void run_u8(const void *params, void *const operand[]) {
    mf_fill_u8(params, operand[0], operand[1]);
}
static void run_s16(const void *params, void *const operand[]) {
    mf_fill_s16(params, operand[0], operand[1]);
}
static void run_s32(const void *params, void *const operand[]) {
    mf_fill_s32(params, operand[0], operand[1]);
}
static void run_s64(const void *params, void *const operand[]) {
    mf_fill_s64(params, operand[0], operand[1]);
}
static void run_f32(const void *params, void *const operand[]) {
    mf_fill_f32(params, operand[0], operand[1]);
}

enum { FILL_RANK = sizeof(((mf_fill *)NULL)->last) / sizeof(mf_index) };

static const struct field param_fields[] = {
    FIELD_ARRAY(mf_fill, INDEX, last, FILL_RANK),
    FIELD_ARRAY(mf_fill, INDEX, strides, FILL_RANK),
    FIELD(mf_fill, INDEX, offset), FIELD(mf_fill, INDEX, run), FIELD_END};

#define KERNEL(suffix)                                                         \
    {                                                                          \
        .name = "mf_fill_" #suffix, .header = "mf_fill.h",                     \
        .params = "mf_fill", .params_size = sizeof(mf_fill),                   \
        .fields = param_fields, .run = run_##suffix,                           \
    }
static const struct kernel kernel_u8 = KERNEL(u8);
static const struct kernel kernel_s16 = KERNEL(s16);
static const struct kernel kernel_s32 = KERNEL(s32);
static const struct kernel kernel_s64 = KERNEL(s64);
static const struct kernel kernel_f32 = KERNEL(f32);

/* The type that elements are filled as: of their size. */
static enum dtype fill_type(enum dtype type) {
    switch (type) {
    case DTYPE_INT16:
    case DTYPE_UINT16:
        return DTYPE_INT16;
    case DTYPE_INT32:
    case DTYPE_UINT32:
        return DTYPE_INT32;
    case DTYPE_INT64:
    case DTYPE_FLOAT32:
        return type;
    default:
        return DTYPE_UINT8;
    }
}

static const struct kernel *find_kernel(enum dtype type) {
    switch (type) {
    case DTYPE_INT16:
        return &kernel_s16;
    case DTYPE_INT32:
        return &kernel_s32;
    case DTYPE_INT64:
        return &kernel_s64;
    case DTYPE_FLOAT32:
        return &kernel_f32;
    default:
        return &kernel_u8;
    }
}

/* The border's value: one element of the output's type, bytes for types of one
 * byte.  Tensors without a value have a zero point within their type. */
static const void *border_value(struct context *context,
                                const struct node *node) {
    const struct tensor *output = node->output[0], *value = op_input(node, 2);
    if (value) {
        return value->data;
    }
    int64_t *zero = CONTEXT_NEW(context, int64_t, 1); /* of every type */
    if (zero && is_8_bit(output) && output->quantization.count > 0) {
        *(uint8_t *)zero = (uint8_t)output->quantization.zero_point[0];
    }
    return zero;
}

/* The paddings, with every dimension that has none made part of the one
 * outside of it: all but the outermost are padded. */
struct frame {
    int rank;
    int64_t dim[MAX_RANK], before[MAX_RANK], after[MAX_RANK];
    int64_t stride[MAX_RANK]; /* of the output */
};

static struct frame find_frame(const struct node *node) {
    const struct tensor *paddings = node->input[1];
    const struct shape *shape = &node->input[0]->shape;
    struct frame frame = {0};
    int last = 0;
    for (int i = 0; i < shape->rank; i++) {
        int64_t dim = shape->dim[i];
        int64_t before = tensor_int(paddings, 2 * i);
        int64_t after = tensor_int(paddings, 2 * i + 1);
        bool padded = before != 0 || after != 0;
        last = frame.rank - 1;
        if (frame.rank > 0 && !padded) {
            frame.dim[last] *= dim;
            frame.before[last] *= dim;
            frame.after[last] *= dim;
            continue;
        }
        /* An outermost dimension of 1 without padding says nothing. */
        bool replaces = frame.rank == 1 && frame.dim[0] == 1 &&
                        frame.before[0] == 0 && frame.after[0] == 0;
        last = replaces ? 0 : frame.rank++;
        frame.dim[last] = dim;
        frame.before[last] = before;
        frame.after[last] = after;
    }
    int64_t next = 1;
    for (int i = frame.rank - 1; i >= 0; i--) {
        frame.stride[i] = next;
        next *= frame.before[i] + frame.dim[i] + frame.after[i];
    }
    return frame;
}

/* Appends a call that fills parts of the output; NULL when memory is out. */
static mf_fill *add_fill(struct lowering *lowering, const void *value) {
    struct tensor *output = lowering->node->output[0];
    const enum dtype type = fill_type(output->type);
    struct call *call = lower_call(lowering, find_kernel(type));
    if (!call) {
        return NULL;
    }
    call_table(call, "border", type, value, 1);
    call_output(call, output);
    call_as(call, type);
    return call->params;
}

bool lower_fill(struct lowering *lowering, const void *value) {
    mf_fill *p = add_fill(lowering, value);
    if (!p) {
        return false;
    }
    p->run = (ptrdiff_t)shape_count(&lowering->node->output[0]->shape);
    return true;
}

/* Fills `count` indices from `start` on along dimension d of the output,
 * within the middle of the dimensions outside of d. */
static bool fill_side(struct lowering *lowering, const struct frame *frame,
                      int d, int64_t start, int64_t count, const void *value) {
    if (count == 0) {
        return true;
    }
    mf_fill *p = add_fill(lowering, value);
    if (!p) {
        return false;
    }
    int64_t offset = start * frame->stride[d];
    assert(d <= FILL_RANK);
    for (int i = 0; i < d; i++) {
        int from = d - 1 - i;
        p->last[i] = (ptrdiff_t)frame->dim[from] - 1;
        p->strides[i] = (ptrdiff_t)frame->stride[from];
        offset += frame->before[from] * frame->stride[from];
    }
    p->offset = (ptrdiff_t)offset;
    p->run = (ptrdiff_t)(count * frame->stride[d]);
    return true;
}

static bool copy_middle(struct lowering *lowering, const struct frame *frame) {
    const struct node *node = lowering->node;
    struct block_copy copy = {.rank = frame->rank};
    int64_t next = 1;
    for (int i = frame->rank - 1; i >= 0; i--) {
        copy.dim[i] = frame->dim[i];
        copy.input_stride[i] = next;
        copy.output_stride[i] = frame->stride[i];
        copy.output_offset += frame->before[i] * frame->stride[i];
        next *= frame->dim[i];
    }
    return lower_copy(lowering, node->input[0], node->output[0], &copy);
}

bool lower_pad(struct lowering *lowering) {
    struct context *context = lowering->context;
    const struct node *node = lowering->node;
    const struct tensor *value = op_input(node, 2);
    if (!op_constant(context, node, node->input[1], "paddings") ||
        (value && !op_constant(context, node, value, "constant_values"))) {
        return false;
    }
    const void *border = border_value(context, node);
    if (!border) {
        return false;
    }
    struct frame frame = find_frame(node);
    for (int d = 0; d < frame.rank; d++) {
        if (!fill_side(lowering, &frame, d, 0, frame.before[d], border) ||
            !fill_side(lowering, &frame, d, frame.before[d] + frame.dim[d],
                       frame.after[d], border)) {
            return false;
        }
    }
    return copy_middle(lowering, &frame);
}

/* --- for fuse_pad --- */

/* Whether the border stands for the real number 0, seen as part of the
 * input. */
static bool border_is_zero(const struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    const struct tensor *value = op_input(node, 2);
    const struct quantization *p = &input->quantization;
    const struct quantization *q = &output->quantization;
    if (value && !value->data) {
        return false;
    }
    if (input->type == DTYPE_FLOAT32) {
        return !value || *(const float *)value->data == 0;
    }
    if (p->count != 1 || q->count != 1 || p->scale[0] != q->scale[0] ||
        p->zero_point[0] != q->zero_point[0]) {
        return false;
    }
    switch (input->type) {
    case DTYPE_INT8:
        return !value || *(const int8_t *)value->data == p->zero_point[0];
    case DTYPE_UINT8:
        return !value || *(const uint8_t *)value->data == p->zero_point[0];
    case DTYPE_INT16:
        return (value ? *(const int16_t *)value->data : 0) == p->zero_point[0];
    default:
        return false;
    }
}

bool find_spatial_pad(const struct node *node, int32_t before[2],
                      int32_t after[2]) {
    const struct tensor *paddings = node->input[1];
    if (node->input[0]->shape.rank != 4 || !paddings->data ||
        tensor_int(paddings, 0) != 0 || tensor_int(paddings, 1) != 0 ||
        tensor_int(paddings, 6) != 0 || tensor_int(paddings, 7) != 0 ||
        !border_is_zero(node)) {
        return false;
    }
    for (int i = 0; i < 2; i++) {
        before[i] = (int32_t)tensor_int(paddings, 2 + 2 * i);
        after[i] = (int32_t)tensor_int(paddings, 3 + 2 * i);
    }
    return true;
}

/* --- channels --- */

/* Whether the border adds no channels. */
static bool keeps_channels(const struct node *node) {
    const struct tensor *paddings = node->input[1];
    int32_t rank = node->input[0]->shape.rank;
    return rank > 0 && paddings->data &&
           tensor_int(paddings, 2 * rank - 2) == 0 &&
           tensor_int(paddings, 2 * rank - 1) == 0;
}

bool pad_bounds(struct context *context, const struct node *node,
                const struct value_range *const input[],
                struct value_range *output) {
    const struct tensor *value = op_input(node, 2);
    if (!input[0] || !keeps_channels(node) || (value && !value->data)) {
        return true;
    }
    const int8_t *border = border_value(context, node);
    if (!border) {
        return false;
    }
    struct value_range around = {*border, *border};
    for (int32_t c = 0; c < channel_count(node->output[0]); c++) {
        output[c] = range_hull(input[0][c], around);
    }
    return true;
}

struct channel_map pad_channels(const struct node *node, int i) {
    return i == 0 && keeps_channels(node)
               ? CHANNELS_SAME
               : (struct channel_map){.kind = CHANNELS_FIXED};
}

const struct op_def op_pad = {
    .name = "PAD",
    .tflite_code = 34,
    .options_type = 22,
    .types = COPY_TYPES,
    .notes = "constant paddings",
    .inputs = {2, 3},
    .outputs = {1, 1},
    .infer = infer_pad,
    .memory = memory_pad,
    .lower = lower_pad,
    .spatial_pad = find_spatial_pad,
    .bounds = pad_bounds,
    .channels = pad_channels,
};
