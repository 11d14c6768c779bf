/* The program that `microflow prove` analyses: a network, and calls of all that
 * NAME.h declares.
 *
 * Invariant: memory is unknown before each of them, so that what is proved
 * holds for every input and after whatever went before.  Only the count of
 * pushed rows is not: it is what the calls made here make it. */
#define _POSIX_C_SOURCE 200809L /* open_memstream */
#include "prove.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

static const char head[] =
    "#include \"" PROVE_NETWORK ".c\"\n"
    "#include \"__fc_builtin.h\"\n"
    "#define FORGET(object) \\\n"
    "    Frama_C_make_unknown((char *)&(object), sizeof(object));\n"
    "\n";

/* One inference; frames end early, too, and have a row too many. */
static const char infer[] =
    "#ifdef NET_ROWS\n"
    "static void infer(void) {\n"
    "    static MF_ALIGNED(8) unsigned char row[NET_ROW_SIZE * ELEMENT];\n"
    "    //@ loop unroll 99999;\n"
    "    for (mf_index y = 0; y < NET_ROWS; y++) {\n"
    "        if (Frama_C_nondet(0, 1)) {\n"
    "            (void)net_finish();\n"
    "            return;\n"
    "        }\n"
    "        FORGET(row)\n"
    "        net_push_row((const void *)row);\n"
    "    }\n"
    "    net_push_row((const void *)row);\n"
    "    (void)net_finish();\n"
    "}\n"
    "#else\n"
    "static void infer(void) {\n"
    "    net_invoke();\n"
    "}\n"
    "#endif\n"
    "\n"
    "int main(void) {\n"
    "    NET_BUFFERS(FORGET)\n"
    "    infer();\n"
    "    " PROVE_INFERRED_MARK "();\n";

static const char tail[] = "#ifdef NET_STATE_SIZE\n"
                           "    net_reset();\n"
                           "#endif\n"
                           "    " PROVE_END_MARK "();\n"
                           "    return 0;\n"
                           "}\n";

/* --- the real numbers of NAME_predict() --- */

struct port {
    const char *name, *size; /* "in", "INPUT" */
    size_t index, count;     /* of all inputs, or outputs */
};

static size_t port_count(const mf_model *model) {
    return mf_model_input_count(model) + mf_model_output_count(model);
}

static struct port port_at(const mf_model *model, size_t i) {
    const size_t inputs = mf_model_input_count(model);
    return i < inputs ? (struct port){"in", "INPUT", i, inputs}
                      : (struct port){"out", "OUTPUT", i - inputs,
                                      mf_model_output_count(model)};
}

static void print_number(FILE *file, const char *word,
                         const struct port *port) {
    fputs(word, file);
    if (port->count > 1) {
        fprintf(file, "_%zu", port->index);
    }
}

/* "BEFORE in AFTER BETWEEN BEFORE out AFTER" without the spaces. */
static void print_ports(FILE *file, const mf_model *model, const char *before,
                        const char *between, const char *after) {
    for (size_t i = 0; i < port_count(model); i++) {
        const struct port port = port_at(model, i);
        fputs(i > 0 ? between : "", file);
        fputs(before, file);
        print_number(file, port.name, &port);
        fputs(after, file);
    }
}

static void print_arrays(FILE *file, const mf_model *model) {
    for (size_t i = 0; i < port_count(model); i++) {
        const struct port port = port_at(model, i);
        fputs("static float ", file);
        print_number(file, port.name, &port);
        fputs("[NET_", file);
        print_number(file, port.size, &port);
        fputs("_SIZE];\n", file);
    }
}

/* Bytes of an element of the first input. */
static size_t element_size(const mf_model *model) {
    size_t count = 1;
    const mf_tensor_info input = mf_model_input(model, 0);
    for (int32_t i = 0; i < input.rank; i++) {
        count *= (size_t)input.shape[i];
    }
    return input.size / count;
}

char *prove_driver(const mf_model *model) {
    char *text = NULL;
    size_t size;
    FILE *file = open_memstream(&text, &size);
    if (!file) {
        return NULL;
    }
    fputs(head, file);
    if (mf_model_input_count(model) > 0) {
        fprintf(file, "#define ELEMENT %zu /* bytes */\n\n",
                element_size(model));
    }
    print_arrays(file, model);
    fputs(infer, file);
    fputs("    NET_BUFFERS(FORGET)\n", file);
    print_ports(file, model, "    FORGET(", "", ")\n");
    fputs("    net_predict(", file);
    print_ports(file, model, "", ", ", "");
    fputs(");\n", file);
    fputs(tail, file);
    const bool failed = ferror(file) != 0;
    if (fclose(file) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
