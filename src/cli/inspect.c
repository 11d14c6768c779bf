/* microflow inspect: what a model holds and what it costs, as text. */
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "inspect.h"

enum { OPTION_JSON = 256, OPTION_SVG, OPTION_PARETO };

static const struct option options[] = {
    PLANNING_OPTIONS,
    {"input", required_argument, NULL, 'i'},
    {"svg", required_argument, NULL, OPTION_SVG},
    {"pareto", no_argument, NULL, OPTION_PARETO},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow inspect MODEL [OPTION...]\n"
    "Lists what a model (.tflite, - for standard input) holds as it will be\n"
    "compiled: inputs and outputs, layers with their shapes, multiply-\n"
    "accumulates (MACs) and bytes, and where each tensor lies in memory.\n"
    "\n"
    "  -t, --target TARGET    what it would be compiled for (generic)\n"
    "      --optimize WHAT    speed, size or ram, as in compile (speed)\n"
    "      --ram-limit BYTES, --region NAME=BYTES,COST\n"
    "                         as in compile\n"
    "  -i, --input HOW        push or resident, as in compile (resident)\n"
    "      --svg FILE         write the memory map as a picture to FILE (- "
    "for\n"
    "                         standard output), and nothing else\n"
    "      --pareto           list what --ram-limit can choose from: bytes of\n"
    "                         arena, and about how many instructions they "
    "cost\n"
    "      --json             for programs to read\n"
    "  -h, --help             print this help\n";

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
           "  arena      %zu bytes (no placement needs fewer than %zu",
           memory.macs, memory.constant_size, memory.arena_size,
           memory.lower_bound);
    if (memory.arena_size > memory.lower_bound) {
        printf(": %zu more", memory.arena_size - memory.lower_bound);
    }
    puts(")");
    if (memory.state_size > 0) {
        printf("  state      %zu bytes\n", memory.state_size);
    }
    printf("\nmemory map\n%s", map);
    return true;
}

static bool print_tradeoff(mf_model *model) {
    const size_t count = mf_model_tradeoff_count(model);
    if (count == 0) {
        print_messages(model);
        return false;
    }
    printf("%10s  %s\n", "arena", "instructions more, about");
    for (size_t i = 0; i < count; i++) {
        const mf_tradeoff_info point = mf_model_tradeoff(model, i);
        printf("%10zu  %24" PRIu64 "\n", point.arena_size, point.cost);
    }
    return true;
}

struct arguments_of_inspect {
    const char *path;
    const char *svg; /* NULL: none */
    struct planning planning;
    bool pareto;
    bool json;
};

static bool show(mf_model *model, const struct arguments_of_inspect *how) {
    if (how->svg) {
        return write_memory_svg(model, how->svg);
    }
    if (how->pareto) {
        return how->json ? print_json_tradeoff(model, input_name(how->path))
                         : print_tradeoff(model);
    }
    return how->json ? print_json(model, input_name(how->path))
                     : print_text(model);
}

static bool take(const struct command *command, int argument,
                 struct arguments_of_inspect *to) {
    switch (argument) {
    case ARGUMENT_OPERAND:
        return take_model(command, &to->path);
    case 'i':
        return take_input_mode(command, &to->planning);
    case OPTION_SVG:
        to->svg = optarg;
        return true;
    case OPTION_PARETO:
        to->pareto = true;
        return true;
    case OPTION_JSON:
        to->json = true;
        return true;
    default:
        return take_planning(command, argument, &to->planning);
    }
}

static enum status run(const struct command *command, int argc, char **argv) {
    struct arguments arguments = {command, argc, argv, false};
    struct arguments_of_inspect to = {0};
    int argument;
    while ((argument = next_argument(&arguments)) != ARGUMENT_END) {
        if (argument == ARGUMENT_HELP) {
            fputs(command->help, stdout);
            return STATUS_OK;
        }
        if (!take(command, argument, &to)) {
            return STATUS_USAGE;
        }
    }
    const char *path = to.path;
    if (!path) {
        return wrong_usage(command->name, "MODEL is missing");
    }
    if (to.pareto && to.planning.open.region_count > 0) {
        return wrong_usage(command->name, "--pareto goes without --region");
    }
    if (to.svg && (to.json || to.pareto)) {
        return wrong_usage(command->name,
                           "--svg goes without --json and --pareto");
    }
    struct loaded loaded = {0};
    settle_planning(&to.planning);
    bool ok = load(path, &to.planning.open, &loaded);
    if (ok) {
        ok = show(loaded.model, &to);
    }
    unload(&loaded);
    return ok ? STATUS_OK : STATUS_FAILED;
}

const struct command inspect_command = {
    .name = "inspect",
    .summary = "list layers, shapes, costs and the memory map",
    .help = help,
    .short_options = "-:t:i:h",
    .options = options,
    .run = run,
};
