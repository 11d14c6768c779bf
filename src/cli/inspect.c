/* microflow inspect: what a model holds and what it costs, as text. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "inspect.h"

enum { OPTION_JSON = 256 };

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow inspect MODEL [--json]\n"
    "Lists what a model (.tflite, - for standard input) holds as it will be\n"
    "compiled: inputs and outputs, layers with their shapes, multiply-\n"
    "accumulates (MACs) and bytes, and where each tensor lies in memory.\n"
    "\n"
    "      --json  for programs to read\n"
    "  -h, --help  print this help\n";

static void print_ends(const mf_model *model, const char *title, size_t count,
                       mf_tensor_info (*end)(const mf_model *, size_t)) {
    printf("%s\n", title);
    for (size_t i = 0; i < count; i++) {
        const mf_tensor_info tensor = end(model, i);
        printf("  %zu  ", i);
        print_tensor(stdout, &tensor);
        printf("  %zu bytes", tensor.size);
        if (tensor.scale > 0) {
            printf("  scale %.9g  zero point %" PRId32, (double)tensor.scale,
                   tensor.zero_point);
        }
        putchar('\n');
    }
    putchar('\n');
}

static void print_layers(const mf_model *model) {
    const size_t count = mf_model_layer_count(model);
    int op_width = 8, shape_width = 6;
    char shape[SHAPE_TEXT];
    for (size_t i = 0; i < count; i++) {
        const mf_layer_info layer = mf_model_layer(model, i);
        const int op = (int)strlen(layer.op);
        format_shape(shape, &layer.output);
        const int length = (int)strlen(shape);
        op_width = op > op_width ? op : op_width;
        shape_width = length > shape_width ? length : shape_width;
    }
    printf("layers\n  %4s  %-*s  %-7s  %-*s  %12s  %10s  %10s\n", "op",
           op_width, "operator", "type", shape_width, "output", "MACs",
           "constants", "live RAM");
    for (size_t i = 0; i < count; i++) {
        const mf_layer_info layer = mf_model_layer(model, i);
        format_shape(shape, &layer.output);
        printf("  %4" PRId32 "  %-*s  %-7s  %-*s  %12" PRIu64
               "  %10zu  %10zu\n",
               layer.index, op_width, layer.op, layer.output.type, shape_width,
               shape, layer.macs, layer.constant_size, layer.live);
    }
    putchar('\n');
}

static bool print_text(mf_model *model) {
    const mf_memory_info memory = mf_model_memory(model);
    const char *map = mf_model_memory_map(model);
    if (!map) {
        print_messages(model);
        return false;
    }
    print_ends(model, "inputs", mf_model_input_count(model), mf_model_input);
    print_ends(model, "outputs", mf_model_output_count(model), mf_model_output);
    print_layers(model);
    printf("totals\n"
           "  MACs       %" PRIu64 "\n"
           "  constants  %zu bytes\n"
           "  arena      %zu bytes (no placement needs fewer than %zu)\n",
           memory.macs, memory.constant_size, memory.arena_size,
           memory.lower_bound);
    if (memory.state_size > 0) {
        printf("  state      %zu bytes\n", memory.state_size);
    }
    printf("\nmemory map\n%s", map);
    return true;
}

static enum status run(const struct command *command, int argc, char **argv) {
    struct arguments arguments = {command, argc, argv, false};
    const char *path = NULL;
    bool json = false;
    int argument;
    while ((argument = next_argument(&arguments)) != ARGUMENT_END) {
        if (argument == ARGUMENT_HELP) {
            fputs(command->help, stdout);
            return STATUS_OK;
        }
        if (argument == OPTION_JSON) {
            json = true;
        } else if (argument != ARGUMENT_OPERAND ||
                   !take_model(command, &path)) {
            return STATUS_USAGE;
        }
    }
    if (!path) {
        return wrong_usage(command->name, "MODEL is missing");
    }
    struct loaded loaded = {0};
    bool ok = load(path, NULL, &loaded);
    if (ok) {
        ok = json ? print_json(loaded.model, input_name(path))
                  : print_text(loaded.model);
    }
    unload(&loaded);
    return ok ? STATUS_OK : STATUS_FAILED;
}

const struct command inspect_command = {
    .name = "inspect",
    .summary = "list layers, shapes, costs and the memory map",
    .help = help,
    .short_options = "-:h",
    .options = options,
    .run = run,
};
