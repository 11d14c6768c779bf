/* Computes at compile time what depends on constants alone, or on shapes
 * alone: the kernels that would have run on the target run here. */
#include <stddef.h>

#include "op/op.h"
#include "pass/pass.h"

/* What folding a graph may cost in all, in bytes of inputs and results and in
 * multiply-accumulates; what is over is left to the target.  A small file must
 * not make the compiler fill the machine's memory or run for minutes. */
enum { FOLD_BUDGET = 1 << 26 };

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
static bool has_constant_inputs(const struct node *node) {
    if (node->op->state_role == STATE_HANDLE ||
        node->op->state_role == STATE_ONCE ||
        node->op->state_role == STATE_ASSIGN ||
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

static uint64_t fold_cost(const struct node *node) {
    uint64_t cost = node->op->macs ? node->op->macs(node) : 0;
    uint64_t steps = node->op->steps ? node->op->steps(node) : 0;
    if (cost > FOLD_BUDGET || steps > FOLD_BUDGET) {
        return UINT64_MAX;
    }
    cost += steps;
    for (int32_t i = 0; i < node->input_count; i++) {
        cost += node->input[i] ? tensor_size(node->input[i]) : 0;
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        cost += tensor_size(node->output[i]);
    }
    return cost;
}

/* Whether an input became constant since the node was inferred. */
static bool reads_folded(const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if (input && input->data && input->producer) {
            return true;
        }
    }
    return false;
}

static bool fold(struct context *context, struct node *node) {
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

bool pass_fold_constants(struct context *context, struct graph *graph) {
    bool ok = true;
    uint64_t budget = FOLD_BUDGET;
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        if (reads_folded(node) && !node->op->infer(context, node)) {
            ok = false;
            continue;
        }
        if (!node->op->reads_shapes_only && !has_constant_inputs(node)) {
            continue;
        }
        uint64_t cost = fold_cost(node);
        if (cost <= budget) {
            budget -= cost;
            ok = fold(context, node) && ok;
        }
    }
    graph_compact(graph);
    return ok;
}
