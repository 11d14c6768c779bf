#include "plain.h"

#include <string.h>

#include "base/context.h"
#include "op/op.h"
#include "pass/pass.h"
#include "plan/plan.h"
#include "read/tflite.h"
#include "run/run.h"

uint8_t input_byte(unsigned seed, size_t input, size_t i) {
    uint32_t x = (uint32_t)(seed * 2654435761u + input * 40503u + i * 97u);
    x ^= x >> 15;
    x *= UINT32_C(0x2c1b3c6d);
    return (uint8_t)(x >> 24);
}

uint64_t hash_bytes(uint64_t hash, const void *bytes, size_t size) {
    const uint8_t *byte = bytes;
    for (size_t i = 0; i < size; i++) {
        hash = hash * UINT64_C(1099511628211) + byte[i] + 1;
    }
    return hash;
}

/* Nothing but integers, within the limits. */
static bool is_comparable(const struct plan *plan, size_t arena_limit,
                          uint64_t macs_limit) {
    const struct graph *graph = plan->graph;
    uint64_t macs = 0;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (graph->tensor[i]->type == DTYPE_FLOAT32) {
            return false;
        }
    }
    for (int32_t i = 0; i < graph->node_count; i++) {
        const struct node *node = graph->node[i];
        macs += node->op->macs ? node->op->macs(node) : 0;
    }
    return plan->arena_size <= arena_limit && macs <= macs_limit;
}

static uint64_t run(const struct plan *plan, unsigned seed,
                    const struct run_memory *memory) {
    const struct graph *graph = plan->graph;
    uint64_t hash = 0;
    for (int32_t i = 0; i < graph->input_count; i++) {
        const struct tensor *input = graph->input[i];
        const size_t size = tensor_size(input);
        if (input->use_count == 0) {
            continue; /* it has no place */
        }
        uint8_t *byte = run_address(plan, memory, input);
        for (size_t k = 0; k < size; k++) {
            byte[k] = input_byte(seed, (size_t)i, k);
            byte[k] &= input->type == DTYPE_BOOL ? 1 : 0xff;
        }
    }
    run_plan(plan, memory);
    for (int32_t i = 0; i < graph->output_count; i++) {
        const struct tensor *output = graph->output[i];
        hash = hash_bytes(hash, run_address(plan, memory, output),
                          tensor_size(output));
    }
    return hash;
}

bool run_plain(const uint8_t *data, size_t size, unsigned count,
               size_t arena_limit, uint64_t macs_limit, uint64_t *hash) {
    struct context context = {.file = "fuzz.tflite"};
    struct module *module;
    struct plan *plan;
    bool ok =
        tflite_read(&context, data, size, &module) &&
        pass_resolve_state(&context, module) &&
        pass_inline_control(&context, module->graph[0]) &&
        pass_order_control(&context, module->graph[0], target_by_index(0)) &&
        pass_order_state(&context, module->graph[0], target_by_index(0)) &&
        plan_make(&context, module->graph[0], target_by_index(0), NULL,
                  &plan) &&
        is_comparable(plan, arena_limit, macs_limit);
    struct run_memory memory = {0};
    if (ok) {
        memory.arena = context_alloc(&context, plan->arena_size, 1);
        memory.state = context_alloc(&context, plan->state_size, 1);
    }
    ok = memory.arena && memory.state;
    if (ok) {
        run_reset(plan, &memory);
        for (unsigned seed = 1; seed <= count; seed++) {
            *hash = run(plan, seed, &memory);
        }
    }
    arena_free(&context.arena);
    return ok;
}
