/* What the network says of itself, where that was asked for: NAME_selftest(),
 * NAME_check_weights(), NAME_check_arena(). */
#include <assert.h>

#include "emit/emitter.h"
#include "mf_crc.h"
#include "run/selftest.h"

/* --- which checks there are --- */

static const struct tensor_check *check_of(const struct emitter *emitter,
                                           const struct tensor *tensor) {
    const struct tensor_check *checks = emitter->options->checks;
    return checks && checks[tensor->id].is_checked ? &checks[tensor->id] : NULL;
}

bool check_is_made(const struct emitter *emitter, const struct tensor *tensor) {
    return check_of(emitter, tensor) != NULL;
}

bool check_needs_crc(const struct emitter *emitter) {
    return emitter->options->checks || emitter->options->guard_weights;
}

bool check_collect(struct emitter *emitter) {
    struct context *context = emitter->context;
    if (emitter->options->guard_arena && emitter->arena_size == 0) {
        return context_fail(context, "guard of the arena: there is none");
    }
    if (emitter->options->guard_arena &&
        (emitter->options->shared || emitter->plan->region_count > 0)) {
        return context_fail(context, "guard of the arena: it is shared or "
                                     "lies in several regions");
    }
    if (emitter->options->guard_weights && !emitter->constants.first) {
        return context_fail(context, "guard of the weights: there are none");
    }
    return true;
}

/* Types of checked tensors, and of constants in either memory. */
struct types {
    bool layer[C_TYPE_COUNT], constant[C_TYPE_COUNT], flash[C_TYPE_COUNT];
};

static struct types find_types(const struct emitter *emitter) {
    struct types types = {{false}, {false}, {false}};
    const struct graph *graph = emitter->graph;
    for (int32_t t = 0; t < graph->tensor_count; t++) {
        if (check_of(emitter, graph->tensor[t])) {
            types.layer[c_type(graph->tensor[t]->type) - c_types] = true;
        }
    }
    const struct constant *constant =
        emitter->options->guard_weights ? emitter->constants.first : NULL;
    for (; constant; constant = constant->next) {
        (constant->in_flash ? types.flash
                            : types.constant)[constant->type - c_types] = true;
    }
    return types;
}

/* --- sums of memory --- */

/* Reads are volatile: a compiler that knows the elements must not do without
 * them. */
static void print_differs(struct text *text, const struct c_type *type,
                          bool in_flash) {
    text_print(text,
               "static int %s_%s(const %s%s *values, mf_index count,\n"
               "    uint32_t expected) {\n"
               "    uint32_t crc = MF_CRC_START;\n"
               "    for (mf_index i = 0; i < count; i++) {\n",
               in_flash ? "flash_differs" : "differs", type->member,
               in_flash ? "" : "volatile ", type->name);
    text_print(text,
               in_flash ? "        crc = mf_crc_%s(crc, mf_load_%s(values + "
                          "i));\n"
                        : "        crc = mf_crc_%s(crc, values[i]);\n",
               type->member, type->member);
    text_print(text, "    }\n"
                     "    return (crc ^ MF_CRC_START) != expected;\n"
                     "}\n");
}

static void print_check_layer(struct text *text, const struct c_type *type) {
    text_print(text,
               "static void check_layer_%s(int layer, const %s *values,\n"
               "    mf_index count, uint32_t expected) {\n"
               "    if (selftest.is_on && selftest.layer == 0 &&\n"
               "        differs_%s(values, count, expected)) {\n"
               "        selftest.layer = layer;\n"
               "    }\n"
               "}\n",
               type->member, type->name, type->member);
}

static void print_guard(struct text *text) {
    text_print(text,
               "\n"
               "/* Sets what stands before and behind the arena, once. */\n"
               "static uint8_t is_guarded;\n"
               "static void guard_arena(void) {\n"
               "    for (int i = 0; i < 2 && !is_guarded; i++) {\n"
               "        arena.before[i] = UINT32_C(0x5ca1ab1e);\n"
               "        arena.after[i] = UINT32_C(0xdecea5ed);\n"
               "    }\n"
               "    is_guarded = 1;\n"
               "}\n\n");
}

void check_helpers_print(const struct emitter *emitter, struct text *text) {
    const struct types types = find_types(emitter);
    if (check_needs_crc(emitter)) {
        text_print(text, "/* Whether the CRC-32 of elements is another one. "
                         "*/\n");
    }
    for (int i = 0; i < C_TYPE_COUNT; i++) {
        if (types.layer[i] || types.constant[i]) {
            print_differs(text, &c_types[i], false);
        }
        if (types.flash[i]) {
            print_differs(text, &c_types[i], true);
        }
    }
    if (emitter->options->checks) {
        text_print(text, "\n"
                         "/* The first layer that differs, while a self-test "
                         "runs. */\n"
                         "static struct {\n"
                         "    uint8_t is_on;\n"
                         "    int layer;\n"
                         "} selftest;\n\n");
    }
    for (int i = 0; i < C_TYPE_COUNT; i++) {
        if (types.layer[i]) {
            print_check_layer(text, &c_types[i]);
        }
    }
    if (check_needs_crc(emitter)) {
        text_print(text, "\n");
    }
    if (emitter->options->guard_arena) {
        print_guard(text);
    }
}

/* --- in the network --- */

void guard_call_print(const struct emitter *emitter, struct text *text) {
    if (emitter->options->guard_arena) {
        text_print(text, "    guard_arena();\n");
    }
}

void check_step_print(const struct emitter *emitter, struct text *text,
                      int32_t s) {
    const struct node *node = emitter->plan->step[s].node;
    for (int32_t i = 0; i < node->output_count; i++) {
        const struct tensor *tensor = node->output[i];
        const struct tensor_check *check = check_of(emitter, tensor);
        if (!check) {
            continue;
        }
        const struct c_type *type = c_type(tensor->type);
        const int32_t buffer = emitter->plan->tensor_buffer[tensor->id];
        char memory[MEMORY_TEXT];
        text_print(text,
                   "    check_layer_%s(%d, %s, %lld,\n"
                   "        UINT32_C(0x%08lx));\n",
                   type->member, (int)s + 1,
                   memory_text(emitter, memory, type, buffer, 0),
                   (long long)shape_count(&tensor->shape),
                   (unsigned long)check->crc);
    }
}

/* --- NAME_selftest() --- */

/* How an element of the input is made. */
static const char *element_maker(const struct port *port) {
    return port->tensor->type == DTYPE_BOOL ? "bool" : port->type->member;
}

static void print_input(const struct emitter *emitter, struct text *text,
                        const struct port *port) {
    text_print(text,
               "    for (mf_index i = 0; i < %s_%s_SIZE; i++) {\n"
               "        x = mf_selftest_next(x);\n"
               "        %s_%s()[i] = mf_selftest_%s(x);\n"
               "    }\n",
               emitter->upper, port->upper, emitter->name, port->name,
               element_maker(port));
}

static void print_pushing(const struct emitter *emitter, struct text *text) {
    const struct port port = port_at(emitter, 0);
    text_print(text,
               "    (void)%s_finish();\n"
               "    for (mf_index y = 0; y < %s_ROWS; y++) {\n"
               "        %s row[%s_ROW_SIZE];\n"
               "        for (mf_index i = 0; i < %s_ROW_SIZE; i++) {\n"
               "            x = mf_selftest_next(x);\n"
               "            row[i] = mf_selftest_%s(x);\n"
               "        }\n"
               "        %s_push_row(row);\n"
               "    }\n"
               "    (void)%s_finish();\n",
               emitter->name, emitter->upper, port.type->name, emitter->upper,
               emitter->upper, element_maker(&port), emitter->name,
               emitter->name);
}

static void define_selftest(const struct emitter *emitter, struct text *text) {
    const char *name = emitter->name;
    const bool pushed = stream_is_pushed(emitter);
    text_print(text, "\nint %s_selftest(void) {\n", name);
    if (emitter->graph->input_count > 0) {
        text_print(text, "    uint32_t x = MF_SELFTEST_START;\n");
    }
    if (has_state(emitter)) {
        text_print(text, "    %s_reset();\n", name);
    }
    text_print(text, "    selftest.layer = 0;\n"
                     "    selftest.is_on = 1;\n");
    for (int32_t i = 0; i < emitter->graph->input_count && !pushed; i++) {
        const struct port port = port_at(emitter, i);
        print_input(emitter, text, &port);
    }
    if (pushed) {
        print_pushing(emitter, text);
    } else {
        text_print(text, "    %s_invoke();\n", name);
    }
    text_print(text, "    selftest.is_on = 0;\n");
    if (has_state(emitter)) {
        text_print(text, "    %s_reset();\n", name);
    }
    text_print(text, "    return selftest.layer;\n}\n");
}

/* --- NAME_check_weights() and NAME_check_arena() --- */

static uint32_t crc_of(const struct constant *constant) {
    /* Elements are little-endian here, as MicroFlow's hosts are. */
    const uint8_t *bytes = constant->data;
    uint32_t crc = MF_CRC_START;
    if (constant->type->is_float) {
        for (size_t i = 0; i < constant->count; i++) {
            crc = mf_crc_f32(crc, ((const float *)constant->data)[i]);
        }
        return crc ^ MF_CRC_START;
    }
    for (size_t i = 0; i < constant->count * constant->type->size; i++) {
        crc = mf_crc_u8(crc, bytes[i]);
    }
    return crc ^ MF_CRC_START;
}

static void define_check_weights(const struct emitter *emitter,
                                 struct text *text) {
    const struct constant *constant = emitter->constants.first;
    text_print(text, "\nint %s_check_weights(void) {\n", emitter->name);
    for (int number = 1; constant; constant = constant->next, number++) {
        text_print(text,
                   "    if (%s_%s(%s, %zu, UINT32_C(0x%08lx))) {\n"
                   "        return %d;\n"
                   "    }\n",
                   constant->in_flash ? "flash_differs" : "differs",
                   constant->type->member, constant->name, constant->count,
                   (unsigned long)crc_of(constant), number);
    }
    text_print(text, "    return 0;\n}\n");
}

static void define_check_arena(const struct emitter *emitter,
                               struct text *text) {
    text_print(text,
               "\nint %s_check_arena(void) {\n"
               "    int found = 0;\n"
               "    for (int i = 0; i < 2 && is_guarded; i++) {\n"
               "        if (arena.before[i] != UINT32_C(0x5ca1ab1e)) {\n"
               "            found |= 1;\n"
               "        }\n"
               "        if (arena.after[i] != UINT32_C(0xdecea5ed)) {\n"
               "            found |= 2;\n"
               "        }\n"
               "    }\n"
               "    return found;\n"
               "}\n",
               emitter->name);
}

void checks_define(const struct emitter *emitter, struct text *text) {
    if (emitter->options->checks) {
        define_selftest(emitter, text);
    }
    if (emitter->options->guard_weights) {
        define_check_weights(emitter, text);
    }
    if (emitter->options->guard_arena) {
        define_check_arena(emitter, text);
    }
}

void checks_declare(const struct emitter *emitter, struct text *text) {
    const char *name = emitter->name;
    if (emitter->options->checks) {
        text_print(text,
                   "/* One inference on an input of its own, whose results are "
                   "known: 0 if all that\n"
                   " * is compared is right, else the first layer that is not, "
                   "from 1, in the order\n"
                   " * of execution.%s  Inputs and outputs are lost%s. */\n"
                   "int %s_selftest(void);\n"
                   "\n",
                   emitter->plan->stream_count > 0
                       ? "  Of layers computed row by row what\n"
                         " * comes out at the end is compared."
                       : "",
                   has_state(emitter) ? ", and so is the state" : "", name);
    }
    if (emitter->options->guard_weights) {
        text_print(text,
                   "/* Sums up weights and tables: 0 if they are what was "
                   "compiled, else which array\n"
                   " * of the source is not, from 1. */\n"
                   "int %s_check_weights(void);\n"
                   "\n",
                   name);
    }
    if (emitter->options->guard_arena) {
        text_print(
            text,
            "/* Whether, since the first inference, anything was written "
            "to the 8 bytes before\n"
            " * the arena (1), behind it (2) or both (3); 0 if not.  "
            "Once it was, it stays. */\n"
            "int %s_check_arena(void);\n"
            "\n",
            name);
    }
}
