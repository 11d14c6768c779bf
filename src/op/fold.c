/* A node computed at compile time, by the kernels that would have run on the
 * target. */
#include <stddef.h>

#include "op/op.h"

/* Where the node that is being folded puts its outputs. */
struct results {
    const struct node *node;
    void **memory; /* one an output */
};

static void *find_result(void *user, const struct tensor *tensor) {
    const struct results *results = user;
    for (int32_t i = 0; i < results->node->output_count; i++) {
        if (results->node->output[i] == tensor) {
            return results->memory[i];
        }
    }
    return NULL;
}

/* Handles of variables have no inputs, nor anything to compute; what is stored
 * in a state is stored at every inference. */
bool op_inputs_constant(const struct node *node) {
    if (node->op->state_role == STATE_HANDLE ||
        node->op->state_role == STATE_ONCE ||
        node->op->state_role == STATE_ASSIGN ||
        node->op->control_role != CONTROL_NONE ||
        op_memory(target_by_index(0), node).kept > 0) {
        return false;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        if (node->input[i] && !node->input[i]->data) {
            return false;
        }
    }
    return true;
}

bool op_fold(struct context *context, struct node *node) {
    const struct target *here = target_by_index(0);
    struct results results = {
        node, CONTEXT_NEW(context, void *, (size_t)node->output_count)};
    if (!results.memory) {
        return false;
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        results.memory[i] =
            context_alloc(context, tensor_size(node->output[i]), 1);
        if (!results.memory[i]) {
            return false;
        }
    }
    void *scratch = context_alloc(context, op_memory(here, node).scratch, 1);
    const struct call *call = op_lower(context, here, node);
    if (!scratch || !call) {
        return false;
    }
    calls_run(call, find_result, &results, scratch, NULL);
    for (int32_t i = 0; i < node->output_count; i++) {
        node->output[i]->data = results.memory[i];
    }
    node->op = NULL;
    return true;
}
