#include "base/arena.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

/* Blocks are chained newest first; only the newest has room left. */
struct arena_block {
    struct arena_block *older;
    size_t used, capacity;
    max_align_t bytes[]; /* capacity bytes */
};

enum { BLOCK_BYTES = 64 * 1024 };

static struct arena_block *add_block(struct arena *arena, size_t capacity) {
    if (capacity > SIZE_MAX - sizeof(struct arena_block)) {
        return NULL;
    }
    struct arena_block *block = malloc(sizeof(struct arena_block) + capacity);
    if (!block) {
        return NULL;
    }
    block->used = 0;
    block->capacity = capacity;
    block->older = arena->block;
    arena->block = block;
    return block;
}

void *arena_alloc(struct arena *arena, size_t count, size_t size) {
    const size_t align = sizeof(max_align_t);
    if (size != 0 && count > (SIZE_MAX - align) / size) {
        return NULL;
    }
    size_t bytes = (count * size + align - 1) / align * align;

    struct arena_block *block = arena->block;
    if (!block || block->capacity - block->used < bytes) {
        block = add_block(arena, bytes > BLOCK_BYTES ? bytes : BLOCK_BYTES);
        if (!block) {
            return NULL;
        }
    }
    char *p = (char *)block->bytes + block->used;
    block->used += bytes;
    memset(p, 0, bytes);
    return p;
}

void arena_free(struct arena *arena) {
    while (arena->block) {
        struct arena_block *older = arena->block->older;
        free(arena->block);
        arena->block = older;
    }
}
