/* What the reader makes of well-formed models. */
#include "read_model.h"

#include "op/op.h"
#include "read/builtin_names.h"

static void test_one_layer(void **state) {
    (void)state;
    static const int32_t bias_data[] = {1, -2, 300, INT32_MIN};
    static const float scales[] = {0.125f, 0.25f, 0.5f, 1};
    struct writer *writer = one_layer(NULL, NULL, NULL);
    /* The axis of a vector is its only one, whatever the file says. */
    const int32_t bias =
        writer_tensor(writer, &(struct writer_tensor){.name = "bias",
                                                      .type = TFLITE_TYPE_INT32,
                                                      WRITER_SHAPE(4),
                                                      .scale_count = 4,
                                                      .scales = scales,
                                                      .axis = 3,
                                                      .data = bias_data});
    const int32_t end = add_activation(writer, "end");
    writer_add_op(writer,
                  &(struct writer_op){.code = TFLITE_FULLY_CONNECTED,
                                      .version = 7,
                                      .inputs = WRITER_LIST(2, 1, bias),
                                      .outputs = WRITER_LIST(end),
                                      .options = options_fully_connected(
                                          TFLITE_ACT_RELU6, 0, false)});
    writer_outputs(writer, WRITER_LIST(end));
    writer_description(writer, "a model");
    struct reading reading = read_writer(writer);
    const struct graph *graph = accepted(&reading);
    assert_string_equal(reading.module->description, "a model");
    assert_string_equal(graph->name, "main");
    assert_int_equal(graph->node_count, 2);
    assert_int_equal(graph->tensor_count, 5);
    assert_int_equal(graph->input_count, 1);
    assert_ptr_equal(graph->input[0], graph->tensor[0]);
    assert_int_equal(graph->output_count, 1);
    assert_ptr_equal(graph->output[0], graph->tensor[4]);

    const struct node *node = graph->node[1];
    assert_string_equal(node->op->name, "FULLY_CONNECTED");
    assert_int_equal(node->index, 1);
    assert_int_equal(node->version, 7);
    assert_int_equal(node->activation, ACTIVATION_RELU6);
    assert_int_equal(node->input_count, 3);
    assert_ptr_equal(node->input[0], graph->tensor[2]);
    assert_ptr_equal(node->input[0]->producer, graph->node[0]);
    assert_int_equal(graph->tensor[1]->use_count, 2);

    const struct tensor *tensor = node->input[2];
    assert_string_equal(tensor->name, "bias");
    assert_int_equal(tensor->index, 3);
    assert_int_equal(tensor->type, DTYPE_INT32);
    assert_int_equal(tensor->shape.rank, 1);
    assert_int_equal(tensor->shape.dim[0], 4);
    assert_int_equal(tensor->quantization.count, 4);
    assert_int_equal(tensor->quantization.axis, 0);
    assert_true(tensor->quantization.scale[2] == 0.5f);
    assert_int_equal(tensor->quantization.zero_point[2], 0);
    assert_memory_equal(tensor->data, bias_data, sizeof bias_data);

    tensor = graph->tensor[0];
    assert_null(tensor->data);
    assert_int_equal(tensor->quantization.count, 1);
    assert_true(tensor->quantization.scale[0] == 0.5f);
    assert_int_equal(tensor->quantization.zero_point[0], -3);
    end_reading(&reading);
}

static void test_operator_codes(void **state) {
    (void)state;
    const enum writer_codes kinds[] = {
        WRITER_CODES_BOTH, WRITER_CODES_DEPRECATED, WRITER_CODES_NEW};
    for (size_t i = 0; i < 3; i++) {
        struct writer *writer = one_layer(NULL, NULL, NULL);
        writer_codes(writer, kinds[i]);
        struct reading reading = read_writer(writer);
        assert_int_equal(accepted(&reading)->node[0]->op->tflite_code,
                         TFLITE_FULLY_CONNECTED);
        end_reading(&reading);
    }
}

/* Constants are read in place when they are aligned, and copied when not; data
 * may stand behind the FlatBuffer. */
static void test_constants(void **state) {
    (void)state;
    static const int32_t bias_data[] = {1, -2, 300, 70000};
    for (int external = 0; external < 2; external++) {
        for (size_t shift = 0; shift < 4; shift++) {
            struct writer *writer = one_layer(NULL, NULL, NULL);
            const int32_t bias = writer_tensor(
                writer, &(struct writer_tensor){.name = "bias",
                                                .type = TFLITE_TYPE_INT32,
                                                WRITER_SHAPE(4),
                                                .scale = 0.125f,
                                                .data = bias_data});
            const int32_t end = add_activation(writer, "end");
            writer_operator(writer, TFLITE_FULLY_CONNECTED,
                            WRITER_LIST(2, 1, bias), WRITER_LIST(end),
                            options_none());
            writer_outputs(writer, WRITER_LIST(end));
            writer_external_data(writer, external != 0);
            size_t size;
            uint8_t *file = writer_finish(writer, &size);
            writer_free(writer);
            uint8_t *data = allocate(size + shift, 1);
            memcpy(data + shift, file, size);
            free(file);

            struct context context = {.file = "x.tflite"};
            struct module *module;
            assert_true(tflite_read(&context, data + shift, size, &module));
            const struct tensor *tensor = module->graph[0]->tensor[bias];
            const uint8_t *at = tensor->data;
            assert_memory_equal(at, bias_data, sizeof bias_data);
            assert_int_equal((uintptr_t)at % 4, 0);
            assert_true(shift != 0 || (at >= data && at < data + size));
            arena_free(&context.arena);
            free(data);
        }
    }
}

/* A dynamic batch has a static shape beside it; a scalar has none at all. */
static void test_shapes(void **state) {
    (void)state;
    static const int32_t signature[] = {-1, 4};
    struct writer_tensor in = activation_of("in");
    in.shape_signature = signature;
    struct writer *writer = one_layer(&in, NULL, NULL);
    const int32_t scalar = writer_tensor(
        writer, &(struct writer_tensor){.name = "scalar",
                                        .type = TFLITE_TYPE_FLOAT32,
                                        .omit_shape = true});
    const int32_t long_rank = writer_tensor(
        writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT64,
                                        WRITER_SHAPE(1, 2, 3, 4, 5, 6)});
    writer_inputs(writer, WRITER_LIST(0, scalar, long_rank));
    struct reading reading = read_writer(writer);
    const struct graph *graph = accepted(&reading);
    char text[SHAPE_TEXT];
    assert_string_equal(shape_text(&graph->input[0]->shape, text), "1x4");
    assert_string_equal(shape_text(&graph->input[1]->shape, text), "scalar");
    assert_string_equal(shape_text(&graph->input[2]->shape, text),
                        "1x2x3x4x5x6");
    assert_string_equal(graph->input[2]->name, "");
    end_reading(&reading);
}

static void test_quantization(void **state) {
    (void)state;
    static const float scales[] = {0.125f, 0.25f, 0.5f, 1};
    static const int64_t zero_points[] = {0, 0, 0, INT32_MIN};
    struct writer *writer = one_layer(NULL, NULL, NULL);
    struct writer_tensor tensors[3] = {activation_of("no scale"),
                                       activation_of("no zero points"),
                                       activation_of("last axis")};
    for (int i = 0; i < 3; i++) {
        tensors[i].scale = 0;
    }
    tensors[0].zero_point_count = 1; /* means nothing without a scale */
    tensors[0].zero_points = zero_points;
    tensors[1].scale_count = 1;
    tensors[1].scales = scales;
    tensors[1].omit_zero_points = true;
    tensors[2].scale_count = tensors[2].zero_point_count = 4;
    tensors[2].scales = scales;
    tensors[2].zero_points = zero_points;
    tensors[2].axis = 1;
    for (int i = 0; i < 3; i++) {
        writer_tensor(writer, &tensors[i]);
    }
    writer_inputs(writer, WRITER_LIST(0, 3, 4, 5));
    struct reading reading = read_writer(writer);
    const struct graph *graph = accepted(&reading);
    assert_int_equal(graph->input[1]->quantization.count, 0);
    const struct quantization *q = &graph->input[2]->quantization;
    assert_int_equal(q->count, 1);
    assert_int_equal(q->zero_point[0], 0);
    q = &graph->input[3]->quantization;
    assert_int_equal(q->count, 4);
    assert_int_equal(q->axis, 1);
    assert_true(q->zero_point[3] == INT32_MIN);
    end_reading(&reading);
}

/* What no operator and no list names is neither kept nor judged. */
static void test_unused(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    writer_tensor(writer, &(struct writer_tensor){.type = TFLITE_TYPE_STRING,
                                                  .rank = 8,
                                                  .buffer = 99,
                                                  .is_sparse = true});
    const int32_t kept = add_activation(writer, "kept");
    writer_metadata(writer, "min_runtime_version", "1.5.0", 5);
    writer_signature(writer, "serving_default", 0);
    writer_outputs(writer, WRITER_LIST(2, kept));
    writer_inputs(writer, WRITER_LIST(0, kept));
    struct reading reading = read_writer(writer);
    const struct graph *graph = accepted(&reading);
    assert_int_equal(graph->tensor_count, 4);
    assert_int_equal(graph->tensor[3]->id, 3);
    assert_int_equal(graph->tensor[3]->index, 4);
    assert_string_equal(graph->tensor[3]->name, "kept");
    end_reading(&reading);
}

/* An output may be an input, a constant, or named twice; an input need not be
 * read; a variable that is an input is just an input. */
static void test_outputs(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    struct writer_tensor variable = activation_of("state");
    variable.is_variable = true;
    writer_tensor(writer, &variable);
    writer_tensor(writer, &variable);
    writer_inputs(writer, WRITER_LIST(0, 3));
    writer_outputs(writer, WRITER_LIST(2, 0, 1, 2, 3, 4));
    struct reading reading = read_writer(writer);
    const struct graph *graph = accepted(&reading);
    assert_int_equal(graph->output_count, 6);
    assert_non_null(graph->output[2]->data);
    assert_ptr_equal(graph->output[0], graph->output[3]);
    assert_int_equal(graph->output[0]->use_count, 2);
    assert_false(graph->output[4]->is_variable);
    assert_true(graph->output[5]->is_variable);
    end_reading(&reading);
}

/* The options table may be missing: every field has its default. */
static void test_no_options(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    const int32_t end = add_activation(writer, "end");
    writer_add_op(writer, &(struct writer_op){.code = TFLITE_FULLY_CONNECTED,
                                              .inputs = WRITER_LIST(2, 1, -1),
                                              .outputs = WRITER_LIST(end),
                                              .custom_options = "abc",
                                              .custom_options_size = 3});
    writer_outputs(writer, WRITER_LIST(end));
    struct reading reading = read_writer(writer);
    const struct node *node = accepted(&reading)->node[1];
    assert_int_equal(node->activation, ACTIVATION_NONE);
    assert_int_equal(node->input_count, 3);
    assert_null(node->input[2]);
    end_reading(&reading);
}

/* Operators are moved only as far as they have to be. */
static void test_order(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    const int32_t filter = add_weights(writer, "filter");
    int32_t t[7];
    for (int i = 0; i < 7; i++) {
        char name[8];
        snprintf(name, sizeof name, "t%d", i);
        t[i] = add_activation(writer, name);
    }
    add_layer(writer, t[0], filter, t[1]); /* op 0 */
    add_layer(writer, t[4], filter, t[5]); /* op 1 waits for op 3 */
    add_layer(writer, t[1], filter, t[2]); /* op 2 */
    add_layer(writer, t[3], filter, t[4]); /* op 3 waits for op 4 */
    add_layer(writer, t[2], filter, t[3]); /* op 4 waits for op 2 */
    add_layer(writer, t[5], filter, t[6]); /* op 5 */
    writer_inputs(writer, WRITER_LIST(t[0]));
    writer_outputs(writer, WRITER_LIST(t[6]));
    struct reading reading = read_writer(writer);
    const struct graph *graph = accepted(&reading);
    static const int32_t order[] = {0, 2, 4, 3, 1, 5};
    assert_int_equal(graph->node_count, 6);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(graph->node[i]->index, order[i]);
    }
    end_reading(&reading);
}

/* Graphs beside the main one are kept if they can be compiled, and are no
 * reason to refuse the model if not. */
static void test_other_graphs(void **state) {
    (void)state;
    struct writer *writer = one_layer(NULL, NULL, NULL);
    for (int i = 0; i < 3; i++) {
        writer_subgraph(writer, i == 0 ? "good" : "bad");
        const int32_t in = add_activation(writer, "in");
        const int32_t filter = add_weights(writer, "filter");
        const int32_t out = add_activation(writer, "out");
        if (i == 1) {
            writer_operator(writer, 999, WRITER_LIST(in), WRITER_LIST(out),
                            options_none());
        } else {
            add_layer(writer, i == 0 ? in : 77, filter, out);
        }
        writer_inputs(writer, WRITER_LIST(in));
        writer_outputs(writer, WRITER_LIST(out));
    }
    struct reading reading = read_writer(writer);
    accepted(&reading);
    assert_int_equal(reading.module->graph_count, 4);
    assert_string_equal(reading.module->graph[1]->name, "good");
    assert_int_equal(reading.module->graph[1]->node_count, 1);
    assert_null(reading.module->graph[2]);
    assert_null(reading.module->graph[3]);
    end_reading(&reading);
}

static void test_builtin_names(void **state) {
    (void)state;
    assert_string_equal(builtin_name(0), "ADD");
    assert_string_equal(builtin_name(TFLITE_FULLY_CONNECTED),
                        "FULLY_CONNECTED");
    assert_string_equal(builtin_name(127), "PLACEHOLDER_FOR_GREATER_OP_CODES");
    assert_string_equal(builtin_name(209), "STABLEHLO_CASE");
    assert_null(builtin_name(210));
    assert_null(builtin_name(-1));
    for (int i = 0; op_by_index(i) != NULL; i++) {
        const struct op_def *op = op_by_index(i);
        if (op->tflite_code == TFLITE_CODE_CUSTOM) {
            assert_ptr_equal(op_by_custom_name(op->name), op);
        } else {
            assert_string_equal(builtin_name(op->tflite_code), op->name);
        }
    }
}

/* Every model of manifest.tsv reads, or is refused for operators alone. */
static void test_shared_models(void **state) {
    (void)state;
#ifdef MICROFLOW_SHARED_MODELS
    FILE *manifest = fopen(MICROFLOW_SHARED_MODELS "/manifest.tsv", "r");
    assert_non_null(manifest);
    char line[4096];
    assert_non_null(fgets(line, sizeof line, manifest)); /* the headings */
    int count = 0;
    while (fgets(line, sizeof line, manifest) != NULL) {
        char path[1024];
        line[strcspn(line, "\t")] = '\0';
        snprintf(path, sizeof path, "%s/%.200s.tflite", MICROFLOW_SHARED_MODELS,
                 line);
        FILE *file = fopen(path, "rb");
        assert_non_null(file);
        assert_int_equal(fseek(file, 0, SEEK_END), 0);
        const size_t size = (size_t)ftell(file);
        rewind(file);
        uint8_t *data = allocate(size, 1);
        assert_int_equal(fread(data, 1, size, file), size);
        fclose(file);
        struct reading reading = read_bytes(data, size);
        const struct message *message = reading.context.first;
        for (; message != NULL; message = message->next) {
            if (strncmp(message->text, "x.tflite: op ", 13) != 0) {
                print_error("%s: %s\n", line, message->text);
                fail();
            }
        }
        end_reading(&reading);
        count++;
    }
    fclose(manifest);
    assert_true(count > 100);
#else
    skip();
#endif
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_layer),
        cmocka_unit_test(test_operator_codes),
        cmocka_unit_test(test_constants),
        cmocka_unit_test(test_shapes),
        cmocka_unit_test(test_quantization),
        cmocka_unit_test(test_unused),
        cmocka_unit_test(test_outputs),
        cmocka_unit_test(test_no_options),
        cmocka_unit_test(test_order),
        cmocka_unit_test(test_other_graphs),
        cmocka_unit_test(test_builtin_names),
        cmocka_unit_test(test_shared_models),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
