/* NAME_reset(): sets the state to what it is before the first inference. */
#include "emit/emitter.h"

bool has_state(const struct emitter *emitter) {
    return emitter->state.size > 0;
}

bool needs_reset(const struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    for (int32_t k = 0; k < plan->kept_count; k++) {
        const struct kept *kept = &plan->kept[k];
        if (!kept_is_uniform(kept) || kept_initial(kept, 0) != 0) {
            return true;
        }
    }
    return false;
}

/* What kept memory is copied from, if it is not filled: elements of its tensor,
 * or bytes where C has no type for them. */
struct initial {
    const void *data; /* NULL: it is filled */
    const struct c_type *type;
    size_t count;
};

static struct initial initial_values(const struct kept *kept) {
    struct initial initial = {NULL, NULL, 0};
    if (!kept_is_uniform(kept)) {
        const struct tensor *tensor = kept->state->tensor;
        initial.data = kept->state->initial;
        initial.type = c_type(tensor->type);
        if (!initial.type) {
            initial.type = c_type(DTYPE_UINT8);
        }
        initial.count = tensor_size(tensor) / initial.type->size;
    }
    return initial;
}

bool reset_collect(struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    for (int32_t k = 0; k < plan->kept_count; k++) {
        const struct initial initial = initial_values(&plan->kept[k]);
        if (!initial.data) {
            continue;
        }
        const char *name = context_format(emitter->context, "state%d", (int)k);
        emitter->state.has[initial.type - c_types] = true;
        if (!name ||
            !constants_add(emitter, name, "initial values", initial.type,
                           initial.data, initial.count, true)) {
            return false;
        }
    }
    return true;
}

static void print_fill(struct text *text, size_t start, size_t end,
                       unsigned value) {
    if (start < end) {
        text_print(text,
                   "    for (mf_index i = %zu; i < %zu; i++) {\n"
                   "        state.u8[i] = %u;\n"
                   "    }\n",
                   start, end, value);
    }
}

static void print_copy(const struct emitter *emitter, struct text *text,
                       size_t offset, const struct initial *initial) {
    const struct c_type *type = initial->type;
    const struct constant *constant =
        constants_find(emitter, type, initial->data, initial->count, true);
    text_print(text,
               "    for (mf_index i = 0; i < %zu; i++) {\n"
               "        state.%s[i + %zu] = mf_load_%s(%s + i);\n"
               "    }\n",
               initial->count, type->member, offset / type->size, type->member,
               constant->name);
}

/* Neighbours with equal bytes are filled as one, gaps between them, too. */
static void print_values(const struct emitter *emitter, struct text *text) {
    const struct plan *plan = emitter->plan;
    size_t start = 0, end = 0;
    unsigned value = 0;
    for (int32_t k = 0; k < plan->kept_count; k++) {
        const struct kept *kept = &plan->kept[k];
        const struct initial initial = initial_values(kept);
        if (initial.data || kept_initial(kept, 0) != value) {
            print_fill(text, start, end, value);
            start = end = kept->offset;
            value = kept_initial(kept, 0);
        }
        end = kept->offset + kept->size;
        if (initial.data) {
            print_copy(emitter, text, kept->offset, &initial);
            start = end;
        }
    }
    print_fill(text, start, end, value);
}

void reset_print(const struct emitter *emitter, struct text *text) {
    if (!has_state(emitter)) {
        return;
    }
    if (needs_reset(emitter)) {
        text_print(text, "/* Whether the state was set at all. */\n"
                         "static uint8_t is_set;\n\n");
    }
    text_print(text, "void %s_reset(void) {\n", emitter->name);
    print_values(emitter, text);
    text_print(text, "%s}\n\n",
               needs_reset(emitter) ? "    is_set = 1;\n" : "");
}
