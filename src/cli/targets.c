/* microflow targets: what code can be made for. */
#include <getopt.h>
#include <string.h>

#include "cli.h"
#include "json.h"

enum { OPTION_JSON = 256 };

static const struct option options[] = {
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow targets [--json]\n"
    "Lists the targets that code can be made for: the word that they compute\n"
    "in, the vector instructions that sums of products use, how constants are\n"
    "read, what bench counts and where it runs the code.\n"
    "\n"
    "      --json  for programs to read\n"
    "  -h, --help  print this help\n";

static const char *tested_in(const mf_target_info *target) {
    return target->board[0] == '\0'       ? "nothing"
           : target->simulator[0] == '\0' ? "this machine"
                                          : target->simulator;
}

static void print_text(void) {
    mf_target_info target;
    printf("%-12s  %4s  %-12s  %-9s  %-12s  %s\n%*s%s\n", "target", "word",
           "SIMD", "constants", "counts", "tested in", 16, "", "description");
    for (size_t i = 0; mf_target(i, &target); i++) {
        printf("%-12s  %4d  %-12s  %-9s  %-12s  %s\n%*s%s\n", target.name,
               target.word_bits, target.simd, target.constants, target.unit,
               tested_in(&target), 16, "", target.description);
    }
}

static bool print_json_list(void) {
    struct json json = {.ok = true};
    mf_target_info target;
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; mf_target(i, &target); i++) {
        cJSON *item = cJSON_CreateObject();
        json_add(&json, item, "name", json_string(target.name));
        json_add(&json, item, "description", json_string(target.description));
        json_add_number(&json, item, "word_bits", target.word_bits);
        json_add(&json, item, "simd", json_string(target.simd));
        json_add(&json, item, "constants", json_string(target.constants));
        json_add(&json, item, "unit", json_string(target.unit));
        json_add(&json, item, "compiler", json_string(target.compiler));
        json_add(&json, item, "flags", json_string(target.flags));
        json_add(&json, item, "tested_in", json_string(tested_in(&target)));
        json_add(&json, list, NULL, item);
    }
    return json_print(&json, list, "targets");
}

static enum status run(const struct command *command, int argc, char **argv) {
    struct arguments arguments = {command, argc, argv, false};
    bool json = false;
    int argument;
    while ((argument = next_argument(&arguments)) != ARGUMENT_END) {
        if (argument == ARGUMENT_HELP) {
            fputs(command->help, stdout);
            return STATUS_OK;
        }
        if (argument == ARGUMENT_OPERAND) {
            return wrong_usage(command->name, "unexpected argument '%s'",
                               optarg);
        }
        if (argument != OPTION_JSON) {
            return STATUS_USAGE;
        }
        json = true;
    }
    if (!json) {
        print_text();
    }
    return !json || print_json_list() ? STATUS_OK : STATUS_FAILED;
}

const struct command targets_command = {
    .name = "targets",
    .summary = "list what code can be made for",
    .help = help,
    .short_options = "-:h",
    .options = options,
    .run = run,
};
