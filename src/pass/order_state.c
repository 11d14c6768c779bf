/* Puts what changes states at the end, where all that reads their old values is
 * over, so that it may be computed where these values are.
 *
 * First come the nodes whose results states alone take, then the assignments;
 * one that takes another state's old value goes before that state's own.  An
 * old value that is needed longer, as an output of the graph or because states
 * take each other's values in a circle, is copied before. */
#include "op/op.h"
#include "pass/copy_node.h"
#include "pass/pass.h"

struct order {
    struct context *context;
    struct graph *graph;
    const struct target *target;
    struct node **node; /* the new order */
    int32_t count;
    bool *is_last; /* by position in the old order: goes to the end */
};

static const struct tensor *stored_value(const struct graph_state *state) {
    return state->next->producer->input[0];
}

/* Whether a result that only a state takes could replace, once it is computed
 * last, an input that only states and their like are needed for: the node reads
 * nothing else that would have to be kept. */
static bool may_wait(const struct order *order, const struct tensor *value) {
    const struct node *node = value->producer;
    if (!node || value->use_count != 1 || node->output_count != 1 ||
        !(op_memory(order->target, node).in_place & 1)) {
        return false;
    }
    for (int32_t i = 1; i < node->input_count; i++) {
        if (node->input[i] && !node->input[i]->data) {
            return false;
        }
    }
    const struct tensor *input = node->input[0];
    const struct node *before = input->producer;
    return before && (op_memory(order->target, before).in_place & 1) &&
           before->input[0]->is_variable;
}

/* A copy of the tensor, made after all that stands in the new order so far. */
static struct tensor *add_copy(struct order *order, struct tensor *tensor) {
    struct tensor *copy = tensor_like(order->context, order->graph, tensor);
    struct node *node =
        copy ? copy_node(order->context, tensor, copy, true) : NULL;
    if (!node) {
        return NULL;
    }
    order->node[order->count++] = node;
    return copy;
}

static int32_t find_node(const struct graph *graph, const struct node *node) {
    int32_t i = 0;
    while (graph->node[i] != node) {
        i++;
    }
    return i;
}

static void put_last(struct order *order, struct node *node) {
    order->is_last[find_node(order->graph, node)] = true;
    order->node[order->count++] = node;
}

/* Whether an assignment that is still to come takes the state's old value. */
static bool is_awaited(const struct order *order, const bool *is_done,
                       int32_t s) {
    const struct graph *graph = order->graph;
    for (int32_t i = 0; i < graph->state_count; i++) {
        if (i != s && !is_done[i] &&
            view_root(order->target, stored_value(&graph->state[i])) ==
                graph->state[s].tensor) {
            return true;
        }
    }
    return false;
}

/* Every state that is left is awaited: one gets a copy of what it takes. */
static bool open_circle(struct order *order, const bool *is_done) {
    const struct graph *graph = order->graph;
    int32_t s = 0;
    while (is_done[s] ||
           !view_root(order->target, stored_value(&graph->state[s]))
                ->is_variable) {
        s++;
    }
    struct node *assign = graph->state[s].next->producer;
    assign->input[0] = add_copy(order, assign->input[0]);
    return assign->input[0] != NULL;
}

static bool is_replaced(const struct graph *graph, const struct tensor *old) {
    for (int32_t i = 0; i < graph->state_count; i++) {
        if (graph->state[i].tensor == old) {
            return graph->state[i].next != NULL;
        }
    }
    return false;
}

/* Outputs that show what a state held, and no longer will. */
static bool copy_outputs(struct order *order) {
    struct graph *graph = order->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        const struct tensor *root = view_root(order->target, graph->output[i]);
        if (root->is_variable && is_replaced(graph, root)) {
            graph->output[i] = add_copy(order, graph->output[i]);
            if (!graph->output[i]) {
                return false;
            }
        }
    }
    return true;
}

static bool put_assignments(struct order *order) {
    struct graph *graph = order->graph;
    bool *is_done =
        CONTEXT_NEW(order->context, bool, (size_t)graph->state_count + 1);
    int32_t left = 0;
    if (!is_done) {
        return false;
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        is_done[i] = !graph->state[i].next;
        left += !is_done[i];
    }
    while (left > 0) {
        int32_t s = 0;
        while (s < graph->state_count &&
               (is_done[s] || is_awaited(order, is_done, s))) {
            s++;
        }
        if (s == graph->state_count) {
            if (!open_circle(order, is_done)) {
                return false;
            }
            continue;
        }
        put_last(order, graph->state[s].next->producer);
        is_done[s] = true;
        left--;
    }
    return true;
}

bool pass_order_state(struct context *context, struct graph *graph,
                      const struct target *target) {
    size_t count = (size_t)graph->node_count;
    size_t copies = (size_t)graph->state_count + (size_t)graph->output_count;
    struct order order = {
        .context = context,
        .graph = graph,
        .target = target,
        .node = CONTEXT_NEW(context, struct node *, count + copies),
        .is_last = CONTEXT_NEW(context, bool, count)};
    struct node **all = CONTEXT_NEW(context, struct node *, count + copies);
    if (!order.node || !order.is_last || !all || !copy_outputs(&order)) {
        return false;
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        if (graph->state[i].next) {
            const struct tensor *value = stored_value(&graph->state[i]);
            if (may_wait(&order, value)) {
                put_last(&order, value->producer);
            }
        }
    }
    if (!put_assignments(&order)) {
        return false;
    }
    int32_t kept = 0;
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (!order.is_last[i]) {
            all[kept++] = graph->node[i];
        }
    }
    for (int32_t i = 0; i < order.count; i++) {
        all[kept++] = order.node[i];
    }
    graph->node = all;
    graph->node_count = kept;
    graph_index(graph);
    return true;
}
