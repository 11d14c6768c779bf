/* Drops views that do not even change the shape, or of which only operators
 * read that look at the values' order alone: their uses read the input instead.
 * A view that is an output of the graph stays (it costs nothing), so
 * that outputs keep their names, and so does what is stored in a state. */
#include "op/op.h"
#include "pass/pass.h"

/* Whether no reader looks at the tensor's shape. */
static bool is_read_flat(const struct graph *graph,
                         const struct tensor *tensor) {
    for (int32_t i = 0; i < graph->node_count; i++) {
        const struct node *node = graph->node[i];
        for (int32_t k = 0; node->op && k < node->input_count; k++) {
            if (node->input[k] == tensor &&
                (k >= 32 || !(node->op->flat_inputs >> k & 1))) {
                return false;
            }
        }
    }
    return true;
}

static bool is_identity(const struct graph *graph, const struct node *node) {
    if (node->output_count != 1 || !op_input(node, 0) ||
        !op_memory(target_by_index(0), node).is_view) {
        return false;
    }
    const struct tensor *input = node->input[0], *output = node->output[0];
    return input->type == output->type &&
           (shape_equal(&input->shape, &output->shape) ||
            is_read_flat(graph, output)) &&
           quantization_equal(&input->quantization, &output->quantization);
}

static bool is_graph_output(const struct graph *graph,
                            const struct tensor *tensor) {
    for (int32_t i = 0; i < graph->output_count; i++) {
        if (graph->output[i] == tensor) {
            return true;
        }
    }
    return false;
}

bool pass_remove_identities(struct context *context, struct graph *graph) {
    /* By tensor id: what is read in its place. */
    struct tensor **instead =
        CONTEXT_NEW(context, struct tensor *, (size_t)graph->tensor_count + 1);
    if (!instead) {
        return false;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        for (int32_t k = 0; k < node->input_count; k++) {
            struct tensor *input = node->input[k];
            if (input && instead[input->id]) {
                node->input[k] = instead[input->id];
            }
        }
        if (is_identity(graph, node) && !node->output[0]->is_stored &&
            !is_graph_output(graph, node->output[0])) {
            instead[node->output[0]->id] = node->input[0];
            node->op = NULL;
        }
    }
    graph_compact(graph);
    return true;
}
