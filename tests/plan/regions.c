/* Plans in several memories: they fit, compute what plans in one memory
 * compute, and their accesses cost least. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "fake_graph.h"
#include "planned.h"
#include "random.h"
#include "random_net.h"

static void expect_regions(const struct plan *plan,
                           const struct plan_options *options) {
    size_t end = 0;
    assert_int_equal(plan->region_count, options->region_count);
    for (int32_t r = 0; r < plan->region_count; r++) {
        const struct region *region = &plan->region[r];
        assert_true(region->size <= options->region[r].limit);
        assert_int_equal(region->start, (end + 7) / 8 * 8);
        end = region->start + region->size;
    }
    assert_int_equal(plan->arena_size, end);
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        const struct buffer *buffer = &plan->buffer[b];
        const struct region *region = &plan->region[buffer->region];
        assert_true(buffer->offset >= region->start + buffer->margin);
        assert_true(buffer->offset + buffer->size <=
                    region->start + region->size);
    }
}

/* --- networks --- */

/* Two or three memories that have a bit more than the network takes. */
static void make_regions(struct random *random, size_t size,
                         struct region region[3],
                         struct plan_options *options) {
    static const char *const names[] = {"a", "b", "c"};
    options->region = region;
    options->region_count = random_int(random, 2, 3);
    for (int32_t r = 0; r < options->region_count; r++) {
        region[r] = (struct region){
            .name = names[r],
            .limit = size / 4 +
                     (size_t)random_int(random, 1, (int64_t)size * 9 / 10),
            .cost = (uint32_t)random_int(random, 1, 9)};
    }
}

static void test_networks(void **state) {
    (void)state;
    int fits = 0, splits = 0, streams = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct random random = {seed};
        struct planned *model = planned_new(random_image_net(seed, 8),
                                            seed % 2 ? "generic" : "cortex-m4");
        struct plan_options options = {.least_ram = seed % 4 < 2};
        struct region region[3];
        const struct plan *whole = planned_expect(model, NULL);
        size_t size = planned_output_size(model);
        uint8_t *input = allocate(planned_input_size(model), 1);
        uint8_t *expected = allocate(size, 1), *output = allocate(size, 1);
        random_fill_s8(&random, (int8_t *)input, planned_input_size(model));
        planned_infer(model, whole, 0, input, expected);
        make_regions(&random, planned_expect(model, &options)->arena_size,
                     region, &options);
        const struct plan *plan = planned_plan(model, &options);
        if (plan) {
            fits++;
            splits += plan->region[0].size > 0 && plan->region[1].size > 0;
            streams += plan->stream_count > 0;
            expect_regions(plan, &options);
            planned_infer(model, plan, 0xA5, input, output);
            assert_memory_equal(output, expected, size);
        } else {
            assert_non_null(strstr(model->context.first->text, "region"));
        }
        free(input);
        free(expected);
        free(output);
        planned_free(model);
    }
    assert_true(fits > 15 && splits > 8 && streams > 3 && fits < 40);
}

/* --- what it costs --- */

/* A network of few layers, each of which reads one or two tensors. */
static struct fake_graph *small_graph(struct random *random) {
    static const struct op_memory plain = {0};
    struct fake_graph *fake = fake_new();
    struct tensor *last = fake_input(fake, DTYPE_INT8, 40);
    for (int32_t n = 0; n < 6; n++) {
        struct tensor *other =
            fake->graph
                .tensor[random_int(random, 0, fake->graph.tensor_count - 1)];
        struct tensor *output =
            fake_tensor(fake, DTYPE_INT8, random_int(random, 1, 60));
        fake_node(fake, plain, FAKE_LIST(last, other), FAKE_LIST(output));
        last = output;
    }
    fake_output(fake, last);
    return fake;
}

static uint64_t count_accesses(const struct plan *plan, int32_t b) {
    uint64_t accesses = 0;
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct node *node = plan->step[s].node;
        for (int32_t i = 0; i < node->input_count; i++) {
            if (plan->tensor_buffer[node->input[i]->id] == b) {
                accesses += plan->buffer[b].size;
            }
        }
        if (plan->tensor_buffer[node->output[0]->id] == b) {
            accesses += plan->buffer[b].size;
        }
    }
    return accesses;
}

/* Whether no step has more alive than there is; bit b: buffer b is in the
 * second region. */
static bool has_room(const struct plan *plan, const struct region *region,
                     unsigned second) {
    for (int32_t s = -1; s <= plan->step_count; s++) {
        size_t live[2] = {0, 0};
        for (int32_t b = 0; b < plan->buffer_count; b++) {
            const struct buffer *buffer = &plan->buffer[b];
            if (buffer->first <= s && s <= buffer->last) {
                live[second >> b & 1] += buffer->size;
            }
        }
        if (live[0] > region[0].limit || live[1] > region[1].limit) {
            return false;
        }
    }
    return true;
}

/* The least that accesses cost where no step has too much alive. */
static uint64_t least_cost(const struct plan *plan,
                           const struct region *region) {
    uint64_t least = UINT64_MAX;
    for (unsigned second = 0; second >> plan->buffer_count == 0; second++) {
        uint64_t cost = 0;
        for (int32_t b = 0; b < plan->buffer_count; b++) {
            cost += count_accesses(plan, b) * region[second >> b & 1].cost;
        }
        if (cost < least && has_room(plan, region, second)) {
            least = cost;
        }
    }
    return least;
}

static void test_accesses_cost_least(void **state) {
    (void)state;
    struct random random = {7};
    int least = 0, fits = 0, refused = 0;
    for (int i = 0; i < 200; i++) {
        struct fake_graph *fake = small_graph(&random);
        const struct plan *whole = fake_plan(fake);
        struct region region[2] = {
            {.name = "near",
             .limit = (size_t)random_int(&random, 20, 120),
             .cost = 1},
            {.name = "far",
             .limit = (size_t)random_int(&random, 40, 160),
             .cost = (uint32_t)random_int(&random, 1, 5)}};
        const struct plan_options options = {.region = region,
                                             .region_count = 2};
        uint64_t expected = least_cost(whole, region);
        struct plan *plan;
        if (!plan_make(&fake->context, &fake->graph, target_by_index(0),
                       &options, &plan)) {
            refused++;
            fake_free(fake);
            continue;
        }
        uint64_t cost = plan->region[0].accesses +
                        plan->region[1].accesses * region[1].cost;
        expect_regions(plan, &options);
        assert_true(fake_runs(fake, plan));
        assert_true(cost >= expected);
        fits++;
        least += cost == expected;
        fake_free(fake);
    }
    /* Placement may miss what is alive; then another assignment is taken. */
    assert_true(fits > 50 && refused > 20 && least >= fits * 9 / 10);
}

/* --- what the checker holds --- */

static void expect_refused(const struct plan *plan, const char *problem) {
    struct context context = {.file = "test"};
    assert_false(plan_check(&context, plan));
    assert_non_null(strstr(context.first->text, problem));
    arena_free(&context.arena);
}

static void test_checker(void **state) {
    (void)state;
    static const struct op_memory plain = {0};
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 50);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(y));
    fake_output(fake, y);
    const struct region region[2] = {{.name = "near", .limit = 45, .cost = 1},
                                     {.name = "far", .limit = 60, .cost = 2}};
    const struct plan_options options = {.region = region, .region_count = 2};
    struct plan *plan;
    assert_true(plan_make(&fake->context, &fake->graph, target_by_index(0),
                          &options, &plan));
    assert_int_equal(plan->region[0].size, 40);
    assert_int_equal(plan->region[1].size, 50);
    struct buffer *buffer = &plan->buffer[plan->tensor_buffer[y->id]];

    buffer->region = 0;
    expect_refused(plan, "a buffer lies elsewhere than in its region");
    buffer->region = 2;
    expect_refused(plan, "a buffer lies elsewhere than in its region");
    buffer->region = 1;
    plan->region[1].limit = 49;
    expect_refused(plan, "region far has no place or is too small");
    plan->region[1].limit = 60;
    plan->region[1].start = 32;
    expect_refused(plan, "region far has no place or is too small");
    plan->region[1].start = 40;
    plan->region[1].size = 49;
    expect_refused(plan, "a buffer lies elsewhere than in its region");
    buffer->size = 49;
    expect_refused(plan, "\"t1\" lies in no region");
    buffer->size = 50;
    plan->region[1].size = 50;
    assert_true(plan_check(&fake->context, plan));
    fake_free(fake);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_accesses_cost_least),
        cmocka_unit_test(test_checker),
    };
    return cmocka_run_group_tests_name("regions", tests, NULL, NULL);
}
