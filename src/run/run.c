/* Executes a plan on the host. */
#include "run/run.h"

struct memory {
    const struct plan *plan;
    unsigned char *arena;
};

static void *find_address(void *user, const struct tensor *tensor) {
    struct memory *memory = user;
    return memory->arena + plan_offset(memory->plan, tensor);
}

void *run_address(const struct plan *plan, void *arena,
                  const struct tensor *tensor) {
    struct memory memory = {plan, arena};
    /* Constants are handed out through the pointer that outputs need; nobody
     * writes to them. */
    return tensor->data ? (void *)tensor->data : find_address(&memory, tensor);
}

void run_plan(const struct plan *plan, void *arena) {
    struct memory memory = {plan, arena};
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct step *step = &plan->step[s];
        void *scratch = step->scratch < 0
                            ? NULL
                            : memory.arena + plan->buffer[step->scratch].offset;
        calls_run(step->call, find_address, &memory, scratch);
    }
}
