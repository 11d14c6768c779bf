/* Steps of the plan as calls of kernels. */
#include <assert.h>
#include <string.h>

#include "emit/emitter.h"

enum {
    COMMENT_NAME = 40, /* characters of a tensor's name in a comment */
    COMMENT_INPUTS = 3 /* shapes of inputs that a comment lists */
};

/* --- operands --- */

static const char *operand_text(const struct emitter *emitter,
                                const struct step *step,
                                const struct operand *operand) {
    const struct plan *plan = emitter->plan;
    const struct c_type *type = c_type(operand->type);
    const struct constant *constant = NULL;
    char buffer[MEMORY_TEXT];
    int32_t memory = -1;
    assert(type);
    switch (operand->kind) {
    case OPERAND_INPUT:
    case OPERAND_OUTPUT:
        if (!operand->tensor) {
            return "NULL";
        }
        if (operand->tensor->data) {
            constant =
                constant_of_tensor(emitter, operand->tensor, operand->loaded);
        } else {
            memory = plan->tensor_buffer[operand->tensor->id];
        }
        break;
    case OPERAND_TABLE:
        if (operand->count == 0) {
            return "NULL";
        }
        constant =
            constants_find(emitter, type, operand->data, operand->count, true);
        break;
    case OPERAND_SCRATCH:
        if (step->scratch < 0) {
            return "NULL";
        }
        memory = step->scratch;
        break;
    case OPERAND_KEPT:
        if (step->kept < 0) {
            return "NULL";
        }
        return ITEM(emitter->context, "%s",
                    state_text(buffer, type, plan->kept[step->kept].offset));
    }
    if (!constant) {
        return ITEM(emitter->context, "%s",
                    memory_text(emitter, buffer, type, memory));
    }
    if (constant->type == type) {
        return constant->name;
    }
    return ITEM(emitter->context, "(const %s *)%s", type->name, constant->name);
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
static void print_call(const struct emitter *emitter, struct text *text,
                       const struct call *call, const struct items *operands) {
    const struct kernel *kernel = call->kernel;
    struct items params = param_items(emitter->context, call);
    size_t length = strlen(kernel->name) + strlen(kernel->params) +
                    strlen("    (&(const ){}, );") + params.length +
                    operands->length;
    if (length <= LINE_WIDTH) {
        text_print(text, "    %s(&(const %s){", kernel->name, kernel->params);
        items_print(&params, fill_after(text, 0, 0), 0);
        text_print(text, "}, ");
        items_print(operands, fill_after(text, 0, 0), 0);
    } else {
        text_print(text, "    %s(\n        &(const %s){", kernel->name,
                   kernel->params);
        size_t width = strlen("        &(const ){},") + strlen(kernel->params) +
                       params.length;
        items_print(&params,
                    width <= LINE_WIDTH ? fill_after(text, 0, 0)
                                        : fill_below(text, 12),
                    2);
        text_print(text, "},");
        items_print(operands, fill_below(text, 8), 2);
    }
    text_print(text, ");\n");
}

/* op 3  MAX_POOL_2D  "pool1"  1x8x8x4 -> 1x4x4x4 */
static void print_step_comment(const struct emitter *emitter, struct text *text,
                               const struct step *step) {
    const struct node *node = step->node;
    struct context *context = emitter->context;
    const char *name = node->output_count ? node->output[0]->name : "";
    const char *head = ITEM(
        context, "    /* op %d  %s  \"%s\"", (int)node->index, node->op->name,
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
    text_print(text, "%s%s%s */\n", head,
               length <= LINE_WIDTH ? "  " : "\n       ",
               tail.failed ? "" : tail.data);
}

void steps_print(const struct emitter *emitter, struct text *text) {
    for (int32_t s = 0; s < emitter->plan->step_count; s++) {
        const struct step *step = &emitter->plan->step[s];
        if (s > 0) {
            text_print(text, "\n");
        }
        print_step_comment(emitter, text, step);
        if (emitter->options->layer_hook) {
            text_print(text, "    %s();\n", emitter->options->layer_hook);
        }
        const struct call *call = step->call;
        for (; call; call = call->next) {
            struct items operands = operand_items(emitter, step, call);
            if (shared_kernel(emitter, call->kernel)) {
                shared_call_print(emitter, text, call, &operands);
            } else {
                print_call(emitter, text, call, &operands);
            }
        }
    }
}
