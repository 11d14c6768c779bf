/* SCATTER_ND: zeros, to which slices are added where a row of indices, one a
 * leading dimension, says. */
#include <inttypes.h>

#include "op/copy.h"
#include "op/gather_nd.h"

static bool infer_shape(struct context *context, const struct node *node) {
    const struct tensor *wanted = node->input[2];
    struct shape shape = {.rank = (int32_t)shape_count(&wanted->shape)};
    if (shape.rank > MAX_RANK) {
        return node_fail(context, node,
                         "shape has %" PRId32 " values, at most %d are allowed",
                         shape.rank, MAX_RANK);
    }
    for (int i = 0; i < shape.rank; i++) {
        const int64_t dim = tensor_int(wanted, i);
        if (dim < 1 || dim > INT32_MAX) {
            return node_fail(context, node,
                             "shape %d is %" PRId64
                             ", it must lie within 1..%" PRId32,
                             i, dim, INT32_MAX);
        }
        shape.dim[i] = (int32_t)dim;
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_slices(struct context *context, const struct node *node) {
    const struct shape *found = &node->input[1]->shape;
    struct shape slices = {0};
    char text[SHAPE_TEXT], wanted[SHAPE_TEXT];
    if (!gather_nd_shape(context, node, &node->input[0]->shape,
                         &node->output[0]->shape, &slices)) {
        return false;
    }
    return shape_equal(found, &slices) ||
           node_fail(context, node, "updates shape is %s, it must be %s",
                     shape_text(found, text), shape_text(&slices, wanted));
}

static bool infer_scatter_nd(struct context *context, struct node *node) {
    const struct tensor *indices = node->input[0], *updates = node->input[1];
    const struct tensor *wanted = node->input[2];
    const struct shape *output = &node->output[0]->shape;
    return op_type(context, node, updates, "updates", node->op->types) &&
           op_same_type(context, node, node->output[0], "output", updates,
                        "updates") &&
           op_type(context, node, indices, "indices", TYPE_BIT(DTYPE_INT32)) &&
           copy_parameter(context, node, wanted, "shape",
                          shape_count(&wanted->shape)) &&
           (!wanted->data || infer_shape(context, node)) &&
           gather_nd_depth(context, node, indices, output->rank) &&
           gather_nd_indices(context, node, indices, output) &&
           infer_slices(context, node);
}

static void run_s8(const void *params, void *const operand[]) {
    mf_scatter_nd_s8(params, operand[0], operand[1], operand[2]);
}
static void run_u8(const void *params, void *const operand[]) {
    mf_scatter_nd_u8(params, operand[0], operand[1], operand[2]);
}
static void run_s32(const void *params, void *const operand[]) {
    mf_scatter_nd_s32(params, operand[0], operand[1], operand[2]);
}
static void run_s64(const void *params, void *const operand[]) {
    mf_scatter_nd_s64(params, operand[0], operand[1], operand[2]);
}
static void run_f32(const void *params, void *const operand[]) {
    mf_scatter_nd_f32(params, operand[0], operand[1], operand[2]);
}

#define KERNEL(suffix)                                                         \
    {                                                                          \
        .name = "mf_scatter_nd_" #suffix, .header = "mf_gather_nd.h",          \
        .params = "mf_gather_nd", .params_size = sizeof(mf_gather_nd),         \
        .fields = gather_nd_fields, .run = run_##suffix,                       \
    }
static const struct kernel kernel_s8 = KERNEL(s8);
static const struct kernel kernel_u8 = KERNEL(u8);
static const struct kernel kernel_s32 = KERNEL(s32);
static const struct kernel kernel_s64 = KERNEL(s64);
static const struct kernel kernel_f32 = KERNEL(f32);

static const struct kernel *find_kernel(enum dtype type) {
    switch (type) {
    case DTYPE_INT8:
        return &kernel_s8;
    case DTYPE_UINT8:
        return &kernel_u8;
    case DTYPE_INT32:
        return &kernel_s32;
    case DTYPE_INT64:
        return &kernel_s64;
    default:
        return &kernel_f32;
    }
}

static bool lower_scatter_nd(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *indices = node->input[0], *output = node->output[0];
    struct call *call = lower_call(lowering, find_kernel(output->type));
    if (!call ||
        !op_constant(lowering->context, node, node->input[2], "shape")) {
        return false;
    }
    mf_gather_nd *p = call->params;
    gather_nd_params(p, &indices->shape, &output->shape, 1);
    p->total = (ptrdiff_t)shape_count(&output->shape);
    call_input(call, "indices", indices);
    call_input(call, "updates", node->input[1]);
    call_output(call, output);
    return true;
}

const struct op_def op_scatter_nd = {
    .name = "SCATTER_ND",
    .tflite_code = 122,
    .options_type = 97,
    .types = TYPE_BIT(DTYPE_INT8) | TYPE_BIT(DTYPE_UINT8) |
             TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64) |
             TYPE_BIT(DTYPE_FLOAT32),
    .notes = "constant shape",
    .inputs = {3, 3},
    .outputs = {1, 1},
    .infer = infer_scatter_nd,
    .lower = lower_scatter_nd,
};
