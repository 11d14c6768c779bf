/* Faults planted into the plans of whole networks: the checker refuses every
 * one.  Each buffer in turn is moved over the last byte of each other that is
 * alive at the same time, over the arena's end, or off its alignment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocate.h"
#include "base/context.h"
#include "pass/pass.h"
#include "plan/plan.h"
#include "read/tflite.h"
#include "target/target.h"

struct network {
    struct context context;
    uint8_t *file;
    struct plan *plan;
};

static uint8_t *read_file(const char *name, size_t *size) {
    char path[512];
    snprintf(path, sizeof path, "%s/models/%s", MICROFLOW_SOURCE_DIR, name);
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    const long length = ftell(file);
    assert_true(length > 0);
    rewind(file);
    uint8_t *bytes = allocate((size_t)length, 1);
    *size = fread(bytes, 1, (size_t)length, file);
    assert_int_equal(*size, (size_t)length);
    fclose(file);
    return bytes;
}

static struct network *open_network(const char *name, const char *target) {
    struct network *network = allocate(1, sizeof *network);
    const struct target *for_target = target_by_name(target);
    struct module *module;
    size_t size;
    network->context.file = name;
    network->file = read_file(name, &size);
    assert_non_null(for_target);
    assert_true(tflite_read(&network->context, network->file, size, &module));
    assert_true(
        pipeline_run(&network->context, module, for_target, NULL, NULL));
    assert_true(plan_make(&network->context, module->graph[0], for_target, NULL,
                          &network->plan));
    return network;
}

static void close_network(struct network *network) {
    arena_free(&network->context.arena);
    free(network->file);
    free(network);
}

static bool is_accepted(struct network *network) {
    struct context context = {.file = "fault"};
    const bool accepted = plan_check(&context, network->plan);
    assert_int_equal(accepted, context.message_count == 0);
    arena_free(&context.arena);
    return accepted;
}

static void expect_caught(struct network *network, const char *fault,
                          int32_t buffer, int *count) {
    if (is_accepted(network)) {
        fail_msg("%s, buffer %d: not caught", fault, (int)buffer);
    }
    ++*count;
}

static bool live_together(const struct buffer *a, const struct buffer *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* One byte of `other` is lost; the arena has room for all else. */
static void overlap(struct network *network, int32_t b, int *count) {
    struct plan *plan = network->plan;
    struct buffer *buffer = &plan->buffer[b];
    const struct buffer whole = *buffer;
    const size_t arena_size = plan->arena_size;
    for (int32_t i = 0; i < plan->buffer_count; i++) {
        const struct buffer *other = &plan->buffer[i];
        if (i == b || other->kept >= 0 || !live_together(buffer, other) ||
            buffer->size == 0 || other->size <= buffer->align) {
            continue;
        }
        const size_t last = other->offset + other->size - 1;
        buffer->offset = last / buffer->align * buffer->align;
        plan->arena_size = arena_size + buffer->size;
        expect_caught(network, "overlap of live tensors", b, count);
        *buffer = whole;
        plan->arena_size = arena_size;
    }
}

static void leave(struct network *network, int32_t b, int *count) {
    struct plan *plan = network->plan;
    struct buffer *buffer = &plan->buffer[b];
    const struct buffer whole = *buffer;
    const size_t arena_size = plan->arena_size;
    if (buffer->size == 0) {
        return;
    }
    plan->arena_size = buffer->offset + buffer->size - 1;
    expect_caught(network, "arena too short", b, count);
    plan->arena_size = arena_size;
    buffer->offset = SIZE_MAX / buffer->align * buffer->align;
    expect_caught(network, "offset that wraps around", b, count);
    *buffer = whole;
    if (buffer->align > 1) {
        buffer->offset++;
        plan->arena_size++;
        expect_caught(network, "not aligned", b, count);
        *buffer = whole;
        plan->arena_size = arena_size;
    }
}

static void lose_scratch(struct network *network, int *count) {
    struct plan *plan = network->plan;
    for (int32_t s = 0; s < plan->step_count; s++) {
        const int32_t scratch = plan->step[s].scratch;
        if (scratch < 0) {
            continue;
        }
        plan->step[s].scratch = -1;
        expect_caught(network, "no scratch", scratch, count);
        plan->step[s].scratch = scratch;
        plan->buffer[scratch].size--;
        expect_caught(network, "scratch too small", scratch, count);
        plan->buffer[scratch].size++;
    }
}

static void plant_all(const char *name, const char *target) {
    struct network *network = open_network(name, target);
    int count = 0;
    assert_true(is_accepted(network));
    for (int32_t b = 0; b < network->plan->buffer_count; b++) {
        if (network->plan->buffer[b].kept < 0) {
            overlap(network, b, &count);
            leave(network, b, &count);
        }
    }
    lose_scratch(network, &count);
    assert_true(is_accepted(network));
    print_message("%s for %s: %d faults, all caught\n", name, target, count);
    assert_true(count >= 3 * network->plan->buffer_count);
    close_network(network);
}

static void test_portable(void **state) {
    (void)state;
    plant_all("sine.tflite", "generic");
    plant_all("digits.tflite", "generic");
    plant_all("digits_residual.tflite", "generic");
}

static void test_with_scratch(void **state) {
    (void)state;
    plant_all("digits.tflite", "cortex-m4");
    plant_all("digits_residual.tflite", "cortex-m4");
    plant_all("digits_residual.tflite", "avr");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portable),
        cmocka_unit_test(test_with_scratch),
    };
    return cmocka_run_group_tests_name("faults/plan", tests, NULL, NULL);
}
