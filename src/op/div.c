/* DIV: a / b, value by value, broadcast. */
#include "mf_div.h"

#include "op/broadcast.h"
#include "op/op.h"
#include "op/quantize.h"

/* DivOptions: fused_activation_function. */
static bool read_div(struct context *context, const struct fb_table *options,
                     struct node *node) {
    (void)context;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    return true;
}

/* Of quotients of stored values less their zero points; in float32, as the
 * reference divides. */
static float factor(const struct node *node) {
    return node->input[0]->quantization.scale[0] /
           (node->input[1]->quantization.scale[0] *
            node->output[0]->quantization.scale[0]);
}

static bool infer_div(struct context *context, struct node *node) {
    if (!arithmetic_infer(context, node)) {
        return false;
    }
    if (node->input[0]->type != DTYPE_INT8) {
        return true;
    }
    if (!op_per_tensor(context, node, node->input[0], "input 0") ||
        !op_per_tensor(context, node, node->input[1], "input 1")) {
        return false;
    }
    return factor(node) < 8388608.0f ||
           node_fail(context, node,
                     "input 0's scale over input 1's over the output's is %g, "
                     "it must be below 2^23",
                     (double)factor(node));
}

static const struct field quantized_fields[] = {
    BROADCAST_FIELDS(mf_div),
    FIELD(mf_div, INT32, a_zero_point),
    FIELD(mf_div, INT32, b_zero_point),
    FIELD(mf_div, INT32, output_zero_point),
    FIELD(mf_div, INT32, multiplier),
    FIELD(mf_div, INT32, shift),
    FIELD(mf_div, INT32, activation_min),
    FIELD(mf_div, INT32, activation_max),
    FIELD_END};

BROADCAST_KERNEL(div, s8, mf_div, quantized_fields);
BROADCAST_KERNEL(div, s32, mf_broadcast_int, broadcast_fields_int);
BROADCAST_KERNEL(div, f32, mf_broadcast_float, broadcast_fields_float);

static bool lower_s8(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct fixed_point scale = fixed_point_from((double)factor(node));
    mf_div params = {.a_zero_point = node->input[0]->quantization.zero_point[0],
                     .b_zero_point = node->input[1]->quantization.zero_point[0],
                     .output_zero_point =
                         node->output[0]->quantization.zero_point[0],
                     .multiplier = scale.multiplier,
                     .shift = scale.shift};
    activation_range(node, &params.activation_min, &params.activation_max);
    return broadcast_lower(lowering, &kernel_s8, &params);
}

static bool lower_div(struct lowering *lowering) {
    switch (lowering->node->input[0]->type) {
    case DTYPE_INT8:
        return lower_s8(lowering);
    case DTYPE_INT32:
        return broadcast_lower_int(lowering, &kernel_s32);
    default:
        return broadcast_lower_float(lowering, &kernel_f32);
    }
}

const struct op_def op_div = {
    .name = "DIV",
    .tflite_code = 42,
    .options_type = 29,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "broadcasting; x / 0 saturates on int8, is 0 on int32",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .fuses_activation = true,
    .read = read_div,
    .infer = infer_div,
    .memory = broadcast_memory,
    .lower = lower_div,
    .channels = broadcast_channels,
    .drop_channels = broadcast_drop_channels,
};
