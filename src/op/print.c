/* Nodes and graphs as the user sees them: in messages and in dumps. */
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

#include "op/op.h"

bool node_fail(struct context *context, const struct node *node,
               const char *format, ...) {
    if (context->message_count >= MESSAGE_LIMIT) {
        return false; /* it would not be kept */
    }
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *text = context_alloc(context, (size_t)length + 1, 1);
    if (text) {
        vsnprintf(text, (size_t)length + 1, format, arguments);
    }
    va_end(arguments);
    if (!text) {
        return false;
    }
    const char *output = node->output_count ? node->output[0]->name : "";
    const char *prefix =
        node->op->tflite_code == TFLITE_CODE_CUSTOM ? "CUSTOM:" : "";
    return context_fail(context, "op %d %s%s \"%s\": %s", (int)node->index,
                        prefix, node->op->name, output, text);
}

static void dump_tensor(struct text *text, const struct tensor *tensor) {
    if (!tensor) {
        text_print(text, "-");
        return;
    }
    char shape[SHAPE_TEXT];
    text_print(text, "%%%d:%s[%s]", (int)tensor->id, dtype_name(tensor->type),
               shape_text(&tensor->shape, shape));
    if (tensor->data) {
        text_print(text, "=const");
    }
    if (tensor->is_variable || tensor->is_stored) {
        text_print(text, tensor->is_stored ? "=>state" : "=state");
    }
}

static void dump_field(struct text *text, const struct field *field,
                       const void *owner) {
    const char *p = (const char *)owner + field->offset;
    text_print(text, " %s=", field->name);
    for (int i = 0; i < field->count; i++) {
        text_print(text, "%s", i ? "," : "");
        switch (field->type) {
        case FIELD_INDEX:
            text_print(text, "%td", ((const ptrdiff_t *)(const void *)p)[i]);
            break;
        case FIELD_INT32:
            text_print(text, "%ld",
                       (long)((const int32_t *)(const void *)p)[i]);
            break;
        case FIELD_FLOAT:
            text_print(text, "%.9g",
                       (double)((const float *)(const void *)p)[i]);
            break;
        }
    }
}

static void dump_node(struct text *text, const struct node *node) {
    static const char *const activations[] = {"none",  "relu", "relu_n1_to_1",
                                              "relu6", "tanh", "sign_bit"};
    text_print(text, "op %d ", (int)node->index);
    for (int32_t k = 0; k < node->output_count; k++) {
        text_print(text, "%s", k ? ", " : "");
        dump_tensor(text, node->output[k]);
    }
    text_print(text, " = %s(", node->op->name);
    for (int32_t k = 0; k < node->input_count; k++) {
        text_print(text, "%s", k ? ", " : "");
        dump_tensor(text, node->input[k]);
    }
    text_print(text, ")");
    const struct field *field = node->op->attributes;
    for (; node->attributes && field && field->name; field++) {
        dump_field(text, field, node->attributes);
    }
    if (node->activation != ACTIVATION_NONE) {
        text_print(text, " activation=%s", activations[node->activation]);
    }
    text_print(text, "\n");
}

void graph_dump(struct text *text, const struct graph *graph) {
    text_print(text, "graph \"%s\" (", graph->name);
    for (int32_t i = 0; i < graph->input_count; i++) {
        text_print(text, "%s", i ? ", " : "");
        dump_tensor(text, graph->input[i]);
    }
    text_print(text, ") -> (");
    for (int32_t i = 0; i < graph->output_count; i++) {
        text_print(text, "%s", i ? ", " : "");
        dump_tensor(text, graph->output[i]);
    }
    text_print(text, ")\n");
    for (int32_t i = 0; i < graph->node_count; i++) {
        dump_node(text, graph->node[i]);
    }
}
