/* The order of execution.  Converters write operators in one, but the format
 * does not promise it. */
#include "read/tflite_reader.h"

enum visit { UNVISITED, OPEN, DONE };

/* A walk from operators to those that compute their inputs, depth first. */
struct walk {
    struct graph_reader *g;
    unsigned char *visit; /* by operator */
    int32_t *stack;       /* open operators, each needed by the one below */
    int32_t *next_input;  /* by operator: the first not yet followed */
    int32_t depth;
};

static void open_operator(struct walk *walk, int32_t op_index) {
    walk->visit[op_index] = OPEN;
    walk->stack[walk->depth++] = op_index;
}

/* The next operator that one waits for, -1 if there is none left. */
static int32_t next_needed(struct walk *walk, int32_t op_index) {
    const struct node *node = walk->g->operators[op_index].node;
    while (walk->next_input[op_index] < node->input_count) {
        const struct tensor *input = node->input[walk->next_input[op_index]++];
        const int32_t producer =
            input == NULL ? -1 : walk->g->tensor[input->index].producer;
        if (producer >= 0 && walk->visit[producer] != DONE) {
            return producer;
        }
    }
    return -1;
}

static bool fail_cycle(struct walk *walk, int32_t op_index) {
    fail_operator(walk->g, op_index,
                  "needs its own output to be computed first");
    return false;
}

/* Appends what the open operators wait for, and themselves. */
static bool close_operators(struct walk *walk) {
    struct graph *graph = walk->g->graph;
    while (walk->depth > 0) {
        const int32_t op_index = walk->stack[walk->depth - 1];
        const int32_t needed = next_needed(walk, op_index);
        if (needed < 0) {
            walk->visit[op_index] = DONE;
            walk->depth--;
            graph->node[graph->node_count++] =
                walk->g->operators[op_index].node;
        } else if (walk->visit[needed] == OPEN) {
            return fail_cycle(walk, needed);
        } else {
            open_operator(walk, needed);
        }
    }
    return true;
}

bool order_nodes(struct graph_reader *g) {
    struct context *context = g->reader->context;
    const size_t count = (size_t)g->operator_count;
    struct walk walk = {.g = g};
    walk.visit = CONTEXT_NEW(context, unsigned char, count);
    walk.stack = CONTEXT_NEW(context, int32_t, count);
    walk.next_input = CONTEXT_NEW(context, int32_t, count);
    g->graph->node = CONTEXT_NEW(context, struct node *, count);
    if (walk.visit == NULL || walk.stack == NULL || walk.next_input == NULL ||
        g->graph->node == NULL) {
        return false;
    }
    for (int32_t i = 0; i < g->operator_count; i++) {
        if (walk.visit[i] == UNVISITED) {
            open_operator(&walk, i);
            if (!close_operators(&walk)) {
                return true; /* the graph has failed; the rest is judged yet */
            }
        }
    }
    return true;
}
