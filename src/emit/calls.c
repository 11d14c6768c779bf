/* Steps of the plan as calls of kernels. */
#include <assert.h>
#include <string.h>

#include "emit/emitter.h"
#include "emit/print.h"

enum {
    COMMENT_NAME = 40, /* characters of a tensor's name in a comment */
    COMMENT_INPUTS = 3 /* shapes of inputs that a comment lists */
};

/* Items of a list, to be laid out once their length is known. */
struct items {
    const char **item;
    int count;
    size_t length; /* characters, with ", " between items */
};

static void items_add(struct items *items, const char *item) {
    items->length += strlen(item) + (items->count ? 2 : 0);
    items->item[items->count++] = item;
}

static void items_print(const struct items *items, struct fill fill,
                        int reserve) {
    for (int i = 0; i < items->count; i++) {
        fill_add(&fill, items->item[i], i + 1 < items->count ? 1 : reserve);
    }
}

/* --- parameters --- */

static size_t field_size(enum field_type type) {
    switch (type) {
    case FIELD_INDEX:
        return sizeof(ptrdiff_t);
    case FIELD_INT32:
        return sizeof(int32_t);
    case FIELD_FLOAT:
        return sizeof(float);
    }
    assert(false);
    return 1;
}

static const char *element_literal(char buffer[LITERAL_SIZE],
                                   enum field_type type, const char *at) {
    ptrdiff_t index;
    int32_t integer;
    float real;
    switch (type) {
    case FIELD_INDEX:
        memcpy(&index, at, sizeof index);
        return int_literal(buffer, index);
    case FIELD_INT32:
        memcpy(&integer, at, sizeof integer);
        return int_literal(buffer, integer);
    case FIELD_FLOAT:
        memcpy(&real, at, sizeof real);
        return float_literal(buffer, real);
    }
    assert(false);
    return "";
}

/* How many elements are left when zeros at the end are dropped, which C fills
 * in.  A float -0 is no zero. */
static int used_elements(const struct field *field, const char *at) {
    static const char zero[sizeof(int64_t)];
    size_t size = field_size(field->type);
    int used = field->count;
    while (used > 0 &&
           memcmp(at + (size_t)(used - 1) * size, zero, size) == 0) {
        used--;
    }
    return used;
}

/* ".in_h = 8" or ".pad = {1, 2}". */
static const char *initialiser(const struct emitter *emitter,
                               const struct field *field, const char *at) {
    struct text text = {.context = emitter->context};
    char buffer[LITERAL_SIZE];
    size_t size = field_size(field->type);
    int used = used_elements(field, at);
    text_print(&text, field->count > 1 ? ".%s = {" : ".%s = ", field->name);
    for (int i = 0; i == 0 || i < used; i++) {
        text_print(&text, "%s%s", i ? ", " : "",
                   element_literal(buffer, field->type, at + (size_t)i * size));
    }
    text_print(&text, field->count > 1 ? "}" : "");
    return text.failed ? "" : text.data;
}

/* Initialisers of the fields that are not zero; of one field if all are. */
static struct items param_items(const struct emitter *emitter,
                                const struct call *call) {
    const struct field *fields = call->kernel->fields, *field;
    size_t count = 1;
    for (field = fields; field->name; field++) {
        count++;
    }
    struct items items = {
        .item = CONTEXT_NEW(emitter->context, const char *, count)};
    for (field = fields; items.item && field->name; field++) {
        const char *at = (const char *)call->params + field->offset;
        if (used_elements(field, at) > 0) {
            items_add(&items, initialiser(emitter, field, at));
        }
    }
    if (items.item && items.count == 0 && fields->name) {
        const char *at = (const char *)call->params + fields->offset;
        items_add(&items, initialiser(emitter, fields, at));
    }
    return items;
}

/* --- operands --- */

static const char *operand_text(const struct emitter *emitter,
                                const struct step *step,
                                const struct operand *operand) {
    const struct plan *plan = emitter->plan;
    const struct c_type *type = c_type(operand->type);
    const struct constant *constant = NULL;
    char buffer[ARENA_TEXT];
    size_t offset = 0;
    assert(type);
    switch (operand->kind) {
    case OPERAND_INPUT:
    case OPERAND_OUTPUT:
        if (!operand->tensor) {
            return "NULL";
        }
        if (operand->tensor->data) {
            constant = constant_of_tensor(emitter, operand->tensor);
        } else {
            offset = plan_offset(plan, operand->tensor);
        }
        break;
    case OPERAND_TABLE:
        if (operand->count == 0) {
            return "NULL";
        }
        constant = constants_find(emitter, type, operand->data, operand->count);
        break;
    case OPERAND_SCRATCH:
        if (step->scratch < 0) {
            return "NULL";
        }
        offset = plan->buffer[step->scratch].offset;
        break;
    }
    if (!constant) {
        return ITEM(emitter->context, "%s", arena_text(buffer, type, offset));
    }
    if (constant->type == type) {
        return constant->name;
    }
    return ITEM(emitter->context, "(const %s *)%s", type->name, constant->name);
}

static struct items operand_items(const struct emitter *emitter,
                                  const struct step *step,
                                  const struct call *call) {
    struct items items = {
        .item = CONTEXT_NEW(emitter->context, const char *, MAX_OPERANDS)};
    for (int i = 0; items.item && i < call->operand_count; i++) {
        items_add(&items, operand_text(emitter, step, &call->operand[i]));
    }
    return items;
}

/* --- calls --- */

static bool is_shared(const struct emitter *emitter,
                      const struct kernel *kernel) {
    for (size_t i = 0; i < emitter->kernel_count; i++) {
        if (emitter->kernel[i].kernel == kernel) {
            return emitter->options->share_kernels &&
                   emitter->kernel[i].calls > 1;
        }
    }
    return false;
}

/* "conv_2d_s8" of "mf_conv_2d_s8": shared functions are called shared_... */
static const char *short_name(const struct kernel *kernel) {
    const char *name = kernel->name;
    return strncmp(name, "mf_", 3) == 0 ? name + 3 : name;
}

/* The kernel is inlined and its parameters are literals: nothing of them is
 * left to be stored. */
static void print_call(const struct emitter *emitter, struct text *text,
                       const struct step *step, const struct call *call) {
    const struct kernel *kernel = call->kernel;
    struct items params = param_items(emitter, call);
    struct items operands = operand_items(emitter, step, call);
    size_t length = strlen(kernel->name) + strlen(kernel->params) +
                    strlen("    (&(const ){}, );") + params.length +
                    operands.length;
    if (length <= LINE_WIDTH) {
        text_print(text, "    %s(&(const %s){", kernel->name, kernel->params);
        items_print(&params, fill_after(text, 0, 0), 0);
        text_print(text, "}, ");
        items_print(&operands, fill_after(text, 0, 0), 0);
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
        items_print(&operands, fill_below(text, 8), 2);
    }
    text_print(text, ");\n");
}

/* The parameters of a shared function have to be stored: in flash. */
static void print_shared_call(const struct emitter *emitter, struct text *text,
                              const struct step *step,
                              const struct call *call) {
    struct items params = param_items(emitter, call);
    struct items operands = operand_items(emitter, step, call);
    text_print(text, "    {\n        static const %s p = {",
               call->kernel->params);
    items_print(&params, fill_below(text, 12), 2);
    text_print(text, "};\n        shared_%s(", short_name(call->kernel));
    int column = (int)strlen(short_name(call->kernel)) + 16;
    struct fill fill = fill_after(text, column, column);
    fill_add(&fill, "&p", 1);
    items_print(&operands, fill, 2);
    text_print(text, ");\n    }\n");
}

/* "/" and "*" of the model's names were made harmless. */
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
        const struct call *call = step->call;
        for (; call; call = call->next) {
            if (is_shared(emitter, call->kernel)) {
                print_shared_call(emitter, text, step, call);
            } else {
                print_call(emitter, text, step, call);
            }
        }
    }
}

/* --- shared kernels --- */

/* "filter", or "input_2" if an operand before has the same role. */
static const char *parameter_name(const struct emitter *emitter,
                                  const struct call *call, int index) {
    const char *role = call->operand[index].role;
    for (int i = 0; i < index; i++) {
        if (strcmp(call->operand[i].role, role) == 0) {
            return ITEM(emitter->context, "%s_%d", role, index);
        }
    }
    return role;
}

/* Operands of one kernel differ from call to call in what they are, not in
 * type. */
static void print_shared_kernel(const struct emitter *emitter,
                                struct text *text,
                                const struct used_kernel *used) {
    const struct kernel *kernel = used->kernel;
    const struct call *call = used->sample;
    text_print(text, "SHARED void shared_%s(", short_name(kernel));
    struct fill fill = fill_below(text, 4);
    fill_add(&fill, ITEM(emitter->context, "const %s *p", kernel->params), 3);
    for (int i = 0; i < call->operand_count; i++) {
        const struct operand *operand = &call->operand[i];
        bool written =
            operand->kind == OPERAND_OUTPUT || operand->kind == OPERAND_SCRATCH;
        fill_add(&fill,
                 ITEM(emitter->context, "%s%s *%s", written ? "" : "const ",
                      c_type(operand->type)->name,
                      parameter_name(emitter, call, i)),
                 3);
    }
    text_print(text, ") {\n    %s(", kernel->name);
    fill = fill_after(text, 8, (int)strlen(kernel->name) + 5);
    fill_add(&fill, "p", 2);
    for (int i = 0; i < call->operand_count; i++) {
        fill_add(&fill, parameter_name(emitter, call, i), 2);
    }
    text_print(text, ");\n}\n\n");
}

void shared_kernels_print(const struct emitter *emitter, struct text *text) {
    bool any = false;
    for (size_t i = 0; i < emitter->kernel_count; i++) {
        const struct used_kernel *used = &emitter->kernel[i];
        if (!is_shared(emitter, used->kernel)) {
            continue;
        }
        if (!any) {
            text_print(text, "/* One copy of each kernel that several layers "
                             "use. */\n"
                             "#if defined(__GNUC__)\n"
                             "#define SHARED static __attribute__((noinline))\n"
                             "#else\n"
                             "#define SHARED static\n"
                             "#endif\n\n");
            any = true;
        }
        print_shared_kernel(emitter, text, used);
    }
}
