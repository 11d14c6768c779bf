/* Puts what changes states at the end, where all that reads their old values is
 * over, so that it may be computed where these values are.
 *
 * First come the nodes whose results states alone take, then the assignments;
 * one that takes another state's old value goes before that state's own. */
#include "op/op.h"
#include "pass/pass.h"

struct order {
    struct context *context;
    struct graph *graph;
    const struct target *target;
    struct node **node; /* the new order */
    int32_t count;
    bool *is_last; /* by position in the old order: goes to the end */
};

/* The tensor whose bytes a chain of views shows. */
static const struct tensor *find_root(const struct order *order,
                                      const struct tensor *tensor) {
    while (tensor->producer &&
           op_memory(order->target, tensor->producer).is_view &&
           !tensor->is_stored) {
        tensor = tensor->producer->input[0];
    }
    return tensor;
}

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
            find_root(order, stored_value(&graph->state[i])) ==
                graph->state[s].tensor) {
            return true;
        }
    }
    return false;
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
            return context_fail(order->context,
                                "variables take each other's values in a "
                                "circle, which is not supported");
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
    struct order order = {.context = context,
                          .graph = graph,
                          .target = target,
                          .node = CONTEXT_NEW(context, struct node *, count),
                          .is_last = CONTEXT_NEW(context, bool, count)};
    if (!order.node || !order.is_last) {
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
            graph->node[kept++] = graph->node[i];
        }
    }
    for (int32_t i = 0; i < order.count; i++) {
        graph->node[kept++] = order.node[i];
    }
    return true;
}
