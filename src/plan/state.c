/* What of an inference is computed where a state is kept, so that nothing is
 * left to be copied when it ends.
 *
 * Invariant: buffers that start at one kept place live one after the other, or
 * the later one overwrites the earlier in the step that reads it last. */
#include <assert.h>

#include "plan/plan.h"

static struct buffer *buffer_of(const struct plan *plan,
                                const struct tensor *tensor) {
    int32_t b = plan->tensor_buffer[tensor->id];
    return b < 0 ? NULL : &plan->buffer[b];
}

/* Streams find all that they touch in the arena. */
static bool is_streamed(const struct plan *plan, const struct buffer *buffer) {
    for (int32_t i = 0; i < plan->stream_count; i++) {
        const struct stream *stream = &plan->stream[i];
        for (int32_t s = 0; s < stream->strip_count; s++) {
            if (&plan->buffer[stream->strip[s].buffer] == buffer) {
                return true;
            }
        }
    }
    return false;
}

/* Links that a chain from the old value to the next one may have. */
enum { CHAIN_LIMIT = 4 };

/* Whether `buffer` can be computed in place of the state's old value, over one
 * or more results that start where it does.  These are moved there, too. */
/* NOLINTNEXTLINE(misc-no-recursion) CHAIN_LIMIT ends it */
static bool chain(struct plan *plan, struct buffer *buffer,
                  const struct buffer *old, int depth) {
    int32_t s = buffer->first;
    const struct node *node = s < 0 ? NULL : plan->step[s].node;
    if (!node || !plan->step[s].call || is_streamed(plan, buffer) ||
        depth == CHAIN_LIMIT || buffer != buffer_of(plan, node->output[0])) {
        return false;
    }
    uint32_t mask = op_memory(plan->target, node).in_place;
    for (int32_t i = 0; i < node->input_count; i++) {
        if (!plan_may_overwrite(plan, s, i, mask)) {
            continue;
        }
        struct buffer *under = buffer_of(plan, node->input[i]);
        if (under == old || (under->kept < 0 && under->first >= old->last &&
                             chain(plan, under, old, depth + 1))) {
            buffer->kept = old->kept;
            return true;
        }
    }
    return false;
}

/* Whether the value that step s stores can be computed where it is stored. */
static bool compute_there(struct plan *plan, const struct tensor *value,
                          const struct buffer *old) {
    struct buffer *buffer = value->data ? NULL : buffer_of(plan, value);
    if (!buffer || buffer->first < 0 || buffer->kept >= 0 ||
        is_streamed(plan, buffer)) {
        return false;
    }
    if (chain(plan, buffer, old, 0)) {
        return true;
    }
    if (old->last >= buffer->first) {
        return false;
    }
    buffer->kept = old->kept;
    return true;
}

/* Drops a buffer that nothing needs. */
static void remove_buffer(struct plan *plan, int32_t b) {
    for (int32_t i = b + 1; i < plan->buffer_count; i++) {
        plan->buffer[i - 1] = plan->buffer[i];
    }
    plan->buffer_count--;
    for (int32_t i = 0; i < plan->graph->tensor_count; i++) {
        plan->tensor_buffer[i] -= plan->tensor_buffer[i] > b;
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        plan->step[s].scratch -= plan->step[s].scratch > b;
    }
    for (int32_t i = 0; i < plan->buffer_count; i++) {
        plan->buffer[i].in_place -= plan->buffer[i].in_place > b;
    }
    for (int32_t i = 0; i < plan->stream_count; i++) {
        struct stream *stream = &plan->stream[i];
        stream->workspace -= stream->workspace > b;
        for (int32_t s = 0; s < stream->strip_count; s++) {
            stream->strip[s].buffer -= stream->strip[s].buffer > b;
        }
    }
}

static void store(struct plan *plan, int32_t s,
                  const struct graph_state *state) {
    struct step *step = &plan->step[s];
    const struct tensor *value = step->node->input[0];
    int32_t *place = &plan->tensor_buffer[state->next->id];
    const struct buffer *old = buffer_of(plan, state->tensor);
    bool is_unchanged = !value->data && buffer_of(plan, value) == old;
    plan->buffer[*place].last = plan->step_count;
    plan->buffer[*place].kept = old->kept;
    if (is_unchanged || compute_there(plan, value, old)) {
        int32_t copy = *place;
        buffer_of(plan, value)->last = plan->step_count;
        step->call = NULL;
        *place = plan->tensor_buffer[value->id];
        remove_buffer(plan, copy);
    }
}

static void place(struct plan *plan) {
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        const struct buffer *buffer = &plan->buffer[b];
        if (buffer->kept >= 0) {
            struct kept *kept = &plan->kept[buffer->kept];
            kept->size = buffer->size > kept->size ? buffer->size : kept->size;
            kept->align =
                buffer->align > kept->align ? buffer->align : kept->align;
        }
    }
    plan->state_align = 1;
    for (int32_t k = 0; k < plan->kept_count; k++) {
        struct kept *kept = &plan->kept[k];
        size_t misaligned = plan->state_size % kept->align;
        kept->offset =
            plan->state_size + (misaligned ? kept->align - misaligned : 0);
        plan->state_size = kept->offset + kept->size;
        if (kept->align > plan->state_align) {
            plan->state_align = kept->align;
        }
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        struct buffer *buffer = &plan->buffer[b];
        if (buffer->kept >= 0) {
            buffer->offset = plan->kept[buffer->kept].offset;
        }
    }
}

void plan_state(struct plan *plan) {
    const struct graph *graph = plan->graph;
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct node *node = plan->step[s].node;
        for (int32_t i = 0; i < graph->state_count; i++) {
            const struct graph_state *state = &graph->state[i];
            if (state->next && state->next == node->output[0]) {
                store(plan, s, state);
            }
        }
    }
    place(plan);
}

/* What is computed in the place may take more bytes than the state: they are
 * written before they are read. */
uint8_t kept_initial(const struct kept *kept, size_t i) {
    const struct graph_state *state = kept->state;
    if (!state) {
        return 0;
    }
    if (i >= tensor_size(state->tensor)) {
        i = 0;
    }
    return state->initial ? ((const uint8_t *)state->initial)[i] : state->fill;
}

bool kept_is_uniform(const struct kept *kept) {
    for (size_t i = 1; i < kept->size; i++) {
        if (kept_initial(kept, i) != kept_initial(kept, 0)) {
            return false;
        }
    }
    return true;
}
