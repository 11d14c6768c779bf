/* NAME.c: constants, memory and the calls that are the network. */
#include <string.h>

#include "emit/emitter.h"

static void print_head(const struct emitter *emitter, struct text *text) {
    text_print(text,
               "/* %s: made by MicroFlow " MF_VERSION " from %s.\n"
               " *\n"
               " *     layers     %10d\n"
               " *     constants  %10zu bytes\n"
               " *     arena      %10zu bytes",
               emitter->name, emitter->model, (int)emitter->plan->step_count,
               emitter->constants.size, emitter->arena_size);
    if (has_state(emitter)) {
        text_print(text, "\n *     state      %10zu bytes",
                   emitter->state.size);
    }
    text_print(text, " */\n#include \"%s.h\"\n\n", emitter->name);
}

/* The program's header that declares kernel i, once. */
static void print_program_header(const struct emitter *emitter, size_t i,
                                 struct text *text) {
    const char *header = emitter->kernel[i].kernel->program_header;
    for (size_t k = 0; header && k < i; k++) {
        const char *other = emitter->kernel[k].kernel->program_header;
        header = other && strcmp(other, header) == 0 ? NULL : header;
    }
    if (header) {
        text_print(text, "#include \"%s\"\n", header);
    }
}

/* The headers of the kernels that are called, and the one that predict is
 * made of; they include what they need. */
static void print_includes(const struct emitter *emitter, struct text *text) {
    for (const struct kernel_file *file = kernel_files; file->name; file++) {
        bool used =
            strcmp(file->name, PREDICT_HEADER) == 0 ||
            (emitter->plan->stream_count > 0 &&
             strcmp(file->name, STRIP_HEADER) == 0) ||
            (check_needs_crc(emitter) && strcmp(file->name, CRC_HEADER) == 0);
        for (size_t i = 0; i < emitter->kernel_count; i++) {
            used = used ||
                   strcmp(file->name, emitter->kernel[i].kernel->header) == 0;
        }
        if (used) {
            text_print(text, "#include \"%s\"\n", file->name);
        }
    }
    for (size_t i = 0; i < emitter->kernel_count; i++) {
        print_program_header(emitter, i, text);
    }
    text_print(text, "\n");
}

/* What AVR cannot address is refused there, not on a host that tries the code
 * out: the vectors come before the constants in flash. */
static void print_flash(const struct emitter *emitter, struct text *text) {
    enum { FLASH_LIMIT = 65536 - 256 };
    if (emitter->constants.size > FLASH_LIMIT) {
        text_print(text,
                   "#if defined(__AVR__)\n"
                   "#error \"%zu bytes of constants, AVR reaches %d\"\n"
                   "#endif\n\n",
                   emitter->constants.size, (int)FLASH_LIMIT);
    }
    text_print(text, "/* On AVR constants stay in flash. */\n"
                     "#define MF_CONSTANTS_IN_FLASH 1\n\n");
}

void source_print(const struct emitter *emitter, struct text *text) {
    print_head(emitter, text);
    if (constants_in_flash(emitter)) {
        print_flash(emitter, text);
    }
    print_includes(emitter, text);
    if (emitter->options->layer_hook) {
        text_print(text,
                   "/* Called before each layer; the program has it. */\n"
                   "void %s(void);\n\n",
                   emitter->options->layer_hook);
    }
    constants_print(emitter, text);
    memory_print(emitter, text);
    check_helpers_print(emitter, text);
    shared_kernels_print(emitter, text);
    ports_define(emitter, text);
    reset_print(emitter, text);
    streams_print(emitter, text);
    text_print(text,
               stream_is_pushed(emitter) ? "static void invoke(void) {\n"
                                         : "void %s_invoke(void) {\n",
               emitter->name);
    if (needs_reset(emitter)) {
        text_print(text, "    if (!is_set) {\n        %s_reset();\n    }\n",
                   emitter->name);
    }
    if (!stream_is_pushed(emitter)) {
        guard_call_print(emitter, text);
    }
    steps_print(emitter, text);
    text_print(text, "}\n\n");
    if (stream_is_pushed(emitter)) {
        finish_define(emitter, text);
    }
    predict_define(emitter, text);
    checks_define(emitter, text);
}
