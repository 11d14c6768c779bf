#include "flex_map.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>

enum { MOST_ENTRIES = 32, KIND_MAP = 9 };

struct out {
    uint8_t *bytes;
    size_t size;
};

static void put(struct out *out, uint64_t x, int width) {
    assert(out->size + 8 <= FLEX_MAP_BYTES);
    for (int i = 0; i < width; i++) {
        out->bytes[out->size++] = (uint8_t)(x >> (8 * i));
    }
}

static uint64_t value_bits(const struct flex_entry *entry, int width) {
    uint64_t bits = 0;
    const float single = (float)entry->value;
    uint32_t narrow = 0;
    if (entry->kind != FLEX_FLOAT && entry->kind != FLEX_INDIRECT_FLOAT) {
        return (uint64_t)(int64_t)entry->value;
    }
    memcpy(&bits, &entry->value, 8);
    memcpy(&narrow, &single, 4);
    return width == 8 ? bits : narrow;
}

static bool is_indirect(const struct flex_entry *entry) {
    return entry->kind == FLEX_INDIRECT_INT ||
           entry->kind == FLEX_INDIRECT_FLOAT;
}

static int width_log(int width) {
    return width == 8 ? 3 : width == 4 ? 2 : width == 2 ? 1 : 0;
}

size_t flex_map(uint8_t bytes[FLEX_MAP_BYTES], int width,
                const struct flex_entry *entry, int count) {
    struct out out = {bytes, 0};
    size_t key[MOST_ENTRIES], indirect[MOST_ENTRIES];
    assert(count <= MOST_ENTRIES);
    for (int i = 0; i < count; i++) {
        key[i] = out.size;
        for (size_t k = 0; k <= strlen(entry[i].key); k++) {
            put(&out, (uint8_t)entry[i].key[k], 1);
        }
        indirect[i] = out.size;
        if (is_indirect(&entry[i])) {
            put(&out, value_bits(&entry[i], 8), 8);
        }
    }
    put(&out, (uint64_t)count, 2);
    const size_t keys = out.size;
    for (int i = 0; i < count; i++) {
        put(&out, out.size - key[i], 2);
    }
    put(&out, out.size - keys, width);
    put(&out, 2, width); /* bytes a key */
    put(&out, (uint64_t)count, width);
    const size_t map = out.size;
    for (int i = 0; i < count; i++) {
        put(&out,
            is_indirect(&entry[i]) ? out.size - indirect[i]
                                   : value_bits(&entry[i], width),
            width);
    }
    for (int i = 0; i < count; i++) {
        const int log = is_indirect(&entry[i]) ? 3 : width_log(width);
        put(&out, (uint64_t)entry[i].kind << 2 | (uint64_t)log, 1);
    }
    const size_t root = out.size;
    put(&out, root - map, 2);
    put(&out, KIND_MAP << 2 | (uint64_t)width_log(width), 1);
    put(&out, 2, 1);
    return out.size;
}
