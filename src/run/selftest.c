/* The results that a self-test compares, from the host's own kernels. */
#include "run/selftest.h"

#include "mf_crc.h"
#include "op/control.h"
#include "op/custom.h"
#include "plan/stream.h"
#include "run/run.h"

struct maker {
    const struct plan *plan;
    struct run_memory memory;
    bool *is_inexact;   /* by tensor id: it follows from computed floats */
    bool *is_in_branch; /* by step: it may not run */
    struct tensor_check *check;
    int32_t count; /* of checks */
};

/* --- input --- */

static uint32_t fill(void *data, const struct tensor *tensor, uint32_t x) {
    const size_t count = (size_t)shape_count(&tensor->shape);
#define FILL(type, make)                                                       \
    for (size_t i = 0; i < count; i++) {                                       \
        x = mf_selftest_next(x);                                               \
        ((type *)data)[i] = mf_selftest_##make(x);                             \
    }                                                                          \
    break
    switch (tensor->type) {
    case DTYPE_BOOL:
        FILL(uint8_t, bool);
    case DTYPE_UINT8:
        FILL(uint8_t, u8);
    case DTYPE_INT8:
        FILL(int8_t, s8);
    case DTYPE_INT16:
        FILL(int16_t, s16);
    case DTYPE_UINT16:
        FILL(uint16_t, u16);
    case DTYPE_INT32:
        FILL(int32_t, s32);
    case DTYPE_UINT32:
        FILL(uint32_t, u32);
    case DTYPE_INT64:
        FILL(int64_t, s64);
    case DTYPE_FLOAT32:
        FILL(float, f32);
    default:
        break;
    }
#undef FILL
    return x;
}

static void fill_inputs(const struct maker *maker) {
    const struct graph *graph = maker->plan->graph;
    uint32_t x = MF_SELFTEST_START;
    for (int32_t i = 0; i < graph->input_count; i++) {
        const struct tensor *input = graph->input[i];
        void *data =
            maker->memory.input
                ? maker->memory.input
                : run_address(maker->plan, &maker->memory, graph->input[i]);
        x = fill(data, input, x);
    }
}

/* --- results --- */

static bool is_whole(const struct maker *maker, const struct step *step,
                     const struct tensor *tensor) {
    const struct plan *plan = maker->plan;
    if (tensor->data || plan->tensor_buffer[tensor->id] < 0) {
        return false;
    }
    if (step->stream < 0) {
        return step->call != NULL;
    }
    /* Later steps read it, or the program does. */
    const struct stream *stream = &plan->stream[step->stream];
    return stream_strip(stream, tensor) >= 0 &&
           plan_buffer(plan, tensor)->last > stream->last;
}

static bool is_exact(const struct maker *maker, const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if (input && maker->is_inexact[input->id]) {
            return false;
        }
    }
    return true;
}

static uint32_t crc_of(const void *bytes, size_t size) {
    uint32_t crc = MF_CRC_START;
    for (size_t i = 0; i < size; i++) {
        crc = mf_crc_u8(crc, ((const uint8_t *)bytes)[i]);
    }
    return crc ^ MF_CRC_START;
}

/* Whether the branches that the step ends, if it does, are told apart by what
 * is exact. */
static bool ends_exact(const struct maker *maker, int32_t s) {
    const struct graph *graph = maker->plan->graph;
    if (graph->node[s]->op->control_role != CONTROL_END) {
        return true;
    }
    const int32_t begin = control_target(graph, s);
    return !maker->is_inexact[graph->node[begin]->output[0]->id];
}

static void check_step(void *user, int32_t s) {
    struct maker *maker = user;
    const struct step *step = &maker->plan->step[s];
    const bool exact = is_exact(maker, step->node) && ends_exact(maker, s);
    for (int32_t i = 0; i < step->node->output_count; i++) {
        const struct tensor *output = step->node->output[i];
        const bool is_float = output->type == DTYPE_FLOAT32;
        maker->is_inexact[output->id] = !exact || is_float;
        if (exact && !is_float && !maker->is_in_branch[s] &&
            is_whole(maker, step, output)) {
            maker->check[output->id] = (struct tensor_check){
                true, crc_of(run_address(maker->plan, &maker->memory, output),
                             tensor_size(output))};
            maker->count++;
        }
    }
}

/* --- all of it --- */

static bool can_run(struct context *context, const struct plan *plan) {
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct node *node = plan->step[s].node;
        if (node->op->control_role == CONTROL_LOOP) {
            return node_fail(context, node,
                             "self-test: on its input the loop might not end, "
                             "which is not supported");
        }
        if (!custom_op_runs(context, node, plan->step[s].call)) {
            return false;
        }
    }
    return true;
}

static bool allocate(struct context *context, struct maker *maker) {
    const struct plan *plan = maker->plan;
    const size_t tensors = (size_t)plan->graph->tensor_count;
    const bool is_pushed = plan->stream_count > 0 && plan->stream[0].is_pushed;
    maker->is_inexact = CONTEXT_NEW(context, bool, tensors);
    maker->check = CONTEXT_NEW(context, struct tensor_check, tensors);
    maker->memory.arena = context_alloc(context, plan->arena_size, 1);
    maker->memory.state = context_alloc(context, plan->state_size, 1);
    if (is_pushed) {
        maker->memory.input =
            context_alloc(context, tensor_size(plan->graph->input[0]), 1);
    }
    maker->is_in_branch = CONTEXT_NEW(context, bool, (size_t)plan->step_count);
    int32_t depth = 0;
    for (int32_t s = 0; maker->is_in_branch && s < plan->step_count; s++) {
        depth += control_depth(plan->step[s].node);
        maker->is_in_branch[s] = depth > 0;
    }
    return maker->is_inexact && maker->check && maker->is_in_branch &&
           maker->memory.arena && maker->memory.state &&
           (!is_pushed || maker->memory.input);
}

bool selftest_make(struct context *context, const struct plan *plan,
                   const struct tensor_check **checks) {
    struct maker maker = {.plan = plan};
    if (plan->step_count > INT16_MAX) {
        return context_fail(context, "self-test: %d layers, allowed: %d",
                            (int)plan->step_count, INT16_MAX);
    }
    if (!can_run(context, plan) || !allocate(context, &maker)) {
        return false;
    }
    run_reset(plan, &maker.memory);
    fill_inputs(&maker);
    run_plan_watched(plan, &maker.memory,
                     &(struct run_watcher){check_step, &maker});
    *checks = maker.check;
    return maker.count > 0 ||
           context_fail(context, "self-test: no layer computes integers from "
                                 "integers alone");
}
