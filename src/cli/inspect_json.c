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
    json_add_number(json, object, "stream", layer->stream);
    json_add_number(json, object, "stage", layer->stage);
    return object;
}

static cJSON *json_buffer(struct json *json, const mf_buffer_info *buffer) {
    cJSON *object = cJSON_CreateObject();
    json_add(json, object, "tensor", json_string(buffer->tensor));
    json_add_number(json, object, "offset", (double)buffer->offset);
    json_add_number(json, object, "size", (double)buffer->size);
    json_add(json, object, "is_state", cJSON_CreateBool(buffer->is_state));
    json_add_number(json, object, "region", buffer->region);
    json_add_number(json, object, "first", buffer->first);
    json_add_number(json, object, "last", buffer->last);
    json_add_number(json, object, "rows", buffer->rows);
    json_add_number(json, object, "columns", buffer->columns);
    json_add_number(json, object, "held", buffer->held);
    json_add_number(json, object, "overwrites", buffer->overwrites);
    return object;
}

static cJSON *json_regions(struct json *json, const mf_model *model) {
    cJSON *array = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_region_count(model); i++) {
        const mf_region_info region = mf_model_region(model, i);
        cJSON *object = cJSON_CreateObject();
        json_add(json, object, "name", json_string(region.name));
        json_add_number(json, object, "limit", (double)region.limit);
        json_add_number(json, object, "cost", region.cost);
        json_add_number(json, object, "start", (double)region.start);
        json_add_number(json, object, "size", (double)region.size);
        json_add_number(json, object, "accesses", (double)region.accesses);
        json_add(json, array, NULL, object);
    }
    return array;
}

static cJSON *json_stage(struct json *json, const mf_stage_info *stage) {
    cJSON *object = cJSON_CreateObject();
    json_add(json, object, "tensor", json_string(stage->tensor));
    json_add_number(json, object, "rows", stage->rows);
    json_add_number(json, object, "held", stage->held);
    json_add_number(json, object, "row_size", (double)stage->row_size);
    json_add(json, object, "is_sum", cJSON_CreateBool(stage->is_sum));
    json_add_number(json, object, "columns", stage->columns);
    json_add_number(json, object, "piece", stage->piece);
    json_add_number(json, object, "tile", stage->tile);
    return object;
}

static cJSON *json_stream(struct json *json, const mf_model *model, size_t i) {
    const mf_stream_info stream = mf_model_stream(model, i);
    cJSON *object = cJSON_CreateObject();
    cJSON *stages = cJSON_CreateArray();
    for (size_t g = 0; g < stream.stage_count; g++) {
        const mf_stage_info stage = mf_model_stage(model, i, g);
        json_add(json, stages, NULL, json_stage(json, &stage));
    }
    json_add_number(json, object, "first", stream.first);
    json_add_number(json, object, "last", stream.last);
    json_add(json, object, "is_pushed", cJSON_CreateBool(stream.is_pushed));
    json_add_number(json, object, "workspace_size",
                    (double)stream.workspace_size);
    json_add(json, object, "stages", stages);
    return object;
}

cJSON *json_memory(struct json *json, const mf_model *model) {
    const mf_memory_info memory = mf_model_memory(model);
    cJSON *object = cJSON_CreateObject();
    cJSON *buffers = cJSON_CreateArray();
    cJSON *streams = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_buffer_count(model); i++) {
        const mf_buffer_info buffer = mf_model_buffer(model, i);
        json_add(json, buffers, NULL, json_buffer(json, &buffer));
    }
    for (size_t i = 0; i < mf_model_stream_count(model); i++) {
        json_add(json, streams, NULL, json_stream(json, model, i));
    }
    json_add_number(json, object, "arena_size", (double)memory.arena_size);
    json_add_number(json, object, "state_size", (double)memory.state_size);
    json_add_number(json, object, "lower_bound", (double)memory.lower_bound);
    json_add_number(json, object, "constant_size",
                    (double)memory.constant_size);
    json_add(json, object, "regions", json_regions(json, model));
    json_add(json, object, "buffers", buffers);
    json_add(json, object, "streams", streams);
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

bool print_json_tradeoff(mf_model *model, const char *file) {
    struct json json = {.ok = true};
    cJSON *object = cJSON_CreateObject();
    cJSON *rows = cJSON_CreateArray();
    const size_t count = mf_model_tradeoff_count(model);
    for (size_t i = 0; i < count; i++) {
        const mf_tradeoff_info point = mf_model_tradeoff(model, i);
        cJSON *row = cJSON_CreateObject();
        json_add_number(&json, row, "arena_size", (double)point.arena_size);
        json_add_number(&json, row, "cost", (double)point.cost);
        json_add(&json, rows, NULL, row);
    }
    json_add(&json, object, "file", json_string(file));
    json_add(&json, object, "tradeoff", rows);
    if (count == 0) {
        print_messages(model);
        json.ok = false;
    }
    return json_print(&json, object, file);
}
