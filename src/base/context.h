/* What one compilation owns: its memory and what went wrong.
 *
 * Invariant: a function that returned false (or NULL) has recorded at least one
 * message here; messages appear in the order in which they were found. */
#ifndef BASE_CONTEXT_H
#define BASE_CONTEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/arena.h"

#if defined(__GNUC__)
#define PRINTF_LIKE(text, arguments)                                           \
    __attribute__((format(printf, text, arguments)))
#else
#define PRINTF_LIKE(text, arguments)
#endif

struct message {
    const char *text; /* one line, no newline, starts with the file's name */
    struct message *next;
};

/* An operator that the program brings along: its custom_code, the header that
 * declares its function, the function. */
struct custom_op {
    const char *name, *header, *function;
    const struct custom_op *next;
};

struct context {
    struct arena arena;
    const char *file;               /* how messages call the model */
    const struct custom_op *custom; /* those that are declared, by the caller */
    struct message *first, *last;
    int message_count;            /* at most MESSAGE_LIMIT are kept */
    struct message out_of_memory; /* used when there is none for another */
};

enum { MESSAGE_LIMIT = 100 };

/* Records "FILE: text" and returns false, so that a caller can write
 * `return context_fail(...)`. */
bool context_fail(struct context *context, const char *format, ...)
    PRINTF_LIKE(2, 3);

/* arena_alloc(); when memory is out, records so and returns NULL. */
void *context_alloc(struct context *context, size_t count, size_t size);

/* A formatted string in the context's arena, or NULL when memory is out. */
char *context_format(struct context *context, const char *format, ...)
    PRINTF_LIKE(2, 3);

#define CONTEXT_NEW(context, type, count)                                      \
    ((type *)context_alloc((context), (count), sizeof(type)))

#endif
