/* IF, WHILE, and the marks that pass inline_control puts in their place. */
#include "op/control.h"

#include <inttypes.h>

#include "op/copy.h"
#include "op/op.h"

/* --- as the file has them --- */

/* IfOptions: then_subgraph_index, else_subgraph_index; WhileOptions:
 * cond_subgraph_index, body_subgraph_index. */
static bool read_control(struct context *context,
                         const struct fb_table *options, struct node *node) {
    (void)context;
    struct control_attributes *attributes = node->attributes;
    attributes->graph[0] = fb_i32(options, 0, 0);
    attributes->graph[1] = fb_i32(options, 1, 0);
    return true;
}

/* The elements of one tensor stand for those of the other. */
static bool check_same(struct context *context, const struct node *node,
                       const char *what, int32_t i, const struct tensor *tensor,
                       const struct tensor *other) {
    char text[SHAPE_TEXT], other_text[SHAPE_TEXT];
    if (tensor->type != other->type ||
        !shape_equal(&tensor->shape, &other->shape)) {
        return node_fail(
            context, node,
            "%s %" PRId32 " is %s of shape %s, in its graph %s of "
            "shape %s",
            what, i, dtype_name(tensor->type), shape_text(&tensor->shape, text),
            dtype_name(other->type), shape_text(&other->shape, other_text));
    }
    if (other->quantization.count > 0 &&
        !quantization_equal(&tensor->quantization, &other->quantization)) {
        return node_fail(context, node,
                         "%s %" PRId32 " is quantised otherwise in its graph, "
                         "which is not supported",
                         what, i);
    }
    return op_type(context, node, tensor, what, COPY_TYPES);
}

static bool check_list(struct context *context, const struct node *node,
                       const char *what, int32_t count,
                       struct tensor *const *list, int32_t other_count,
                       struct tensor *const *other) {
    if (count != other_count) {
        return node_fail(context, node,
                         "has %" PRId32 " %ss, its graph has %" PRId32, count,
                         what, other_count);
    }
    for (int32_t i = 0; i < count; i++) {
        if (!check_same(context, node, what, i, list[i], other[i])) {
            return false;
        }
    }
    return true;
}

static bool check_condition(struct context *context, const struct node *node,
                            const struct tensor *condition) {
    return op_type(context, node, condition, "condition",
                   TYPE_BIT(DTYPE_BOOL)) &&
           op_count(context, node, condition, "condition", 1);
}

/* What a variable holds when a branch or loop has run depends on how it went:
 * states know of no such thing. */
static bool check_body(struct context *context, const struct node *node,
                       const struct graph *body) {
    if (!body) {
        return node_fail(context, node, "its graphs cannot be run");
    }
    for (int32_t i = 0; i < body->node_count; i++) {
        if (body->node[i]->op->state_role != STATE_NONE) {
            return node_fail(context, node,
                             "op %" PRId32 " %s of its graph uses a variable, "
                             "which is not supported there",
                             body->node[i]->index, body->node[i]->op->name);
        }
    }
    for (int32_t i = 0; i < body->tensor_count; i++) {
        if (body->tensor[i]->is_variable) {
            return node_fail(context, node,
                             "tensor %" PRId32 " \"%s\" of its graph is "
                             "variable, which is not supported there",
                             body->tensor[i]->index, body->tensor[i]->name);
        }
    }
    return true;
}

static bool infer_if(struct context *context, struct node *node) {
    if (!check_condition(context, node, node->input[0])) {
        return false;
    }
    for (int k = 0; k < 2; k++) {
        const struct graph *body = node->body[k];
        if (!check_body(context, node, body) ||
            !check_list(context, node, "input", node->input_count - 1,
                        node->input + 1, body->input_count, body->input) ||
            !check_list(context, node, "output", node->output_count,
                        node->output, body->output_count, body->output)) {
            return false;
        }
    }
    return true;
}

static bool infer_while(struct context *context, struct node *node) {
    const struct graph *condition = node->body[0], *body = node->body[1];
    if (!check_body(context, node, condition) ||
        !check_body(context, node, body)) {
        return false;
    }
    if (condition->output_count != 1) {
        return node_fail(context, node,
                         "the graph of its condition has %" PRId32
                         " outputs, allowed: 1",
                         condition->output_count);
    }
    return check_condition(context, node, condition->output[0]) &&
           check_list(context, node, "input", node->input_count, node->input,
                      condition->input_count, condition->input) &&
           check_list(context, node, "input", node->input_count, node->input,
                      body->input_count, body->input) &&
           check_list(context, node, "input", node->input_count, node->input,
                      body->output_count, body->output) &&
           check_list(context, node, "output", node->output_count, node->output,
                      body->output_count, body->output);
}

/* Never asked: passes come first. */
static bool lower_control(struct lowering *lowering) {
    return node_fail(lowering->context, lowering->node,
                     "internal error: it still has its graphs");
}

#define CONTROL_OP(id, op_name, code, options, control, least_inputs, hook)    \
    const struct op_def op_##id = {                                            \
        .name = op_name,                                                       \
        .tflite_code = code,                                                   \
        .options_type = options,                                               \
        .types = COPY_TYPES,                                                   \
        .notes = "no variables inside; static shapes",                         \
        .inputs = {least_inputs, ARITY_ANY},                                   \
        .outputs = {1, ARITY_ANY},                                             \
        .attributes_size = sizeof(struct control_attributes),                  \
        .control_role = control,                                               \
        .read = read_control,                                                  \
        .infer = hook,                                                         \
        .lower = lower_control,                                                \
    }

CONTROL_OP(if, "IF", 118, 92, CONTROL_IF, 1, infer_if);
CONTROL_OP(while, "WHILE", 119, 93, CONTROL_WHILE, 1, infer_while);

/* --- the marks --- */

static bool infer_mark(struct context *context, struct node *node) {
    (void)context;
    (void)node;
    return true;
}

/* Output k becomes input k. */
static bool lower_mark(struct lowering *lowering) {
    const struct node *node = lowering->node;
    for (int32_t k = 0; k < node->output_count; k++) {
        struct block_copy copy = copy_whole(&node->output[k]->shape);
        if (!lower_copy(lowering, node->input[k], node->output[k], &copy)) {
            return false;
        }
    }
    return true;
}

static bool lower_test(struct lowering *lowering) {
    const struct tensor *condition = lowering->node->input[0];
    if (condition->data && *(const uint8_t *)condition->data) {
        return node_fail(lowering->context, lowering->node,
                         "its condition is always true, it never ends");
    }
    return lower_mark(lowering);
}

static void memory_begin(const struct node *node, struct op_memory *memory) {
    (void)node;
    memory->in_place = 1;
}

/* The outputs lie where the last inputs do. */
static void memory_end(const struct node *node, struct op_memory *memory) {
    memory->first_continued = node->input_count - node->output_count;
}

#define MARK(id, text, control, lower_hook, memory_hook)                       \
    const struct op_def op_control_##id = {                                    \
        .name = text,                                                          \
        .inputs = {1, ARITY_ANY},                                              \
        .outputs = {1, ARITY_ANY},                                             \
        .control_role = control,                                               \
        .infer = infer_mark,                                                   \
        .lower = lower_hook,                                                   \
        .memory = memory_hook,                                                 \
    }

MARK(then, "IF", CONTROL_THEN, lower_mark, memory_begin);
MARK(else, "ELSE", CONTROL_ELSE, lower_mark, memory_begin);
MARK(end, "END_IF", CONTROL_END, lower_mark, memory_end);
MARK(loop, "WHILE", CONTROL_LOOP, lower_mark, memory_begin);
MARK(test, "WHILE_TEST", CONTROL_TEST, lower_test, memory_begin);
MARK(repeat, "END_WHILE", CONTROL_REPEAT, lower_mark, memory_end);

int control_depth(const struct node *node) {
    switch (node->op->control_role) {
    case CONTROL_THEN:
    case CONTROL_LOOP:
        return 1;
    case CONTROL_END:
    case CONTROL_REPEAT:
        return -1;
    default:
        return 0;
    }
}

int32_t control_target(const struct graph *graph, int32_t i) {
    const enum control_role role = graph->node[i]->op->control_role;
    const int step = role == CONTROL_REPEAT || role == CONTROL_END ? -1 : 1;
    int depth = role == CONTROL_TEST || role == CONTROL_ELSE ? 1 : 0;
    for (;; i += step) {
        const struct node *node = graph->node[i];
        depth += step * control_depth(node);
        if (depth == 0 || (role == CONTROL_THEN && depth == 1 &&
                           node->op->control_role == CONTROL_ELSE)) {
            return i;
        }
    }
}
