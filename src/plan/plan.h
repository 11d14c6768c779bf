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

/* --- streams ---
 *
 * A stream is a run of steps that are computed together, row by row, so that
 * the tensors between them never exist whole: each row is computed as soon as
 * the rows that it is made of are there.  Rows are slices along dimension 1 of
 * batches x rows x columns x channels, or along dimension 2 if dimension 1 is 1
 * everywhere. */

/* A tensor that a stream reads or writes row by row, or a piece of a row after
 * the other.  A pixel is a column of a row.  The tensor stands whole in its
 * buffer, or the buffer holds as many pixels as are needed at once: they lie in
 * order, and move to its start when the next ones have no room. */
struct strip {
    const struct tensor *tensor;
    int32_t rows, columns; /* of the tensor */
    int32_t held;          /* pixels that fit the buffer */
    size_t pixel_size;     /* bytes */
    bool is_sum;           /* made of as many rows and columns, which are added
                              up: it is one pixel itself */
    int32_t stage; /* that computes it; -1: it is there from the start, or
                      comes row by row from outside (is_pushed) */
    int32_t buffer;
};

/* One step, computed by tiles. */
struct layer {
    int32_t step;
    struct tiling tiling;
    bool is_pointwise;
    /* Where its result's tile is, unless it is the last layer of a stage, whose
     * result goes to the strip: so many bytes after the workspace's start, or,
     * where the last layer reads before it writes, after its own result's. */
    size_t tile;
    bool is_in_strip;
};

/* Layers that compute a strip together, a tile at a time: what a layer makes is
 * read, point by point, by later ones of the stage, and only what the last
 * makes is kept.  Stages stand in an order in which each can be computed from
 * strips of earlier ones. */
struct stage {
    int32_t first, count; /* its layers */
    int32_t strip;        /* that it computes */
    int32_t columns;      /* of a row */
    int32_t piece;        /* columns before other stages go on; divides
                             `columns` */
    int32_t tile;         /* columns at a time; divides `piece` */
    size_t workspace;     /* bytes: scratch first, then tiles */
};

struct stream {
    int32_t first, last; /* steps */
    int axis;            /* that rows lie along: 1 or 2 */
    bool is_pushed;      /* strip 0, the graph's input, comes row by row */
    int32_t layer_count, stage_count, strip_count;
    struct layer *layer; /* one a step */
    struct stage *stage;
    struct strip *strip;
    size_t sums_size; /* bytes of the workspace, at its start, for the scratch
                         of a layer that adds up rows */
    size_t
        workspace_size; /* bytes; of the stage that needs most, sums included */
    int32_t workspace;  /* buffer, -1 if none */
    /* Strips that stand whole: one that nothing else reads, and one that may
     * start `lead` bytes before it, since it is written behind what was read of
     * the other; -1: none. */
    int32_t dying, result;
    size_t lead;
};

/* A run of arena bytes with one lifetime: a tensor with its views, the rows
 * of one that a stream holds, or scratch.  What is computed in place is a
 * buffer of its own, which starts where the one that it overwrites starts, or
 * `lead` bytes before: the two share bytes in one step (or stream) only, and a
 * small result does not keep a large input's bytes.  A state's value, its next
 * one, and what is computed between the two in its place, lie in the state
 * memory instead. */
struct buffer {
    const struct tensor *tensor; /* the first one in it; NULL for scratch */
    size_t offset;               /* in the arena or state memory, bytes */
    size_t size;                 /* bytes */
    size_t align;                /* of offset: 1, 2, 4 or 8 */
    size_t margin;    /* bytes of the arena before it, the least: addresses of
                         rows that begin before what is held point there */
    int32_t region;   /* of the arena, that it lies in; 0 if there are none */
    int32_t kept;     /* where it starts in the state memory; -1: the arena */
    int32_t first;    /* step that writes it; -1 for inputs and states */
    int32_t last;     /* last step that reads it; step_count for outputs and
                         what is stored */
    int32_t in_place; /* buffer that it overwrites, which is read for the last
                         time in the step or stream that writes this one; -1 if
                         none */
    size_t lead;      /* bytes that it starts before that one */
};

/* A memory that a part of the arena lies in. */
struct region {
    const char *name; /* a C identifier in lower case */
    size_t limit;     /* bytes that there are */
    uint32_t cost;    /* of an access of a byte, 1 to REGION_COST */
    /* Found by plan_place(): */
    size_t start;      /* in the arena, bytes: a multiple of 8 */
    size_t size;       /* bytes that are used */
    size_t align;      /* 1, 2, 4 or 8 */
    uint64_t accesses; /* of bytes, about, in an inference */
};

enum { REGION_COST = 1000, REGION_COUNT = 8, REGION_NAME = 16 }; /* at most */

struct step {
    struct node *node;
    struct call *call;    /* of a tile, in a stream; NULL: nothing is executed,
                             as of a view */
    struct call *dropped; /* copied what lies there already; to be checked, not
                             to be executed */
    int32_t scratch;      /* buffer, -1 if none or in a stream */
    int32_t kept;         /* the node's own state memory, -1 if none */
    int32_t stream;       /* that it belongs to, -1 if none */
};

struct plan {
    const struct graph *graph;
    const struct target *target;
    int32_t step_count;
    struct step *step;    /* one a node, in execution order */
    uint64_t stream_cost; /* instructions that the streams take more, about */
    int32_t stream_count;
    struct stream *stream; /* in execution order */
    int32_t buffer_count;
    struct buffer *buffer;
    size_t arena_size;    /* bytes */
    size_t arena_align;   /* 1, 2, 4 or 8 */
    int32_t region_count; /* 0: the arena is one memory without a limit */
    struct region
        *region;      /* that the arena consists of, one behind the other */
    bool is_unplaced; /* the regions are too small: buffers have no offsets, and
                         lower_bound counts the arena as one memory */
    int32_t kept_count;
    struct kept *kept;
    size_t state_size;  /* bytes */
    size_t state_align; /* 1, 2, 4 or 8 */
    size_t lower_bound; /* no placement of these buffers can be smaller: the
                           most bytes alive at once, or more that were shown to
                           be needed; the sum over regions */
    /* By tensor id: the tensor's buffer, -1 for constants and
     * for tensors that nothing uses. */
    int32_t *tensor_buffer;
};

struct plan_options {
    bool least_ram;       /* look for streams */
    size_t ram_limit;     /* bytes of arena: of all plans that fit the cheapest;
                             0: the one that takes the least */
    bool push_input;      /* the input comes row by row (least_ram) */
    int32_t region_count; /* of memories that it has to fit; 0: one without a
                             limit */
    const struct region *region;
};

/* Lowers every node for a target, decides lifetimes, views and in-place
 * results, places the buffers and has the plan checked.  Everything that keeps
 * the graph from being planned is recorded, not the first thing alone. */
bool plan_make(struct context *context, const struct graph *graph,
               const struct target *target, const struct plan_options *options,
               struct plan **plan);

/* What a plan takes, and the instructions, about, that its streams take more
 * than layers computed whole. */
struct tradeoff {
    size_t arena_size; /* bytes */
    uint64_t cost;
    const struct tradeoff *next; /* smaller, and dearer */
};

/* What plan_make() can choose from with limits of RAM, from the cheapest to the
 * smallest. */
bool plan_tradeoff(struct context *context, const struct graph *graph,
                   const struct target *target, bool push_input,
                   const struct tradeoff **first);

/* regions.c: gives each buffer its region, those where accesses cost least in
 * sum, and its offset; sets arena_size, arena_align, lower_bound, is_unplaced
 * and what is found of regions.  Results may turn out not to be in place.
 * Deterministic; refuses arenas of 2^31 bytes and more. */
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

/* memory_map.c: the map as text: per step the live bytes, how many rows streams
 * hold of which tensors, then where each tensor lies. */
void plan_memory_map(struct text *text, const struct plan *plan);

/* Bytes alive while step i runs; -1: when the inputs are written. */
size_t plan_live_bytes(const struct plan *plan, int32_t step);

/* Bytes that a buffer has in common with the one that it overwrites. */
size_t plan_overlap(const struct plan *plan, const struct buffer *buffer);

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
