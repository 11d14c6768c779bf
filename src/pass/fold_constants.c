/* Computes at compile time what depends on constants alone, or on shapes
 * alone: the kernels that would have run on the target run here. */
#include <stddef.h>

#include "op/op.h"
#include "pass/pass.h"

/* What folding a graph may cost in all, in bytes of inputs and results and in
 * multiply-accumulates; what is over is left to the target.  A small file must
 * not make the compiler fill the machine's memory or run for minutes. */
enum { FOLD_BUDGET = 1 << 26 };

static uint64_t fold_cost(const struct node *node) {
    uint64_t cost = op_macs(node);
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

bool pass_fold_constants(struct context *context, struct graph *graph) {
    bool ok = true;
    uint64_t budget = FOLD_BUDGET;
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        if (reads_folded(node) && !node->op->infer(context, node)) {
            ok = false;
            continue;
        }
        if (node->op->is_program_function) {
            continue;
        }
        if (!node->op->reads_shapes_only && !op_inputs_constant(node)) {
            continue;
        }
        uint64_t cost = fold_cost(node);
        if (cost <= budget) {
            budget -= cost;
            ok = op_fold(context, node) && ok;
        }
    }
    graph_compact(graph);
    return ok;
}
