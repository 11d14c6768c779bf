/* Steps of the plan as calls of kernels. */
#include <assert.h>
#include <string.h>

#include "emit/emitter.h"
#include "op/control.h"

enum {
    COMMENT_NAME = 40, /* characters of a tensor's name in a comment */
    COMMENT_INPUTS = 3 /* shapes of inputs that a comment lists */
};

/* --- operands --- */

const char *constant_operand(const struct emitter *emitter,
                             const struct operand *operand) {
    const struct c_type *type = c_type(operand->type);
    const struct constant *constant;
    assert(type);
    if (operand->kind == OPERAND_TABLE ? operand->count == 0
                                       : !operand->tensor) {
        return "NULL";
    }
    constant =
        operand->kind == OPERAND_TABLE
            ? constants_find(emitter, type, operand->data, operand->count, true)
            : constant_of_tensor(emitter, operand->tensor, operand->loaded);
    if (constant->type == type) {
        return constant->name;
    }
    return ITEM(emitter->context, "(const %s *)%s", type->name, constant->name);
}

static const char *operand_text(const struct emitter *emitter,
                                const struct step *step,
                                const struct operand *operand) {
    const struct plan *plan = emitter->plan;
    const struct c_type *type = c_type(operand->type);
    char buffer[MEMORY_TEXT];
    int32_t memory;
    if (operand->kind == OPERAND_KEPT) {
        return step->kept < 0 ? "NULL"
                              : ITEM(emitter->context, "%s",
                                     state_text(buffer, type,
                                                plan->kept[step->kept].offset));
    }
    if (operand->kind == OPERAND_SCRATCH) {
        if (step->scratch < 0) {
            return "NULL";
        }
        memory = step->scratch;
    } else if (operand->kind != OPERAND_TABLE && operand->tensor &&
               !operand->tensor->data) {
        memory = plan->tensor_buffer[operand->tensor->id];
    } else {
        return constant_operand(emitter, operand);
    }
    return ITEM(emitter->context, "%s",
                memory_text(emitter, buffer, type, memory, 0));
}

static struct items operand_items(const struct emitter *emitter,
                                  const struct step *step,
                                  const struct call *call) {
    struct items items = items_new(emitter->context, MAX_OPERANDS);
    for (int i = 0; i < call->operand_count; i++) {
        items_add(&items, operand_text(emitter, step, &call->operand[i]));
    }
    return items;
}

/* --- calls --- */

/* The kernel is inlined and its parameters are literals: nothing of them is
 * left to be stored. */
void call_print(struct text *text, const struct call *call, int indent,
                const struct items *params, const struct items *operands) {
    const struct kernel *kernel = call->kernel;
    size_t length = strlen(kernel->name) + strlen(kernel->params) +
                    strlen("(&(const ){}, );") + (size_t)indent +
                    params->length + operands->length;
    if (length <= LINE_WIDTH) {
        text_print(text, "%*s%s(&(const %s){", indent, "", kernel->name,
                   kernel->params);
        items_print(params, fill_after(text, 0, 0), 0);
        text_print(text, "}, ");
        items_print(operands, fill_after(text, 0, 0), 0);
    } else {
        text_print(text, "%*s%s(\n%*s&(const %s){", indent, "", kernel->name,
                   indent + 4, "", kernel->params);
        size_t width = (size_t)indent + strlen("    &(const ){},") +
                       strlen(kernel->params) + params->length;
        items_print(params,
                    width <= LINE_WIDTH ? fill_after(text, 0, 0)
                                        : fill_below(text, indent + 8),
                    2);
        text_print(text, "},");
        items_print(operands, fill_below(text, indent + 4), 2);
    }
    text_print(text, ");\n");
}

/* op 3  MAX_POOL_2D  "pool1"  1x8x8x4 -> 1x4x4x4 */
void step_comment_print(const struct emitter *emitter, struct text *text,
                        const struct step *step, int indent) {
    const struct node *node = step->node;
    struct context *context = emitter->context;
    const char *name = node->output_count ? node->output[0]->name : "";
    const char *head =
        ITEM(context, "%*s/* op %d  %s  \"%s\"", indent, "", (int)node->index,
             node->op->name,
             item_or_empty(comment_name(context, name, COMMENT_NAME)));
    struct text tail = {.context = context};
    char shape[SHAPE_TEXT];
    int listed = 0;
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if (!input || input->data || listed > COMMENT_INPUTS) {
            continue;
        }
        const char *item =
            listed < COMMENT_INPUTS ? shape_text(&input->shape, shape) : "...";
        text_print(&tail, "%s%s", listed ? ", " : "", item);
        listed++;
    }
    if (node->output_count) {
        text_print(&tail, "%s-> %s", listed ? " " : "",
                   shape_text(&node->output[0]->shape, shape));
    }
    text_print(&tail, step->call ? "" : "  (the same bytes)");
    size_t length = strlen(head) + tail.size + strlen("   */");
    text_print(text, "%s%s%*s%s */\n", head, length <= LINE_WIDTH ? "" : "\n",
               length <= LINE_WIDTH ? 2 : indent + 3, "",
               tail.failed ? "" : tail.data);
}

static void print_hook(const struct emitter *emitter, struct text *text) {
    if (emitter->options->layer_hook) {
        text_print(text, "    %s();\n", emitter->options->layer_hook);
    }
}

void step_mark(const struct emitter *emitter, const struct text *text,
               int32_t s, size_t start) {
    if (emitter->options->parts) {
        emitter->options->parts[s] = (struct source_part){start, text->size};
    }
}

/* What is measured of a branch or loop stands where it begins; its results are
 * checked where it ends. */
static void print_hooks(const struct emitter *emitter, struct text *text,
                        int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        print_hook(emitter, text);
    }
}

/* The condition that a mark leaves, as an lvalue. */
static const char *condition_text(const struct emitter *emitter,
                                  const struct step *step) {
    const struct tensor *condition = step->node->output[0];
    char buffer[MEMORY_TEXT];
    return ITEM(emitter->context, "*(%s)",
                memory_text(emitter, buffer, c_type(condition->type),
                            emitter->plan->tensor_buffer[condition->id], 0));
}

static void print_control(const struct emitter *emitter, struct text *text,
                          const struct step *step) {
    switch (step->node->op->control_role) {
    case CONTROL_THEN:
        text_print(text, "    if (%s) {\n", condition_text(emitter, step));
        break;
    case CONTROL_ELSE:
        text_print(text, "    } else {\n");
        break;
    case CONTROL_LOOP:
        text_print(text, "    for (;;) {\n");
        break;
    case CONTROL_TEST:
        text_print(text, "    if (!%s) {\n        break;\n    }\n",
                   condition_text(emitter, step));
        break;
    case CONTROL_END:
    case CONTROL_REPEAT:
        text_print(text, "    }\n");
        break;
    default:
        break;
    }
}

static void print_step(const struct emitter *emitter, struct text *text,
                       const struct step *step, bool has_hook) {
    step_comment_print(emitter, text, step, 4);
    print_hooks(emitter, text, has_hook);
    for (const struct call *call = step->call; call; call = call->next) {
        struct items operands = operand_items(emitter, step, call);
        if (shared_kernel(emitter, call->kernel)) {
            shared_call_print(emitter, text, call, &operands);
        } else {
            struct items params = param_items(emitter->context, call);
            call_print(text, call, 4, &params, &operands);
        }
    }
}

/* The lines of `part`, so many columns to the right. */
static void add_indented(struct text *text, const struct text *part,
                         int32_t columns) {
    /* What could not be printed whole is cut off anywhere. */
    const char *line = part->data && !part->failed ? part->data : "";
    text->failed = text->failed || part->failed;
    while (*line) {
        const size_t length = strcspn(line, "\n") + 1;
        text_print(text, "%*s", *line == '\n' ? 0 : (int)columns, "");
        text_add(text, line, length);
        line += length;
    }
}

/* A step `depth` blocks deep, and what it opens or closes. */
static void print_nested(const struct emitter *emitter, struct text *text,
                         const struct step *step, int32_t depth) {
    enum { INDENT = 4 };
    const enum control_role role = step->node->op->control_role;
    struct text part = {.context = emitter->context};
    struct text control = {.context = emitter->context};
    const bool closes = role == CONTROL_ELSE || control_depth(step->node) < 0;
    const size_t start = text->size;
    print_step(emitter, &part, step, depth == 0);
    add_indented(text, &part, INDENT * depth);
    print_control(emitter, &control, step);
    add_indented(text, &control, INDENT * (depth - closes));
    step_mark(emitter, text, (int32_t)(step - emitter->plan->step), start);
}

/* What is measured of a stream stands at its first layer. */
static void print_stream(const struct emitter *emitter, struct text *text,
                         int32_t i) {
    const struct stream *stream = &emitter->plan->stream[i];
    print_hook(emitter, text);
    stream_call_print(emitter, text, i);
    for (int32_t s = stream->first; s <= stream->last; s++) {
        check_step_print(emitter, text, s);
    }
    for (int32_t s = stream->first; s < stream->last; s++) {
        print_hook(emitter, text);
    }
}

void steps_print(const struct emitter *emitter, struct text *text) {
    int32_t depth = 0, begin = 0;
    for (int32_t s = 0; s < emitter->plan->step_count; s++) {
        const struct step *step = &emitter->plan->step[s];
        if (s > 0) {
            text_print(text, "\n");
        }
        if (step->stream >= 0) {
            print_stream(emitter, text, step->stream);
            s = emitter->plan->stream[step->stream].last;
        } else {
            begin = depth == 0 ? s : begin;
            print_nested(emitter, text, step, depth);
            depth += control_depth(step->node);
            if (depth == 0) {
                check_step_print(emitter, text, s);
                print_hooks(emitter, text, s - begin);
            }
        }
    }
}
