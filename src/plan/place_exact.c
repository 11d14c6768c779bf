/* The smallest placement of a few buffers: branch and bound.
 *
 * Of two buffers that live at the same time one lies below the other, or, if
 * it may be computed over it, is tied to its place.  Decisions for some pairs
 * leave each buffer a window of offsets in which it can lie in an arena that is
 * smaller than the best one known: the least that the decisions ask for, and
 * the greatest.  A pair that windows leave no choice is decided; where no pair
 * overlaps if all buffers take their least offsets, that is a placement; else
 * the search branches on a pair that does.  Each placement has its decisions,
 * so that nothing is missed: when no branch is left, the best one is optimal.
 *
 * Time is bounded by a count of pairs looked at: plans are reproducible. */
#include <assert.h>
#include <string.h>

#include "plan/place.h"

enum {
    LIMIT = 64,  /* buffers */
    DEPTH = 256, /* pairs that are branched on at once */
    OPEN = 0,
    BELOW = 1, /* the first lies below the second */
    ABOVE = 2,
    TIED = 4, /* the second is computed over the first */
    ALL = BELOW | ABOVE | TIED
};

static const uint64_t WORK = 40000000;

struct item {
    int32_t buffer;
    int64_t size, align;
    int64_t lowest; /* offset that it may have */
};

/* Two items that live at the same time; `first` is overwritten by `second` if
 * either may be. */
struct pair {
    int32_t first, second;
    int64_t lead;
    int may; /* BELOW, ABOVE, TIED */
};

struct window {
    int64_t low, high; /* offsets */
};

/* to >= from + gap */
struct edge {
    int32_t from, to;
    int64_t gap;
};

/* A pair that is branched on. */
struct frame {
    int32_t pair;
    int left; /* choices that have not been tried */
    int32_t edges, decided;
};

struct exact {
    const struct plan *plan;
    int32_t count;
    struct item item[LIMIT];
    int32_t pair_count;
    struct pair *pair;
    int *choice;     /* by pair; OPEN */
    int32_t *trail;  /* pairs in the order in which they were decided */
    int32_t decided; /* of them */
    struct edge *edge;
    int32_t edge_count;
    struct window window[LIMIT];
    struct frame *frame;
    struct window *saved; /* LIMIT for each frame */
    int32_t depth;
    uint64_t *live;
    int64_t best; /* size to be beaten */
    int64_t best_offset[LIMIT];
    int *best_choice;
    bool found;
    uint64_t work;
};

/* --- windows --- */

static int64_t round_down(int64_t offset, int64_t align) {
    int64_t past = offset % align;
    return offset - (past < 0 ? past + align : past);
}

static int64_t round_up(int64_t offset, int64_t align) {
    return round_down(offset + align - 1, align);
}

/* The greatest offset in an arena that is smaller than the best. */
static int64_t highest(const struct exact *exact, int32_t i) {
    const struct item *item = &exact->item[i];
    return round_down(exact->best - 1 - item->size, item->align);
}

static void open_windows(struct exact *exact) {
    for (int32_t i = 0; i < exact->count; i++) {
        exact->window[i] =
            (struct window){exact->item[i].lowest, highest(exact, i)};
    }
}

/* Narrows the windows to what the edges allow; false if one is empty.  Edges
 * that contradict each other may take long to show it. */
static bool narrow(struct exact *exact) {
    for (int32_t i = 0; i < exact->count; i++) {
        if (exact->window[i].low > exact->window[i].high) {
            return false;
        }
    }
    for (bool moves = true; moves && exact->work <= WORK;) {
        moves = false;
        for (int32_t e = 0; e < exact->edge_count; e++) {
            const struct edge *edge = &exact->edge[e];
            struct window *from = &exact->window[edge->from];
            struct window *to = &exact->window[edge->to];
            if (to->low < from->low + edge->gap) {
                to->low = round_up(from->low + edge->gap,
                                   exact->item[edge->to].align);
                moves = true;
            }
            if (from->high > to->high - edge->gap) {
                from->high = round_down(to->high - edge->gap,
                                        exact->item[edge->from].align);
                moves = true;
            }
            if (to->low > to->high || from->low > from->high) {
                return false;
            }
        }
        exact->work += (uint64_t)exact->edge_count;
    }
    return true;
}

/* Whether what lives in each step fits between the lowest start and the highest
 * end of it. */
static bool fits_steps(const struct exact *exact) {
    for (int32_t s = -1; s <= exact->plan->step_count; s++) {
        int64_t low = INT64_MAX, high = 0;
        for (int32_t i = 0; i < exact->count; i++) {
            const struct item *item = &exact->item[i];
            const struct buffer *buffer = &exact->plan->buffer[item->buffer];
            if (buffer->first <= s && s <= buffer->last) {
                const struct window *window = &exact->window[i];
                low = window->low < low ? window->low : low;
                high = window->high + item->size > high
                           ? window->high + item->size
                           : high;
            }
        }
        if (low < high && high - low < (int64_t)exact->live[s + 1]) {
            return false;
        }
    }
    return true;
}

/* Choices that the windows leave a pair. */
static int possible(const struct exact *exact, const struct pair *pair) {
    const struct window *first = &exact->window[pair->first];
    const struct window *second = &exact->window[pair->second];
    int may = 0;
    if (first->low + exact->item[pair->first].size <= second->high) {
        may |= BELOW;
    }
    if (second->low + exact->item[pair->second].size <= first->high) {
        may |= ABOVE;
    }
    if (second->low + pair->lead <= first->high &&
        first->low <= second->high + pair->lead) {
        may |= TIED;
    }
    return may & pair->may;
}

static bool overlap(const struct exact *exact, const struct pair *pair) {
    int64_t first = exact->window[pair->first].low;
    int64_t second = exact->window[pair->second].low;
    return first < second + exact->item[pair->second].size &&
           second < first + exact->item[pair->first].size;
}

/* --- decisions --- */

static void add_edge(struct exact *exact, int32_t from, int32_t to,
                     int64_t gap) {
    exact->edge[exact->edge_count++] = (struct edge){from, to, gap};
}

static void decide(struct exact *exact, int32_t p, int choice) {
    const struct pair *pair = &exact->pair[p];
    int32_t first = pair->first, second = pair->second;
    assert(exact->choice[p] == OPEN);
    exact->choice[p] = choice;
    exact->trail[exact->decided++] = p;
    if (choice == BELOW) {
        add_edge(exact, first, second, exact->item[first].size);
    } else if (choice == ABOVE) {
        add_edge(exact, second, first, exact->item[second].size);
    } else {
        add_edge(exact, second, first, pair->lead);
        add_edge(exact, first, second, -pair->lead);
    }
}

static void undo(struct exact *exact, const struct frame *frame) {
    while (exact->decided > frame->decided) {
        exact->choice[exact->trail[--exact->decided]] = OPEN;
    }
    exact->edge_count = frame->edges;
}

/* Decides all pairs that windows leave one choice, until there is none or the
 * work is used up; false if one has none. */
static bool deduce(struct exact *exact) {
    for (bool decides = true; decides && exact->work <= WORK;) {
        if (!narrow(exact)) {
            return false;
        }
        decides = false;
        for (int32_t p = 0; p < exact->pair_count; p++) {
            if (exact->choice[p] != OPEN) {
                continue;
            }
            int may = possible(exact, &exact->pair[p]);
            if (may == 0) {
                return false;
            }
            if ((may & (may - 1)) == 0) {
                decide(exact, p, may);
                decides = true;
            }
        }
        exact->work += (uint64_t)exact->pair_count;
    }
    exact->work += (uint64_t)exact->plan->step_count;
    return fits_steps(exact);
}

/* The open pair that overlaps and has the most bytes; -1: none does. */
static int32_t find_pair(const struct exact *exact) {
    int32_t found = -1;
    int64_t most = 0;
    for (int32_t p = 0; p < exact->pair_count; p++) {
        const struct pair *pair = &exact->pair[p];
        int64_t size =
            exact->item[pair->first].size + exact->item[pair->second].size;
        if (exact->choice[p] == OPEN && size > most && overlap(exact, pair)) {
            most = size;
            found = p;
        }
    }
    return found;
}

/* --- search --- */

static void take_solution(struct exact *exact) {
    int64_t size = 0;
    for (int32_t i = 0; i < exact->count; i++) {
        int64_t end = exact->window[i].low + exact->item[i].size;
        size = end > size ? end : size;
        exact->best_offset[i] = exact->window[i].low;
    }
    assert(size < exact->best);
    exact->best = size;
    exact->found = true;
    memcpy(exact->best_choice, exact->choice,
           (size_t)exact->pair_count * sizeof *exact->choice);
}

/* Windows of frames were made for a larger arena. */
static void lower_roof(struct exact *exact) {
    for (int32_t i = 0; i < exact->count; i++) {
        int64_t high = highest(exact, i);
        if (exact->window[i].high > high) {
            exact->window[i].high = high;
        }
    }
}

static void push(struct exact *exact, int32_t p) {
    struct frame *frame = &exact->frame[exact->depth];
    memcpy(&exact->saved[(size_t)exact->depth * LIMIT], exact->window,
           sizeof exact->window);
    exact->depth++;
    *frame = (struct frame){.pair = p,
                            .left = possible(exact, &exact->pair[p]),
                            .edges = exact->edge_count,
                            .decided = exact->decided};
}

/* Takes the next choice of the innermost frame that has one; false: none. */
static bool next_branch(struct exact *exact) {
    while (exact->depth > 0) {
        struct frame *frame = &exact->frame[exact->depth - 1];
        undo(exact, frame);
        if (frame->left) {
            /* Being tied takes the fewest bytes. */
            int choice = frame->left & TIED    ? TIED
                         : frame->left & BELOW ? BELOW
                                               : ABOVE;
            frame->left &= ~choice;
            memcpy(exact->window,
                   &exact->saved[(size_t)(exact->depth - 1) * LIMIT],
                   sizeof exact->window);
            lower_roof(exact);
            decide(exact, frame->pair, choice);
            return true;
        }
        exact->depth--;
    }
    return false;
}

/* Whether all was looked at that may be smaller than the best and is not under
 * the bound. */
static bool search(struct exact *exact, int64_t bound) {
    bool more = true;
    while (more && exact->best > bound) {
        bool is_open = deduce(exact);
        int32_t p = is_open ? find_pair(exact) : -1;
        if (exact->work > WORK || (p >= 0 && exact->depth == DEPTH)) {
            return false;
        }
        if (p >= 0) {
            push(exact, p);
        } else if (is_open) {
            take_solution(exact);
        }
        more = next_branch(exact);
    }
    return true;
}

/* --- what is searched --- */

/* Whether `over` may be computed over `under`. */
static bool may_tie(const struct plan *plan, int32_t over, int32_t under) {
    return plan->buffer[over].in_place == under;
}

static void add_pair(struct exact *exact, int32_t i, int32_t k) {
    const struct plan *plan = exact->plan;
    int32_t a = exact->item[i].buffer, b = exact->item[k].buffer;
    struct pair *pair = &exact->pair[exact->pair_count++];
    *pair = (struct pair){.first = i, .second = k, .may = BELOW | ABOVE};
    if (may_tie(plan, a, b)) {
        pair->first = k;
        pair->second = i;
    }
    if (may_tie(plan, a, b) || may_tie(plan, b, a)) {
        pair->may = ALL;
        pair->lead =
            (int64_t)plan->buffer[exact->item[pair->second].buffer].lead;
    }
}

static void add_pairs(struct exact *exact) {
    for (int32_t i = 0; i < exact->count; i++) {
        for (int32_t k = 0; k < i; k++) {
            const struct buffer *x =
                &exact->plan->buffer[exact->item[i].buffer];
            const struct buffer *y =
                &exact->plan->buffer[exact->item[k].buffer];
            if (x->first <= y->last && y->first <= x->last) {
                add_pair(exact, i, k);
            }
        }
    }
}

/* Buffers without bytes are anywhere. */
static bool add_items(struct exact *exact, int32_t region) {
    for (int32_t b = 0; b < exact->plan->buffer_count; b++) {
        const struct buffer *buffer = &exact->plan->buffer[b];
        if (!is_of_region(buffer, region) || buffer->size == 0) {
            continue;
        }
        if (exact->count == LIMIT) {
            return false;
        }
        int64_t align = (int64_t)buffer->align;
        exact->item[exact->count++] =
            (struct item){b, (int64_t)buffer->size, align,
                          round_up((int64_t)buffer->margin, align)};
    }
    return true;
}

static bool set_up(struct context *context, struct exact *exact) {
    size_t pairs = (size_t)exact->count * (size_t)exact->count / 2 + 1;
    exact->pair = CONTEXT_NEW(context, struct pair, pairs);
    exact->choice = CONTEXT_NEW(context, int, pairs);
    exact->best_choice = CONTEXT_NEW(context, int, pairs);
    exact->trail = CONTEXT_NEW(context, int32_t, pairs);
    exact->edge = CONTEXT_NEW(context, struct edge, 2 * pairs);
    exact->frame = CONTEXT_NEW(context, struct frame, DEPTH);
    exact->saved = CONTEXT_NEW(context, struct window, (size_t)DEPTH * LIMIT);
    exact->live =
        CONTEXT_NEW(context, uint64_t, (size_t)exact->plan->step_count + 3);
    return exact->pair && exact->choice && exact->best_choice && exact->trail &&
           exact->edge && exact->frame && exact->saved && exact->live;
}

static void take_best(const struct exact *exact, struct plan *plan,
                      int32_t region, struct placement *placement) {
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        if (is_of_region(&plan->buffer[b], region)) {
            plan->buffer[b].offset = 0;
            plan->buffer[b].in_place = -1;
        }
    }
    for (int32_t i = 0; i < exact->count; i++) {
        plan->buffer[exact->item[i].buffer].offset =
            (size_t)exact->best_offset[i];
    }
    for (int32_t p = 0; p < exact->pair_count; p++) {
        if (exact->best_choice[p] == TIED) {
            const struct pair *pair = &exact->pair[p];
            plan->buffer[exact->item[pair->second].buffer].in_place =
                exact->item[pair->first].buffer;
        }
    }
    placement->size = (uint64_t)exact->best;
}

bool place_exact(struct context *context, const struct plan *tied,
                 struct plan *plan, int32_t region,
                 struct placement *placement) {
    struct exact *exact = CONTEXT_NEW(context, struct exact, 1);
    if (!exact) {
        return false;
    }
    exact->plan = tied;
    exact->best = (int64_t)placement->size;
    if (!add_items(exact, region)) {
        return true;
    }
    if (!set_up(context, exact)) {
        return false;
    }
    add_pairs(exact);
    open_windows(exact);
    uint64_t bound = place_live(tied, region, exact->live);
    if (search(exact, (int64_t)bound)) {
        placement->bound = (uint64_t)exact->best;
    }
    if (exact->found) {
        take_best(exact, plan, region, placement);
    }
    return true;
}
