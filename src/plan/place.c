/* Where each buffer lies: dynamic storage allocation, offline.
 *
 * Buffers whose places hang on each other (results computed in place) form a
 * group and are placed as one.  An attempt takes the groups in some order and
 * gives each a gap between those placed before it that live at the same time:
 * the lowest, the tightest, or one at an end of the arena.  Several orders are
 * tried, then small changes of the best one, until the lower bound is reached
 * or the work is used up: time is bounded by a count, not a clock, so that
 * plans are reproducible.
 *
 * Invariant: buffers of different groups that are alive in the same step never
 * overlap. */
#include "plan/place.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct group {
    int32_t start, count; /* its buffers in placer.member, by time */
    int32_t first, last;
    size_t size; /* from the first member's start to the last one's end */
    size_t align;
    uint64_t lowest; /* offset that it may have */
};

/* A buffer that has been placed; kept by offset. */
struct placed {
    uint64_t offset, end;
    int32_t first, last;
};

/* Offsets strictly between the two are taken. */
struct conflict {
    int64_t below;
    int64_t above;
};

struct rank {
    uint64_t major, minor; /* the greater comes first */
    int32_t group;
};

/* FIT_ENDS: at the arena's start or its end if there is room, else as
 * FIT_TIGHTEST.  In a chain each buffer meets only the one before and the one
 * after: taking ends by turns reaches the bound, which no order reaches from
 * the start alone. */
enum fit { FIT_LOWEST, FIT_TIGHTEST, FIT_ENDS, FIT_COUNT };

struct placer {
    struct plan *plan;
    int32_t region;
    int32_t group_count;
    struct group *group;
    int32_t *member; /* buffers, group by group */
    size_t *within;  /* by buffer: where it starts within its group */
    uint64_t *live;  /* bytes alive in step i at [i + 1] */
    uint64_t bound;  /* the greatest of them */
    struct placed *placed;
    int32_t placed_count;
    struct conflict *conflict;
    struct rank *rank;
    uint64_t work; /* placed buffers looked at so far */
    /* By group: the offsets of the attempt that runs and of the best one. */
    uint64_t *offset, *best_offset;
    uint64_t best;
    uint64_t roof; /* where FIT_ENDS takes the arena's end to be */
    int32_t *order, *best_order;
};

/* A thousand layers take some ten million for all orders together. */
static const uint64_t ORDER_WORK = 300000000;
static const uint64_t CHANGE_WORK = 20000000;
enum { CHANGE_COUNT = 5000 };

static uint64_t align_up(uint64_t offset, size_t align) {
    return (offset + align - 1) & ~(uint64_t)(align - 1);
}

/* --- one attempt --- */

static int by_start(const void *a, const void *b) {
    const struct conflict *x = a, *y = b;
    return x->below != y->below ? (x->below > y->below) - (x->below < y->below)
                                : (x->above > y->above) - (x->above < y->above);
}

/* Where the group must not start because of `other`.  The members that are
 * alive with it follow each other, each on bytes of the one before: what they
 * rule out has no gap. */
static struct conflict find_conflict(const struct placer *placer,
                                     const struct group *group,
                                     const struct placed *other) {
    struct conflict conflict = {INT64_MAX, INT64_MIN};
    for (int32_t k = group->start; k < group->start + group->count; k++) {
        int32_t b = placer->member[k];
        const struct buffer *buffer = &placer->plan->buffer[b];
        int64_t within = (int64_t)placer->within[b];
        int64_t below = (int64_t)other->offset - within - (int64_t)buffer->size;
        int64_t above = (int64_t)other->end - within;
        if (buffer->first <= other->last && other->first <= buffer->last &&
            buffer->size > 0) {
            conflict.below = below < conflict.below ? below : conflict.below;
            conflict.above = above > conflict.above ? above : conflict.above;
        }
    }
    return conflict;
}

static int32_t find_conflicts(struct placer *placer,
                              const struct group *group) {
    int32_t count = 0;
    for (int32_t i = 0; i < placer->placed_count; i++) {
        const struct placed *other = &placer->placed[i];
        if (group->first > other->last || other->first > group->last ||
            other->end == other->offset) {
            continue;
        }
        struct conflict conflict = find_conflict(placer, group, other);
        if (conflict.below < conflict.above) {
            placer->conflict[count++] = conflict;
        }
    }
    placer->work += (uint64_t)placer->placed_count * (uint64_t)group->count;
    if (group->count > 1) {
        qsort(placer->conflict, (size_t)count, sizeof *placer->conflict,
              by_start);
    }
    return count;
}

static bool is_free(const struct placer *placer, int32_t count,
                    int64_t offset) {
    for (int32_t i = 0; i < count; i++) {
        const struct conflict *conflict = &placer->conflict[i];
        if (conflict->below < offset && offset < conflict->above) {
            return false;
        }
    }
    return true;
}

static uint64_t find_offset(struct placer *placer, const struct group *group,
                            enum fit fit) {
    int32_t count = find_conflicts(placer, group);
    if (fit == FIT_ENDS && placer->roof >= group->lowest + group->size) {
        uint64_t top = placer->roof - group->size;
        top -= top % group->align;
        if (is_free(placer, count, (int64_t)group->lowest)) {
            return group->lowest;
        }
        if (is_free(placer, count, (int64_t)top)) {
            return top;
        }
    }
    uint64_t offset = group->lowest, found = 0;
    int64_t tightest = INT64_MAX;
    for (int32_t i = 0; i < count; i++) {
        const struct conflict *conflict = &placer->conflict[i];
        int64_t slack = conflict->below - (int64_t)offset;
        if (slack >= 0 && slack < tightest) {
            if (fit == FIT_LOWEST) {
                return offset;
            }
            tightest = slack;
            found = offset;
        }
        if (conflict->above > (int64_t)offset) {
            offset = align_up((uint64_t)conflict->above, group->align);
        }
    }
    return tightest == INT64_MAX ? offset : found;
}

static void insert(struct placer *placer, const struct buffer *buffer,
                   uint64_t offset) {
    int32_t low = 0, high = placer->placed_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (placer->placed[middle].offset < offset) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    struct placed *at = &placer->placed[low];
    memmove(at + 1, at,
            (size_t)(placer->placed_count - low) * sizeof *placer->placed);
    placer->placed_count++;
    at->offset = offset;
    at->end = offset + buffer->size;
    at->first = buffer->first;
    at->last = buffer->last;
}

/* Places the groups in `order`; keeps the result if the arena is smaller than
 * the best so far, or no larger if `equal` will do.  Gives up as soon as that
 * is out of reach. */
static bool attempt(struct placer *placer, enum fit fit, bool equal) {
    uint64_t size = 0;
    placer->placed_count = 0;
    for (int32_t i = 0; i < placer->group_count; i++) {
        const struct group *group = &placer->group[placer->order[i]];
        uint64_t offset = find_offset(placer, group, fit);
        placer->offset[placer->order[i]] = offset;
        if (offset + group->size > size) {
            size = offset + group->size;
        }
        if (equal ? size > placer->best : size >= placer->best) {
            return false;
        }
        for (int32_t k = 0; k < group->count; k++) {
            int32_t b = placer->member[group->start + k];
            insert(placer, &placer->plan->buffer[b],
                   offset + placer->within[b]);
        }
    }
    placer->best = size;
    size_t count = (size_t)placer->group_count;
    memcpy(placer->best_offset, placer->offset, count * sizeof(uint64_t));
    memcpy(placer->best_order, placer->order, count * sizeof(int32_t));
    return true;
}

/* --- the orders that are tried --- */

enum order {
    ORDER_TIME,
    ORDER_SIZE,
    ORDER_AREA,
    ORDER_BUSY, /* what is alive in the fullest step comes first */
    ORDER_DURATION,
    ORDER_COUNT
};

static uint64_t busiest(const struct placer *placer,
                        const struct group *group) {
    uint64_t most = 0;
    for (int32_t s = group->first; s <= group->last; s++) {
        if (placer->live[s + 1] > most) {
            most = placer->live[s + 1];
        }
    }
    return most;
}

static struct rank rank_group(const struct placer *placer, int32_t g,
                              enum order order) {
    const struct group *group = &placer->group[g];
    uint64_t size = group->size;
    uint64_t duration = (uint64_t)(group->last - group->first) + 1;
    struct rank rank = {.group = g};
    switch (order) {
    case ORDER_SIZE:
        rank.major = size;
        rank.minor = duration;
        break;
    case ORDER_AREA:
        rank.major = size * duration;
        rank.minor = size;
        break;
    case ORDER_BUSY:
        rank.major = busiest(placer, group);
        rank.minor = size;
        break;
    case ORDER_DURATION:
        rank.major = duration;
        rank.minor = size;
        break;
    case ORDER_TIME:
    case ORDER_COUNT:
        rank.major = (uint64_t)((int64_t)INT32_MAX - group->first);
        rank.minor = size;
        break;
    }
    return rank;
}

static int by_rank(const void *a, const void *b) {
    const struct rank *x = a, *y = b;
    if (x->major != y->major) {
        return x->major > y->major ? -1 : 1;
    }
    if (x->minor != y->minor) {
        return x->minor > y->minor ? -1 : 1;
    }
    return (x->group > y->group) - (x->group < y->group);
}

static void try_orders(struct placer *placer) {
    for (int order = 0; order < ORDER_COUNT; order++) {
        for (int32_t g = 0; g < placer->group_count; g++) {
            placer->rank[g] = rank_group(placer, g, (enum order)order);
        }
        qsort(placer->rank, (size_t)placer->group_count, sizeof *placer->rank,
              by_rank);
        for (int32_t g = 0; g < placer->group_count; g++) {
            placer->order[g] = placer->rank[g].group;
        }
        for (int fit = 0; fit < FIT_COUNT; fit++) {
            placer->roof = placer->bound;
            attempt(placer, (enum fit)fit, false);
            if (placer->best == placer->bound || placer->work > ORDER_WORK) {
                return;
            }
        }
    }
}

/* --- small changes of the best order --- */

/* xorshift32: any fixed sequence without a pattern does. */
static uint32_t next_random(uint32_t *state) {
    uint32_t x = *state;
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return *state = x;
}

/* Position in the order of a group that reaches the arena's end: the first
 * one at or after `from`, going round. */
static int32_t find_top(const struct placer *placer, int32_t from) {
    int32_t p = from;
    for (int32_t i = 0; i < placer->group_count; i++) {
        p = from + i < placer->group_count ? from + i
                                           : from + i - placer->group_count;
        int32_t g = placer->best_order[p];
        if (placer->best_offset[g] + placer->group[g].size == placer->best) {
            break;
        }
    }
    return p;
}

/* Takes a group that makes the arena as large as it is, or any, to an earlier
 * place in the order. */
static void change_order(struct placer *placer, uint32_t *state) {
    uint32_t count = (uint32_t)placer->group_count;
    memcpy(placer->order, placer->best_order, count * sizeof(int32_t));
    int32_t from = (int32_t)(next_random(state) % count);
    if (next_random(state) & 1) {
        from = find_top(placer, from);
    }
    int32_t to = (int32_t)(next_random(state) % ((uint32_t)from + 1));
    int32_t group = placer->order[from];
    memmove(&placer->order[to + 1], &placer->order[to],
            (size_t)(from - to) * sizeof(int32_t));
    placer->order[to] = group;
}

static void try_changes(struct placer *placer) {
    uint32_t state = 0x9E3779B9u;
    uint64_t end = placer->work + CHANGE_WORK;
    for (int i = 0;
         i < CHANGE_COUNT && placer->best > placer->bound && placer->work < end;
         i++) {
        change_order(placer, &state);
        placer->work += (uint64_t)placer->group_count;
        uint32_t r = next_random(&state) >> 16;
        placer->roof = placer->bound + r % (placer->best - placer->bound);
        attempt(placer, (enum fit)(r / 8 % FIT_COUNT), true);
    }
}

/* --- groups and bounds --- */

/* A buffer starts `lead` bytes before the one that it overwrites: places are
 * counted from the first one's start backwards, then from the lowest. */
static void add_group(struct placer *placer, int32_t leader,
                      const int32_t *follower, int32_t *members) {
    struct group *group = &placer->group[placer->group_count++];
    const struct buffer *buffers = placer->plan->buffer;
    group->start = *members;
    group->first = buffers[leader].first;
    group->last = buffers[leader].last;
    group->align = 1;
    size_t lead = 0;
    for (int32_t b = follower[leader]; b >= 0; b = follower[b]) {
        lead += buffers[b].lead;
    }
    for (int32_t b = leader; b >= 0; b = follower[b]) {
        const struct buffer *buffer = &buffers[b];
        lead -= b == leader ? 0 : buffer->lead;
        placer->within[b] = lead;
        placer->member[(*members)++] = b;
        group->count++;
        if (buffer->last > group->last) {
            group->last = buffer->last;
        }
        if (lead + buffer->size > group->size) {
            group->size = lead + buffer->size;
        }
        if (buffer->align > group->align) {
            group->align = buffer->align;
        }
        if (buffer->margin > lead && buffer->margin - lead > group->lowest) {
            group->lowest = buffer->margin - lead;
        }
    }
    group->lowest = align_up(group->lowest, group->align);
}

static bool find_groups(struct context *context, struct placer *placer) {
    const struct plan *plan = placer->plan;
    int32_t *follower =
        CONTEXT_NEW(context, int32_t, (size_t)plan->buffer_count);
    if (!follower) {
        return false;
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        follower[b] = -1;
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        int32_t under = plan->buffer[b].in_place;
        if (under >= 0) {
            assert(follower[under] < 0);
            assert(plan->buffer[under].last >= plan->buffer[b].first);
            follower[under] = b;
        }
    }
    int32_t members = 0;
    int32_t others = 0;
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        if (!is_of_region(&plan->buffer[b], placer->region)) {
            others++;
        } else if (plan->buffer[b].in_place < 0) {
            add_group(placer, b, follower, &members);
        }
    }
    assert(members + others == plan->buffer_count);
    return true;
}

/* Adds `bytes` to the steps from `first` to `last`; sums are taken later. */
static void add_live(uint64_t *live, int32_t first, int32_t last,
                     uint64_t bytes) {
    live[first + 1] += bytes;
    live[last + 2] -= bytes;
}

uint64_t place_live(const struct plan *plan, int32_t region, uint64_t *live) {
    uint64_t most = 0;
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        const struct buffer *buffer = &plan->buffer[b];
        if (!is_of_region(buffer, region)) {
            continue;
        }
        add_live(live, buffer->first, buffer->last, buffer->size);
        if (buffer->in_place >= 0) {
            add_live(live, buffer->first, plan->buffer[buffer->in_place].last,
                     0 - (uint64_t)plan_overlap(plan, buffer));
        }
    }
    for (int32_t i = 0; i < plan->step_count + 2; i++) {
        if (i) {
            live[i] += live[i - 1];
        }
        most = live[i] > most ? live[i] : most;
    }
    return most;
}

static bool set_up(struct context *context, struct placer *placer) {
    size_t buffers = (size_t)placer->plan->buffer_count;
    size_t steps = (size_t)placer->plan->step_count;
    placer->group = CONTEXT_NEW(context, struct group, buffers);
    placer->member = CONTEXT_NEW(context, int32_t, buffers);
    placer->within = CONTEXT_NEW(context, size_t, buffers);
    placer->live = CONTEXT_NEW(context, uint64_t, steps + 3);
    placer->placed = CONTEXT_NEW(context, struct placed, buffers + 1);
    placer->conflict = CONTEXT_NEW(context, struct conflict, buffers);
    placer->rank = CONTEXT_NEW(context, struct rank, buffers);
    placer->offset = CONTEXT_NEW(context, uint64_t, buffers);
    placer->best_offset = CONTEXT_NEW(context, uint64_t, buffers);
    placer->order = CONTEXT_NEW(context, int32_t, buffers);
    placer->best_order = CONTEXT_NEW(context, int32_t, buffers);
    placer->best = UINT64_MAX;
    return placer->group && placer->member && placer->within && placer->live &&
           placer->placed && placer->conflict && placer->rank &&
           placer->offset && placer->best_offset && placer->order &&
           placer->best_order;
}

static void take_best(const struct placer *placer,
                      struct placement *placement) {
    struct plan *plan = placer->plan;
    *placement = (struct placement){placer->best, placer->bound, 1};
    for (int32_t g = 0; g < placer->group_count; g++) {
        const struct group *group = &placer->group[g];
        for (int32_t i = 0; i < group->count; i++) {
            int32_t b = placer->member[group->start + i];
            plan->buffer[b].offset =
                (size_t)placer->best_offset[g] + placer->within[b];
        }
        if (group->align > placement->align) {
            placement->align = group->align;
        }
    }
}

bool place_groups(struct context *context, struct plan *plan, int32_t region,
                  struct placement *placement) {
    struct placer placer = {.plan = plan, .region = region};
    if (!set_up(context, &placer) || !find_groups(context, &placer)) {
        return false;
    }
    placer.bound = place_live(plan, region, placer.live);
    try_orders(&placer);
    try_changes(&placer);
    take_best(&placer, placement);
    return true;
}
