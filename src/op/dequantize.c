/* DEQUANTIZE: real numbers of quantised ones. */
#include "mf_dequantize.h"

#include "mf_dequantize_f16.h"
#include "op/op.h"

static bool infer_dequantize(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0];
    const bool is_half = input->type == DTYPE_FLOAT16;
    return op_type(context, node, input, "input", node->op->types) &&
           op_type(context, node, node->output[0], "output",
                   TYPE_BIT(DTYPE_FLOAT32)) &&
           (is_half ? op_constant(context, node, input, "input")
                    : op_per_tensor(context, node, input, "input")) &&
           op_output_shape(context, node, 0, &input->shape);
}

static const struct field param_fields[] = {
    FIELD(mf_dequantize, INDEX, count), FIELD(mf_dequantize, FLOAT, scale),
    FIELD(mf_dequantize, INT32, zero_point), FIELD_END};

static void run_s8(const void *params, void *const operand[]) {
    mf_dequantize_s8(params, operand[0], operand[1]);
}
static void run_u8(const void *params, void *const operand[]) {
    mf_dequantize_u8(params, operand[0], operand[1]);
}
static void run_s16(const void *params, void *const operand[]) {
    mf_dequantize_s16(params, operand[0], operand[1]);
}

#define KERNEL(suffix)                                                         \
    {                                                                          \
        .name = "mf_dequantize_" #suffix, .header = "mf_dequantize.h",         \
        .params = "mf_dequantize", .params_size = sizeof(mf_dequantize),       \
        .fields = param_fields, .run = run_##suffix,                           \
    }
static const struct kernel kernel_s8 = KERNEL(s8);
static const struct kernel kernel_u8 = KERNEL(u8);
static const struct kernel kernel_s16 = KERNEL(s16);

static const struct field half_fields[] = {
    FIELD(mf_dequantize_half, INDEX, count), FIELD_END};

static void run_f16(const void *params, void *const operand[]) {
    mf_dequantize_f16(params, operand[0], operand[1]);
}

static const struct kernel kernel_f16 = {
    .name = "mf_dequantize_f16",
    .header = "mf_dequantize_f16.h",
    .params = "mf_dequantize_half",
    .params_size = sizeof(mf_dequantize_half),
    .fields = half_fields,
    .run = run_f16,
};

static bool lower_half(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct tensor *input = node->input[0];
    const int64_t count = shape_count(&input->shape);
    struct call *call = lower_call(lowering, &kernel_f16);
    if (!call) {
        return false;
    }
    mf_dequantize_half *p = call->params;
    p->count = (ptrdiff_t)count;
    call_table(call, "input", DTYPE_INT16, input->data, (size_t)count);
    call_output(call, node->output[0]);
    return true;
}

static bool lower_dequantize(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0];
    if (input->type == DTYPE_FLOAT16) {
        return lower_half(lowering);
    }
    struct call *call =
        lower_call(lowering, input->type == DTYPE_INT8    ? &kernel_s8
                             : input->type == DTYPE_UINT8 ? &kernel_u8
                                                          : &kernel_s16);
    if (!call) {
        return false;
    }
    mf_dequantize *p = call->params;
    p->count = (ptrdiff_t)shape_count(&input->shape);
    p->scale = input->quantization.scale[0];
    p->zero_point = input->quantization.zero_point[0];
    call_input(call, "input", input);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_dequantize = {
    .name = "DEQUANTIZE",
    .tflite_code = 6,
    .options_type = 38,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) |
             TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_FLOAT16),
    .notes = "float16 constants alone",
    .unpacks_constants = true,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .infer = infer_dequantize,
    .tiling = pointwise_tiling,
    .lower = lower_dequantize,
};
