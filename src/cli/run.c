/* microflow run: frames in, outputs out, computed on this machine.
 *
 * Frames lie back to back; a frame is every input in model order, raw
 * little-endian elements.  State runs on from frame to frame. */
#include <errno.h>
#include <getopt.h>
#include <inttypes.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "cli.h"

static const struct option options[] = {
    {"input", required_argument, NULL, 'i'},
    {"output", required_argument, NULL, 'o'},
    PLANNING_OPTIONS,
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow run MODEL --input FILE --output FILE\n"
    "Runs a model (.tflite) on this machine, with the kernels and to the bit\n"
    "the results of the C that compile writes.\n"
    "\n"
    "  -i, --input FILE   frames back to back; a frame is every input tensor "
    "in\n"
    "                     model order, raw little-endian elements\n"
    "  -o, --output FILE  for each frame, every output tensor likewise\n"
    "  -t, --target, --optimize, --ram-limit, --region\n"
    "                     run it as compile would plan it with these: the "
    "same\n"
    "                     bits, for tests\n"
    "  -h, --help         print this help\n"
    "\n"
    "MODEL or --input can be - for standard input, --output can be - for\n"
    "standard output.  FILE of --output appears when all frames are done, and\n"
    "not at all if that fails.\n";

struct job {
    mf_model *model;
    FILE *input, *output;
    const char *input_path, *output_path; /* for messages */
    uint64_t frame_size;                  /* bytes of all inputs */
    uint64_t input_size;                  /* bytes; 0 while unknown */
    uint64_t bytes_read;
};

/* --- Progress: after two seconds, on a terminal only --- */

struct progress {
    bool wanted, shown;
    struct timespec start, last;
};

static double seconds(const struct timespec *from, const struct timespec *to) {
    return (double)(to->tv_sec - from->tv_sec) +
           1e-9 * (double)(to->tv_nsec - from->tv_nsec);
}

static void start_progress(struct progress *progress) {
    *progress = (struct progress){.wanted = isatty(STDERR_FILENO) == 1};
    clock_gettime(CLOCK_MONOTONIC, &progress->start);
    progress->last = progress->start;
}

static void show_progress(struct progress *progress, const struct job *job,
                          uint64_t frames) {
    struct timespec now;
    if (!progress->wanted) {
        return;
    }
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (seconds(&progress->start, &now) < 2 ||
        (progress->shown && seconds(&progress->last, &now) < 0.2)) {
        return;
    }
    fprintf(stderr, "\r%" PRIu64 " frames", frames);
    if (job->input_size > 0 && job->frame_size > 0) {
        fprintf(stderr, " of %" PRIu64, job->input_size / job->frame_size);
    }
    fflush(stderr);
    progress->shown = true;
    progress->last = now;
}

static void end_progress(const struct progress *progress) {
    if (progress->shown) {
        fputs("\r\033[K", stderr);
    }
}

/* --- Frames --- */

static uint64_t frame_size(const mf_model *model) {
    uint64_t size = 0;
    for (size_t i = 0; i < mf_model_input_count(model); i++) {
        size += mf_model_input(model, i).size;
    }
    return size;
}

static void complain_length(const struct job *job, uint64_t found) {
    const size_t count = mf_model_input_count(job->model);
    fprintf(stderr, "%s: is %" PRIu64 " bytes, ", job->input_path, found);
    if (count == 0) {
        fputs("must be empty: the model has no inputs\n", stderr);
        return;
    }
    fprintf(stderr, "must be a multiple of %" PRIu64 ", a frame's inputs: ",
            job->frame_size);
    for (size_t i = 0; i < count; i++) {
        const mf_tensor_info tensor = mf_model_input(job->model, i);
        fputs(i ? ", " : "", stderr);
        print_tensor(stderr, &tensor);
    }
    fputc('\n', stderr);
}

/* The length of a regular file is known, so a wrong one is refused before any
 * work is done. */
static bool check_length(struct job *job) {
    struct stat status;
    if (fstat(fileno(job->input), &status) != 0 || !S_ISREG(status.st_mode)) {
        return true;
    }
    const off_t position = ftello(job->input);
    if (position < 0 || position > status.st_size) {
        return true;
    }
    job->input_size = (uint64_t)(status.st_size - position);
    const bool whole = job->frame_size > 0
                           ? job->input_size % job->frame_size == 0
                           : job->input_size == 0;
    if (!whole) {
        complain_length(job, job->input_size);
    }
    return whole;
}

enum reading { READING_FRAME, READING_END, READING_FAILED };

static enum reading read_frame(struct job *job) {
    uint64_t got = 0;
    for (size_t i = 0; i < mf_model_input_count(job->model); i++) {
        const size_t size = mf_model_input(job->model, i).size;
        void *data = mf_model_input_data(job->model, i);
        if (!data) {
            complain(job->input_path, "out of memory");
            return READING_FAILED;
        }
        got += fread(data, 1, size, job->input);
    }
    if (ferror(job->input)) {
        complain(job->input_path, "cannot be read: %s", strerror(errno));
        return READING_FAILED;
    }
    job->bytes_read += got;
    if (got == job->frame_size) {
        return READING_FRAME;
    }
    if (got == 0) {
        return READING_END;
    }
    complain_length(job, job->bytes_read);
    return READING_FAILED;
}

/* A reader at the other end of a pipe gets each frame when it is done. */
static bool write_frame(struct job *job) {
    for (size_t i = 0; i < mf_model_output_count(job->model); i++) {
        const size_t size = mf_model_output(job->model, i).size;
        const void *data = mf_model_output_data(job->model, i);
        if (!data) {
            complain(job->output_path, "out of memory");
            return false;
        }
        if (fwrite(data, 1, size, job->output) != size) {
            complain(job->output_path, "cannot be written: %s",
                     strerror(errno));
            return false;
        }
    }
    if (fflush(job->output) != 0) {
        complain(job->output_path, "cannot be written: %s", strerror(errno));
        return false;
    }
    return true;
}

static bool run_frame(struct job *job) {
    if (!mf_model_invoke(job->model)) {
        print_messages(job->model);
        return false;
    }
    return write_frame(job);
}

/* Without inputs there is one frame, and nothing may be read. */
static bool run_without_inputs(struct job *job) {
    if (fgetc(job->input) != EOF) {
        complain_length(job, 1);
        return false;
    }
    return run_frame(job);
}

static bool run_frames(struct job *job) {
    struct progress progress;
    enum reading reading;
    bool ok = true;
    if (mf_model_input_count(job->model) == 0) {
        return run_without_inputs(job);
    }
    start_progress(&progress);
    for (uint64_t frames = 0; ok && (reading = read_frame(job)) != READING_END;
         frames++) {
        show_progress(&progress, job, frames);
        ok = reading == READING_FRAME && run_frame(job);
    }
    end_progress(&progress);
    return ok;
}

/* --- Files --- */

static bool run_to_output(struct job *job) {
    if (!check_length(job)) {
        return false;
    }
    if (strcmp(job->output_path, "-") == 0) {
        job->output = stdout;
        job->output_path = "standard output";
        return run_frames(job);
    }
    job->output = output_open(job->output_path);
    return job->output && run_frames(job) && output_commit();
}

static bool run_model(const char *model, const mf_open_options *how,
                      const char *input, const char *output) {
    struct loaded loaded = {0};
    const bool is_stdin = strcmp(input, "-") == 0;
    bool ok = load(model, how, &loaded);
    if (ok) {
        struct job job = {.model = loaded.model,
                          .input = is_stdin ? stdin : fopen(input, "rb"),
                          .input_path = input_name(input),
                          .output_path = output,
                          .frame_size = frame_size(loaded.model)};
        if (job.input) {
            ok = run_to_output(&job);
        } else {
            complain(input, "cannot be read: %s", strerror(errno));
            ok = false;
        }
        if (job.input && !is_stdin) {
            fclose(job.input);
        }
    }
    unload(&loaded);
    return ok;
}

static enum status run(const struct command *command, int argc, char **argv) {
    struct arguments arguments = {command, argc, argv, false};
    const char *model = NULL, *input = NULL, *output = NULL;
    struct planning planning = {0};
    int argument;
    while ((argument = next_argument(&arguments)) != ARGUMENT_END) {
        if (argument == ARGUMENT_HELP) {
            fputs(command->help, stdout);
            return STATUS_OK;
        }
        if (argument == 'i') {
            input = optarg;
        } else if (argument == 'o') {
            output = optarg;
        } else if (argument == ARGUMENT_OPERAND
                       ? !take_model(command, &model)
                       : !take_planning(command, argument, &planning)) {
            return STATUS_USAGE;
        }
    }
    if (!model || !input || !output) {
        return wrong_usage(command->name, "%s is missing",
                           !model   ? "MODEL"
                           : !input ? "--input FILE"
                                    : "--output FILE");
    }
    if (strcmp(model, "-") == 0 && strcmp(input, "-") == 0) {
        return wrong_usage(command->name,
                           "MODEL and --input cannot both be standard input");
    }
    settle_planning(&planning);
    return run_model(model, &planning.open, input, output) ? STATUS_OK
                                                           : STATUS_FAILED;
}

const struct command run_command = {
    .name = "run",
    .summary = "run a model on this machine",
    .help = help,
    .short_options = "-:i:o:t:h",
    .options = options,
    .run = run,
};
