/* Executes a plan on the host. */
#include "run/run.h"

#include "op/control.h"
#include "run/run_stream.h"

struct run {
    const struct plan *plan;
    const struct run_memory *memory;
};

static void *find_address(void *user, const struct tensor *tensor) {
    const struct run *run = user;
    const struct buffer *buffer = plan_buffer(run->plan, tensor);
    unsigned char *memory =
        buffer->kept >= 0 ? run->memory->state : run->memory->arena;
    return memory + buffer->offset;
}

void *run_address(const struct plan *plan, const struct run_memory *memory,
                  const struct tensor *tensor) {
    struct run run = {plan, memory};
    /* Constants are handed out through the pointer that outputs need; nobody
     * writes to them. */
    return tensor->data ? (void *)tensor->data : find_address(&run, tensor);
}

void run_reset(const struct plan *plan, const struct run_memory *memory) {
    uint8_t *state = memory->state;
    for (int32_t k = 0; k < plan->kept_count; k++) {
        const struct kept *kept = &plan->kept[k];
        for (size_t i = 0; i < kept->size; i++) {
            state[kept->offset + i] = kept_initial(kept, i);
        }
    }
}

static void tell(const struct run_watcher *watcher, int32_t first,
                 int32_t last) {
    for (int32_t s = first; watcher && s <= last; s++) {
        watcher->after(watcher->user, s);
    }
}

/* The step after step s, which was run. */
static int32_t next_step(struct run *run, int32_t s) {
    const struct node *node = run->plan->step[s].node;
    const struct graph *graph = run->plan->graph;
    switch (node->op->control_role) {
    case CONTROL_THEN:
    case CONTROL_TEST: {
        const uint8_t *goes_on = find_address(run, node->output[0]);
        return *goes_on ? s + 1 : control_target(graph, s) + 1;
    }
    case CONTROL_ELSE: /* the first branch has run */
    case CONTROL_REPEAT:
        return control_target(graph, s) + 1;
    default:
        return s + 1;
    }
}

void run_plan(const struct plan *plan, const struct run_memory *memory) {
    run_plan_watched(plan, memory, NULL);
}

void run_plan_watched(const struct plan *plan, const struct run_memory *memory,
                      const struct run_watcher *watcher) {
    struct run run = {plan, memory};
    unsigned char *arena = memory->arena, *state = memory->state;
    for (int32_t s = 0; s < plan->step_count; s = next_step(&run, s)) {
        const struct step *step = &plan->step[s];
        if (step->stream >= 0) {
            const struct stream *stream = &plan->stream[step->stream];
            run_stream(plan, stream, arena, memory->input);
            tell(watcher, stream->first, stream->last);
            s = stream->last;
            continue;
        }
        void *scratch = step->scratch < 0
                            ? NULL
                            : arena + plan->buffer[step->scratch].offset;
        void *kept =
            step->kept < 0 ? NULL : state + plan->kept[step->kept].offset;
        calls_run(step->call, find_address, &run, scratch, kept);
        tell(watcher, s, s);
        if (step->node->op->control_role == CONTROL_ELSE) {
            tell(watcher, control_target(plan->graph, s),
                 control_target(plan->graph, s));
        }
    }
}
