#include "op/space_batch.h"

#include <inttypes.h>

#include "op/copy.h"

bool space_batch_infer(struct context *context, const struct node *node,
                       const char *edges) {
    const struct tensor *edge = node->input[2];
    const int spatial = node->input[0]->shape.rank - 2;
    char text[SHAPE_TEXT];
    if (!copy_types(context, node) ||
        !op_rank(context, node, node->input[0], "input", 3, 4) ||
        !copy_parameter(context, node, node->input[1], "block_shape",
                        spatial) ||
        !op_type(context, node, edge, edges,
                 TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_INT64))) {
        return false;
    }
    if (edge->shape.rank != 2 || edge->shape.dim[0] != spatial ||
        edge->shape.dim[1] != 2) {
        return node_fail(context, node, "%s shape is %s, it must be %dx2",
                         edges, shape_text(&edge->shape, text), spatial);
    }
    return true;
}

bool space_batch_is_constant(const struct node *node) {
    return node->input[1]->data && node->input[2]->data;
}

bool space_batch_find(struct context *context, const struct node *node,
                      struct space_batch *parameters) {
    *parameters = (struct space_batch){
        .spatial = node->input[0]->shape.rank - 2, .block = {1, 1}};
    for (int i = 0; i < parameters->spatial; i++) {
        const int64_t block = tensor_int(node->input[1], i);
        if (block < 1 || block > INT16_MAX) {
            return node_fail(context, node,
                             "block_shape %d is %" PRId64
                             ", it must lie within 1..%d",
                             i, block, INT16_MAX);
        }
        parameters->block[i] = block;
        for (int side = 0; side < 2; side++) {
            const int64_t edge = tensor_int(node->input[2], 2 * i + side);
            if (edge < 0 || edge > INT32_MAX) {
                return node_fail(context, node,
                                 "%s of dimension %d is %" PRId64
                                 ", it must lie within 0..%" PRId32,
                                 side == 0 ? "what lies before"
                                           : "what lies after",
                                 i + 1, edge, INT32_MAX);
            }
            parameters->edge[i][side] = edge;
        }
    }
    return true;
}

const struct field space_batch_fields[] = {
    FIELD(mf_space_batch, INDEX, images),
    FIELD(mf_space_batch, INDEX, block_y),
    FIELD(mf_space_batch, INDEX, block_x),
    FIELD(mf_space_batch, INDEX, space_h),
    FIELD(mf_space_batch, INDEX, space_w),
    FIELD(mf_space_batch, INDEX, batch_h),
    FIELD(mf_space_batch, INDEX, batch_w),
    FIELD(mf_space_batch, INDEX, before_y),
    FIELD(mf_space_batch, INDEX, before_x),
    FIELD(mf_space_batch, INDEX, depth),
    FIELD(mf_space_batch, INT32, pad),
    FIELD_END};

bool space_batch_lower(struct lowering *lowering, const char *edges,
                       const struct kernel *kernel, const struct tensor *space,
                       const struct tensor *batch) {
    const struct node *node = lowering->node;
    const struct tensor *output = node->output[0];
    struct context *context = lowering->context;
    struct space_batch parameters;
    if (!op_constant(context, node, node->input[1], "block_shape") ||
        !op_constant(context, node, node->input[2], edges) ||
        !space_batch_find(context, node, &parameters)) {
        return false;
    }
    struct call *call = lower_call(lowering, kernel);
    if (!call) {
        return false;
    }
    mf_space_batch *p = call->params;
    const bool has_columns = parameters.spatial == 2;
    p->images = space->shape.dim[0];
    p->block_y = (ptrdiff_t)parameters.block[0];
    p->block_x = (ptrdiff_t)parameters.block[1];
    p->space_h = space->shape.dim[1];
    p->space_w = has_columns ? space->shape.dim[2] : 1;
    p->batch_h = batch->shape.dim[1];
    p->batch_w = has_columns ? batch->shape.dim[2] : 1;
    p->before_y = (ptrdiff_t)parameters.edge[0][0];
    p->before_x = (ptrdiff_t)parameters.edge[1][0];
    p->depth = space->shape.dim[space->shape.rank - 1] *
               (ptrdiff_t)dtype_size(space->type);
    /* What means zero; wider types are 0 there, as in the reference. */
    if (dtype_size(output->type) == 1 && output->quantization.count == 1) {
        p->pad = output->quantization.zero_point[0] & 0xff;
    }
    call_input(call, "input", node->input[0]);
    call_as_bytes(call);
    call_output(call, node->output[0]);
    call_as_bytes(call);
    return true;
}
