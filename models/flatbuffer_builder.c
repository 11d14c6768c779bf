/* See flatbuffer_builder.h; the format is FlatBuffers' "internals" page. */
#include "flatbuffer_builder.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"

/* Appends `size` bytes, zeros if there are none to copy. */
static size_t append(struct builder *builder, const void *bytes, size_t size) {
    size_t position = builder->size;
    if (size > builder->capacity - builder->size) {
        builder->capacity = (builder->size + size) * 2;
        builder->data = reallocate(builder->data, builder->capacity, 1);
    }
    if (size > 0 && bytes != NULL) {
        memcpy(builder->data + position, bytes, size);
    } else if (size > 0) {
        memset(builder->data + position, 0, size);
    }
    builder->size += size;
    return position;
}

/* Pads so that position + ahead becomes a multiple of align. */
static void pad(struct builder *builder, size_t ahead, size_t align) {
    size_t over = (builder->size + ahead) % align;
    append(builder, NULL, over == 0 ? 0 : align - over);
}

static void store(uint8_t *at, uint64_t bits, size_t size) {
    for (size_t i = 0; i < size; i++) {
        at[i] = (uint8_t)(bits >> (8 * i));
    }
}

static void point(struct builder *builder, size_t slot, size_t target) {
    assert(target > slot && target - slot <= INT32_MAX);
    store(builder->data + slot, target - slot, 4);
}

void builder_start(struct builder *builder, const char identifier[4]) {
    memset(builder, 0, sizeof *builder);
    append(builder, NULL, 4);
    append(builder, identifier, 4);
}

void builder_free(struct builder *builder) {
    free(builder->data);
    free(builder->vtable);
    memset(builder, 0, sizeof *builder);
}

void builder_scalar(struct builder_table *table, int field, int size,
                    uint64_t bits) {
    assert(field >= 0 && field < BUILDER_MAX_FIELDS);
    assert(size == 1 || size == 2 || size == 4 || size == 8);
    table->field[field].size = (uint8_t)size;
    table->field[field].bits = bits;
    if (table->field_count <= field) {
        table->field_count = field + 1;
    }
}

void builder_f32(struct builder_table *table, int field, float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    builder_scalar(table, field, 4, bits);
}

void builder_reference(struct builder_table *table, int field) {
    builder_scalar(table, field, 4, 0);
}

/* The position of this vtable, written if no equal one was. */
static size_t put_vtable(struct builder *builder, const uint8_t *vtable,
                         size_t size) {
    for (size_t i = 0; i < builder->vtable_count; i++) {
        if (memcmp(builder->data + builder->vtable[i], vtable, 2) == 0 &&
            memcmp(builder->data + builder->vtable[i], vtable, size) == 0) {
            return builder->vtable[i];
        }
    }
    pad(builder, 0, 2);
    builder->vtable = reallocate(builder->vtable, builder->vtable_count + 1,
                                 sizeof *builder->vtable);
    size_t position = append(builder, vtable, size);
    builder->vtable[builder->vtable_count++] = position;
    return position;
}

size_t builder_put_table(struct builder *builder, struct builder_table *table) {
    uint8_t vtable[4 + 2 * BUILDER_MAX_FIELDS] = {0};
    size_t vtable_size = 4 + 2 * (size_t)table->field_count;
    size_t align = 4;
    size_t end = 4; /* of the table so far, after the vtable's offset */

    /* The widest first: no padding between fields. */
    for (size_t size = 8; size >= 1; size /= 2) {
        for (int i = 0; i < table->field_count; i++) {
            if (table->field[i].size != size) {
                continue;
            }
            if (size > align) {
                align = size;
            }
            end = (end + size - 1) / size * size;
            store(vtable + 4 + 2 * i, end, 2);
            table->field[i].position = end;
            end += size;
        }
    }
    store(vtable, vtable_size, 2);
    store(vtable + 2, end, 2);

    size_t vtable_position = put_vtable(builder, vtable, vtable_size);
    pad(builder, 0, align);
    size_t position = append(builder, NULL, end);
    store(builder->data + position, position - vtable_position, 4);
    for (int i = 0; i < table->field_count; i++) {
        if (table->field[i].size != 0) {
            table->field[i].position += position;
            builder_set(builder, table, i, table->field[i].bits);
        }
    }
    return position;
}

size_t builder_put_vector(struct builder *builder, const void *elements,
                          size_t count, size_t size, size_t align) {
    assert(count <= UINT32_MAX);
    /* The count itself needs 4, which a lesser alignment would not give. */
    pad(builder, 4, align > 4 ? align : 4);
    size_t position = append(builder, NULL, 4);
    store(builder->data + position, count, 4);
    append(builder, elements, count * size);
    return position;
}

size_t builder_put_i32s(struct builder *builder, const int32_t *value,
                        size_t count) {
    size_t position = builder_put_vector(builder, NULL, count, 4, 4);
    for (size_t i = 0; i < count; i++) {
        store(builder->data + position + 4 + 4 * i, (uint32_t)value[i], 4);
    }
    return position;
}

size_t builder_put_i64s(struct builder *builder, const int64_t *value,
                        size_t count) {
    size_t position = builder_put_vector(builder, NULL, count, 8, 8);
    for (size_t i = 0; i < count; i++) {
        store(builder->data + position + 4 + 8 * i, (uint64_t)value[i], 8);
    }
    return position;
}

size_t builder_put_f32s(struct builder *builder, const float *value,
                        size_t count) {
    size_t position = builder_put_vector(builder, NULL, count, 4, 4);
    for (size_t i = 0; i < count; i++) {
        uint32_t bits;
        memcpy(&bits, &value[i], sizeof bits);
        store(builder->data + position + 4 + 4 * i, bits, 4);
    }
    return position;
}

size_t builder_put_string(struct builder *builder, const char *string) {
    size_t position = builder_put_vector(builder, string, strlen(string), 1, 1);
    append(builder, NULL, 1); /* the zero that strings end with */
    return position;
}

size_t builder_put_references(struct builder *builder, size_t count) {
    return builder_put_vector(builder, NULL, count, 4, 4);
}

void builder_link_root(struct builder *builder, size_t target) {
    point(builder, 0, target);
}

void builder_link(struct builder *builder, const struct builder_table *table,
                  int field, size_t target) {
    assert(table->field[field].size == 4);
    point(builder, table->field[field].position, target);
}

void builder_link_element(struct builder *builder, size_t vector, size_t i,
                          size_t target) {
    point(builder, vector + 4 + 4 * i, target);
}

size_t builder_put_bytes(struct builder *builder, const void *bytes,
                         size_t size, size_t align) {
    pad(builder, 0, align);
    return append(builder, bytes, size);
}

void builder_set(struct builder *builder, const struct builder_table *table,
                 int field, uint64_t bits) {
    store(builder->data + table->field[field].position, bits,
          table->field[field].size);
}
