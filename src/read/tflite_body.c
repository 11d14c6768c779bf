/* Graphs that operators run by what is computed: each use is a graph of its
 * own, since what is constant there depends on the operator. */
#include <inttypes.h>

#include "op/control.h"
#include "read/tflite_reader.h"

/* A small file must not unfold into endless code. */
enum { BODY_LIMIT = 1024 };

/* Reads graph `index` for an operator; messages name the graph. */
static struct graph *read_body(struct graph_reader *g, int32_t op_index,
                               int32_t index,
                               const struct known_inputs *known) {
    struct reader *reader = g->reader;
    struct context *context = reader->context;
    if (index < 1 || (uint32_t)index >= reader->graphs.count) {
        OPERATOR_FAIL(g, op_index,
                      "it runs graph %" PRId32 ", allowed: 1..%" PRId64, index,
                      (int64_t)reader->graphs.count - 1);
        return NULL;
    }
    if (reader->depth == BODY_DEPTH || reader->body_count == BODY_LIMIT) {
        OPERATOR_FAIL(g, op_index,
                      "graphs lie over %d deep in each other, or are run in "
                      "over %d places, which is not supported",
                      BODY_DEPTH, BODY_LIMIT);
        return NULL;
    }
    const struct fb_table table =
        fb_vector_table(&reader->graphs, (uint32_t)index);
    const char *file = context->file;
    const char *inner =
        context_format(context, "%s: graph %" PRId32, file, index);
    struct graph *graph = CONTEXT_NEW(context, struct graph, 1);
    if (inner == NULL || graph == NULL) {
        return NULL;
    }
    context->file = inner;
    reader->depth++;
    reader->body_count++;
    const bool ok = read_graph(reader, &table, known, true, graph);
    reader->depth--;
    context->file = file;
    return ok ? graph : NULL;
}

/* NOLINTNEXTLINE(misc-no-recursion) BODY_DEPTH ends it */
bool read_bodies(struct graph_reader *g, int32_t op_index) {
    struct node *node = g->operators[op_index].node;
    const struct control_attributes *attributes = node->attributes;
    const bool is_if = node->op->control_role == CONTROL_IF;
    struct known_inputs known = {.count = node->input_count,
                                 .tensor = node->input,
                                 .if_unchanged = !is_if};
    if (is_if) {
        known.count--;
        known.tensor++;
        node->body[0] = read_body(g, op_index, attributes->graph[0], &known);
    }
    node->body[1] = read_body(g, op_index, attributes->graph[1], &known);
    if (is_if || node->body[1] == NULL) {
        return node->body[0] != NULL && node->body[1] != NULL;
    }
    /* The condition knows what the body was told. */
    const struct graph *body = node->body[1];
    struct tensor **told = CONTEXT_NEW(g->reader->context, struct tensor *,
                                       (size_t)body->input_count);
    if (told == NULL) {
        return false;
    }
    for (int32_t i = 0; i < body->input_count; i++) {
        told[i] = body->input[i]->data != NULL ? body->input[i] : NULL;
    }
    known = (struct known_inputs){.count = body->input_count, .tensor = told};
    node->body[0] = read_body(g, op_index, attributes->graph[0], &known);
    return node->body[0] != NULL;
}
