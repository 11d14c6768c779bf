/* L2_NORMALIZATION along the last dimension: vectors get the length 1. */
#include "mf_l2_normalization.h"

#include <inttypes.h>

#include "mf_l2_normalization_float.h"
#include "op/op.h"
#include "op/table.h"

/* L2NormOptions: fused_activation_function. */
static bool read_l2_normalization(struct context *context,
                                  const struct fb_table *options,
                                  struct node *node) {
    (void)context;
    node->activation = (enum activation)fb_i8(options, 0, 0);
    return true;
}

static bool infer_s8(struct context *context, const struct node *node) {
    const struct tensor *input = node->input[0];
    const struct quantization *q = &node->output[0]->quantization;
    int32_t depth = input->shape.dim[input->shape.rank - 1];
    int32_t most = INT32_MAX / (UINT8_MAX * UINT8_MAX);
    bool ok = true;
    if (q->scale[0] != 1.0f / 128 || q->zero_point[0] != 0) {
        ok = node_fail(context, node,
                       "output has scale %.9g and zero point %" PRId32
                       ", it must have 1/128 and 0",
                       (double)q->scale[0], q->zero_point[0]);
    }
    if (depth > most) {
        ok = node_fail(context, node,
                       "input has %" PRId32
                       " values a row, the most for INT8 is %" PRId32,
                       depth, most);
    }
    return ok;
}

static bool infer_l2_normalization(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0];
    if (node->activation != ACTIVATION_NONE) {
        return node_fail(context, node,
                         "fused activation is %d, allowed: NONE (0)",
                         (int)node->activation);
    }
    return unary_infer(context, node, node->op->types) &&
           op_rank(context, node, input, "input", 1, MAX_RANK) &&
           (input->type == DTYPE_FLOAT32 || infer_s8(context, node));
}

static const struct field fields_s8[] = {
    FIELD(mf_l2_normalization, INDEX, rows),
    FIELD(mf_l2_normalization, INDEX, depth),
    FIELD(mf_l2_normalization, INT32, input_zero_point), FIELD_END};

static const struct field fields_f32[] = {
    FIELD(mf_l2_normalization_float, INDEX, rows),
    FIELD(mf_l2_normalization_float, INDEX, depth), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_l2_normalization_s8(params, operand[0], operand[1]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_l2_normalization_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_s8 = {
    .name = "mf_l2_normalization_s8",
    .header = "mf_l2_normalization.h",
    .params = "mf_l2_normalization",
    .params_size = sizeof(mf_l2_normalization),
    .fields = fields_s8,
    .run = run_s8,
};

static const struct kernel kernel_f32 = {
    .name = "mf_l2_normalization_f32",
    .header = "mf_l2_normalization_float.h",
    .params = "mf_l2_normalization_float",
    .params_size = sizeof(mf_l2_normalization_float),
    .fields = fields_f32,
    .run = run_f32,
};

static bool lower_l2_normalization(struct lowering *lowering) {
    const struct tensor *input = lowering->node->input[0];
    ptrdiff_t depth = input->shape.dim[input->shape.rank - 1];
    ptrdiff_t rows = (ptrdiff_t)(shape_count(&input->shape) / depth);
    bool is_float = input->type == DTYPE_FLOAT32;
    struct call *call =
        unary_call(lowering, is_float ? &kernel_f32 : &kernel_s8);
    if (!call) {
        return false;
    }
    if (is_float) {
        *(mf_l2_normalization_float *)call->params =
            (mf_l2_normalization_float){rows, depth};
    } else {
        *(mf_l2_normalization *)call->params = (mf_l2_normalization){
            rows, depth, input->quantization.zero_point[0]};
    }
    return true;
}

const struct op_def op_l2_normalization = {
    .name = "L2_NORMALIZATION",
    .tflite_code = 11,
    .options_type = 12,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "no fused activation; int8: output scale 1/128, zero point 0",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .read = read_l2_normalization,
    .infer = infer_l2_normalization,
    .memory = unary_memory,
    .lower = lower_l2_normalization,
};
