/* Generated code for tests: compiles a model to C in a folder of its own, and
 * runs compilers and programs there.
 *
 *     struct generated *g = generate(writer, &(mf_compile_options){
 *                                                .name = "net",
 *                                                .driver = true});
 *     shell(g, "gcc " STRICT_C99 " -o net *.c -lm");
 *     generated_write(g, "in", bytes, size);
 *     shell(g, "./net <in >out");
 *     ... generated_read(g, "out", &size) ...
 *     generated_free(g);
 *
 * Misuse and lack of memory end the program. */
#ifndef TESTS_SUPPORT_GENERATED_H
#define TESTS_SUPPORT_GENERATED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "microflow.h"
#include "tflite_writer.h"

/* How strictly generated code has to compile. */
#define STRICT                                                                 \
    "-Wall -Wextra -pedantic -Wconversion -Wshadow -Wvla -Wundef "             \
    "-Wstrict-prototypes -Werror"
#define STRICT_C99 "-std=c99 " STRICT

struct generated;

/* Takes and frees the writer; its model, "test.tflite" to messages, has to
 * compile.  The folder holds the files. */
struct generated *generate(struct writer *writer,
                           const mf_compile_options *options);
/* The same of a model that is opened with options; they may be NULL. */
struct generated *generate_opened(struct writer *writer,
                                  const mf_open_options *open,
                                  const mf_compile_options *options);
void generated_free(struct generated *generated);

/* The text of a generated file; NULL if there is none of that name. */
const char *generated_text(const struct generated *generated, const char *name);
/* File i in the order of emission; NULL past the end. */
const char *generated_name(const struct generated *generated, size_t i);
mf_model *generated_model(const struct generated *generated);
const char *generated_folder(const struct generated *generated);

/* Runs a command in the folder: fails the test unless its status is 0. */
void shell(const struct generated *generated, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, giving the status. */
int shell_status(const struct generated *generated, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Files in the folder.  What is read is freed with the folder. */
void generated_write(const struct generated *generated, const char *name,
                     const void *data, size_t size);
const void *generated_read(struct generated *generated, const char *name,
                           size_t *size);

/* Skips the running test, saying so, unless the program can be found. */
void need_program(const char *name);

#endif
