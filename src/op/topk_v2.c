/* TOPK_V2: the k greatest values along the last dimension and their indices. */
#include <inttypes.h>

#include "mf_top_k.h"
#include "op/copy.h"
#include "op/op.h"

static bool infer_outputs(struct context *context, const struct node *node) {
    struct shape shape = node->input[0]->shape;
    const int32_t length = shape.dim[shape.rank - 1];
    const int64_t k = tensor_int(node->input[1], 0);
    if (k < 1 || k > length) {
        return node_fail(context, node,
                         "k is %" PRId64 ", it must lie within 1..%" PRId32, k,
                         length);
    }
    shape.dim[shape.rank - 1] = (int32_t)k;
    return op_output_shape(context, node, 0, &shape) &&
           op_output_shape(context, node, 1, &shape);
}

static bool infer_topk_v2(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *k = node->input[1];
    return op_type(context, node, input, "input", node->op->types) &&
           op_rank(context, node, input, "input", 1, MAX_RANK) &&
           op_same_type(context, node, node->output[0], "output 0", input,
                        "input") &&
           op_type(context, node, node->output[1], "output 1",
                   TYPE_BIT(DTYPE_INT32)) &&
           copy_parameter(context, node, k, "k", 1) &&
           (!k->data || infer_outputs(context, node));
}

static const struct field param_fields[] = {
    FIELD(mf_top_k, INDEX, rows), FIELD(mf_top_k, INDEX, length),
    FIELD(mf_top_k, INDEX, k), FIELD_END};

#define KERNEL(suffix)                                                         \
    static void run_##suffix(const void *params, void *const operand[]) {      \
        mf_top_k_##suffix(params, operand[0], operand[1], operand[2]);         \
    }                                                                          \
    static const struct kernel kernel_##suffix = {                             \
        .name = "mf_top_k_" #suffix,                                           \
        .header = "mf_top_k.h",                                                \
        .params = "mf_top_k",                                                  \
        .params_size = sizeof(mf_top_k),                                       \
        .fields = param_fields,                                                \
        .run = run_##suffix,                                                   \
    };
KERNEL(s8)
KERNEL(u8)
KERNEL(s16)
KERNEL(s32)
KERNEL(s64)
KERNEL(f32)

static const struct kernel *find_kernel(enum dtype type) {
    switch (type) {
    case DTYPE_INT8:
        return &kernel_s8;
    case DTYPE_UINT8:
        return &kernel_u8;
    case DTYPE_INT16:
        return &kernel_s16;
    case DTYPE_INT32:
        return &kernel_s32;
    case DTYPE_INT64:
        return &kernel_s64;
    default:
        return &kernel_f32;
    }
}

static bool lower_topk_v2(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape *shape = &node->input[0]->shape;
    if (!op_constant(lowering->context, node, node->input[1], "k")) {
        return false;
    }
    struct call *call = lower_call(lowering, find_kernel(node->input[0]->type));
    if (!call) {
        return false;
    }
    mf_top_k *p = call->params;
    p->length = shape->dim[shape->rank - 1];
    p->rows = (ptrdiff_t)shape_count(shape) / p->length;
    p->k = (ptrdiff_t)tensor_int(node->input[1], 0);
    call_input(call, "input", node->input[0]);
    call_output(call, node->output[0]);
    call_output(call, node->output[1]);
    return true;
}

/* Every value is looked for along the whole row. */
static uint64_t count_steps(const struct node *node) {
    const struct shape *shape = &node->input[0]->shape;
    return (uint64_t)shape_count(&node->output[0]->shape) *
           (uint64_t)shape->dim[shape->rank - 1];
}

const struct op_def op_topk_v2 = {
    .name = "TOPK_V2",
    .tflite_code = 48,
    .options_type = 34,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) |
             TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_INT32) |
             TYPE_BIT(DTYPE_INT64) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "constant k",
    .inputs = {2, 2},
    .outputs = {2, 2},
    .infer = infer_topk_v2,
    .lower = lower_topk_v2,
    .steps = count_steps,
};
