#include "emit/print.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

const char *int_literal(char buffer[LITERAL_SIZE], int64_t value) {
    /* C has no negative literals: the magnitude alone would not fit. */
    if (value == INT32_MIN) {
        return strcpy(buffer, "(-2147483647 - 1)");
    }
    if (value == INT64_MIN) {
        return strcpy(buffer, "(-9223372036854775807 - 1)");
    }
    char *digit = buffer + LITERAL_SIZE - 1;
    uint64_t rest = (uint64_t)(value < 0 ? -value : value);
    *digit = '\0';
    do {
        *--digit = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0) {
        *--digit = '-';
    }
    return digit;
}

/* Writes what printf made of a finite float as C wants it, whatever decimal
 * point the locale has. */
static void add_digits(char *out, const char *printed) {
    bool is_float = false;
    while (*printed) {
        if (strchr("0123456789+-e", *printed)) {
            is_float = is_float || *printed == 'e';
            *out++ = *printed++;
        } else {
            is_float = true;
            *out++ = '.';
            printed += strcspn(printed, "0123456789");
        }
    }
    strcpy(out, is_float ? "f" : ".0f");
}

const char *float_literal(char buffer[LITERAL_SIZE], float value) {
    if (isnan(value)) {
        return strcpy(buffer, "(0.0f / 0.0f)");
    }
    if (isinf(value)) {
        return strcpy(buffer, value < 0 ? "(-1.0f / 0.0f)" : "(1.0f / 0.0f)");
    }
    /* Nine digits tell all floats apart; fewer often do. */
    char printed[LITERAL_SIZE];
    for (int digits = 6; digits <= 9; digits++) {
        snprintf(printed, sizeof printed, "%.*g", digits, (double)value);
        if (strtof(printed, NULL) == value) {
            break;
        }
    }
    add_digits(buffer, printed);
    return buffer;
}

struct fill fill_after(struct text *text, int indent, int column) {
    return (struct fill){
        .text = text, .indent = indent, .column = column, .empty = true};
}

static void new_line(struct fill *fill) {
    text_print(fill->text, "\n%*s", fill->indent, "");
    fill->column = fill->indent;
    fill->empty = true;
}

struct fill fill_below(struct text *text, int indent) {
    struct fill fill = {.text = text, .indent = indent};
    new_line(&fill);
    return fill;
}

void fill_add(struct fill *fill, const char *item, int reserve) {
    size_t length = strlen(item);
    if (fill->started) {
        text_add(fill->text, ",", 1);
        fill->column++;
    }
    if (!fill->empty) {
        /* A space before the item, a comma or the end behind it. */
        int behind = reserve > 1 ? reserve : 1;
        if (fill->column + 1 + (int)length + behind > LINE_WIDTH) {
            new_line(fill);
        } else {
            text_add(fill->text, " ", 1);
            fill->column++;
        }
    }
    text_add(fill->text, item, length);
    fill->column += (int)length;
    fill->empty = false;
    fill->started = true;
}

struct items items_new(struct context *context, size_t capacity) {
    struct items items = {.item = CONTEXT_NEW(context, const char *, capacity)};
    items.capacity = items.item ? capacity : 0;
    return items;
}

void items_add(struct items *items, const char *item) {
    if (items->count < items->capacity) {
        items->length += strlen(item) + (items->count ? 2 : 0);
        items->item[items->count++] = item;
    }
}

void items_print(const struct items *items, struct fill fill, int reserve) {
    for (size_t i = 0; i < items->count; i++) {
        fill_add(&fill, items->item[i], i + 1 < items->count ? 1 : reserve);
    }
}

const char *item_or_empty(const char *item) {
    return item ? item : "";
}

const char *comment_name(struct context *context, const char *name,
                         size_t limit) {
    char *out = context_alloc(context, limit + 1, 1);
    if (!out) {
        return NULL;
    }
    size_t length = 0;
    char last = '\0';
    for (; *name && length < limit; name++) {
        unsigned char byte = (unsigned char)*name;
        if (byte >= 0x80 && byte < 0xC0) {
            continue; /* the rest of a UTF-8 character */
        }
        char c = byte < 0x20 || byte > 0x7E || byte == '\\' ? '_' : *name;
        bool pair = (last == '*' && c == '/') || (last == '/' && c == '*') ||
                    (last == '?' && c == '?');
        out[length++] = pair ? '_' : c;
        last = out[length - 1];
    }
    if (*name && limit > 3) {
        memcpy(out + length - 3, "...", 3);
    }
    return out;
}

void linkage_open(struct text *text) {
    text_print(text, "#ifdef __cplusplus\n"
                     "extern \"C\" {\n"
                     "#endif\n"
                     "\n");
}

void linkage_close(struct text *text) {
    text_print(text, "\n"
                     "#ifdef __cplusplus\n"
                     "}\n"
                     "#endif\n"
                     "\n"
                     "#endif\n");
}
