/* SHAPE: the input's dimensions, known when compiling: a constant by another
 * name. */
#include "mf_shape.h"

#include "op/op.h"

struct attributes {
    ptrdiff_t out_type; /* -1: the options do not say */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, out_type), FIELD_END};

/* ShapeOptions: out_type. */
static bool read_shape(struct context *context, const struct fb_table *options,
                       struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->out_type =
        fb_has(options, 0) ? (uint8_t)fb_i8(options, 0, 0) : -1;
    return true;
}

static bool infer_shape(struct context *context, struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct tensor *output = node->output[0];
    struct shape shape = {.rank = 1, .dim = {node->input[0]->shape.rank}};
    if (!op_rank(context, node, node->input[0], "input", 1, MAX_RANK) ||
        !op_type(context, node, output, "output",
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64))) {
        return false;
    }
    if (attributes->out_type >= 0 &&
        attributes->out_type != (ptrdiff_t)output->type) {
        return node_fail(context, node, "out_type is %s, the output's is %s",
                         dtype_name((enum dtype)attributes->out_type),
                         dtype_name(output->type));
    }
    return op_output_shape(context, node, 0, &shape);
}

static const struct field param_fields[] = {FIELD(mf_shape, INDEX, count),
                                            FIELD_END};

static void run_s32(const void *params, void *const operand[]) {
    mf_shape_s32(params, operand[0], operand[1]);
}

static void run_s64(const void *params, void *const operand[]) {
    mf_shape_s64(params, operand[0], operand[1]);
}

static const struct kernel kernel_s32 = {
    .name = "mf_shape_s32",
    .header = "mf_shape.h",
    .params = "mf_shape",
    .params_size = sizeof(mf_shape),
    .fields = param_fields,
    .run = run_s32,
};

static const struct kernel kernel_s64 = {
    .name = "mf_shape_s64",
    .header = "mf_shape.h",
    .params = "mf_shape",
    .params_size = sizeof(mf_shape),
    .fields = param_fields,
    .run = run_s64,
};

/* The dimensions as elements of `type`. */
static const void *dims_table(struct context *context,
                              const struct shape *shape, enum dtype type) {
    size_t count = (size_t)shape->rank;
    int32_t *narrow = CONTEXT_NEW(context, int32_t, count);
    int64_t *wide = CONTEXT_NEW(context, int64_t, count);
    if (!narrow || !wide) {
        return NULL;
    }
    for (size_t i = 0; i < count; i++) {
        wide[i] = narrow[i] = shape->dim[i];
    }
    return type == DTYPE_INT64 ? (const void *)wide : (const void *)narrow;
}

static bool lower_shape(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape *shape = &node->input[0]->shape;
    enum dtype type = node->output[0]->type;
    const void *dims = dims_table(lowering->context, shape, type);
    struct call *call =
        lower_call(lowering, type == DTYPE_INT64 ? &kernel_s64 : &kernel_s32);
    if (!dims || !call) {
        return false;
    }
    mf_shape *p = call->params;
    p->count = shape->rank;
    call_table(call, "dims", type, dims, (size_t)shape->rank);
    call_output(call, node->output[0]);
    return true;
}

const struct op_def op_shape = {
    .name = "SHAPE",
    .tflite_code = 77,
    .options_type = 55,
    .types = UINT32_MAX,
    .notes = "folded away",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .reads_shapes_only = true,
    .read = read_shape,
    .infer = infer_shape,
    .lower = lower_shape,
};
