/* Drops nodes and states that no output needs: a state is needed if its value
 * is read by a node that is. */
#include "op/op.h"
#include "pass/pass.h"

struct needs {
    bool *tensor;  /* by tensor id */
    bool *changes; /* by tensor id: nodes that have this input may change it */
};

static bool is_needed(const struct needs *needs, const struct node *node) {
    if (node->op->control_role != CONTROL_NONE) {
        return true;
    }
    for (int32_t k = 0; k < node->output_count; k++) {
        if (needs->tensor[node->output[k]->id]) {
            return true;
        }
    }
    for (int32_t k = 0; k < node->input_count; k++) {
        const struct tensor *input = node->input[k];
        if (input && needs->changes[input->id] && needs->tensor[input->id]) {
            return true;
        }
    }
    return false;
}

static void add_nodes(struct needs *needs, const struct graph *graph) {
    for (int32_t i = graph->node_count - 1; i >= 0; i--) {
        const struct node *node = graph->node[i];
        for (int32_t k = 0; is_needed(needs, node) && k < node->input_count;
             k++) {
            if (node->input[k]) {
                needs->tensor[node->input[k]->id] = true;
            }
        }
    }
}

/* Whether a state has become needed, or nodes that change it. */
static bool add_states(struct needs *needs, const struct graph *graph) {
    bool grown = false;
    for (int32_t i = 0; i < graph->state_count; i++) {
        const struct graph_state *state = &graph->state[i];
        const struct tensor *next = state->next ? state->next : state->tensor;
        if (!needs->tensor[state->tensor->id]) {
            continue;
        }
        grown = grown || (state->next ? !needs->tensor[next->id]
                                      : !needs->changes[next->id]);
        needs->tensor[next->id] = true;
        needs->changes[next->id] = !state->next;
    }
    return grown;
}

static void drop(struct graph *graph, const struct needs *needs) {
    int32_t kept = 0;
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (!is_needed(needs, graph->node[i])) {
            graph->node[i]->op = NULL;
        }
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        if (needs->tensor[graph->state[i].tensor->id]) {
            graph->state[kept++] = graph->state[i];
        }
    }
    graph->state_count = kept;
    graph_compact(graph);
}

bool pass_remove_dead(struct context *context, struct graph *graph) {
    size_t count = (size_t)graph->tensor_count;
    struct needs needs = {.tensor = CONTEXT_NEW(context, bool, count),
                          .changes = CONTEXT_NEW(context, bool, count)};
    if (!needs.tensor || !needs.changes) {
        return false;
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        needs.tensor[graph->output[i]->id] = true;
    }
    do {
        add_nodes(&needs, graph);
    } while (add_states(&needs, graph));
    drop(graph, &needs);
    return true;
}
