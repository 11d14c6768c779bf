/* DYNAMIC_UPDATE_SLICE: the operand with a block of it replaced, whose start
 * may be computed; it is moved so that the block fits. */
#include "mf_update_slice.h"

#include "op/copy.h"
#include "op/op.h"

static bool infer_update_slice(struct context *context, struct node *node) {
    const struct tensor *operand = node->input[0], *update = node->input[1];
    const struct shape *whole = &operand->shape, *part = &update->shape;
    char found[SHAPE_TEXT], allowed[SHAPE_TEXT];
    if (!copy_types(context, node) ||
        !op_rank(context, node, operand, "operand", 1, MAX_RANK) ||
        !op_same_type(context, node, update, "update", operand, "operand") ||
        !op_rank(context, node, update, "update", whole->rank, whole->rank) ||
        !copy_parameter(context, node, node->input[2], "start_indices",
                        whole->rank)) {
        return false;
    }
    for (int i = 0; i < whole->rank; i++) {
        if (part->dim[i] > whole->dim[i]) {
            return node_fail(context, node,
                             "update shape is %s, it must fit into the "
                             "operand's, %s",
                             shape_text(part, found),
                             shape_text(whole, allowed));
        }
    }
    return op_output_shape(context, node, 0, whole);
}

static void memory_update_slice(const struct node *node,
                                struct op_memory *memory) {
    (void)node;
    memory->in_place = 1;
}

static const struct field param_fields[] = {
    FIELD(mf_update_slice, INDEX, rank),
    FIELD(mf_update_slice, INDEX, total),
    FIELD_ARRAY(mf_update_slice, INDEX, last_start, MAX_RANK),
    FIELD_ARRAY(mf_update_slice, INDEX, strides, MAX_RANK),
    FIELD_ARRAY(mf_update_slice, INDEX, update_sizes, MAX_RANK - 1),
    FIELD(mf_update_slice, INDEX, run),
    FIELD_END};

static void run_s32(const void *params, void *const operand[]) {
    mf_update_slice_s32(params, operand[0], operand[1], operand[2], operand[3]);
}

static void run_s64(const void *params, void *const operand[]) {
    mf_update_slice_s64(params, operand[0], operand[1], operand[2], operand[3]);
}

static const struct kernel kernel_s32 = {
    .name = "mf_update_slice_s32",
    .header = "mf_update_slice.h",
    .params = "mf_update_slice",
    .params_size = sizeof(mf_update_slice),
    .fields = param_fields,
    .run = run_s32,
};

static const struct kernel kernel_s64 = {
    .name = "mf_update_slice_s64",
    .header = "mf_update_slice.h",
    .params = "mf_update_slice",
    .params_size = sizeof(mf_update_slice),
    .fields = param_fields,
    .run = run_s64,
};

static bool lower_update_slice(struct lowering *lowering) {
    const struct node *node = lowering->node;
    const struct shape *whole = &node->input[0]->shape;
    const struct shape *part = &node->input[1]->shape;
    const ptrdiff_t size = (ptrdiff_t)dtype_size(node->input[0]->type);
    struct call *call =
        lower_call(lowering, node->input[2]->type == DTYPE_INT64 ? &kernel_s64
                                                                 : &kernel_s32);
    if (!call) {
        return false;
    }
    mf_update_slice *p = call->params;
    int64_t stride[MAX_RANK];
    shape_strides(whole, stride);
    p->rank = whole->rank;
    p->total = (ptrdiff_t)tensor_size(node->input[0]);
    for (int i = 0; i < MAX_RANK - 1; i++) {
        p->update_sizes[i] = i < whole->rank - 1 ? part->dim[i] : 1;
    }
    for (int i = 0; i < whole->rank; i++) {
        p->last_start[i] = whole->dim[i] - part->dim[i];
        p->strides[i] = (ptrdiff_t)stride[i] * size;
    }
    p->run = part->dim[whole->rank - 1] * size;
    call_input(call, "operand", node->input[0]);
    call_as_bytes(call);
    call_input(call, "update", node->input[1]);
    call_as_bytes(call);
    call_input(call, "start_indices", node->input[2]);
    call_output(call, node->output[0]);
    call_as_bytes(call);
    return true;
}

const struct op_def op_dynamic_update_slice = {
    .name = "DYNAMIC_UPDATE_SLICE",
    .tflite_code = 151,
    .types = COPY_TYPES,
    .inputs = {3, 3},
    .outputs = {1, 1},
    .infer = infer_update_slice,
    .memory = memory_update_slice,
    .lower = lower_update_slice,
};
