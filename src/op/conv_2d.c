/* CONV_2D, grouped too: the filter's input channels may divide the input's.
 * Filter and bias are constant. */
#include "mf_conv_2d.h"

#include <inttypes.h>

#include "op/channels.h"
#include "op/family.h"
#include "op/filter.h"
#include "op/op.h"
#include "op/window.h"

struct attributes {
    struct window window;
    ptrdiff_t quantized_bias_type; /* what a missing bias would have been */
};

static const struct field attribute_fields[] = {
    WINDOW_FIELDS(struct attributes), FIELD_END};

/* Conv2DOptions: padding, stride_w, stride_h, fused_activation_function,
 * dilation_w_factor, dilation_h_factor, quantized_bias_type. */
static bool read_conv_2d(struct context *context,
                         const struct fb_table *options, struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    struct window *window = &attributes->window;
    window->padding = fb_i8(options, 0, 0);
    window->stride[1] = fb_i32(options, 1, 0);
    window->stride[0] = fb_i32(options, 2, 0);
    node->activation = (enum activation)fb_i8(options, 3, 0);
    window->dilation[1] = fb_i32(options, 4, 1);
    window->dilation[0] = fb_i32(options, 5, 1);
    attributes->quantized_bias_type = fb_i8(options, 6, 0);
    return true;
}

static bool infer_groups(struct context *context, const struct node *node) {
    int32_t channels = node->input[0]->shape.dim[3];
    int32_t outputs = node->input[1]->shape.dim[0];
    int32_t depth = node->input[1]->shape.dim[3];
    if (channels % depth != 0) {
        return node_fail(context, node,
                         "input has %" PRId32 " channels, they must be a "
                         "multiple of the filter's %" PRId32,
                         channels, depth);
    }
    if (outputs % (channels / depth) != 0) {
        return node_fail(context, node,
                         "filter has %" PRId32 " outputs, they must be a "
                         "multiple of the %" PRId32 " groups that %" PRId32
                         " of the input's %" PRId32 " channels make",
                         outputs, channels / depth, depth, channels);
    }
    return true;
}

static bool infer_conv_2d(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct tensor *filter = node->input[1];
    uint32_t s16_bias = TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64);
    bool ok = channels_types(context, node, s16_bias);
    ok = op_constant(context, node, filter, "filter") && ok;
    ok = op_rank(context, node, node->input[0], "input", 4, 4) && ok;
    ok = op_rank(context, node, filter, "filter", 4, 4) && ok;
    ok = op_activation(context, node) && ok;
    if (!ok) {
        return false;
    }
    int32_t outputs = filter->shape.dim[0];
    ok = channels_quantization(context, node) &&
         (filter->type == DTYPE_FLOAT32 ||
          channels_filter_quantization(context, node, 0, outputs));
    ok = channels_bias_shape(context, node, outputs) && ok;
    ok = infer_groups(context, node) && ok;
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
    const struct tensor *filter = node->input[1];
    return (uint64_t)shape_count(&node->output[0]->shape) *
           (uint64_t)(shape_count(&filter->shape) / filter->shape.dim[0]);
}

/* --- channels --- */

static bool make_filter(struct context *context, const struct node *node,
                        struct filter *filter) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *weights = node->input[1];
    const int32_t *dim = weights->shape.dim;
    *filter = (struct filter){
        .node = node,
        .outputs = dim[0],
        .groups = node->input[0]->shape.dim[3] / dim[3],
        .depth = dim[3],
        .taps = (int64_t)dim[1] * dim[2],
        .place = window_tap_places(context, node, &attributes->window)};
    return filter->place &&
           channel_scaling_make(context, node->input[0], weights,
                                node->output[0], node->was_uint8,
                                &filter->scaling);
}

static bool bounds_conv_2d(struct context *context, const struct node *node,
                           const struct value_range *const input[],
                           struct value_range *output) {
    struct filter filter;
    return !input[0] || (make_filter(context, node, &filter) &&
                         filter_bounds(context, &filter, input[0], output));
}

static bool sums_conv_2d(struct context *context, const struct node *node,
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

static struct channel_map map_channels(const struct node *node, int i) {
    bool is_grouped =
        node->input[i]->shape.dim[3] != node->input[1]->shape.dim[3];
    return (struct channel_map){.kind = is_grouped ? CHANNELS_FIXED
                                                   : CHANNELS_MIXED};
}

static bool unneeded_conv_2d(struct context *context, const struct node *node,
                             const struct value_range *input, bool *unneeded) {
    struct filter filter;
    if (!make_filter(context, node, &filter)) {
        return false;
    }
    filter_unneeded(&filter, input, unneeded);
    return true;
}

static bool drop_channels(const struct channel_drop *drop) {
    struct filter filter;
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
    MF_WINDOW_FIELDS(mf_conv_2d),
    FIELD(mf_conv_2d, INDEX, filter_channels),
    FIELD(mf_conv_2d, INDEX, groups),
    FIELD(mf_conv_2d, INDEX, per_channel),
    FIELD(mf_conv_2d, INT32, input_zero_point),
    FIELD(mf_conv_2d, INT32, filter_zero_point),
    FIELD(mf_conv_2d, INT32, output_zero_point),
    FIELD(mf_conv_2d, INT32, activation_min),
    FIELD(mf_conv_2d, INT32, activation_max),
    FIELD_END};

static const struct field float_fields[] = {
    MF_WINDOW_FIELDS(mf_conv_2d_float),
    FIELD(mf_conv_2d_float, INDEX, filter_channels),
    FIELD(mf_conv_2d_float, INDEX, groups),
    FIELD(mf_conv_2d_float, INDEX, per_channel),
    FIELD(mf_conv_2d_float, FLOAT, activation_min),
    FIELD(mf_conv_2d_float, FLOAT, activation_max),
    FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_conv_2d_s8(params, operand[0], operand[1], operand[2], operand[3],
                  operand[4], operand[5]);
}

static void run_s8_zero(const void *params, void *const operand[]) {
    mf_conv_2d_s8_zero(params, operand[0], operand[1], operand[2], operand[3],
                       operand[4], operand[5]);
}

static void run_s4(const void *params, void *const operand[]) {
    mf_conv_2d_s4(params, operand[0], operand[1], operand[2], operand[3],
                  operand[4], operand[5]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_conv_2d_s16(params, operand[0], operand[1], operand[2], operand[3],
                   operand[4], operand[5]);
}

static void run_s16_b64(const void *params, void *const operand[]) {
    mf_conv_2d_s16_b64(params, operand[0], operand[1], operand[2], operand[3],
                       operand[4], operand[5]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_conv_2d_f32(params, operand[0], operand[1], operand[2], operand[3]);
}

static void run_f32_s8(const void *params, void *const operand[]) {
    mf_conv_2d_f32_s8(params, operand[0], operand[1], operand[2], operand[3],
                      operand[4]);
}

static void run_f32_s4(const void *params, void *const operand[]) {
    mf_conv_2d_f32_s4(params, operand[0], operand[1], operand[2], operand[3],
                      operand[4]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_conv_2d_s8",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d",
    .params_size = sizeof(mf_conv_2d),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s8_zero = {
    .name = "mf_conv_2d_s8_zero",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d",
    .params_size = sizeof(mf_conv_2d),
    .fields = param_fields,
    .run = run_s8_zero,
};

static const struct kernel kernel_s4 = {
    .name = "mf_conv_2d_s4",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d",
    .params_size = sizeof(mf_conv_2d),
    .fields = param_fields,
    .run = run_s4,
};

static const struct kernel kernel_s16 = {
    .name = "mf_conv_2d_s16",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d",
    .params_size = sizeof(mf_conv_2d),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_s16_b64 = {
    .name = "mf_conv_2d_s16_b64",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d",
    .params_size = sizeof(mf_conv_2d),
    .fields = param_fields,
    .run = run_s16_b64,
};

static const struct kernel kernel_f32 = {
    .name = "mf_conv_2d_f32",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d_float",
    .params_size = sizeof(mf_conv_2d_float),
    .fields = float_fields,
    .run = run_f32,
};

static const struct kernel kernel_f32_s8 = {
    .name = "mf_conv_2d_f32_s8",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d_float",
    .params_size = sizeof(mf_conv_2d_float),
    .fields = float_fields,
    .run = run_f32_s8,
};

static const struct kernel kernel_f32_s4 = {
    .name = "mf_conv_2d_f32_s4",
    .header = "mf_conv_2d.h",
    .params = "mf_conv_2d_float",
    .params_size = sizeof(mf_conv_2d_float),
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
    mf_conv_2d_float *p = call->params;
    p->window = window_params(node, &attributes->window);
    p->filter_channels = node->input[1]->shape.dim[3];
    p->groups = p->window.input_channels / p->filter_channels;
    p->per_channel = node->input[1]->quantization.count > 1;
    activation_range_float(node, &p->activation_min, &p->activation_max);
    return true;
}

/* Accumulators of 16-bit data are as wide as the bias is or would have been. */
static const struct kernel *choose_kernel(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *bias = op_input(node, 2);
    if (node->input[0]->type == DTYPE_INT8) {
        return channels_are_s4(node)   ? &kernel_s4
               : channels_are_s8(node) ? &kernel_s8
                                       : &kernel_s8_zero;
    }
    ptrdiff_t bias_type =
        bias ? (ptrdiff_t)bias->type : attributes->quantized_bias_type;
    return bias_type == DTYPE_INT32 ? &kernel_s16 : &kernel_s16_b64;
}

/* Any tile may be the last of its row.  Where only that one reaches padding,
 * the nominal padding, which each tile has its own in the place of, is there
 * too: kernels that apply without padding are chosen by it. */
static mf_window conv_window(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct window *window = &attributes->window;
    mf_window params = window_params(node, window);
    int64_t end = (int64_t)(params.output_width - 1) * params.stride_x +
                  (int64_t)(params.filter_width - 1) * params.dilation_x + 1;
    if (node->is_tile && window->pad_before[1] == 0 &&
        window->pad_after[1] > 0 && end <= params.input_width) {
        params.pad_left = (ptrdiff_t)window->pad_after[1];
    }
    return params;
}

static void memory_conv_2d(const struct node *node, struct op_memory *memory) {
    mf_window window = conv_window(node);
    if (channels_are_s8(node) &&
        node->input[1]->shape.dim[3] == window.input_channels) {
        memory->scratch = family_conv_2d_scratch(memory->target, &window);
        memory->in_place = family_conv_2d_in_place(memory->target, &window);
        memory->columns = family_conv_2d_columns(memory->target);
        memory->reads_first =
            family_conv_2d_reads_first(memory->target, &window);
    }
}

static bool tiling_conv_2d(const struct node *node, struct tiling *tiling) {
    const struct attributes *attributes = node->attributes;
    return window_tiling(node, &attributes->window, tiling);
}

static bool lower_conv_2d(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    struct tensor *input = node->input[0], *filter = node->input[1];
    struct tensor *output = node->output[0];
    if (input->type == DTYPE_FLOAT32) {
        return lower_float(lowering);
    }
    const struct kernel *kernel = choose_kernel(node);
    struct call *call = lower_call(lowering, kernel);
    struct channel_scaling scaling;
    if (!call || !channel_scaling_make(lowering->context, input, filter, output,
                                       node->was_uint8, &scaling)) {
        return false;
    }
    int64_t weights = shape_count(&filter->shape) / filter->shape.dim[0];
    const struct channel_weights channels = {
        .data = filter->data,
        .channels = filter->shape.dim[0],
        .count = weights,
        .zero_point = filter->quantization.zero_point[0],
        .channel_step = weights,
        .step = 1};
    mf_conv_2d *p = call->params;
    p->window = conv_window(node);
    p->filter_channels = filter->shape.dim[3];
    p->groups = p->window.input_channels / p->filter_channels;
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
        input->type == DTYPE_INT8
            ? channels_operands_s8(lowering, call, &channels, &scaling)
        : kernel == &kernel_s16
            ? channels_operands_s16(lowering, call, &channels, &scaling)
            : channels_operands_s16_b64(lowering, call, &channels, &scaling);
    call_output(call, output);
    return ok && (kernel != &kernel_s8 || family_conv_2d(lowering, call));
}

const struct op_def op_conv_2d = {
    .name = "CONV_2D",
    .tflite_code = 3,
    .options_type = 1,
    .shifts_uint8 = true,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "grouped too; dilation; weights of 8 or 4 bits, beside floats "
             "too",
    .inputs = {2, 3},
    .outputs = {1, 1},
    .dequantized_inputs = 1 << 1,
    .takes_hybrid = true,
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .fuses_activation = true,
    .read = read_conv_2d,
    .infer = infer_conv_2d,
    .memory = memory_conv_2d,
    .tiling = tiling_conv_2d,
    .lower = lower_conv_2d,
    .absorb_pad = absorb_pad,
    .macs = count_macs,
    .bounds = bounds_conv_2d,
    .sums = sums_conv_2d,
    .channels = map_channels,
    .unneeded = unneeded_conv_2d,
    .drop_channels = drop_channels,
    .settle_channels = settle_channels,
};
