/* Which calls run in which order, and where every byte of RAM lies.
 *
 * Invariant: plan_check() accepts every plan that plan_make() returns; it is
 * written apart from the planner and shares none of its conclusions. */
#ifndef PLAN_PLAN_H
#define PLAN_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "base/text.h"
#include "ir/graph.h"
#include "op/op.h"

/* A run of the state memory, which keeps its bytes from one inference to the
 * next. */
struct kept {
    const struct graph_state *state; /* NULL: a node's own */
    size_t offset;                   /* in the state memory, bytes */
    size_t size;                     /* bytes */
    size_t align;                    /* of offset: 1, 2, 4 or 8 */
};

/* A run of arena bytes with one lifetime: a tensor with its views, or a node's
 * scratch.  What is computed in place is a buffer of its own, which starts
 * where the one that it overwrites starts: the two share bytes in one step
 * only, and a small result does not keep a large input's bytes.  A state's
 * value, its next one, and what is computed between the two in its place, lie
 * in the state memory instead. */
struct buffer {
    const struct tensor *tensor; /* the first one in it; NULL for scratch */
    size_t offset;               /* in the arena or state memory, bytes */
    size_t size;                 /* bytes */
    size_t align;                /* of offset: 1, 2, 4 or 8 */
    int32_t kept;     /* where it starts in the state memory; -1: the arena */
    int32_t first;    /* step that writes it; -1 for inputs and states */
    int32_t last;     /* last step that reads it; step_count for outputs and
                         what is stored */
    int32_t in_place; /* buffer that it overwrites: its last is our first,
                         offsets are equal; -1 if none */
};

struct step {
    struct node *node;
    struct call *call; /* NULL for a view: nothing is executed */
    int32_t scratch;   /* buffer, -1 if none */
    int32_t kept;      /* the node's own state memory, -1 if none */
};

struct plan {
    const struct graph *graph;
    const struct target *target;
    int32_t step_count;
    struct step *step; /* one a node, in execution order */
    int32_t buffer_count;
    struct buffer *buffer;
    size_t arena_size;  /* bytes */
    size_t arena_align; /* 1, 2, 4 or 8 */
    int32_t kept_count;
    struct kept *kept;
    size_t state_size;  /* bytes */
    size_t state_align; /* 1, 2, 4 or 8 */
    size_t lower_bound; /* the most bytes alive at once: no placement of these
                           buffers can be smaller */
    /* By tensor id: the tensor's buffer, -1 for constants and
     * for tensors that nothing uses. */
    int32_t *tensor_buffer;
};

/* Lowers every node for a target, decides lifetimes, views and in-place
 * results, places the buffers and has the plan checked.  Everything that keeps
 * the graph from being planned is recorded, not the first thing alone. */
bool plan_make(struct context *context, const struct graph *graph,
               const struct target *target, struct plan **plan);

/* place.c: gives each buffer its offset; sets arena_size, arena_align and
 * lower_bound.  Deterministic; refuses arenas of 2^31 bytes and more. */
bool plan_place(struct context *context, struct plan *plan);

/* state.c: decides what is computed where a state is kept, and places the
 * state memory; all other buffers are the arena's. */
void plan_state(struct plan *plan);

/* Whether output 0 of step s may overwrite input i: the operator, whose
 * op_memory.in_place is `mask`, can do so for every input that lies in those
 * bytes, and nothing reads them later. */
bool plan_may_overwrite(const struct plan *plan, int32_t s, int32_t i,
                        uint32_t mask);

/* check.c: follows the steps and holds that every read finds what was
 * written, every access lies inside the arena and is aligned, and outputs are
 * whole at the end. */
bool plan_check(struct context *context, const struct plan *plan);

/* memory_map.c: the map as text: per step the live bytes, then where each
 * tensor lies. */
void plan_memory_map(struct text *text, const struct plan *plan);

/* Bytes alive while step i runs; -1: when the inputs are written. */
size_t plan_live_bytes(const struct plan *plan, int32_t step);

/* Where a tensor lies that has a buffer (asserted). */
const struct buffer *plan_buffer(const struct plan *plan,
                                 const struct tensor *tensor);
/* Its offset there. */
size_t plan_offset(const struct plan *plan, const struct tensor *tensor);

/* Byte i of what is kept, as it is before the first inference. */
uint8_t kept_initial(const struct kept *kept, size_t i);
/* Whether all bytes of it are equal then. */
bool kept_is_uniform(const struct kept *kept);

#endif
