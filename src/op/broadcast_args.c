/* BROADCAST_ARGS: the shape that two shapes are repeated up to; as a rule both
 * are constant, and so is what follows from it. */
#include <inttypes.h>

#include "mf_broadcast_args.h"
#include "op/copy.h"
#include "op/op.h"

/* Two constant shapes, aligned at their ends, agree where neither has 1. */
static bool check_values(struct context *context, const struct node *node) {
    const struct tensor *a = node->input[0], *b = node->input[1];
    int64_t i = shape_count(&a->shape), k = shape_count(&b->shape);
    while (i-- > 0 && k-- > 0) {
        const int64_t x = tensor_int(a, i), y = tensor_int(b, k);
        if (x != 1 && y != 1 && x != y) {
            return node_fail(context, node,
                             "dimensions %" PRId64 " and %" PRId64
                             " cannot be repeated up to each other",
                             x, y);
        }
    }
    return true;
}

static bool infer_broadcast_args(struct context *context, struct node *node) {
    const struct tensor *a = node->input[0], *b = node->input[1];
    struct shape shape = {.rank = 1};
    if (!op_type(context, node, a, "input 0",
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64)) ||
        !op_same_type(context, node, b, "input 1", a, "input 0") ||
        !op_same_type(context, node, node->output[0], "output", a, "input 0") ||
        !op_rank(context, node, a, "input 0", 1, 1) ||
        !op_rank(context, node, b, "input 1", 1, 1)) {
        return false;
    }
    shape.dim[0] =
        a->shape.dim[0] > b->shape.dim[0] ? a->shape.dim[0] : b->shape.dim[0];
    return (!a->data || !b->data || check_values(context, node)) &&
           op_output_shape(context, node, 0, &shape);
}

static const struct field param_fields[] = {
    FIELD(mf_broadcast_args, INDEX, a_rank),
    FIELD(mf_broadcast_args, INDEX, b_rank),
    FIELD(mf_broadcast_args, INDEX, rank), FIELD_END};

static void run_s32(const void *params, void *const operand[]) {
    mf_broadcast_args_s32(params, operand[0], operand[1], operand[2]);
}

static void run_s64(const void *params, void *const operand[]) {
    mf_broadcast_args_s64(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel_s32 = {
    .name = "mf_broadcast_args_s32",
    .header = "mf_broadcast_args.h",
    .params = "mf_broadcast_args",
    .params_size = sizeof(mf_broadcast_args),
    .fields = param_fields,
    .run = run_s32,
};

static const struct kernel kernel_s64 = {
    .name = "mf_broadcast_args_s64",
    .header = "mf_broadcast_args.h",
    .params = "mf_broadcast_args",
    .params_size = sizeof(mf_broadcast_args),
    .fields = param_fields,
    .run = run_s64,
};

static bool lower_broadcast_args(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct call *call =
        lower_call(lowering, node->input[0]->type == DTYPE_INT64 ? &kernel_s64
                                                                 : &kernel_s32);
    if (!call) {
        return false;
    }
    mf_broadcast_args *p = call->params;
    p->a_rank = node->input[0]->shape.dim[0];
    p->b_rank = node->input[1]->shape.dim[0];
    p->rank = node->output[0]->shape.dim[0];
    call_input(call, "a", node->input[0]);
    call_input(call, "b", node->input[1]);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_broadcast_args = {
    .name = "BROADCAST_ARGS",
    .tflite_code = 145,
    .types = TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64),
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_broadcast_args,
    .lower = lower_broadcast_args,
};
