/* Writes a FlatBuffer from front to back: a parent stands before its children,
 * whose positions are patched into it once they are written.
 *
 * Invariant: every scalar, table and vector stands at a multiple of its
 * alignment from the start of the buffer; equal vtables are written once. */
#ifndef MODELS_FLATBUFFER_BUILDER_H
#define MODELS_FLATBUFFER_BUILDER_H

#include <stddef.h>
#include <stdint.h>

struct builder {
    uint8_t *data;
    size_t size;
    size_t capacity;
    size_t *vtable; /* positions of the vtables written so far */
    size_t vtable_count;
};

enum { BUILDER_MAX_FIELDS = 32 };

/* A table's fields, collected before it is written; starts as {0}. */
struct builder_table {
    int field_count; /* the highest field given, plus 1 */
    struct {
        uint8_t size; /* 0 if the field is left out */
        uint64_t bits;
        size_t position; /* in the buffer, once written */
    } field[BUILDER_MAX_FIELDS];
};

/* Starts a buffer: room for the root's offset, and the identifier. */
void builder_start(struct builder *builder, const char identifier[4]);
void builder_free(struct builder *builder);

/* Fields of a table, counted from 0 in the order of the schema; `size` is 1,
 * 2, 4 or 8 bytes. */
void builder_scalar(struct builder_table *table, int field, int size,
                    uint64_t bits);
void builder_f32(struct builder_table *table, int field, float value);
/* A field that builder_link() will point at a table, vector or string. */
void builder_reference(struct builder_table *table, int field);

/* These write and return the position of what they wrote. */
size_t builder_put_table(struct builder *builder, struct builder_table *table);
/* `count` elements of `size` bytes, little-endian, the first of them at a
 * multiple of `align`. */
size_t builder_put_vector(struct builder *builder, const void *elements,
                          size_t count, size_t size, size_t align);
size_t builder_put_i32s(struct builder *builder, const int32_t *value,
                        size_t count);
size_t builder_put_i64s(struct builder *builder, const int64_t *value,
                        size_t count);
size_t builder_put_f32s(struct builder *builder, const float *value,
                        size_t count);
size_t builder_put_string(struct builder *builder, const char *string);
/* A vector of `count` references, for builder_link_element(). */
size_t builder_put_references(struct builder *builder, size_t count);

/* Points the root, a field or an element at what was written since. */
void builder_link_root(struct builder *builder, size_t target);
void builder_link(struct builder *builder, const struct builder_table *table,
                  int field, size_t target);
void builder_link_element(struct builder *builder, size_t vector, size_t i,
                          size_t target);

/* Bytes that belong to no table, the first at a multiple of `align`; returns
 * their position. */
size_t builder_put_bytes(struct builder *builder, const void *bytes,
                         size_t size, size_t align);
/* Overwrites a scalar field of a table that has been written. */
void builder_set(struct builder *builder, const struct builder_table *table,
                 int field, uint64_t bits);

#endif
