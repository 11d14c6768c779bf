/* NAME_driver.c: a program around the network, for hosts and simulators with a
 * C library. */
#include "emit/emitter.h"

/* Tensors in files are little-endian: bytes are placed one by one, which is
 * right on any host. */
static const char read_tensor[] =
    "/* Reads elements of `size` bytes; returns how many bytes there were. */\n"
    "static size_t read_tensor(void *tensor, size_t size, size_t count) {\n"
    "    unsigned char *bytes = tensor;\n"
    "    size_t i;\n"
    "    for (i = 0; i < size * count; i++) {\n"
    "        int byte = getchar();\n"
    "        if (byte == EOF) {\n"
    "            break;\n"
    "        }\n"
    "        bytes[place(i, size)] = (unsigned char)byte;\n"
    "    }\n"
    "    return i;\n"
    "}\n"
    "\n";

static const char write_tensor[] =
    "/* Writes elements of `size` bytes. */\n"
    "static void write_tensor(const void *tensor, size_t size, size_t count) "
    "{\n"
    "    const unsigned char *bytes = tensor;\n"
    "    for (size_t i = 0; i < size * count; i++) {\n"
    "        putchar(bytes[place(i, size)]);\n"
    "    }\n"
    "}\n"
    "\n";

static const char place[] =
    "/* Where byte i of a little-endian tensor lies on this machine. */\n"
    "static size_t place(size_t i, size_t size) {\n"
    "    const unsigned one = 1;\n"
    "    size_t k = i % size;\n"
    "    return *(const unsigned char *)&one ? i : i - k + (size - 1 - k);\n"
    "}\n"
    "\n";

/* The frame's bytes, and the calls that read it. */
static void print_reading(const struct emitter *emitter, struct text *text) {
    const struct graph *graph = emitter->graph;
    unsigned long long size = 0;
    for (int32_t i = 0; i < graph->input_count; i++) {
        size += tensor_size(graph->input[i]);
    }
    text_print(text,
               "    const size_t frame = %llu; /* bytes */\n"
               "    for (;;) {\n"
               "        size_t got = 0;\n",
               size);
    if (stream_is_pushed(emitter)) {
        text_print(text,
                   "        for (int y = 0; y < %s_ROWS; y++) {\n"
                   "            static %s row[%s_ROW_SIZE];\n"
                   "            got += read_tensor(row, %zu, %s_ROW_SIZE);\n"
                   "            %s_push_row(row);\n"
                   "        }\n",
                   emitter->upper, port_at(emitter, 0).type->name,
                   emitter->upper, port_at(emitter, 0).type->size,
                   emitter->upper, emitter->name);
    }
    for (int32_t i = 0; i < graph->input_count; i++) {
        struct port port = port_at(emitter, i);
        if (stream_is_pushed(emitter)) {
            break;
        }
        text_print(text,
                   "        got += read_tensor(%s_%s(), %zu, %s_%s_SIZE);\n",
                   emitter->name, port.name, port.type->size, emitter->upper,
                   port.upper);
    }
    text_print(text,
               "        if (ferror(stdin)) {\n"
               "            fprintf(stderr, \"%s: cannot read\\n\");\n"
               "            return 1;\n"
               "        }\n"
               "        if (got == 0) {\n"
               "            break;\n"
               "        }\n"
               "        if (got < frame) {\n"
               "            fprintf(stderr, \"%s: the last frame has %%lu of "
               "%%lu bytes\\n\",\n"
               "                    (unsigned long)got, (unsigned long)frame);"
               "\n"
               "            return 1;\n"
               "        }\n",
               emitter->name, emitter->name);
}

static void print_inference(const struct emitter *emitter, struct text *text,
                            int indent) {
    const struct graph *graph = emitter->graph;
    text_print(text,
               stream_is_pushed(emitter) ? "%*s(void)%s_finish();\n"
                                         : "%*s%s_invoke();\n",
               indent, "", emitter->name);
    for (int32_t i = graph->input_count; i < port_count(emitter); i++) {
        struct port port = port_at(emitter, i);
        text_print(text, "%*swrite_tensor(%s_%s(), %zu, %s_%s_SIZE);\n", indent,
                   "", emitter->name, port.name, port.type->size,
                   emitter->upper, port.upper);
    }
}

void driver_print(const struct emitter *emitter, struct text *text) {
    const struct graph *graph = emitter->graph;
    text_print(text,
               "/* Runs %s %s: reads every input\n"
               " * from stdin, writes every output to stdout.  Tensors are "
               "raw, little-endian,\n"
               " * in the model's order. */\n"
               "#include <stdio.h>\n"
               "\n"
               "#include \"%s.h\"\n"
               "\n",
               emitter->name,
               graph->input_count ? "on frames, until there are no more"
                                  : "once",
               emitter->name);
    if (port_count(emitter) > 0) {
        text_print(text, "%s", place);
    }
    text_print(text, "%s%s", graph->input_count ? read_tensor : "",
               graph->output_count ? write_tensor : "");
    text_print(text, "int main(void) {\n");
    if (graph->input_count) {
        print_reading(emitter, text);
        print_inference(emitter, text, 8);
        text_print(text, "    }\n");
    } else {
        print_inference(emitter, text, 4);
    }
    text_print(text,
               "    if (fflush(stdout) == EOF || ferror(stdout)) {\n"
               "        fprintf(stderr, \"%s: cannot write\\n\");\n"
               "        return 1;\n"
               "    }\n"
               "    return 0;\n"
               "}\n",
               emitter->name);
}
