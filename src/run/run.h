/* Executes a plan on the host, with the kernels that the target gets. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "plan/plan.h"

/* What a plan's inferences work on, all aligned for any type. */
struct run_memory {
    void *arena; /* plan->arena_size bytes */
    void *state; /* plan->state_size bytes, set by run_reset() */
    void *input; /* the graph's whole input, where its rows are pushed; else
                    unused */
};

/* Sets the state to what it is before the first inference. */
void run_reset(const struct plan *plan, const struct run_memory *memory);

void run_plan(const struct plan *plan, const struct run_memory *memory);

/* Told of every step once it was executed, while what it made is there; of
 * those of a stream when all of it was. */
struct run_watcher {
    void (*after)(void *user, int32_t step);
    void *user;
};
void run_plan_watched(const struct plan *plan, const struct run_memory *memory,
                      const struct run_watcher *watcher);

/* Where a tensor's elements are: in the arena, in the state, or its constant
 * data. */
void *run_address(const struct plan *plan, const struct run_memory *memory,
                  const struct tensor *tensor);

#endif
