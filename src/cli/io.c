/* Reading models, and the words for files and tensors in messages. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* FlatBuffers address their bytes with 31 bits. */
static const size_t size_limit = INT32_MAX;

void complain(const char *path, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    fprintf(stderr, "%s: ", path);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    va_end(arguments);
}

const char *input_name(const char *path) {
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

/* Bytes of a regular file, 0 if it is none. */
static uintmax_t regular_size(int file) {
    struct stat status;
    if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
        status.st_size > 0) {
        return (uintmax_t)status.st_size;
    }
    return 0;
}

static bool fail_size(const char *name) {
    complain(name, "has more than %zu bytes, the most a model can have",
             size_limit);
    return false;
}

static bool read_all(int file, const char *name, char **bytes, size_t *size) {
    const uintmax_t expected = regular_size(file);
    if (expected > size_limit) {
        return fail_size(name);
    }
    /* One byte more than expected shows the end. */
    size_t capacity = expected > 0 ? (size_t)expected + 1 : 65536;
    *size = 0;
    *bytes = malloc(capacity);
    while (*bytes) {
        const ssize_t got = read(file, *bytes + *size, capacity - *size);
        if (got == 0) {
            return true;
        }
        if (got < 0 && errno != EINTR) {
            complain(name, "cannot be read: %s", strerror(errno));
            return false;
        }
        *size += got > 0 ? (size_t)got : 0;
        if (*size > size_limit) {
            return fail_size(name);
        }
        if (*size == capacity) {
            capacity *= 2;
            char *more = realloc(*bytes, capacity);
            if (!more) {
                free(*bytes);
            }
            *bytes = more;
        }
    }
    complain(name, "out of memory");
    return false;
}

bool read_file(const char *path, char **bytes, size_t *size) {
    const bool is_stdin = strcmp(path, "-") == 0;
    const char *name = input_name(path);
    const int file = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    *bytes = NULL;
    if (file < 0) {
        complain(name, "cannot be read: %s", strerror(errno));
        return false;
    }
    const bool ok = read_all(file, name, bytes, size);
    if (!is_stdin) {
        close(file);
    }
    if (!ok) {
        free(*bytes);
        *bytes = NULL;
    }
    return ok;
}

void print_messages(const mf_model *model) {
    const char *message;
    for (size_t i = 0; (message = mf_model_message(model, i)) != NULL; i++) {
        fprintf(stderr, "%s\n", message);
    }
}

bool load(const char *path, const mf_open_options *options,
          struct loaded *loaded) {
    loaded->model = NULL;
    if (!read_file(path, &loaded->bytes, &loaded->size)) {
        return false;
    }
    loaded->model =
        mf_model_open(loaded->bytes, loaded->size, input_name(path), options);
    if (!loaded->model) {
        complain(input_name(path), "out of memory");
        return false;
    }
    if (!mf_model_ok(loaded->model)) {
        print_messages(loaded->model);
        return false;
    }
    return true;
}

void unload(struct loaded *loaded) {
    mf_model_close(loaded->model);
    free(loaded->bytes);
}

bool flush_stdout(void) {
    errno = 0;
    if (fflush(stdout) == 0 && !ferror(stdout)) {
        return true;
    }
    complain("standard output", "cannot be written: %s",
             errno ? strerror(errno) : "an earlier write failed");
    clearerr(stdout);
    return false;
}

void format_shape(char text[SHAPE_TEXT], const mf_tensor_info *tensor) {
    size_t length = 0;
    if (tensor->rank == 0) {
        snprintf(text, SHAPE_TEXT, "scalar");
    }
    for (int32_t i = 0; i < tensor->rank; i++) {
        length +=
            (size_t)snprintf(text + length, SHAPE_TEXT - length, "%s%" PRId32,
                             i ? "x" : "", tensor->shape[i]);
    }
}

void print_tensor(FILE *file, const mf_tensor_info *tensor) {
    char shape[SHAPE_TEXT];
    format_shape(shape, tensor);
    fprintf(file, "\"%s\" %s %s", tensor->name, tensor->type, shape);
}
