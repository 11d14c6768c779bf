/* ABS: values below zero change their sign. */
#include "mf_abs.h"

#include "mf_unary.h"
#include "mf_unary_float.h"
#include "op/kernel_row.h"
#include "op/quantize.h"
#include "op/table.h"
#include "op/unary.h"
#include "op/value_range.h"

/* In float32, as the reference divides. */
static float factor(const struct node *node) {
    return node->input[0]->quantization.scale[0] /
           node->output[0]->quantization.scale[0];
}

static bool is_quantized(const struct node *node) {
    enum dtype type = node->input[0]->type;
    return type == DTYPE_INT8 ||
           (type == DTYPE_INT16 && node->input[0]->quantization.count > 0);
}

static bool infer_plain(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0], *output = node->output[0];
    return op_type(context, node, input, "input", node->op->types) &&
           op_same_type(context, node, output, "output", input, "input") &&
           op_output_shape(context, node, 0, &input->shape);
}

/* INT16 without a scale is plain numbers. */
static bool infer_abs(struct context *context, struct node *node) {
    if (!is_quantized(node)) {
        return infer_plain(context, node);
    }
    if (!unary_infer(context, node, node->op->types) ||
        !op_zero_points(context, node)) {
        return false;
    }
    int64_t magnitude =
        node->input[0]->type == DTYPE_INT8 ? UINT8_MAX : -(int64_t)INT16_MIN;
    return fixed_point_fits(context, node,
                            fixed_point_from((double)factor(node)), magnitude,
                            "the input less its zero point");
}

static mf_abs make_params(const struct node *node) {
    const struct quantization *in = &node->input[0]->quantization;
    const struct quantization *out = &node->output[0]->quantization;
    struct fixed_point scale = fixed_point_from((double)factor(node));
    return (mf_abs){.size = (ptrdiff_t)shape_count(&node->output[0]->shape),
                    .input_zero_point = in->zero_point[0],
                    .output_zero_point = out->zero_point[0],
                    .rescales = in->scale[0] != out->scale[0],
                    .multiplier = scale.multiplier,
                    .shift = scale.shift};
}

static int32_t value_s8(const void *how, int32_t q) {
    return mf_abs_value(how, q);
}

static void run_quantized_s16(const void *params, void *const operand[]) {
    mf_abs_quantized_s16(params, operand[0], operand[1]);
}

static const struct field fields_s16[] = {
    FIELD(mf_abs, INDEX, size),
    FIELD(mf_abs, INT32, input_zero_point),
    FIELD(mf_abs, INT32, output_zero_point),
    FIELD(mf_abs, INT32, rescales),
    FIELD(mf_abs, INT32, multiplier),
    FIELD(mf_abs, INT32, shift),
    FIELD_END};

static const struct kernel kernel_s16 = {
    .name = "mf_abs_quantized_s16",
    .header = "mf_abs.h",
    .params = "mf_abs",
    .params_size = sizeof(mf_abs),
    .fields = fields_s16,
    .run = run_quantized_s16,
};

UNARY_RUN(abs, f32)
UNARY_RUN(abs, s16)
UNARY_RUN(abs, s32)
extern const struct op_def op_abs;
static const struct kernel_row rows[] = {
    UNARY_ROW(abs, f32, DTYPE_FLOAT32, "mf_unary_float.h"),
    UNARY_ROW(abs, s16, DTYPE_INT16, "mf_unary.h"),
    UNARY_ROW(abs, s32, DTYPE_INT32, "mf_unary.h")};

static bool lower_abs(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (!is_quantized(node)) {
        return unary_lower(lowering, KERNEL_IN_ROWS(rows, node));
    }
    mf_abs params = make_params(node);
    if (node->input[0]->type == DTYPE_INT8) {
        return table_lower(lowering, value_s8, &params);
    }
    struct call *call = unary_call(lowering, &kernel_s16);
    if (call) {
        *(mf_abs *)call->params = params;
    }
    return call != NULL;
}

/* AbsOptions has no fields. */
const struct op_def op_abs = {
    .name = "ABS",
    .tflite_code = 101,
    .options_type = 78,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) |
             TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .infer = infer_abs,
    .memory = unary_memory,
    .tiling = pointwise_tiling,
    .lower = lower_abs,
    .bounds = unary_bounds,
    .channels = same_channels,
};
