/* Memory of host tools and tests, where running out of it ends the program. */
#ifndef MODELS_ALLOCATE_H
#define MODELS_ALLOCATE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Like realloc() of count * size bytes, never NULL; the product must fit. */
static inline void *reallocate(void *old, size_t count, size_t size) {
    if (size != 0 && count > SIZE_MAX / size) {
        abort();
    }
    void *memory = realloc(old, count * size > 0 ? count * size : 1);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* count * size zeroed bytes, never NULL. */
static inline void *allocate(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size > 0 ? size : 1);
    if (memory == NULL) {
        abort();
    }
    return memory;
}

/* A copy of `size` bytes. */
static inline void *duplicate(const void *bytes, size_t size) {
    void *copy = reallocate(NULL, size, 1);
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    return copy;
}

#endif
