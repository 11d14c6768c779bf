/* Descriptions of plain structs: what lets one printer dump the attributes of
 * any operator and one emitter print the parameters of any kernel.
 *
 * Invariant: a table ends with a field whose name is NULL. */
#ifndef IR_FIELD_H
#define IR_FIELD_H

#include <stddef.h>

enum field_type {
    FIELD_INDEX, /* ptrdiff_t: sizes, strides, counts */
    FIELD_INT32, /* int32_t: quantised values, multipliers */
    FIELD_FLOAT  /* float */
};

struct field {
    const char *name;
    size_t offset;
    enum field_type type;
    int count; /* elements; over 1 for an array member */
};

/* FIELD(struct conv_attributes, INDEX, stride_h) */
#define FIELD(owner, kind, member)                                             \
    { #member, offsetof(owner, member), FIELD_##kind, 1 }
#define FIELD_ARRAY(owner, kind, member, length)                               \
    { #member, offsetof(owner, member), FIELD_##kind, (length) }
#define FIELD_END                                                              \
    { NULL, 0, FIELD_INDEX, 0 }

#endif
