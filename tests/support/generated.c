#define _POSIX_C_SOURCE 200809L
#include "generated.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "allocate.h"
#include "base/arena.h"

struct generated {
    struct arena arena;
    uint8_t *file;
    mf_model *model;
    char folder[32];
};

static void need(bool ok, const char *what) {
    if (!ok) {
        perror(what);
        abort();
    }
}

struct generated *generate(struct writer *writer,
                           const mf_compile_options *options) {
    return generate_opened(writer, NULL, options);
}

struct generated *generate_opened(struct writer *writer,
                                  const mf_open_options *open,
                                  const mf_compile_options *options) {
    struct generated *generated = allocate(1, sizeof *generated);
    size_t size;
    generated->file = writer_finish(writer, &size);
    writer_free(writer);
    generated->model =
        mf_model_open(generated->file, size, "test.tflite", open);
    need(generated->model != NULL, "mf_model_open");
    if (!mf_model_ok(generated->model) ||
        !mf_model_compile(generated->model, options)) {
        fail_msg("%s", mf_model_message(generated->model, 0));
    }
    strcpy(generated->folder, "/tmp/microflow-XXXXXX");
    need(mkdtemp(generated->folder) != NULL, "mkdtemp");
    for (size_t i = 0; i < mf_model_file_count(generated->model); i++) {
        const char *data;
        const char *name = mf_model_file(generated->model, i, &data, &size);
        generated_write(generated, name, data, size);
    }
    return generated;
}

void generated_free(struct generated *generated) {
    shell(generated, "rm -rf %s", generated->folder);
    mf_model_close(generated->model);
    arena_free(&generated->arena);
    free(generated->file);
    free(generated);
}

const char *generated_name(const struct generated *generated, size_t i) {
    const char *data;
    size_t size;
    return i < mf_model_file_count(generated->model)
               ? mf_model_file(generated->model, i, &data, &size)
               : NULL;
}

const char *generated_text(const struct generated *generated,
                           const char *name) {
    for (size_t i = 0; i < mf_model_file_count(generated->model); i++) {
        const char *data;
        size_t size;
        if (strcmp(mf_model_file(generated->model, i, &data, &size), name) ==
            0) {
            return data;
        }
    }
    return NULL;
}

mf_model *generated_model(const struct generated *generated) {
    return generated->model;
}

const char *generated_folder(const struct generated *generated) {
    return generated->folder;
}

static int run(const struct generated *generated, const char *command) {
    char line[4096];
    int length = snprintf(line, sizeof line, "cd %s && { %s; }",
                          generated->folder, command);
    need(length > 0 && (size_t)length < sizeof line, "a command");
    int status = system(line);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 255;
}

void shell(const struct generated *generated, const char *format, ...) {
    char command[3072];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    int status = run(generated, command);
    if (status != 0) {
        fail_msg("status %d: %s", status, command);
    }
}

int shell_status(const struct generated *generated, const char *format, ...) {
    char command[3072];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    return run(generated, command);
}

static FILE *open_file(const struct generated *generated, const char *name,
                       const char *mode) {
    char path[512];
    snprintf(path, sizeof path, "%s/%s", generated->folder, name);
    FILE *file = fopen(path, mode);
    need(file != NULL, path);
    return file;
}

void generated_write(const struct generated *generated, const char *name,
                     const void *data, size_t size) {
    FILE *file = open_file(generated, name, "wb");
    need(fwrite(data, 1, size, file) == size && fclose(file) == 0, name);
}

const void *generated_read(struct generated *generated, const char *name,
                           size_t *size) {
    FILE *file = open_file(generated, name, "rb");
    need(fseek(file, 0, SEEK_END) == 0, name);
    long end = ftell(file);
    need(end >= 0 && fseek(file, 0, SEEK_SET) == 0, name);
    *size = (size_t)end;
    char *data = arena_alloc(&generated->arena, *size + 1, 1);
    need(data && fread(data, 1, *size, file) == *size, name);
    fclose(file);
    return data;
}

void need_program(const char *name) {
    char command[128];
    snprintf(command, sizeof command, "command -v %s >/dev/null", name);
    if (system(command) != 0) {
        print_message("skipped: no %s\n", name);
        skip();
    }
}
