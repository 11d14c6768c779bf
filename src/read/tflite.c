/* Reads a .tflite file, schema version 3: the model table and its parts that
 * all subgraphs share. */
#include "read/tflite.h"

#include <inttypes.h>

#include "op/custom.h"
#include "read/builtin_names.h"
#include "read/tflite_reader.h"

enum { SCHEMA_VERSION = 3 };

/* Fields of the schema's tables, in its order. */
enum {
    MODEL_VERSION,
    MODEL_OPERATOR_CODES,
    MODEL_SUBGRAPHS,
    MODEL_DESCRIPTION,
    MODEL_BUFFERS
};
enum { CODE_DEPRECATED, CODE_CUSTOM_NAME, CODE_VERSION, CODE_BUILTIN };

bool reader_ok(const struct reader *reader) {
    return !reader->buffer.failed && !reader->context->out_of_memory.text;
}

static bool read_code(struct reader *reader, const struct fb_table *table,
                      struct operator_code *entry) {
    /* Old files have the first of the two alone, new ones have 127 there
     * where it is too small: the schema says to take the greater. */
    int32_t code = fb_i8(table, CODE_DEPRECATED, 0);
    const int32_t builtin = fb_i32(table, CODE_BUILTIN, 0);
    code = builtin > code ? builtin : code;
    entry->version = fb_i32(table, CODE_VERSION, 1);
    if (code == TFLITE_CODE_CUSTOM) {
        const char *name = fb_string(table, CODE_CUSTOM_NAME);
        if (name == NULL) {
            return false;
        }
        entry->op = custom_op_find(reader->context, name);
        if (entry->op == NULL) {
            entry->op = op_by_custom_name(name);
        }
        entry->name = context_format(reader->context, "CUSTOM:%s", name);
        return entry->name != NULL;
    }
    entry->op = op_by_tflite_code(code);
    entry->name = builtin_name(code);
    if (entry->name == NULL) {
        entry->name =
            context_format(reader->context, "operator %" PRId32, code);
    }
    return entry->name != NULL;
}

static bool read_codes(struct reader *reader, const struct fb_table *model) {
    const struct fb_vector codes = fb_vector(model, MODEL_OPERATOR_CODES, 4);
    reader->code =
        CONTEXT_NEW(reader->context, struct operator_code, codes.count);
    if (reader->code == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < codes.count; i++) {
        const struct fb_table table = fb_vector_table(&codes, i);
        if (!read_code(reader, &table, &reader->code[i])) {
            return false;
        }
    }
    reader->code_count = (int32_t)codes.count;
    return reader_ok(reader);
}

bool messages_full(const struct context *context) {
    return context->message_count >= MESSAGE_LIMIT;
}

/* Reads a graph that the main one may refer to.  What cannot be compiled there
 * matters only to an operator that needs it: the graph is NULL then, without a
 * message. */
static bool read_other_graph(struct reader *reader,
                             const struct fb_table *table,
                             struct graph **graph) {
    struct context *context = reader->context;
    const int count = context->message_count;
    context->message_count = MESSAGE_LIMIT; /* so that none is recorded */
    reader->depth = BODY_DEPTH; /* what runs once has no graphs within */
    if (!read_graph(reader, table, NULL, false, *graph)) {
        *graph = NULL;
    }
    reader->depth = 0;
    /* That memory is out is recorded all the same. */
    const int lost = context->message_count - MESSAGE_LIMIT;
    context->message_count = count + lost;
    if (reader->buffer.failed && reader->buffer.fault != NULL) {
        context_fail(context, "%s", reader->buffer.fault);
    }
    return lost == 0 && reader_ok(reader);
}

static bool read_graphs(struct reader *reader, struct module *module) {
    const struct fb_vector graphs = reader->graphs;
    if (reader_ok(reader) && graphs.count == 0) {
        return context_fail(reader->context,
                            "not a TFLite model: it has no subgraph");
    }
    module->graph = CONTEXT_NEW(reader->context, struct graph *, graphs.count);
    if (module->graph == NULL) {
        return false;
    }
    bool ok = true;
    for (uint32_t i = 0; i < graphs.count; i++) {
        const struct fb_table table = fb_vector_table(&graphs, i);
        module->graph[i] = CONTEXT_NEW(reader->context, struct graph, 1);
        if (module->graph[i] == NULL || !reader_ok(reader)) {
            return false;
        }
        if (i == 0) {
            ok = read_graph(reader, &table, NULL, true, module->graph[i]);
        } else if (!read_other_graph(reader, &table, &module->graph[i])) {
            return false;
        }
        if (!reader_ok(reader)) {
            return false;
        }
    }
    module->graph_count = (int32_t)graphs.count;
    return ok && reader_ok(reader);
}

bool tflite_read(struct context *context, const void *data, size_t size,
                 struct module **module) {
    struct reader reader = {.context = context};
    struct fb_table model;
    if (!fb_open(&reader.buffer, context, data, size, "TFL3", &model)) {
        return false;
    }
    const uint32_t version = fb_u32(&model, MODEL_VERSION, 0);
    if (!reader.buffer.failed && version != SCHEMA_VERSION) {
        return context_fail(context,
                            "not a TFLite model: schema version is %" PRIu32
                            ", allowed: %d",
                            version, SCHEMA_VERSION);
    }
    *module = CONTEXT_NEW(context, struct module, 1);
    if (*module == NULL) {
        return false;
    }
    (*module)->description = fb_string(&model, MODEL_DESCRIPTION);
    reader.buffers = fb_vector(&model, MODEL_BUFFERS, 4);
    reader.graphs = fb_vector(&model, MODEL_SUBGRAPHS, 4);
    return (*module)->description != NULL && read_codes(&reader, &model) &&
           read_graphs(&reader, *module);
}
