#include "pass/bounds.h"

#include "op/value_range.h"

enum {
    /* Channels of a tensor, and of all tensors together: networks for
     * microcontrollers have a few thousand. */
    TENSOR_LIMIT = 1 << 16,
    GRAPH_LIMIT = 1 << 20
};

/* A range of all that INT8 can hold for each channel; NULL for tensors that
 * are left out. */
static bool start_tensor(struct context *context, const struct tensor *tensor,
                         int32_t *total, struct value_range **range) {
    int32_t channels = channel_count(tensor);
    *range = NULL;
    if (tensor->type != DTYPE_INT8 || tensor->data || channels > TENSOR_LIMIT ||
        channels > GRAPH_LIMIT - *total) {
        return true;
    }
    *total += channels;
    *range = CONTEXT_NEW(context, struct value_range, (size_t)channels);
    for (int32_t c = 0; *range && c < channels; c++) {
        (*range)[c] = (struct value_range){INT8_MIN, INT8_MAX};
    }
    return *range != NULL;
}

static bool bound_node(struct context *context, const struct node *node,
                       struct value_range *const *bounds) {
    if (!node->op->bounds || node->output_count != 1 ||
        !bounds[node->output[0]->id]) {
        return true;
    }
    const struct value_range **input = CONTEXT_NEW(
        context, const struct value_range *, (size_t)node->input_count);
    if (!input) {
        return false;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *tensor = node->input[i];
        input[i] = tensor ? bounds[tensor->id] : NULL;
        if (tensor && !tensor->data && tensor->type == DTYPE_INT8 &&
            !input[i]) {
            return true;
        }
    }
    return node->op->bounds(context, node, input, bounds[node->output[0]->id]);
}

bool bound_channels(struct context *context, const struct graph *graph,
                    struct value_range ***bounds) {
    int32_t total = 0;
    struct value_range **all = CONTEXT_NEW(context, struct value_range *,
                                           (size_t)graph->tensor_count + 1);
    if (!all) {
        return false;
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (!start_tensor(context, graph->tensor[i], &total, &all[i])) {
            return false;
        }
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (!bound_node(context, graph->node[i], all)) {
            return false;
        }
    }
    *bounds = all;
    return true;
}
