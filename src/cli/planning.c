/* The options that say what a model is planned for, the same in all commands
 * that take them. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

static bool take_optimize(const struct command *command,
                          struct planning *planning) {
    if (strcmp(optarg, "speed") == 0) {
        planning->optimize = MF_OPTIMIZE_SPEED;
        planning->open.least_ram = false;
    } else if (strcmp(optarg, "size") == 0) {
        planning->optimize = MF_OPTIMIZE_SIZE;
        planning->open.least_ram = false;
    } else if (strcmp(optarg, "ram") == 0) {
        planning->optimize = MF_OPTIMIZE_SPEED;
        planning->open.least_ram = true;
    } else {
        wrong_usage(command->name,
                    "--optimize is '%s', allowed: ram, size, speed", optarg);
        return false;
    }
    return true;
}

static bool take_ram_limit(const struct command *command,
                           struct planning *planning) {
    char *end;
    errno = 0;
    const uintmax_t limit = strtoumax(optarg, &end, 10);
    if (errno != 0 || *optarg < '0' || *optarg > '9' || *end != '\0' ||
        limit == 0 || limit > SIZE_MAX) {
        wrong_usage(command->name,
                    "--ram-limit is '%s', it must be bytes, 1 or more", optarg);
        return false;
    }
    planning->open.ram_limit = (size_t)limit;
    return true;
}

bool take_planning(const struct command *command, int argument,
                   struct planning *planning) {
    switch (argument) {
    case PLANNING_TARGET:
        return take_target(command, &planning->open.target);
    case PLANNING_OPTIMIZE:
        return take_optimize(command, planning);
    case PLANNING_RAM_LIMIT:
        return take_ram_limit(command, planning);
    default:
        return false;
    }
}

bool take_input_mode(const struct command *command, struct planning *planning) {
    if (strcmp(optarg, "push") != 0 && strcmp(optarg, "resident") != 0) {
        wrong_usage(command->name, "--input is '%s', allowed: push, resident",
                    optarg);
        return false;
    }
    planning->open.push_input = strcmp(optarg, "push") == 0;
    return true;
}

void settle_planning(struct planning *planning) {
    if (planning->open.ram_limit > 0 || planning->open.push_input) {
        planning->open.least_ram = true;
    }
}

const char *optimize_name(const struct planning *planning) {
    return planning->open.least_ram                 ? "ram"
           : planning->optimize == MF_OPTIMIZE_SIZE ? "size"
                                                    : "speed";
}
