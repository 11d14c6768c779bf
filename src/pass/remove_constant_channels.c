/* Removes channels that say nothing: those whose values are constant, by
 * interval arithmetic, or not looked at, wherever every node that reads them
 * can do without them and the node that computes them need not.
 *
 * Channels that can only go together (op_def.channels) make up a class, held in
 * a union-find; a class stays as soon as one of its channels must. */
#include "op/op.h"
#include "op/value_range.h"
#include "pass/bounds.h"
#include "pass/pass.h"

/* Dropping outputs may leave inputs that nothing looks at. */
enum { ROUNDS = 4 };

struct state {
    struct context *context;
    struct graph *graph;
    struct value_range **bounds; /* by tensor id */
    int32_t *first; /* by tensor id: its channels' first number; -1: none */
    int32_t *parent;
    bool *stays;   /* by number of the class */
    bool *is_kept; /* by tensor id: all channels of the tensor stay */
    bool **keep;   /* by tensor id, once known; NULL without channels */
};

/* --- classes --- */

static int32_t find_class(struct state *state, int32_t number) {
    int32_t *parent = state->parent;
    while (parent[number] != number) {
        parent[number] = parent[parent[number]];
        number = parent[number];
    }
    return number;
}

static void join(struct state *state, int32_t a, int32_t b) {
    a = find_class(state, a);
    b = find_class(state, b);
    /* Towards the lower number: halving the paths keeps them short enough. */
    int32_t low = a < b ? a : b, high = a < b ? b : a;
    state->parent[high] = low;
    state->stays[low] = state->stays[low] || state->stays[high];
}

static void keep_channel(struct state *state, int32_t number) {
    state->stays[find_class(state, number)] = true;
}

static void keep_tensor(struct state *state, const struct tensor *tensor) {
    int32_t first = tensor ? state->first[tensor->id] : -1;
    if (first < 0 || state->is_kept[tensor->id]) {
        return;
    }
    state->is_kept[tensor->id] = true;
    for (int32_t c = 0; c < channel_count(tensor); c++) {
        keep_channel(state, first + c);
    }
}

static bool number_channels(struct state *state) {
    const struct graph *graph = state->graph;
    int32_t total = 0;
    state->first =
        CONTEXT_NEW(state->context, int32_t, (size_t)graph->tensor_count + 1);
    state->is_kept =
        CONTEXT_NEW(state->context, bool, (size_t)graph->tensor_count + 1);
    if (!state->first || !state->is_kept) {
        return false;
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        state->first[i] = -1;
        if (state->bounds[i]) {
            state->first[i] = total;
            total += channel_count(graph->tensor[i]);
        }
    }
    state->parent = CONTEXT_NEW(state->context, int32_t, (size_t)total);
    state->stays = CONTEXT_NEW(state->context, bool, (size_t)total);
    for (int32_t i = 0; state->parent && i < total; i++) {
        state->parent[i] = i;
    }
    return state->parent && state->stays;
}

/* --- what each node says --- */

static void keep_node(struct state *state, const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        keep_tensor(state, node->input[i]);
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        keep_tensor(state, node->output[i]);
    }
}

static void link_channels(struct state *state, const struct tensor *input,
                          const struct tensor *output,
                          const struct channel_map *map) {
    int32_t from = state->first[input->id], to = state->first[output->id];
    for (int32_t c = 0; c < channel_count(input); c++) {
        for (int32_t k = 0; k < map->repeats; k++) {
            join(state, from + c,
                 to + map->first + c * map->step + k * map->repeat_step);
        }
    }
}

/* Keeps what the node needs of an input of which each output channel sees all
 * channels. */
static bool keep_needed(struct state *state, const struct node *node, int i) {
    const struct tensor *input = node->input[i];
    int32_t channels = channel_count(input);
    if (i != 0 || !node->op->unneeded) {
        keep_tensor(state, input);
        return true;
    }
    bool *unneeded = CONTEXT_NEW(state->context, bool, (size_t)channels);
    if (!unneeded || !node->op->unneeded(state->context, node,
                                         state->bounds[input->id], unneeded)) {
        return false;
    }
    for (int32_t c = 0; c < channels; c++) {
        if (!unneeded[c]) {
            keep_channel(state, state->first[input->id] + c);
        }
    }
    return true;
}

/* *all: all channels of the node stay, whatever its other inputs say. */
static bool read_input(struct state *state, const struct node *node, int i,
                       bool *all) {
    const struct tensor *input = node->input[i];
    struct channel_map map = node->op->channels(node, i);
    bool has_channels = state->first[input->id] >= 0;
    switch (map.kind) {
    case CHANNELS_MIXED:
        return !has_channels || keep_needed(state, node, i);
    case CHANNELS_LINKED:
        if (has_channels) {
            link_channels(state, input, node->output[0], &map);
            return true;
        }
        break;
    default:
        break;
    }
    keep_node(state, node);
    *all = true;
    return true;
}

static bool read_node(struct state *state, const struct node *node) {
    if (!node->op->channels || node->output_count != 1 ||
        state->first[node->output[0]->id] < 0) {
        keep_node(state, node);
        return true;
    }
    bool all = false;
    for (int32_t i = 0; i < node->input_count && !all; i++) {
        const struct tensor *input = node->input[i];
        if (input && !input->data && !read_input(state, node, i, &all)) {
            return false;
        }
    }
    return true;
}

/* What is the caller's, and what no node computes. */
static void keep_ports(struct state *state) {
    const struct graph *graph = state->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        keep_tensor(state, graph->output[i]);
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct tensor *tensor = graph->tensor[i];
        if (!tensor->producer || tensor->is_variable ||
            tensor->quantization.count > 1) {
            keep_tensor(state, tensor);
        }
    }
}

/* Every tensor keeps something, and as many channels as the target likes. */
static void keep_multiple(struct state *state, const struct tensor *tensor,
                          int32_t multiple) {
    int32_t first = state->first[tensor->id], kept = 0;
    int32_t channels = channel_count(tensor);
    for (int32_t c = 0; first >= 0 && c < channels; c++) {
        kept += state->stays[find_class(state, first + c)];
    }
    for (int32_t c = 0; first >= 0 && c < channels; c++) {
        if (kept > 0 && kept % multiple == 0) {
            return;
        }
        if (!state->stays[find_class(state, first + c)]) {
            keep_channel(state, first + c);
            kept++;
        }
    }
}

/* --- what follows --- */

/* Fills `keep`; *dropped is whether anything goes. */
static bool decide(struct state *state, bool *dropped) {
    const struct graph *graph = state->graph;
    *dropped = false;
    state->keep =
        CONTEXT_NEW(state->context, bool *, (size_t)graph->tensor_count + 1);
    if (!state->keep) {
        return false;
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        int32_t first = state->first[i];
        int32_t channels = channel_count(graph->tensor[i]);
        if (first < 0) {
            continue;
        }
        state->keep[i] = CONTEXT_NEW(state->context, bool, (size_t)channels);
        if (!state->keep[i]) {
            return false;
        }
        for (int32_t c = 0; c < channels; c++) {
            bool stays = state->stays[find_class(state, first + c)];
            state->keep[i][c] = stays;
            *dropped = *dropped || !stays;
        }
    }
    return true;
}

static bool loses_channels(const struct state *state,
                           const struct tensor *tensor) {
    const bool *keep = tensor ? state->keep[tensor->id] : NULL;
    for (int32_t c = 0; keep && c < channel_count(tensor); c++) {
        if (!keep[c]) {
            return true;
        }
    }
    return false;
}

static bool is_changed(const struct state *state, const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        if (loses_channels(state, node->input[i])) {
            return true;
        }
    }
    return node->output_count == 1 && loses_channels(state, node->output[0]);
}

static bool change_node(struct state *state, struct node *node) {
    size_t inputs = (size_t)node->input_count;
    const struct value_range **bounds =
        CONTEXT_NEW(state->context, const struct value_range *, inputs);
    const bool **keep = CONTEXT_NEW(state->context, const bool *, inputs);
    if (!bounds || !keep) {
        return false;
    }
    for (size_t i = 0; i < inputs; i++) {
        if (node->input[i]) {
            bounds[i] = state->bounds[node->input[i]->id];
            keep[i] = state->keep[node->input[i]->id];
        }
    }
    struct channel_drop drop = {.context = state->context,
                                .graph = state->graph,
                                .node = node,
                                .bounds = bounds,
                                .keep_input = keep,
                                .keep_output =
                                    state->keep[node->output[0]->id]};
    return !node->op->drop_channels || node->op->drop_channels(&drop);
}

static void shrink_tensor(const struct state *state, struct tensor *tensor) {
    const bool *keep = state->keep[tensor->id];
    int32_t channels = channel_count(tensor), kept = 0;
    for (int32_t c = 0; keep && c < channels; c++) {
        kept += keep[c];
    }
    if (keep && kept < channels) {
        tensor->shape.dim[tensor->shape.rank - 1] = kept;
    }
}

/* Nodes first, while all shapes are the old ones. */
static bool apply(struct state *state) {
    struct graph *graph = state->graph;
    int32_t tensors = graph->tensor_count;
    bool *changed =
        CONTEXT_NEW(state->context, bool, (size_t)graph->node_count);
    if (!changed) {
        return false;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        changed[i] = is_changed(state, graph->node[i]);
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (changed[i] && !change_node(state, graph->node[i])) {
            return false;
        }
    }
    for (int32_t i = 0; i < tensors; i++) {
        shrink_tensor(state, graph->tensor[i]);
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        if (changed[i] && !node->op->infer(state->context, node)) {
            return false;
        }
    }
    graph_index(graph);
    return true;
}

static bool has_constants(const struct value_range *range, int32_t channels) {
    for (int32_t c = 0; c < channels; c++) {
        if (range_is_constant(range[c])) {
            return true;
        }
    }
    return false;
}

/* Channels that are constant need no inputs, even where they have to stay. */
static bool settle_channels(struct context *context, struct graph *graph) {
    struct value_range **bounds;
    if (!bound_channels(context, graph, &bounds)) {
        return false;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        if (!node->op->settle_channels || node->output_count != 1) {
            continue;
        }
        const struct tensor *output = node->output[0];
        const struct value_range *range = bounds[output->id];
        if (range && has_constants(range, channel_count(output)) &&
            !node->op->settle_channels(context, graph, node, range)) {
            return false;
        }
    }
    graph_index(graph);
    return true;
}

static bool run_round(struct context *context, struct graph *graph,
                      const struct target *target, bool *dropped) {
    struct state state = {.context = context, .graph = graph};
    if (!bound_channels(context, graph, &state.bounds) ||
        !number_channels(&state)) {
        return false;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (!read_node(&state, graph->node[i])) {
            return false;
        }
    }
    keep_ports(&state);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        keep_multiple(&state, graph->tensor[i],
                      target_channel_multiple(target));
    }
    return decide(&state, dropped) && (!*dropped || apply(&state));
}

bool pass_remove_constant_channels(struct context *context, struct graph *graph,
                                   const struct target *target) {
    bool dropped = true;
    if (!settle_channels(context, graph)) {
        return false;
    }
    for (int i = 0; dropped && i < ROUNDS; i++) {
        if (!run_round(context, graph, target, &dropped)) {
            return false;
        }
    }
    return true;
}
