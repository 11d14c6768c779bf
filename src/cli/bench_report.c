/* The two forms of what `microflow bench` found. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "bench.h"
#include "cli.h"
#include "json.h"

static void print_layers(const struct bench *bench,
                         const struct figures *figures) {
    int width = 8;
    const size_t count = mf_model_layer_count(bench->model);
    for (size_t i = 0; i < count; i++) {
        const int length = (int)strlen(mf_model_layer(bench->model, i).op);
        width = length > width ? length : width;
    }
    printf("\nlayers\n  %4s  %-*s  %12s  %12s  %6s\n", "op", width, "operator",
           "MACs", bench->target.unit, "a MAC");
    for (size_t i = 0; i < count; i++) {
        const mf_layer_info layer = mf_model_layer(bench->model, i);
        printf("  %4" PRId32 "  %-*s  %12" PRIu64 "  %12" PRIu64, layer.index,
               width, layer.op, layer.macs, figures->layer[i]);
        if (layer.macs > 0) {
            printf("  %6.2f", (double)figures->layer[i] / (double)layer.macs);
        }
        if (bench->spread > 0) {
            printf("  +%" PRIu64, figures->layer_spread[i].most -
                                      figures->layer_spread[i].least);
        }
        putchar('\n');
    }
}

static cJSON *spread_json(struct json *json, const struct spread *spread) {
    cJSON *object = cJSON_CreateObject();
    json_add_number(json, object, "least", (double)spread->least);
    json_add_number(json, object, "most", (double)spread->most);
    return object;
}

void report_text(const struct bench *bench, const struct figures *figures) {
    const mf_memory_info memory = mf_model_memory(bench->model);
    printf("%s on %s, optimised for %s\n\n", bench->path, bench->target.name,
           optimize_name(&bench->planning));
    printf("flash, code and tables  %8" PRIu64 " bytes\n"
           "flash, weights          %8" PRIu64 " bytes\n"
           "RAM, static             %8" PRIu64 " bytes (arena %zu, state %zu)\n"
           "stack, measured         %8" PRIu64 " bytes\n",
           figures->flash_code, figures->flash_weights, figures->ram_static,
           memory.arena_size, memory.state_size, figures->stack_peak);
    if (figures->stack_bound == STACK_UNKNOWN) {
        printf("stack, bound             unknown\n");
    } else {
        printf("stack, bound            %8" PRId64 " bytes\n",
               figures->stack_bound);
    }
    printf("an inference            %8" PRIu64 " %s", figures->count,
           bench->target.unit);
    if (memory.macs > 0) {
        printf(", %.3f a MAC", (double)figures->count / (double)memory.macs);
    }
    if (bench->spread > 0) {
        printf("\nover %u random inputs   %8" PRIu64 " more at most",
               bench->spread, figures->spread.most - figures->spread.least);
    }
    printf("\noutputs of %zu frames    %s\n", bench->frames.count,
           figures->bit_exact ? "exact to the bit" : "WRONG");
    print_layers(bench, figures);
}

cJSON *bench_json(struct json *json, const struct bench *bench,
                  const struct figures *figures) {
    const mf_memory_info memory = mf_model_memory(bench->model);
    cJSON *object = cJSON_CreateObject();
    json_add(json, object, "model", json_string(bench->path));
    json_add(json, object, "target", json_string(bench->target.name));
    json_add(json, object, "optimize",
             json_string(optimize_name(&bench->planning)));
    json_add(json, object, "unit", json_string(bench->target.unit));
    json_add_number(json, object, "count", (double)figures->count);
    json_add_number(json, object, "macs", (double)memory.macs);
    json_add_number(json, object, "flash_code", (double)figures->flash_code);
    json_add_number(json, object, "flash_weights",
                    (double)figures->flash_weights);
    json_add_number(json, object, "arena", (double)memory.arena_size);
    json_add_number(json, object, "state", (double)memory.state_size);
    json_add_number(json, object, "ram_static", (double)figures->ram_static);
    json_add_number(json, object, "stack_peak", (double)figures->stack_peak);
    json_add(json, object, "stack_bound",
             figures->stack_bound == STACK_UNKNOWN
                 ? cJSON_CreateNull()
                 : cJSON_CreateNumber((double)figures->stack_bound));
    if (bench->spread > 0) {
        json_add_number(json, object, "random_inputs", bench->spread);
        json_add(json, object, "spread", spread_json(json, &figures->spread));
    }
    json_add(json, object, "bit_exact", cJSON_CreateBool(figures->bit_exact));
    cJSON *layers = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_layer_count(bench->model); i++) {
        const mf_layer_info layer = mf_model_layer(bench->model, i);
        cJSON *item = cJSON_CreateObject();
        json_add_number(json, item, "index", layer.index);
        json_add(json, item, "operator", json_string(layer.op));
        json_add(json, item, "name", json_string(layer.output.name));
        json_add_number(json, item, "count", (double)figures->layer[i]);
        if (bench->spread > 0) {
            json_add(json, item, "spread",
                     spread_json(json, &figures->layer_spread[i]));
        }
        json_add(json, layers, NULL, item);
    }
    json_add(json, object, "layers", layers);
    return object;
}

bool report_json(const struct bench *bench, const struct figures *figures) {
    struct json json = {.ok = true};
    return json_print(&json, bench_json(&json, bench, figures), bench->path);
}
