/* Which buffer lies in which memory.
 *
 * An access of a byte costs what its region says.  Buffers are taken in the
 * order of accesses a byte, those first that few regions are large enough for,
 * and branch and bound looks for the assignment that
 * costs least while no step has more bytes alive in a region than there are:
 * the first branch is the greedy one, the best one after a fixed amount of work
 * counts.  Each region is then placed by itself; one whose bytes do not fit as
 * they were counted is taken to be so much smaller, and all is assigned again.
 *
 * Accesses are an estimate: a multiply-accumulate reads its operand, a layer
 * without any reads its inputs once, and results are written once. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "plan/place.h"

static const uint64_t WORK = 20000000; /* steps of lifetimes looked at */
static const uint64_t ACCESS_LIMIT = (uint64_t)1 << 36; /* of a buffer */
enum { ROUNDS = 16 };

struct rank {
    uint64_t accesses, size;
    int32_t buffer;
    int32_t regions; /* that are large enough for it */
};

struct assigner {
    const struct plan *plan;
    int32_t count;
    struct rank *rank; /* buffers in the order in which they are assigned */
    uint64_t *rest;    /* least cost of rank[i] and all after it */
    int32_t *follower; /* by buffer: what may overwrite it; -1 */
    int32_t *region;   /* by buffer: -1 while it has none */
    int32_t *best;     /* by buffer */
    int32_t cheapest[REGION_COUNT]; /* regions, by cost */
    uint64_t capacity[REGION_COUNT];
    uint64_t *live; /* bytes of region r in step s: [r * steps + s + 1] */
    size_t steps;   /* of the plan, before and after */
    uint64_t cost, best_cost;
    uint64_t work;
};

/* --- accesses --- */

static void add_accesses(struct rank *rank, int32_t buffer, uint64_t bytes) {
    if (buffer >= 0) {
        uint64_t room = ACCESS_LIMIT - rank[buffer].accesses;
        rank[buffer].accesses += bytes < room ? bytes : room;
    }
}

/* What has no buffer in a stream is a tile in its workspace. */
static int32_t find_buffer(const struct plan *plan, const struct step *step,
                           const struct tensor *tensor) {
    int32_t b = plan->tensor_buffer[tensor->id];
    return b < 0 && step->stream >= 0 ? plan->stream[step->stream].workspace
                                      : b;
}

static void count_step(const struct plan *plan, const struct step *step,
                       struct rank *rank) {
    const struct node *node = step->node;
    uint64_t macs = op_macs(node);
    macs = macs < ACCESS_LIMIT ? macs : ACCESS_LIMIT;
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if (input && !input->data) {
            uint64_t read = macs * dtype_size(input->type);
            uint64_t size = tensor_size(input);
            add_accesses(rank, find_buffer(plan, step, input),
                         read > size ? read : size);
        }
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        add_accesses(rank, find_buffer(plan, step, node->output[i]),
                     tensor_size(node->output[i]));
    }
    uint64_t scratch = 2 * (uint64_t)op_memory(plan->target, node).scratch;
    if (scratch > 0) {
        add_accesses(rank,
                     step->stream >= 0 ? plan->stream[step->stream].workspace
                                       : step->scratch,
                     scratch > macs ? scratch : macs);
    }
}

/* What has few regions to lie in, then by accesses a byte, the most first. */
static int by_density(const void *a, const void *b) {
    const struct rank *x = a, *y = b;
    if (x->regions != y->regions) {
        return x->regions < y->regions ? -1 : 1;
    }
    double p = (double)x->accesses * (double)(y->size ? y->size : 1);
    double q = (double)y->accesses * (double)(x->size ? x->size : 1);
    return p != q ? (p < q) - (p > q)
                  : (x->buffer > y->buffer) - (x->buffer < y->buffer);
}

static void rank_buffers(struct assigner *assigner) {
    const struct plan *plan = assigner->plan;
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        struct rank *rank = &assigner->rank[b];
        *rank = (struct rank){0, plan->buffer[b].size, b, 0};
        for (int32_t r = 0; r < plan->region_count; r++) {
            rank->regions += plan->region[r].limit >= rank->size;
        }
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        if (plan->step[s].call) {
            count_step(plan, &plan->step[s], assigner->rank);
        }
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        if (plan->buffer[b].kept < 0) {
            assigner->rank[assigner->count++] = assigner->rank[b];
        }
    }
    qsort(assigner->rank, (size_t)assigner->count, sizeof *assigner->rank,
          by_density);
    uint32_t least = plan->region[assigner->cheapest[0]].cost;
    for (int32_t i = assigner->count; i-- > 0;) {
        assigner->rest[i] =
            assigner->rest[i + 1] + assigner->rank[i].accesses * least;
    }
}

/* --- assignment --- */

/* Adds `sign` times the bytes to the steps from `first` to `last`. */
static void add_live(struct assigner *assigner, int32_t region, int32_t first,
                     int32_t last, uint64_t bytes) {
    uint64_t *live = &assigner->live[(size_t)region * assigner->steps];
    for (int32_t s = first; s <= last; s++) {
        live[s + 1] += bytes;
    }
    assigner->work += (uint64_t)(last - first) + 1;
}

/* Bytes that a result in place saves, if both lie in the region. */
static void add_saving(struct assigner *assigner, int32_t over, int32_t region,
                       uint64_t sign) {
    const struct plan *plan = assigner->plan;
    const struct buffer *buffer = &plan->buffer[over];
    add_live(assigner, region, buffer->first,
             plan->buffer[buffer->in_place].last,
             0 - sign * plan_overlap(plan, buffer));
}

/* Puts the buffer into the region (`sign` 1) or takes it out (0 - 1). */
static void move_buffer(struct assigner *assigner, int32_t b, int32_t region,
                        uint64_t sign) {
    const struct buffer *buffer = &assigner->plan->buffer[b];
    int32_t under = buffer->in_place, over = assigner->follower[b];
    add_live(assigner, region, buffer->first, buffer->last,
             sign * buffer->size);
    if (under >= 0 && assigner->region[under] == region) {
        add_saving(assigner, b, region, sign);
    }
    if (over >= 0 && assigner->region[over] == region) {
        add_saving(assigner, over, region, sign);
    }
}

static bool has_room(const struct assigner *assigner, int32_t b,
                     int32_t region) {
    const struct buffer *buffer = &assigner->plan->buffer[b];
    const uint64_t *live = &assigner->live[(size_t)region * assigner->steps];
    for (int32_t s = buffer->first; s <= buffer->last; s++) {
        if (live[s + 1] > assigner->capacity[region]) {
            return false;
        }
    }
    return true;
}

static uint64_t cost_of(const struct assigner *assigner, int32_t i,
                        int32_t region) {
    return assigner->rank[i].accesses * assigner->plan->region[region].cost;
}

/* Puts rank[i] into the next region that has room after number `from` of the
 * cheapest ones (-1: the first); the number, or -1. */
static int32_t next_region(struct assigner *assigner, int32_t i, int32_t from) {
    int32_t b = assigner->rank[i].buffer;
    for (int32_t k = from + 1; k < assigner->plan->region_count; k++) {
        int32_t region = assigner->cheapest[k];
        uint64_t cost = assigner->cost + cost_of(assigner, i, region);
        if (assigner->best_cost - assigner->rest[i + 1] <= cost) {
            return -1; /* those that follow are as dear */
        }
        move_buffer(assigner, b, region, 1);
        if (has_room(assigner, b, region)) {
            assigner->region[b] = region;
            assigner->cost = cost;
            return k;
        }
        move_buffer(assigner, b, region, 0 - (uint64_t)1);
    }
    return -1;
}

static void take_out(struct assigner *assigner, int32_t i) {
    int32_t b = assigner->rank[i].buffer;
    int32_t region = assigner->region[b];
    assigner->region[b] = -1;
    assigner->cost -= cost_of(assigner, i, region);
    move_buffer(assigner, b, region, 0 - (uint64_t)1);
}

/* Number of a region among the cheapest ones. */
static int32_t find_number(const struct assigner *assigner, int32_t region) {
    int32_t k = 0;
    while (assigner->cheapest[k] != region) {
        k++;
    }
    return k;
}

/* Finds the assignment that costs least; false if there is none. */
static bool assign(struct assigner *assigner) {
    size_t buffers = (size_t)assigner->plan->buffer_count;
    int32_t i = 0, number = -1;
    memset(assigner->live, 0,
           assigner->steps * (size_t)assigner->plan->region_count *
               sizeof *assigner->live);
    for (size_t b = 0; b < buffers; b++) {
        assigner->region[b] = -1;
    }
    assigner->cost = 0;
    assigner->best_cost = UINT64_MAX;
    assigner->work = 0;
    while (i >= 0) {
        if (i == assigner->count) {
            assigner->best_cost = assigner->cost;
            memcpy(assigner->best, assigner->region,
                   buffers * sizeof *assigner->best);
        } else {
            number =
                assigner->work > WORK ? -1 : next_region(assigner, i, number);
            if (number >= 0) {
                number = -1;
                i++;
                continue;
            }
        }
        if (--i >= 0) {
            int32_t b = assigner->rank[i].buffer;
            number = find_number(assigner, assigner->region[b]);
            take_out(assigner, i);
        }
    }
    return assigner->best_cost < UINT64_MAX;
}

/* --- one region --- */

/* The most bytes alive in steps first to last. */
static uint64_t most_live(const uint64_t *live, int32_t first, int32_t last) {
    uint64_t most = 0;
    for (int32_t s = first; s <= last; s++) {
        most = live[s + 1] > most ? live[s + 1] : most;
    }
    return most;
}

/* Unties results in place where the bound does not need it; whether there were
 * any. */
static bool untie(struct plan *plan, int32_t region, uint64_t *live,
                  uint64_t bound) {
    bool unties = false;
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        struct buffer *buffer = &plan->buffer[b];
        if (!is_of_region(buffer, region) || buffer->in_place < 0) {
            continue;
        }
        int32_t last = plan->buffer[buffer->in_place].last;
        uint64_t saved = plan_overlap(plan, buffer);
        if (most_live(live, buffer->first, last) + saved <= bound) {
            for (int32_t s = buffer->first; s <= last; s++) {
                live[s + 1] += saved;
            }
            buffer->in_place = -1;
            unties = true;
        }
    }
    return unties;
}

/* Results in place tie buffers to one offset.  Where placement missed the bound
 * it is tried again without the ties that the bound does not need, and the
 * better one is kept; at last it is searched for. */
static bool place_region(struct context *context, struct plan *plan,
                         int32_t region, struct placement *placement) {
    size_t count = (size_t)plan->buffer_count;
    if (!place_groups(context, plan, region, placement)) {
        return false;
    }
    if (placement->size == placement->bound) {
        return true;
    }
    struct plan tied = *plan;
    uint64_t *live =
        CONTEXT_NEW(context, uint64_t, (size_t)plan->step_count + 3);
    tied.buffer = CONTEXT_NEW(context, struct buffer, count);
    if (!tied.buffer || !live) {
        return false;
    }
    memcpy(tied.buffer, plan->buffer, count * sizeof *tied.buffer);
    place_live(plan, region, live);
    if (untie(plan, region, live, placement->bound)) {
        struct placement other;
        if (!place_groups(context, plan, region, &other)) {
            return false;
        }
        if (other.size < placement->size) {
            placement->size = other.size;
        } else {
            memcpy(plan->buffer, tied.buffer, count * sizeof *tied.buffer);
        }
    }
    return placement->size == placement->bound ||
           place_exact(context, &tied, plan, region, placement);
}

/* --- all of them --- */

static bool set_up(struct context *context, struct assigner *assigner) {
    const struct plan *plan = assigner->plan;
    size_t buffers = (size_t)plan->buffer_count;
    assigner->steps = (size_t)plan->step_count + 2;
    assigner->rank = CONTEXT_NEW(context, struct rank, buffers);
    assigner->rest = CONTEXT_NEW(context, uint64_t, buffers + 1);
    assigner->follower = CONTEXT_NEW(context, int32_t, buffers);
    assigner->region = CONTEXT_NEW(context, int32_t, buffers);
    assigner->best = CONTEXT_NEW(context, int32_t, buffers);
    assigner->live = CONTEXT_NEW(context, uint64_t,
                                 assigner->steps * (size_t)plan->region_count);
    if (!assigner->rank || !assigner->rest || !assigner->follower ||
        !assigner->region || !assigner->best || !assigner->live) {
        return false;
    }
    for (size_t b = 0; b < buffers; b++) {
        assigner->follower[b] = -1;
    }
    for (size_t b = 0; b < buffers; b++) {
        if (plan->buffer[b].in_place >= 0) {
            assigner->follower[plan->buffer[b].in_place] = (int32_t)b;
        }
    }
    for (int32_t r = 0; r < plan->region_count; r++) {
        int32_t k = r;
        for (; k > 0 && plan->region[assigner->cheapest[k - 1]].cost >
                            plan->region[r].cost;
             k--) {
            assigner->cheapest[k] = assigner->cheapest[k - 1];
        }
        assigner->cheapest[k] = r;
        assigner->capacity[r] = plan->region[r].limit;
    }
    rank_buffers(assigner);
    return true;
}

/* Gives each buffer the region that was found, and ties none to another's. */
static void take_regions(const struct assigner *assigner, struct plan *plan,
                         const struct buffer *tied) {
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        plan->buffer[b] = tied[b];
        plan->buffer[b].region =
            plan->buffer[b].kept < 0 ? assigner->best[b] : 0;
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        struct buffer *buffer = &plan->buffer[b];
        if (buffer->in_place >= 0 &&
            plan->buffer[buffer->in_place].region != buffer->region) {
            buffer->in_place = -1;
        }
    }
}

static void lay_out(struct plan *plan, const struct placement *placement) {
    plan->arena_size = 0;
    plan->arena_align = 1;
    plan->lower_bound = 0;
    for (int32_t r = 0; r < plan->region_count; r++) {
        struct region *region = &plan->region[r];
        region->start = (plan->arena_size + 7) / 8 * 8;
        region->size = (size_t)placement[r].size;
        region->align = placement[r].align;
        plan->arena_size = region->start + region->size;
        plan->lower_bound += (size_t)placement[r].bound;
        if (region->align > plan->arena_align) {
            plan->arena_align = region->align;
        }
    }
}

static void move_to_regions(const struct assigner *assigner,
                            struct plan *plan) {
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        struct buffer *buffer = &plan->buffer[b];
        if (buffer->kept < 0) {
            buffer->offset += plan->region[buffer->region].start;
        }
    }
    for (int32_t i = 0; i < assigner->count; i++) {
        const struct rank *rank = &assigner->rank[i];
        plan->region[plan->buffer[rank->buffer].region].accesses +=
            rank->accesses;
    }
}

static size_t most_alive(const struct plan *plan) {
    size_t most = 0;
    for (int32_t s = -1; s <= plan->step_count; s++) {
        size_t live = plan_live_bytes(plan, s);
        most = live > most ? live : most;
    }
    return most;
}

static bool place_in_regions(struct context *context, struct plan *plan) {
    struct assigner assigner = {.plan = plan};
    struct placement placement[REGION_COUNT];
    struct buffer *const tied = plan->buffer;
    struct buffer *buffers =
        CONTEXT_NEW(context, struct buffer, (size_t)plan->buffer_count);
    if (!buffers || !set_up(context, &assigner)) {
        return false;
    }
    plan->is_unplaced = true;
    plan->lower_bound = most_alive(plan);
    for (int round = 0; round < ROUNDS && assign(&assigner); round++) {
        plan->buffer = buffers;
        take_regions(&assigner, plan, tied);
        bool fits = true;
        for (int32_t r = 0; r < plan->region_count; r++) {
            if (!place_region(context, plan, r, &placement[r])) {
                return false;
            }
            if (placement[r].size > plan->region[r].limit) {
                uint64_t over = placement[r].size - plan->region[r].limit;
                assigner.capacity[r] =
                    placement[r].bound > over ? placement[r].bound - over : 0;
                fits = false;
            }
        }
        if (fits) {
            lay_out(plan, placement);
            move_to_regions(&assigner, plan);
            plan->is_unplaced = false;
            return true;
        }
        plan->buffer = tied;
    }
    return true;
}

bool plan_place(struct context *context, struct plan *plan) {
    struct placement whole;
    if (plan->region_count > 0) {
        return place_in_regions(context, plan);
    }
    if (!place_region(context, plan, 0, &whole)) {
        return false;
    }
    if (whole.size > INT32_MAX) {
        return context_fail(context,
                            "the tensors need %llu bytes of RAM, at most %ld "
                            "are possible",
                            (unsigned long long)whole.size, (long)INT32_MAX);
    }
    plan->arena_size = (size_t)whole.size;
    plan->arena_align = whole.align;
    plan->lower_bound = (size_t)whole.bound;
    return true;
}
