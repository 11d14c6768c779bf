/* The network's inputs and outputs, as the user of NAME.h sees them. */
#include <math.h>
#include <stdio.h>

#include "emit/emitter.h"

enum { COMMENT_NAME = 40 }; /* characters of a tensor's name in a comment */

static void add_number(char name[PORT_NAME_SIZE], const char *word,
                       int32_t index, int32_t count) {
    if (count == 1) {
        snprintf(name, PORT_NAME_SIZE, "%s", word);
    } else {
        snprintf(name, PORT_NAME_SIZE, "%s_%d", word, (int)index);
    }
}

int32_t port_count(const struct emitter *emitter) {
    return emitter->graph->input_count + emitter->graph->output_count;
}

struct port port_at(const struct emitter *emitter, int32_t i) {
    const struct graph *graph = emitter->graph;
    bool is_input = i < graph->input_count;
    int32_t index = is_input ? i : i - graph->input_count;
    int32_t count = is_input ? graph->input_count : graph->output_count;
    struct port port = {.tensor = is_input ? graph->input[index]
                                           : graph->output[index],
                        .is_input = is_input};
    port.type = c_type(port.tensor->type);
    add_number(port.name, is_input ? "input" : "output", index, count);
    add_number(port.upper, is_input ? "INPUT" : "OUTPUT", index, count);
    add_number(port.parameter, is_input ? "in" : "out", index, count);
    return port;
}

bool port_is_quantized(const struct port *port) {
    const struct quantization *quantization = &port->tensor->quantization;
    if (quantization->count != 1 || port->type->is_float ||
        port->tensor->type == DTYPE_BOOL || !isfinite(quantization->scale[0]) ||
        quantization->scale[0] <= 0) {
        return false;
    }
    int64_t min, max;
    c_type_range(port->type, &min, &max);
    return quantization->zero_point[0] >= min &&
           quantization->zero_point[0] <= max;
}

static void declare(const struct emitter *emitter, struct text *text,
                    const struct port *port) {
    const struct tensor *tensor = port->tensor;
    const char *upper = emitter->upper;
    char shape[SHAPE_TEXT], literal[LITERAL_SIZE];
    const char *name =
        comment_name(emitter->context, tensor->name, COMMENT_NAME);

    text_print(text, "/* %s \"%s\"  %s  %s */\n",
               port->is_input ? "Input" : "Output", name ? name : "",
               dtype_name(tensor->type), shape_text(&tensor->shape, shape));
    text_print(text, "#define %s_%s_SIZE %lld /* elements */\n", upper,
               port->upper, (long long)shape_count(&tensor->shape));
    if (port_is_quantized(port)) {
        text_print(text, "/* real = SCALE * (element - ZERO_POINT) */\n");
        text_print(text, "#define %s_%s_SCALE %s\n", upper, port->upper,
                   float_literal(literal, tensor->quantization.scale[0]));
        text_print(text, "#define %s_%s_ZERO_POINT (%s)\n", upper, port->upper,
                   int_literal(literal, tensor->quantization.zero_point[0]));
    }
    if (port->is_input && stream_is_pushed(emitter)) {
        text_print(text, "\n");
        return;
    }
    text_print(text, "%s%s *%s_%s(void);\n\n", port->is_input ? "" : "const ",
               port->type->name, emitter->name, port->name);
}

void ports_declare(const struct emitter *emitter, struct text *text) {
    for (int32_t i = 0; i < port_count(emitter); i++) {
        struct port port = port_at(emitter, i);
        declare(emitter, text, &port);
    }
}

void ports_define(const struct emitter *emitter, struct text *text) {
    for (int32_t i = 0; i < port_count(emitter); i++) {
        struct port port = port_at(emitter, i);
        const struct tensor *tensor = port.tensor;
        char buffer[MEMORY_TEXT];
        if (port.is_input && stream_is_pushed(emitter)) {
            continue;
        }
        text_print(text, "%s%s *%s_%s(void) {\n    return %s;\n}\n\n",
                   port.is_input ? "" : "const ", port.type->name,
                   emitter->name, port.name,
                   tensor->data
                       ? constant_of_tensor(emitter, tensor, false)->name
                       : memory_text(emitter, buffer, port.type,
                                     emitter->plan->tensor_buffer[tensor->id],
                                     0));
    }
}
