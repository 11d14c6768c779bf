/* Executes a plan on the host, with the kernels that the target gets. */
#ifndef RUN_RUN_H
#define RUN_RUN_H

#include "plan/plan.h"

/* `arena`: plan->arena_size bytes, aligned for any type. */
void run_plan(const struct plan *plan, void *arena);

/* Where a tensor's elements are: in the arena, or its constant data. */
void *run_address(const struct plan *plan, void *arena,
                  const struct tensor *tensor);

#endif
