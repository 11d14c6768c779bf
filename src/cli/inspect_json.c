/* microflow inspect --json. */
#include "cli.h"
#include "inspect.h"
#include "json.h"

static cJSON *json_tensor(struct json *json, const mf_tensor_info *tensor) {
    const bool quantised = tensor->scale > 0;
    cJSON *object = cJSON_CreateObject();
    cJSON *shape = cJSON_CreateArray();
    for (int32_t i = 0; i < tensor->rank; i++) {
        json_add_number(json, shape, NULL, tensor->shape[i]);
    }
    json_add(json, object, "name", json_string(tensor->name));
    json_add(json, object, "type", json_string(tensor->type));
    json_add(json, object, "shape", shape);
    json_add_number(json, object, "size", (double)tensor->size);
    json_add(json, object, "scale",
             quantised ? cJSON_CreateNumber((double)tensor->scale)
                       : cJSON_CreateNull());
    json_add(json, object, "zero_point",
             quantised ? cJSON_CreateNumber(tensor->zero_point)
                       : cJSON_CreateNull());
    return object;
}

static cJSON *json_layer(struct json *json, const mf_layer_info *layer) {
    cJSON *object = cJSON_CreateObject();
    json_add_number(json, object, "index", layer->index);
    json_add(json, object, "op", json_string(layer->op));
    json_add(json, object, "input",
             layer->input.type ? json_tensor(json, &layer->input)
                               : cJSON_CreateNull());
    json_add(json, object, "output", json_tensor(json, &layer->output));
    json_add_number(json, object, "macs", (double)layer->macs);
    json_add_number(json, object, "constant_size",
                    (double)layer->constant_size);
    json_add_number(json, object, "live", (double)layer->live);
    return object;
}

static cJSON *json_memory(struct json *json, const mf_model *model) {
    const mf_memory_info memory = mf_model_memory(model);
    cJSON *object = cJSON_CreateObject();
    cJSON *buffers = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_buffer_count(model); i++) {
        const mf_buffer_info buffer = mf_model_buffer(model, i);
        cJSON *item = cJSON_CreateObject();
        json_add(json, item, "tensor", json_string(buffer.tensor));
        json_add_number(json, item, "offset", (double)buffer.offset);
        json_add_number(json, item, "size", (double)buffer.size);
        json_add(json, item, "is_state", cJSON_CreateBool(buffer.is_state));
        json_add_number(json, item, "first", buffer.first);
        json_add_number(json, item, "last", buffer.last);
        json_add(json, buffers, NULL, item);
    }
    json_add_number(json, object, "arena_size", (double)memory.arena_size);
    json_add_number(json, object, "state_size", (double)memory.state_size);
    json_add_number(json, object, "lower_bound", (double)memory.lower_bound);
    json_add_number(json, object, "constant_size",
                    (double)memory.constant_size);
    json_add(json, object, "buffers", buffers);
    return object;
}

static cJSON *json_model(struct json *json, const mf_model *model,
                         const char *file) {
    cJSON *object = cJSON_CreateObject();
    cJSON *inputs = cJSON_CreateArray();
    cJSON *outputs = cJSON_CreateArray();
    cJSON *layers = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_input_count(model); i++) {
        const mf_tensor_info tensor = mf_model_input(model, i);
        json_add(json, inputs, NULL, json_tensor(json, &tensor));
    }
    for (size_t i = 0; i < mf_model_output_count(model); i++) {
        const mf_tensor_info tensor = mf_model_output(model, i);
        json_add(json, outputs, NULL, json_tensor(json, &tensor));
    }
    for (size_t i = 0; i < mf_model_layer_count(model); i++) {
        const mf_layer_info layer = mf_model_layer(model, i);
        json_add(json, layers, NULL, json_layer(json, &layer));
    }
    json_add(json, object, "file", json_string(file));
    json_add(json, object, "inputs", inputs);
    json_add(json, object, "outputs", outputs);
    json_add(json, object, "layers", layers);
    json_add_number(json, object, "macs", (double)mf_model_memory(model).macs);
    json_add(json, object, "memory", json_memory(json, model));
    return object;
}

bool print_json(mf_model *model, const char *file) {
    struct json json = {.ok = true};
    return json_print(&json, json_model(&json, model, file), file);
}
