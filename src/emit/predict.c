/* NAME_predict(): inference on real numbers. */
#include <stdio.h>
#include <string.h>

#include "emit/emitter.h"

void predict_prototype(const struct emitter *emitter, struct text *text) {
    text_print(text, "void %s_predict(", emitter->name);
    int column = (int)strlen(emitter->name) + 14;
    /* Long names leave no room behind the parenthesis. */
    struct fill fill = column > LINE_WIDTH / 2
                           ? fill_below(text, 4)
                           : fill_after(text, column, column);
    for (int32_t i = 0; i < port_count(emitter); i++) {
        struct port port = port_at(emitter, i);
        fill_add(&fill,
                 ITEM(emitter->context, "%sfloat %s[%s_%s_SIZE]",
                      port.is_input ? "const " : "", port.parameter,
                      emitter->upper, port.upper),
                 3);
    }
    text_print(text, port_count(emitter) > 0 ? ")" : "void)");
}

/* "NAME_INPUT_SCALE, NAME_INPUT_ZERO_POINT" as two items. */
static void add_scaling(const struct emitter *emitter, struct fill *fill,
                        const struct port *port) {
    fill_add(fill,
             ITEM(emitter->context, "%s_%s_SCALE", emitter->upper, port->upper),
             2);
    fill_add(
        fill,
        ITEM(emitter->context, "%s_%s_ZERO_POINT", emitter->upper, port->upper),
        2);
}

/* What an element of the input is set to. */
static void print_input(const struct emitter *emitter, struct text *text,
                        const struct port *port) {
    if (port->type->is_float) {
        text_print(text, "%s[i]", port->parameter);
        return;
    }
    if (port->tensor->type == DTYPE_BOOL) {
        text_print(text, "%s[i] != 0", port->parameter);
        return;
    }
    bool quantized = port_is_quantized(port);
    text_print(text, "(%s)%s(", port->type->name,
               !quantized             ? "mf_predict_truncate"
               : port->type->size > 2 ? "mf_predict_quantize"
                                      : "mf_quantize_value");
    struct fill fill = fill_below(text, 12);
    fill_add(&fill, ITEM(emitter->context, "%s[i]", port->parameter), 2);
    if (quantized) {
        add_scaling(emitter, &fill, port);
    }
    int64_t min, max;
    char literal[LITERAL_SIZE];
    c_type_range(port->type, &min, &max);
    fill_add(&fill, int_literal(literal, min), 2);
    fill_add(&fill, int_literal(literal, max), 2);
    text_print(text, ")");
}

/* What `out` gets for an element of the output. */
static void print_output(const struct emitter *emitter, struct text *text,
                         const struct port *port) {
    if (!port_is_quantized(port)) {
        text_print(text, "%s%s_%s()[i]", port->type->is_float ? "" : "(float)",
                   emitter->name, port->name);
        return;
    }
    text_print(text, "%s(",
               port->type->size > 2 ? "mf_predict_dequantize"
                                    : "mf_dequantize_value");
    struct fill fill = fill_below(text, 12);
    fill_add(&fill,
             ITEM(emitter->context, "%s_%s()[i]", emitter->name, port->name),
             2);
    add_scaling(emitter, &fill, port);
    text_print(text, ")");
}

/* The input, quantised and pushed row by row. */
static void print_pushing(const struct emitter *emitter, struct text *text) {
    struct port port = port_at(emitter, 0);
    text_print(text,
               "    //@ loop unroll 99999;\n"
               "    for (mf_index y = 0; y < %s_ROWS; y++) {\n"
               "        const float *const values = in + y * %s_ROW_SIZE;\n"
               "        %s row[%s_ROW_SIZE];\n"
               "        //@ loop unroll 99999;\n"
               "        for (mf_index i = 0; i < %s_ROW_SIZE; i++) {\n"
               "            row[i] = ",
               emitter->upper, emitter->upper, port.type->name, emitter->upper,
               emitter->upper);
    snprintf(port.parameter, sizeof port.parameter, "values");
    print_input(emitter, text, &port);
    text_print(text,
               ";\n"
               "        }\n"
               "        %s_push_row(row);\n"
               "    }\n"
               "    (void)%s_finish();\n",
               emitter->name, emitter->name);
}

void predict_define(const struct emitter *emitter, struct text *text) {
    const struct graph *graph = emitter->graph;
    predict_prototype(emitter, text);
    text_print(text, " {\n");
    int32_t i = 0;
    if (stream_is_pushed(emitter)) {
        print_pushing(emitter, text);
        i = graph->input_count;
    }
    for (; i <= port_count(emitter); i++) {
        if (i == graph->input_count && !stream_is_pushed(emitter)) {
            text_print(text, "    %s_invoke();\n", emitter->name);
        }
        if (i == port_count(emitter)) {
            break;
        }
        struct port port = port_at(emitter, i);
        text_print(text, "    for (mf_index i = 0; i < %s_%s_SIZE; i++) {\n",
                   emitter->upper, port.upper);
        if (port.is_input) {
            text_print(text, "        %s_%s()[i] = ", emitter->name, port.name);
            print_input(emitter, text, &port);
        } else {
            text_print(text, "        %s[i] = ", port.parameter);
            print_output(emitter, text, &port);
        }
        text_print(text, ";\n    }\n");
    }
    text_print(text, "}\n");
}
