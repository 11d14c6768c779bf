/* Plans of graphs: lifetimes, views, results in place; and that what runs in
 * the arena gives the same bytes as what runs in memory of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "fake_graph.h"

static const struct op_memory plain = {0};
static const struct op_memory view = {.is_view = true};
static const struct op_memory over_first = {.in_place = 1};
static const struct op_memory over_both = {.in_place = 3};

static const struct buffer *buffer_of(const struct plan *plan,
                                      const struct tensor *tensor) {
    assert_true(plan->tensor_buffer[tensor->id] >= 0);
    return &plan->buffer[plan->tensor_buffer[tensor->id]];
}

static bool same_place(const struct plan *plan, const struct tensor *a,
                       const struct tensor *b) {
    return plan_offset(plan, a) == plan_offset(plan, b);
}

/* Checks a plan, what it takes, and that it computes the right thing. */
static struct plan *expect_plan(struct fake_graph *fake, size_t arena_size) {
    struct plan *plan = fake_plan(fake);
    assert_int_equal(plan->arena_size, arena_size);
    assert_true(fake_runs(fake, plan));
    return plan;
}

static void test_chain(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 100);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 60);
    struct tensor *b = fake_tensor(fake, DTYPE_INT8, 90);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 10);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(a));
    fake_node(fake, plain, FAKE_LIST(a), FAKE_LIST(b));
    fake_node(fake, plain, FAKE_LIST(b), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 160);
    assert_int_equal(plan->lower_bound, 160);
    assert_int_equal(buffer_of(plan, x)->first, -1);
    assert_int_equal(buffer_of(plan, x)->last, 0);
    assert_int_equal(buffer_of(plan, a)->first, 0);
    assert_int_equal(buffer_of(plan, a)->last, 1);
    assert_int_equal(buffer_of(plan, y)->last, 3);
    assert_int_equal(plan_live_bytes(plan, -1), 100);
    assert_int_equal(plan_live_bytes(plan, 0), 160);
    assert_int_equal(plan_live_bytes(plan, 1), 150);
    assert_int_equal(plan_live_bytes(plan, 2), 100);
    fake_free(fake);
}

static void test_no_nodes(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT16, 7);
    fake_output(fake, x);
    fake_output(fake, x);
    fake_output(fake, fake_constant(fake, DTYPE_INT8, 5));
    struct plan *plan = expect_plan(fake, 14);
    assert_int_equal(plan->arena_align, 2);
    assert_int_equal(plan->tensor_buffer[1], -1);
    fake_free(fake);
}

static void test_nothing(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    fake_output(fake, fake_constant(fake, DTYPE_INT8, 5));
    struct plan *plan = expect_plan(fake, 0);
    assert_int_equal(plan->arena_align, 1);
    fake_free(fake);
}

static void test_alignment(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 3);
    struct tensor *a = fake_tensor(fake, DTYPE_INT32, 2);
    struct tensor *b = fake_tensor(fake, DTYPE_INT64, 1);
    struct tensor *y = fake_tensor(fake, DTYPE_INT16, 1);
    fake_node(fake, (struct op_memory){.scratch = 5}, FAKE_LIST(x),
              FAKE_LIST(a));
    fake_node(fake, plain, FAKE_LIST(a, x), FAKE_LIST(b));
    fake_node(fake, plain, FAKE_LIST(b, x), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = fake_plan(fake);
    assert_int_equal(plan->arena_align, 8);
    assert_int_equal(plan_offset(plan, a) % 4, 0);
    assert_int_equal(plan_offset(plan, b) % 8, 0);
    assert_int_equal(plan_offset(plan, y) % 2, 0);
    assert_int_equal(plan->buffer[plan->step[0].scratch].offset % 4, 0);
    assert_true(fake_runs(fake, plan));
    fake_free(fake);
}

/* Every input is written before the first step, read or not. */
static void test_unused_input(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 50);
    struct tensor *unused = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 45);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 95);
    assert_int_equal(buffer_of(plan, unused)->first, -1);
    assert_int_equal(buffer_of(plan, unused)->last, -1);
    assert_int_equal(plan_live_bytes(plan, -1), 90);
    fake_free(fake);
}

static void test_result_nobody_reads(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 50);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 20);
    struct tensor *waste = fake_tensor(fake, DTYPE_INT8, 30);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(y, waste));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 100);
    assert_int_equal(buffer_of(plan, waste)->first, 0);
    assert_int_equal(buffer_of(plan, waste)->last, 0);
    fake_free(fake);
}

static void test_optional_input(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 50);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 50);
    fake_node(fake, over_both, FAKE_LIST(NULL, x, NULL), FAKE_LIST(y));
    fake_output(fake, y);
    expect_plan(fake, 50);
    fake_free(fake);
}

static void test_scratch(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT32, 10);
    struct tensor *a = fake_tensor(fake, DTYPE_INT32, 10);
    struct tensor *y = fake_tensor(fake, DTYPE_INT32, 10);
    struct op_memory needs = {.scratch = 100};
    struct op_memory over = {.scratch = 100, .in_place = 1};
    fake_node(fake, needs, FAKE_LIST(x), FAKE_LIST(a));
    fake_node(fake, over, FAKE_LIST(a), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 180);
    const struct buffer *scratch = &plan->buffer[plan->step[1].scratch];
    assert_int_equal(scratch->first, 1);
    assert_int_equal(scratch->last, 1);
    assert_int_equal(scratch->size, 100);
    assert_null(scratch->tensor);
    assert_int_equal(plan_live_bytes(plan, 1), 140);
    fake_free(fake);
}

/* --- views --- */

static void test_view(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 50);
    struct tensor *v = fake_tensor(fake, DTYPE_INT8, 50);
    struct tensor *w = fake_tensor(fake, DTYPE_INT8, 50);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 7);
    fake_node(fake, view, FAKE_LIST(x), FAKE_LIST(v));
    fake_node(fake, view, FAKE_LIST(v), FAKE_LIST(w));
    fake_node(fake, plain, FAKE_LIST(w), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 57);
    assert_null(plan->step[0].call);
    assert_null(plan->step[1].call);
    assert_non_null(plan->step[2].call);
    assert_int_equal(plan->buffer_count, 2);
    assert_true(same_place(plan, x, w));
    assert_int_equal(buffer_of(plan, x)->last, 2);
    assert_ptr_equal(buffer_of(plan, w)->tensor, x);
    fake_free(fake);
}

static void test_view_from_input_to_output(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 50);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 50);
    fake_node(fake, view, FAKE_LIST(x), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 50);
    assert_int_equal(buffer_of(plan, y)->first, -1);
    assert_int_equal(buffer_of(plan, y)->last, 1);
    fake_free(fake);
}

static void test_two_outputs_view_one_buffer(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 50);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 30);
    struct tensor *v = fake_tensor(fake, DTYPE_INT8, 30);
    struct tensor *w = fake_tensor(fake, DTYPE_INT8, 30);
    struct tensor *b = fake_tensor(fake, DTYPE_INT8, 30);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(a));
    fake_node(fake, view, FAKE_LIST(a), FAKE_LIST(v));
    fake_node(fake, view, FAKE_LIST(a), FAKE_LIST(w));
    fake_node(fake, over_first, FAKE_LIST(v), FAKE_LIST(b));
    fake_output(fake, v);
    fake_output(fake, w);
    fake_output(fake, b);
    struct plan *plan = expect_plan(fake, 80);
    assert_true(same_place(plan, v, w));
    assert_false(same_place(plan, v, b));
    fake_free(fake);
}

/* What was not folded has to be copied into RAM. */
static void test_view_of_constant(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *c = fake_constant(fake, DTYPE_INT8, 50);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 50);
    fake_node(fake, view, FAKE_LIST(c), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 50);
    assert_non_null(plan->step[0].call);
    assert_int_equal(plan->tensor_buffer[c->id], -1);
    fake_free(fake);
}

/* A view with wider elements asks more of the offset. */
static void test_view_alignment(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 13);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 8);
    struct tensor *v = fake_tensor(fake, DTYPE_INT64, 1);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(a));
    fake_node(fake, view, FAKE_LIST(a), FAKE_LIST(v));
    fake_output(fake, v);
    fake_output(fake, x);
    struct plan *plan = fake_plan(fake);
    assert_int_equal(plan_offset(plan, v) % 8, 0);
    assert_int_equal(plan->arena_align, 8);
    fake_free(fake);
}

/* --- results in place --- */

static void test_in_place_chain(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 50);
    struct tensor *last = x;
    for (int i = 0; i < 10; i++) {
        struct tensor *next = fake_tensor(fake, DTYPE_INT8, 50);
        fake_node(fake, over_first, FAKE_LIST(last), FAKE_LIST(next));
        last = next;
    }
    fake_output(fake, last);
    struct plan *plan = expect_plan(fake, 50);
    assert_int_equal(plan->lower_bound, 50);
    assert_int_equal(plan_live_bytes(plan, 4), 50);
    fake_free(fake);
}

/* A result that shrinks frees what it does not cover. */
static void test_in_place_shrinks(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_FLOAT32, 100);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 100);
    struct tensor *b = fake_tensor(fake, DTYPE_INT8, 280);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 3);
    fake_node(fake, over_first, FAKE_LIST(x), FAKE_LIST(a));
    fake_node(fake, plain, FAKE_LIST(a), FAKE_LIST(b));
    fake_node(fake, plain, FAKE_LIST(a, b), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 400);
    assert_true(same_place(plan, x, a));
    assert_int_equal(buffer_of(plan, a)->in_place, plan->tensor_buffer[x->id]);
    assert_int_equal(plan_live_bytes(plan, 0), 400);
    assert_int_equal(plan_live_bytes(plan, 1), 380);
    fake_free(fake);
}

static void test_in_place_grows(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 10);
    struct tensor *other = fake_input(fake, DTYPE_INT8, 10);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 30);
    fake_node(fake, over_first, FAKE_LIST(x, other), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 40);
    assert_true(same_place(plan, x, y));
    fake_free(fake);
}

/* Wider elements would be written over what is still to be read. */
static void test_not_in_place_if_wider(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT32, 10);
    fake_node(fake, over_first, FAKE_LIST(x), FAKE_LIST(y));
    fake_output(fake, y);
    expect_plan(fake, 80);
    fake_free(fake);
}

static void test_not_in_place_if_read_later(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 40);
    fake_node(fake, over_first, FAKE_LIST(x), FAKE_LIST(a));
    fake_node(fake, over_both, FAKE_LIST(a, x), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 80);
    /* Of the two that die in the last step the older one is taken. */
    assert_true(same_place(plan, x, y));
    fake_free(fake);
}

static void test_not_in_place_if_output(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 40);
    fake_node(fake, over_first, FAKE_LIST(x), FAKE_LIST(y));
    fake_output(fake, x);
    fake_output(fake, y);
    expect_plan(fake, 80);
    fake_free(fake);
}

/* The tensor itself is not read again, a view of it is. */
static void test_not_in_place_if_view_is_read(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *v = fake_tensor(fake, DTYPE_INT8, 40);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 40);
    fake_node(fake, view, FAKE_LIST(x), FAKE_LIST(v));
    fake_node(fake, over_first, FAKE_LIST(x), FAKE_LIST(a));
    fake_node(fake, over_both, FAKE_LIST(a, v), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 80);
    assert_false(same_place(plan, x, a));
    fake_free(fake);
}

static void test_in_place_through_view(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *v = fake_tensor(fake, DTYPE_INT8, 40);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 40);
    struct tensor *w = fake_tensor(fake, DTYPE_INT8, 40);
    fake_node(fake, view, FAKE_LIST(x), FAKE_LIST(v));
    fake_node(fake, over_first, FAKE_LIST(v), FAKE_LIST(a));
    fake_node(fake, view, FAKE_LIST(a), FAKE_LIST(w));
    fake_output(fake, w);
    expect_plan(fake, 40);
    fake_free(fake);
}

static void test_same_input_twice(void **state) {
    (void)state;
    for (int both = 0; both < 2; both++) {
        for (int through_view = 0; through_view < 2; through_view++) {
            struct fake_graph *fake = fake_new();
            struct tensor *x = fake_input(fake, DTYPE_INT8, 40);
            struct tensor *second = x;
            if (through_view) {
                second = fake_tensor(fake, DTYPE_INT8, 40);
                fake_node(fake, view, FAKE_LIST(x), FAKE_LIST(second));
            }
            struct tensor *y = fake_tensor(fake, DTYPE_INT8, 40);
            fake_node(fake, both ? over_both : over_first, FAKE_LIST(x, second),
                      FAKE_LIST(y));
            fake_output(fake, y);
            expect_plan(fake, both ? 40 : 80);
            fake_free(fake);
        }
    }
}

static void test_in_place_takes_the_larger(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *a = fake_input(fake, DTYPE_INT8, 10);
    struct tensor *b = fake_input(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 40);
    fake_node(fake, over_both, FAKE_LIST(a, b), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = expect_plan(fake, 50);
    assert_true(same_place(plan, b, y));
    fake_free(fake);
}

static void test_not_over_constant(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *c = fake_constant(fake, DTYPE_INT8, 40);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 40);
    fake_node(fake, over_first, FAKE_LIST(c), FAKE_LIST(y));
    fake_output(fake, y);
    expect_plan(fake, 40);
    fake_free(fake);
}

/* Residual blocks: the sum goes over the skipped tensor, step by step. */
static void test_residual_blocks(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 100);
    for (int i = 0; i < 8; i++) {
        struct tensor *a = fake_tensor(fake, DTYPE_INT8, 100);
        struct tensor *b = fake_tensor(fake, DTYPE_INT8, 100);
        struct tensor *sum = fake_tensor(fake, DTYPE_INT8, 100);
        fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(a));
        fake_node(fake, plain, FAKE_LIST(a), FAKE_LIST(b));
        fake_node(fake, over_both, FAKE_LIST(x, b), FAKE_LIST(sum));
        x = sum;
    }
    fake_output(fake, x);
    expect_plan(fake, 300);
    fake_free(fake);
}

/* --- what is refused --- */

static void test_too_large_is_refused(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 2000000000);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 2000000000);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(y));
    fake_output(fake, y);
    struct plan *plan = NULL;
    assert_false(plan_make(&fake->context, &fake->graph, target_by_index(0),
                           NULL, &plan));
    assert_non_null(strstr(fake->context.first->text, "4000000000 bytes"));
    fake_free(fake);
}

/* --- properties --- */

static void test_random_graphs(void **state) {
    (void)state;
    int under = 0;
    for (uint64_t seed = 0; seed < 120; seed++) {
        struct fake_graph *fake = fake_random(seed, (int32_t)(seed % 40) + 1);
        struct plan *plan = fake_plan(fake);
        size_t most = 0;
        for (int32_t s = -1; s < plan->step_count; s++) {
            size_t live = plan_live_bytes(plan, s);
            most = live > most ? live : most;
        }
        assert_true(plan->arena_size >= most);
        assert_true(plan->arena_size >= plan->lower_bound);
        under += plan->lower_bound < most;
        assert_true(fake_runs(fake, plan));
        fake_free(fake);
    }
    /* Results that are not in place after all keep more bytes alive. */
    assert_true(under < 5);
}

static void test_plans_are_reproducible(void **state) {
    (void)state;
    for (uint64_t seed = 1000; seed < 1010; seed++) {
        struct fake_graph *fake = fake_random(seed, 60);
        struct plan *a = fake_plan(fake), *b = fake_plan(fake);
        assert_int_equal(a->buffer_count, b->buffer_count);
        for (int32_t i = 0; i < a->buffer_count; i++) {
            assert_int_equal(a->buffer[i].offset, b->buffer[i].offset);
        }
        fake_free(fake);
    }
}

static double plan_seconds(struct fake_graph *fake) {
    clock_t start = clock();
    fake_plan(fake);
    return (double)(clock() - start) / CLOCKS_PER_SEC;
}

/* Long chains with skips; the bound is generous for sanitizers and slow
 * machines, quadratic memory or cubic time would still miss it. */
static void test_ten_thousand_steps(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 100), *skip = x;
    for (int32_t i = 0; i < 10000; i++) {
        struct tensor *y = fake_tensor(fake, DTYPE_INT8, 50 + (i * 7919) % 101);
        fake_node(fake, plain, FAKE_LIST(x, skip), FAKE_LIST(y));
        skip = i % 5 == 0 ? x : skip;
        x = y;
    }
    fake_output(fake, x);
    assert_true(plan_seconds(fake) < 20);
    fake_free(fake);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_chain),
        cmocka_unit_test(test_no_nodes),
        cmocka_unit_test(test_nothing),
        cmocka_unit_test(test_alignment),
        cmocka_unit_test(test_unused_input),
        cmocka_unit_test(test_result_nobody_reads),
        cmocka_unit_test(test_optional_input),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_view),
        cmocka_unit_test(test_view_from_input_to_output),
        cmocka_unit_test(test_two_outputs_view_one_buffer),
        cmocka_unit_test(test_view_of_constant),
        cmocka_unit_test(test_view_alignment),
        cmocka_unit_test(test_in_place_chain),
        cmocka_unit_test(test_in_place_shrinks),
        cmocka_unit_test(test_in_place_grows),
        cmocka_unit_test(test_not_in_place_if_wider),
        cmocka_unit_test(test_not_in_place_if_read_later),
        cmocka_unit_test(test_not_in_place_if_output),
        cmocka_unit_test(test_not_in_place_if_view_is_read),
        cmocka_unit_test(test_in_place_through_view),
        cmocka_unit_test(test_same_input_twice),
        cmocka_unit_test(test_in_place_takes_the_larger),
        cmocka_unit_test(test_not_over_constant),
        cmocka_unit_test(test_residual_blocks),
        cmocka_unit_test(test_too_large_is_refused),
        cmocka_unit_test(test_random_graphs),
        cmocka_unit_test(test_plans_are_reproducible),
        cmocka_unit_test(test_ten_thousand_steps),
    };
    return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
