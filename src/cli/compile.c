/* microflow compile: a model in, a folder of C out. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "evidence.h"

enum {
    OPTION_OUTPUT = 'o',
    OPTION_NAME = 'n',
    OPTION_INPUT = 'i',
    OPTION_DRIVER = 256,
    OPTION_CUSTOM,
    OPTION_SELFTEST,
    OPTION_GUARD,
    OPTION_EVIDENCE,
    OPTION_DUMP_AFTER
};

static const struct option options[] = {
    {"output", required_argument, NULL, OPTION_OUTPUT},
    {"name", required_argument, NULL, OPTION_NAME},
    PLANNING_OPTIONS,
    {"input", required_argument, NULL, OPTION_INPUT},
    {"driver", no_argument, NULL, OPTION_DRIVER},
    {"selftest", no_argument, NULL, OPTION_SELFTEST},
    {"guard", required_argument, NULL, OPTION_GUARD},
    {"evidence", required_argument, NULL, OPTION_EVIDENCE},
    {"custom", required_argument, NULL, OPTION_CUSTOM},
    {"dump-after", required_argument, NULL, OPTION_DUMP_AFTER},
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow compile MODEL... -o DIR [OPTION...]\n"
    "Writes a model (.tflite, - for standard input) as plain C99 into DIR:\n"
    "NAME.h, NAME.c and the kernel headers that they include.  Several "
    "models\n"
    "compute in one arena, one at a time: shared_arena.h, shared_arena.c.\n"
    "\n"
    "  -o, --output DIR       where to write; created if its parent exists\n"
    "  -n, --name NAME        what generated names start with (from MODEL);\n"
    "                         NAME,NAME of two models\n"
    "  -t, --target TARGET    what to make the code for (generic, which runs\n"
    "                         everywhere); an unknown one is answered with\n"
    "                         the list\n"
    "      --optimize WHAT    speed: each layer gets a copy of its kernel,\n"
    "                         specialised; size: layers share one; ram: as\n"
    "                         speed, layers computed together row by row "
    "where\n"
    "                         that takes less RAM, for about 15 % more\n"
    "                         instructions (speed)\n"
    "      --ram-limit BYTES  as ram, but the fastest code whose arena is at\n"
    "                         most so large\n"
    "      --region NAME=BYTES,COST\n"
    "                         the arena lies in memories: NAME has so many\n"
    "                         bytes, an access of one costs COST; may be "
    "given\n"
    "                         again for others\n"
    "  -i, --input HOW        push: the input comes row by row, through\n"
    "                         NAME_push_row(), and never stands whole;\n"
    "                         resident: NAME_input() holds it (resident)\n"
    "      --driver           also write NAME_driver.c, a main() that reads\n"
    "                         frames from stdin and writes outputs to stdout\n"
    "      --selftest         also write NAME_selftest(), which runs on the\n"
    "                         target and returns the first layer whose "
    "results\n"
    "                         are not those of this machine, or 0\n"
    "      --guard WHAT       weights: also write NAME_check_weights(), which\n"
    "                         sums them up; arena: NAME_check_arena(), which\n"
    "                         says whether anything wrote over its ends; may "
    "be\n"
    "                         given twice\n"
    "      --evidence DIR     also write there what is known of the code, and "
    "how:\n"
    "                         hashes, trace, memory, proof, bounds, MISRA; "
    "tools\n"
    "                         that are not there are left out\n"
    "      --custom NAME=HEADER:FUNCTION\n"
    "                         the custom operator NAME is a C function of the\n"
    "                         program, which HEADER declares; may be given\n"
    "                         again for others\n"
    "      --dump-after PASS  print the graph as it is after a pass, or after\n"
    "                         \"read\"; -o may then be left out\n"
    "  -h, --help             print this help\n"
    "\n"
    "When it fails, nothing is written.\n";

enum { CUSTOM_LIMIT = 32, MODEL_LIMIT = 16 };

struct arguments_of_compile {
    const char *model[MODEL_LIMIT];
    size_t count;
    const char *directory;
    const char *evidence; /* directory; NULL for none */
    struct planning planning;
    char *names; /* of --name; NULL: from the models */
    mf_compile_options compile;
    mf_custom_op custom[CUSTOM_LIMIT];
};

static bool is_pass(const char *name) {
    const char *pass;
    if (strcmp(name, "read") == 0) {
        return true;
    }
    for (size_t i = 0; (pass = mf_pass_name(i)) != NULL; i++) {
        if (strcmp(name, pass) == 0) {
            return true;
        }
    }
    return false;
}

static void unknown_pass(const char *name) {
    const char *pass;
    fprintf(stderr, "microflow compile: --dump-after is '%s', allowed: read",
            name);
    for (size_t i = 0; (pass = mf_pass_name(i)) != NULL; i++) {
        fprintf(stderr, ", %s", pass);
    }
    fputs("\nTry 'microflow compile --help'.\n", stderr);
}

static bool take_name(struct arguments_of_compile *to) {
    if (*optarg == '\0') {
        wrong_usage("compile", "--name is empty");
        return false;
    }
    to->names = optarg;
    return true;
}

static bool add_model(struct arguments_of_compile *to) {
    bool is_input = strcmp(optarg, "-") == 0;
    for (size_t i = 0; i < to->count && is_input; i++) {
        if (strcmp(to->model[i], "-") == 0) {
            wrong_usage("compile", "- is given twice");
            return false;
        }
    }
    if (to->count == MODEL_LIMIT) {
        wrong_usage("compile", "more than %d models", MODEL_LIMIT);
        return false;
    }
    to->model[to->count++] = optarg;
    return true;
}

/* Cuts NAME=HEADER:FUNCTION into its parts, in place. */
static bool take_custom(struct arguments_of_compile *to) {
    char *equals = strchr(optarg, '=');
    char *colon = equals ? strrchr(equals, ':') : NULL;
    if (!colon || equals == optarg || colon == equals + 1 || !colon[1]) {
        wrong_usage("compile",
                    "--custom is '%s', it must be NAME=HEADER:FUNCTION",
                    optarg);
        return false;
    }
    if (to->planning.open.custom_count == CUSTOM_LIMIT) {
        wrong_usage("compile", "--custom is given more than %d times",
                    CUSTOM_LIMIT);
        return false;
    }
    *equals = '\0';
    *colon = '\0';
    to->custom[to->planning.open.custom_count++] =
        (mf_custom_op){optarg, equals + 1, colon + 1};
    to->planning.open.custom = to->custom;
    return true;
}

static bool take_guard(struct arguments_of_compile *to) {
    const bool is_weights = strcmp(optarg, "weights") == 0;
    if (!is_weights && strcmp(optarg, "arena") != 0) {
        wrong_usage("compile", "--guard is '%s', allowed: arena, weights",
                    optarg);
        return false;
    }
    to->compile.guard_weights = to->compile.guard_weights || is_weights;
    to->compile.guard_arena = to->compile.guard_arena || !is_weights;
    return true;
}

static bool take(const struct command *command, int argument,
                 struct arguments_of_compile *to) {
    switch (argument) {
    case ARGUMENT_OPERAND:
        return add_model(to);
    case OPTION_OUTPUT:
        to->directory = optarg;
        return true;
    case OPTION_NAME:
        return take_name(to);
    case OPTION_INPUT:
        return take_input_mode(command, &to->planning);
    case OPTION_DRIVER:
        to->compile.driver = true;
        return true;
    case OPTION_SELFTEST:
        to->compile.selftest = true;
        return true;
    case OPTION_EVIDENCE:
        to->evidence = optarg;
        return true;
    case OPTION_GUARD:
        return take_guard(to);
    case OPTION_CUSTOM:
        return take_custom(to);
    case OPTION_DUMP_AFTER:
        if (!is_pass(optarg)) {
            unknown_pass(optarg);
            return false;
        }
        to->planning.open.dump_after = optarg;
        return true;
    default:
        return take_planning(command, argument, &to->planning);
    }
}

/* Whether the file is one of an earlier model, too: kernels are.  Two contents
 * of one name cannot be: *is_same is false then. */
static bool is_written(const struct loaded *loaded, size_t model,
                       const char *name, const char *data, size_t size,
                       bool *is_same) {
    for (size_t m = 0; m < model; m++) {
        const size_t count = mf_model_file_count(loaded[m].model);
        for (size_t i = 0; i < count; i++) {
            const char *other;
            size_t other_size;
            if (strcmp(mf_model_file(loaded[m].model, i, &other, &other_size),
                       name) == 0) {
                *is_same = size == other_size && memcmp(data, other, size) == 0;
                return true;
            }
        }
    }
    return false;
}

static bool write_model(const struct loaded *loaded, size_t model,
                        const char *directory) {
    const size_t count = mf_model_file_count(loaded[model].model);
    for (size_t i = 0; i < count; i++) {
        const char *data;
        size_t size;
        bool is_same = true;
        const char *name = mf_model_file(loaded[model].model, i, &data, &size);
        if (!is_written(loaded, model, name, data, size, &is_same)) {
            if (!write_file(directory, name, data, size)) {
                return false;
            }
        } else if (!is_same) {
            complain(name, "two models have a file of this name; --name can "
                           "tell them apart");
            return false;
        }
    }
    return true;
}

static bool write_files(const struct loaded *loaded, size_t count,
                        const char *directory) {
    if (!output_directory(directory)) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        if (!write_model(loaded, i, directory)) {
            return false;
        }
    }
    return true;
}

/* Gives each model its part of --name. */
static bool share_names(const struct arguments_of_compile *from,
                        mf_compile_options of[MODEL_LIMIT]) {
    char *name = from->names;
    for (size_t i = 0; i < from->count; i++) {
        of[i] = from->compile;
        of[i].name = name                               ? name
                     : strcmp(from->model[i], "-") == 0 ? "model"
                                                        : NULL;
        char *comma = name && from->count > 1 ? strchr(name, ',') : NULL;
        const bool is_last = i + 1 == from->count;
        if (name &&
            ((comma != NULL) == is_last || *name == ',' || *name == '\0')) {
            wrong_usage("compile", "--name must have %zu names, NAME,NAME",
                        from->count);
            return false;
        }
        if (comma) {
            *comma = '\0';
            name = comma + 1;
        }
    }
    return true;
}

static bool open_models(const struct arguments_of_compile *from,
                        struct loaded *loaded) {
    bool ok = true;
    for (size_t i = 0; i < from->count; i++) {
        ok = load(from->model[i], &from->planning.open, &loaded[i]) && ok;
        if (loaded[i].model) {
            /* What led to a failure in a later pass is of use as well. */
            fputs(mf_model_dump(loaded[i].model), stdout);
        }
    }
    return ok && flush_stdout();
}

static bool compile_models(const struct arguments_of_compile *from,
                           const mf_compile_options *of,
                           struct loaded *loaded) {
    mf_model *models[MODEL_LIMIT];
    if (!open_models(from, loaded)) {
        return false;
    }
    if (!from->directory) {
        return true;
    }
    for (size_t i = 0; i < from->count; i++) {
        models[i] = loaded[i].model;
    }
    if (from->count == 1 ? !mf_model_compile(models[0], of)
                         : !mf_models_compile(models, of, from->count)) {
        for (size_t i = 0; i < from->count; i++) {
            print_messages(models[i]);
        }
        return false;
    }
    const struct evidence evidence = {from->evidence, from->model[0],
                                      &loaded[0], &from->planning, of};
    return write_files(loaded, from->count, from->directory) &&
           (!from->evidence || write_evidence(&evidence)) && output_commit();
}

static enum status run(const struct command *command, int argc, char **argv) {
    struct arguments arguments = {command, argc, argv, false};
    struct arguments_of_compile to = {0};
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
    if (to.count == 0) {
        return wrong_usage(command->name, "MODEL is missing");
    }
    if (!to.directory && !to.planning.open.dump_after) {
        return wrong_usage(command->name, "-o DIR is missing");
    }
    if (to.evidence && (!to.directory || to.count != 1)) {
        return wrong_usage(command->name, to.directory
                                              ? "--evidence is for one MODEL"
                                              : "--evidence needs -o DIR");
    }
    settle_planning(&to.planning);
    to.compile.optimize = to.planning.optimize;
    mf_compile_options of[MODEL_LIMIT];
    if (!share_names(&to, of)) {
        return STATUS_USAGE;
    }
    struct loaded loaded[MODEL_LIMIT] = {{0}};
    const bool ok = compile_models(&to, of, loaded);
    for (size_t i = 0; i < to.count; i++) {
        unload(&loaded[i]);
    }
    return ok ? STATUS_OK : STATUS_FAILED;
}

const struct command compile_command = {
    .name = "compile",
    .summary = "write a model as C99",
    .help = help,
    .short_options = "-:o:n:t:i:h",
    .options = options,
    .run = run,
};
