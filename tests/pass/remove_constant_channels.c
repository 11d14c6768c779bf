/* Channels that say nothing go, and no bit of any output changes. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/context.h"
#include "model.h"
#include "op/value_range.h"
#include "pass/bounds.h"
#include "pass/pass.h"
#include "random.h"
#include "random_net.h"
#include "read/tflite.h"

enum { NETS = 1000, FRAMES = 4 };

/* --- random networks --- */

static int64_t count_channels(struct test_model *model) {
    const struct graph *graph = model_graph(model);
    int64_t channels = 0;
    for (int32_t i = 0; i < graph->node_count; i++) {
        channels += channel_count(graph->node[i]->output[0]);
    }
    return channels;
}

static void fill_inputs(struct random *random, struct test_model *a,
                        struct test_model *b) {
    size_t size = model_input_size(a, 0);
    assert_int_equal(size, model_input_size(b, 0));
    random_fill_s8(random, model_input(a, 0), size);
    /* Frames of one value reach the ends of ranges. */
    if (random_int(random, 0, 3) == 0) {
        memset(model_input(a, 0), random_int(random, -128, 127), size);
    }
    memcpy(model_input(b, 0), model_input(a, 0), size);
}

static void expect_same_outputs(struct test_model *a, struct test_model *b) {
    for (int i = 0; i < model_graph(a)->output_count; i++) {
        assert_int_equal(model_output_size(a, i), model_output_size(b, i));
        assert_memory_equal(model_output(a, i), model_output(b, i),
                            model_output_size(a, i));
    }
}

static void test_random(void **state) {
    (void)state;
    int64_t before = 0, after = 0;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct random random = {seed};
        struct test_model *plain = model_from_writer(random_net(seed));
        struct test_model *passed = model_optimized(random_net(seed));
        model_expect_ok(plain);
        model_expect_ok(passed);
        for (int i = 0; i < FRAMES; i++) {
            fill_inputs(&random, plain, passed);
            model_run(plain);
            model_run(passed);
            expect_same_outputs(plain, passed);
        }
        before += count_channels(plain);
        after += count_channels(passed);
        model_free(plain);
        model_free(passed);
    }
    /* About two in five convolutions' channels were planted. */
    assert_true(after < before * 9 / 10);
}

static void expect_within(struct test_model *model, const struct tensor *tensor,
                          const struct value_range *range) {
    const int8_t *data = model_data(model, tensor);
    int32_t channels = channel_count(tensor);
    for (int64_t i = 0; i < shape_count(&tensor->shape); i++) {
        struct value_range of = range[i % channels];
        if (data[i] < of.min || data[i] > of.max) {
            fail_msg("tensor %d channel %d is %d, bounds are %d..%d",
                     (int)tensor->id, (int)(i % channels), data[i], (int)of.min,
                     (int)of.max);
        }
    }
}

static void test_bounds(void **state) {
    (void)state;
    int64_t constants = 0;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct random random = {seed};
        struct context context = {.file = "bounds"};
        struct test_model *model = model_from_writer(random_net(seed));
        const struct graph *graph = model_graph(model);
        struct value_range **bounds;
        assert_true(bound_channels(&context, graph, &bounds));
        for (int frame = 0; frame < FRAMES; frame++) {
            fill_inputs(&random, model, model);
            model_run(model);
            for (int32_t i = 0; i < graph->tensor_count; i++) {
                if (bounds[i]) {
                    expect_within(model, graph->tensor[i], bounds[i]);
                }
            }
        }
        for (int32_t i = 0; i < graph->tensor_count; i++) {
            int32_t channels = bounds[i] ? channel_count(graph->tensor[i]) : 0;
            for (int32_t c = 0; c < channels; c++) {
                constants += range_is_constant(bounds[i][c]);
            }
        }
        arena_free(&context.arena);
        model_free(model);
    }
    assert_true(constants > NETS);
}

/* --- small networks --- */

/* A chain of convolutions of 1x1 with 2 weights and 2 outputs, unless said
 * otherwise, after the input 1x3x3x2.  Scales: 1; the filter's 1/16. */
struct layer {
    int32_t outputs;
    int32_t taps;     /* 3: windows of 3x3, SAME, the same weight in all taps */
    int8_t weight[8]; /* [output][input] */
    int32_t bias[4];
    float scale[4];     /* of the filter; 0: 1/16 */
    int32_t zero_point; /* of the output */
    int activation;
};

static int32_t add_layer(struct writer *w, int32_t input, int32_t channels,
                         const struct layer *layer) {
    int32_t area = layer->taps * layer->taps;
    int8_t weight[8 * 9];
    float scale[4];
    for (int32_t o = 0; o < layer->outputs; o++) {
        scale[o] = layer->scale[o] > 0 ? layer->scale[o] : 1.0f / 16;
        for (int32_t i = 0; i < area * channels; i++) {
            weight[o * area * channels + i] =
                layer->weight[o * channels + i % channels];
        }
    }
    int32_t filter = writer_tensor(
        w, &(struct writer_tensor){
               .type = TFLITE_TYPE_INT8,
               WRITER_SHAPE(layer->outputs, layer->taps, layer->taps, channels),
               .scale_count = layer->outputs,
               .scales = scale,
               .data = weight});
    int32_t bias =
        writer_tensor(w, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                                 WRITER_SHAPE(layer->outputs),
                                                 .data = layer->bias});
    int32_t output = writer_tensor(
        w, &(struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                   WRITER_SHAPE(1, 3, 3, layer->outputs),
                                   .scale = 1,
                                   .zero_point = layer->zero_point});
    writer_operator(
        w, TFLITE_CONV_2D, WRITER_LIST(input, filter, bias),
        WRITER_LIST(output),
        options_conv_2d(TFLITE_SAME, 1, 1, layer->activation, 1, 1));
    return output;
}

static struct writer *chain(const struct layer *layers, int count) {
    struct writer *w = writer_new();
    int32_t input = writer_tensor(
        w, &(struct writer_tensor){
               .type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 3, 3, 2), .scale = 1});
    int32_t last = input, channels = 2;
    for (int i = 0; i < count; i++) {
        last = add_layer(w, last, channels, &layers[i]);
        channels = layers[i].outputs;
    }
    writer_inputs(w, WRITER_LIST(input));
    writer_outputs(w, WRITER_LIST(last));
    return w;
}

/* The chain after all passes, held to the chain itself. */
static struct test_model *pass_chain(const struct layer *layers, int count) {
    struct random random = {1};
    struct test_model *plain = model_from_writer(chain(layers, count));
    struct test_model *passed = model_optimized(chain(layers, count));
    model_expect_ok(plain);
    model_expect_ok(passed);
    for (int i = 0; i < 20; i++) {
        fill_inputs(&random, plain, passed);
        model_run(plain);
        model_run(passed);
        expect_same_outputs(plain, passed);
    }
    model_free(plain);
    return passed;
}

static const struct tensor *node_input(struct test_model *model, int node,
                                       int i) {
    return model_graph(model)->node[node]->input[i];
}

static int32_t outputs_of(struct test_model *model, int node) {
    return channel_count(model_graph(model)->node[node]->output[0]);
}

static const struct layer alive = {
    .outputs = 2, .taps = 1, .weight = {16, 4, -4, 16}};

/* Output 1 is always 40: the accumulator 640, scaled by 1/16. */
static const struct layer half_constant = {
    .outputs = 2, .taps = 1, .weight = {16, 4, 0, 0}, .bias = {0, 640}};

static void test_moves_into_bias(void **state) {
    (void)state;
    const struct layer layers[] = {half_constant, alive};
    struct test_model *model = pass_chain(layers, 2);
    assert_int_equal(outputs_of(model, 0), 1);
    const struct tensor *filter = node_input(model, 1, 1);
    const struct shape shape = {4, {2, 1, 1, 1}};
    assert_true(shape_equal(&filter->shape, &shape));
    assert_memory_equal(filter->data, ((int8_t[]){16, -4}), 2);
    assert_memory_equal(node_input(model, 1, 2)->data,
                        ((int32_t[]){4 * 40, 16 * 40}), 8);
    model_free(model);
}

/* What windows over the border see of it differs from what others see. */
static void test_stays_under_padding(void **state) {
    (void)state;
    struct layer layers[] = {half_constant, alive};
    layers[1].taps = 3;
    struct test_model *model = pass_chain(layers, 2);
    assert_int_equal(outputs_of(model, 0), 2);
    model_free(model);
    /* Unless it is as good as padding. */
    layers[0].bias[1] = 0;
    model = pass_chain(layers, 2);
    assert_int_equal(outputs_of(model, 0), 1);
    model_free(model);
}

static void test_not_looked_at(void **state) {
    (void)state;
    struct layer layers[] = {alive, alive};
    layers[1].weight[1] = layers[1].weight[3] = 0;
    struct test_model *model = pass_chain(layers, 2);
    assert_int_equal(outputs_of(model, 0), 1);
    model_free(model);
}

/* Output 1 of the second layer is constant, and alone reads output 1 of the
 * first. */
static void test_rounds(void **state) {
    (void)state;
    struct layer layers[] = {alive, alive, alive};
    layers[1].weight[1] = 0;
    layers[1].activation = TFLITE_ACT_RELU;
    layers[1].bias[1] = -100000;
    layers[1].zero_point = -128;
    struct test_model *model = pass_chain(layers, 3);
    assert_int_equal(outputs_of(model, 0), 1);
    assert_int_equal(outputs_of(model, 1), 1);
    model_free(model);
}

static void test_keeps_one(void **state) {
    (void)state;
    struct layer layers[] = {half_constant, alive};
    layers[0].weight[0] = layers[0].weight[1] = 0;
    struct test_model *model = pass_chain(layers, 2);
    assert_int_equal(outputs_of(model, 0), 1);
    assert_int_equal(outputs_of(model, 1), 2);
    model_free(model);
}

/* A constant output of the graph stays, whatever made it constant: with a
 * factor below 1 and nothing to multiply. */
static void test_settles(void **state) {
    (void)state;
    struct layer layer = alive;
    layer.bias[1] = -1000000;
    layer.scale[1] = 4;
    layer.activation = TFLITE_ACT_RELU;
    layer.zero_point = -100;
    struct test_model *model = pass_chain(&layer, 1);
    assert_int_equal(outputs_of(model, 0), 2);
    const struct tensor *filter = node_input(model, 0, 1);
    assert_memory_equal(filter->data, ((int8_t[]){16, 4, 0, 0}), 4);
    assert_true(filter->quantization.scale[0] == 1.0f / 16);
    assert_true(filter->quantization.scale[1] < 1.0f / 16);
    assert_memory_equal(node_input(model, 0, 2)->data, ((int32_t[]){0, 0}), 8);
    model_free(model);
}

/* Two matrix products; output 1 of the first is always 0. */
static struct writer *two_products(void) {
    const float scales[2] = {0.1f, 0.3f};
    struct writer *w = writer_new();
    const struct writer_tensor value = {
        .type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2), .scale = 0.7f};
    int32_t input = writer_tensor(w, &value);
    int32_t filter = writer_tensor(
        w, &(struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                   WRITER_SHAPE(2, 2),
                                   .scale_count = 2,
                                   .scales = scales,
                                   .data = (int8_t[]){5, 7, 0, 0}});
    int32_t middle = writer_tensor(w, &value);
    int32_t other = writer_tensor(
        w, &(struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                   WRITER_SHAPE(2, 2),
                                   .scale = 0.1f,
                                   .data = (int8_t[]){1, 2, 3, 4}});
    int32_t output = writer_tensor(w, &value);
    struct writer_options options =
        options_fully_connected(TFLITE_ACT_NONE, 0, false);
    writer_operator(w, TFLITE_FULLY_CONNECTED, WRITER_LIST(input, filter),
                    WRITER_LIST(middle), options);
    writer_operator(w, TFLITE_FULLY_CONNECTED, WRITER_LIST(middle, other),
                    WRITER_LIST(output), options);
    writer_inputs(w, WRITER_LIST(input));
    writer_outputs(w, WRITER_LIST(output));
    return w;
}

static int32_t first_multiplier(const struct test_model *model) {
    const struct call *call = model_call(model, 0);
    for (int i = 0; i < call->operand_count; i++) {
        if (strcmp(call->operand[i].role, "multiplier") == 0) {
            return *(const int32_t *)call->operand[i].data;
        }
    }
    fail();
    return 0;
}

/* Scales of a matrix product are multiplied in float if there is one, in double
 * if there is one a channel: also if one channel is left.  These scales tell
 * the two apart. */
static void test_one_channel_left(void **state) {
    (void)state;
    struct test_model *plain = model_from_writer(two_products());
    struct test_model *passed = model_optimized(two_products());
    model_expect_ok(plain);
    model_expect_ok(passed);
    assert_int_equal(outputs_of(passed, 0), 1);
    assert_int_equal(first_multiplier(passed), first_multiplier(plain));
    model_free(plain);
    model_free(passed);
}

/* --- on the graph --- */

/* Reads a model, which is freed, and runs the pass alone. */
static struct graph *pass_alone(struct context *context, struct writer *writer,
                                const char *target, struct text dump[2]) {
    struct module *module;
    size_t size;
    uint8_t *bytes = writer_finish(writer, &size);
    writer_free(writer);
    assert_true(tflite_read(context, bytes, size, &module));
    struct graph *graph = module->graph[0];
    dump[0].context = dump[1].context = context;
    graph_dump(&dump[0], graph);
    assert_true(
        pass_remove_constant_channels(context, graph, target_by_name(target)));
    assert_true(graph_check(context, graph, "pass"));
    graph_dump(&dump[1], graph);
    /* Constants point into the file until they are read for the last time. */
    free(bytes);
    return graph;
}

static void test_alive_is_unchanged(void **state) {
    (void)state;
    const struct layer layers[] = {alive, alive, alive};
    struct context context = {.file = "alive"};
    struct text dump[2] = {{0}};
    pass_alone(&context, chain(layers, 3), "generic", dump);
    assert_string_equal(dump[0].data, dump[1].data);
    arena_free(&context.arena);
}

static void test_even_number(void **state) {
    (void)state;
    const struct layer layers[] = {
        {.outputs = 4, .taps = 1, .weight = {16, 4, 4, 16, 0, 0, -8, 8}},
        {.outputs = 1, .taps = 1, .weight = {16, -16, 3, 4}}};
    const struct {
        const char *target;
        int32_t outputs;
    } cases[] = {{"generic", 3}, {"avr", 3}, {"cortex-m4", 4}};
    for (int i = 0; i < 3; i++) {
        struct context context = {.file = "even"};
        struct text dump[2] = {{0}};
        struct graph *graph =
            pass_alone(&context, chain(layers, 2), cases[i].target, dump);
        assert_int_equal(channel_count(graph->node[0]->output[0]),
                         cases[i].outputs);
        arena_free(&context.arena);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_moves_into_bias),
        cmocka_unit_test(test_stays_under_padding),
        cmocka_unit_test(test_not_looked_at),
        cmocka_unit_test(test_rounds),
        cmocka_unit_test(test_keeps_one),
        cmocka_unit_test(test_settles),
        cmocka_unit_test(test_one_channel_left),
        cmocka_unit_test(test_alive_is_unchanged),
        cmocka_unit_test(test_even_number),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
