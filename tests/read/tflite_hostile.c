/* Files made to hurt: cut short, altered, and built so that little says much.
 * Reading ends with a result or a message, within bounds; read_bytes() holds
 * what was accepted to the graph's invariants, a sanitizer holds the rest. */
#include "read_model.h"

#include "flatbuffer_builder.h"

/* A model with every part that the reader looks at. */
static struct writer *full_model(void) {
    static const int32_t bias_data[] = {1, -2, 300, INT32_MIN};
    static const int32_t shape_data[] = {2, 2};
    static const float scales[] = {0.125f, 0.25f, 0.5f, 1};
    struct writer_tensor filter = weights_of("filter");
    filter.scale = 0;
    filter.scale_count = 4;
    filter.scales = scales;
    struct writer *writer = one_layer(NULL, &filter, NULL);
    const int32_t bias =
        writer_tensor(writer, &(struct writer_tensor){.name = "bias",
                                                      .type = TFLITE_TYPE_INT32,
                                                      WRITER_SHAPE(4),
                                                      .scale_count = 4,
                                                      .scales = scales,
                                                      .data = bias_data});
    const int32_t middle = add_activation(writer, "middle");
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(2, 1, bias),
                    WRITER_LIST(middle),
                    options_fully_connected(TFLITE_ACT_RELU, 0, true));
    const int32_t shape =
        writer_tensor(writer, &(struct writer_tensor){.name = "shape",
                                                      .type = TFLITE_TYPE_INT32,
                                                      WRITER_SHAPE(2),
                                                      .data = shape_data});
    struct writer_tensor end = activation_of("end");
    end.dims[0] = end.dims[1] = 2;
    writer_tensor(writer, &end);
    writer_operator(writer, TFLITE_RESHAPE, WRITER_LIST(middle, shape),
                    WRITER_LIST(shape + 1), options_reshape(WRITER_LIST(2, 2)));
    writer_outputs(writer, WRITER_LIST(shape + 1));
    writer_subgraph(writer, "other");
    const int32_t in = add_activation(writer, "in");
    writer_inputs(writer, WRITER_LIST(in));
    writer_outputs(writer, WRITER_LIST(in));
    return writer;
}

static void truncate_model(bool external) {
    struct writer *writer = full_model();
    writer_external_data(writer, external);
    size_t size;
    uint8_t *data = writer_finish(writer, &size);
    writer_free(writer);
    struct reading whole = read_bytes(duplicate(data, size), size);
    accepted(&whole);
    end_reading(&whole);
    for (size_t cut = 0; cut < size; cut++) {
        struct reading reading = read_bytes(duplicate(data, cut), cut);
        /* Nothing but padding may be missed. */
        assert_true(!reading.ok || cut + 16 > size);
        end_reading(&reading);
    }
    free(data);
}

static void test_truncation(void **state) {
    (void)state;
    truncate_model(false);
    truncate_model(true);
}

static void test_mutation(void **state) {
    (void)state;
    static const uint8_t values[] = {0, 1, 0x7f, 0xff};
    struct writer *writer = full_model();
    size_t size;
    uint8_t *data = writer_finish(writer, &size);
    writer_free(writer);
    int accepted_count = 0, refused_count = 0;
    for (size_t at = 0; at < size; at++) {
        for (size_t i = 0; i < sizeof values; i++) {
            uint8_t *copy = duplicate(data, size);
            copy[at] = values[i];
            struct reading reading = read_bytes(copy, size);
            *(reading.ok ? &accepted_count : &refused_count) += 1;
            end_reading(&reading);
        }
    }
    free(data);
    assert_true(accepted_count > 100 && refused_count > 100);
}

/* Every four bytes that might be an offset lead somewhere else. */
static void test_wild_offsets(void **state) {
    (void)state;
    struct writer *writer = full_model();
    size_t size;
    uint8_t *data = writer_finish(writer, &size);
    writer_free(writer);
    const uint32_t values[] = {
        4,          8,           (uint32_t)size, (uint32_t)size - 4,
        0x7fffffff, 0x80000000u, 0xfffffff0u};
    for (size_t at = 0; at + 4 <= size; at += 4) {
        for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
            uint8_t *copy = duplicate(data, size);
            for (size_t k = 0; k < 4; k++) {
                copy[at + k] = (uint8_t)(values[i] >> (8 * k));
            }
            struct reading reading = read_bytes(copy, size);
            end_reading(&reading);
        }
    }
    free(data);
}

/* A file whose `graphs` subgraphs are one table, with `tensors` tensors that
 * are one table, all of which are inputs. */
static struct reading read_shared(size_t graphs, size_t tensors) {
    struct builder builder;
    struct builder_table model = {0}, graph = {0}, tensor = {0};
    builder_start(&builder, "TFL3");
    builder_scalar(&model, 0, 4, 3);
    builder_reference(&model, 2);
    builder_link_root(&builder, builder_put_table(&builder, &model));
    const size_t list = builder_put_references(&builder, graphs);
    builder_link(&builder, &model, 2, list);
    for (int field = 0; field <= 2; field++) {
        builder_reference(&graph, field);
    }
    const size_t at = builder_put_table(&builder, &graph);
    for (size_t i = 0; i < graphs; i++) {
        builder_link_element(&builder, list, i, at);
    }
    const size_t tensor_list = builder_put_references(&builder, tensors);
    builder_link(&builder, &graph, 0, tensor_list);
    int32_t *indices = allocate(tensors, sizeof *indices);
    for (size_t i = 0; i < tensors; i++) {
        indices[i] = (int32_t)i;
    }
    builder_link(&builder, &graph, 1,
                 builder_put_i32s(&builder, indices, tensors));
    builder_link(&builder, &graph, 2, builder_put_i32s(&builder, indices, 1));
    free(indices);
    builder_scalar(&tensor, 1, 1, TFLITE_TYPE_INT8);
    const size_t tensor_at = builder_put_table(&builder, &tensor);
    for (size_t i = 0; i < tensors; i++) {
        builder_link_element(&builder, tensor_list, i, tensor_at);
    }
    uint8_t *data = duplicate(builder.data, builder.size);
    const size_t size = builder.size;
    builder_free(&builder);
    return read_bytes(data, size);
}

static void test_shared_parts(void **state) {
    (void)state;
    struct reading reading = read_shared(3, 500);
    assert_int_equal(accepted(&reading)->input_count, 500);
    end_reading(&reading);
    /* 16 million tensors in 64 kB, were they all read. */
    reading = read_shared(4000, 4000);
    expect_messages(
        &reading, 1,
        (const char *[]){"not a TFLite model: so many of its parts share "
                         "their bytes that reading them takes more than 16 "
                         "times the file"});
}

/* Constants that have to be copied are counted as well. */
static void test_shared_constants(void **state) {
    (void)state;
    enum { COUNT = 200, VALUES = 4096 };
    struct writer *writer = writer_new();
    int32_t *values = allocate(VALUES, sizeof *values);
    const uint32_t buffer =
        writer_buffer(writer, values, VALUES * sizeof *values);
    free(values);
    int32_t tensors[COUNT];
    for (int i = 0; i < COUNT; i++) {
        tensors[i] = writer_tensor(
            writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                            WRITER_SHAPE(VALUES),
                                            .buffer = buffer});
    }
    writer_outputs(writer, (struct writer_list){tensors, COUNT});
    size_t size;
    uint8_t *file = writer_finish(writer, &size);
    writer_free(writer);
    struct context context = {.file = "x.tflite"};
    struct module *module;
    assert_true(tflite_read(&context, file, size, &module));
    arena_free(&context.arena);
    uint8_t *odd = allocate(size + 1, 1);
    memcpy(odd + 1, file, size);
    context = (struct context){.file = "x.tflite"};
    assert_false(tflite_read(&context, odd + 1, size, &module));
    assert_int_equal(context.message_count, 1);
    assert_non_null(strstr(context.first->text, "16 times the file"));
    arena_free(&context.arena);
    free(odd);
    free(file);
}

/* Faults without end give messages with one. */
static void test_message_flood(void **state) {
    (void)state;
    enum { COUNT = 20000, NAME = 20000 };
    struct writer *writer = one_layer(NULL, NULL, NULL);
    char *name = allocate(NAME + 1, 1);
    memset(name, 'n', NAME);
    const int32_t out = add_activation(writer, name);
    free(name);
    int32_t *inputs = allocate(COUNT, sizeof *inputs);
    memset(inputs, 0x55, COUNT * sizeof *inputs);
    writer_operator(writer, TFLITE_FULLY_CONNECTED,
                    (struct writer_list){inputs, COUNT}, WRITER_LIST(out),
                    options_none());
    free(inputs);
    struct reading reading = read_writer(writer);
    assert_false(reading.ok);
    assert_int_equal(reading.context.message_count, MESSAGE_LIMIT);
    end_reading(&reading);
}

/* Reads and frees a model of one graph from x, which is refused so. */
static void expect_refused(struct writer *writer, int32_t x,
                           const char *message) {
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(x));
    struct reading reading = read_writer(writer);
    expect_messages(&reading, 1, &message);
}

/* A file of a few bytes an operator, each of which takes the compiler work. */
static void test_limits(void **state) {
    (void)state;
    enum { OPERATORS = 4097, TENSORS = 16385, SIDE = 512 };
    static int32_t operand[1 << 15];
    static const int8_t data[SIDE * SIDE] = {1};
    struct writer *writer = writer_new();
    int32_t x = add_activation(writer, "x");
    for (int i = 0; i < OPERATORS; i++) {
        writer_operator(writer, TFLITE_RELU, WRITER_LIST(x), WRITER_LIST(x),
                        options_none());
    }
    expect_refused(writer, x,
                   "its graphs have 4097 operators and 1 tensors or more, at "
                   "most 4096 and 16384 are allowed");
    writer = writer_new();
    for (int i = 0; i < TENSORS; i++) {
        x = add_activation(writer, "x");
    }
    expect_refused(writer, x,
                   "its graphs have 0 operators and 16385 tensors or more, at "
                   "most 4096 and 16384 are allowed");
    writer = writer_new();
    x = add_activation(writer, "x");
    for (int i = 0; i < 2; i++) {
        writer_operator(writer, TFLITE_ADD_N,
                        (struct writer_list){operand, 1 << 15}, WRITER_LIST(x),
                        options_none());
    }
    expect_refused(writer, x,
                   "the operators have more than 65536 inputs and outputs in "
                   "all, which is the most allowed");
    writer = writer_new();
    x = add_activation(writer, "x");
    int32_t weights = writer_tensor(
        writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                        .scale = 1,
                                        .data = data,
                                        WRITER_SHAPE(SIDE, SIDE)});
    for (int i = 0; i < 513; i++) {
        add_layer(writer, x, weights, add_activation(writer, "y"));
    }
    expect_refused(writer, x,
                   "so many operators share their constants that they read "
                   "134479872 bytes, at most 134217728 are allowed");
}

/* Operators in the worst order, far deeper than a stack would bear. */
static void test_long_chain(void **state) {
    (void)state;
    enum { LENGTH = 1000 };
    for (int closed = 0; closed < 2; closed++) {
        struct writer *writer = writer_new();
        const int32_t filter = add_weights(writer, "filter");
        const int32_t first = add_activation(writer, "first");
        int32_t last = first;
        for (int i = 0; i < LENGTH; i++) {
            last = add_activation(writer, "t");
        }
        for (int i = 0; i < LENGTH; i++) {
            add_layer(writer, last - i - 1, filter, last - i);
        }
        writer_outputs(writer, WRITER_LIST(last));
        if (closed) {
            add_layer(writer, last, filter, first);
        } else {
            writer_inputs(writer, WRITER_LIST(first));
        }
        struct reading reading = read_writer(writer);
        if (closed) {
            expect_messages(
                &reading, 1,
                (const char *[]){"op 0 FULLY_CONNECTED \"t\": needs its own "
                                 "output to be computed first"});
            continue;
        }
        const struct graph *graph = accepted(&reading);
        for (int i = 0; i < LENGTH; i++) {
            assert_int_equal(graph->node[i]->index, LENGTH - 1 - i);
        }
        end_reading(&reading);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_mutation),
        cmocka_unit_test(test_wild_offsets),
        cmocka_unit_test(test_shared_parts),
        cmocka_unit_test(test_shared_constants),
        cmocka_unit_test(test_message_flood),
        cmocka_unit_test(test_limits),
        cmocka_unit_test(test_long_chain),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
