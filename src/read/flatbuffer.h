/* A bounds-checked reader of FlatBuffers.
 *
 * Invariant: no byte outside [data, data + size) is ever read, whatever the
 * bytes say; alignment is not assumed.  The first fault is recorded in the
 * context with its byte offset and sets `failed`; from then on every read
 * gives its default and every vector is empty, so that a reader may test
 * `failed` once at the end of a step.
 *
 * Work is bounded: each table, string and vector that is opened for iteration
 * takes its bytes from a budget proportional to the file's size, so that a
 * small file whose offsets all meet in one long vector cannot cost quadratic
 * time or memory. */
#ifndef READ_FLATBUFFER_H
#define READ_FLATBUFFER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"

struct flatbuffer {
    struct context *context;
    const uint8_t *data;
    size_t size; /* at most 2^31 - 1 */
    uint64_t budget;
    bool failed;
    const char *fault; /* what was recorded, without the file's name */
};

/* A table; `position` 0 is an absent table, whose fields all read as their
 * defaults. */
struct fb_table {
    struct flatbuffer *buffer;
    size_t position;
    size_t vtable;
    uint16_t vtable_size;
    uint16_t table_size;
};

/* `count` elements of `element_size` bytes from `position`, all inside the
 * buffer.  An absent vector has count 0 and position 0. */
struct fb_vector {
    struct flatbuffer *buffer;
    size_t position;
    uint32_t count;
    uint32_t element_size;
};

/* Opens the root table of a buffer with the four-character identifier. */
bool fb_open(struct flatbuffer *buffer, struct context *context,
             const void *data, size_t size, const char identifier[4],
             struct fb_table *root);

/* Takes bytes from the budget, for work that grows with what is read; records
 * the fault and returns false when too little is left. */
bool fb_charge(struct flatbuffer *buffer, uint64_t bytes);

/* Scalars; `field` counts from 0 in the order of the schema. */
bool fb_has(const struct fb_table *table, int field);
bool fb_bool(const struct fb_table *table, int field, bool absent);
int8_t fb_i8(const struct fb_table *table, int field, int8_t absent);
uint8_t fb_u8(const struct fb_table *table, int field, uint8_t absent);
int32_t fb_i32(const struct fb_table *table, int field, int32_t absent);
uint32_t fb_u32(const struct fb_table *table, int field, uint32_t absent);
uint64_t fb_u64(const struct fb_table *table, int field, uint64_t absent);
float fb_f32(const struct fb_table *table, int field, float absent);

/* A sub-table; absent if the field is. */
struct fb_table fb_sub(const struct fb_table *table, int field);

/* A vector of scalars or offsets for iteration (takes from the budget). */
struct fb_vector fb_vector(const struct fb_table *table, int field,
                           uint32_t element_size);
/* A vector of bytes that is only pointed at (takes nothing). */
struct fb_vector fb_bytes(const struct fb_table *table, int field);

/* Elements; `i` must be below count (a fault of ours, asserted).  What a table
 * takes from the budget is its bytes. */
int32_t fb_vector_i32(const struct fb_vector *vector, uint32_t i);
int64_t fb_vector_i64(const struct fb_vector *vector, uint32_t i);
float fb_vector_f32(const struct fb_vector *vector, uint32_t i);
struct fb_table fb_vector_table(const struct fb_vector *vector, uint32_t i);

/* A string copied to the context's arena (takes from the budget), bytes below
 * 0x20 and 0x7f shown as '?'; "" if absent or unreadable, NULL only when memory
 * is out. */
const char *fb_string(const struct fb_table *table, int field);

#endif
