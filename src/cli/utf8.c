/* Names in a model are any bytes; what prints them for programs needs UTF-8. */
#include <stdlib.h>
#include <string.h>

#include "cli.h"

/* Bytes of the well-formed UTF-8 sequence at `s` (Unicode, table 3-7), 0 if it
 * is none. */
static size_t sequence_length(const unsigned char *s) {
    static const struct {
        unsigned char first, last;               /* of the first byte */
        unsigned char second_first, second_last; /* of the second */
        unsigned char length;
    } row[] = {{0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2},
               {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
               {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
               {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4},
               {0xf4, 0xf4, 0x80, 0x8f, 4}};
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (s[0] < row[i].first || s[0] > row[i].last) {
            continue;
        }
        if (row[i].length == 1) {
            return 1;
        }
        if (s[1] < row[i].second_first || s[1] > row[i].second_last) {
            return 0;
        }
        for (size_t k = 2; k < row[i].length; k++) {
            if (s[k] < 0x80 || s[k] > 0xbf) {
                return 0;
            }
        }
        return row[i].length;
    }
    return 0;
}

char *utf8_text(const char *bytes) {
    static const char replacement[] = "\xef\xbf\xbd";
    const unsigned char *from = (const unsigned char *)bytes;
    char *text = malloc(3 * strlen(bytes) + 1);
    size_t size = 0;
    if (!text) {
        return NULL;
    }
    while (*from) {
        const size_t length = sequence_length(from);
        memcpy(text + size, length ? (const void *)from : replacement,
               length ? length : 3);
        size += length ? length : 3;
        from += length ? length : 1;
    }
    text[size] = '\0';
    return text;
}
