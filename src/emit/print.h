/* How C text is written: literals, wrapped lists and comments.
 *
 * Invariant: no line that a fill writes is longer than LINE_WIDTH, unless a
 * single item is; what is printed depends neither on the locale nor on the
 * host. */
#ifndef EMIT_PRINT_H
#define EMIT_PRINT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "base/text.h"

enum { LINE_WIDTH = 80, LITERAL_SIZE = 32 };

/* A C expression of exactly this value, for any integer type that holds it,
 * also where int has 16 bits. */
const char *int_literal(char buffer[LITERAL_SIZE], int64_t value);
/* The same for float: infinities keep their sign, NaNs become one NaN. */
const char *float_literal(char buffer[LITERAL_SIZE], float value);

/* A list "a, b, c" that is broken into lines. */
struct fill {
    struct text *text;
    int indent; /* of lines after the first */
    int column; /* where the next character goes, from 0 */
    bool empty; /* no item yet on this line */
    bool started;
};

/* Items follow text that ends at `column`, or on a line of their own. */
struct fill fill_after(struct text *text, int indent, int column);
struct fill fill_below(struct text *text, int indent);
/* Adds an item, before it a comma and, where the line is full, a new line.
 * `reserve` columns stay free behind it for what closes the list. */
void fill_add(struct fill *fill, const char *item, int reserve);

/* Items of a list, to be laid out once their length is known. */
struct items {
    const char **item;
    size_t count, capacity;
    size_t length; /* characters, with ", " between items */
};

/* Capacity 0 when memory is out, which the context then says. */
struct items items_new(struct context *context, size_t capacity);
/* Past the capacity items are dropped. */
void items_add(struct items *items, const char *item);
/* All of them; `reserve` columns stay free behind the last. */
void items_print(const struct items *items, struct fill fill, int reserve);

/* A formatted item; "" when memory is out, which the context then says. */
#define ITEM(context, ...) item_or_empty(context_format((context), __VA_ARGS__))
const char *item_or_empty(const char *item);

/* What a header starts with behind its includes, and ends with: C++ is told
 * that it is C. */
void linkage_open(struct text *text);
void linkage_close(struct text *text);

/* A name from the model made harmless inside a comment: plain ASCII of at most
 * `limit` characters that neither ends the comment nor opens one, with no
 * backslash and no trigraph.  NULL when memory is out. */
const char *comment_name(struct context *context, const char *name,
                         size_t limit);

#endif
