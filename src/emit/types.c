/* The C types of elements. */
#include "emit/emitter.h"

const struct c_type c_types[C_TYPE_COUNT] = {
    {"uint8_t", "u8", 1, false},   {"int8_t", "s8", 1, false},
    {"int16_t", "s16", 2, false},  {"int32_t", "s32", 4, false},
    {"int64_t", "s64", 8, false},  {"float", "f32", 4, true},
    {"uint16_t", "u16", 2, false}, {"uint32_t", "u32", 4, false}};

const struct c_type *c_type(enum dtype type) {
    switch (type) {
    case DTYPE_UINT8:
    case DTYPE_BOOL:
        return &c_types[0];
    case DTYPE_INT8:
        return &c_types[1];
    case DTYPE_INT16:
        return &c_types[2];
    case DTYPE_INT32:
        return &c_types[3];
    case DTYPE_INT64:
        return &c_types[4];
    case DTYPE_FLOAT32:
        return &c_types[5];
    case DTYPE_UINT16:
        return &c_types[6];
    case DTYPE_UINT32:
        return &c_types[7];
    default:
        return NULL;
    }
}

void c_type_range(const struct c_type *type, int64_t *min, int64_t *max) {
    int64_t half = (int64_t)1 << (8 * type->size - 2);
    bool is_unsigned = type->member[0] == 'u';
    *min = is_unsigned ? 0 : -half - half;
    *max = is_unsigned ? 4 * half - 1 : half - 1 + half;
}
