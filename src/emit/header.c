/* NAME.h: what a program sees of the network. */
#include "emit/emitter.h"

void header_print(const struct emitter *emitter, struct text *text) {
    const char *name = emitter->name, *upper = emitter->upper;
    struct context *context = emitter->context;
    const char *usage =
        stream_is_pushed(emitter)
            ? ITEM(context,
                   "Push the rows of the input, %s_push_row(), as they come, "
                   "call\n * %s_finish(), read the outputs.",
                   name, name)
            : ITEM(context,
                   "Write every input, call %s_invoke(), read the outputs.\n"
                   " *\n"
                   " * Inputs share memory with what is computed: every "
                   "inference needs all of\n"
                   " * them written anew.",
                   name);
    text_print(text,
               "/* %s: a neural network.\n"
               " * Made by MicroFlow " MF_VERSION " from %s.\n"
               " *\n"
               " * %s\n"
               " *\n"
               "%s"
               " * A program has one copy of the network, for one thread at a "
               "time. */\n",
               name, emitter->model, usage,
               emitter->options->shared
                   ? " * Memory is shared with others of " SHARED_ARENA
                     ".h: from the first input that is\n"
                     " * given until the outputs are read none of them may be "
                     "used.\n"
                     " *\n"
                   : "");
    text_print(text,
               "#ifndef %s_H\n"
               "#define %s_H\n"
               "\n"
               "#include <stdint.h>\n"
               "\n",
               upper, upper);
    linkage_open(text);
    ports_declare(emitter, text);
    memory_declare(emitter, text);
    if (has_state(emitter)) {
        text_print(text,
                   "/* More of them, which are kept from one inference to the "
                   "next. */\n"
                   "#define %s_STATE_SIZE %zu\n"
                   "\n"
                   "/* Forgets all inferences so far: a new recording starts. "
                   "Not needed before the\n"
                   " * first. */\n"
                   "void %s_reset(void);\n",
                   upper, emitter->state.size, name);
    }
    if (stream_is_pushed(emitter)) {
        push_declare(emitter, text);
    } else {
        text_print(text,
                   "\n"
                   "/* One inference.  Outputs are valid until the next, or "
                   "until an input is\n"
                   " * written. */\n"
                   "void %s_invoke(void);\n"
                   "\n",
                   name);
    }
    checks_declare(emitter, text);
    text_print(text, "/* One inference on real numbers: quantises the inputs "
                     "(rounded half away\n"
                     " * from zero, clamped, NaN as 0), invokes, converts the "
                     "outputs back.  Integers\n"
                     " * that are not quantised are clamped and lose their "
                     "fraction. */\n");
    predict_prototype(emitter, text);
    text_print(text, ";\n");
    linkage_close(text);
}
