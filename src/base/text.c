#include "base/text.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* Makes room for `more` bytes and a terminating zero.  The old storage stays
 * in the arena: doubling keeps the waste below the text's own size. */
static bool reserve(struct text *text, size_t more) {
    if (text->failed) {
        return false;
    }
    if (more < text->capacity - text->size) {
        return true;
    }
    if (more > SIZE_MAX / 4 - text->size) {
        text->failed = true;
        context_fail(text->context, "the output is too large");
        return false;
    }
    size_t capacity = 2 * (text->size + more) + 256;
    char *data = context_alloc(text->context, capacity, 1);
    if (!data) {
        text->failed = true;
        return false;
    }
    if (text->size) {
        memcpy(data, text->data, text->size);
    }
    text->data = data;
    text->capacity = capacity;
    return true;
}

void text_add(struct text *text, const char *bytes, size_t size) {
    if (!reserve(text, size)) {
        return;
    }
    memcpy(text->data + text->size, bytes, size);
    text->size += size;
    text->data[text->size] = '\0';
}

void text_print(struct text *text, const char *format, ...) {
    va_list arguments, again;
    va_start(arguments, format);
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length >= 0 && reserve(text, (size_t)length)) {
        vsnprintf(text->data + text->size, (size_t)length + 1, format,
                  arguments);
        text->size += (size_t)length;
    }
    va_end(arguments);
}
