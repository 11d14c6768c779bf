/* MUL: a * b, value by value, broadcast. */
#include "mf_mul.h"

#include <inttypes.h>

#include "op/broadcast.h"
#include "op/op.h"
#include "op/quantize.h"

/* MulOptions: fused_activation_function. */
static bool read_mul(struct context *context, const struct fb_table *options,
                     struct node *node) {
    (void)context;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    return true;
}

static struct fixed_point scaling(const struct node *node) {
    return fixed_point_from((double)node->input[0]->quantization.scale[0] *
                            (double)node->input[1]->quantization.scale[0] /
                            (double)node->output[0]->quantization.scale[0]);
}

/* Converters give the scale 0 to a tensor that holds nothing but zeros: the
 * product is zero as well. */
static bool check_input(struct context *context, const struct node *node,
                        int i) {
    const struct tensor *tensor = node->input[i];
    const struct quantization *q = &tensor->quantization;
    if (q->count == 1 && q->scale[0] == 0 &&
        q->zero_point[0] >= dtype_min(tensor->type) &&
        q->zero_point[0] <= dtype_max(tensor->type)) {
        return true;
    }
    return op_per_tensor(context, node, tensor, i == 0 ? "input 0" : "input 1");
}

static bool infer_mul(struct context *context, struct node *node) {
    if (!arithmetic_infer(context, node)) {
        return false;
    }
    enum dtype type = node->input[0]->type;
    if (type != DTYPE_INT8 && type != DTYPE_INT16) {
        return true;
    }
    bool ok = check_input(context, node, 0);
    if (!check_input(context, node, 1) || !ok ||
        !op_zero_points(context, node)) {
        return false;
    }
    int64_t magnitude = type == DTYPE_INT8 ? UINT8_MAX * UINT8_MAX
                                           : (int64_t)INT16_MIN * INT16_MIN;
    return fixed_point_fits(context, node, scaling(node), magnitude,
                            "the product");
}

static const struct field quantized_fields[] = {
    BROADCAST_FIELDS(mf_mul),
    FIELD(mf_mul, INT32, a_zero_point),
    FIELD(mf_mul, INT32, b_zero_point),
    FIELD(mf_mul, INT32, output_zero_point),
    FIELD(mf_mul, INT32, multiplier),
    FIELD(mf_mul, INT32, shift),
    FIELD(mf_mul, INT32, activation_min),
    FIELD(mf_mul, INT32, activation_max),
    FIELD_END};

BROADCAST_KERNEL(mul, s8, mf_mul, quantized_fields);
BROADCAST_KERNEL(mul, s16, mf_mul, quantized_fields);
BROADCAST_KERNEL(mul, s32, mf_broadcast_int, broadcast_fields_int);
BROADCAST_KERNEL(mul, s64, mf_broadcast_plain, broadcast_fields_plain);
BROADCAST_KERNEL(mul, f32, mf_broadcast_float, broadcast_fields_float);

static bool lower_quantized(struct lowering *lowering,
                            const struct kernel *kernel) {
    const struct node *node = lowering->node;
    struct fixed_point scale = scaling(node);
    mf_mul params = {.a_zero_point = node->input[0]->quantization.zero_point[0],
                     .b_zero_point = node->input[1]->quantization.zero_point[0],
                     .output_zero_point =
                         node->output[0]->quantization.zero_point[0],
                     .multiplier = scale.multiplier,
                     .shift = scale.shift};
    activation_range(node, &params.activation_min, &params.activation_max);
    return broadcast_lower(lowering, kernel, &params);
}

static bool lower_mul(struct lowering *lowering) {
    switch (lowering->node->input[0]->type) {
    case DTYPE_INT8:
        return lower_quantized(lowering, &kernel_s8);
    case DTYPE_INT16:
        return lower_quantized(lowering, &kernel_s16);
    case DTYPE_INT32:
        return broadcast_lower_int(lowering, &kernel_s32);
    case DTYPE_INT64:
        return broadcast_lower_plain(lowering, &kernel_s64);
    default:
        return broadcast_lower_float(lowering, &kernel_f32);
    }
}

const struct op_def op_mul = {
    .name = "MUL",
    .tflite_code = 18,
    .options_type = 21,
    .shifts_uint8 = true,
    .types = ARITHMETIC_TYPES,
    .notes = "broadcasting; int64 without activation",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .fuses_activation = true,
    .read = read_mul,
    .infer = infer_mul,
    .memory = broadcast_memory,
    .tiling = pointwise_tiling,
    .lower = lower_mul,
    .bounds = broadcast_bounds,
    .channels = broadcast_channels,
    .drop_channels = broadcast_drop_channels,
};
