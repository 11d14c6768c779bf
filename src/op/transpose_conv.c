/* TRANSPOSE_CONV: a convolution's gradient, with which networks make images
 * larger.  Inputs: the output's shape, filter, data and an optional bias; the
 * output's declared shape counts, as in the reference. */
#include "mf_transpose_conv.h"

#include <inttypes.h>

#include "op/channels.h"
#include "op/copy.h"
#include "op/window.h"

struct attributes {
    struct window window;
};

static const struct field attribute_fields[] = {
    WINDOW_FIELDS(struct attributes), FIELD_END};

/* TransposeConvOptions: padding, stride_w, stride_h,
 * fused_activation_function. */
static bool read_transpose_conv(struct context *context,
                                const struct fb_table *options,
                                struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    struct window *window = &attributes->window;
    window->padding = fb_i8(options, 0, 0);
    window->stride[1] = fb_i32(options, 1, 0);
    window->stride[0] = fb_i32(options, 2, 0);
    node->activation = (enum activation)fb_i8(options, 3, 0);
    window->dilation[0] = window->dilation[1] = 1;
    return true;
}

/* The node as op/channels.h wants it: data, filter, bias. */
struct ordered {
    struct node node;
    struct tensor *input[3];
};

static void order(const struct node *node, struct ordered *ordered) {
    ordered->node = *node;
    ordered->input[0] = node->input[2];
    ordered->input[1] = node->input[1];
    ordered->input[2] = op_input(node, 3);
    ordered->node.input = ordered->input;
    ordered->node.input_count = ordered->input[2] ? 3 : 2;
}

enum { SIDE_LIMIT = 1 << 24 };

/* Holds strides, filter and sizes to what positions are computed of, and
 * derives the padding: that of the convolution that would lead back from the
 * output. */
static bool place_windows(struct context *context, const struct node *node,
                          struct window *window) {
    const int32_t *output = node->output[0]->shape.dim;
    if (window->padding != PADDING_SAME && window->padding != PADDING_VALID) {
        return node_fail(context, node,
                         "padding is %td, allowed: SAME (0), VALID (1)",
                         window->padding);
    }
    for (int axis = 0; axis < 2; axis++) {
        const int64_t size = output[1 + axis], stride = window->stride[axis];
        const int64_t filter = window->filter[axis];
        if (stride < 1 || stride > SIDE_LIMIT || filter > SIDE_LIMIT ||
            size > SIDE_LIMIT) {
            return node_fail(context, node,
                             "stride %" PRId64 ", filter %" PRId64
                             " and output %" PRId64
                             " of dimension %d must lie within 1..%d",
                             stride, filter, size, 1 + axis, (int)SIDE_LIMIT);
        }
        const int64_t over =
            ((size + stride - 1) / stride - 1) * stride + filter - size;
        window->pad_before[axis] = window->padding == PADDING_SAME && over > 0
                                       ? (ptrdiff_t)(over / 2)
                                       : 0;
    }
    return true;
}

/* Input 0 names the output's shape, if it is known yet. */
static bool check_shape(struct context *context, const struct node *node) {
    const struct tensor *wanted = node->input[0];
    struct shape shape = {.rank = 4};
    if (!copy_parameter(context, node, wanted, "output_shape", 4)) {
        return false;
    }
    for (int i = 0; wanted->data && i < 4; i++) {
        const int64_t dim = tensor_int(wanted, i);
        shape.dim[i] = dim < 0 || dim > INT32_MAX ? 0 : (int32_t)dim;
    }
    return !wanted->data || op_output_shape(context, node, 0, &shape);
}

static bool infer_transpose_conv(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct tensor *filter = node->input[1], *input = node->input[2];
    const struct tensor *output = node->output[0];
    struct ordered ordered;
    order(node, &ordered);
    bool ok = channels_types(context, &ordered.node, TYPE_BIT(DTYPE_INT64));
    ok = op_constant(context, node, filter, "filter") && ok;
    ok = op_rank(context, node, input, "input", 4, 4) && ok;
    ok = op_rank(context, node, filter, "filter", 4, 4) && ok;
    ok = op_rank(context, node, output, "output", 4, 4) && ok;
    ok = op_activation(context, node) && ok;
    if (!ok || !check_shape(context, node)) {
        return false;
    }
    const int32_t outputs = filter->shape.dim[0];
    if (filter->shape.dim[3] != input->shape.dim[3] ||
        output->shape.dim[0] != input->shape.dim[0] ||
        output->shape.dim[3] != outputs) {
        char in[SHAPE_TEXT], taps[SHAPE_TEXT], out[SHAPE_TEXT];
        return node_fail(context, node,
                         "input %s, filter %s and output %s do not have the "
                         "same batches and channels",
                         shape_text(&input->shape, in),
                         shape_text(&filter->shape, taps),
                         shape_text(&output->shape, out));
    }
    ok = channels_quantization(context, &ordered.node) &&
         (filter->type == DTYPE_FLOAT32 ||
          op_per_channel(context, node, filter, "filter", 0, outputs));
    ok = channels_bias_shape(context, &ordered.node, outputs) && ok;
    attributes->window.filter[0] = filter->shape.dim[1];
    attributes->window.filter[1] = filter->shape.dim[2];
    return place_windows(context, node, &attributes->window) && ok;
}

static uint64_t count_macs(const struct node *node) {
    const struct shape *filter = &node->input[1]->shape;
    return (uint64_t)shape_count(&node->input[2]->shape) *
           (uint64_t)(shape_count(filter) / filter->dim[3]);
}

static const struct field param_fields[] = {
    MF_WINDOW_FIELDS(mf_transpose_conv),
    FIELD(mf_transpose_conv, INDEX, per_channel),
    FIELD(mf_transpose_conv, INT32, input_zero_point),
    FIELD(mf_transpose_conv, INT32, output_zero_point),
    FIELD(mf_transpose_conv, INT32, activation_min),
    FIELD(mf_transpose_conv, INT32, activation_max),
    FIELD_END};

static const struct field float_fields[] = {
    MF_WINDOW_FIELDS(mf_transpose_conv_float),
    FIELD(mf_transpose_conv_float, FLOAT, activation_min),
    FIELD(mf_transpose_conv_float, FLOAT, activation_max), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_transpose_conv_s8(params, operand[0], operand[1], operand[2], operand[3],
                         operand[4], operand[5]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_transpose_conv_s16(params, operand[0], operand[1], operand[2],
                          operand[3], operand[4], operand[5]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_transpose_conv_f32(params, operand[0], operand[1], operand[2],
                          operand[3]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_transpose_conv_s8",
    .header = "mf_transpose_conv.h",
    .params = "mf_transpose_conv",
    .params_size = sizeof(mf_transpose_conv),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s16 = {
    .name = "mf_transpose_conv_s16",
    .header = "mf_transpose_conv.h",
    .params = "mf_transpose_conv",
    .params_size = sizeof(mf_transpose_conv),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_transpose_conv_f32",
    .header = "mf_transpose_conv.h",
    .params = "mf_transpose_conv_float",
    .params_size = sizeof(mf_transpose_conv_float),
    .fields = float_fields,
    .run = run_f32,
};

/* window_params() with what it leaves to the window's steps put right: here
 * the output is what strides lead to. */
static mf_window find_window(const struct node *node,
                             const struct window *window) {
    mf_window params = window_params(node, window);
    params.stride_y = window->stride[0];
    params.stride_x = window->stride[1];
    return params;
}

static bool lower_float(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    struct call *call = lower_call(lowering, &kernel_f32);
    if (!call) {
        return false;
    }
    mf_transpose_conv_float *p = call->params;
    p->window = find_window(node, &attributes->window);
    activation_range_float(node, &p->activation_min, &p->activation_max);
    call_input(call, "input", node->input[0]);
    call_input(call, "filter", node->input[1]);
    call_loaded(call);
    channels_bias_f32(lowering, call);
    call_output(call, node->output[0]);
    return true;
}

/* Of the node in the order data, filter, bias. */
static bool lower_integer(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    struct tensor *input = node->input[0], *filter = node->input[1];
    struct tensor *output = node->output[0];
    const bool is_s8 = input->type == DTYPE_INT8;
    const int64_t count = shape_count(&filter->shape) / filter->shape.dim[0];
    /* Which weights meet data depends on the output's position: the input's
     * zero point cannot be folded into the bias. */
    const struct channel_weights channels = {.data =
                                                 is_s8 ? NULL : filter->data,
                                             .channels = filter->shape.dim[0],
                                             .count = count,
                                             .channel_step = count,
                                             .step = 1};
    struct channel_scaling scaling;
    struct call *call = lower_call(lowering, is_s8 ? &kernel_s8 : &kernel_s16);
    if (!call || !channel_scaling_make(lowering->context, input, filter, output,
                                       false, &scaling)) {
        return false;
    }
    mf_transpose_conv *p = call->params;
    p->window = find_window(node, &attributes->window);
    p->per_channel = scaling.count > 1;
    p->input_zero_point = input->quantization.zero_point[0];
    p->output_zero_point = output->quantization.zero_point[0];
    activation_range(node, &p->activation_min, &p->activation_max);
    call_input(call, "input", input);
    call_input(call, "filter", filter);
    call_loaded(call);
    if (!(is_s8 ? channels_operands_s8(lowering, call, &channels, &scaling)
                : channels_operands_s16_b64(lowering, call, &channels,
                                            &scaling))) {
        return false;
    }
    call_output(call, output);
    return true;
}

static bool lower_transpose_conv(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct ordered ordered;
    order(node, &ordered);
    lowering->node = &ordered.node;
    const bool ok = node->input[2]->type == DTYPE_FLOAT32
                        ? lower_float(lowering)
                        : lower_integer(lowering);
    lowering->node = node;
    return ok;
}

const struct op_def op_transpose_conv = {
    .name = "TRANSPOSE_CONV",
    .tflite_code = 67,
    .options_type = 49,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "constant filter; int16 with a bias of int64 or none",
    .inputs = {3, 4},
    .outputs = {1, 1},
    .dequantized_inputs = 1 << 1,
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .fuses_activation = true,
    .read = read_transpose_conv,
    .infer = infer_transpose_conv,
    .lower = lower_transpose_conv,
    .macs = count_macs,
};
