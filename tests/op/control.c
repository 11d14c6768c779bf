/* IF and WHILE: models whose graphs are run by what is computed, held to plain
 * C in plans of both kinds and in generated code; that the checker of plans
 * follows rounds and branches; what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generated.h"
#include "model.h"
#include "planned.h"
#include "random.h"

static struct writer_tensor ints(int32_t count) {
    return (struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                  WRITER_SHAPE(count)};
}

static int32_t add_ints(struct writer *writer, int32_t count) {
    struct writer_tensor tensor = ints(count);
    return writer_tensor(writer, &tensor);
}

static int32_t add_constant(struct writer *writer, int32_t value) {
    struct writer_tensor tensor = ints(1);
    tensor.data = &value;
    return writer_tensor(writer, &tensor);
}

static int32_t add_bool(struct writer *writer) {
    return writer_tensor(
        writer,
        &(struct writer_tensor){.type = TFLITE_TYPE_BOOL, WRITER_SHAPE(1)});
}

/* Operators on two vectors of INT32 of `count` elements. */
static int32_t combine(struct writer *writer, int32_t code, int32_t a,
                       int32_t b, int32_t count) {
    int32_t result = add_ints(writer, count);
    struct writer_options options = code == TFLITE_ADD   ? options_add(0)
                                    : code == TFLITE_MUL ? options_mul(0)
                                                         : options_none();
    writer_operator(writer, code, WRITER_LIST(a, b), WRITER_LIST(result),
                    options);
    return result;
}

static int32_t compare(struct writer *writer, int32_t code, int32_t a,
                       int32_t b) {
    int32_t result = add_bool(writer);
    writer_operator(writer, code, WRITER_LIST(a, b), WRITER_LIST(result),
                    options_none());
    return result;
}

static void finish_graph(struct writer *writer, struct writer_list inputs,
                         struct writer_list outputs) {
    writer_inputs(writer, inputs);
    writer_outputs(writer, outputs);
}

/* Runs a model as it is planned for speed and for RAM. */
static void infer_both(struct writer *(*write)(uint64_t seed), uint64_t seed,
                       const int32_t *input, const int32_t *expected) {
    struct planned *model = planned_new(write(seed), "generic");
    for (int least_ram = 0; least_ram < 2; least_ram++) {
        const struct plan *plan = planned_expect(
            model, &(struct plan_options){.least_ram = least_ram != 0});
        uint8_t output[256];
        assert_true(planned_output_size(model) <= sizeof output);
        planned_infer(model, plan, least_ram ? 0x00 : 0xA5,
                      (const uint8_t *)input, output);
        assert_memory_equal(output, expected, planned_output_size(model));
    }
    planned_free(model);
}

/* --- steps to 1 of Collatz's sequence: an IF in a WHILE --- */

/* WHILE n > 1: n = n even ? n / 2 : 3 n + 1; steps += 1. */
static struct writer *write_collatz(uint64_t seed) {
    (void)seed;
    struct writer *writer = writer_new();
    int32_t cond = writer_subgraph(writer, "cond");
    int32_t n = add_ints(writer, 1), steps = add_ints(writer, 1);
    int32_t goes_on =
        compare(writer, TFLITE_GREATER, n, add_constant(writer, 1));
    finish_graph(writer, WRITER_LIST(n, steps), WRITER_LIST(goes_on));

    int32_t even = writer_subgraph(writer, "even");
    n = add_ints(writer, 1);
    int32_t half =
        combine(writer, TFLITE_FLOOR_DIV, n, add_constant(writer, 2), 1);
    finish_graph(writer, WRITER_LIST(n), WRITER_LIST(half));

    int32_t odd = writer_subgraph(writer, "odd");
    n = add_ints(writer, 1);
    int32_t more =
        combine(writer, TFLITE_ADD,
                combine(writer, TFLITE_MUL, n, add_constant(writer, 3), 1),
                add_constant(writer, 1), 1);
    finish_graph(writer, WRITER_LIST(n), WRITER_LIST(more));

    int32_t body = writer_subgraph(writer, "body");
    n = add_ints(writer, 1);
    steps = add_ints(writer, 1);
    int32_t rest =
        combine(writer, TFLITE_FLOOR_MOD, n, add_constant(writer, 2), 1);
    int32_t is_even =
        compare(writer, TFLITE_EQUAL, rest, add_constant(writer, 0));
    int32_t next = add_ints(writer, 1);
    writer_operator(writer, TFLITE_IF, WRITER_LIST(is_even, n),
                    WRITER_LIST(next), options_if(even, odd));
    int32_t count =
        combine(writer, TFLITE_ADD, steps, add_constant(writer, 1), 1);
    finish_graph(writer, WRITER_LIST(n, steps), WRITER_LIST(next, count));

    writer_select_subgraph(writer, 0);
    n = add_ints(writer, 1);
    int32_t last = add_ints(writer, 1), total = add_ints(writer, 1);
    writer_operator(writer, TFLITE_WHILE,
                    WRITER_LIST(n, add_constant(writer, 0)),
                    WRITER_LIST(last, total), options_while(cond, body));
    finish_graph(writer, WRITER_LIST(n), WRITER_LIST(last, total));
    return writer;
}

static void collatz(int32_t n, int32_t result[2]) {
    int32_t steps = 0;
    while (n > 1) {
        n = n % 2 == 0 ? n / 2 : 3 * n + 1;
        steps++;
    }
    result[0] = n;
    result[1] = steps;
}

static void test_collatz(void **state) {
    (void)state;
    static const int32_t starts[] = {-5, 0, 1, 2, 3, 6, 7, 27, 97, 871, 6171};
    for (size_t i = 0; i < sizeof starts / sizeof starts[0]; i++) {
        int32_t expected[2];
        collatz(starts[i], expected);
        infer_both(write_collatz, 0, &starts[i], expected);
    }
}

/* Frames of the model through the program that is generated from it. */
static void test_generated(void **state) {
    (void)state;
    enum { FRAMES = 40 };
    struct generated *g = generate(
        write_collatz(0), &(mf_compile_options){.name = "net", .driver = true});
    int32_t in[FRAMES], expected[FRAMES][2];
    for (int i = 0; i < FRAMES; i++) {
        in[i] = i - 2;
        collatz(in[i], expected[i]);
    }
    assert_non_null(strstr(generated_text(g, "net.c"), "for (;;) {"));
    shell(g, "%s " STRICT_C99 " -fsanitize=undefined -o net *.c -lm",
          MICROFLOW_CC);
    generated_write(g, "in", in, sizeof in);
    shell(g, "./net <in >out");
    size_t size;
    const void *out = generated_read(g, "out", &size);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(out, expected, size);
    generated_free(g);
}

/* c ? x + 5 : 3 x, and that plus x. */
static struct writer *write_choice(uint64_t seed) {
    (void)seed;
    struct writer *writer = writer_new();
    int32_t branch[2];
    for (int k = 0; k < 2; k++) {
        branch[k] = writer_subgraph(writer, "branch");
        int32_t x = add_ints(writer, 3);
        int32_t y =
            k == 0 ? combine(writer, TFLITE_ADD, x, add_constant(writer, 5), 3)
                   : combine(writer, TFLITE_MUL, x, add_constant(writer, 3), 3);
        finish_graph(writer, WRITER_LIST(x), WRITER_LIST(y));
    }
    writer_select_subgraph(writer, 0);
    int32_t n = add_ints(writer, 1), x = add_ints(writer, 3);
    int32_t c = compare(writer, TFLITE_GREATER, n, add_constant(writer, 0));
    int32_t y = add_ints(writer, 3);
    writer_operator(writer, TFLITE_IF, WRITER_LIST(c, x), WRITER_LIST(y),
                    options_if(branch[0], branch[1]));
    finish_graph(writer, WRITER_LIST(n, x),
                 WRITER_LIST(y, combine(writer, TFLITE_ADD, x, y, 3)));
    return writer;
}

static void test_choice(void **state) {
    (void)state;
    for (int32_t n = -1; n < 3; n++) {
        const int32_t in[4] = {n, 7, -8, 9};
        int32_t expected[6];
        for (int k = 0; k < 3; k++) {
            const int32_t x = in[1 + k];
            expected[k] = n > 0 ? x + 5 : 3 * x;
            expected[3 + k] = expected[k] + x;
        }
        infer_both(write_choice, 0, in, expected);
    }
}

/* What follows a branch is checked on the target, too; of a loop nobody knows
 * that it ends there. */
static void test_selftest(void **state) {
    (void)state;
    const mf_compile_options options = {.name = "net", .selftest = true};
    static const char test[] = "#include \"net.h\"\n"
                               "int main(void) { return net_selftest(); }\n";
    struct generated *g = generate(write_choice(0), &options);
    generated_write(g, "test.c", test, sizeof test - 1);
    shell(g, "%s " STRICT_C99 " -o test *.c && ./test", MICROFLOW_CC);
    generated_free(g);
    g = generate(write_collatz(0), &(mf_compile_options){.name = "net"});
    mf_model *model = generated_model(g);
    assert_false(mf_model_compile(model, &options));
    assert_string_equal(mf_model_message(model, 0),
                        "test.tflite: op 0 WHILE \"\": self-test: on its "
                        "input the loop might not end, which is not supported");
    generated_free(g);
}

/* --- loops that hand their values around --- */

enum { VALUES = 4, LENGTH = 3 };

/* Value k becomes value from[k], which may be itself, under another shape
 * or not, plus `step` if adds[k]; the graph runs as long as i < n.  n is a
 * value that nothing changes. */
struct shuffle {
    int32_t from[VALUES];
    bool reshapes[VALUES], adds[VALUES];
    int32_t step;
};

static struct shuffle random_shuffle(uint64_t seed) {
    struct random random = {seed};
    struct shuffle shuffle = {.step = random_int(&random, -3, 3)};
    for (int k = 0; k < VALUES; k++) {
        shuffle.from[k] = random_int(&random, 0, VALUES - 1);
        shuffle.reshapes[k] = random_int(&random, 0, 2) == 0;
        shuffle.adds[k] = random_int(&random, 0, 2) == 0;
    }
    return shuffle;
}

static int32_t add_reshaped(struct writer *writer, int32_t value) {
    struct writer_tensor flat = {.type = TFLITE_TYPE_INT32,
                                 WRITER_SHAPE(1, LENGTH)};
    int32_t middle = writer_tensor(writer, &flat);
    int32_t result = add_ints(writer, LENGTH);
    writer_operator(writer, TFLITE_RESHAPE, WRITER_LIST(value),
                    WRITER_LIST(middle), options_reshape(WRITER_EMPTY));
    writer_operator(writer, TFLITE_RESHAPE, WRITER_LIST(middle),
                    WRITER_LIST(result), options_reshape(WRITER_EMPTY));
    return result;
}

enum { CARRIED = VALUES + 2 };

/* i, n, values. */
static void add_carried(struct writer *writer, int32_t carried[CARRIED]) {
    for (int k = 0; k < CARRIED; k++) {
        carried[k] = add_ints(writer, k < 2 ? 1 : LENGTH);
    }
}

static struct writer *write_shuffle(uint64_t seed) {
    const struct shuffle shuffle = random_shuffle(seed);
    struct writer *writer = writer_new();
    int32_t in[CARRIED], out[CARRIED];
    int32_t cond = writer_subgraph(writer, "cond");
    add_carried(writer, in);
    int32_t goes_on = compare(writer, TFLITE_LESS, in[0], in[1]);
    finish_graph(writer, (struct writer_list){in, CARRIED},
                 WRITER_LIST(goes_on));
    int32_t body = writer_subgraph(writer, "body");
    add_carried(writer, in);
    out[0] = combine(writer, TFLITE_ADD, in[0], add_constant(writer, 1), 1);
    out[1] = in[1];
    for (int k = 0; k < VALUES; k++) {
        int32_t value = in[2 + shuffle.from[k]];
        value = shuffle.reshapes[k] ? add_reshaped(writer, value) : value;
        out[2 + k] = shuffle.adds[k]
                         ? combine(writer, TFLITE_ADD, value,
                                   add_constant(writer, shuffle.step), LENGTH)
                         : value;
    }
    finish_graph(writer, (struct writer_list){in, CARRIED},
                 (struct writer_list){out, CARRIED});
    writer_select_subgraph(writer, 0);
    in[0] = add_constant(writer, 0);
    for (int k = 1; k < CARRIED; k++) {
        in[k] = add_ints(writer, k < 2 ? 1 : LENGTH);
    }
    add_carried(writer, out);
    writer_operator(writer, TFLITE_WHILE, (struct writer_list){in, CARRIED},
                    (struct writer_list){out, CARRIED},
                    options_while(cond, body));
    finish_graph(writer, (struct writer_list){in + 1, CARRIED - 1},
                 (struct writer_list){out, CARRIED});
    return writer;
}

/* `value` becomes what it is after one round. */
static void shuffle_round(const struct shuffle *shuffle,
                          int32_t value[VALUES][LENGTH]) {
    int32_t old[VALUES][LENGTH];
    memcpy(old, value, sizeof old);
    for (int k = 0; k < VALUES; k++) {
        for (int j = 0; j < LENGTH; j++) {
            value[k][j] = old[shuffle->from[k]][j] +
                          (shuffle->adds[k] ? shuffle->step : 0);
        }
    }
}

static void test_carried_values(void **state) {
    (void)state;
    for (uint64_t seed = 0; seed < 60; seed++) {
        const struct shuffle shuffle = random_shuffle(seed);
        struct {
            int32_t n, value[VALUES][LENGTH];
        } in;
        struct {
            int32_t i, n, value[VALUES][LENGTH];
        } expected;
        for (int k = 0; k < VALUES * LENGTH; k++) {
            in.value[k / LENGTH][k % LENGTH] = 100 * k;
        }
        for (int32_t n = 0; n < 5; n += n == 2 ? 2 : 1) {
            in.n = expected.i = expected.n = n;
            memcpy(expected.value, in.value, sizeof in.value);
            for (int32_t i = 0; i < n; i++) {
                shuffle_round(&shuffle, expected.value);
            }
            infer_both(write_shuffle, seed, &in.n, &expected.i);
        }
    }
}

/* --- a loop within a loop, which reads what the outer one made --- */

/* WHILE i < n { t = i * i; j = 0; WHILE j < i { s += t + x; j += 1 }; i += 1 },
 * where x comes from before both. */
static struct writer *write_nested(uint64_t seed) {
    (void)seed;
    struct writer *writer = writer_new();
    int32_t v[5], one, sum;
    int32_t inner_cond = writer_subgraph(writer, "inner_cond");
    for (int k = 0; k < 5; k++) { /* j, i, s, t, x */
        v[k] = add_ints(writer, 1);
    }
    finish_graph(writer, (struct writer_list){v, 5},
                 WRITER_LIST(compare(writer, TFLITE_LESS, v[0], v[1])));
    int32_t inner = writer_subgraph(writer, "inner");
    for (int k = 0; k < 5; k++) {
        v[k] = add_ints(writer, 1);
    }
    one = add_constant(writer, 1);
    sum = combine(writer, TFLITE_ADD, v[2],
                  combine(writer, TFLITE_ADD, v[3], v[4], 1), 1);
    finish_graph(writer, (struct writer_list){v, 5},
                 WRITER_LIST(combine(writer, TFLITE_ADD, v[0], one, 1), v[1],
                             sum, v[3], v[4]));
    int32_t cond = writer_subgraph(writer, "cond");
    for (int k = 0; k < 4; k++) { /* i, n, s, x */
        v[k] = add_ints(writer, 1);
    }
    finish_graph(writer, (struct writer_list){v, 4},
                 WRITER_LIST(compare(writer, TFLITE_LESS, v[0], v[1])));
    int32_t body = writer_subgraph(writer, "body");
    for (int k = 0; k < 4; k++) {
        v[k] = add_ints(writer, 1);
    }
    int32_t t = combine(writer, TFLITE_MUL, v[0], v[0], 1), after[5];
    for (int k = 0; k < 5; k++) {
        after[k] = add_ints(writer, 1);
    }
    writer_operator(writer, TFLITE_WHILE,
                    WRITER_LIST(add_constant(writer, 0), v[0], v[2], t, v[3]),
                    (struct writer_list){after, 5},
                    options_while(inner_cond, inner));
    one = add_constant(writer, 1);
    finish_graph(writer, (struct writer_list){v, 4},
                 WRITER_LIST(combine(writer, TFLITE_ADD, v[0], one, 1), v[1],
                             after[2], v[3]));
    writer_select_subgraph(writer, 0);
    int32_t n = add_ints(writer, 1), x = add_ints(writer, 1), out[4];
    int32_t twice = combine(writer, TFLITE_ADD, x, x, 1);
    for (int k = 0; k < 4; k++) {
        out[k] = add_ints(writer, 1);
    }
    writer_operator(
        writer, TFLITE_WHILE,
        WRITER_LIST(add_constant(writer, 0), n, add_constant(writer, 7), twice),
        (struct writer_list){out, 4}, options_while(cond, body));
    finish_graph(writer, WRITER_LIST(n, x), WRITER_LIST(out[2], out[3]));
    return writer;
}

static void test_nested_loops(void **state) {
    (void)state;
    for (int32_t n = 0; n < 6; n++) {
        const int32_t in[2] = {n, 3 - n};
        int32_t expected[2] = {7, 2 * in[1]};
        for (int32_t i = 0; i < n; i++) {
            expected[0] += i * (i * i + expected[1]);
        }
        infer_both(write_nested, 0, in, expected);
    }
}

/* --- weights that are handed in --- */

/* A FULLY_CONNECTED whose filter is a value of the loop that nothing changes:
 * x becomes W x, n times; W turns the elements around. */
static void test_constants_inside(void **state) {
    (void)state;
    static const int8_t turn[9] = {0, 1, 0, 0, 0, 1, 1, 0, 0};
    struct writer_tensor vector = {
        .type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 3), .scale = 1};
    struct writer_tensor filter = {
        .type = TFLITE_TYPE_INT8, WRITER_SHAPE(3, 3), .scale = 1};
    struct writer *writer = writer_new();
    int32_t cond = writer_subgraph(writer, "cond");
    int32_t i = add_ints(writer, 1), x = writer_tensor(writer, &vector);
    int32_t w = writer_tensor(writer, &filter);
    finish_graph(writer, WRITER_LIST(i, x, w),
                 WRITER_LIST(compare(writer, TFLITE_GREATER, i,
                                     add_constant(writer, 0))));
    int32_t body = writer_subgraph(writer, "body");
    i = add_ints(writer, 1);
    x = writer_tensor(writer, &vector);
    w = writer_tensor(writer, &filter);
    int32_t y = writer_tensor(writer, &vector);
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(x, w),
                    WRITER_LIST(y), options_fully_connected(0, 0, false));
    int32_t less = combine(writer, TFLITE_ADD, i, add_constant(writer, -1), 1);
    finish_graph(writer, WRITER_LIST(i, x, w), WRITER_LIST(less, y, w));
    writer_select_subgraph(writer, 0);
    i = add_ints(writer, 1);
    x = writer_tensor(writer, &vector);
    filter.data = turn;
    w = writer_tensor(writer, &filter);
    int32_t j = add_ints(writer, 1), z = writer_tensor(writer, &vector);
    filter.data = NULL;
    int32_t same = writer_tensor(writer, &filter);
    writer_operator(writer, TFLITE_WHILE, WRITER_LIST(i, x, w),
                    WRITER_LIST(j, z, same), options_while(cond, body));
    finish_graph(writer, WRITER_LIST(i, x), WRITER_LIST(z));
    struct planned *model = planned_new(writer, "generic");
    const struct plan *plan = planned_expect(model, NULL);
    for (int32_t n = 0; n < 5; n++) {
        uint8_t in[7], out[3];
        memcpy(in, &n, sizeof n);
        memcpy(in + 4, (const int8_t[3]){10, 20, 30}, 3);
        planned_infer(model, plan, 0x77, in, out);
        for (int k = 0; k < 3; k++) {
            assert_int_equal(out[k], 10 * (1 + (k + n) % 3));
        }
    }
    planned_free(model);
}

/* --- the checker --- */

static int32_t find_role(const struct graph *graph, enum control_role role) {
    int32_t i = 0;
    while (graph->node[i]->op->control_role != role) {
        i++;
    }
    return i;
}

/* Lets `tensor` lie where `other` does, which has to be refused. */
static void expect_overlap_refused(struct planned *model, struct plan *plan,
                                   const struct tensor *tensor,
                                   const struct tensor *other) {
    struct buffer *buffer = &plan->buffer[plan->tensor_buffer[tensor->id]];
    const size_t offset = buffer->offset;
    buffer->offset = plan_offset(plan, other);
    assert_true(offset != buffer->offset);
    assert_false(plan_check(&model->context, plan));
    buffer->offset = offset;
    assert_true(plan_check(&model->context, plan));
}

/* What comes from before a loop is read in its second round, too: in one round
 * alone its bytes are free from the last read on. */
static void test_checker_follows_rounds(void **state) {
    (void)state;
    struct planned *model = planned_new(write_nested(0), "generic");
    struct plan *plan = planned_expect(model, NULL);
    const struct graph *graph = model->graph;
    int32_t loop = find_role(graph, CONTROL_LOOP);
    int32_t repeat = graph->node_count - 1;
    assert_int_equal(graph->node[repeat]->op->control_role, CONTROL_REPEAT);
    /* The outer loop's last step makes i + 1, when x has been read. */
    const struct tensor *next = graph->node[repeat]->input[0];
    const struct tensor *twice = graph->node[loop - 1]->output[0];
    assert_non_null(next->producer);
    expect_overlap_refused(model, plan, next, twice);
    /* A value of the loop elsewhere than where it is handed on. */
    const struct tensor *value = graph->node[loop]->output[0];
    plan->tensor_buffer[value->id] = plan->tensor_buffer[twice->id];
    assert_false(plan_check(&model->context, plan));
    planned_free(model);
}

/* A branch's result must survive the other branch. */
static void test_checker_follows_branches(void **state) {
    (void)state;
    struct planned *model = planned_new(write_collatz(0), "generic");
    struct plan *plan = planned_expect(model, NULL);
    const struct graph *graph = model->graph;
    int32_t other = find_role(graph, CONTROL_ELSE);
    int32_t end = find_role(graph, CONTROL_END);
    assert_true(end > other + 2);
    expect_overlap_refused(model, plan, graph->node[other + 1]->output[0],
                           graph->node[other]->output[0]);
    planned_free(model);
}

/* --- what is refused --- */

/* An IF on a bool, whose graphs hand on their input; what `change` says is
 * otherwise. */
enum change {
    NO_CHANGE,
    NO_SUCH_GRAPH,
    OTHER_TYPE,
    OTHER_SHAPE,
    OTHER_COUNT,
    INT_CONDITION,
    CALLS_ITSELF,
    HAS_VARIABLE
};

static struct writer *write_if(enum change change) {
    struct writer *writer = writer_new();
    int32_t graph = writer_subgraph(writer, "branch");
    struct writer_tensor like = ints(change == OTHER_SHAPE ? 2 : 3);
    if (change == OTHER_TYPE) {
        like.type = TFLITE_TYPE_INT64;
    }
    like.is_variable = change == HAS_VARIABLE;
    int32_t x = writer_tensor(writer, &like), c = add_bool(writer);
    if (change == CALLS_ITSELF) {
        int32_t y = writer_tensor(writer, &like);
        c = compare(writer, TFLITE_EQUAL, add_constant(writer, 0),
                    add_constant(writer, 0));
        writer_operator(writer, TFLITE_IF, WRITER_LIST(c, x), WRITER_LIST(y),
                        options_if(graph, graph));
        finish_graph(writer, WRITER_LIST(x), WRITER_LIST(y));
    } else if (change == HAS_VARIABLE) {
        like.is_variable = false;
        int32_t in = writer_tensor(writer, &like);
        finish_graph(writer, WRITER_LIST(in),
                     WRITER_LIST(combine(writer, TFLITE_ADD, in, x, 3)));
    } else if (change == OTHER_COUNT) {
        finish_graph(writer, WRITER_LIST(x, c), WRITER_LIST(x));
    } else {
        finish_graph(writer, WRITER_LIST(x), WRITER_LIST(x));
    }
    writer_select_subgraph(writer, 0);
    x = add_ints(writer, 3);
    c = change == INT_CONDITION ? add_ints(writer, 1) : add_bool(writer);
    int32_t y = add_ints(writer, 3);
    writer_operator(writer, TFLITE_IF, WRITER_LIST(c, x), WRITER_LIST(y),
                    options_if(graph, change == NO_SUCH_GRAPH ? 2 : graph));
    finish_graph(writer, WRITER_LIST(c, x), WRITER_LIST(y));
    return writer;
}

static void expect_refused(struct writer *writer, const char *text) {
    struct test_model *model = model_from_writer(writer);
    model_expect_message(model, text);
    model_free(model);
}

static void test_refused(void **state) {
    (void)state;
    struct planned *good = planned_new(write_if(NO_CHANGE), "generic");
    planned_expect(good, NULL);
    planned_free(good);
    expect_refused(write_if(NO_SUCH_GRAPH),
                   "op 0 IF \"\": it runs graph 2, allowed: 1..1");
    expect_refused(write_if(OTHER_TYPE),
                   "op 0 IF \"\": input 0 is INT32 of shape 3, in its graph "
                   "INT64 of shape 3");
    expect_refused(write_if(OTHER_SHAPE),
                   "op 0 IF \"\": input 0 is INT32 of shape 3, in its graph "
                   "INT32 of shape 2");
    expect_refused(write_if(OTHER_COUNT),
                   "op 0 IF \"\": has 1 inputs, its graph has 2");
    expect_refused(write_if(INT_CONDITION),
                   "op 0 IF \"\": condition type is INT32, allowed: BOOL");
    expect_refused(write_if(HAS_VARIABLE),
                   "op 0 IF \"\": tensor 0 \"\" of its graph is variable, "
                   "which is not supported there");
}

static void test_graph_that_runs_itself(void **state) {
    (void)state;
    struct test_model *model = model_from_writer(write_if(CALLS_ITSELF));
    const char *message = model_message(model, 0);
    assert_non_null(message);
    assert_non_null(strstr(message, "graph 1: graph 1: "));
    assert_non_null(strstr(message, "graphs lie over 8 deep in each other"));
    model_free(model);
}

/* A WHILE whose condition is constant, or that changes nothing. */
static struct writer *write_endless(bool counts) {
    struct writer *writer = writer_new();
    const uint8_t yes = 1;
    int32_t cond = writer_subgraph(writer, "cond");
    int32_t x = add_ints(writer, 1);
    int32_t c = writer_tensor(
        writer, &(struct writer_tensor){
                    .type = TFLITE_TYPE_BOOL, WRITER_SHAPE(1), .data = &yes});
    finish_graph(writer, WRITER_LIST(x), WRITER_LIST(c));
    int32_t body = writer_subgraph(writer, "body");
    x = add_ints(writer, 1);
    finish_graph(
        writer, WRITER_LIST(x),
        WRITER_LIST(counts ? combine(writer, TFLITE_ADD, x, x, 1) : x));
    writer_select_subgraph(writer, 0);
    x = add_ints(writer, 1);
    int32_t y = add_ints(writer, 1);
    writer_operator(writer, TFLITE_WHILE, WRITER_LIST(x), WRITER_LIST(y),
                    options_while(cond, body));
    finish_graph(writer, WRITER_LIST(x), WRITER_LIST(y));
    return writer;
}

static void expect_not_opened(struct writer *writer, const char *text) {
    size_t size;
    uint8_t *bytes = writer_finish(writer, &size);
    writer_free(writer);
    mf_model *model = mf_model_open(bytes, size, "test.tflite", NULL);
    const char *message = mf_model_message(model, 0);
    assert_non_null(message);
    assert_string_equal(message, text);
    mf_model_close(model);
    free(bytes);
}

static void test_endless(void **state) {
    (void)state;
    expect_not_opened(write_endless(true),
                      "test.tflite: op 0 WHILE_TEST \"\": its condition is "
                      "always true, it never ends");
    expect_not_opened(write_endless(false),
                      "test.tflite: op 0 WHILE \"\": it hands on all its "
                      "values as they are: it never ends, or does nothing");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_collatz),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_choice),
        cmocka_unit_test(test_selftest),
        cmocka_unit_test(test_carried_values),
        cmocka_unit_test(test_nested_loops),
        cmocka_unit_test(test_constants_inside),
        cmocka_unit_test(test_checker_follows_rounds),
        cmocka_unit_test(test_checker_follows_branches),
        cmocka_unit_test(test_refused),
        cmocka_unit_test(test_graph_that_runs_itself),
        cmocka_unit_test(test_endless),
    };
    return cmocka_run_group_tests_name("control", tests, NULL, NULL);
}
