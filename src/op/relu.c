/* RELU, RELU6, RELU_N1_TO_1, RELU_0_TO_1: values are clamped.
 *
 * Integers are requantised, then clamped.  The reference takes that RELU6's
 * output is quantised as its input is; where that is so, the two agree. */
#include "mf_relu.h"

#include "op/quantize.h"
#include "op/table.h"
#include "op/value_range.h"

/* From the input's units to the output's. */
static struct fixed_point requantization(const struct node *node) {
    return fixed_point_from((double)node->input[0]->quantization.scale[0] /
                            (double)node->output[0]->quantization.scale[0]);
}

/* RELU_0_TO_1 is none of the activations that can be fused. */
static void real_bounds(const struct node *node, float *min, float *max) {
    struct node fused = *node;
    fused.activation = node->op->is_activation;
    activation_range_float(&fused, min, max);
    if (node->op->is_activation == ACTIVATION_NONE) {
        *min = 0;
        *max = 1;
    }
}

static void bounds(const struct node *node, int32_t *min, int32_t *max) {
    float low, high;
    real_bounds(node, &low, &high);
    stored_range(node->output[0], low, high, min, max);
}

static bool infer_relu(struct context *context, struct node *node) {
    if (!unary_infer(context, node, node->op->types)) {
        return false;
    }
    switch (node->input[0]->type) {
    case DTYPE_INT8:
        return fixed_point_fits(context, node, requantization(node), UINT8_MAX,
                                "the input less its zero point");
    case DTYPE_INT16:
        return op_zero_points(context, node) &&
               fixed_point_fits(context, node, requantization(node),
                                -(int64_t)INT16_MIN, "the input");
    default:
        return true;
    }
}

/* --- int8 --- */

struct relu_s8 {
    int32_t input_zero_point, output_zero_point;
    struct fixed_point scale;
    int32_t min, max;
};

static int32_t value_s8(const void *how, int32_t q) {
    const struct relu_s8 *relu = how;
    int32_t y = relu->output_zero_point + mf_scale(q - relu->input_zero_point,
                                                   relu->scale.multiplier,
                                                   relu->scale.shift);
    return mf_clamp(y, relu->min, relu->max);
}

static bool lower_s8(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct relu_s8 relu = {
        .input_zero_point = node->input[0]->quantization.zero_point[0],
        .output_zero_point = node->output[0]->quantization.zero_point[0],
        .scale = requantization(node)};
    bounds(node, &relu.min, &relu.max);
    return table_lower(lowering, value_s8, &relu);
}

/* --- int16 --- */

static void run_s16(const void *params, void *const operand[]) {
    mf_relu_s16(params, operand[0], operand[1]);
}

static const struct field fields_s16[] = {FIELD(mf_relu, INDEX, size),
                                          FIELD(mf_relu, INT32, multiplier),
                                          FIELD(mf_relu, INT32, shift),
                                          FIELD(mf_relu, INT32, activation_min),
                                          FIELD(mf_relu, INT32, activation_max),
                                          FIELD_END};

static const struct kernel kernel_s16 = {
    .name = "mf_relu_s16",
    .header = "mf_relu.h",
    .params = "mf_relu",
    .params_size = sizeof(mf_relu),
    .fields = fields_s16,
    .run = run_s16,
};

static bool lower_s16(struct lowering *lowering) {
    struct call *call = unary_call(lowering, &kernel_s16);
    if (!call) {
        return false;
    }
    mf_relu *p = call->params;
    struct fixed_point scale = requantization(lowering->node);
    p->size = (ptrdiff_t)shape_count(&lowering->node->output[0]->shape);
    p->multiplier = scale.multiplier;
    p->shift = scale.shift;
    bounds(lowering->node, &p->activation_min, &p->activation_max);
    return true;
}

/* --- float32 --- */

static void run_f32(const void *params, void *const operand[]) {
    mf_relu_f32(params, operand[0], operand[1]);
}

static const struct field fields_f32[] = {
    FIELD(mf_relu_float, INDEX, size),
    FIELD(mf_relu_float, FLOAT, activation_min),
    FIELD(mf_relu_float, FLOAT, activation_max), FIELD_END};

static const struct kernel kernel_f32 = {
    .name = "mf_relu_f32",
    .header = "mf_relu.h",
    .params = "mf_relu_float",
    .params_size = sizeof(mf_relu_float),
    .fields = fields_f32,
    .run = run_f32,
};

static bool lower_f32(struct lowering *lowering) {
    struct call *call = unary_call(lowering, &kernel_f32);
    if (!call) {
        return false;
    }
    mf_relu_float *p = call->params;
    p->size = (ptrdiff_t)shape_count(&lowering->node->output[0]->shape);
    real_bounds(lowering->node, &p->activation_min, &p->activation_max);
    return true;
}

static bool lower_relu(struct lowering *lowering) {
    switch (lowering->node->input[0]->type) {
    case DTYPE_INT8:
        return lower_s8(lowering);
    case DTYPE_INT16:
        return lower_s16(lowering);
    default:
        return lower_f32(lowering);
    }
}

#define RELU(op_name, spelled, code, activation)                               \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .shifts_uint8 = true,                                                  \
        .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) |                \
                 TYPE_BIT(DTYPE_FLOAT32),                                      \
        .inputs = {1, 1},                                                      \
        .outputs = {1, 1},                                                     \
        .is_activation = activation,                                           \
        .infer = infer_relu,                                                   \
        .memory = unary_memory,                                                \
        .tiling = pointwise_tiling,                                            \
        .lower = lower_relu,                                                   \
        .bounds = unary_bounds,                                                \
        .channels = same_channels,                                             \
    }

RELU(relu, "RELU", 19, ACTIVATION_RELU);
RELU(relu6, "RELU6", 21, ACTIVATION_RELU6);
RELU(relu_n1_to_1, "RELU_N1_TO_1", 20, ACTIVATION_RELU_N1_TO_1);
RELU(relu_0_to_1, "RELU_0_TO_1", 152, ACTIVATION_NONE);
