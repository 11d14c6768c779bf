/* FULLY_CONNECTED: a matrix product over the input's last values, bias and a
 * fused activation.  The filter may be computed at run time; the bias not. */
#include "mf_fully_connected.h"
#include "mf_fully_connected_tile.h"

#include "op/channels.h"
#include "op/family.h"
#include "op/filter.h"
#include "op/op.h"
#include "op/quantize.h"
#include "op/value_range.h"

struct attributes {
    ptrdiff_t keep_num_dims;
    ptrdiff_t weights_format;
    ptrdiff_t quantized_bias_type; /* what a missing bias would have been */
    /* The filter is quantised per channel though it has one output: a pass
     * dropped the others. */
    ptrdiff_t keeps_per_channel;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, keep_num_dims), FIELD_END};

/* FullyConnectedOptions: fused_activation_function, weights_format,
 * keep_num_dims, asymmetric_quantize_inputs (hybrid models only),
 * quantized_bias_type. */
static bool read_fully_connected(struct context *context,
                                 const struct fb_table *options,
                                 struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    attributes->weights_format = fb_i8(options, 1, 0);
    attributes->keep_num_dims = fb_bool(options, 2, false);
    attributes->quantized_bias_type = fb_i8(options, 4, 0);
    return true;
}

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0], *filter = node->input[1];
    const struct tensor *output = node->output[0];
    int32_t units = filter->shape.dim[0], depth = filter->shape.dim[1];
    int64_t count = shape_count(&input->shape);
    char text[SHAPE_TEXT], other[SHAPE_TEXT];
    if (count % depth != 0) {
        return node_fail(context, node,
                         "input shape is %s, its %lld values must be a "
                         "multiple of the filter's %d (shape %s)",
                         shape_text(&input->shape, text), (long long)count,
                         (int)depth, shape_text(&filter->shape, other));
    }
    if (!channels_bias_shape(context, node, units)) {
        return false;
    }
    /* Converters declare the leading dimensions merged or kept, whatever
     * keep_num_dims says: the reference looks at the count alone. */
    const struct shape *shape = &output->shape;
    if (shape->rank < 1 || shape->dim[shape->rank - 1] != units ||
        shape_count(shape) != count / depth * units) {
        return node_fail(context, node,
                         "output shape is %s, it must hold %lld batches of %d",
                         shape_text(shape, text), (long long)(count / depth),
                         (int)units);
    }
    return true;
}

static bool infer_fully_connected(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *filter = node->input[1];
    uint32_t s16_bias = TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64);
    bool ok = channels_types(context, node, s16_bias);
    ok = op_rank(context, node, filter, "filter", 2, 2) && ok;
    ok = op_activation(context, node) && ok;
    if (attributes->weights_format != 0) {
        ok = node_fail(context, node,
                       "weights format is %d, allowed: DEFAULT (0)",
                       (int)attributes->weights_format);
    }
    if (!ok) {
        return false;
    }
    ok = channels_quantization(context, node);
    if (filter->type != DTYPE_FLOAT32) {
        ok = (filter->quantization.count > 1
                  ? op_per_channel(context, node, filter, "filter", 0,
                                   filter->shape.dim[0])
                  : op_per_tensor(context, node, filter, "filter")) &&
             ok;
    }
    return infer_shape(context, node) && ok;
}

/* Per tensor the reference multiplies scales in float32. */
static bool make_scaling(struct context *context, const struct node *node,
                         struct channel_scaling *scaling) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *filter = node->input[1];
    bool per_tensor =
        filter->quantization.count == 1 && !attributes->keeps_per_channel;
    return channel_scaling_make(context, node->input[0], filter,
                                node->output[0], per_tensor, scaling);
}

/* --- channels --- */

/* The input's channels follow each other several times in a batch, each time
 * as a tap: its inner dimensions may be part of the product. */
static bool has_whole_channels(const struct node *node) {
    return node->input[1]->data &&
           node->input[1]->shape.dim[1] % channel_count(node->input[0]) == 0;
}

static bool make_filter(struct context *context, const struct node *node,
                        struct filter *filter) {
    const struct tensor *weights = node->input[1];
    int32_t depth = channel_count(node->input[0]);
    *filter = (struct filter){.node = node,
                              .outputs = weights->shape.dim[0],
                              .groups = 1,
                              .depth = depth,
                              .taps = weights->shape.dim[1] / depth};
    return make_scaling(context, node, &filter->scaling);
}

static bool bounds_fully_connected(struct context *context,
                                   const struct node *node,
                                   const struct value_range *const input[],
                                   struct value_range *output) {
    struct filter filter;
    return !has_whole_channels(node) || !input[0] ||
           (make_filter(context, node, &filter) &&
            filter_bounds(context, &filter, input[0], output));
}

static bool sums_fully_connected(struct context *context,
                                 const struct node *node,
                                 const struct value_range *const input[],
                                 int64_t *least, int64_t *most) {
    struct filter filter;
    if (!has_whole_channels(node) || !input[0]) {
        return true;
    }
    if (!make_filter(context, node, &filter)) {
        return false;
    }
    filter_sums(&filter, input[0], least, most);
    return true;
}

static struct channel_map map_channels(const struct node *node, int i) {
    return (struct channel_map){.kind = i == 0 && has_whole_channels(node)
                                            ? CHANNELS_MIXED
                                            : CHANNELS_FIXED};
}

static bool unneeded_fully_connected(struct context *context,
                                     const struct node *node,
                                     const struct value_range *input,
                                     bool *unneeded) {
    struct filter filter;
    if (!make_filter(context, node, &filter)) {
        return false;
    }
    filter_unneeded(&filter, input, unneeded);
    return true;
}

static bool drop_channels(const struct channel_drop *drop) {
    struct attributes *attributes = drop->node->attributes;
    struct filter filter;
    if (!make_filter(drop->context, drop->node, &filter)) {
        return false;
    }
    if (filter.scaling.count > 1) {
        attributes->keeps_per_channel = 1;
    }
    return filter_drop_channels(drop, &filter);
}

static bool settle_channels(struct context *context, struct graph *graph,
                            struct node *node,
                            const struct value_range *output) {
    struct filter filter;
    if (!has_whole_channels(node)) {
        return true;
    }
    return make_filter(context, node, &filter) &&
           filter_settle_channels(context, graph, node, &filter, output);
}

/* --- lowering --- */

static const struct field param_fields[] = {
    FIELD(mf_fully_connected, INDEX, batches),
    FIELD(mf_fully_connected, INDEX, inputs),
    FIELD(mf_fully_connected, INDEX, outputs),
    FIELD(mf_fully_connected, INDEX, per_channel),
    FIELD(mf_fully_connected, INDEX, computed_filter),
    FIELD(mf_fully_connected, INT32, input_zero_point),
    FIELD(mf_fully_connected, INT32, filter_zero_point),
    FIELD(mf_fully_connected, INT32, output_zero_point),
    FIELD(mf_fully_connected, INT32, activation_min),
    FIELD(mf_fully_connected, INT32, activation_max),
    FIELD_END};

static const struct field float_fields[] = {
    FIELD(mf_fully_connected_float, INDEX, batches),
    FIELD(mf_fully_connected_float, INDEX, inputs),
    FIELD(mf_fully_connected_float, INDEX, outputs),
    FIELD(mf_fully_connected_float, INDEX, computed_filter),
    FIELD(mf_fully_connected_float, INDEX, per_channel),
    FIELD(mf_fully_connected_float, FLOAT, activation_min),
    FIELD(mf_fully_connected_float, FLOAT, activation_max),
    FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_fully_connected_s8(params, operand[0], operand[1], operand[2],
                          operand[3], operand[4], operand[5]);
}

static void run_s4(const void *params, void *const operand[]) {
    mf_fully_connected_s4(params, operand[0], operand[1], operand[2],
                          operand[3], operand[4], operand[5]);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_fully_connected_s16(params, operand[0], operand[1], operand[2],
                           operand[3], operand[4], operand[5]);
}

static void run_s16_b64(const void *params, void *const operand[]) {
    mf_fully_connected_s16_b64(params, operand[0], operand[1], operand[2],
                               operand[3], operand[4], operand[5]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_fully_connected_f32(params, operand[0], operand[1], operand[2],
                           operand[3]);
}

static void run_f32_s8(const void *params, void *const operand[]) {
    mf_fully_connected_f32_s8(params, operand[0], operand[1], operand[2],
                              operand[3], operand[4]);
}

static void run_f32_s4(const void *params, void *const operand[]) {
    mf_fully_connected_f32_s4(params, operand[0], operand[1], operand[2],
                              operand[3], operand[4]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_fully_connected_s8",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected",
    .params_size = sizeof(mf_fully_connected),
    .fields = param_fields,
    .run = run_s8,
};

static const struct kernel kernel_s4 = {
    .name = "mf_fully_connected_s4",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected",
    .params_size = sizeof(mf_fully_connected),
    .fields = param_fields,
    .run = run_s4,
};

static const struct kernel kernel_s16 = {
    .name = "mf_fully_connected_s16",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected",
    .params_size = sizeof(mf_fully_connected),
    .fields = param_fields,
    .run = run_s16,
};

static const struct kernel kernel_s16_b64 = {
    .name = "mf_fully_connected_s16_b64",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected",
    .params_size = sizeof(mf_fully_connected),
    .fields = param_fields,
    .run = run_s16_b64,
};

static const struct kernel kernel_f32 = {
    .name = "mf_fully_connected_f32",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected_float",
    .params_size = sizeof(mf_fully_connected_float),
    .fields = float_fields,
    .run = run_f32,
};

static const struct kernel kernel_f32_s8 = {
    .name = "mf_fully_connected_f32_s8",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected_float",
    .params_size = sizeof(mf_fully_connected_float),
    .fields = float_fields,
    .run = run_f32_s8,
};

static const struct kernel kernel_f32_s4 = {
    .name = "mf_fully_connected_f32_s4",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected_float",
    .params_size = sizeof(mf_fully_connected_float),
    .fields = float_fields,
    .run = run_f32_s4,
};

static const struct float_kernels float_kernels = {&kernel_f32, &kernel_f32_s8,
                                                   &kernel_f32_s4};

static const struct field tile_fields[] = {
    FIELD(mf_fully_connected_tile, INDEX, columns),
    FIELD(mf_fully_connected_tile, INDEX, channels),
    FIELD(mf_fully_connected_tile, INDEX, outputs),
    FIELD(mf_fully_connected_tile, INDEX, position),
    FIELD(mf_fully_connected_tile, INDEX, pixels),
    FIELD(mf_fully_connected_tile, INDEX, per_channel),
    FIELD(mf_fully_connected_tile, INT32, output_zero_point),
    FIELD(mf_fully_connected_tile, INT32, activation_min),
    FIELD(mf_fully_connected_tile, INT32, activation_max),
    FIELD_END};

static void run_tile_s8(const void *params, void *const operand[]) {
    mf_fully_connected_tile_s8(params, operand[0], operand[1], operand[2],
                               operand[3], operand[4], operand[5], operand[6]);
}

static const struct kernel kernel_tile_s8 = {
    .name = "mf_fully_connected_tile_s8",
    .header = "mf_fully_connected_tile.h",
    .params = "mf_fully_connected_tile",
    .params_size = sizeof(mf_fully_connected_tile),
    .fields = tile_fields,
    .run = run_tile_s8,
};

static uint64_t count_macs(const struct node *node) {
    return (uint64_t)shape_count(&node->output[0]->shape) *
           (uint64_t)node->input[1]->shape.dim[1];
}

static ptrdiff_t count_batches(const struct node *node) {
    return (ptrdiff_t)(shape_count(&node->input[0]->shape) /
                       node->input[1]->shape.dim[1]);
}

static bool lower_float(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct call *call = channels_call_f32(lowering, &float_kernels);
    if (!call) {
        return false;
    }
    mf_fully_connected_float *p = call->params;
    p->inputs = node->input[1]->shape.dim[1];
    p->outputs = node->input[1]->shape.dim[0];
    p->batches = count_batches(node);
    p->computed_filter = node->input[1]->data == NULL;
    p->per_channel = node->input[1]->quantization.count > 1;
    activation_range_float(node, &p->activation_min, &p->activation_max);
    return true;
}

static struct channel_weights filter_weights(const struct tensor *filter) {
    return (struct channel_weights){.data = filter->data,
                                    .zero_point =
                                        filter->quantization.zero_point[0],
                                    .channels = filter->shape.dim[0],
                                    .count = filter->shape.dim[1],
                                    .channel_step = filter->shape.dim[1],
                                    .step = 1};
}

/* Accumulators of 16-bit data are as wide as the bias is or would have been. */
static const struct kernel *choose_kernel(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *bias = op_input(node, 2);
    if (node->input[0]->type == DTYPE_INT8) {
        return channels_are_s4(node) ? &kernel_s4 : &kernel_s8;
    }
    ptrdiff_t bias_type =
        bias ? (ptrdiff_t)bias->type : attributes->quantized_bias_type;
    return bias_type == DTYPE_INT32 ? &kernel_s16 : &kernel_s16_b64;
}

/* The product with an image whose pixels come one after the other. */
static bool tiling_fully_connected(const struct node *node,
                                   struct tiling *tiling) {
    const struct tensor *input = node->input[0], *filter = node->input[1];
    *tiling =
        (struct tiling){.extent = {1, 1}, .stride = {1, 1}, .is_sum = true};
    return input->type == DTYPE_INT8 && input->shape.rank == 4 &&
           filter->type == DTYPE_INT8 && filter->data &&
           !channels_are_s4(node) && filter->quantization.zero_point[0] == 0 &&
           count_batches(node) == 1;
}

static bool lower_tile(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct tensor *filter = node->input[1];
    const int32_t *image = node->tile_of->input[0]->shape.dim;
    struct call *call = lower_call(lowering, &kernel_tile_s8);
    struct channel_scaling scaling;
    if (!call || !make_scaling(lowering->context, node->tile_of, &scaling)) {
        return false;
    }
    mf_fully_connected_tile *p = call->params;
    p->columns = node->input[0]->shape.dim[1] * node->input[0]->shape.dim[2];
    p->channels = node->input[0]->shape.dim[3];
    p->pixels = image[1] * image[2];
    p->outputs = filter->shape.dim[0];
    p->per_channel = scaling.count > 1;
    p->output_zero_point = node->output[0]->quantization.zero_point[0];
    activation_range(node, &p->activation_min, &p->activation_max);
    call_input(call, "input", node->input[0]);
    call_input(call, "filter", node->input[1]);
    call_loaded(call);
    const struct channel_weights channels = filter_weights(filter);
    bool ok = channels_operands_s8(lowering, call, &channels, &scaling);
    call_scratch(call, DTYPE_INT32);
    call_output(call, node->output[0]);
    return ok;
}

static void memory_fully_connected(const struct node *node,
                                   struct op_memory *memory) {
    const struct tensor *filter = node->input[1];
    if (node->is_tile) {
        memory->scratch = (size_t)filter->shape.dim[0] * sizeof(int32_t);
    } else if (node->input[0]->type == DTYPE_INT8 && filter->data &&
               !channels_are_s4(node)) {
        memory->scratch = family_fully_connected_scratch(
            memory->target, count_batches(node), filter->shape.dim[1]);
    }
}

static bool lower_fully_connected(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *filter = node->input[1];
    struct tensor *output = node->output[0];
    if (node->is_tile) {
        return lower_tile(lowering);
    }
    if (input->type == DTYPE_FLOAT32) {
        return lower_float(lowering);
    }
    const struct kernel *kernel = choose_kernel(node);
    struct call *call = lower_call(lowering, kernel);
    struct channel_scaling scaling;
    if (!call || !make_scaling(lowering->context, node, &scaling)) {
        return false;
    }
    mf_fully_connected *p = call->params;
    p->inputs = filter->shape.dim[1];
    p->outputs = filter->shape.dim[0];
    p->batches = count_batches(node);
    p->per_channel = scaling.count > 1;
    p->computed_filter = filter->data == NULL;
    p->input_zero_point = filter->data ? 0 : input->quantization.zero_point[0];
    p->filter_zero_point = filter->quantization.zero_point[0];
    p->output_zero_point = output->quantization.zero_point[0];
    activation_range(node, &p->activation_min, &p->activation_max);

    const struct channel_weights channels = filter_weights(filter);
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
    return ok &&
           (kernel != &kernel_s8 || family_fully_connected(lowering, call));
}

const struct op_def op_fully_connected = {
    .name = "FULLY_CONNECTED",
    .tflite_code = 9,
    .options_type = 8,
    .shifts_uint8 = true,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes =
        "per tensor or per channel; the filter may be computed at run time; "
        "weights of 8 or 4 bits, beside floats too",
    .inputs = {2, 3},
    .outputs = {1, 1},
    .dequantized_inputs = 1 << 1,
    .takes_hybrid = true,
    .flat_inputs = 1 << 0,
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .fuses_activation = true,
    .read = read_fully_connected,
    .infer = infer_fully_connected,
    .memory = memory_fully_connected,
    .tiling = tiling_fully_connected,
    .lower = lower_fully_connected,
    .macs = count_macs,
    .bounds = bounds_fully_connected,
    .sums = sums_fully_connected,
    .channels = map_channels,
    .unneeded = unneeded_fully_connected,
    .drop_channels = drop_channels,
    .settle_channels = settle_channels,
};
