/* RSQRT: 1 / sqrt(x). */
#include "mf_rsqrt.h"

#include <math.h>

#include "mf_unary.h"
#include "mf_unary_float.h"
#include "op/kernel_row.h"
#include "op/quantize.h"
#include "op/table.h"
#include "op/unary.h"
#include "op/value_range.h"

/* Of 1 / sqrt of an input less its zero point in units of 2^-20, which is at
 * most 2^20: shifts are at most 10, so that nothing overflows.  The scales'
 * arithmetic is the reference's float32. */
static struct fixed_point scaling(const struct node *node) {
    float product = sqrtf(node->input[0]->quantization.scale[0]) *
                    node->output[0]->quantization.scale[0];
    struct fixed_point scale = fixed_point_from(1 / (double)product);
    scale.shift -= 20;
    return scale.shift < -31 ? (struct fixed_point){0, 0} : scale;
}

static bool infer_rsqrt(struct context *context, struct node *node) {
    return unary_infer(context, node, node->op->types) &&
           (node->input[0]->type == DTYPE_FLOAT32 ||
            op_zero_points(context, node));
}

static mf_rsqrt make_params(const struct node *node) {
    struct fixed_point scale = scaling(node);
    const struct tensor *input = node->input[0], *output = node->output[0];
    return (mf_rsqrt){
        .size = (ptrdiff_t)shape_count(&output->shape),
        .input_zero_point = input->quantization.zero_point[0],
        .output_zero_point = output->quantization.zero_point[0],
        .multiplier = scale.multiplier,
        .shift = scale.shift,
        .max = dtype_max(output->type),
    };
}

static int32_t value_s8(const void *how, int32_t q) {
    return mf_rsqrt_value(how, q);
}

static void run_s16(const void *params, void *const operand[]) {
    mf_rsqrt_s16(params, operand[0], operand[1]);
}

static const struct field fields_s16[] = {
    FIELD(mf_rsqrt, INDEX, size),
    FIELD(mf_rsqrt, INT32, input_zero_point),
    FIELD(mf_rsqrt, INT32, output_zero_point),
    FIELD(mf_rsqrt, INT32, multiplier),
    FIELD(mf_rsqrt, INT32, shift),
    FIELD(mf_rsqrt, INT32, max),
    FIELD_END};

static const struct kernel kernel_s16 = {
    .name = "mf_rsqrt_s16",
    .header = "mf_rsqrt.h",
    .params = "mf_rsqrt",
    .params_size = sizeof(mf_rsqrt),
    .fields = fields_s16,
    .run = run_s16,
};

UNARY_RUN(rsqrt, f32)
extern const struct op_def op_rsqrt;
static const struct kernel_row rows[] = {
    UNARY_ROW(rsqrt, f32, DTYPE_FLOAT32, "mf_unary_float.h")};

static bool lower_rsqrt(struct lowering *lowering) {
    const struct node *node = lowering->node;
    if (node->input[0]->type == DTYPE_FLOAT32) {
        return unary_lower(lowering, KERNEL_IN_ROWS(rows, node));
    }
    mf_rsqrt params = make_params(node);
    if (node->input[0]->type == DTYPE_INT8) {
        return table_lower(lowering, value_s8, &params);
    }
    struct call *call = unary_call(lowering, &kernel_s16);
    if (call) {
        *(mf_rsqrt *)call->params = params;
    }
    return call != NULL;
}

const struct op_def op_rsqrt = {
    .name = "RSQRT",
    .tflite_code = 76,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "integers: what is not over 0 gives the type's greatest value",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .infer = infer_rsqrt,
    .memory = unary_memory,
    .tiling = pointwise_tiling,
    .lower = lower_rsqrt,
    .bounds = unary_bounds,
    .channels = same_channels,
};
