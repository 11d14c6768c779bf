/* What the files of placement share: the buffers of one region of memory. */
#ifndef PLAN_PLACE_H
#define PLAN_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "plan/plan.h"

/* Where buffers were placed: their offsets stand in the plan. */
struct placement {
    uint64_t size;  /* bytes that they take */
    uint64_t bound; /* no placement of them can be smaller */
    size_t align;   /* 1, 2, 4 or 8 */
};

/* Whether a buffer is one of those that are placed in the region. */
static inline bool is_of_region(const struct buffer *buffer, int32_t region) {
    return buffer->kept < 0 && buffer->region == region;
}

/* Sets live[s + 1] to the bytes alive in step s, -1 <= s <= step_count, of a
 * region's buffers; `live` has step_count + 3 elements, all 0.  Returns the
 * greatest. */
uint64_t place_live(const struct plan *plan, int32_t region, uint64_t *live);

/* place.c: places the buffers; results in place start where they are to.
 * False when memory is out. */
bool place_groups(struct context *context, struct plan *plan, int32_t region,
                  struct placement *placement);

/* place_exact.c: looks for placements smaller than the one that is there, until
 * none is left or the work is used up; raises placement->bound to what was
 * shown.  `tied` is the plan as it was, with all results in place that can be;
 * any of them may turn out not to be.  False when memory is out. */
bool place_exact(struct context *context, const struct plan *tied,
                 struct plan *plan, int32_t region,
                 struct placement *placement);

#endif
