/* Weights, multipliers and tables as static arrays, each distinct one once. */
#include <assert.h>
#include <string.h>

#include "emit/emitter.h"

enum { NOTE_NAME = 40 }; /* characters of a tensor's name in a comment */

/* FNV-1a, going on from `hash`. */
static uint64_t hash_bytes(uint64_t hash, const void *data, size_t size) {
    const unsigned char *byte = data;
    for (size_t i = 0; i < size; i++) {
        hash = (hash ^ byte[i]) * UINT64_C(0x100000001b3);
    }
    return hash;
}

static const uint64_t hash_start = UINT64_C(0xcbf29ce484222325);

static struct constant **data_bucket(const struct constants *constants,
                                     const void *data, size_t size) {
    /* The first bytes tell weights apart; those that they do not are
     * compared whole. */
    uint64_t hash = hash_bytes(hash_start, data, size < 256 ? size : 256);
    hash = hash_bytes(hash, &size, sizeof size);
    return &constants->by_data[hash & (constants->bucket_count - 1)];
}

static struct constant **name_bucket(const struct constants *constants,
                                     const char *name) {
    uint64_t hash = hash_bytes(hash_start, name, strlen(name));
    return &constants->by_name[hash & (constants->bucket_count - 1)];
}

bool constants_in_flash(const struct emitter *emitter) {
    return emitter->plan->target->dot == DOT_AVR;
}

static struct constant *find(const struct emitter *emitter,
                             const struct c_type *type, const void *data,
                             size_t count, bool loaded) {
    bool in_flash = loaded && constants_in_flash(emitter);
    const struct constants *constants = &emitter->constants;
    size_t size = count * type->size;
    struct constant *constant = *data_bucket(constants, data, size);
    for (; constant; constant = constant->same_data) {
        if (constant->type == type && constant->count == count &&
            constant->in_flash == in_flash &&
            (constant->data == data ||
             memcmp(constant->data, data, size) == 0)) {
            return constant;
        }
    }
    return NULL;
}

const struct constant *constants_find(const struct emitter *emitter,
                                      const struct c_type *type,
                                      const void *data, size_t count,
                                      bool loaded) {
    return find(emitter, type, data, count, loaded);
}

static bool name_is_taken(const struct constants *constants, const char *name) {
    const struct constant *constant = *name_bucket(constants, name);
    for (; constant; constant = constant->same_name) {
        if (strcmp(constant->name, name) == 0) {
            return true;
        }
    }
    return false;
}

/* "op3_filter", or the first free one of "op3_filter_2", ...: an operator may
 * have several constants of one role. */
static const char *free_name(struct emitter *emitter, const char *stem) {
    const char *name = stem;
    for (int i = 2; name && name_is_taken(&emitter->constants, name); i++) {
        name = context_format(emitter->context, "%s_%d", stem, i);
    }
    return name;
}

static bool add(struct emitter *emitter, const char *stem, const char *note,
                const struct c_type *type, const void *data, size_t count,
                bool loaded) {
    struct constants *constants = &emitter->constants;
    struct constant *constant =
        CONTEXT_NEW(emitter->context, struct constant, 1);
    const char *name = stem ? free_name(emitter, stem) : NULL;
    if (!constant || !name || !note) {
        return false;
    }
    struct constant **by_data =
        data_bucket(constants, data, count * type->size);
    struct constant **by_name = name_bucket(constants, name);
    *constant =
        (struct constant){.name = name,
                          .note = note,
                          .type = type,
                          .data = data,
                          .count = count,
                          .in_flash = loaded && constants_in_flash(emitter),
                          .same_data = *by_data,
                          .same_name = *by_name};
    *by_data = *by_name = constant;
    if (constants->last) {
        constants->last->next = constant;
    } else {
        constants->first = constant;
    }
    constants->last = constant;
    constants->size += count * type->size;
    return true;
}

bool constants_add(struct emitter *emitter, const char *name, const char *note,
                   const struct c_type *type, const void *data, size_t count,
                   bool loaded) {
    return constants_find(emitter, type, data, count, loaded) ||
           add(emitter, name, note, type, data, count, loaded);
}

/* How a tensor's constant elements are printed: types that C lacks as
 * bytes. */
static const struct c_type *stored_type(const struct tensor *tensor,
                                        size_t *count) {
    const struct c_type *type = c_type(tensor->type);
    if (!type) {
        type = c_type(DTYPE_UINT8);
    }
    *count = tensor_size(tensor) / type->size;
    return type;
}

const struct constant *constant_of_tensor(const struct emitter *emitter,
                                          const struct tensor *tensor,
                                          bool loaded) {
    size_t count;
    const struct c_type *type = stored_type(tensor, &count);
    return constants_find(emitter, type, tensor->data, count, loaded);
}

static bool add_tensor(struct emitter *emitter, const char *stem,
                       const struct tensor *tensor, bool loaded) {
    size_t count;
    const struct c_type *type = stored_type(tensor, &count);
    if (constants_find(emitter, type, tensor->data, count, loaded)) {
        return true;
    }
    char shape[SHAPE_TEXT];
    const char *name = comment_name(emitter->context, tensor->name, NOTE_NAME);
    const char *note =
        name ? context_format(emitter->context, "\"%s\"  %s", name,
                              shape_text(&tensor->shape, shape))
             : NULL;
    return add(emitter, stem, note, type, tensor->data, count, loaded);
}

static bool add_operand(struct emitter *emitter, const struct node *node,
                        const struct operand *operand) {
    bool is_table = operand->kind == OPERAND_TABLE && operand->count > 0;
    bool is_constant = operand->kind == OPERAND_INPUT && operand->tensor &&
                       operand->tensor->data;
    if (!is_table && !is_constant) {
        return true;
    }
    const char *stem = context_format(emitter->context, "op%d_%s",
                                      (int)node->index, operand->role);
    if (!stem) {
        return false;
    }
    if (is_constant) {
        return add_tensor(emitter, stem, operand->tensor, operand->loaded);
    }
    const struct c_type *type = c_type(operand->type);
    assert(type);
    if (!find(emitter, type, operand->data, operand->count, true) &&
        !add(emitter, stem, "", type, operand->data, operand->count, true)) {
        return false;
    }
    struct constant *constant =
        find(emitter, type, operand->data, operand->count, true);
    if (constant->align < operand->align) {
        constant->align = operand->align;
    }
    return true;
}

static bool add_output(struct emitter *emitter, int32_t index) {
    const struct tensor *tensor = emitter->graph->output[index];
    return !tensor->data ||
           add_tensor(
               emitter,
               context_format(emitter->context, "constant_%d", (int)index),
               tensor, false);
}

static bool make_buckets(struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    struct constants *constants = &emitter->constants;
    size_t operands = (size_t)emitter->graph->output_count;
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct call *call = plan->step[s].call;
        for (; call; call = call->next) {
            operands += (size_t)call->operand_count;
        }
    }
    constants->bucket_count = 16;
    while (constants->bucket_count < operands) {
        constants->bucket_count *= 2;
    }
    constants->by_data = CONTEXT_NEW(emitter->context, struct constant *,
                                     constants->bucket_count);
    constants->by_name = CONTEXT_NEW(emitter->context, struct constant *,
                                     constants->bucket_count);
    return constants->by_data && constants->by_name;
}

bool constants_collect(struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    if (!make_buckets(emitter)) {
        return false;
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct step *step = &plan->step[s];
        const struct call *call = step->call;
        for (; call; call = call->next) {
            for (int i = 0; i < call->operand_count; i++) {
                if (!add_operand(emitter, step->node, &call->operand[i])) {
                    return false;
                }
            }
        }
    }
    for (int32_t i = 0; i < emitter->graph->output_count; i++) {
        if (!add_output(emitter, i)) {
            return false;
        }
    }
    return true;
}

static const char *element_literal(char buffer[LITERAL_SIZE],
                                   const struct constant *constant, size_t i) {
    const void *data = constant->data;
    switch (constant->type - c_types) {
    case 0:
        return int_literal(buffer, ((const uint8_t *)data)[i]);
    case 1:
        return int_literal(buffer, ((const int8_t *)data)[i]);
    case 2:
        return int_literal(buffer, ((const int16_t *)data)[i]);
    case 3:
        return int_literal(buffer, ((const int32_t *)data)[i]);
    case 4:
        return int_literal(buffer, ((const int64_t *)data)[i]);
    case 6:
        return int_literal(buffer, ((const uint16_t *)data)[i]);
    case 7:
        return int_literal(buffer, ((const uint32_t *)data)[i]);
    default:
        return float_literal(buffer, ((const float *)data)[i]);
    }
}

/* Columns of all elements and the ", " between them, as far as that may fit
 * one line. */
static size_t elements_width(const struct constant *constant) {
    char buffer[LITERAL_SIZE];
    size_t width = 0;
    for (size_t i = 0; i < constant->count && width < LINE_WIDTH; i++) {
        width += strlen(element_literal(buffer, constant, i)) + (i ? 2 : 0);
    }
    return width;
}

static void print_constant(const struct constant *constant, struct text *text) {
    if (constant->note[0]) {
        text_print(text, "/* %s */\n", constant->note);
    }
    size_t start = text->size;
    text_print(text, "static const ");
    if (constant->in_flash) {
        text_print(text, "MF_CONSTANT ");
    }
    if (constant->align) {
        text_print(text, "MF_ALIGNED(%d) ", constant->align);
    }
    text_print(text, "%s %s[%zu] = {", constant->type->name, constant->name,
               constant->count);
    size_t width = text->size - start + elements_width(constant) + strlen("};");
    struct fill fill =
        width <= LINE_WIDTH ? fill_after(text, 0, 0) : fill_below(text, 4);
    for (size_t i = 0; i < constant->count; i++) {
        char buffer[LITERAL_SIZE];
        fill_add(&fill, element_literal(buffer, constant, i), 2);
    }
    text_print(text, "};\n\n");
}

void constants_print(const struct emitter *emitter, struct text *text) {
    const struct constant *constant = emitter->constants.first;
    for (; constant; constant = constant->next) {
        print_constant(constant, text);
    }
}
