/* The graph's own operations: counting, rewiring, compacting, checking. */
#include "ir/graph.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

int64_t shape_count(const struct shape *shape) {
    int64_t count = 1;
    for (int i = 0; i < shape->rank; i++) {
        count *= shape->dim[i];
    }
    return count;
}

bool shape_equal(const struct shape *a, const struct shape *b) {
    if (a->rank != b->rank) {
        return false;
    }
    for (int i = 0; i < a->rank; i++) {
        if (a->dim[i] != b->dim[i]) {
            return false;
        }
    }
    return true;
}

const char *shape_text(const struct shape *shape, char text[SHAPE_TEXT]) {
    if (shape->rank == 0) {
        return strcpy(text, "scalar");
    }
    size_t used = 0;
    for (int i = 0; i < shape->rank; i++) {
        used += (size_t)snprintf(text + used, SHAPE_TEXT - used, "%s%d",
                                 i ? "x" : "", (int)shape->dim[i]);
    }
    return text;
}

size_t tensor_size(const struct tensor *tensor) {
    return (size_t)shape_count(&tensor->shape) * dtype_size(tensor->type);
}

bool quantization_equal(const struct quantization *a,
                        const struct quantization *b) {
    if (a->count != b->count || (a->count > 1 && a->axis != b->axis)) {
        return false;
    }
    for (int32_t i = 0; i < a->count; i++) {
        if (a->scale[i] != b->scale[i] ||
            a->zero_point[i] != b->zero_point[i]) {
            return false;
        }
    }
    return true;
}

bool graph_adopt_tensor(struct context *context, struct graph *graph,
                        struct tensor *tensor) {
    if (graph->tensor_count == graph->tensor_capacity) {
        int32_t capacity = graph->tensor_capacity * 2 + 16;
        struct tensor **grown =
            CONTEXT_NEW(context, struct tensor *, (size_t)capacity);
        if (!grown) {
            return false;
        }
        if (graph->tensor_count) {
            memcpy(grown, graph->tensor,
                   (size_t)graph->tensor_count * sizeof *grown);
        }
        graph->tensor = grown;
        graph->tensor_capacity = capacity;
    }
    tensor->id = graph->tensor_count;
    graph->tensor[graph->tensor_count++] = tensor;
    return true;
}

struct tensor *graph_add_tensor(struct context *context, struct graph *graph) {
    struct tensor *tensor = CONTEXT_NEW(context, struct tensor, 1);
    if (!tensor || !graph_adopt_tensor(context, graph, tensor)) {
        return NULL;
    }
    tensor->index = -1;
    tensor->name = "";
    return tensor;
}

void graph_index(struct graph *graph) {
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        graph->tensor[i]->producer = NULL;
        graph->tensor[i]->use_count = 0;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        for (int32_t k = 0; k < node->input_count; k++) {
            if (node->input[k]) {
                node->input[k]->use_count++;
            }
        }
        for (int32_t k = 0; k < node->output_count; k++) {
            node->output[k]->producer = node;
        }
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        graph->output[i]->use_count++;
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        if (graph->state[i].next) {
            graph->state[i].next->use_count++;
        }
    }
}

void graph_replace_uses(struct graph *graph, struct tensor *from,
                        struct tensor *to) {
    int32_t replaced = 0;
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        for (int32_t k = 0; k < node->input_count; k++) {
            if (node->input[k] == from) {
                node->input[k] = to;
                replaced++;
            }
        }
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        if (graph->output[i] == from) {
            graph->output[i] = to;
            replaced++;
        }
    }
    from->use_count -= replaced;
    to->use_count += replaced;
}

void graph_compact(struct graph *graph) {
    int32_t kept = 0;
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (graph->node[i]->op) {
            graph->node[kept++] = graph->node[i];
        }
    }
    graph->node_count = kept;
    graph_index(graph);
}

/* What a tensor is, seen from the step that has been reached. */
enum state { UNDEFINED, DEFINED };

static bool check_tensor(struct context *context, const struct tensor *tensor,
                         const char *stage) {
    for (int i = 0; i < tensor->shape.rank; i++) {
        if (tensor->shape.dim[i] < 1) {
            return context_fail(context,
                                "internal error after %s: tensor %d \"%s\" has "
                                "dimension %d",
                                stage, (int)tensor->index, tensor->name,
                                (int)tensor->shape.dim[i]);
        }
    }
    return true;
}

static bool check_node(struct context *context, const struct node *node,
                       unsigned char *state, const char *stage) {
    for (int32_t k = 0; k < node->input_count; k++) {
        const struct tensor *input = node->input[k];
        if (!input) {
            continue;
        }
        if (!check_tensor(context, input, stage)) {
            return false;
        }
        if (state[input->id] == UNDEFINED && !input->data) {
            return context_fail(context,
                                "internal error after %s: op %d uses input %d "
                                "before it is computed",
                                stage, (int)node->index, (int)k);
        }
    }
    for (int32_t k = 0; k < node->output_count; k++) {
        const struct tensor *output = node->output[k];
        if (!check_tensor(context, output, stage)) {
            return false;
        }
        if (state[output->id] == DEFINED || output->data) {
            return context_fail(
                context,
                "internal error after %s: op %d computes output %d again",
                stage, (int)node->index, (int)k);
        }
        state[output->id] = DEFINED;
    }
    return true;
}

bool graph_check(struct context *context, const struct graph *graph,
                 const char *stage) {
    unsigned char *state =
        context_alloc(context, (size_t)graph->tensor_count + 1, 1);
    if (!state) {
        return false;
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        assert(graph->tensor[i]->id == i);
        state[i] = graph->tensor[i]->is_variable ? DEFINED : UNDEFINED;
    }
    for (int32_t i = 0; i < graph->input_count; i++) {
        if (!check_tensor(context, graph->input[i], stage)) {
            return false;
        }
        state[graph->input[i]->id] = DEFINED;
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        if (!check_node(context, graph->node[i], state, stage)) {
            return false;
        }
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        const struct tensor *next = graph->state[i].next;
        if (!graph->state[i].tensor->is_variable ||
            (next && (!next->is_stored || state[next->id] == UNDEFINED))) {
            return context_fail(
                context, "internal error after %s: state %d is never stored",
                stage, (int)i);
        }
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        const struct tensor *output = graph->output[i];
        if (state[output->id] == UNDEFINED && !output->data) {
            return context_fail(
                context, "internal error after %s: output %d is never computed",
                stage, (int)i);
        }
    }
    return true;
}
