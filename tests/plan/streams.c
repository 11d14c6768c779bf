/* Streams of random networks: whatever is computed row by row gives the bits
 * that whole layers give, for every target, in the bytes that it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "planned.h"
#include "random.h"
#include "random_net.h"

enum { NETS = 50, FRAMES = 2, LAYERS = 8 };

static const char *const targets[] = {"generic",    "cortex-m4", "cortex-m3",
                                      "cortex-m55", "avr",       "x86-64"};
enum { TARGETS = sizeof targets / sizeof targets[0] };

/* What is expected of a network: some inputs and their outputs. */
struct frames {
    size_t input_size, output_size;
    uint8_t *input, *output;
};

static struct frames make_frames(uint64_t seed) {
    struct random random = {seed};
    struct planned *model =
        planned_new(random_image_net(seed, LAYERS), "generic");
    struct plan *plan = planned_expect(model, NULL);
    struct frames frames = {.input_size = planned_input_size(model),
                            .output_size = planned_output_size(model)};
    frames.input = allocate(FRAMES, frames.input_size);
    frames.output = allocate(FRAMES, frames.output_size);
    random_fill_s8(&random, (int8_t *)frames.input, FRAMES * frames.input_size);
    for (size_t i = 0; i < FRAMES; i++) {
        planned_infer(model, plan, 0, frames.input + i * frames.input_size,
                      frames.output + i * frames.output_size);
    }
    planned_free(model);
    return frames;
}

static void free_frames(const struct frames *frames) {
    free(frames->input);
    free(frames->output);
}

/* Whatever stood in the arena. */
static void expect_frames(const struct planned *model, const struct plan *plan,
                          const struct frames *frames, uint64_t seed) {
    static const int poison[] = {0xA5, 0x3B};
    uint8_t *output = allocate(frames->output_size, 1);
    for (size_t i = 0; i < FRAMES; i++) {
        planned_infer(model, plan, poison[i % 2],
                      frames->input + i * frames->input_size, output);
        if (memcmp(output, frames->output + i * frames->output_size,
                   frames->output_size) != 0) {
            fail_msg("network %d on %s: frame %d differs", (int)seed,
                     model->target->name, (int)i);
        }
    }
    free(output);
}

/* How often what is looked for was seen. */
struct counts {
    int streams, smaller, tiled, pieces, sums, overlapping, columns, limited;
};

static void count_streams(const struct plan *plan, struct counts *counts) {
    for (int32_t i = 0; i < plan->stream_count; i++) {
        const struct stream *stream = &plan->stream[i];
        counts->streams++;
        counts->overlapping += stream->dying >= 0;
        counts->columns += stream->axis == 2;
        for (int32_t g = 0; g < stream->stage_count; g++) {
            const struct stage *stage = &stream->stage[g];
            counts->tiled += stage->tile < stage->columns;
            counts->pieces += stage->piece < stage->columns;
            counts->sums += stream->strip[stage->strip].is_sum;
        }
    }
}

/* The smallest that there is. */
static size_t find_smallest(struct planned *model) {
    const struct tradeoff *point;
    assert_true(plan_tradeoff(&model->context, model->graph, model->target,
                              false, &point));
    while (point->next) {
        point = point->next;
    }
    return point->arena_size;
}

static void try_plans(uint64_t seed, const char *target,
                      const struct frames *frames, struct counts *counts) {
    struct planned *model = planned_new(random_image_net(seed, LAYERS), target);
    struct plan *plain = planned_expect(model, NULL);
    struct plan *least =
        planned_expect(model, &(struct plan_options){.least_ram = true});
    assert_true(least->arena_size <= plain->arena_size);
    count_streams(least, counts);
    expect_frames(model, plain, frames, seed);
    expect_frames(model, least, frames, seed);

    struct plan *smallest = planned_expect(
        model, &(struct plan_options){.least_ram = true,
                                      .ram_limit = find_smallest(model)});
    assert_true(smallest->arena_size <= least->arena_size);
    counts->smaller += smallest->arena_size < plain->arena_size;
    count_streams(smallest, counts);
    expect_frames(model, smallest, frames, seed);

    size_t limit = (smallest->arena_size + plain->arena_size) / 2;
    limit += limit == 0; /* 0 would be none */
    struct plan *limited = planned_expect(
        model, &(struct plan_options){.least_ram = true, .ram_limit = limit});
    assert_true(limited->arena_size <= limit);
    assert_true(limited->stream_cost <= smallest->stream_cost);
    counts->limited += limited->stream_cost < smallest->stream_cost;
    expect_frames(model, limited, frames, seed);

    struct plan *pushed = planned_expect(
        model, &(struct plan_options){.least_ram = true, .push_input = true});
    assert_true(pushed->stream[0].is_pushed);
    count_streams(pushed, counts);
    expect_frames(model, pushed, frames, seed);
    planned_free(model);
}

static void test_random(void **state) {
    (void)state;
    struct counts counts = {0};
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct frames frames = make_frames(seed);
        for (int t = 0; t < TARGETS; t++) {
            try_plans(seed, targets[t], &frames, &counts);
        }
        free_frames(&frames);
    }
    /* Whatever streams can do happens often enough to tell something. */
    const int plans = NETS * TARGETS;
    assert_true(counts.streams > plans);
    assert_true(counts.smaller > plans / 2);
    assert_true(counts.tiled > plans / 5);
    assert_true(counts.pieces > plans / 20);
    assert_true(counts.sums > plans / 50);
    assert_true(counts.overlapping > plans / 2);
    assert_true(counts.columns > plans / 20);
    assert_true(counts.limited > plans / 5);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random)};
    return cmocka_run_group_tests_name("streams", tests, NULL, NULL);
}
