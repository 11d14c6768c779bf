/* A subgraph of a TFLite file: its tensors, inputs and outputs, and who
 * computes what. */
#include <inttypes.h>
#include <stdio.h>

#include "read/tflite_reader.h"

/* Fields of the schema's SubGraph, in its order. */
enum {
    GRAPH_TENSORS,
    GRAPH_INPUTS,
    GRAPH_OUTPUTS,
    GRAPH_OPERATORS,
    GRAPH_NAME
};

struct tensor *use_tensor(struct graph_reader *g, int32_t index) {
    struct tensor_slot *slot = &g->tensor[index];
    if (slot->tensor != NULL) {
        return slot->tensor;
    }
    struct tensor *tensor = CONTEXT_NEW(g->reader->context, struct tensor, 1);
    if (tensor == NULL) {
        return NULL;
    }
    tensor->index = index;
    const struct fb_table table = fb_vector_table(&g->tensors, (uint32_t)index);
    if (!read_tensor(g->reader, &table, tensor, &slot->failed)) {
        return NULL;
    }
    g->failed = g->failed || slot->failed;
    slot->tensor = tensor;
    return tensor;
}

/* Inputs or outputs of the graph; what names no tensor is left out. */
static bool read_list(struct graph_reader *g, const struct fb_table *table,
                      int field, const char *what, int32_t *count,
                      struct tensor ***list) {
    struct context *context = g->reader->context;
    const struct fb_vector indices = fb_vector(table, field, 4);
    *count = 0;
    *list = CONTEXT_NEW(context, struct tensor *, indices.count);
    if (*list == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < indices.count; i++) {
        const int32_t index = fb_vector_i32(&indices, i);
        if (index < 0 || (uint32_t)index >= g->tensors.count) {
            g->failed = true;
            context_fail(context,
                         "%s %" PRIu32 " is tensor %" PRId32
                         ", the graph has %" PRIu32,
                         what, i, index, g->tensors.count);
            continue;
        }
        struct tensor *tensor = use_tensor(g, index);
        if (tensor == NULL) {
            return false;
        }
        if (dtype_size(tensor->type) == 0 && !g->tensor[index].failed) {
            g->failed = true;
            context_fail(context,
                         "%s %" PRIu32 ", tensor %" PRId32
                         " \"%s\", has type %s, whose elements have no fixed "
                         "size",
                         what, i, index, tensor->name,
                         dtype_name(tensor->type));
        }
        (*list)[(*count)++] = tensor;
    }
    return reader_ok(g->reader);
}

static bool read_inputs(struct graph_reader *g, const struct fb_table *table) {
    struct graph *graph = g->graph;
    if (!read_list(g, table, GRAPH_INPUTS, "input", &graph->input_count,
                   &graph->input)) {
        return false;
    }
    for (int32_t i = 0; i < graph->input_count; i++) {
        struct tensor *tensor = graph->input[i];
        struct tensor_slot *slot = &g->tensor[tensor->index];
        const char *fault = tensor->data != NULL ? "is constant"
                            : slot->is_input     ? "is listed twice"
                                                 : NULL;
        if (fault != NULL) {
            g->failed = true;
            context_fail(g->reader->context,
                         "input %" PRId32 ", tensor %" PRId32 " \"%s\", %s", i,
                         tensor->index, tensor->name, fault);
        }
        slot->is_input = true;
        /* What is written before every inference keeps no value over. */
        tensor->is_variable = false;
    }
    return true;
}

static bool read_outputs(struct graph_reader *g, const struct fb_table *table,
                         bool needs_output) {
    struct graph *graph = g->graph;
    if (!read_list(g, table, GRAPH_OUTPUTS, "output", &graph->output_count,
                   &graph->output)) {
        return false;
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        g->tensor[graph->output[i]->index].is_read = true;
    }
    if (graph->output_count == 0 && needs_output && !g->failed) {
        g->failed = true;
        context_fail(g->reader->context, "the graph has no output");
    }
    return true;
}

enum { FAULT_TEXT = 48 };

/* Why an operator cannot compute a tensor, NULL if it can. */
static const char *producer_fault(const struct tensor_slot *slot,
                                  char text[FAULT_TEXT]) {
    if (slot->producer >= 0) {
        snprintf(text, FAULT_TEXT, "is computed by op %" PRId32 " already",
                 slot->producer);
        return text;
    }
    return slot->tensor->data != NULL  ? "is constant"
           : slot->tensor->is_variable ? "is variable"
           : slot->is_input            ? "is an input of the graph"
                                       : NULL;
}

static void find_producers(struct graph_reader *g) {
    for (int32_t i = 0; i < g->operator_count; i++) {
        const struct node *node = g->operators[i].node;
        for (int32_t k = 0; k < node->output_count; k++) {
            const struct tensor *tensor = node->output[k];
            struct tensor_slot *slot = &g->tensor[tensor->index];
            char text[FAULT_TEXT];
            const char *fault = producer_fault(slot, text);
            if (fault == NULL) {
                slot->producer = i;
                continue;
            }
            OPERATOR_FAIL(g, i,
                          "output %" PRId32 ", tensor %" PRId32 " \"%s\", %s",
                          k, tensor->index, tensor->name, fault);
        }
    }
}

/* Holds that all that is read comes from somewhere. */
static void check_sources(struct graph_reader *g) {
    for (int32_t i = 0; i < g->operator_count; i++) {
        const struct node *node = g->operators[i].node;
        for (int32_t k = 0; k < node->input_count; k++) {
            if (node->input[k] != NULL) {
                g->tensor[node->input[k]->index].is_read = true;
            }
        }
    }
    for (uint32_t i = 0; i < g->tensors.count; i++) {
        const struct tensor_slot *slot = &g->tensor[i];
        if (slot->is_read && !slot->failed && slot->producer < 0 &&
            !slot->is_input && slot->tensor->data == NULL &&
            !slot->tensor->is_variable) {
            g->failed = true;
            context_fail(g->reader->context,
                         "tensor %" PRIu32
                         " \"%s\" has neither data nor producer",
                         i, slot->tensor->name);
        }
    }
}

/* graph->tensor: what is named somewhere, in the file's order. */
static bool list_tensors(struct graph_reader *g) {
    struct graph *graph = g->graph;
    graph->tensor =
        CONTEXT_NEW(g->reader->context, struct tensor *, g->tensors.count);
    if (graph->tensor == NULL) {
        return false;
    }
    graph->tensor_capacity = (int32_t)g->tensors.count;
    for (uint32_t i = 0; i < g->tensors.count; i++) {
        struct tensor *tensor = g->tensor[i].tensor;
        if (tensor != NULL) {
            tensor->id = graph->tensor_count;
            graph->tensor[graph->tensor_count++] = tensor;
        }
    }
    return true;
}

/* Inputs that are known to be constant where the graph is used become so: what
 * operators demand to be constant may be handed in.  Others are left as they
 * are, whatever they lack is found when they are used. */
static void bind_inputs(struct graph *graph, const struct known_inputs *known) {
    for (int32_t i = 0; i < known->count && i < graph->input_count; i++) {
        struct tensor *input = graph->input[i];
        const struct tensor *outer = known->tensor[i];
        const bool stays = i < graph->output_count && graph->output[i] == input;
        if (outer != NULL && outer->data != NULL && input->data == NULL &&
            (stays || !known->if_unchanged) && input->type == outer->type &&
            shape_equal(&input->shape, &outer->shape)) {
            input->data = outer->data;
        }
    }
}

/* Counts what the graph holds.  Networks for microcontrollers have no need of
 * more than is allowed, and some steps of the compiler take the square of it;
 * graphs that are run in many places count for each. */
static bool count_parts(struct reader *reader, const struct fb_table *table,
                        const struct graph_reader *g) {
    enum { TENSOR_LIMIT = 1 << 14, OPERATOR_LIMIT = 1 << 12 };
    reader->operator_count += fb_vector(table, GRAPH_OPERATORS, 4).count;
    reader->tensor_count += g->tensors.count;
    return (reader->tensor_count <= TENSOR_LIMIT &&
            reader->operator_count <= OPERATOR_LIMIT) ||
           context_fail(reader->context,
                        "its graphs have %" PRIu64 " operators and %" PRIu64
                        " tensors or more, at most %d and %d are allowed",
                        reader->operator_count, reader->tensor_count,
                        OPERATOR_LIMIT, TENSOR_LIMIT);
}

bool read_graph(struct reader *reader, const struct fb_table *table,
                const struct known_inputs *known, bool needs_output,
                struct graph *graph) {
    struct graph_reader g = {.reader = reader, .graph = graph};
    graph->name = fb_string(table, GRAPH_NAME);
    g.tensors = fb_vector(table, GRAPH_TENSORS, 4);
    if (!count_parts(reader, table, &g)) {
        return false;
    }
    g.tensor =
        CONTEXT_NEW(reader->context, struct tensor_slot, g.tensors.count);
    if (graph->name == NULL || g.tensor == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < g.tensors.count; i++) {
        g.tensor[i].producer = -1;
    }
    if (!read_inputs(&g, table) || !read_outputs(&g, table, needs_output)) {
        return false;
    }
    if (known != NULL) {
        bind_inputs(graph, known);
    }
    if (!read_nodes(&g, table, GRAPH_OPERATORS) || !list_tensors(&g)) {
        return false;
    }
    find_producers(&g);
    check_sources(&g);
    if (!order_nodes(&g) || !shift_uint8(&g) || !check_nodes(&g) || g.failed) {
        return false;
    }
    graph_compact(graph);
    return true;
}
