/* CONV_3D: a window over planes, rows and columns, of floats.  Filter and bias
 * are constant. */
#include "mf_conv_3d.h"

#include <inttypes.h>

#include "op/channels.h"
#include "op/op.h"
#include "op/quantize.h"
#include "op/window.h"

/* Axes 0, 1 and 2 are planes, rows and columns. */
struct attributes {
    ptrdiff_t padding; /* PADDING_... */
    ptrdiff_t stride[3], dilation[3];
    ptrdiff_t pad[3]; /* derived */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, padding),
    FIELD_ARRAY(struct attributes, INDEX, stride, 3),
    FIELD_ARRAY(struct attributes, INDEX, dilation, 3),
    FIELD_ARRAY(struct attributes, INDEX, pad, 3), FIELD_END};

/* Conv3DOptions: padding, stride_d, stride_w, stride_h,
 * fused_activation_function, dilation_d_factor, dilation_w_factor,
 * dilation_h_factor. */
static bool read_conv_3d(struct context *context,
                         const struct fb_table *options, struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->padding = fb_i8(options, 0, 0);
    attributes->stride[0] = fb_i32(options, 1, 0);
    attributes->stride[2] = fb_i32(options, 2, 0);
    attributes->stride[1] = fb_i32(options, 3, 0);
    node->activation = (enum activation)fb_i8(options, 4, 0);
    attributes->dilation[0] = fb_i32(options, 5, 1);
    attributes->dilation[2] = fb_i32(options, 6, 1);
    attributes->dilation[1] = fb_i32(options, 7, 1);
    return true;
}

/* Derives the padding along an axis, and the output's size there. */
static bool infer_axis(struct context *context, const struct node *node,
                       int axis, struct shape *shape) {
    struct attributes *attributes = node->attributes;
    struct axis_window window = {.padding = attributes->padding,
                                 .size = node->input[0]->shape.dim[1 + axis],
                                 .taps = node->input[1]->shape.dim[axis],
                                 .stride = attributes->stride[axis],
                                 .dilation = attributes->dilation[axis]};
    if (window.stride < 1 || window.dilation < 1 ||
        window.stride > WINDOW_LIMIT ||
        (window.taps - 1) * window.dilation >= WINDOW_LIMIT) {
        return node_fail(context, node,
                         "axis %d: stride is %" PRId64 ", dilation %" PRId64
                         " of %" PRId64
                         " taps, each must be at least 1 and the window span "
                         "at most %d",
                         axis, window.stride, window.dilation, window.taps,
                         (int)WINDOW_LIMIT);
    }
    int64_t before, after, count = axis_windows(&window, &before, &after);
    if (count < 1) {
        return node_fail(context, node,
                         "axis %d: the window spans more than the input's "
                         "%" PRId64 ", and padding is VALID",
                         axis, window.size);
    }
    attributes->pad[axis] = (ptrdiff_t)before;
    shape->dim[1 + axis] = (int32_t)count;
    return true;
}

static bool infer_conv_3d(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0], *filter = node->input[1];
    bool ok = channels_types(context, node, 0);
    ok = op_constant(context, node, filter, "filter") && ok;
    ok = op_rank(context, node, input, "input", 5, 5) && ok;
    ok = op_rank(context, node, filter, "filter", 5, 5) && ok;
    ok = op_activation(context, node) && ok;
    if (ok && attributes->padding != PADDING_SAME &&
        attributes->padding != PADDING_VALID) {
        ok = node_fail(context, node,
                       "padding is %td, allowed: SAME (0), VALID (1)",
                       attributes->padding);
    }
    if (!ok) {
        return false;
    }
    if (input->shape.dim[4] != filter->shape.dim[3]) {
        return node_fail(context, node,
                         "input has %" PRId32 " channels, the filter %" PRId32,
                         input->shape.dim[4], filter->shape.dim[3]);
    }
    struct shape shape = {.rank = 5};
    shape.dim[0] = input->shape.dim[0];
    shape.dim[4] = filter->shape.dim[4];
    for (int axis = 0; axis < 3; axis++) {
        ok = infer_axis(context, node, axis, &shape) && ok;
    }
    return ok && channels_bias_shape(context, node, shape.dim[4]) &&
           op_output_shape(context, node, 0, &shape);
}

static uint64_t count_macs(const struct node *node) {
    const struct shape *filter = &node->input[1]->shape;
    return (uint64_t)shape_count(&node->output[0]->shape) *
           (uint64_t)(shape_count(filter) / filter->dim[4]);
}

static const struct field param_fields[] = {
    FIELD(mf_conv_3d, INDEX, batches),
    FIELD_ARRAY(mf_conv_3d, INDEX, input, 3),
    FIELD(mf_conv_3d, INDEX, input_channels),
    FIELD_ARRAY(mf_conv_3d, INDEX, output, 3),
    FIELD(mf_conv_3d, INDEX, output_channels),
    FIELD_ARRAY(mf_conv_3d, INDEX, filter, 3),
    FIELD_ARRAY(mf_conv_3d, INDEX, stride, 3),
    FIELD_ARRAY(mf_conv_3d, INDEX, dilation, 3),
    FIELD_ARRAY(mf_conv_3d, INDEX, pad, 3),
    FIELD(mf_conv_3d, FLOAT, activation_min),
    FIELD(mf_conv_3d, FLOAT, activation_max),
    FIELD_END};

static void run_f32(const void *params, void *const operand[]) {
    mf_conv_3d_f32(params, operand[0], operand[1], operand[2], operand[3]);
}

static const struct kernel kernel_f32 = {
    .name = "mf_conv_3d_f32",
    .header = "mf_conv_3d.h",
    .params = "mf_conv_3d",
    .params_size = sizeof(mf_conv_3d),
    .fields = param_fields,
    .run = run_f32,
};

static bool lower_conv_3d(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const int32_t *in = node->input[0]->shape.dim;
    const int32_t *out = node->output[0]->shape.dim;
    struct call *call = lower_call(lowering, &kernel_f32);
    if (!call) {
        return false;
    }
    mf_conv_3d *p = call->params;
    p->batches = in[0];
    p->input_channels = in[4];
    p->output_channels = out[4];
    for (int axis = 0; axis < 3; axis++) {
        p->input[axis] = in[1 + axis];
        p->output[axis] = out[1 + axis];
        p->filter[axis] = node->input[1]->shape.dim[axis];
        p->stride[axis] = attributes->stride[axis];
        p->dilation[axis] = attributes->dilation[axis];
        p->pad[axis] = attributes->pad[axis];
    }
    activation_range_float(node, &p->activation_min, &p->activation_max);
    call_input(call, "input", node->input[0]);
    call_input(call, "filter", node->input[1]);
    call_loaded(call);
    channels_bias_f32(lowering, call);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_conv_3d = {
    .name = "CONV_3D",
    .tflite_code = 132,
    .options_type = 106,
    .types = TYPE_BIT(DTYPE_FLOAT32),
    .notes = "dilation",
    .inputs = {2, 3},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_conv_3d,
    .infer = infer_conv_3d,
    .lower = lower_conv_3d,
    .macs = count_macs,
};
