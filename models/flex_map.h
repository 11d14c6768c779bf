/* Makes FlexBuffers: a map from names to numbers, as converters write the
 * options of custom operators. */
#ifndef MODELS_FLEX_MAP_H
#define MODELS_FLEX_MAP_H

#include <stddef.h>
#include <stdint.h>

enum flex_kind {
    FLEX_NULL = 0,
    FLEX_INT = 1,
    FLEX_UINT = 2,
    FLEX_FLOAT = 3,
    FLEX_STRING = 5, /* not a number */
    FLEX_INDIRECT_INT = 6,
    FLEX_INDIRECT_FLOAT = 8,
    FLEX_BOOL = 26
};

struct flex_entry {
    const char *key;
    enum flex_kind kind;
    double value;
};

enum { FLEX_MAP_BYTES = 1024 };

/* Writes the map with values of `width` bytes (1, 2, 4 or 8; floats need 4 or
 * 8; indirect values have 8), keys in the order given; returns its size. */
size_t flex_map(uint8_t bytes[FLEX_MAP_BYTES], int width,
                const struct flex_entry *entry, int count);

#endif
