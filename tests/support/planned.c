#include "planned.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "pass/pass.h"
#include "read/tflite.h"
#include "run/run.h"
#include "target/target.h"

enum { GUARD = 64, GUARD_BYTE = 0x5C };

struct planned *planned_new(struct writer *writer, const char *target) {
    struct planned *model = allocate(1, sizeof *model);
    struct module *module;
    size_t size;
    model->context.file = "test.tflite";
    model->target = target_by_name(target);
    assert_non_null(model->target);
    model->file = writer_finish(writer, &size);
    writer_free(writer);
    if (!tflite_read(&model->context, model->file, size, &module) ||
        !pipeline_run(&model->context, module, model->target, NULL, NULL)) {
        fail_msg("%s", model->context.first->text);
    }
    model->graph = module->graph[0];
    return model;
}

void planned_free(struct planned *model) {
    arena_free(&model->context.arena);
    free(model->file);
    free(model);
}

struct plan *planned_plan(struct planned *model,
                          const struct plan_options *options) {
    struct plan *plan;
    model->context.first = model->context.last = NULL;
    model->context.message_count = 0;
    return plan_make(&model->context, model->graph, model->target, options,
                     &plan)
               ? plan
               : NULL;
}

struct plan *planned_expect(struct planned *model,
                            const struct plan_options *options) {
    struct plan *plan = planned_plan(model, options);
    if (!plan) {
        fail_msg("%s: %s", model->target->name, model->context.first->text);
    }
    return plan;
}

size_t planned_input_size(const struct planned *model) {
    size_t size = 0;
    for (int32_t i = 0; i < model->graph->input_count; i++) {
        size += tensor_size(model->graph->input[i]);
    }
    return size;
}

size_t planned_output_size(const struct planned *model) {
    size_t size = 0;
    for (int32_t i = 0; i < model->graph->output_count; i++) {
        size += tensor_size(model->graph->output[i]);
    }
    return size;
}

static void expect_guard(const uint8_t *bytes) {
    for (int i = 0; i < GUARD; i++) {
        assert_int_equal(bytes[i], GUARD_BYTE);
    }
}

void planned_infer(const struct planned *model, const struct plan *plan,
                   int poison, const uint8_t *input, uint8_t *output) {
    uint8_t *bytes = allocate(plan->arena_size + 2 * GUARD, 1);
    uint8_t *after = bytes + GUARD + plan->arena_size;
    bool is_pushed = plan->stream_count > 0 && plan->stream[0].is_pushed;
    struct run_memory memory = {.arena = bytes + GUARD};
    assert_int_equal(plan->state_size, 0);
    memset(bytes, GUARD_BYTE, GUARD);
    memset(bytes + GUARD, poison, plan->arena_size);
    memset(after, GUARD_BYTE, GUARD);
    if (is_pushed) {
        memory.input = duplicate(input, planned_input_size(model));
    }
    for (int32_t i = 0; i < model->graph->input_count && !is_pushed; i++) {
        const struct tensor *tensor = model->graph->input[i];
        memcpy(run_address(plan, &memory, tensor), input, tensor_size(tensor));
        input += tensor_size(tensor);
    }
    run_plan(plan, &memory);
    for (int32_t i = 0; i < model->graph->output_count; i++) {
        const struct tensor *tensor = model->graph->output[i];
        memcpy(output, run_address(plan, &memory, tensor), tensor_size(tensor));
        output += tensor_size(tensor);
    }
    expect_guard(bytes);
    expect_guard(after);
    free(memory.input);
    free(bytes);
}
