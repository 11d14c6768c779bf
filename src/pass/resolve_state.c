/* Makes the state of a model explicit: variables, which operators read and
 * assign in the file's order, become states of the main graph.
 *
 * A read is the value at that point: what the state holds when the inference
 * starts, or what was assigned last before the read.  The last value assigned
 * is what the state holds from then on.  So nothing but the graph's states
 * lives longer than an inference, and everywhere else a tensor has one value.
 * The graph that is run once before the first inference may only assign
 * constants: the initial values. */
#include <inttypes.h>
#include <string.h>

#include "op/op.h"
#include "op/state.h"
#include "pass/copy_node.h"
#include "pass/pass.h"

enum { VARIABLE_LIMIT = 1024 };

struct variable {
    const struct handle_attributes *handle;
    const struct tensor *initial; /* constant; NULL if none was assigned */
    const struct tensor *first;   /* the first one assigned in the main graph */
    struct tensor *before;        /* NULL until it is read */
    struct tensor *current;       /* what a read gives; NULL before any */
    struct node *assign;          /* the last one */
};

struct resolver {
    struct context *context;
    struct module *module;
    struct graph *graph; /* the main one */
    int32_t count;
    struct variable *variable;
    bool is_touched; /* a variable was read or assigned already */
};

/* --- variables by name --- */

static struct variable *find_variable(struct resolver *resolver,
                                      const struct node *node) {
    const struct tensor *handle = node->input[0];
    const struct node *producer = handle->producer;
    if (!producer || producer->op->state_role != STATE_HANDLE) {
        node_fail(resolver->context, node,
                  "the handle is not that of a VAR_HANDLE");
        return NULL;
    }
    const struct handle_attributes *name = producer->attributes;
    for (int32_t i = 0; i < resolver->count; i++) {
        struct variable *variable = &resolver->variable[i];
        if (strcmp(variable->handle->container, name->container) == 0 &&
            strcmp(variable->handle->name, name->name) == 0) {
            return variable;
        }
    }
    if (resolver->count == VARIABLE_LIMIT) {
        node_fail(resolver->context, node,
                  "the model has over %d variables, which are not allowed",
                  VARIABLE_LIMIT);
        return NULL;
    }
    struct variable *variable = &resolver->variable[resolver->count++];
    variable->handle = name;
    return variable;
}

/* Whether a tensor can stand for the variable's value. */
static bool check_value(struct resolver *resolver, const struct node *node,
                        const struct tensor *tensor,
                        const struct tensor *value) {
    if (!value || (tensor->type == value->type &&
                   shape_equal(&tensor->shape, &value->shape))) {
        return true;
    }
    char text[SHAPE_TEXT], other[SHAPE_TEXT];
    return node_fail(resolver->context, node,
                     "the value is %s of shape %s, the variable \"%s\" has "
                     "one of %s of shape %s",
                     dtype_name(tensor->type), shape_text(&tensor->shape, text),
                     value->name, dtype_name(value->type),
                     shape_text(&value->shape, other));
}

/* --- initial values --- */

static bool run_once(struct resolver *resolver, const struct node *once) {
    const struct once_attributes *attributes = once->attributes;
    const struct module *module = resolver->module;
    int32_t index = attributes->graph;
    if (index < 1 || index >= module->graph_count || !module->graph[index]) {
        return node_fail(resolver->context, once,
                         "graph %" PRId32 " is not one that can be run", index);
    }
    if (resolver->is_touched) {
        return node_fail(resolver->context, once,
                         "variables are used before it");
    }
    struct graph *graph = module->graph[index];
    if (!pass_fold_constants(resolver->context, graph)) {
        return false;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        const struct node *node = graph->node[i];
        if (node->op->state_role == STATE_HANDLE) {
            continue;
        }
        if (node->op->state_role != STATE_ASSIGN || !node->input[1]->data) {
            return node_fail(resolver->context, once,
                             "op %" PRId32 " %s of graph %" PRId32
                             " is not the assignment of a constant, which is "
                             "all that is supported there",
                             node->index, node->op->name, index);
        }
        struct variable *variable = find_variable(resolver, node);
        if (!variable ||
            !check_value(resolver, node, node->input[1], variable->initial)) {
            return false;
        }
        variable->initial = node->input[1];
    }
    return true;
}

/* --- the main graph --- */

static bool read_variable(struct resolver *resolver, struct node *node) {
    struct variable *variable = find_variable(resolver, node);
    resolver->is_touched = true;
    if (!variable || !check_value(resolver, node, node->output[0],
                                  variable->current ? variable->current
                                                    : variable->initial)) {
        return false;
    }
    if (!variable->current) {
        variable->current = variable->before =
            tensor_like(resolver->context, resolver->graph, node->output[0]);
    }
    /* The handle may be another's input, too: the list is the node's own. */
    node->input[0] = variable->current;
    return variable->current != NULL;
}

static bool assign_variable(struct resolver *resolver, struct node *node) {
    struct variable *variable = find_variable(resolver, node);
    resolver->is_touched = true;
    if (!variable || !check_value(resolver, node, node->input[1],
                                  variable->current ? variable->current
                                                    : variable->initial)) {
        return false;
    }
    if (variable->assign) {
        variable->assign->op = NULL;
    }
    if (!variable->first) {
        variable->first = node->input[1];
    }
    variable->assign = node;
    variable->current = node->input[1];
    return true;
}

static bool walk(struct resolver *resolver) {
    struct graph *graph = resolver->graph;
    int32_t last = -1;
    bool ok = true;
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        enum state_role role = node->op->state_role;
        if (role != STATE_NONE && role != STATE_HANDLE && node->index < last) {
            return node_fail(resolver->context, node,
                             "operators stand in another order than they can "
                             "be executed in, which leaves open what a "
                             "variable holds");
        }
        last = node->index > last ? node->index : last;
        switch (role) {
        case STATE_NONE:
        case STATE_HANDLE:
            break;
        case STATE_READ:
            ok = read_variable(resolver, node) && ok;
            break;
        case STATE_ASSIGN:
            ok = assign_variable(resolver, node) && ok;
            break;
        case STATE_ONCE:
            ok = run_once(resolver, node) && ok;
            break;
        }
    }
    return ok;
}

/* --- states --- */

/* Bytes of what nothing was assigned to before the first inference: the
 * reference fills a variable with the lowest byte of the zero point of the
 * first tensor that it finds assigned. */
static uint8_t zero_byte(const struct tensor *tensor) {
    return tensor->quantization.count
               ? (uint8_t)(uint32_t)tensor->quantization.zero_point[0]
               : 0;
}

/* Nothing in the graph changes the variable: it is a constant. */
static bool make_constant(struct resolver *resolver,
                          const struct variable *variable) {
    struct tensor *before = variable->before;
    if (variable->initial) {
        before->data = variable->initial->data;
        return true;
    }
    size_t size = tensor_size(before);
    void *data = context_alloc(resolver->context, size, 1);
    if (data) {
        memset(data, zero_byte(before), size);
    }
    before->data = data;
    return data != NULL;
}

/* The assignment becomes a node from the value to what is stored. */
static bool make_state(struct resolver *resolver,
                       const struct variable *variable) {
    struct graph *graph = resolver->graph;
    struct node *assign = variable->assign;
    struct tensor *before = variable->before;
    struct tensor *next =
        tensor_like(resolver->context, resolver->graph, before);
    assign->output = CONTEXT_NEW(resolver->context, struct tensor *, 1);
    if (!next || !assign->output) {
        return false;
    }
    assign->input[0] = assign->input[1];
    assign->input_count = 1;
    assign->output[0] = next;
    assign->output_count = 1;
    before->is_variable = true;
    next->is_stored = true;
    graph->state[graph->state_count++] = (struct graph_state){
        .tensor = before,
        .next = next,
        .initial = variable->initial ? variable->initial->data : NULL,
        .fill = zero_byte(variable->first)};
    return true;
}

static bool make_states(struct resolver *resolver) {
    struct graph *graph = resolver->graph;
    graph->state =
        CONTEXT_NEW(resolver->context, struct graph_state,
                    (size_t)graph->tensor_count + (size_t)resolver->count + 1);
    if (!graph->state) {
        return false;
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        struct tensor *tensor = graph->tensor[i];
        if (tensor->is_variable && tensor->use_count > 0) {
            graph->state[graph->state_count++] = (struct graph_state){
                .tensor = tensor,
                .fill = tensor->type == DTYPE_INT8 ? zero_byte(tensor) : 0};
        }
    }
    for (int32_t i = 0; i < resolver->count; i++) {
        const struct variable *variable = &resolver->variable[i];
        bool ok = true;
        if (variable->before) {
            ok = variable->assign ? make_state(resolver, variable)
                                  : make_constant(resolver, variable);
        } else if (variable->assign) {
            variable->assign->op = NULL; /* no inference sees it */
        }
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool pass_resolve_state(struct context *context, struct module *module) {
    struct graph *graph = module->graph[0];
    struct resolver resolver = {
        .context = context, .module = module, .graph = graph};
    resolver.variable = CONTEXT_NEW(context, struct variable, VARIABLE_LIMIT);
    if (!resolver.variable || !walk(&resolver) || !make_states(&resolver)) {
        return false;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        if (node->op && (node->op->state_role == STATE_HANDLE ||
                         node->op->state_role == STATE_ONCE)) {
            node->op = NULL;
        }
    }
    graph_compact(graph);
    return true;
}
