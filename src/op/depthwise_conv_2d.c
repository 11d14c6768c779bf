/* DEPTHWISE_CONV_2D: each input channel has depth_multiplier filters of its
 * own.  Filter and bias are constant. */
#include "mf_depthwise_conv_2d.h"

#include <inttypes.h>

#include "op/channels.h"
#include "op/family.h"
#include "op/filter.h"
#include "op/op.h"
#include "op/window.h"

struct attributes {
    struct window window;
    ptrdiff_t depth_multiplier; /* 0: not said */
};

static const struct field attribute_fields[] = {
    WINDOW_FIELDS(struct attributes),
    FIELD(struct attributes, INDEX, depth_multiplier), FIELD_END};

/* DepthwiseConv2DOptions: padding, stride_w, stride_h, depth_multiplier,
 * fused_activation_function, dilation_w_factor, dilation_h_factor. */
static bool read_depthwise_conv_2d(struct context *context,
                                   const struct fb_table *options,
                                   struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    struct window *window = &attributes->window;
    window->padding = fb_i8(options, 0, 0);
    window->stride[1] = fb_i32(options, 1, 0);
    window->stride[0] = fb_i32(options, 2, 0);
    attributes->depth_multiplier = fb_i32(options, 3, 0);
    node->activation = (enum activation)fb_i8(options, 4, 0);
    window->dilation[1] = fb_i32(options, 5, 1);
    window->dilation[0] = fb_i32(options, 6, 1);
    return true;
}

/* The schema calls depth_multiplier redundant: the shapes decide, and what is
 * said must not contradict them. */
static bool infer_depth(struct context *context, const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *filter = node->input[1];
    int32_t channels = node->input[0]->shape.dim[3];
    int32_t outputs = filter->shape.dim[3];
    if (filter->shape.dim[0] != 1) {
        char text[SHAPE_TEXT];
        return node_fail(context, node,
                         "filter shape is %s, its first dimension must be 1",
                         shape_text(&filter->shape, text));
    }
    if (outputs % channels != 0) {
        return node_fail(context, node,
                         "filter has %" PRId32 " channels, they must be a "
                         "multiple of the input's %" PRId32,
                         outputs, channels);
    }
    if (attributes->depth_multiplier != 0 &&
        attributes->depth_multiplier != outputs / channels) {
        return node_fail(context, node,
                         "depth multiplier is %td, but %" PRId32
                         " channels become %" PRId32,
                         attributes->depth_multiplier, channels, outputs);
    }
    return true;
}

static bool infer_depthwise_conv_2d(struct context *context,
                                    struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct tensor *filter = node->input[1];
    bool ok = channels_types(context, node, TYPE_BIT(DTYPE_INT64));
    ok = op_constant(context, node, filter, "filter") && ok;
    ok = op_rank(context, node, node->input[0], "input", 4, 4) && ok;
    ok = op_rank(context, node, filter, "filter", 4, 4) && ok;
    ok = op_activation(context, node) && ok;
    if (!ok) {
        return false;
    }
    int32_t outputs = filter->shape.dim[3];
    ok = channels_quantization(context, node) &&
         (filter->type == DTYPE_FLOAT32 ||
          channels_filter_quantization(context, node, 3, outputs));
    ok = channels_bias_shape(context, node, outputs) && ok;
    ok = infer_depth(context, node) && ok;
    attributes->window.filter[0] = filter->shape.dim[1];
    attributes->window.filter[1] = filter->shape.dim[2];
    return window_infer(context, node, &attributes->window, outputs) && ok;
}

static bool absorb_pad(struct node *node, const int32_t before[2],
                       const int32_t after[2]) {
    struct attributes *attributes = node->attributes;
    return window_absorb_pad(&attributes->window, before, after);
}

static uint64_t count_macs(const struct node *node) {
    const struct shape *filter = &node->input[1]->shape;
    return (uint64_t)shape_count(&node->output[0]->shape) *
           (uint64_t)filter->dim[1] * (uint64_t)filter->dim[2];
}

/* --- channels --- */

static bool make_filter(struct context *context, const struct node *node,
                        struct filter *filter) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *weights = node->input[1];
    const int32_t *dim = weights->shape.dim;
    *filter = (struct filter){
        .node = node,
        .outputs = dim[3],
        .groups = node->input[0]->shape.dim[3],
        .depth = 1,
        .taps = (int64_t)dim[1] * dim[2],
        .outputs_last = true,
        .place = window_tap_places(context, node, &attributes->window)};
    return filter->place &&
           channel_scaling_make(context, node->input[0], weights,
                                node->output[0], node->was_uint8,
                                &filter->scaling);
}

static bool bounds_depthwise(struct context *context, const struct node *node,
                             const struct value_range *const input[],
                             struct value_range *output) {
    struct filter filter;
    return !input[0] || (make_filter(context, node, &filter) &&
                         filter_bounds(context, &filter, input[0], output));
}

static bool sums_depthwise(struct context *context, const struct node *node,
                           const struct value_range *const input[],
                           int64_t *least, int64_t *most) {
    struct filter filter;
    if (!input[0]) {
        return true;
    }
    if (!make_filter(context, node, &filter)) {
        return false;
    }
    filter_sums(&filter, input[0], least, most);
    return true;
}

/* All outputs of a channel go with it; those of a single one can go by
 * themselves. */
static struct channel_map map_channels(const struct node *node, int i) {
    int32_t inputs = node->input[i]->shape.dim[3];
    int32_t multiplier = node->output[0]->shape.dim[3] / inputs;
    return (struct channel_map){.kind = inputs == 1 ? CHANNELS_MIXED
                                                    : CHANNELS_LINKED,
                                .step = multiplier,
                                .repeats = multiplier,
                                .repeat_step = 1};
}

static bool drop_channels(const struct channel_drop *drop) {
    struct attributes *attributes = drop->node->attributes;
    struct filter filter;
    attributes->depth_multiplier = 0;
    return make_filter(drop->context, drop->node, &filter) &&
           filter_drop_channels(drop, &filter);
}

static bool settle_channels(struct context *context, struct graph *graph,
                            struct node *node,
                            const struct value_range *output) {
    struct filter filter;
    return make_filter(context, node, &filter) &&
           filter_settle_channels(context, graph, node, &filter, output);
}

/* --- lowering --- */

static const struct field param_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d),
    FIELD(mf_depthwise_conv_2d, INDEX, depth_multiplier),
    FIELD(mf_depthwise_conv_2d, INDEX, per_channel),
    FIELD(mf_depthwise_conv_2d, INT32, input_zero_point),
    FIELD(mf_depthwise_conv_2d, INT32, filter_zero_point),
    FIELD(mf_depthwise_conv_2d, INT32, output_zero_point),
    FIELD(mf_depthwise_conv_2d, INT32, activation_min),
    FIELD(mf_depthwise_conv_2d, INT32, activation_max),
    FIELD_END};

static const struct field float_fields[] = {
    MF_WINDOW_FIELDS(mf_depthwise_conv_2d_float),
    FIELD(mf_depthwise_conv_2d_float, INDEX, depth_multiplier),
    FIELD(mf_depthwise_conv_2d_float, INDEX, per_channel),
    FIELD(mf_depthwise_conv_2d_float, FLOAT, activation_min),
    FIELD(mf_depthwise_conv_2d_float, FLOAT, activation_max),
    FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_s8(params, operand[0], operand[1], operand[2],
                            operand[3], operand[4], operand[5]);
}

static void run_s8_zero(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_s8_zero(params, operand[0], operand[1], operand[2],
                                 operand[3], operand[4], operand[5]);
}

static void run_s4(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_s4(params, operand[0], operand[1], operand[2],
                            operand[3], operand[4], operand[5]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_s16(params, operand[0], operand[1], operand[2],
                             operand[3], operand[4], operand[5]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_f32(params, operand[0], operand[1], operand[2],
                             operand[3]);
}

static void run_f32_s8(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_f32_s8(params, operand[0], operand[1], operand[2],
                                operand[3], operand[4]);
}

static void run_f32_s4(const void *params, void *const operand[]) {
    mf_depthwise_conv_2d_f32_s4(params, operand[0], operand[1], operand[2],
                                operand[3], operand[4]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_depthwise_conv_2d_s8",
    .header = "mf_depthwise_conv_2d.h",
    .params = "mf_depthwise_conv_2d",
    .params_size = sizeof(mf_depthwise_conv_2d),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s8_zero = {
    .name = "mf_depthwise_conv_2d_s8_zero",
    .header = "mf_depthwise_conv_2d.h",
    .params = "mf_depthwise_conv_2d",
    .params_size = sizeof(mf_depthwise_conv_2d),
    .fields = param_fields,
    .run = run_s8_zero,
};

static const struct kernel kernel_s4 = {
    .name = "mf_depthwise_conv_2d_s4",
    .header = "mf_depthwise_conv_2d.h",
    .params = "mf_depthwise_conv_2d",
    .params_size = sizeof(mf_depthwise_conv_2d),
    .fields = param_fields,
    .run = run_s4,
};

static const struct kernel kernel_s16 = {
    .name = "mf_depthwise_conv_2d_s16",
    .header = "mf_depthwise_conv_2d.h",
    .params = "mf_depthwise_conv_2d",
    .params_size = sizeof(mf_depthwise_conv_2d),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_depthwise_conv_2d_f32",
    .header = "mf_depthwise_conv_2d.h",
    .params = "mf_depthwise_conv_2d_float",
    .params_size = sizeof(mf_depthwise_conv_2d_float),
    .fields = float_fields,
    .run = run_f32,
};

static const struct kernel kernel_f32_s8 = {
    .name = "mf_depthwise_conv_2d_f32_s8",
    .header = "mf_depthwise_conv_2d.h",
    .params = "mf_depthwise_conv_2d_float",
    .params_size = sizeof(mf_depthwise_conv_2d_float),
    .fields = float_fields,
    .run = run_f32_s8,
};

static const struct kernel kernel_f32_s4 = {
    .name = "mf_depthwise_conv_2d_f32_s4",
    .header = "mf_depthwise_conv_2d.h",
    .params = "mf_depthwise_conv_2d_float",
    .params_size = sizeof(mf_depthwise_conv_2d_float),
    .fields = float_fields,
    .run = run_f32_s4,
};

static const struct float_kernels float_kernels = {&kernel_f32, &kernel_f32_s8,
                                                   &kernel_f32_s4};

static bool lower_float(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    struct call *call = channels_call_f32(lowering, &float_kernels);
    if (!call) {
        return false;
    }
    mf_depthwise_conv_2d_float *p = call->params;
    p->window = window_params(node, &attributes->window);
    p->depth_multiplier = p->window.output_channels / p->window.input_channels;
    p->per_channel = node->input[1]->quantization.count > 1;
    activation_range_float(node, &p->activation_min, &p->activation_max);
    return true;
}

static void swap(ptrdiff_t *a, ptrdiff_t *b) {
    ptrdiff_t kept = *a;
    *a = *b;
    *b = kept;
}

/* An image of one column, as networks over time have it, lies in memory as one
 * of one row, over which kernels are faster; Helium's take more scratch memory
 * for it. */
static mf_window depthwise_window(const struct target *target,
                                  const struct node *node) {
    const struct attributes *attributes = node->attributes;
    mf_window w = window_params(node, &attributes->window);
    if (target->dot != DOT_MVE && !node->is_tile && w.input_width == 1 &&
        w.filter_width == 1 && w.output_width == 1) {
        swap(&w.input_height, &w.input_width);
        swap(&w.output_height, &w.output_width);
        swap(&w.filter_height, &w.filter_width);
        swap(&w.stride_y, &w.stride_x);
        swap(&w.dilation_y, &w.dilation_x);
        swap(&w.pad_top, &w.pad_left);
    }
    return w;
}

static void memory_depthwise_conv_2d(const struct node *node,
                                     struct op_memory *memory) {
    mf_window window = depthwise_window(memory->target, node);
    if (channels_are_s8(node)) {
        memory->scratch =
            family_depthwise_conv_2d_scratch(memory->target, &window);
        memory->in_place =
            family_depthwise_conv_2d_in_place(memory->target, &window);
    }
}

static bool tiling_depthwise_conv_2d(const struct node *node,
                                     struct tiling *tiling) {
    const struct attributes *attributes = node->attributes;
    return window_tiling(node, &attributes->window, tiling);
}

static const struct kernel *choose_kernel(const struct node *node) {
    if (node->input[0]->type == DTYPE_INT16) {
        return &kernel_s16;
    }
    return channels_are_s4(node)   ? &kernel_s4
           : channels_are_s8(node) ? &kernel_s8
                                   : &kernel_s8_zero;
}

static bool lower_depthwise_conv_2d(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    struct tensor *input = node->input[0], *filter = node->input[1];
    struct tensor *output = node->output[0];
    if (input->type == DTYPE_FLOAT32) {
        return lower_float(lowering);
    }
    bool is_s8 = input->type == DTYPE_INT8;
    struct call *call = lower_call(lowering, choose_kernel(node));
    struct channel_scaling scaling;
    if (!call || !channel_scaling_make(lowering->context, input, filter, output,
                                       node->was_uint8, &scaling)) {
        return false;
    }
    int32_t outputs = filter->shape.dim[3];
    const struct channel_weights channels = {
        .data = filter->data,
        .channels = outputs,
        .count = shape_count(&filter->shape) / outputs,
        .zero_point = filter->quantization.zero_point[0],
        .channel_step = 1,
        .step = outputs};
    mf_depthwise_conv_2d *p = call->params;
    p->window = depthwise_window(lowering->target, node);
    p->depth_multiplier = p->window.output_channels / p->window.input_channels;
    p->per_channel = scaling.count > 1;
    p->filter_zero_point = channels.zero_point;
    p->output_zero_point = output->quantization.zero_point[0];
    activation_range(node, &p->activation_min, &p->activation_max);
    if (window_is_padded(&attributes->window)) {
        p->input_zero_point = input->quantization.zero_point[0];
    }
    call_input(call, "input", input);
    if (!channels_filter(lowering, call)) {
        return false;
    }
    bool ok =
        is_s8 ? channels_operands_s8(lowering, call, &channels, &scaling)
              : channels_operands_s16_b64(lowering, call, &channels, &scaling);
    call_output(call, output);
    return ok &&
           (!channels_are_s8(node) || family_depthwise_conv_2d(lowering, call));
}

const struct op_def op_depthwise_conv_2d = {
    .name = "DEPTHWISE_CONV_2D",
    .tflite_code = 4,
    .options_type = 2,
    .shifts_uint8 = true,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "depth multiplier, dilation; weights of 8 or 4 bits, beside "
             "floats too",
    .inputs = {2, 3},
    .outputs = {1, 1},
    .dequantized_inputs = 1 << 1,
    .takes_hybrid = true,
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .fuses_activation = true,
    .read = read_depthwise_conv_2d,
    .infer = infer_depthwise_conv_2d,
    .memory = memory_depthwise_conv_2d,
    .tiling = tiling_depthwise_conv_2d,
    .lower = lower_depthwise_conv_2d,
    .absorb_pad = absorb_pad,
    .macs = count_macs,
    .bounds = bounds_depthwise,
    .sums = sums_depthwise,
    .channels = map_channels,
    .drop_channels = drop_channels,
    .settle_channels = settle_channels,
};
