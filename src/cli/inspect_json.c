/* microflow inspect --json.
 *
 * Names in a model are any bytes; JSON is UTF-8: what is not becomes U+FFFD. */
#include <cjson/cJSON.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "inspect.h"

/* Bytes of the well-formed UTF-8 sequence at `s` (Unicode, table 3-7), 0 if it
 * is none. */
static size_t sequence_length(const unsigned char *s) {
    static const struct {
        unsigned char first, last;               /* of the first byte */
        unsigned char second_first, second_last; /* of the second */
        unsigned char length;
    } row[] = {{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
               {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
               {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
               {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
               {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (s[0] < row[i].first || s[0] > row[i].last) {
            continue;
        }
        if (row[i].length == 1) {
            return 1;
        }
        if (s[1] < row[i].second_first || s[1] > row[i].second_last) {
            return 0;
        }
        for (size_t k = 2; k < row[i].length; k++) {
            if (s[k] < 0x80 || s[k] > 0xbf) {
                return 0;
            }
        }
        return row[i].length;
    }
    return 0;
}

/* NULL when memory is out, as all of cJSON's functions: those take NULL, and
 * an object that lacks something is found out at the end. */
static cJSON *json_string(const char *bytes) {
    static const char replacement[] = "\xef\xbf\xbd";
    const unsigned char *from = (const unsigned char *)bytes;
    char *text = malloc(3 * strlen(bytes) + 1);
    size_t size = 0;
    if (!text) {
        return NULL;
    }
    while (*from) {
        const size_t length = sequence_length(from);
        memcpy(text + size, length ? (const void *)from : replacement,
               length ? length : 3);
        size += length ? length : 3;
        from += length ? length : 1;
    }
    text[size] = '\0';
    cJSON *string = cJSON_CreateString(text);
    free(text);
    return string;
}

/* Building: `ok` turns false when memory is out. */
struct builder {
    bool ok;
};

/* Gives `item` to the object or array. */
static void add(struct builder *builder, cJSON *to, const char *name,
                cJSON *item) {
    const cJSON_bool added = name ? cJSON_AddItemToObject(to, name, item)
                                  : cJSON_AddItemToArray(to, item);
    if (!added) {
        cJSON_Delete(item);
        builder->ok = false;
    }
}

static void add_number(struct builder *builder, cJSON *to, const char *name,
                       double number) {
    add(builder, to, name, cJSON_CreateNumber(number));
}

static cJSON *json_tensor(struct builder *builder,
                          const mf_tensor_info *tensor) {
    const bool quantised = tensor->scale > 0;
    cJSON *object = cJSON_CreateObject();
    cJSON *shape = cJSON_CreateArray();
    for (int32_t i = 0; i < tensor->rank; i++) {
        add_number(builder, shape, NULL, tensor->shape[i]);
    }
    add(builder, object, "name", json_string(tensor->name));
    add(builder, object, "type", json_string(tensor->type));
    add(builder, object, "shape", shape);
    add_number(builder, object, "size", (double)tensor->size);
    add(builder, object, "scale",
        quantised ? cJSON_CreateNumber((double)tensor->scale)
                  : cJSON_CreateNull());
    add(builder, object, "zero_point",
        quantised ? cJSON_CreateNumber(tensor->zero_point)
                  : cJSON_CreateNull());
    return object;
}

static cJSON *json_layer(struct builder *builder, const mf_layer_info *layer) {
    cJSON *object = cJSON_CreateObject();
    add_number(builder, object, "index", layer->index);
    add(builder, object, "op", json_string(layer->op));
    add(builder, object, "input",
        layer->input.type ? json_tensor(builder, &layer->input)
                          : cJSON_CreateNull());
    add(builder, object, "output", json_tensor(builder, &layer->output));
    add_number(builder, object, "macs", (double)layer->macs);
    add_number(builder, object, "constant_size", (double)layer->constant_size);
    add_number(builder, object, "live", (double)layer->live);
    return object;
}

static cJSON *json_memory(struct builder *builder, const mf_model *model) {
    const mf_memory_info memory = mf_model_memory(model);
    cJSON *object = cJSON_CreateObject();
    cJSON *buffers = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_buffer_count(model); i++) {
        const mf_buffer_info buffer = mf_model_buffer(model, i);
        cJSON *item = cJSON_CreateObject();
        add(builder, item, "tensor", json_string(buffer.tensor));
        add_number(builder, item, "offset", (double)buffer.offset);
        add_number(builder, item, "size", (double)buffer.size);
        add_number(builder, item, "first", buffer.first);
        add_number(builder, item, "last", buffer.last);
        add(builder, buffers, NULL, item);
    }
    add_number(builder, object, "arena_size", (double)memory.arena_size);
    add_number(builder, object, "lower_bound", (double)memory.lower_bound);
    add_number(builder, object, "constant_size", (double)memory.constant_size);
    add(builder, object, "buffers", buffers);
    return object;
}

static cJSON *json_model(struct builder *builder, const mf_model *model,
                         const char *file) {
    cJSON *object = cJSON_CreateObject();
    cJSON *inputs = cJSON_CreateArray();
    cJSON *outputs = cJSON_CreateArray();
    cJSON *layers = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_input_count(model); i++) {
        const mf_tensor_info tensor = mf_model_input(model, i);
        add(builder, inputs, NULL, json_tensor(builder, &tensor));
    }
    for (size_t i = 0; i < mf_model_output_count(model); i++) {
        const mf_tensor_info tensor = mf_model_output(model, i);
        add(builder, outputs, NULL, json_tensor(builder, &tensor));
    }
    for (size_t i = 0; i < mf_model_layer_count(model); i++) {
        const mf_layer_info layer = mf_model_layer(model, i);
        add(builder, layers, NULL, json_layer(builder, &layer));
    }
    add(builder, object, "file", json_string(file));
    add(builder, object, "inputs", inputs);
    add(builder, object, "outputs", outputs);
    add(builder, object, "layers", layers);
    add_number(builder, object, "macs", (double)mf_model_memory(model).macs);
    add(builder, object, "memory", json_memory(builder, model));
    return object;
}

bool print_json(mf_model *model, const char *file) {
    struct builder builder = {.ok = true};
    cJSON *object = json_model(&builder, model, file);
    char *text = builder.ok ? cJSON_Print(object) : NULL;
    cJSON_Delete(object);
    if (!text) {
        complain(file, "out of memory");
        return false;
    }
    puts(text);
    cJSON_free(text);
    return true;
}
