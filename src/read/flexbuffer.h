/* A bounds-checked reader of the options of custom operators: a FlexBuffer
 * whose root is a map from names to numbers.
 *
 * Invariant: no byte outside [data, data + size) is ever read, whatever the
 * bytes say; alignment is not assumed.  The first fault sets `fault`; from then
 * on every read gives its default, so that a reader may test `fault` once at
 * the end.  Nothing is allocated, and a look-up takes time linear in the size.
 */
#ifndef READ_FLEXBUFFER_H
#define READ_FLEXBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct flexbuffer {
    const uint8_t *data;
    size_t size;
    /* Of the map: where its values, their types and its keys start; all are
     * inside the buffer. */
    size_t values, types, keys;
    size_t count;                   /* entries; 0 if there are no options */
    uint8_t value_width, key_width; /* bytes: 1, 2, 4 or 8 */
    const char *fault;              /* NULL: none so far */
};

/* Opens the map; no bytes at all make an empty one. */
struct flexbuffer flex_open(const uint8_t *data, size_t size);

/* Entries by name, `absent` where there is none or it is null.  Numbers are
 * converted to what is asked for; what it cannot hold, and what is no number,
 * is a fault. */
bool flex_has(struct flexbuffer *buffer, const char *key);
bool flex_bool(struct flexbuffer *buffer, const char *key, bool absent);
int32_t flex_i32(struct flexbuffer *buffer, const char *key, int32_t absent);
float flex_f32(struct flexbuffer *buffer, const char *key, float absent);

#endif
