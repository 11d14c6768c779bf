/* GATHER: slices of the input along `axis`, picked by indices that may be
 * computed; the first batch_dims dimensions of both belong together. */
#include "op/gather.h"

#include <inttypes.h>

#include "mf_gather.h"
#include "op/copy.h"

struct attributes {
    ptrdiff_t axis, batch_dims;
};

static const struct field attribute_fields[] = {
    FIELD(struct attributes, INDEX, axis),
    FIELD(struct attributes, INDEX, batch_dims), FIELD_END};

/* GatherOptions: axis, batch_dims. */
static bool read_gather(struct context *context, const struct fb_table *options,
                        struct node *node) {
    (void)context;
    struct attributes *attributes = node->attributes;
    attributes->axis = fb_i32(options, 0, 0);
    attributes->batch_dims = fb_i32(options, 1, 0);
    return true;
}

bool gather_indices(struct context *context, const struct node *node,
                    const struct tensor *indices, int64_t size) {
    for (int64_t i = 0; indices->data && i < shape_count(&indices->shape);
         i++) {
        const int64_t index = tensor_int(indices, i);
        if (index < 0 || index >= size) {
            return node_fail(context, node,
                             "index %" PRId64 " is %" PRId64
                             ", it must lie within 0..%" PRId64,
                             i, index, size - 1);
        }
    }
    return true;
}

/* Axis and batch_dims, counted from the end if negative, within bounds. */
static bool find_axes(struct context *context, const struct node *node,
                      int *axis, int *batch_dims) {
    const struct attributes *attributes = node->attributes;
    const int rank = node->input[0]->shape.rank;
    const int index_rank = node->input[1]->shape.rank;
    ptrdiff_t dims = attributes->batch_dims;
    if (!copy_axis(context, node, attributes->axis, rank, axis)) {
        return false;
    }
    dims = dims < 0 ? dims + index_rank : dims;
    if (dims < 0 || dims > index_rank || dims > *axis) {
        return node_fail(context, node,
                         "batch_dims is %td, it must be at most the axis, %d, "
                         "and the dimensions of indices, %d",
                         attributes->batch_dims, *axis, index_rank);
    }
    *batch_dims = (int)dims;
    return true;
}

static bool infer_shape(struct context *context, const struct node *node,
                        int axis, int batch_dims) {
    const struct shape *input = &node->input[0]->shape;
    const struct shape *indices = &node->input[1]->shape;
    struct shape shape = {0};
    if (input->rank + indices->rank - 1 - batch_dims > MAX_RANK) {
        return node_fail(
            context, node, "output has %d dimensions, at most %d are allowed",
            input->rank + indices->rank - 1 - batch_dims, MAX_RANK);
    }
    for (int i = 0; i < axis; i++) {
        shape.dim[shape.rank++] = input->dim[i];
    }
    for (int i = 0; i < batch_dims; i++) {
        if (input->dim[i] != indices->dim[i]) {
            return node_fail(context, node,
                             "dimension %d of input is %" PRId32
                             ", of indices %" PRId32
                             ": within batch_dims they must be equal",
                             i, input->dim[i], indices->dim[i]);
        }
    }
    for (int i = batch_dims; i < indices->rank; i++) {
        shape.dim[shape.rank++] = indices->dim[i];
    }
    for (int i = axis + 1; i < input->rank; i++) {
        shape.dim[shape.rank++] = input->dim[i];
    }
    return op_output_shape(context, node, 0, &shape);
}

static bool infer_gather(struct context *context, struct node *node) {
    const struct tensor *input = node->input[0], *indices = node->input[1];
    int axis = 0, batch_dims = 0;
    return copy_types(context, node) &&
           op_rank(context, node, input, "input", 1, MAX_RANK) &&
           op_type(context, node, indices, "indices",
                   TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64)) &&
           find_axes(context, node, &axis, &batch_dims) &&
           gather_indices(context, node, indices, input->shape.dim[axis]) &&
           infer_shape(context, node, axis, batch_dims);
}

/* --- lowering --- */

static const struct field param_fields[] = {FIELD(mf_gather, INDEX, blocks),
                                            FIELD(mf_gather, INDEX, outer),
                                            FIELD(mf_gather, INDEX, size),
                                            FIELD(mf_gather, INDEX, count),
                                            FIELD(mf_gather, INDEX, run),
                                            FIELD(mf_gather, FLOAT, scale),
                                            FIELD_END};

static void run_bytes_s32(const void *params, void *const operand[]) {
    mf_gather_bytes_s32(params, operand[0], operand[1], operand[2]);
}
static void run_bytes_s64(const void *params, void *const operand[]) {
    mf_gather_bytes_s64(params, operand[0], operand[1], operand[2]);
}
static void run_constant_s32(const void *params, void *const operand[]) {
    mf_gather_constant_s32(params, operand[0], operand[1], operand[2]);
}
static void run_constant_s64(const void *params, void *const operand[]) {
    mf_gather_constant_s64(params, operand[0], operand[1], operand[2]);
}
static void run_dequantize(const void *params, void *const operand[]) {
    mf_gather_dequantize(params, operand[0], operand[1], operand[2]);
}

#define KERNEL(suffix)                                                         \
    {                                                                          \
        .name = "mf_gather_" #suffix, .header = "mf_gather.h",                 \
        .params = "mf_gather", .params_size = sizeof(mf_gather),               \
        .fields = param_fields, .run = run_##suffix,                           \
    }
/* By whether the input is constant, and whether the indices have 64 bits. */
static const struct kernel kernels[2][2] = {
    {KERNEL(bytes_s32), KERNEL(bytes_s64)},
    {KERNEL(constant_s32), KERNEL(constant_s64)}};
static const struct kernel kernel_dequantize = KERNEL(dequantize);

static void set_params(mf_gather *p, const struct gathering *gathering,
                       size_t size) {
    p->blocks = (ptrdiff_t)gathering->blocks;
    p->outer = (ptrdiff_t)gathering->outer;
    p->size = (ptrdiff_t)gathering->size;
    p->count = (ptrdiff_t)gathering->count;
    p->run = (ptrdiff_t)gathering->run * (ptrdiff_t)size;
}

bool lower_gather(struct lowering *lowering, struct tensor *input,
                  struct tensor *indices, const struct gathering *gathering) {
    struct call *call = lower_call(
        lowering, &kernels[input->data != NULL][indices->type == DTYPE_INT64]);
    if (!call) {
        return false;
    }
    set_params(call->params, gathering, dtype_size(input->type));
    call_input(call, "input", input);
    call_loaded(call);
    call_as_bytes(call);
    call_input(call, "indices", indices);
    call_output(call, lowering->node->output[0]);
    call_as_bytes(call);
    return true;
}

bool lower_gather_dequantize(struct lowering *lowering, struct tensor *input,
                             struct tensor *indices,
                             const struct gathering *gathering) {
    struct call *call = lower_call(lowering, &kernel_dequantize);
    if (!call) {
        return false;
    }
    mf_gather *p = call->params;
    set_params(p, gathering, 1);
    p->scale = input->quantization.scale[0];
    call_input(call, "input", input);
    call_loaded(call);
    call_input(call, "indices", indices);
    call_output(call, lowering->node->output[0]);
    return true;
}

static bool op_lower_gather(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape *input = &node->input[0]->shape;
    struct gathering gathering = {
        .blocks = 1, .outer = 1, .count = 1, .run = 1};
    int axis = 0, batch_dims = 0;
    if (!find_axes(lowering->context, node, &axis, &batch_dims)) {
        return false;
    }
    for (int i = 0; i < batch_dims; i++) {
        gathering.blocks *= input->dim[i];
    }
    for (int i = batch_dims; i < axis; i++) {
        gathering.outer *= input->dim[i];
    }
    gathering.size = input->dim[axis];
    for (int i = axis + 1; i < input->rank; i++) {
        gathering.run *= input->dim[i];
    }
    gathering.count = shape_count(&node->input[1]->shape) / gathering.blocks;
    return lower_gather(lowering, node->input[0], node->input[1], &gathering);
}

const struct op_def op_gather = {
    .name = "GATHER",
    .tflite_code = 36,
    .options_type = 23,
    .types = COPY_TYPES,
    .inputs = {2, 2},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct attributes),
    .attributes = attribute_fields,
    .read = read_gather,
    .infer = infer_gather,
    .lower = op_lower_gather,
};
