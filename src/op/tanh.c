/* TANH: the hyperbolic tangent. */
#include "mf_sigmoid.h"
#include "mf_sigmoid_float.h"
#include "op/gemmlowp.h"
#include "op/op.h"
#include "op/sigmoid.h"
#include "op/table.h"
#include "op/value_range.h"

static void run_s16(const void *params, void *const operand[]) {
    mf_tanh_s16(params, operand[0], operand[1], operand[2]);
}

static void run_f32(const void *params, void *const operand[]) {
    mf_tanh_f32(params, operand[0], operand[1]);
}

static const struct kernel kernel_s16 = {
    .name = "mf_tanh_s16",
    .header = "mf_sigmoid.h",
    .params = "mf_sigmoid",
    .params_size = sizeof(mf_sigmoid),
    .fields = sigmoid_fields_s16,
    .run = run_s16,
};

static const struct kernel kernel_f32 = {
    .name = "mf_tanh_f32",
    .header = "mf_sigmoid_float.h",
    .params = "mf_sigmoid_float",
    .params_size = sizeof(mf_sigmoid_float),
    .fields = sigmoid_fields_f32,
    .run = run_f32,
};

static const struct sigmoid sigmoid = {
    .steps = 128,
    .zero_point = 0,
    .function = gemmlowp_tanh,
    .max_exact_shift = 1,
    .kernel_s16 = &kernel_s16,
    .kernel_f32 = &kernel_f32,
};

static bool infer_tanh(struct context *context, struct node *node) {
    return sigmoid_infer(context, node, &sigmoid);
}

static bool lower_tanh(struct lowering *lowering) {
    return sigmoid_lower(lowering, &sigmoid);
}

const struct op_def op_tanh = {
    .name = "TANH",
    .tflite_code = 28,
    .types =
        TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT32),
    .inputs = {1, 1},
    .outputs = {1, 1},
    .infer = infer_tanh,
    .memory = unary_memory,
    .tiling = pointwise_tiling,
    .lower = lower_tanh,
    .bounds = unary_bounds,
    .channels = same_channels,
};
