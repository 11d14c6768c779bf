/* The checker: what breaks a plan is refused, with its reason; and whatever it
 * accepts, however it came about, computes the right results. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_graph.h"
#include "random.h"

static const struct op_memory plain = {0};
static const struct op_memory view = {.is_view = true};
static const struct op_memory over_first = {.in_place = 1};
static const struct op_memory scratch = {.scratch = 24};

/* x -> a (scratch) -> v, a view -> b, over v -> y, with skip kept from x to y;
 * all int16, 20 elements. */
struct sample {
    struct fake_graph *fake;
    struct plan *plan;
    struct tensor *x, *skip, *a, *v, *b, *y;
};

static struct sample make_sample(void) {
    struct sample s = {.fake = fake_new()};
    s.x = fake_input(s.fake, DTYPE_INT16, 20);
    s.skip = fake_input(s.fake, DTYPE_INT16, 20);
    s.a = fake_tensor(s.fake, DTYPE_INT16, 20);
    s.v = fake_tensor(s.fake, DTYPE_INT16, 20);
    s.b = fake_tensor(s.fake, DTYPE_INT16, 20);
    s.y = fake_tensor(s.fake, DTYPE_INT16, 20);
    fake_node(s.fake, scratch, FAKE_LIST(s.x), FAKE_LIST(s.a));
    fake_node(s.fake, view, FAKE_LIST(s.a), FAKE_LIST(s.v));
    fake_node(s.fake, over_first, FAKE_LIST(s.v), FAKE_LIST(s.b));
    fake_node(s.fake, plain, FAKE_LIST(s.b, s.skip), FAKE_LIST(s.y));
    fake_output(s.fake, s.y);
    s.plan = fake_plan(s.fake);
    return s;
}

static struct buffer *buffer_of(const struct sample *s,
                                const struct tensor *tensor) {
    return &s->plan->buffer[s->plan->tensor_buffer[tensor->id]];
}

/* Refused with exactly one message that holds `text`; ends the sample. */
static void expect_refusal(struct sample *s, const char *text) {
    assert_false(plan_check(&s->fake->context, s->plan));
    assert_int_equal(s->fake->context.message_count, 1);
    if (!strstr(s->fake->context.first->text, text)) {
        fail_msg("\"%s\" lacks \"%s\"", s->fake->context.first->text, text);
    }
    fake_free(s->fake);
}

static void test_good(void **state) {
    (void)state;
    struct sample s = make_sample();
    assert_true(plan_check(&s.fake->context, s.plan));
    assert_true(fake_runs(s.fake, s.plan));
    assert_int_equal(s.fake->context.message_count, 0);
    fake_free(s.fake);
}

static void test_overwritten_before_read(void **state) {
    (void)state;
    struct sample s = make_sample();
    buffer_of(&s, s.a)->offset = buffer_of(&s, s.skip)->offset;
    buffer_of(&s, s.b)->offset = buffer_of(&s, s.skip)->offset;
    expect_refusal(&s, "fake: op 3 FAKE \"t5\": memory plan: \"t1\" was "
                       "overwritten or never written");
}

/* Off by one element over a neighbour. */
static void test_shifted(void **state) {
    (void)state;
    struct sample s = make_sample();
    struct buffer *x = buffer_of(&s, s.x), *skip = buffer_of(&s, s.skip);
    struct buffer *low = x->offset < skip->offset ? x : skip;
    low->offset += 2;
    s.plan->arena_size += 2;
    expect_refusal(&s, "shares bytes with another input");
}

static void test_swapped(void **state) {
    (void)state;
    struct sample s = make_sample();
    struct buffer *b = buffer_of(&s, s.b), *skip = buffer_of(&s, s.skip);
    size_t offset = b->offset;
    b->offset = skip->offset;
    skip->offset = offset;
    assert_false(plan_check(&s.fake->context, s.plan));
    fake_free(s.fake);
}

static void test_arena_too_small(void **state) {
    (void)state;
    struct sample s = make_sample();
    s.plan->arena_size--;
    expect_refusal(&s, "lies past the end");
    s = make_sample();
    buffer_of(&s, s.y)->offset = SIZE_MAX - 1;
    expect_refusal(&s, "\"t5\" lies past the end");
}

static void test_misaligned(void **state) {
    (void)state;
    struct sample s = make_sample();
    buffer_of(&s, s.y)->offset = 1;
    expect_refusal(&s, "\"t5\" is not aligned");
    s = make_sample();
    s.plan->arena_align = 1;
    expect_refusal(&s, "\"t0\" is not aligned");
    s = make_sample();
    s.plan->arena_align = 3;
    expect_refusal(&s, "alignment is 3");
    s = make_sample();
    s.plan->buffer[s.plan->step[0].scratch].offset = 2;
    expect_refusal(&s, "\"scratch\" is not aligned");
}

static void test_scratch(void **state) {
    (void)state;
    struct sample s = make_sample();
    struct buffer *place = &s.plan->buffer[s.plan->step[0].scratch];
    place->offset = buffer_of(&s, s.x)->offset;
    expect_refusal(&s, "\"scratch\" lies in an input");

    s = make_sample();
    place = &s.plan->buffer[s.plan->step[0].scratch];
    place->offset = buffer_of(&s, s.a)->offset;
    expect_refusal(&s, "\"scratch\" lies in an output");

    s = make_sample();
    place = &s.plan->buffer[s.plan->step[0].scratch];
    place->offset = buffer_of(&s, s.skip)->offset;
    expect_refusal(&s, "\"t1\" was overwritten");

    s = make_sample();
    s.plan->buffer[s.plan->step[0].scratch].size = 23;
    expect_refusal(&s, "\"scratch\" has no place or too small a one");

    s = make_sample();
    s.plan->step[0].scratch = -1;
    expect_refusal(&s, "is used by a call but is not its node's");
}

static void test_in_place_without_leave(void **state) {
    (void)state;
    struct sample s = make_sample();
    fake_set_memory(s.fake->graph.node[2], plain);
    expect_refusal(&s, "\"t4\" lies in an input that is still read");

    /* With leave, but not at the same start. */
    s = make_sample();
    buffer_of(&s, s.b)->offset += 2;
    s.plan->arena_size += 2;
    expect_refusal(&s, "\"t4\" lies in an input that is still read");
}

static void test_view_elsewhere(void **state) {
    (void)state;
    struct sample s = make_sample();
    s.plan->tensor_buffer[s.v->id] = s.plan->tensor_buffer[s.y->id];
    buffer_of(&s, s.y)->offset = buffer_of(&s, s.a)->offset + 2;
    s.plan->arena_size += 2;
    expect_refusal(&s, "\"t3\" lies elsewhere than what it is a view of");
}

static void test_not_computed(void **state) {
    (void)state;
    struct sample s = make_sample();
    s.plan->step[3].call = NULL;
    expect_refusal(&s, "\"t5\" is not computed");
}

/* A step whose only call would copy what lies there already. */
static void test_dropped(void **state) {
    (void)state;
    struct sample s = make_sample();
    struct step *step = &s.plan->step[2];
    step->dropped = step->call;
    step->call = NULL;
    step->dropped->moves_start = true;
    assert_true(plan_check(&s.fake->context, s.plan));
    step->dropped->moves_start = false;
    expect_refusal(&s, "\"t4\" is not computed");

    s = make_sample();
    step = &s.plan->step[0];
    step->dropped = step->call;
    step->call = NULL;
    step->dropped->moves_start = true;
    expect_refusal(&s, "\"t2\" lies elsewhere than what it is the start of");

    s = make_sample();
    step = &s.plan->step[2];
    step->dropped = step->call;
    step->call = NULL;
    step->dropped->moves_start = true;
    step->dropped->operand[0].tensor = s.skip;
    expect_refusal(&s, "\"t1\" is used by a call but is not its node's");
}

static void test_without_place(void **state) {
    (void)state;
    struct sample s = make_sample();
    s.plan->tensor_buffer[s.y->id] = -1;
    expect_refusal(&s, "\"t5\" has no place");
    s = make_sample();
    s.plan->tensor_buffer[s.y->id] = s.plan->buffer_count;
    expect_refusal(&s, "\"t5\" has no place");
}

static void test_foreign_operand(void **state) {
    (void)state;
    struct sample s = make_sample();
    s.plan->step[2].call->operand[0].tensor = s.skip;
    expect_refusal(&s, "\"t1\" is used by a call but is not its node's");
}

static void test_output_overwritten(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 20);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 20);
    struct tensor *z = fake_tensor(fake, DTYPE_INT8, 20);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(y));
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(z));
    fake_output(fake, y);
    fake_output(fake, z);
    struct sample s = {.fake = fake, .plan = fake_plan(fake)};
    buffer_of(&s, z)->offset = buffer_of(&s, y)->offset;
    expect_refusal(&s, "fake: memory plan: \"t1\" is an output and was "
                       "overwritten");
}

static void test_outputs_of_one_node(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_INT8, 20);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 20);
    struct tensor *z = fake_tensor(fake, DTYPE_INT8, 20);
    fake_node(fake, plain, FAKE_LIST(x), FAKE_LIST(y, z));
    fake_output(fake, y);
    struct sample s = {.fake = fake, .plan = fake_plan(fake)};
    buffer_of(&s, z)->offset = buffer_of(&s, y)->offset;
    expect_refusal(&s, "\"t1\" shares bytes with another output");
}

/* --- what is accepted is right --- */

static int32_t any_buffer(struct random *random, const struct plan *plan) {
    return random_int(random, 0, plan->buffer_count - 1);
}

static size_t any_offset(struct random *random, const struct plan *plan) {
    if (random_int(random, 0, 1)) {
        return plan->buffer[any_buffer(random, plan)].offset;
    }
    return (size_t)random_int(random, 0, (int64_t)plan->arena_size);
}

static void spoil(struct random *random, struct plan *plan) {
    struct buffer *a = &plan->buffer[any_buffer(random, plan)];
    struct buffer *b = &plan->buffer[any_buffer(random, plan)];
    size_t offset = a->offset;
    int32_t tensor =
        random_int(random, 0, (int64_t)plan->graph->tensor_count - 1);
    switch (random_int(random, 0, 5)) {
    case 0:
    case 1:
        a->offset = any_offset(random, plan);
        break;
    case 2:
        a->offset = b->offset;
        b->offset = offset;
        break;
    case 3:
        a->offset += (size_t)random_int(random, -8, 8);
        break;
    case 4:
        if (plan->tensor_buffer[tensor] >= 0) {
            plan->tensor_buffer[tensor] = any_buffer(random, plan);
        }
        break;
    case 5:
        plan->arena_size -= plan->arena_size > 0;
        break;
    }
}

/* Fails if a plan is accepted that computes something else. */
static void test_accepted_plans_run(void **state) {
    (void)state;
    struct random random = {7};
    int accepted = 0, refused = 0;
    for (uint64_t seed = 0; seed < 3000; seed++) {
        struct fake_graph *fake = fake_random(seed, random_int(&random, 1, 12));
        struct plan *plan = fake_plan(fake);
        spoil(&random, plan);
        if (plan_check(&fake->context, plan)) {
            accepted++;
            assert_true(fake_runs(fake, plan));
        } else {
            refused++;
        }
        fake_free(fake);
    }
    /* Both happen often enough to tell something. */
    assert_true(accepted > 300);
    assert_true(refused > 300);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),
        cmocka_unit_test(test_overwritten_before_read),
        cmocka_unit_test(test_shifted),
        cmocka_unit_test(test_swapped),
        cmocka_unit_test(test_arena_too_small),
        cmocka_unit_test(test_misaligned),
        cmocka_unit_test(test_scratch),
        cmocka_unit_test(test_in_place_without_leave),
        cmocka_unit_test(test_view_elsewhere),
        cmocka_unit_test(test_not_computed),
        cmocka_unit_test(test_dropped),
        cmocka_unit_test(test_without_place),
        cmocka_unit_test(test_foreign_operand),
        cmocka_unit_test(test_output_overwritten),
        cmocka_unit_test(test_outputs_of_one_node),
        cmocka_unit_test(test_accepted_plans_run),
    };
    return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
