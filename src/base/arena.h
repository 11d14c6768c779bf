/* Region allocation: everything one compilation makes is freed at once.
 *
 * Invariant: memory handed out is zeroed, aligned for any type and stays where
 * it is until arena_free(). */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stddef.h>

struct arena_block;

struct arena {
    struct arena_block *block; /* newest first; NULL while empty */
};

/* count * size zeroed bytes, aligned for any type; NULL when memory is out or
 * the product overflows.  Zero bytes give a valid pointer. */
void *arena_alloc(struct arena *arena, size_t count, size_t size);

/* Frees every allocation; the arena is empty and usable afterwards. */
void arena_free(struct arena *arena);

#endif
