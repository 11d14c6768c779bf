/* Choosing what is computed whole and what in streams, for the least RAM.
 *
 * Steps keep their order.  A partition cuts them into runs: a step computed
 * whole, or a stream, with a choice of tiles.  The bytes alive in a run do not
 * depend on how the other steps are cut, so dynamic programming over the cuts
 * finds the partition of the least peak, and of those within any limit the one
 * that costs the fewest instructions: optimal among all partitions, but for the
 * order of steps, for what placement may lose, and for streams of more than
 * STREAM_LAYERS layers. */
#ifndef PLAN_SEARCH_H
#define PLAN_SEARCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "plan/stream.h"

struct search;

/* Weighs all runs.  `pushed`: the graph's only input comes row by row, and the
 * first run that reads it is a stream; fails with a message if none can.  NULL
 * also when memory is out. */
struct search *search_new(struct context *context, struct stream_maker *maker,
                          bool pushed);

/* The least peak that a partition reaches, bytes. */
size_t search_least(struct search *search);

/* The cheapest partition with a peak of at most `limit` (at least
 * search_least()): its streams in order, made and tiled, and what it takes. */
struct partition {
    int32_t stream_count;
    struct stream *stream;
    size_t peak;   /* bytes */
    uint64_t cost; /* instructions more than if all were computed whole */
};
/* What `ram` means: the least limit that partitions reach which take at most
 * about 15 % more instructions than all steps computed whole; or three quarters
 * of it and less where bytes shrink much faster than instructions grow: there
 * the square of the bytes times the fifth power of the time is least. */
size_t search_balance(struct search *search);

bool search_partition(struct context *context, struct search *search,
                      size_t limit, struct partition *partition);

#endif
