/* CUMSUM along one dimension. */
#include "mf_cumsum.h"

#include "op/add.h"
#include "op/copy.h"
#include "op/kernel_row.h"
#include "op/quantize.h"
#include "op/table.h"

struct attributes {
    ptrdiff_t exclusive, reverse;
    int32_t axis; /* derived */
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, exclusive),
    FIELD(struct attributes, INDEX, reverse),
    FIELD(struct attributes, INT32, axis), FIELD_END};

/* CumsumOptions: exclusive, reverse. */
static bool read_cumsum(struct context *context, const struct fb_table *options,
                        struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->exclusive = fb_bool(options, 0, false);
    attributes->reverse = fb_bool(options, 1, false);
    return true;
}

static bool infer_cumsum(struct context *context, struct node *node) {
    struct attributes *attributes = node->attributes;
    const struct tensor *input = node->input[0];
    int axis;
    if (!unary_infer(context, node, node->op->types) ||
        !op_rank(context, node, input, "input", 1, MAX_RANK) ||
        !copy_single_axis(context, node, node->input[1], input->shape.rank,
                          &axis)) {
        return false;
    }
    attributes->axis = axis;
    return input->type != DTYPE_INT8 || sum_factor_fits(context, node);
}

#define DIMS_FIELDS(params)                                                    \
    FIELD(params, INDEX, dims.outer), FIELD(params, INDEX, dims.size),         \
        FIELD(params, INDEX, dims.inner),                                      \
        FIELD(params, INDEX, dims.exclusive),                                  \
        FIELD(params, INDEX, dims.reverse)

static const struct field quantized_fields[] = {
    DIMS_FIELDS(mf_cumsum),
    FIELD(mf_cumsum, INT32, input_zero_point),
    FIELD(mf_cumsum, INT32, output_zero_point),
    FIELD(mf_cumsum, INT32, multiplier),
    FIELD(mf_cumsum, INT32, shift),
    FIELD_END};

static const struct field plain_fields[] = {DIMS_FIELDS(mf_cumsum_plain),
                                            FIELD_END};

#define KERNELS(KERNEL)                                                        \
    KERNEL(s8, DTYPE_INT8, mf_cumsum, quantized_fields)                        \
    KERNEL(s32, DTYPE_INT32, mf_cumsum_plain, plain_fields)                    \
    KERNEL(s64, DTYPE_INT64, mf_cumsum_plain, plain_fields)                    \
    KERNEL(f32, DTYPE_FLOAT32, mf_cumsum_plain, plain_fields)

extern const struct op_def op_cumsum;
#define RUN(suffix, type, params_type, field_table)                            \
    static void run_##suffix(const void *params, void *const operand[]) {      \
        mf_cumsum_##suffix(params, operand[0], operand[1]);                    \
    }
#define ROW(suffix, dtype, params_type, field_table)                           \
    {.op = &op_cumsum,                                                         \
     .type = dtype,                                                            \
     .kernel = {.name = "mf_cumsum_" #suffix,                                  \
                .header = "mf_cumsum.h",                                       \
                .params = #params_type,                                        \
                .params_size = sizeof(params_type),                            \
                .fields = field_table,                                         \
                .run = run_##suffix}},
KERNELS(RUN)
static const struct kernel_row rows[] = {KERNELS(ROW)};

static mf_cumsum_dims make_dims(const struct node *node) {
    const struct attributes *attributes = node->attributes;
    const struct shape *shape = &node->input[0]->shape;
    mf_cumsum_dims dims = {.outer = 1,
                           .size = shape->dim[attributes->axis],
                           .inner = 1,
                           .exclusive = attributes->exclusive,
                           .reverse = attributes->reverse};
    for (int32_t i = 0; i < shape->rank; i++) {
        dims.outer *= i < attributes->axis ? shape->dim[i] : 1;
        dims.inner *= i > attributes->axis ? shape->dim[i] : 1;
    }
    return dims;
}

static bool lower_cumsum(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct call *call = unary_call(lowering, KERNEL_IN_ROWS(rows, node));
    if (!call) {
        return false;
    }
    if (node->input[0]->type != DTYPE_INT8) {
        mf_cumsum_plain *p = call->params;
        p->dims = make_dims(node);
        return true;
    }
    struct fixed_point factor = sum_factor(node);
    *(mf_cumsum *)call->params = (mf_cumsum){
        .dims = make_dims(node),
        .input_zero_point = node->input[0]->quantization.zero_point[0],
        .output_zero_point = node->output[0]->quantization.zero_point[0],
        .multiplier = factor.multiplier,
        .shift = factor.shift};
    return true;
}

const struct op_def op_cumsum = {
    .name = "CUMSUM",
    .tflite_code = 128,
    .options_type = 102,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_INT32) |
             TYPE_BIT(DTYPE_INT64) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "constant axis",
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_cumsum,
    .infer = infer_cumsum,
    .memory = unary_memory,
    .lower = lower_cumsum,
};
