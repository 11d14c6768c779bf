/* Every message of the TFLite reader, to the letter. */
#include "read_model.h"

/* Model of one layer, one of whose tensors is described otherwise. */
#define WITH_IN(...)                                                           \
    struct writer_tensor in = activation_of("in");                             \
    __VA_ARGS__;                                                               \
    struct writer *writer = one_layer(&in, NULL, NULL)
#define WITH_FILTER(...)                                                       \
    struct writer_tensor filter = weights_of("filter");                        \
    __VA_ARGS__;                                                               \
    struct writer *writer = one_layer(NULL, &filter, NULL)

static void test_file(void **state) {
    (void)state;
    struct reading reading = read_bytes(allocate(1, 1), 0);
    expect_messages(&reading, 1,
                    (const char *[]){"not a TFLite model: the file is empty"});

    static const char text[] = "\x08\0\0\0PK..";
    reading = read_bytes(duplicate(text, 8), 8);
    expect_messages(&reading, 1,
                    (const char *[]){"not a TFLite model: identifier is "
                                     "\"PK..\", a TFLite model has \"TFL3\""});

    struct writer *writer = one_layer(NULL, NULL, NULL);
    writer_schema_version(writer, 2);
    EXPECT(writer, "not a TFLite model: schema version is 2, allowed: 3");
}

static void test_unknown_operators(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    const int32_t a = add_activation(writer, "a");
    const int32_t b = writer_tensor(
        writer,
        &(struct writer_tensor){.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(3)});
    const int32_t many[] = {0, 0, 0, -1, 0, 0, 0, 0, 0, 0};
    writer_operator(writer, TFLITE_HASHTABLE_LOOKUP, WRITER_LIST(0, -1, 2),
                    WRITER_LIST(a, b), options_none());
    writer_add_op(writer, &(struct writer_op){.code = TFLITE_CUSTOM,
                                              .custom_code = "Signal\nWindow",
                                              .inputs = {many, 10},
                                              .outputs = WRITER_EMPTY});
    writer_add_op(writer, &(struct writer_op){.code = 999,
                                              .inputs = WRITER_EMPTY,
                                              .outputs = WRITER_EMPTY});
    /* What a supported operator says of itself comes last, also if it stands
     * first. */
    const int32_t wrong = add_activation(writer, "wrong");
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(0, 1),
                    WRITER_LIST(wrong), options_fully_connected(0, 1, false));
    EXPECT(writer,
           "op 1 HASHTABLE_LOOKUP \"a\": operator is not supported (inputs "
           "INT8, none, INT8; outputs INT8, FLOAT32)",
           "op 2 CUSTOM:Signal?Window \"\": operator is not supported (inputs "
           "INT8, INT8, INT8, none, INT8, INT8, INT8, INT8, ... 10 in all; "
           "outputs none)",
           "op 3 operator 999 \"\": operator is not supported (inputs none; "
           "outputs none)",
           "op 4 FULLY_CONNECTED \"wrong\": weights format is 1, allowed: "
           "DEFAULT (0)");
}

static void test_operands(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    int32_t t[5];
    for (int i = 0; i < 5; i++) {
        t[i] = add_activation(writer, "t");
    }
    const struct writer_options none = options_none();
    const int32_t code = TFLITE_FULLY_CONNECTED;
    writer_operator(writer, code, WRITER_LIST(0, 99), WRITER_LIST(t[0]), none);
    writer_operator(writer, code, WRITER_LIST(0, -2), WRITER_LIST(t[1]), none);
    writer_operator(writer, code, WRITER_LIST(0, 1), WRITER_LIST(-1), none);
    writer_operator(writer, code, WRITER_LIST(0, -1), WRITER_LIST(t[2]), none);
    writer_operator(writer, code, WRITER_LIST(0), WRITER_LIST(t[3]), none);
    writer_operator(writer, code, WRITER_LIST(0, 1, 0, 0), WRITER_LIST(t[4]),
                    none);
    writer_operator(writer, code, WRITER_LIST(0, 1), WRITER_EMPTY, none);
    EXPECT(writer,
           "op 1 FULLY_CONNECTED \"t\": input 1 is tensor 99, the graph has 8",
           "op 2 FULLY_CONNECTED \"t\": input 1 is tensor -2, the graph has 8",
           "op 3 FULLY_CONNECTED \"\": output 0 is tensor -1, the graph has 8",
           "op 4 FULLY_CONNECTED \"t\": input 1 is left out, it is required",
           "op 5 FULLY_CONNECTED \"t\": has 1 inputs, allowed: 2 to 3",
           "op 6 FULLY_CONNECTED \"t\": has 4 inputs, allowed: 2 to 3",
           "op 7 FULLY_CONNECTED \"\": has 0 outputs, allowed: 1");
}

static void test_options(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    const int32_t end = add_activation(writer, "end");
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(2, 1),
                    WRITER_LIST(end), options_softmax(1));
    EXPECT(writer, "op 1 FULLY_CONNECTED \"end\": options are of type 9, "
                   "allowed: 8");
}

static void test_graph_lists(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    writer_tensor(writer, &(struct writer_tensor){.name = "text",
                                                  .type = TFLITE_TYPE_STRING,
                                                  WRITER_SHAPE(1)});
    writer_inputs(writer, WRITER_LIST(0, 1, 0, 4, -1, 3));
    EXPECT(writer, "input 3 is tensor 4, the graph has 4",
           "input 4 is tensor -1, the graph has 4",
           "input 5, tensor 3 \"text\", has type STRING, whose elements have "
           "no fixed size",
           "input 1, tensor 1 \"filter\", is constant",
           "input 2, tensor 0 \"in\", is listed twice");

    writer = one_layer(NULL, NULL, NULL);
    writer_outputs(writer, WRITER_LIST(2, 3));
    EXPECT(writer, "output 1 is tensor 3, the graph has 3");

    writer = one_layer(NULL, NULL, NULL);
    writer_outputs(writer, WRITER_EMPTY);
    EXPECT(writer, "the graph has no output");
}

static void test_producers(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    struct writer_tensor variable = activation_of("state");
    variable.is_variable = true;
    writer_tensor(writer, &variable);
    for (int32_t out = 0; out < 4; out++) {
        add_layer(writer, 0, 1, out);
    }
    EXPECT(writer,
           "op 1 FULLY_CONNECTED \"in\": output 0, tensor 0 \"in\", is an "
           "input of the graph",
           "op 2 FULLY_CONNECTED \"filter\": output 0, tensor 1 \"filter\", is "
           "constant",
           "op 3 FULLY_CONNECTED \"out\": output 0, tensor 2 \"out\", is "
           "computed by op 0 already",
           "op 4 FULLY_CONNECTED \"state\": output 0, tensor 3 \"state\", is "
           "variable");

    writer = one_layer(NULL, NULL, NULL);
    add_activation(writer, "lost");
    writer_inputs(writer, WRITER_EMPTY);
    writer_outputs(writer, WRITER_LIST(2, 3));
    EXPECT(writer, "tensor 0 \"in\" has neither data nor producer",
           "tensor 3 \"lost\" has neither data nor producer");
}

static void test_cycles(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    const int32_t a = add_activation(writer, "a");
    const int32_t b = add_activation(writer, "b");
    const int32_t c = add_activation(writer, "c");
    add_layer(writer, c, 1, a);
    add_layer(writer, a, 1, b);
    add_layer(writer, b, 1, c);
    EXPECT(writer, "op 1 FULLY_CONNECTED \"a\": needs its own output to be "
                   "computed first");

    writer = one_layer(NULL, NULL, NULL);
    add_activation(writer, "a");
    add_layer(writer, 3, 1, 3);
    EXPECT(writer, "op 1 FULLY_CONNECTED \"a\": needs its own output to be "
                   "computed first");
}

static void test_shapes(void **state) {
    (void)state;
    {
        WITH_IN(in.dims[0] = -1);
        EXPECT(writer,
               "tensor 0 \"in\": dimension 0 is -1, each must be at least 1");
    }
    {
        WITH_IN(in.dims[1] = 0);
        EXPECT(writer,
               "tensor 0 \"in\": dimension 1 is 0, each must be at least 1");
    }
    {
        WITH_IN(in.rank = 7; for (int i = 0; i < 7; i++) in.dims[i] = 1);
        EXPECT(writer, "tensor 0 \"in\": has 7 dimensions, at most 6 are "
                       "allowed");
    }
    {
        WITH_IN(in.rank = 2; in.dims[0] = in.dims[1] = 46341);
        EXPECT(writer, "tensor 0 \"in\": shape is 46341x46341, at most "
                       "2147483647 bytes are allowed");
    }
    {
        WITH_IN(in.rank = 6;
                for (int i = 0; i < 6; i++) in.dims[i] = INT32_MAX);
        EXPECT(writer, "tensor 0 \"in\": shape is "
                       "2147483647x2147483647x2147483647x2147483647x2147483647"
                       "x2147483647, at most 2147483647 bytes are allowed");
    }
    {
        WITH_IN(in.rank = 1; in.dims[0] = INT32_MAX / 4 + 1;
                in.type = TFLITE_TYPE_INT32);
        EXPECT(writer, "tensor 0 \"in\": shape is 536870912, at most "
                       "2147483647 bytes are allowed");
    }
}

static void test_types(void **state) {
    (void)state;
    {
        WITH_IN(in.type = 19);
        EXPECT(writer, "tensor 0 \"in\": type is 19, the greatest known is 18");
    }
    {
        WITH_IN(in.type = -1);
        EXPECT(writer,
               "tensor 0 \"in\": type is 255, the greatest known is 18");
    }
    {
        WITH_FILTER(filter.is_sparse = true);
        EXPECT(writer, "tensor 1 \"filter\": is sparse, dense tensors alone "
                       "are supported");
    }
    {
        WITH_FILTER(filter.type = TFLITE_TYPE_INT4; filter.data_size = 7);
        EXPECT(writer, "tensor 1 \"filter\": its buffer has 7 bytes, INT4 of "
                       "shape 4x4 takes 8");
    }
}

static void test_data(void **state) {
    (void)state;
    {
        WITH_FILTER(filter.data_size = 15);
        EXPECT(writer, "tensor 1 \"filter\": its buffer has 15 bytes, INT8 of "
                       "shape 4x4 takes 16");
    }
    {
        WITH_FILTER(filter.dims[0] = 3; filter.data_size = 16);
        EXPECT(writer, "tensor 1 \"filter\": its buffer has 16 bytes, INT8 of "
                       "shape 3x4 takes 12");
    }
    {
        WITH_FILTER(filter.data = NULL; filter.buffer = 7);
        EXPECT(writer, "tensor 1 \"filter\": its buffer is 7, the file has 1");
    }
    {
        WITH_FILTER(filter.is_variable = true);
        EXPECT(writer, "tensor 1 \"filter\": is variable and has data, initial "
                       "values are not supported");
    }
    {
        WITH_FILTER(filter.data = NULL);
        EXPECT(writer, "tensor 1 \"filter\" has neither data nor producer");
    }
}

/* Data behind the FlatBuffer, of which the last byte is cut off. */
static void test_external_data(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    writer_external_data(writer, true);
    size_t size;
    uint8_t *data = writer_finish(writer, &size);
    writer_free(writer);
    struct reading reading = read_bytes(data, size - 1);
    char expected[256];
    snprintf(expected, sizeof expected,
             "tensor 1 \"filter\": its buffer of 16 bytes at byte %zu reaches "
             "outside the file (%zu bytes)",
             size - 16, size - 1);
    expect_messages(&reading, 1, (const char *[]){expected});
}

static void test_quantization(void **state) {
    (void)state;
    static const float scales[] = {1, 2, 3, 4};
    static const int64_t zero_points[] = {0, INT64_C(1) << 31};
    {
        WITH_FILTER(filter.scale = 0; filter.scale_count = 3;
                    filter.scales = scales);
        EXPECT(writer, "tensor 1 \"filter\": has 3 scales along dimension 0, "
                       "which is 4");
    }
    {
        WITH_FILTER(filter.scale = 0; filter.scale_count = 4;
                    filter.scales = scales; filter.axis = 2);
        EXPECT(writer, "tensor 1 \"filter\": is quantised along dimension 2, "
                       "it has 2");
    }
    {
        WITH_FILTER(filter.scale = 0; filter.scale_count = 4;
                    filter.scales = scales; filter.axis = -1);
        EXPECT(writer, "tensor 1 \"filter\": is quantised along dimension -1, "
                       "it has 2");
    }
    {
        WITH_FILTER(filter.scale = 0; filter.scale_count = 4;
                    filter.scales = scales; filter.zero_point_count = 2;
                    filter.zero_points = zero_points);
        EXPECT(writer, "tensor 1 \"filter\": has 4 scales and 2 zero points, "
                       "as many or none are allowed");
    }
    {
        WITH_FILTER(filter.scale = 0; filter.scale_count = 2;
                    filter.scales = scales; filter.zero_point_count = 2;
                    filter.zero_points = zero_points);
        EXPECT(writer, "tensor 1 \"filter\": zero point 1 is 2147483648, it "
                       "must fit 32 bits");
    }
    {
        WITH_FILTER(filter.custom_quantization = true);
        EXPECT(writer, "tensor 1 \"filter\": quantisation is of kind 1, "
                       "allowed: 0 (affine)");
    }
}

/* All that is wrong is listed at once, whatever kind it is of. */
static void test_all_at_once(void **state) {
    (void)state;
    WITH_FILTER(filter.data_size = 15);
    const int32_t a = add_activation(writer, "a");
    const int32_t b = add_activation(writer, "b");
    writer_operator(writer, 999, WRITER_LIST(2), WRITER_LIST(a),
                    options_none());
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(a, 0),
                    WRITER_LIST(b), options_softmax(1));
    writer_outputs(writer, WRITER_LIST(b, 55));
    EXPECT(writer, "output 1 is tensor 55, the graph has 5",
           "tensor 1 \"filter\": its buffer has 15 bytes, INT8 of shape 4x4 "
           "takes 16",
           "op 1 operator 999 \"a\": operator is not supported (inputs INT8; "
           "outputs INT8)",
           "op 2 FULLY_CONNECTED \"b\": options are of type 9, allowed: 8");
}

/* The operator's code must exist: the file is patched. */
static void test_operator_code(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    const int32_t end = add_activation(writer, "end");
    writer_operator(writer, 999, WRITER_LIST(2), WRITER_LIST(end),
                    options_none());
    size_t size;
    uint8_t *data = writer_finish(writer, &size);
    writer_free(writer);
    /* Code 999 is the second of two; its only mention is opcode_index 1. */
    int found = 0;
    for (size_t i = 0; i + 4 <= size; i += 4) {
        uint8_t *copy = duplicate(data, size);
        if (memcmp(copy + i, "\1\0\0\0", 4) != 0) {
            free(copy);
            continue;
        }
        copy[i] = 7;
        struct reading reading = read_bytes(copy, size);
        if (reading.context.first != NULL &&
            strcmp(reading.context.first->text,
                   "x.tflite: op 1 ? \"end\": its operator code is 7, the file "
                   "has 2") == 0) {
            assert_int_equal(reading.context.message_count, 1);
            found++;
        }
        end_reading(&reading);
    }
    free(data);
    assert_int_equal(found, 1);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_file),
        cmocka_unit_test(test_unknown_operators),
        cmocka_unit_test(test_operands),
        cmocka_unit_test(test_options),
        cmocka_unit_test(test_graph_lists),
        cmocka_unit_test(test_producers),
        cmocka_unit_test(test_cycles),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_types),
        cmocka_unit_test(test_data),
        cmocka_unit_test(test_external_data),
        cmocka_unit_test(test_quantization),
        cmocka_unit_test(test_all_at_once),
        cmocka_unit_test(test_operator_code),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
