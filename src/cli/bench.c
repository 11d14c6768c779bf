/* microflow bench: a model as firmware, measured in its target's simulator. */
#include <getopt.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"

enum { OPTION_JSON = 256, OPTION_SPREAD };

static const struct option options[] = {
    PLANNING_OPTIONS,
    {"input", required_argument, NULL, 'i'},
    {"spread", required_argument, NULL, OPTION_SPREAD},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow bench MODEL --target TARGET [OPTION...]\n"
    "Compiles a model (.tflite) into a firmware, runs it in the target's\n"
    "simulator and prints what it takes: flash, RAM, stack, and instructions\n"
    "an inference (cycles on AVR, time on this machine), all together and a\n"
    "layer.  Outputs must equal to the bit what run computes.\n"
    "\n"
    "  -t, --target TARGET  what to build for; microflow targets lists them\n"
    "      --optimize WHAT  speed (compiled with -O2), size (-Os) or ram\n"
    "                       (-O2), as in compile (speed)\n"
    "      --ram-limit BYTES, --region NAME=BYTES,COST\n"
    "                       as in compile\n"
    "  -i, --input FILE     frames as run takes them; without it, two or\n"
    "                       more of random bytes, always the same\n"
    "      --input push     such frames, and their rows are pushed, as in\n"
    "                       compile (./push is a file)\n"
    "      --spread COUNT   also run so many random inputs, and say by how "
    "much\n"
    "                       the counts vary (not where time is measured)\n"
    "      --json           for programs to read\n"
    "  -h, --help           print this help\n";

struct arguments_of_bench {
    const char *model, *input;
    struct planning planning;
    unsigned spread;
    bool json;
};

/* --- frames --- */

static size_t sum_sizes(const mf_model *model, size_t count,
                        mf_tensor_info (*get)(const mf_model *, size_t)) {
    size_t sum = 0;
    for (size_t i = 0; i < count; i++) {
        sum += get(model, i).size;
    }
    return sum;
}

/* Bytes of a linear congruential generator (Knuth's MMIX), its upper ones. */
static void fill_randomly(uint8_t *bytes, size_t size) {
    uint64_t state = 2409;
    for (size_t i = 0; i < size; i++) {
        state = state * UINT64_C(6364136223846793005) +
                UINT64_C(1442695040888963407);
        bytes[i] = (uint8_t)(state >> 56);
    }
}

/* Random bytes are no sensible floats: those lie within [-1, 1). */
static void make_sensible(const mf_model *model, struct frames *frames) {
    uint8_t *at = frames->inputs;
    for (size_t f = 0; f < frames->count; f++) {
        for (size_t i = 0; i < mf_model_input_count(model); i++) {
            const mf_tensor_info input = mf_model_input(model, i);
            for (size_t b = 0; strcmp(input.type, "FLOAT32") == 0 &&
                               b + sizeof(float) <= input.size;
                 b += sizeof(float)) {
                const float value = (float)(at[b] - 128) / 128.0f;
                memcpy(at + b, &value, sizeof value);
            }
            at += input.size;
        }
    }
}

static bool make_inputs(struct bench *bench, const char *input) {
    enum { LEAST = 2, RANDOM_BYTES = 256 };
    struct frames *frames = &bench->frames;
    char *bytes = NULL;
    size_t size = 0;
    if (input && frames->input_size > 0) {
        if (!read_file(input, &bytes, &size)) {
            return false;
        }
        frames->inputs = (uint8_t *)bytes;
        frames->count = size / frames->input_size;
        if (size % frames->input_size != 0 || size == 0) {
            complain(input_name(input),
                     "is %zu bytes, must be a multiple of %zu, a frame's "
                     "inputs",
                     size, frames->input_size);
            return false;
        }
        return true;
    }
    frames->count = LEAST;
    if (frames->input_size > 0 &&
        RANDOM_BYTES / frames->input_size > frames->count) {
        frames->count = RANDOM_BYTES / frames->input_size;
    }
    frames->inputs = malloc(frames->count * frames->input_size + 1);
    if (!frames->inputs) {
        complain(bench->path, "out of memory");
        return false;
    }
    fill_randomly(frames->inputs, frames->count * frames->input_size);
    make_sensible(bench->model, frames);
    return true;
}

/* What the frames must become, by the portable kernels on this machine. */
static bool make_outputs(struct bench *bench, mf_model *portable) {
    struct frames *frames = &bench->frames;
    const uint8_t *from = frames->inputs;
    uint8_t *to = malloc(frames->count * frames->output_size + 1);
    frames->outputs = to;
    bool ok = to != NULL;
    for (size_t f = 0; f < frames->count && ok; f++) {
        for (size_t i = 0; i < mf_model_input_count(portable) && ok; i++) {
            const size_t size = mf_model_input(portable, i).size;
            void *data = mf_model_input_data(portable, i);
            ok = data != NULL;
            if (ok) {
                memcpy(data, from, size);
            }
            from += size;
        }
        ok = ok && mf_model_invoke(portable);
        for (size_t i = 0; i < mf_model_output_count(portable) && ok; i++) {
            const size_t size = mf_model_output(portable, i).size;
            memcpy(to, mf_model_output_data(portable, i), size);
            to += size;
        }
    }
    if (!ok) {
        complain(bench->path, "out of memory");
    }
    return ok;
}

static bool make_frames(struct bench *bench, mf_model *portable,
                        const char *input) {
    bench->frames.input_size =
        sum_sizes(portable, mf_model_input_count(portable), mf_model_input);
    bench->frames.output_size =
        sum_sizes(portable, mf_model_output_count(portable), mf_model_output);
    return make_inputs(bench, input) && make_outputs(bench, portable);
}

/* --- the command --- */

bool find_target(const char *name, mf_target_info *target) {
    for (size_t i = 0; mf_target(i, target); i++) {
        if (strcmp(target->name, name) == 0) {
            return true;
        }
    }
    return false;
}

bool bench_run(struct bench *bench, mf_model *portable, const char *input,
               struct figures *figures) {
    return make_frames(bench, portable, input) && measure(bench, figures);
}

void bench_free(struct bench *bench, struct figures *figures) {
    workspace_close(&bench->workspace);
    free(figures->layer);
    free(figures->layer_spread);
    free(bench->frames.inputs);
    free(bench->frames.outputs);
}

static bool bench_model(struct bench *bench,
                        const struct arguments_of_bench *from,
                        mf_model *portable) {
    struct figures figures = {0};
    const bool ok = bench_run(bench, portable, from->input, &figures);
    bool printed = ok;
    if (ok && from->json) {
        printed = report_json(bench, &figures);
    } else if (ok) {
        report_text(bench, &figures);
    }
    bench_free(bench, &figures);
    return ok && printed && figures.bit_exact;
}

/* The model is opened twice: for the target, and as portable code. */
static bool bench_file(const struct arguments_of_bench *from) {
    struct bench bench = {.path = input_name(from->model),
                          .planning = from->planning,
                          .spread = from->spread};
    const char *target = from->planning.open.target;
    if (!find_target(target, &bench.target)) {
        return false;
    }
    if (bench.target.board[0] == '\0') {
        complain(target, "has no simulator");
        return false;
    }
    if (bench.spread > 0 && strcmp(bench.target.unit, "ns") == 0) {
        complain(target, "time is measured, which varies by itself: --spread "
                         "says nothing");
        return false;
    }
    struct loaded loaded = {0};
    bool ok = load(from->model, &from->planning.open, &loaded);
    mf_model *portable =
        ok ? mf_model_open(loaded.bytes, loaded.size, bench.path, NULL) : NULL;
    if (ok && !portable) {
        complain(bench.path, "out of memory");
        ok = false;
    } else if (ok && !mf_model_ok(portable)) {
        print_messages(portable);
        ok = false;
    }
    bench.model = loaded.model;
    ok = ok && bench_model(&bench, from, portable);
    mf_model_close(portable);
    unload(&loaded);
    return ok;
}

static bool take_input(const struct command *command,
                       struct arguments_of_bench *to) {
    if (strcmp(optarg, "push") == 0) {
        return take_input_mode(command, &to->planning);
    }
    to->input = optarg;
    return true;
}

static bool take_spread(struct arguments_of_bench *to) {
    enum { MOST = 10000 };
    char *end;
    const long count = strtol(optarg, &end, 10);
    if (*optarg < '0' || *optarg > '9' || *end || count < 2 || count > MOST) {
        wrong_usage("bench", "--spread is '%s', allowed: 2 to %d", optarg,
                    MOST);
        return false;
    }
    to->spread = (unsigned)count;
    return true;
}

static bool take(const struct command *command, int argument,
                 struct arguments_of_bench *to) {
    switch (argument) {
    case ARGUMENT_OPERAND:
        return take_model(command, &to->model);
    case 'i':
        return take_input(command, to);
    case OPTION_SPREAD:
        return take_spread(to);
    case OPTION_JSON:
        to->json = true;
        return true;
    default:
        return take_planning(command, argument, &to->planning);
    }
}

static enum status run(const struct command *command, int argc, char **argv) {
    struct arguments arguments = {command, argc, argv, false};
    struct arguments_of_bench to = {0};
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
    settle_planning(&to.planning);
    if (!to.model || !to.planning.open.target) {
        return wrong_usage(command->name, "%s is missing",
                           !to.model ? "MODEL" : "--target TARGET");
    }
    if (to.input && strcmp(to.model, "-") == 0 && strcmp(to.input, "-") == 0) {
        return wrong_usage(command->name,
                           "MODEL and --input cannot both be standard input");
    }
    return bench_file(&to) ? STATUS_OK : STATUS_FAILED;
}

const struct command bench_command = {
    .name = "bench",
    .summary = "measure a model in a target's simulator",
    .help = help,
    .short_options = "-:t:i:h",
    .options = options,
    .run = run,
};
