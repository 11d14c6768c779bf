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

/* A number from 1 to `most` that `end` follows. */
static bool take_number(const char *text, char end, uintmax_t most,
                        uintmax_t *number) {
    char *rest;
    errno = 0;
    *number = strtoumax(text, &rest, 10);
    return errno == 0 && *text >= '0' && *text <= '9' && *rest == end &&
           *number >= 1 && *number <= most;
}

static bool take_ram_limit(const struct command *command,
                           struct planning *planning) {
    uintmax_t limit;
    if (!take_number(optarg, '\0', SIZE_MAX, &limit)) {
        wrong_usage(command->name,
                    "--ram-limit is '%s', it must be bytes, 1 or more", optarg);
        return false;
    }
    planning->open.ram_limit = (size_t)limit;
    return true;
}

/* Cuts NAME=BYTES,COST into its parts, in place. */
static bool take_region(const struct command *command,
                        struct planning *planning) {
    mf_open_options *open = &planning->open;
    char *equals = strchr(optarg, '=');
    const char *comma = equals ? strchr(equals, ',') : NULL;
    uintmax_t size, cost;
    if (!comma || equals == optarg ||
        !take_number(equals + 1, ',', INT32_MAX, &size) ||
        !take_number(comma + 1, '\0', 1000, &cost)) {
        wrong_usage(command->name,
                    "--region is '%s', it must be NAME=BYTES,COST, the cost of "
                    "an access from 1 to 1000",
                    optarg);
        return false;
    }
    if (open->region_count == REGION_LIMIT) {
        wrong_usage(command->name, "--region is given more than %d times",
                    REGION_LIMIT);
        return false;
    }
    *equals = '\0';
    planning->region[open->region_count++] =
        (mf_region){optarg, (size_t)size, (uint32_t)cost};
    open->region = planning->region;
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
    case PLANNING_REGION:
        return take_region(command, planning);
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
