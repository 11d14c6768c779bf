/* A bounds-checked reader of FlatBuffers: see flatbuffer.h. */
#include "read/flatbuffer.h"

#include <assert.h>
#include <inttypes.h>
#include <string.h>

/* Bytes of vectors, strings and tables that may be read for each byte of the
 * file: files that share none need 1, and about as much again for tables that
 * are opened twice. */
enum { BUDGET_FACTOR = 16 };

enum {
    HEADER_SIZE = 8, /* offset of the root table, identifier */
    OFFSET_SIZE = 4,
    VTABLE_HEADER_SIZE = 4 /* sizes of the vtable and of the table */
};

#define FORMAT_FAULT "not a TFLite model: "

static uint16_t load_u16(const uint8_t *p) {
    return (uint16_t)(p[0] | p[1] << 8);
}

static uint32_t load_u32(const uint8_t *p) {
    return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 |
           (uint32_t)p[3] << 24;
}

static uint64_t load_u64(const uint8_t *p) {
    return load_u32(p) | (uint64_t)load_u32(p + 4) << 32;
}

static int32_t load_i32(const uint8_t *p) {
    const uint32_t bits = load_u32(p);
    int32_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static int64_t load_i64(const uint8_t *p) {
    const uint64_t bits = load_u64(p);
    int64_t value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static float load_f32(const uint8_t *p) {
    const uint32_t bits = load_u32(p);
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static void record(struct flatbuffer *buffer, const char *fault) {
    buffer->failed = true;
    buffer->fault = fault;
    if (fault != NULL) {
        context_fail(buffer->context, "%s", fault);
    }
}

/* Records the first fault; later ones follow from it and are not shown. */
#define FAULT(buffer, ...)                                                     \
    do {                                                                       \
        if (!(buffer)->failed) {                                               \
            record((buffer), context_format((buffer)->context,                 \
                                            FORMAT_FAULT __VA_ARGS__));        \
        }                                                                      \
    } while (0)

static bool inside(const struct flatbuffer *buffer, uint64_t position,
                   uint64_t size) {
    return position <= buffer->size && size <= buffer->size - position;
}

bool fb_charge(struct flatbuffer *buffer, uint64_t bytes) {
    if (buffer->failed) {
        return false;
    }
    if (bytes > buffer->budget) {
        FAULT(buffer,
              "so many of its parts share their bytes that reading them takes "
              "more than %d times the file",
              BUDGET_FACTOR);
        return false;
    }
    buffer->budget -= bytes;
    return true;
}

/* The vtable of the table at `position`, which lies inside the buffer. */
static bool open_vtable(struct fb_table *table) {
    struct flatbuffer *buffer = table->buffer;
    const size_t position = table->position;
    const int64_t vtable =
        (int64_t)position - load_i32(buffer->data + position);
    if (vtable < 0 || !inside(buffer, (uint64_t)vtable, VTABLE_HEADER_SIZE)) {
        FAULT(buffer,
              "vtable of the table at byte %zu is at byte %" PRId64
              ", outside the file (%zu bytes)",
              position, vtable, buffer->size);
        return false;
    }
    table->vtable = (size_t)vtable;
    table->vtable_size = load_u16(buffer->data + table->vtable);
    table->table_size = load_u16(buffer->data + table->vtable + 2);
    if (table->vtable_size < VTABLE_HEADER_SIZE ||
        table->vtable_size % 2 != 0) {
        FAULT(buffer,
              "vtable at byte %zu has %u bytes, an even number of at least %d "
              "is needed",
              table->vtable, (unsigned)table->vtable_size, VTABLE_HEADER_SIZE);
        return false;
    }
    if (!inside(buffer, table->vtable, table->vtable_size)) {
        FAULT(buffer,
              "vtable of %u bytes at byte %zu reaches outside the file "
              "(%zu bytes)",
              (unsigned)table->vtable_size, table->vtable, buffer->size);
        return false;
    }
    return true;
}

static struct fb_table open_table(struct flatbuffer *buffer,
                                  uint64_t position) {
    const struct fb_table absent = {.buffer = buffer};
    struct fb_table table = {.buffer = buffer};
    if (!inside(buffer, position, OFFSET_SIZE)) {
        FAULT(buffer,
              "table at byte %" PRIu64 " lies outside the file (%zu bytes)",
              position, buffer->size);
        return absent;
    }
    table.position = (size_t)position;
    if (!open_vtable(&table)) {
        return absent;
    }
    if (table.table_size < OFFSET_SIZE) {
        FAULT(buffer, "table at byte %zu has %u bytes, at least %d are needed",
              table.position, (unsigned)table.table_size, OFFSET_SIZE);
        return absent;
    }
    if (!inside(buffer, position, table.table_size)) {
        FAULT(buffer,
              "table of %u bytes at byte %zu reaches outside the file "
              "(%zu bytes)",
              (unsigned)table.table_size, table.position, buffer->size);
        return absent;
    }
    return fb_charge(buffer, table.table_size) ? table : absent;
}

bool fb_open(struct flatbuffer *buffer, struct context *context,
             const void *data, size_t size, const char identifier[4],
             struct fb_table *root) {
    *buffer = (struct flatbuffer){
        .context = context,
        .data = data,
        .size = size,
        .budget = (uint64_t)size * BUDGET_FACTOR,
    };
    *root = (struct fb_table){.buffer = buffer};
    if (size == 0) {
        FAULT(buffer, "the file is empty");
        return false;
    }
    if (size < HEADER_SIZE) {
        FAULT(buffer, "the file has %zu bytes, its header alone takes %d", size,
              HEADER_SIZE);
        return false;
    }
    if (size > INT32_MAX) {
        FAULT(buffer, "the file has %zu bytes, at most %" PRId32 " are allowed",
              size, INT32_MAX);
        return false;
    }
    char found[5] = "";
    for (int i = 0; i < 4; i++) {
        const uint8_t byte = buffer->data[4 + i];
        found[i] = byte < 0x20 || byte > 0x7e ? '?' : (char)byte;
    }
    if (memcmp(buffer->data + 4, identifier, 4) != 0) {
        FAULT(buffer, "identifier is \"%s\", a TFLite model has \"%.4s\"",
              found, identifier);
        return false;
    }
    const uint32_t position = load_u32(buffer->data);
    if (position < HEADER_SIZE) {
        FAULT(buffer, "root table is at byte %" PRIu32 ", inside the header",
              position);
        return false;
    }
    *root = open_table(buffer, position);
    return !buffer->failed;
}

/* Position of a field of `size` bytes, 0 if it is absent. */
static size_t find_field(const struct fb_table *table, int field,
                         uint32_t size) {
    struct flatbuffer *buffer = table->buffer;
    assert(field >= 0 && field < 0x7fff);
    if (table->position == 0 || buffer->failed) {
        return 0;
    }
    const size_t slot = VTABLE_HEADER_SIZE + 2 * (size_t)field;
    if (slot + 2 > table->vtable_size) {
        return 0;
    }
    const uint16_t offset = load_u16(buffer->data + table->vtable + slot);
    if (offset == 0) {
        return 0;
    }
    if (offset < OFFSET_SIZE || offset + size > table->table_size) {
        FAULT(buffer,
              "field %d of the table at byte %zu is at its byte %u, outside "
              "the table (%u bytes)",
              field, table->position, (unsigned)offset,
              (unsigned)table->table_size);
        return 0;
    }
    return table->position + offset;
}

bool fb_has(const struct fb_table *table, int field) {
    return find_field(table, field, 1) != 0;
}

bool fb_bool(const struct fb_table *table, int field, bool absent) {
    return fb_u8(table, field, absent) != 0;
}

int8_t fb_i8(const struct fb_table *table, int field, int8_t absent) {
    const size_t position = find_field(table, field, 1);
    int8_t value = absent;
    if (position != 0) {
        memcpy(&value, table->buffer->data + position, 1);
    }
    return value;
}

uint8_t fb_u8(const struct fb_table *table, int field, uint8_t absent) {
    const size_t position = find_field(table, field, 1);
    return position == 0 ? absent : table->buffer->data[position];
}

int32_t fb_i32(const struct fb_table *table, int field, int32_t absent) {
    const size_t position = find_field(table, field, 4);
    return position == 0 ? absent : load_i32(table->buffer->data + position);
}

uint32_t fb_u32(const struct fb_table *table, int field, uint32_t absent) {
    const size_t position = find_field(table, field, 4);
    return position == 0 ? absent : load_u32(table->buffer->data + position);
}

uint64_t fb_u64(const struct fb_table *table, int field, uint64_t absent) {
    const size_t position = find_field(table, field, 8);
    return position == 0 ? absent : load_u64(table->buffer->data + position);
}

float fb_f32(const struct fb_table *table, int field, float absent) {
    const size_t position = find_field(table, field, 4);
    return position == 0 ? absent : load_f32(table->buffer->data + position);
}

/* Where the offset at `position` leads; it may lie outside the buffer.  0 with
 * a fault if the offset is null. */
static uint64_t follow(struct flatbuffer *buffer, size_t position) {
    const uint32_t offset = load_u32(buffer->data + position);
    if (offset == 0) {
        FAULT(buffer, "offset at byte %zu is 0", position);
        return 0;
    }
    return (uint64_t)position + offset;
}

struct fb_table fb_sub(const struct fb_table *table, int field) {
    struct flatbuffer *buffer = table->buffer;
    const size_t position = find_field(table, field, OFFSET_SIZE);
    const uint64_t target = position == 0 ? 0 : follow(buffer, position);
    return target == 0 ? (struct fb_table){.buffer = buffer}
                       : open_table(buffer, target);
}

static struct fb_vector open_vector(const struct fb_table *table, int field,
                                    uint32_t element_size) {
    struct flatbuffer *buffer = table->buffer;
    struct fb_vector vector = {.buffer = buffer, .element_size = element_size};
    const size_t position = find_field(table, field, OFFSET_SIZE);
    const uint64_t target = position == 0 ? 0 : follow(buffer, position);
    if (target == 0) {
        return vector;
    }
    if (!inside(buffer, target, OFFSET_SIZE)) {
        FAULT(buffer,
              "vector at byte %" PRIu64 " lies outside the file (%zu bytes)",
              target, buffer->size);
        return vector;
    }
    const uint32_t count = load_u32(buffer->data + target);
    if (!inside(buffer, target + OFFSET_SIZE, (uint64_t)count * element_size)) {
        FAULT(buffer,
              "vector of %" PRIu32 " elements of %" PRIu32
              " bytes at byte %" PRIu64 " reaches outside the file (%zu bytes)",
              count, element_size, target, buffer->size);
        return vector;
    }
    vector.position = (size_t)target + OFFSET_SIZE;
    vector.count = count;
    return vector;
}

struct fb_vector fb_vector(const struct fb_table *table, int field,
                           uint32_t element_size) {
    struct fb_vector vector = open_vector(table, field, element_size);
    if (!fb_charge(vector.buffer, (uint64_t)vector.count * element_size)) {
        vector.count = 0;
        vector.position = 0;
    }
    return vector;
}

struct fb_vector fb_bytes(const struct fb_table *table, int field) {
    return open_vector(table, field, 1);
}

static const uint8_t *element(const struct fb_vector *vector, uint32_t i,
                              uint32_t size) {
    assert(i < vector->count && vector->element_size == size);
    return vector->buffer->data + vector->position + (size_t)i * size;
}

int32_t fb_vector_i32(const struct fb_vector *vector, uint32_t i) {
    return load_i32(element(vector, i, 4));
}

int64_t fb_vector_i64(const struct fb_vector *vector, uint32_t i) {
    return load_i64(element(vector, i, 8));
}

float fb_vector_f32(const struct fb_vector *vector, uint32_t i) {
    return load_f32(element(vector, i, 4));
}

struct fb_table fb_vector_table(const struct fb_vector *vector, uint32_t i) {
    struct flatbuffer *buffer = vector->buffer;
    const struct fb_table absent = {.buffer = buffer};
    const uint8_t *offset = element(vector, i, OFFSET_SIZE);
    if (buffer->failed) {
        return absent;
    }
    const uint64_t target = follow(buffer, (size_t)(offset - buffer->data));
    return target == 0 ? absent : open_table(buffer, target);
}

const char *fb_string(const struct fb_table *table, int field) {
    const struct fb_vector bytes = fb_vector(table, field, 1);
    char *text =
        CONTEXT_NEW(table->buffer->context, char, (size_t)bytes.count + 1);
    if (text == NULL) {
        return NULL;
    }
    for (uint32_t i = 0; i < bytes.count; i++) {
        const uint8_t *byte = element(&bytes, i, 1);
        if (*byte < 0x20 || *byte == 0x7f) {
            text[i] = '?';
        } else {
            memcpy(&text[i], byte, 1);
        }
    }
    return text;
}
