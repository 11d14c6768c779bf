/* The command line tool: finds the subcommand and hands it its arguments. */
#include <stdio.h>
#include <string.h>

#include "cli.h"

static const struct command *const commands[] = {
    &compile_command, &run_command,   &inspect_command,
    &bench_command,   &prove_command, &targets_command};

enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(FILE *file) {
    fputs("Usage: microflow COMMAND ...\n"
          "Compiles quantised TensorFlow Lite models to plain C99.\n"
          "\n"
          "Commands:\n",
          file);
    for (int i = 0; i < COMMAND_COUNT; i++) {
        fprintf(file, "  %-8s  %s\n", commands[i]->name, commands[i]->summary);
    }
    fputs("  help      print the help of a command\n"
          "\n"
          "Options:\n"
          "  -h, --help     print this help\n"
          "      --version  print the version\n"
          "\n"
          "Exit status: 0 success, 1 the model cannot be compiled or a file\n"
          "cannot be read or written, 2 wrong usage.\n",
          file);
}

static const struct command *find_command(const char *name) {
    for (int i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) {
            return commands[i];
        }
    }
    return NULL;
}

static enum status unknown_word(const char *word) {
    const char *names[COMMAND_COUNT + 2] = {0};
    const char *options[] = {"--help", "--version", NULL};
    for (int i = 0; i < COMMAND_COUNT; i++) {
        names[i] = commands[i]->name;
    }
    names[COMMAND_COUNT] = "help";
    const bool is_option = word[0] == '-' && word[1] != '\0';
    const char *near = nearest_name(word, is_option ? options : names);
    const char *what = is_option ? "option" : "command";
    if (near) {
        return wrong_usage(NULL, "unknown %s '%s', did you mean '%s'?", what,
                           word, near);
    }
    return wrong_usage(NULL, "unknown %s '%s', allowed: %s", what, word,
                       is_option ? "--help, --version"
                                 : "compile, run, inspect, bench, "
                                   "prove, targets, help");
}

static enum status help(int argc, char **argv) {
    if (argc > 2) {
        return wrong_usage(NULL, "unexpected argument '%s'", argv[2]);
    }
    if (argc < 2 || strcmp(argv[1], "help") == 0 ||
        strcmp(argv[1], "--help") == 0 || strcmp(argv[1], "-h") == 0) {
        print_help(stdout);
        return STATUS_OK;
    }
    const struct command *command = find_command(argv[1]);
    if (!command) {
        return unknown_word(argv[1]);
    }
    fputs(command->help, stdout);
    return STATUS_OK;
}

static enum status dispatch(int argc, char **argv) {
    if (argc < 2) {
        print_help(stderr);
        return STATUS_USAGE;
    }
    const char *word = argv[1];
    const struct command *command = find_command(word);
    if (command) {
        return command->run(command, argc - 1, argv + 1);
    }
    if (strcmp(word, "help") == 0) {
        return help(argc - 1, argv + 1);
    }
    if (strcmp(word, "--help") == 0 || strcmp(word, "-h") == 0) {
        print_help(stdout);
        return STATUS_OK;
    }
    if (strcmp(word, "--version") == 0) {
        printf("microflow %s\n", mf_version());
        return STATUS_OK;
    }
    return unknown_word(word);
}

int main(int argc, char **argv) {
    enum status status = dispatch(argc, argv);
    /* A command that failed has said why. */
    if (status == STATUS_OK && !flush_stdout()) {
        status = STATUS_FAILED;
    }
    if (status != STATUS_OK) {
        output_discard();
    }
    return (int)status;
}
