/* Placement alone: buffers by hand and at random. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/plan.h"
#include "random.h"

enum { LIMIT = 4000 };

struct instance {
    struct context context;
    struct plan plan;
    struct buffer buffer[LIMIT];
};

static struct instance *new_instance(int32_t steps) {
    struct instance *instance = calloc(1, sizeof *instance);
    assert_non_null(instance);
    instance->context.file = "test";
    instance->plan.step_count = steps;
    instance->plan.buffer = instance->buffer;
    return instance;
}

static void free_instance(struct instance *instance) {
    arena_free(&instance->context.arena);
    free(instance);
}

static int32_t add(struct instance *instance, size_t size, int32_t first,
                   int32_t last) {
    int32_t b = instance->plan.buffer_count++;
    assert_true(b < LIMIT);
    instance->buffer[b] = (struct buffer){.size = size,
                                          .align = 1,
                                          .kept = -1,
                                          .first = first,
                                          .last = last,
                                          .in_place = -1};
    return b;
}

static bool may_overlap(const struct plan *plan, int32_t a, int32_t b) {
    const struct buffer *x = &plan->buffer[a], *y = &plan->buffer[b];
    return x->last < y->first || y->last < x->first || x->in_place == b ||
           y->in_place == a;
}

/* Places, and holds the result to the contract, pair by pair. */
static void place(struct instance *instance) {
    struct plan *plan = &instance->plan;
    size_t end = 0;
    assert_true(plan_place(&instance->context, plan));
    for (int32_t a = 0; a < plan->buffer_count; a++) {
        const struct buffer *x = &plan->buffer[a];
        assert_int_equal(x->offset % x->align, 0);
        assert_true(x->offset >= x->margin);
        assert_int_equal(plan->arena_align % x->align, 0);
        end = x->offset + x->size > end ? x->offset + x->size : end;
        if (x->in_place >= 0) {
            assert_int_equal(x->offset + x->lead,
                             plan->buffer[x->in_place].offset);
        }
        for (int32_t b = 0; b < a; b++) {
            const struct buffer *y = &plan->buffer[b];
            assert_true(may_overlap(plan, a, b) ||
                        x->offset + x->size <= y->offset ||
                        y->offset + y->size <= x->offset);
        }
    }
    assert_int_equal(plan->arena_size, end);
    assert_true(plan->arena_size >= plan->lower_bound);
}

/* The most bytes alive at once if all results are in place that can be. */
static size_t most_alive(const struct plan *plan) {
    size_t most = 0;
    for (int32_t s = -1; s <= plan->step_count; s++) {
        size_t live = plan_live_bytes(plan, s);
        most = live > most ? live : most;
    }
    return most;
}

static void expect_bound(struct instance *instance) {
    size_t most = most_alive(&instance->plan);
    place(instance);
    assert_int_equal(instance->plan.arena_size, most);
    assert_int_equal(instance->plan.lower_bound, most);
    free_instance(instance);
}

static void test_empty(void **state) {
    (void)state;
    expect_bound(new_instance(0));
}

static void test_all_at_once(void **state) {
    (void)state;
    struct instance *instance = new_instance(1);
    for (size_t i = 0; i < 300; i++) {
        add(instance, i % 17, -1, 0);
    }
    expect_bound(instance);
}

/* Any chain fits its fullest step. */
static void test_chains(void **state) {
    (void)state;
    struct random random = {1};
    for (int32_t steps = 1; steps < 1000; steps += 1 + steps / 2) {
        struct instance *instance = new_instance(steps);
        for (int32_t s = -1; s < steps; s++) {
            add(instance, (size_t)random_int(&random, 1, 5000), s, s + 1);
        }
        expect_bound(instance);
    }
}

/* Skips over every block of two layers, sizes halved now and then. */
static void test_residual_network(void **state) {
    (void)state;
    struct instance *instance = new_instance(60);
    size_t size = 16384;
    for (int32_t s = -1; s < 59; s += 3) {
        add(instance, size, s, s + 3);
        add(instance, size, s + 1, s + 2);
        add(instance, size, s + 2, s + 3);
        size = s % 9 == 8 ? size / 2 : size;
    }
    expect_bound(instance);
}

/* Tiles that fill a rectangle: the optimum is known, the way there lost. */
static void tile(struct instance *instance, struct random *random, size_t size,
                 int32_t first, int32_t last, int depth) {
    if (depth == 0 || (size < 2 && first == last)) {
        add(instance, size, first, last);
    } else if (first == last || (size >= 2 && random_int(random, 0, 1))) {
        size_t part = (size_t)random_int(random, 1, (int64_t)size - 1);
        tile(instance, random, part, first, last, depth - 1);
        tile(instance, random, size - part, first, last, depth - 1);
    } else {
        int32_t middle = random_int(random, first, last - 1);
        tile(instance, random, size, first, middle, depth - 1);
        tile(instance, random, size, middle + 1, last, depth - 1);
    }
}

static void test_tilings(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < 20; i++) {
        struct instance *instance = new_instance(50);
        tile(instance, &random, 10000, 0, 49, 2 + i % 4);
        place(instance);
        assert_in_range(instance->plan.lower_bound, 10000,
                        instance->plan.arena_size);
        assert_true(instance->plan.arena_size <= 11500);
        free_instance(instance);
    }
}

/* Whether buffer b, at its offset, goes with those before it.  `tied`: the plan
 * with all results in place that can be. */
static bool goes_with(const struct plan *tied, const struct buffer *placed,
                      int32_t b) {
    const struct buffer *x = &placed[b];
    for (int32_t i = 0; i < b; i++) {
        const struct buffer *y = &placed[i];
        if (x->last < y->first || y->last < x->first ||
            x->offset + x->size <= y->offset ||
            y->offset + y->size <= x->offset) {
            continue;
        }
        if (!(tied->buffer[b].in_place == i &&
              x->offset + x->lead == y->offset) &&
            !(tied->buffer[i].in_place == b &&
              y->offset + y->lead == x->offset)) {
            return false;
        }
    }
    return true;
}

/* Whether the buffers fit so many bytes, by trying all offsets. */
static bool fits(const struct plan *tied, struct buffer *placed, int32_t b,
                 size_t size) {
    if (b == tied->buffer_count) {
        return true;
    }
    placed[b] = tied->buffer[b];
    for (size_t offset = 0; offset + placed[b].size <= size;
         offset += placed[b].align) {
        if (offset < placed[b].margin) {
            continue;
        }
        placed[b].offset = offset;
        if (goes_with(tied, placed, b) && fits(tied, placed, b + 1, size)) {
            return true;
        }
    }
    return false;
}

/* Holds the result to be the smallest there is, and to be known as such. */
static bool expect_smallest(struct instance *instance) {
    struct buffer tied[LIMIT], placed[LIMIT];
    size_t most = most_alive(&instance->plan);
    memcpy(tied, instance->buffer, sizeof tied);
    struct plan before = instance->plan;
    before.buffer = tied;
    place(instance);
    size_t size = instance->plan.arena_size;
    assert_true(size == most || !fits(&before, placed, 0, size - 1));
    assert_int_equal(instance->plan.lower_bound, size);
    free_instance(instance);
    return size > most;
}

static void test_small_ones_are_optimal(void **state) {
    (void)state;
    struct random random = {3};
    int over = 0;
    for (int i = 0; i < 200; i++) {
        struct instance *instance = new_instance(6);
        for (int k = 0; k < 7; k++) {
            int32_t first = random_int(&random, -1, 5);
            int32_t b = add(instance, (size_t)random_int(&random, 1, 6), first,
                            random_int(&random, first, 6));
            instance->buffer[b].align = (size_t)1 << random_int(&random, 0, 2);
            instance->buffer[b].margin =
                random_int(&random, 0, 3) ? 0
                                          : (size_t)random_int(&random, 1, 6);
        }
        over += expect_smallest(instance);
    }
    assert_true(over > 30);
}

/* Results in place, some of which start before what they overwrite. */
static void test_small_ties_are_optimal(void **state) {
    (void)state;
    struct random random = {5};
    int over = 0;
    for (int i = 0; i < 800; i++) {
        struct instance *instance = new_instance(6);
        int32_t at = -1, under = -1;
        while (at < 5 && instance->plan.buffer_count < 4) {
            int32_t last = random_int(&random, at + 1, 6);
            int32_t b =
                add(instance, (size_t)random_int(&random, 2, 5), at, last);
            instance->buffer[b].in_place = under;
            if (under >= 0) {
                instance->buffer[b].lead = (size_t)random_int(&random, 0, 1);
            }
            under = random_int(&random, 0, 3) ? b : -1;
            at = last;
        }
        for (int k = 0; k < 3; k++) {
            int32_t first = random_int(&random, -1, 5);
            add(instance, (size_t)random_int(&random, 1, 5), first,
                random_int(&random, first, 6));
        }
        over += expect_smallest(instance);
    }
    assert_true(over > 0);
}

/* Lifetimes, sizes and alignments of all kinds; now and then a buffer is
 * computed over one that ends where it starts. */
static void add_random(struct instance *instance, struct random *random,
                       unsigned char *overwritten) {
    struct plan *plan = &instance->plan;
    int32_t first = random_int(random, -1, plan->step_count - 1);
    int32_t length = random_int(random, 0, 3) ? random_int(random, 0, 4)
                                              : random_int(random, 0, 100);
    int32_t last =
        first + length < plan->step_count ? first + length : plan->step_count;
    int32_t b = add(instance, (size_t)random_int(random, 1, 999), first, last);
    plan->buffer[b].align = (size_t)1 << random_int(random, 0, 3);
    for (int32_t i = 0; i < b && random_int(random, 0, 1); i++) {
        if (!overwritten[i] && plan->buffer[i].last == first &&
            plan->buffer[i].first < first) {
            overwritten[i] = 1;
            plan->buffer[b].in_place = i;
            break;
        }
    }
}

static void test_random_lifetimes(void **state) {
    (void)state;
    struct random random = {4};
    for (int i = 0; i < 20; i++) {
        unsigned char overwritten[LIMIT] = {0};
        struct instance *instance =
            new_instance(random_int(&random, 1, 3 + i * 3));
        for (int k = random_int(&random, 1, 8 * (i + 1)); k > 0; k--) {
            add_random(instance, &random, overwritten);
        }
        place(instance);
        free_instance(instance);
    }
}

static void test_too_large(void **state) {
    (void)state;
    struct instance *instance = new_instance(1);
    add(instance, 2147483647, -1, 0);
    place(instance);
    assert_int_equal(instance->plan.arena_size, 2147483647);
    add(instance, 1, -1, -1);
    assert_false(plan_place(&instance->context, &instance->plan));
    assert_string_equal(instance->context.first->text,
                        "test: the tensors need 2147483648 bytes of RAM, at "
                        "most 2147483647 are possible");
    free_instance(instance);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_empty),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_chains),
        cmocka_unit_test(test_residual_network),
        cmocka_unit_test(test_tilings),
        cmocka_unit_test(test_small_ones_are_optimal),
        cmocka_unit_test(test_small_ties_are_optimal),
        cmocka_unit_test(test_random_lifetimes),
        cmocka_unit_test(test_too_large),
    };
    return cmocka_run_group_tests_name("place", tests, NULL, NULL);
}
