#include "base/context.h"

#include <stdarg.h>
#include <stdio.h>

static char *format_text(struct context *context, const char *format,
                         va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) {
        return NULL;
    }
    char *text = arena_alloc(&context->arena, (size_t)length + 1, 1);
    if (text) {
        vsnprintf(text, (size_t)length + 1, format, arguments);
    }
    return text;
}

static void record(struct context *context, struct message *message) {
    if (context->last) {
        context->last->next = message;
    } else {
        context->first = message;
    }
    context->last = message;
    context->message_count++;
}

/* Memory may be out just when that has to be said: the words stand here. */
static bool fail_memory(struct context *context) {
    struct message *message =
        arena_alloc(&context->arena, 1, sizeof(struct message));
    if (!message) {
        if (context->out_of_memory.text) {
            return false;
        }
        message = &context->out_of_memory;
    }
    message->text = "out of memory";
    record(context, message);
    return false;
}

bool context_fail(struct context *context, const char *format, ...) {
    if (context->message_count >= MESSAGE_LIMIT) {
        return false;
    }
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(context, format, arguments);
    va_end(arguments);
    struct message *message =
        arena_alloc(&context->arena, 1, sizeof(struct message));
    char *line =
        text ? context_format(context, "%s: %s", context->file, text) : NULL;
    if (!message || !line) {
        return fail_memory(context);
    }
    message->text = line;
    record(context, message);
    return false;
}

void *context_alloc(struct context *context, size_t count, size_t size) {
    void *p = arena_alloc(&context->arena, count, size);
    if (!p) {
        fail_memory(context);
    }
    return p;
}

char *context_format(struct context *context, const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = format_text(context, format, arguments);
    va_end(arguments);
    if (!text) {
        fail_memory(context);
    }
    return text;
}
