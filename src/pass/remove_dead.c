/* Drops nodes that no output of the graph needs. */
#include "op/op.h"
#include "pass/pass.h"

static bool is_needed(const struct node *node, const unsigned char *needed) {
    for (int32_t k = 0; k < node->output_count; k++) {
        if (needed[node->output[k]->id]) {
            return true;
        }
    }
    return false;
}

bool pass_remove_dead(struct context *context, struct graph *graph) {
    /* By tensor id. */
    unsigned char *needed =
        context_alloc(context, (size_t)graph->tensor_count + 1, 1);
    if (!needed) {
        return false;
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        needed[graph->output[i]->id] = 1;
    }
    for (int32_t i = graph->node_count - 1; i >= 0; i--) {
        struct node *node = graph->node[i];
        if (!is_needed(node, needed)) {
            node->op = NULL;
            continue;
        }
        for (int32_t k = 0; k < node->input_count; k++) {
            if (node->input[k]) {
                needed[node->input[k]->id] = 1;
            }
        }
    }
    graph_compact(graph);
    return true;
}
