/* PRELU: values below zero are multiplied by alpha, the second input, which is
 * broadcast. */
#include "mf_prelu.h"

#include "op/broadcast.h"
#include "op/op.h"
#include "op/quantize.h"

/* Of values from zero on and of products with alpha, in double. */
static struct fixed_point scaling(const struct node *node) {
    return fixed_point_from((double)node->input[0]->quantization.scale[0] /
                            (double)node->output[0]->quantization.scale[0]);
}

static struct fixed_point alpha_scaling(const struct node *node) {
    return fixed_point_from((double)node->input[0]->quantization.scale[0] *
                            (double)node->input[1]->quantization.scale[0] /
                            (double)node->output[0]->quantization.scale[0]);
}

static bool infer_prelu(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *alpha = node->input[1];
    const struct tensor *output = node->output[0];
    if (!broadcast_infer(context, node, node->op->types)) {
        return false;
    }
    if (input->type == DTYPE_FLOAT32) {
        return true;
    }
    bool ok = op_per_tensor(context, node, input, "input");
    ok = op_per_tensor(context, node, alpha, "alpha") && ok;
    ok = op_per_tensor(context, node, output, "output") && ok;
    return ok &&
           fixed_point_fits(context, node, scaling(node), UINT8_MAX,
                            "the input less its zero point") &&
           fixed_point_fits(context, node, alpha_scaling(node),
                            UINT8_MAX * UINT8_MAX, "the product with alpha");
}

static const struct field fields_s8[] = {
    BROADCAST_FIELDS(mf_prelu),
    FIELD(mf_prelu, INT32, input_zero_point),
    FIELD(mf_prelu, INT32, alpha_zero_point),
    FIELD(mf_prelu, INT32, output_zero_point),
    FIELD(mf_prelu, INT32, multiplier),
    FIELD(mf_prelu, INT32, shift),
    FIELD(mf_prelu, INT32, alpha_multiplier),
    FIELD(mf_prelu, INT32, alpha_shift),
    FIELD_END};

BROADCAST_KERNEL(prelu, s8, mf_prelu, fields_s8);
BROADCAST_KERNEL(prelu, f32, mf_broadcast_plain, broadcast_fields_plain);

static bool lower_prelu(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (node->input[0]->type == DTYPE_FLOAT32) {
        return broadcast_lower_plain(lowering, &kernel_f32);
    }
    struct fixed_point scale = scaling(node), alpha = alpha_scaling(node);
    mf_prelu params = {
        .input_zero_point = node->input[0]->quantization.zero_point[0],
        .alpha_zero_point = node->input[1]->quantization.zero_point[0],
        .output_zero_point = node->output[0]->quantization.zero_point[0],
        .multiplier = scale.multiplier,
        .shift = scale.shift,
        .alpha_multiplier = alpha.multiplier,
        .alpha_shift = alpha.shift};
    return broadcast_lower(lowering, &kernel_s8, &params);
}

const struct op_def op_prelu = {
    .name = "PRELU",
    .tflite_code = 54,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "broadcasting",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_prelu,
    .memory = broadcast_memory,
    .tiling = pointwise_tiling,
    .lower = lower_prelu,
};
