/* LEAKY_RELU: values below zero are multiplied by alpha, which may be any
 * number, also negative. */
#include <math.h>

#include "mf_leaky_relu.h"
#include "op/op.h"
#include "op/quantize.h"
#include "op/table.h"
#include "op/value_range.h"

struct attributes {
    float alpha;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, FLOAT, alpha), FIELD_END};

/* LeakyReluOptions: alpha. */
static bool read_leaky_relu(struct context *context,
                            const struct fb_table *options, struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->alpha = fb_f32(options, 0, 0);
    return true;
}

/* The factors of values from zero on and below zero, in float32 as the
 * reference computes them. */
static float factor(const struct node *node) {
    return node->input[0]->quantization.scale[0] /
           node->output[0]->quantization.scale[0];
}

static float alpha_factor(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    return node->input[0]->quantization.scale[0] * attributes->alpha /
           node->output[0]->quantization.scale[0];
}

static struct fixed_point signed_fixed_point(float real) {
    struct fixed_point scale = fixed_point_from(fabs((double)real));
    scale.multiplier = real < 0 ? -scale.multiplier : scale.multiplier;
    return scale;
}

static bool infer_leaky_relu(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    if (!unary_infer(context, node, node->op->types)) {
        return false;
    }
    if (!isfinite(attributes->alpha)) {
        return node_fail(context, node, "alpha is %g, it must be finite",
                         (double)attributes->alpha);
    }
    enum dtype type = node->input[0]->type;
    if (type == DTYPE_FLOAT32) {
        return true;
    }
    if (!isfinite(factor(node)) || !isfinite(alpha_factor(node))) {
        return node_fail(context, node,
                         "input scale %g times alpha %g over output scale %g "
                         "does not fit 32 bits",
                         (double)node->input[0]->quantization.scale[0],
                         (double)attributes->alpha,
                         (double)node->output[0]->quantization.scale[0]);
    }
    const char *what = "the input less its zero point";
    int64_t magnitude = type == DTYPE_INT8 ? UINT8_MAX : UINT16_MAX;
    return fixed_point_fits(context, node, signed_fixed_point(factor(node)),
                            magnitude, what) &&
           fixed_point_fits(context, node,
                            signed_fixed_point(alpha_factor(node)), magnitude,
                            what);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_leaky_relu_s16(params, operand[0], operand[1]);
}

static const struct field fields_s16[] = {
    FIELD(mf_leaky_relu, INDEX, size),
    FIELD(mf_leaky_relu, INT32, input_zero_point),
    FIELD(mf_leaky_relu, INT32, output_zero_point),
    FIELD(mf_leaky_relu, INT32, multiplier),
    FIELD(mf_leaky_relu, INT32, shift),
    FIELD(mf_leaky_relu, INT32, alpha_multiplier),
    FIELD(mf_leaky_relu, INT32, alpha_shift),
    FIELD_END};

static const struct kernel kernel_s16 = {
    .name = "mf_leaky_relu_s16",
    .header = "mf_leaky_relu.h",
    .params = "mf_leaky_relu",
    .params_size = sizeof(mf_leaky_relu),
    .fields = fields_s16,
    .run = run_s16,
};

static void run_f32(const void *params, void *const operand[]) {
    mf_leaky_relu_f32(params, operand[0], operand[1]);
}

static const struct field fields_f32[] = {
    FIELD(mf_leaky_relu_float, INDEX, size),
    FIELD(mf_leaky_relu_float, FLOAT, alpha), FIELD_END};

static const struct kernel kernel_f32 = {
    .name = "mf_leaky_relu_f32",
    .header = "mf_leaky_relu.h",
    .params = "mf_leaky_relu_float",
    .params_size = sizeof(mf_leaky_relu_float),
    .fields = fields_f32,
    .run = run_f32,
};

static mf_leaky_relu make_params(const struct node *node) {
    struct fixed_point scale = signed_fixed_point(factor(node));
    struct fixed_point alpha = signed_fixed_point(alpha_factor(node));
    return (mf_leaky_relu){
        .size = (ptrdiff_t)shape_count(&node->output[0]->shape),
        .input_zero_point = node->input[0]->quantization.zero_point[0],
        .output_zero_point = node->output[0]->quantization.zero_point[0],
        .multiplier = scale.multiplier,
        .shift = scale.shift,
        .alpha_multiplier = alpha.multiplier,
        .alpha_shift = alpha.shift};
}

static int32_t value_s8(const void *how, int32_t q) {
    return mf_leaky_relu_value(how, q);
}

static bool lower_leaky_relu(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    if (node->input[0]->type == DTYPE_INT8) {
        mf_leaky_relu params = make_params(node);
        return table_lower(lowering, value_s8, &params);
    }
    bool is_float = node->input[0]->type == DTYPE_FLOAT32;
    struct call *call =
        unary_call(lowering, is_float ? &kernel_f32 : &kernel_s16);
    if (!call) {
        return false;
    }
    if (is_float) {
        mf_leaky_relu_float *p = call->params;
        p->size = (ptrdiff_t)shape_count(&node->output[0]->shape);
        p->alpha = attributes->alpha;
    } else {
        *(mf_leaky_relu *)call->params = make_params(node);
    }
    return true;
}

const struct op_def op_leaky_relu = {
    .name = "LEAKY_RELU",
    .tflite_code = 98,
    .options_type = 75,
    .shifts_uint8 = true,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_leaky_relu,
    .infer = infer_leaky_relu,
    .memory = unary_memory,
    .tiling = pointwise_tiling,
    .lower = lower_leaky_relu,
    .bounds = unary_bounds,
    .channels = same_channels,
};
