/* FULLY_CONNECTED: a matrix product over the input's last values, bias and a
 * fused activation.  The filter may be computed at run time; the bias not. */
#include "mf_fully_connected.h"

#include <stdlib.h>

#include "op/op.h"
#include "op/quantize.h"

struct attributes {
    ptrdiff_t keep_num_dims;
    ptrdiff_t weights_format;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, keep_num_dims), FIELD_END};

/* FullyConnectedOptions: fused_activation_function, weights_format,
 * keep_num_dims, asymmetric_quantize_inputs (hybrid models only). */
static bool read_fully_connected(struct context *context,
                                 const struct fb_table *options,
                                 struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    attributes->weights_format = fb_i8(options, 1, 0);
    attributes->keep_num_dims = fb_bool(options, 2, false);
    return true;
}

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0], *filter = node->input[1];
    const struct tensor *bias = op_input(node, 2), *output = node->output[0];
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
    if (bias && shape_count(&bias->shape) != units) {
        return node_fail(context, node,
                         "bias shape is %s, it must have %d values, as the "
                         "filter %s has outputs",
                         shape_text(&bias->shape, text), (int)units,
                         shape_text(&filter->shape, other));
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
    const struct tensor *input = node->input[0], *filter = node->input[1];
    const struct tensor *bias = op_input(node, 2), *output = node->output[0];
    uint32_t s8 = TYPE_BIT(DTYPE_INT8), s32 = TYPE_BIT(DTYPE_INT32);
    if (!op_type(context, node, input, "input", s8) ||
        !op_type(context, node, filter, "filter", s8) ||
        !op_type(context, node, output, "output", s8) ||
        (bias && (!op_type(context, node, bias, "bias", s32) ||
                  !op_constant(context, node, bias, "bias"))) ||
        !op_rank(context, node, filter, "filter", 2, 2) ||
        !op_activation(context, node)) {
        return false;
    }
    if (attributes->weights_format != 0) {
        return node_fail(context, node,
                         "weights format is %d, allowed: DEFAULT (0)",
                         (int)attributes->weights_format);
    }
    bool per_channel = filter->quantization.count > 1;
    return op_per_tensor(context, node, input, "input") &&
           op_per_tensor(context, node, output, "output") &&
           (per_channel ? op_per_channel(context, node, filter, "filter", 0,
                                         filter->shape.dim[0])
                        : op_per_tensor(context, node, filter, "filter")) &&
           infer_shape(context, node);
}

static const struct field param_fields[] = {
    FIELD(mf_fully_connected, INDEX, batches),
    FIELD(mf_fully_connected, INDEX, inputs),
    FIELD(mf_fully_connected, INDEX, outputs),
    FIELD(mf_fully_connected, INDEX, per_channel),
    FIELD(mf_fully_connected, INT32, input_zero_point),
    FIELD(mf_fully_connected, INT32, filter_zero_point),
    FIELD(mf_fully_connected, INT32, output_zero_point),
    FIELD(mf_fully_connected, INT32, activation_min),
    FIELD(mf_fully_connected, INT32, activation_max),
    FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_fully_connected_s8(params, operand[0], operand[1], operand[2],
                          operand[3], operand[4], operand[5]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_fully_connected_s8",
    .header = "mf_fully_connected.h",
    .params = "mf_fully_connected",
    .params_size = sizeof(mf_fully_connected),
    .fields = param_fields,
    .run = run_s8,
};

/* The biases that the kernel starts from.  Where the filter is constant the
 * input's zero point is folded in: sum((x - z) * w) = sum(x * w) - z * sum(w).
 * Holds that no accumulator overflows on the way. */
static const int32_t *fold_bias(struct lowering *lowering,
                                const struct channel_scaling *scaling,
                                int32_t input_zero_point) {
    const struct node *node = lowering->node;
    const struct tensor *filter = node->input[1], *bias = op_input(node, 2);
    const int8_t *weight = filter->data;
    int32_t units = filter->shape.dim[0], depth = filter->shape.dim[1];
    int32_t filter_zero_point = filter->quantization.zero_point[0];

    int32_t *folded = CONTEXT_NEW(lowering->context, int32_t, (size_t)units);
    if (!folded) {
        return NULL;
    }
    for (int32_t o = 0; o < units; o++) {
        int64_t sum = 0, magnitude = 0;
        for (int32_t i = 0; weight && i < depth; i++) {
            int32_t w = weight[(int64_t)o * depth + i] - filter_zero_point;
            sum += w;
            magnitude += 128 * (int64_t)labs(w);
        }
        if (!weight) { /* |x - z| and |w - z| are at most 255 */
            magnitude = INT64_C(255) * 255 * depth;
        }
        int64_t value =
            (bias ? tensor_int(bias, o) : 0) - input_zero_point * sum;
        magnitude += value < 0 ? -value : value;
        if (!accumulator_fits(lowering->context, node, scaling, o, magnitude)) {
            return NULL;
        }
        folded[o] = (int32_t)value;
    }
    return folded;
}

static uint64_t count_macs(const struct node *node) {
    return (uint64_t)shape_count(&node->output[0]->shape) *
           (uint64_t)node->input[1]->shape.dim[1];
}

static bool lower_fully_connected(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *filter = node->input[1];
    struct tensor *output = node->output[0];
    int32_t input_zero_point = input->quantization.zero_point[0];

    struct channel_scaling scaling;
    if (!channel_scaling_make(lowering->context, input, filter, output,
                              filter->quantization.count == 1, &scaling)) {
        return false;
    }
    const int32_t *bias = fold_bias(lowering, &scaling, input_zero_point);
    struct call *call = lower_call(lowering, &kernel_s8);
    if (!bias || !call) {
        return false;
    }
    mf_fully_connected *p = call->params;
    p->inputs = filter->shape.dim[1];
    p->outputs = filter->shape.dim[0];
    p->batches = (ptrdiff_t)(shape_count(&input->shape) / p->inputs);
    p->per_channel = scaling.count > 1;
    p->input_zero_point = filter->data ? 0 : input_zero_point;
    p->filter_zero_point = filter->quantization.zero_point[0];
    p->output_zero_point = output->quantization.zero_point[0];
    activation_range(node, &p->activation_min, &p->activation_max);

    call_input(call, "input", input);
    call_input(call, "filter", filter);
    call_table(call, "bias", DTYPE_INT32, bias, (size_t)p->outputs);
    call_table(call, "multiplier", DTYPE_INT32, scaling.multiplier,
               (size_t)scaling.count);
    call_table(call, "shift", DTYPE_INT8, scaling.shift, (size_t)scaling.count);
    call_output(call, output);
    return true;
}

const struct op_def op_fully_connected = {
    .name = "FULLY_CONNECTED",
    .tflite_code = 9,
    .options_type = 8,
    .inputs = {2, 3},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .fuses_activation = true,
    .read = read_fully_connected,
    .infer = infer_fully_connected,
    .lower = lower_fully_connected,
    .macs = count_macs,
};
