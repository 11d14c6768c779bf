/* microflow compile: a model in, a folder of C out. */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum {
    OPTION_OUTPUT = 'o',
    OPTION_NAME = 'n',
    OPTION_INPUT = 'i',
    OPTION_DRIVER = 256,
    OPTION_CUSTOM,
    OPTION_SELFTEST,
    OPTION_GUARD,
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
    {"custom", required_argument, NULL, OPTION_CUSTOM},
    {"dump-after", required_argument, NULL, OPTION_DUMP_AFTER},
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow compile MODEL -o DIR [OPTION...]\n"
    "Writes a model (.tflite, - for standard input) as plain C99 into DIR:\n"
    "NAME.h, NAME.c and the kernel headers that they include.\n"
    "\n"
    "  -o, --output DIR       where to write; created if its parent exists\n"
    "  -n, --name NAME        what generated names start with (from MODEL)\n"
    "  -t, --target TARGET    what to make the code for (generic, which runs\n"
    "                         everywhere); an unknown one is answered with\n"
    "                         the list\n"
    "      --optimize WHAT    speed: each layer gets a copy of its kernel,\n"
    "                         specialised; size: layers share one; ram: as\n"
    "                         speed, layers computed together row by row "
    "where\n"
    "                         that takes less RAM (speed)\n"
    "      --ram-limit BYTES  as ram, but the fastest code whose arena is at\n"
    "                         most so large\n"
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
    "      --custom NAME=HEADER:FUNCTION\n"
    "                         the custom operator NAME is a C function of the\n"
    "                         program, which HEADER declares; may be given\n"
    "                         again for others\n"
    "      --dump-after PASS  print the graph as it is after a pass, or after\n"
    "                         \"read\"; -o may then be left out\n"
    "  -h, --help             print this help\n"
    "\n"
    "When it fails, nothing is written.\n";

enum { CUSTOM_LIMIT = 32 };

struct arguments_of_compile {
    const char *model;
    const char *directory;
    struct planning planning;
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
    to->compile.name = optarg;
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
        return take_model(command, &to->model);
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

static bool write_files(mf_model *model, const char *directory) {
    if (!output_directory(directory)) {
        return false;
    }
    const size_t count = mf_model_file_count(model);
    for (size_t i = 0; i < count; i++) {
        const char *data;
        size_t size;
        const char *name = mf_model_file(model, i, &data, &size);
        if (!write_file(directory, name, data, size)) {
            return false;
        }
    }
    return output_commit();
}

static bool compile_model(const struct arguments_of_compile *from,
                          struct loaded *loaded) {
    const bool ok = load(from->model, &from->planning.open, loaded);
    if (loaded->model) {
        /* What led to a failure in a later pass is of use as well. */
        fputs(mf_model_dump(loaded->model), stdout);
    }
    if (!ok || !flush_stdout()) {
        return false;
    }
    if (!from->directory) {
        return true;
    }
    if (!mf_model_compile(loaded->model, &from->compile)) {
        print_messages(loaded->model);
        return false;
    }
    return write_files(loaded->model, from->directory);
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
    if (!to.model) {
        return wrong_usage(command->name, "MODEL is missing");
    }
    if (!to.directory && !to.planning.open.dump_after) {
        return wrong_usage(command->name, "-o DIR is missing");
    }
    if (strcmp(to.model, "-") == 0 && !to.compile.name) {
        to.compile.name = "model";
    }
    settle_planning(&to.planning);
    to.compile.optimize = to.planning.optimize;
    struct loaded loaded = {0};
    const bool ok = compile_model(&to, &loaded);
    unload(&loaded);
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
