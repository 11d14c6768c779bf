#include <stddef.h>

#include "ir/graph.h"

static const struct {
    const char *name;
    size_t size; /* bytes an element; 0: none or not whole */
} types[DTYPE_COUNT] = {
    [DTYPE_FLOAT32] = {"FLOAT32", 4},
    [DTYPE_FLOAT16] = {"FLOAT16", 2},
    [DTYPE_INT32] = {"INT32", 4},
    [DTYPE_UINT8] = {"UINT8", 1},
    [DTYPE_INT64] = {"INT64", 8},
    [DTYPE_STRING] = {"STRING", 0},
    [DTYPE_BOOL] = {"BOOL", 1},
    [DTYPE_INT16] = {"INT16", 2},
    [DTYPE_COMPLEX64] = {"COMPLEX64", 8},
    [DTYPE_INT8] = {"INT8", 1},
    [DTYPE_FLOAT64] = {"FLOAT64", 8},
    [DTYPE_COMPLEX128] = {"COMPLEX128", 16},
    [DTYPE_UINT64] = {"UINT64", 8},
    [DTYPE_RESOURCE] = {"RESOURCE", 0},
    [DTYPE_VARIANT] = {"VARIANT", 0},
    [DTYPE_UINT32] = {"UINT32", 4},
    [DTYPE_UINT16] = {"UINT16", 2},
    [DTYPE_INT4] = {"INT4", 0},
    [DTYPE_BFLOAT16] = {"BFLOAT16", 2},
};

const char *dtype_name(enum dtype type) {
    return (unsigned)type < DTYPE_COUNT ? types[type].name : "UNKNOWN";
}

size_t dtype_size(enum dtype type) {
    return (unsigned)type < DTYPE_COUNT ? types[type].size : 0;
}
