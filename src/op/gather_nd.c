/* GATHER_ND: slices of the input, each picked by a row of indices, one a
 * leading dimension, that may be computed. */
#include "op/gather_nd.h"

#include <inttypes.h>

#include "op/copy.h"

bool gather_nd_depth(struct context *context, const struct node *node,
                     const struct tensor *indices, int rank) {
    const struct shape *shape = &indices->shape;
    char text[SHAPE_TEXT];
    return (shape->rank >= 1 && shape->dim[shape->rank - 1] <= rank) ||
           node_fail(context, node,
                     "indices shape is %s, its last dimension must be at most "
                     "%d",
                     shape_text(shape, text), rank);
}

bool gather_nd_indices(struct context *context, const struct node *node,
                       const struct tensor *indices,
                       const struct shape *shape) {
    const int64_t depth = indices->shape.dim[indices->shape.rank - 1];
    for (int64_t i = 0; indices->data && i < shape_count(&indices->shape);
         i++) {
        const int64_t index = tensor_int(indices, i);
        const int32_t size = shape->dim[i % depth];
        if (index < 0 || index >= size) {
            return node_fail(context, node,
                             "index %" PRId64 " is %" PRId64
                             ", it must lie within 0..%" PRId32,
                             i, index, size - 1);
        }
    }
    return true;
}

bool gather_nd_shape(struct context *context, const struct node *node,
                     const struct shape *indices, const struct shape *whole,
                     struct shape *slices) {
    const int depth = indices->dim[indices->rank - 1];
    slices->rank = indices->rank - 1 + whole->rank - depth;
    if (slices->rank > MAX_RANK) {
        return node_fail(context, node,
                         "slices have %" PRId32
                         " dimensions in all, at most %d are allowed",
                         slices->rank, MAX_RANK);
    }
    for (int i = 0; i < indices->rank - 1; i++) {
        slices->dim[i] = indices->dim[i];
    }
    for (int i = depth; i < whole->rank; i++) {
        slices->dim[indices->rank - 1 + i - depth] = whole->dim[i];
    }
    return true;
}

const struct field gather_nd_fields[] = {
    FIELD(mf_gather_nd, INDEX, count),
    FIELD(mf_gather_nd, INDEX, depth),
    FIELD_ARRAY(mf_gather_nd, INDEX, sizes, MAX_RANK),
    FIELD_ARRAY(mf_gather_nd, INDEX, strides, MAX_RANK),
    FIELD(mf_gather_nd, INDEX, run),
    FIELD(mf_gather_nd, INDEX, total),
    FIELD_END};

void gather_nd_params(mf_gather_nd *p, const struct shape *indices,
                      const struct shape *whole, size_t unit) {
    int64_t stride[MAX_RANK];
    const int depth = indices->dim[indices->rank - 1];
    shape_strides(whole, stride);
    p->depth = depth;
    p->count = (ptrdiff_t)(shape_count(indices) / depth);
    p->run = (ptrdiff_t)unit;
    for (int i = 0; i < whole->rank; i++) {
        if (i < depth) {
            p->sizes[i] = whole->dim[i];
            p->strides[i] = (ptrdiff_t)stride[i] * (ptrdiff_t)unit;
        } else {
            p->run *= whole->dim[i];
        }
    }
}

static bool infer_gather_nd(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *indices = node->input[1];
    struct shape shape = {0};
    return copy_types(context, node) &&
           op_type(context, node, indices, "indices",
                   TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64)) &&
           op_rank(context, node, input, "input", 1, MAX_RANK) &&
           gather_nd_depth(context, node, indices, input->shape.rank) &&
           gather_nd_indices(context, node, indices, &input->shape) &&
           gather_nd_shape(context, node, &indices->shape, &input->shape,
                           &shape) &&
           op_output_shape(context, node, 0, &shape);
}

static void run_s32(const void *params, void *const operand[]) {
    mf_gather_nd_bytes_s32(params, operand[0], operand[1], operand[2]);
}

static void run_s64(const void *params, void *const operand[]) {
    mf_gather_nd_bytes_s64(params, operand[0], operand[1], operand[2]);
}

static const struct kernel kernel_s32 = {
    .name = "mf_gather_nd_bytes_s32",
    .header = "mf_gather_nd.h",
    .params = "mf_gather_nd",
    .params_size = sizeof(mf_gather_nd),
    .fields = gather_nd_fields,
    .run = run_s32,
};

static const struct kernel kernel_s64 = {
    .name = "mf_gather_nd_bytes_s64",
    .header = "mf_gather_nd.h",
    .params = "mf_gather_nd",
    .params_size = sizeof(mf_gather_nd),
    .fields = gather_nd_fields,
    .run = run_s64,
};

static bool lower_gather_nd(struct lowering *lowering) {
    const struct node *node = lowering->node;
    struct tensor *input = node->input[0], *indices = node->input[1];
    struct call *call = lower_call(
        lowering, indices->type == DTYPE_INT64 ? &kernel_s64 : &kernel_s32);
    if (!call) {
        return false;
    }
    gather_nd_params(call->params, &indices->shape, &input->shape,
                     dtype_size(input->type));
    call_input(call, "input", input);
    call_as_bytes(call);
    call_input(call, "indices", indices);
    call_output(call, node->output[0]);
    call_as_bytes(call);
    return true;
}

const struct op_def op_gather_nd = {
    .name = "GATHER_ND",
    .tflite_code = 107,
    .options_type = 83,
    .types = COPY_TYPES,
    .inputs = {2, 2},
    .outputs = {1, 1},
    .infer = infer_gather_nd,
    .lower = lower_gather_nd,
};
