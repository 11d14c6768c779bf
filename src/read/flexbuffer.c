#include "read/flexbuffer.h"

#include <math.h>
#include <string.h>

/* Kinds of values, numbered as the format does; the low two bits of a packed
 * type are the logarithm of the width in bytes. */
enum {
    KIND_NULL = 0,
    KIND_INT = 1,
    KIND_UINT = 2,
    KIND_FLOAT = 3,
    KIND_INDIRECT_INT = 6,
    KIND_INDIRECT_UINT = 7,
    KIND_INDIRECT_FLOAT = 8,
    KIND_MAP = 9,
    KIND_BOOL = 26
};

static bool fail(struct flexbuffer *buffer, const char *fault) {
    if (!buffer->fault) {
        buffer->fault = fault;
    }
    return false;
}

/* `width` bytes at `at`, which are inside the buffer. */
static uint64_t load(const struct flexbuffer *buffer, size_t at,
                     uint8_t width) {
    uint64_t x = 0;
    for (uint8_t i = 0; i < width; i++) {
        x |= (uint64_t)buffer->data[at + i] << (8 * i);
    }
    return x;
}

/* Follows the offset of `width` bytes at `at` backwards. */
static bool follow(struct flexbuffer *buffer, size_t at, uint8_t width,
                   size_t *target) {
    const uint64_t offset = load(buffer, at, width);
    if (offset > at) {
        return fail(buffer, "an offset points outside");
    }
    *target = at - (size_t)offset;
    return true;
}

static bool is_width(uint64_t width) {
    return width == 1 || width == 2 || width == 4 || width == 8;
}

/* The map at `at`: keys offset, keys width and size stand before the values,
 * the values' packed types behind them. */
static bool open_map(struct flexbuffer *buffer, size_t at, uint8_t width) {
    size_t keys = 0;
    if (at < (size_t)3 * width || at > buffer->size) {
        return fail(buffer, "the map lies outside");
    }
    const uint64_t count = load(buffer, at - width, width);
    const uint64_t key_width = load(buffer, at - (size_t)2 * width, width);
    if (count > (buffer->size - at) / ((size_t)width + 1)) {
        return fail(buffer, "the map's values lie outside");
    }
    if (!is_width(key_width)) {
        return fail(buffer, "the map's keys have no valid width");
    }
    if (!follow(buffer, at - (size_t)3 * width, width, &keys)) {
        return false;
    }
    if (keys < key_width ||
        load(buffer, keys - (size_t)key_width, (uint8_t)key_width) != count ||
        count > (buffer->size - keys) / key_width) {
        return fail(buffer, "the map's keys do not fit its values");
    }
    buffer->values = at;
    buffer->types = at + (size_t)count * width;
    buffer->keys = keys;
    buffer->value_width = width;
    buffer->key_width = (uint8_t)key_width;
    buffer->count = (size_t)count;
    return true;
}

struct flexbuffer flex_open(const uint8_t *data, size_t size) {
    struct flexbuffer buffer = {.data = data, .size = size};
    if (size == 0) {
        return buffer;
    }
    /* The root stands last: its value, its packed type, its width. */
    const uint8_t width = data[size - 1];
    size_t map = 0;
    if (!is_width(width) || size < (size_t)width + 2) {
        fail(&buffer, "the root has no valid width");
    } else if (data[size - 2] >> 2 != KIND_MAP) {
        fail(&buffer, "the root is not a map");
    } else if (follow(&buffer, size - 2 - width, width, &map)) {
        open_map(&buffer, map, (uint8_t)(1 << (data[size - 2] & 3)));
    }
    return buffer;
}

/* Whether the string at `at`, to its zero byte, is `key`. */
static bool is_key(const struct flexbuffer *buffer, size_t at,
                   const char *key) {
    const size_t length = strlen(key) + 1;
    return length <= buffer->size - at &&
           memcmp(buffer->data + at, key, length) == 0;
}

static bool find(struct flexbuffer *buffer, const char *key, size_t *entry) {
    for (size_t i = 0; !buffer->fault && i < buffer->count; i++) {
        size_t name = 0;
        if (follow(buffer, buffer->keys + i * buffer->key_width,
                   buffer->key_width, &name) &&
            is_key(buffer, name, key)) {
            *entry = i;
            return true;
        }
    }
    return false;
}

/* A number as it is stored. */
struct number {
    int kind; /* KIND_INT, _UINT, _FLOAT, or _NULL: there is none */
    int64_t integer;
    double real;
};

static struct number load_number(struct flexbuffer *buffer, int kind, size_t at,
                                 uint8_t width) {
    struct number number = {.kind = kind};
    const uint64_t bits = load(buffer, at, width);
    const uint64_t sign = (uint64_t)1 << (8 * width - 1);
    const uint32_t narrow = (uint32_t)bits;
    float single = 0;
    switch (kind) {
    case KIND_INT:
        number.integer = (bits & sign) != 0
                             ? -1 - (int64_t)((bits ^ (sign | (sign - 1))))
                             : (int64_t)bits;
        break;
    case KIND_UINT:
        number.integer = bits > INT64_MAX ? INT64_MAX : (int64_t)bits;
        break;
    default:
        if (width == 4) {
            memcpy(&single, &narrow, sizeof single);
            number.real = (double)single;
        } else if (width == 8) {
            memcpy(&number.real, &bits, sizeof number.real);
        } else {
            fail(buffer, "a float has neither 4 nor 8 bytes");
        }
    }
    return number;
}

/* The number under `key`. */
static struct number find_number(struct flexbuffer *buffer, const char *key) {
    struct number none = {.kind = KIND_NULL};
    size_t entry = 0;
    if (!find(buffer, key, &entry)) {
        return none;
    }
    const uint8_t packed = buffer->data[buffer->types + entry];
    size_t at = buffer->values + entry * buffer->value_width;
    uint8_t width = buffer->value_width;
    int kind = packed >> 2;
    if (kind >= KIND_INDIRECT_INT && kind <= KIND_INDIRECT_FLOAT) {
        kind -= KIND_INDIRECT_INT - KIND_INT;
        if (!follow(buffer, at, width, &at)) {
            return none;
        }
        width = (uint8_t)(1 << (packed & 3));
        if (width > buffer->size - at) {
            fail(buffer, "a value lies outside");
            return none;
        }
    }
    switch (kind) {
    case KIND_NULL:
        return none;
    case KIND_BOOL:
        return load_number(buffer, KIND_UINT, at, width);
    case KIND_INT:
    case KIND_UINT:
    case KIND_FLOAT:
        return load_number(buffer, kind, at, width);
    default:
        fail(buffer, "a value is not a number");
        return none;
    }
}

bool flex_has(struct flexbuffer *buffer, const char *key) {
    return find_number(buffer, key).kind != KIND_NULL;
}

bool flex_bool(struct flexbuffer *buffer, const char *key, bool absent) {
    const struct number number = find_number(buffer, key);
    return number.kind == KIND_NULL    ? absent
           : number.kind == KIND_FLOAT ? number.real != 0
                                       : number.integer != 0;
}

int32_t flex_i32(struct flexbuffer *buffer, const char *key, int32_t absent) {
    struct number number = find_number(buffer, key);
    if (number.kind == KIND_NULL) {
        return absent;
    }
    if (number.kind == KIND_FLOAT) {
        const bool fits =
            number.real > INT32_MIN - 1.0 && number.real < INT32_MAX + 1.0;
        number.integer = fits ? (int64_t)number.real : INT64_MAX;
    }
    if (number.integer < INT32_MIN || number.integer > INT32_MAX) {
        fail(buffer, "a value does not fit 32 bits");
        return absent;
    }
    return (int32_t)number.integer;
}

float flex_f32(struct flexbuffer *buffer, const char *key, float absent) {
    const struct number number = find_number(buffer, key);
    if (number.kind == KIND_NULL) {
        return absent;
    }
    if (number.kind != KIND_FLOAT) {
        return (float)number.integer;
    }
    /* Out of range, the conversion would be undefined. */
    if (isfinite(number.real) && fabs(number.real) > 3.4028234663852886e38) {
        fail(buffer, "a value does not fit a float");
        return absent;
    }
    return (float)number.real;
}
