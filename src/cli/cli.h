/* What the files of the command line tool share.
 *
 * Results go to stdout, messages to stderr.  A function here that returns
 * false or NULL has said why on stderr. */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "microflow.h"

enum status {
    STATUS_OK = 0,
    STATUS_FAILED = 1, /* the model cannot be compiled, or reading or writing
                          failed */
    STATUS_USAGE = 2
};

struct option; /* <getopt.h> */

struct command {
    const char *name;
    const char *summary; /* for the list in --help */
    const char *help;    /* what --help prints */
    const char *short_options;
    const struct option *options;
    enum status (*run)(const struct command *command, int argc, char **argv);
};

extern const struct command compile_command;
extern const struct command run_command;
extern const struct command inspect_command;
extern const struct command bench_command;
extern const struct command prove_command;
extern const struct command targets_command;

/* --- arguments.c --- */

/* The arguments of one command, taken one at a time. */
struct arguments {
    const struct command *command;
    int argc;
    char **argv; /* argv[0] is the command's name */
    bool options_over;
};

enum {
    ARGUMENT_OPERAND = 1,
    ARGUMENT_END = -1,
    ARGUMENT_WRONG = '?',
    ARGUMENT_HELP = 'h'
};

/* The next option's `val`, its value in `optarg`, or one of the above; after
 * ARGUMENT_WRONG the message has been printed. */
int next_argument(struct arguments *arguments);

/* Prints "microflow COMMAND: text" and where help is; STATUS_USAGE. */
enum status wrong_usage(const char *command, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Keeps the operand MODEL; wrong usage if it was already given. */
bool take_model(const struct command *command, const char **model);

/* Takes the option's value as the name of a target; wrong usage, which lists
 * them, if it is none. */
bool take_target(const struct command *command, const char **target);

/* --- planning.c --- */

/* What a model is planned and compiled for. */
enum { REGION_LIMIT = 8 };
struct planning {
    mf_open_options open;
    mf_optimize optimize;
    mf_region region[REGION_LIMIT]; /* what open.region points to */
};

enum {
    PLANNING_TARGET = 't',
    PLANNING_OPTIMIZE = 1024,
    PLANNING_RAM_LIMIT,
    PLANNING_REGION
};

/* Rows of a command's options. */
#define PLANNING_OPTIONS                                                       \
    {"target", required_argument, NULL, PLANNING_TARGET},                      \
        {"optimize", required_argument, NULL, PLANNING_OPTIMIZE},              \
        {"ram-limit", required_argument, NULL, PLANNING_RAM_LIMIT}, {          \
        "region", required_argument, NULL, PLANNING_REGION                     \
    }

/* Takes one of them; false, said why, if its value is wrong or if it is none
 * of them. */
bool take_planning(const struct command *command, int argument,
                   struct planning *planning);
/* Takes the value of --input of commands that run nothing: push, resident. */
bool take_input_mode(const struct command *command, struct planning *planning);
/* Once all are taken: what follows from them. */
void settle_planning(struct planning *planning);
/* "speed", "size", "ram" */
const char *optimize_name(const struct planning *planning);

/* The one of `names` (ends with NULL) that a slip of the keyboard made into
 * `word`; NULL if none is near. */
const char *nearest_name(const char *word, const char *const *names);

/* --- io.c --- */

/* "PATH: text" on stderr. */
void complain(const char *path, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* How messages call a path: "-" is "standard input". */
const char *input_name(const char *path);

/* A whole file, or stdin for "-", to be freed by the caller. */
bool read_file(const char *path, char **bytes, size_t *size);

/* Prints every message of the model. */
void print_messages(const mf_model *model);

/* A model and the bytes that it points into. */
struct loaded {
    char *bytes;
    size_t size;
    mf_model *model;
};

/* Reads and opens a model; unload() is due whether or not that succeeds. */
bool load(const char *path, const mf_open_options *options,
          struct loaded *loaded);
void unload(struct loaded *loaded);

/* Writes out what stdout holds back; false if anything written to it so far
 * was lost. */
bool flush_stdout(void);

/* The bytes as UTF-8, to be freed: what is none becomes U+FFFD.  NULL when
 * memory is out. */
char *utf8_text(const char *bytes);

/* "1x49x10x1", "scalar" for rank 0. */
enum { SHAPE_TEXT = 80 }; /* six dimensions of ten digits fit */
void format_shape(char text[SHAPE_TEXT], const mf_tensor_info *tensor);

/* Writes a tensor's name, type and shape: "input_1" INT8 1x49x10x1 */
void print_tensor(FILE *file, const mf_tensor_info *tensor);

/* --- output.c: files appear whole or not at all --- */

/* Creates a directory unless it is there. */
bool output_directory(const char *path);

/* A stream to a temporary file beside `path`; a device or a pipe is written
 * to directly. */
FILE *output_open(const char *path);

/* Writes a file into a directory, which has its name after output_commit(). */
bool write_file(const char *directory, const char *name, const char *data,
                size_t size);

/* Gives all opened files their names. */
bool output_commit(void);

/* Removes what was not committed, the directory too if it was made here.  A
 * signal that ends the program does the same. */
void output_discard(void);

#endif
