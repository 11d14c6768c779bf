/* Options and operands of a command, and what is said when they are wrong.
 *
 * getopt_long() does the parsing; operands come in order among the options,
 * whatever POSIXLY_CORRECT says. */
#include <getopt.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"

enum { NAME_LIMIT = 24, NEAR = 2 };

static size_t least(size_t a, size_t b) {
    return a < b ? a : b;
}

/* Insertions, deletions, replacements and swaps of neighbours that make `a`
 * of `b` (optimal string alignment); both at most NAME_LIMIT long. */
static size_t distance(const char *a, const char *b) {
    const size_t rows = strlen(a);
    const size_t columns = strlen(b);
    size_t cost[NAME_LIMIT + 1][NAME_LIMIT + 1];
    for (size_t i = 0; i <= rows; i++) {
        cost[i][0] = i;
    }
    for (size_t j = 0; j <= columns; j++) {
        cost[0][j] = j;
    }
    for (size_t i = 1; i <= rows; i++) {
        for (size_t j = 1; j <= columns; j++) {
            const size_t differs = a[i - 1] != b[j - 1];
            size_t best = cost[i - 1][j - 1] + differs;
            best = least(best, cost[i - 1][j] + 1);
            best = least(best, cost[i][j - 1] + 1);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
                a[i - 2] == b[j - 1]) {
                best = least(best, cost[i - 2][j - 2] + 1);
            }
            cost[i][j] = best;
        }
    }
    return cost[rows][columns];
}

const char *nearest_name(const char *word, const char *const *names) {
    const char *nearest = NULL;
    size_t least_distance = NEAR + 1;
    if (strlen(word) > NAME_LIMIT) {
        return NULL;
    }
    for (; *names; names++) {
        const size_t d = distance(word, *names);
        /* A word of which little is left is another word. */
        if (d < least_distance && 2 * d < strlen(*names)) {
            nearest = *names;
            least_distance = d;
        }
    }
    return nearest;
}

enum status wrong_usage(const char *command, const char *format, ...) {
    const char *space = command ? " " : "";
    const char *name = command ? command : "";
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "microflow%s%s: ", space, name);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fprintf(stderr, "\nTry 'microflow%s%s --help'.\n", space, name);
    return STATUS_USAGE;
}

/* `word` is "--name" or "--name=value". */
static void unknown_option(const struct command *command, const char *word) {
    enum { OPTION_LIMIT = 16 };
    char name[NAME_LIMIT + 1];
    const char *names[OPTION_LIMIT + 1] = {0};
    const size_t length = strcspn(word + 2, "=");
    for (size_t i = 0; i < OPTION_LIMIT && command->options[i].name; i++) {
        names[i] = command->options[i].name;
    }
    const char *near = NULL;
    if (length <= NAME_LIMIT) {
        memcpy(name, word + 2, length);
        name[length] = '\0';
        near = nearest_name(name, names);
    }
    if (near) {
        wrong_usage(command->name,
                    "unknown option '%.*s', did you mean '--%s'?",
                    (int)length + 2, word, near);
        return;
    }
    fprintf(stderr,
            "microflow %s: unknown option '%.*s', allowed: ", command->name,
            (int)length + 2, word);
    for (size_t i = 0; names[i]; i++) {
        fprintf(stderr, "%s--%s", i ? ", " : "", names[i]);
    }
    fprintf(stderr, "\nTry 'microflow %s --help'.\n", command->name);
}

/* NULL if no option has that value. */
static const char *option_name(const struct command *command, int val) {
    const struct option *option = command->options;
    while (option->name && option->val != val) {
        option++;
    }
    return option->name;
}

/* getopt_long() returned '?': an option that there is not, or a value given
 * to an option that takes none. */
static void report_unknown(const struct command *command, char **argv) {
    const char *known = option_name(command, optopt);
    if (optopt == 0) {
        unknown_option(command, argv[optind - 1]);
    } else if (known) {
        wrong_usage(command->name, "--%s takes no value", known);
    } else {
        wrong_usage(command->name, "unknown option '-%c'", optopt);
    }
}

int next_argument(struct arguments *arguments) {
    const struct command *command = arguments->command;
    char **argv = arguments->argv;
    if (!arguments->options_over) {
        const int option =
            getopt_long(arguments->argc, argv, command->short_options,
                        command->options, NULL);
        if (option == '?') {
            report_unknown(command, argv);
            return ARGUMENT_WRONG;
        }
        if (option == ':') {
            wrong_usage(command->name, "--%s needs a value",
                        option_name(command, optopt));
            return ARGUMENT_WRONG;
        }
        if (option != -1) {
            return option;
        }
        arguments->options_over = true;
    }
    if (optind < arguments->argc) {
        optarg = argv[optind++];
        return ARGUMENT_OPERAND;
    }
    return ARGUMENT_END;
}

bool take_model(const struct command *command, const char **model) {
    if (*model) {
        wrong_usage(command->name, "unexpected argument '%s'", optarg);
        return false;
    }
    *model = optarg;
    return true;
}

bool take_target(const struct command *command, const char **target) {
    const char *name;
    for (size_t i = 0; (name = mf_target_name(i)) != NULL; i++) {
        if (strcmp(name, optarg) == 0) {
            *target = name;
            return true;
        }
    }
    fprintf(stderr, "microflow %s: --target is '%s', allowed: %s",
            command->name, optarg, mf_target_name(0));
    for (size_t i = 1; (name = mf_target_name(i)) != NULL; i++) {
        fprintf(stderr, ", %s", name);
    }
    fprintf(stderr, "\nTry 'microflow %s --help'.\n", command->name);
    return false;
}
