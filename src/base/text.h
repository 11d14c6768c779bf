/* A growing run of text in an arena: what the emitter and the dumps write to.
 *
 * Invariant: data is always zero-terminated once anything was appended.  After
 * a failed allocation the text is `failed`, appends do nothing, and the failure
 * has been recorded in the context; test once at the end. */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"

struct text {
    struct context *context;
    char *data;
    size_t size; /* bytes without the terminating zero */
    size_t capacity;
    bool failed;
};

void text_add(struct text *text, const char *bytes, size_t size);
void text_print(struct text *text, const char *format, ...) PRINTF_LIKE(2, 3);

#endif
