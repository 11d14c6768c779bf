/* Puts the nodes of the graphs that IFs and WHILEs refer to in their place,
 * between marks (op/control.h), and later gives every value that a loop carries
 * over a place of its own. */
#include "op/control.h"
#include "op/op.h"
#include "pass/copy_node.h"
#include "pass/pass.h"

struct inliner {
    struct context *context;
    struct graph *graph; /* the main one, which gets all tensors */
    struct node **node;  /* its new list */
    int32_t count, capacity;
};

static bool append(struct inliner *inliner, struct node *node) {
    if (!node) {
        return false;
    }
    if (inliner->count == inliner->capacity) {
        inliner->capacity = inliner->capacity * 2 + 16;
        struct node **grown = CONTEXT_NEW(inliner->context, struct node *,
                                          (size_t)inliner->capacity);
        if (!grown) {
            return false;
        }
        for (int32_t i = 0; i < inliner->count; i++) {
            grown[i] = inliner->node[i];
        }
        inliner->node = grown;
    }
    inliner->node[inliner->count++] = node;
    return true;
}

/* A mark in the place of `of`, with room for its operands. */
static struct node *new_mark(struct inliner *inliner, const struct op_def *op,
                             const struct node *of, int32_t inputs,
                             int32_t outputs) {
    struct context *context = inliner->context;
    struct node *mark = CONTEXT_NEW(context, struct node, 1);
    struct tensor **operand =
        CONTEXT_NEW(context, struct tensor *, (size_t)(inputs + outputs));
    if (!mark || !operand) {
        return NULL;
    }
    *mark = (struct node){.op = op,
                          .index = of->index,
                          .version = of->version,
                          .input_count = inputs,
                          .input = operand,
                          .output_count = outputs,
                          .output = operand + inputs};
    return mark;
}

/* A mark that hands on a condition. */
static bool append_test(struct inliner *inliner, const struct op_def *op,
                        const struct node *of, struct tensor *condition) {
    struct node *mark = new_mark(inliner, op, of, 1, 1);
    if (!mark) {
        return false;
    }
    mark->input[0] = condition;
    mark->output[0] = tensor_like(inliner->context, inliner->graph, condition);
    return mark->output[0] && append(inliner, mark);
}

static bool append_nodes(struct inliner *inliner, const struct graph *from);

/* The body's nodes, which read `input[i]` where they read its own input i. */
/* NOLINTNEXTLINE(misc-no-recursion) reading bounds how deep graphs lie */
static bool append_body(struct inliner *inliner, struct graph *body,
                        const struct node *of, struct tensor *const *input) {
    for (int32_t i = 0; i < body->input_count; i++) {
        graph_replace_uses(body, body->input[i], input[i]);
    }
    for (int32_t i = 0; i < body->node_count; i++) {
        /* Messages and comments know the operators of the main graph. */
        body->node[i]->index = of->index;
    }
    for (int32_t i = 0; i < body->tensor_count; i++) {
        if (!graph_adopt_tensor(inliner->context, inliner->graph,
                                body->tensor[i])) {
            return false;
        }
    }
    return append_nodes(inliner, body);
}

/* NOLINTNEXTLINE(misc-no-recursion) reading bounds how deep graphs lie */
static bool append_if(struct inliner *inliner, const struct node *node) {
    const int32_t count = node->output_count;
    struct node *other =
        new_mark(inliner, &op_control_else, node, count, count);
    struct node *end =
        new_mark(inliner, &op_control_end, node, 2 * count, count);
    if (!other || !end ||
        !append_test(inliner, &op_control_then, node, node->input[0]) ||
        !append_body(inliner, node->body[0], node, node->input + 1)) {
        return false;
    }
    for (int32_t k = 0; k < count; k++) {
        struct tensor *result =
            tensor_like(inliner->context, inliner->graph, node->output[k]);
        if (!result) {
            return false;
        }
        other->input[k] = node->body[0]->output[k];
        other->output[k] = result;
        end->input[count + k] = result;
        end->output[k] = node->output[k];
    }
    if (!append(inliner, other) ||
        !append_body(inliner, node->body[1], node, node->input + 1)) {
        return false;
    }
    for (int32_t k = 0; k < count; k++) {
        end->input[k] = node->body[1]->output[k];
    }
    return append(inliner, end);
}

/* Whether the loop hands value i on as it is. */
static bool is_invariant(const struct node *node, int32_t i) {
    const struct graph *body = node->body[1];
    return body->output[i] == body->input[i];
}

/* What the loop does not change is read where it was before. */
static bool append_unchanged(struct inliner *inliner, const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        if (is_invariant(node, i) &&
            !append(inliner, copy_node(inliner->context, node->input[i],
                                       node->output[i], false))) {
            return false;
        }
    }
    return true;
}

/* NOLINTNEXTLINE(misc-no-recursion) reading bounds how deep graphs lie */
static bool append_while(struct inliner *inliner, const struct node *node) {
    int32_t count = 0;
    for (int32_t i = 0; i < node->input_count; i++) {
        count += !is_invariant(node, i);
    }
    if (count == 0) {
        return node_fail(inliner->context, node,
                         "it hands on all its values as they are: it never "
                         "ends, or does nothing");
    }
    struct node *loop = new_mark(inliner, &op_control_loop, node, count, count);
    struct node *repeat =
        new_mark(inliner, &op_control_repeat, node, 2 * count, count);
    struct tensor **value = CONTEXT_NEW(inliner->context, struct tensor *,
                                        (size_t)node->input_count);
    if (!loop || !repeat || !value || !append_unchanged(inliner, node)) {
        return false;
    }
    for (int32_t i = 0, k = 0; i < node->input_count; i++) {
        value[i] = node->input[i];
        if (is_invariant(node, i)) {
            continue;
        }
        value[i] =
            tensor_like(inliner->context, inliner->graph, node->input[i]);
        if (!value[i]) {
            return false;
        }
        loop->input[k] = node->input[i];
        loop->output[k] = value[i];
        repeat->input[count + k] = value[i];
        repeat->output[k++] = node->output[i];
    }
    bool *carried =
        CONTEXT_NEW(inliner->context, bool, (size_t)node->input_count);
    if (!carried || !append(inliner, loop)) {
        return false;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        carried[i] = !is_invariant(node, i);
    }
    if (!append_body(inliner, node->body[0], node, value) ||
        !append_test(inliner, &op_control_test, node,
                     node->body[0]->output[0]) ||
        !append_body(inliner, node->body[1], node, value)) {
        return false;
    }
    for (int32_t i = 0, k = 0; i < node->input_count; i++) {
        if (carried[i]) {
            repeat->input[k++] = node->body[1]->output[i];
        }
    }
    return append(inliner, repeat);
}

/* NOLINTNEXTLINE(misc-no-recursion) reading bounds how deep graphs lie */
static bool append_nodes(struct inliner *inliner, const struct graph *from) {
    for (int32_t i = 0; i < from->node_count; i++) {
        struct node *node = from->node[i];
        const enum control_role role = node->op->control_role;
        const bool ok = role == CONTROL_IF      ? append_if(inliner, node)
                        : role == CONTROL_WHILE ? append_while(inliner, node)
                                                : append(inliner, node);
        if (!ok) {
            return false;
        }
    }
    return true;
}

bool pass_inline_control(struct context *context, struct graph *graph) {
    bool found = false;
    for (int32_t i = 0; i < graph->node_count; i++) {
        found = found || graph->node[i]->op->control_role != CONTROL_NONE;
    }
    if (!found) {
        return true;
    }
    struct inliner inliner = {.context = context, .graph = graph};
    if (!append_nodes(&inliner, graph)) {
        return false;
    }
    graph->node = inliner.node;
    graph->node_count = inliner.count;
    graph_index(graph);
    return true;
}

/* Whether `tensor` shows a value of the loop that is written before input k of
 * its end is read. */
static bool shows_other(const struct target *target, const struct node *repeat,
                        int32_t k) {
    const struct tensor *root = view_root(target, repeat->input[k]);
    for (int32_t i = 0; i < k; i++) {
        if (root == repeat->input[repeat->output_count + i]) {
            return true;
        }
    }
    return false;
}

bool pass_order_control(struct context *context, struct graph *graph,
                        const struct target *target) {
    struct inliner inliner = {.context = context, .graph = graph};
    for (int32_t i = 0; i < graph->node_count; i++) {
        struct node *node = graph->node[i];
        const bool repeats = node->op->control_role == CONTROL_REPEAT;
        for (int32_t k = 0; repeats && k < node->output_count; k++) {
            if (!shows_other(target, node, k)) {
                continue;
            }
            struct tensor *copy = tensor_like(context, graph, node->input[k]);
            if (!copy || !append(&inliner, copy_node(context, node->input[k],
                                                     copy, true))) {
                return false;
            }
            node->input[k] = copy;
        }
        if (!append(&inliner, node)) {
            return false;
        }
    }
    graph->node = inliner.node;
    graph->node_count = inliner.count;
    graph_index(graph);
    return true;
}
