/* ARG_MAX, ARG_MIN: the index of the greatest or the least value along one
 * dimension. */
#include "mf_arg_max.h"

#include "op/copy.h"
#include "op/kernel_row.h"

struct attributes {
    ptrdiff_t output_type; /* -1: the options do not say */
    int32_t axis;          /* derived */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, output_type),
    FIELD(struct attributes, INT32, axis), FIELD_END};

/* ArgMaxOptions, ArgMinOptions: output_type. */
static bool read_arg_max(struct context *context,
                         const struct fb_table *options, struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->output_type =
        fb_has(options, 0) ? (uint8_t)fb_i8(options, 0, 0) : -1;
    return true;
}

static bool infer_arg_max(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0], *output = node->output[0];
    int axis = 0;
    bool ok = op_type(context, node, input, "input", node->op->types);
    ok = op_rank(context, node, input, "input", 1, MAX_RANK) && ok;
    ok = op_type(context, node, output, "output",
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64)) &&
         ok;
    if (attributes->output_type >= 0 &&
        attributes->output_type != (ptrdiff_t)output->type) {
        ok = node_fail(context, node,
                       "output_type is %s, the tensor's type is %s",
                       dtype_name((enum dtype)attributes->output_type),
                       dtype_name(output->type));
    }
    if (!ok || !copy_single_axis(context, node, node->input[1],
                                 input->shape.rank, &axis)) {
        return false;
    }
    attributes->axis = axis;
    struct shape shape = {.rank = 0};
    for (int32_t i = 0; i < input->shape.rank; i++) {
        if (i != attributes->axis) {
            shape.dim[shape.rank++] = input->shape.dim[i];
        }
    }
    return op_output_shape(context, node, 0, &shape);
}

static const struct field fields[] = {
    FIELD(mf_arg_max, INDEX, outer), FIELD(mf_arg_max, INDEX, size),
    FIELD(mf_arg_max, INDEX, inner), FIELD_END};

#define KERNELS(KERNEL, index)                                                 \
    KERNEL(arg_max, s8, DTYPE_INT8, index)                                     \
    KERNEL(arg_max, s16, DTYPE_INT16, index)                                   \
    KERNEL(arg_max, s32, DTYPE_INT32, index)                                   \
    KERNEL(arg_max, f32, DTYPE_FLOAT32, index)                                 \
    KERNEL(arg_min, s8, DTYPE_INT8, index)                                     \
    KERNEL(arg_min, s16, DTYPE_INT16, index)                                   \
    KERNEL(arg_min, s32, DTYPE_INT32, index)                                   \
    KERNEL(arg_min, f32, DTYPE_FLOAT32, index)

extern const struct op_def op_arg_max, op_arg_min;
#define RUN(stem, suffix, from, to)                                            \
    static void run_##stem##_##suffix##_##to(const void *params,               \
                                             void *const operand[]) {          \
        mf_##stem##_##suffix##_##to(params, operand[0], operand[1]);           \
    }
#define ROW(stem, suffix, from, to)                                            \
    {.op = &op_##stem,                                                         \
     .type = from,                                                             \
     .kernel = {.name = "mf_" #stem "_" #suffix "_" #to,                       \
                .header = "mf_arg_max.h",                                      \
                .params = "mf_arg_max",                                        \
                .params_size = sizeof(mf_arg_max),                             \
                .fields = fields,                                              \
                .run = run_##stem##_##suffix##_##to}},
KERNELS(RUN, s32)
KERNELS(RUN, s64)
static const struct kernel_row rows_s32[] = {KERNELS(ROW, s32)};
static const struct kernel_row rows_s64[] = {KERNELS(ROW, s64)};

static bool lower_arg_max(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct attributes *attributes = node->attributes;
    const struct shape *shape = &node->input[0]->shape;
    struct call *call =
        lower_call(lowering, node->output[0]->type == DTYPE_INT32
                                 ? KERNEL_IN_ROWS(rows_s32, node)
                                 : KERNEL_IN_ROWS(rows_s64, node));
    if (!call) {
        return false;
    }
    mf_arg_max *p = call->params;
    *p = (mf_arg_max){1, shape->dim[attributes->axis], 1};
    for (int32_t i = 0; i < shape->rank; i++) {
        p->outer *= i < attributes->axis ? shape->dim[i] : 1;
        p->inner *= i > attributes->axis ? shape->dim[i] : 1;
    }
    call_input(call, "input", node->input[0]);
    call_output(call, node->output[0]);
    return true;
}

#define ARG(op_name, spelled, code, options)                                   \
    const struct op_def op_##op_name = {                                       \
        .name = spelled,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT16) |                \
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_FLOAT32),              \
        .notes = "to int32 or int64; constant axis",                           \
        .inputs = {2, 2},                                                      \
        .outputs = {1, 1},                                                     \
        .attributes_size = sizeof(struct attributes),                          \
        .attributes = attribute_fields,                                        \
        .read = read_arg_max,                                                  \
        .infer = infer_arg_max,                                                \
        .lower = lower_arg_max,                                                \
    }

ARG(arg_max, "ARG_MAX", 56, 40);
ARG(arg_min, "ARG_MIN", 79, 57);
