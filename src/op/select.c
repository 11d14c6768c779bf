/* SELECT, SELECT_V2: from two inputs by a condition.  In SELECT_V2 all three
 * are broadcast; in SELECT the two have one shape, and the condition that
 * shape, or a single value, or one for each index of their first dimension. */
#include "mf_select.h"

#include "op/broadcast.h"
#include "op/kernel_row.h"

extern const struct op_def op_select, op_select_v2;

/* The condition's shape as a broadcast takes it. */
static struct shape condition_shape(const struct node *node) {
    struct shape shape = node->input[0]->shape;
    int32_t rank = node->input[1]->shape.rank;
    if (node->op == &op_select && shape.rank == 1 && rank > 1) {
        for (shape.rank = rank; rank > 1; rank--) {
            shape.dim[rank - 1] = 1;
        }
    }
    return shape;
}

static bool infer_shape(struct context *context, const struct node *node) {
    const struct shape condition = condition_shape(node);
    const struct shape *a = &node->input[1]->shape;
    const struct shape *b = &node->input[2]->shape;
    const struct shape *input[3] = {&condition, a, b};
    if (node->op == &op_select &&
        (!shape_equal(a, b) || condition.rank > a->rank)) {
        char text[3][SHAPE_TEXT];
        return node_fail(context, node,
                         "shapes are %s, %s and %s, the last two must be the "
                         "same and the first no longer",
                         shape_text(&node->input[0]->shape, text[0]),
                         shape_text(a, text[1]), shape_text(b, text[2]));
    }
    return broadcast_output(context, node, 3, input);
}

static bool infer_select(struct context *context, struct node *node) {
    const struct tensor *a = node->input[1], *b = node->input[2];
    const struct tensor *output = node->output[0];
    bool ok = op_type(context, node, node->input[0], "condition",
                      TYPE_BIT(DTYPE_BOOL));
    ok = op_type(context, node, a, "input 1", node->op->types) && ok;
    ok = op_same_type(context, node, b, "input 2", a, "input 1") && ok;
    ok = op_same_type(context, node, output, "output", a, "input 1") && ok;
    if (!ok || !infer_shape(context, node)) {
        return false;
    }
    if (a->type == DTYPE_INT8 || a->type == DTYPE_INT16) {
        bool is_quantized = a->quantization.count > 0 ||
                            b->quantization.count > 0 ||
                            output->quantization.count > 0;
        ok = !is_quantized || (op_same_quantization(context, node, a, "input 1",
                                                    output, "output") &&
                               op_same_quantization(context, node, b, "input 2",
                                                    output, "output"));
    }
    return ok;
}

static const struct field fields[] = {
    BROADCAST_FIELDS(mf_select), FIELD(mf_select, INDEX, condition_step),
    FIELD_ARRAY(mf_select, INDEX, condition_stride, 5),
    FIELD(mf_select, INDEX, condition_constant), FIELD_END};

#define KERNELS(KERNEL)                                                        \
    KERNEL(s8, INT8)                                                           \
    KERNEL(u8, UINT8)                                                          \
    KERNEL(u8, BOOL)                                                           \
    KERNEL(s16, INT16)                                                         \
    KERNEL(s32, INT32)                                                         \
    KERNEL(s64, INT64)                                                         \
    KERNEL(f32, FLOAT32)

#define RUN(suffix, type)                                                      \
    static void run_##type(const void *params, void *const operand[]) {        \
        mf_select_##suffix(params, operand[0], operand[1], operand[2],         \
                           operand[3]);                                        \
    }
#define CASE(suffix, dtype)                                                    \
    case DTYPE_##dtype: {                                                      \
        static const struct kernel kernel = {.name = "mf_select_" #suffix,     \
                                             .header = "mf_select.h",          \
                                             .params = "mf_select",            \
                                             .params_size = sizeof(mf_select), \
                                             .fields = fields,                 \
                                             .run = run_##dtype};              \
        return &kernel;                                                        \
    }
KERNELS(RUN)

static const struct kernel *find_kernel(enum dtype type) {
    switch (type) {
        KERNELS(CASE)
    default:
        return NULL; /* `infer` refused it */
    }
}

static bool lower_select(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape condition = condition_shape(node);
    const struct shape *input[3] = {&condition, &node->input[1]->shape,
                                    &node->input[2]->shape};
    struct call *call = lower_call(lowering, find_kernel(node->input[1]->type));
    if (!call) {
        return false;
    }
    struct broadcast_levels levels;
    broadcast_levels(3, input, &levels);
    mf_select *p = call->params;
    p->shape = broadcast_rows(&levels);
    broadcast_strides(&levels, 0, &p->condition_step, p->condition_stride);
    broadcast_strides(&levels, 1, &p->shape.a_step, p->shape.a_stride);
    broadcast_strides(&levels, 2, &p->shape.b_step, p->shape.b_stride);
    p->condition_constant = node->input[0]->data != NULL;
    p->shape.a_constant = node->input[1]->data != NULL;
    p->shape.b_constant = node->input[2]->data != NULL;
    static const char *const roles[] = {"condition", "a", "b"};
    for (int i = 0; i < 3; i++) {
        call_input(call, roles[i], node->input[i]);
        call_loaded(call);
    }
    call_output(call, node->output[0]);
    return true;
}

#define SELECT(op_name, spelled, code, options, says)                          \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) |                \
                 TYPE_BIT(DTYPE_BOOL) | TYPE_BIT(DTYPE_INT16) |                \
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64) |               \
                 TYPE_BIT(DTYPE_FLOAT32),                                      \
        .notes = says,                                                         \
        .inputs = {3, 3},                                                      \
        .outputs = {1, 1},                                                     \
        .infer = infer_select,                                                 \
        .memory = broadcast_memory,                                            \
        .lower = lower_select,                                                 \
    }

/* Their options have no fields. */
SELECT(select, "SELECT", 64, 47, "one quantisation");
SELECT(select_v2, "SELECT_V2", 123, 98, "broadcasting; one quantisation");
