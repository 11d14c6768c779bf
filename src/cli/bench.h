/* What the files of `microflow bench` share: a firmware is built in a folder of
 * its own, run, and measured. */
#ifndef CLI_BENCH_H
#define CLI_BENCH_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cli.h"
#include "json.h"
#include "microflow.h"

/* --- workspace.c: a temporary folder and the programs that work in it --- */

/* A list of words that ends with NULL; `failed` when memory is out. */
struct words {
    char **word;
    size_t count, capacity;
    bool failed;
};
void words_add(struct words *words, const char *word);
/* Adds what stands between spaces. */
void words_split(struct words *words, const char *text);
void words_free(struct words *words);

/* Signals that end the program wait while one is open, so that it is always
 * removed. */
struct workspace {
    char *path; /* NULL: not open */
    sigset_t waited, before;
};
bool workspace_open(struct workspace *workspace);
/* Removes the folder with all that is in it. */
void workspace_close(struct workspace *workspace);
bool workspace_write(const struct workspace *workspace, const char *name,
                     const char *data, size_t size);
/* A file's text, to be freed by the caller; NULL with a message. */
char *workspace_read(const struct workspace *workspace, const char *name);
/* Runs a program in the folder, what it prints going to the file `output`.
 * Unless it ends with status 0: what it printed, and false.  A signal that
 * ends us ends the program first. */
bool workspace_run(struct workspace *workspace, const struct words *command,
                   const char *output);

/* Whether a program can be found. */
bool find_tool(const char *name);
/* The same; else a message names the Debian packages
 * that bring it. */
bool have_tool(const char *name);

/* A file that belongs to MicroFlow, where it is installed or was built: of
 * folder "sim" or "libexec".  To be freed by the caller; NULL with a
 * message. */
char *own_file(const char *folder, const char *name);

/* printf() into a new string; NULL when memory is out. */
char *format_text(const char *format, ...)
    __attribute__((format(printf, 1, 2)));

/* --- firmware.c: from a model to numbers --- */

struct frames {
    size_t count;
    size_t input_size, output_size; /* bytes a frame */
    uint8_t *inputs, *outputs;      /* outputs as they must be */
};

/* How much a count varies over random inputs. */
struct spread {
    uint64_t least, most;
};

struct bench {
    const char *path; /* of the model, for messages */
    mf_model *model;  /* opened for the target */
    mf_target_info target;
    struct planning planning;
    unsigned spread; /* random inputs that the counts are compared over */
    struct frames frames;
    struct workspace workspace;
};

enum { STACK_UNKNOWN = -1 };

struct figures {
    uint64_t count;       /* of one inference, in the target's unit */
    uint64_t *layer;      /* the same a layer */
    struct spread spread; /* of an inference, if bench.spread is not 0; where
                             rows are pushed, making them is counted */
    struct spread *layer_spread;
    uint64_t flash_code;    /* bytes: code and tables */
    uint64_t flash_weights; /* bytes: filters, biases and their scaling */
    uint64_t ram_static;    /* bytes */
    uint64_t stack_peak;    /* bytes */
    int64_t stack_bound;    /* bytes; STACK_UNKNOWN */
    bool bit_exact;
};

/* Builds and runs the firmware; false with a message when that fails. */
bool measure(struct bench *bench, struct figures *figures);

/* --- measure_size.c and measure_stack.c: what the built firmware says --- */

/* Adds up the parts of "firmware" that are there for the network's sake, from
 * the linker's map and the symbols of its object. */
bool measure_size(struct bench *bench, struct figures *figures);

/* Bytes that the stack of net_invoke() can take at most, from the frames that
 * the compiler reports and the calls in the machine code. */
bool measure_stack(struct bench *bench, struct figures *figures);

/* "arm-none-eabi-objdump" for "arm-none-eabi-gcc"; NULL when memory is out. */
char *binutil(const char *compiler, const char *name);

/* --- bench.c --- */

/* The target of this name. */
bool find_target(const char *name, mf_target_info *target);

/* Feeds the network frames of `input`, random ones if it is NULL, measures it,
 * and holds its outputs to those of `portable`, the same model as portable
 * code. bench_free() is due whether or not that succeeds. */
bool bench_run(struct bench *bench, mf_model *portable, const char *input,
               struct figures *figures);
void bench_free(struct bench *bench, struct figures *figures);

/* --- prove.c --- */

/* What `prove --json` prints, but for the time; NULL, said why, if Frama-C
 * could not be run.  The planning names a target. */
cJSON *prove_json(struct json *json, const char *path, mf_model *model,
                  const struct planning *planning);

/* --- bench_report.c --- */

void report_text(const struct bench *bench, const struct figures *figures);
/* What `bench --json` prints. */
cJSON *bench_json(struct json *json, const struct bench *bench,
                  const struct figures *figures);
bool report_json(const struct bench *bench, const struct figures *figures);

#endif
