/* The library through its public face alone. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microflow.h"
#include "tflite_options.h"
#include "tflite_writer.h"

struct bytes {
    uint8_t *data;
    size_t size;
};

static struct bytes finish(struct writer *writer) {
    struct bytes bytes;
    bytes.data = writer_finish(writer, &bytes.size);
    writer_free(writer);
    return bytes;
}

static int32_t add_tensor(struct writer *writer, const char *name,
                          int32_t size) {
    return writer_tensor(writer,
                         &(struct writer_tensor){.name = name,
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, size),
                                                 .scale = 0.5f,
                                                 .zero_point = 3});
}

/* A layer whose output i is its input `from[i]`: a filter of zeros and ones,
 * with scales that cancel. */
static int32_t add_permutation(struct writer *writer, int32_t input,
                               const char *name, const int *from) {
    int8_t filter[4][4] = {{0}};
    for (int i = 0; i < 4; i++) {
        filter[i][from[i]] = 1;
    }
    int32_t weights =
        writer_tensor(writer, &(struct writer_tensor){.name = "filter",
                                                      .type = TFLITE_TYPE_INT8,
                                                      WRITER_SHAPE(4, 4),
                                                      .scale = 1,
                                                      .data = filter});
    int32_t output = add_tensor(writer, name, 4);
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(input, weights),
                    WRITER_LIST(output),
                    options_fully_connected(TFLITE_ACT_NONE, 0, false));
    return output;
}

static const int rotate[4] = {1, 2, 3, 0};
static const int swap[4] = {1, 0, 3, 2};

/* "x" -> rotate "a" -> swap "y"; "x" -> swap "z". */
static struct bytes make_model(void) {
    struct writer *writer = writer_new();
    int32_t x = add_tensor(writer, "x", 4);
    int32_t a = add_permutation(writer, x, "a", rotate);
    int32_t y = add_permutation(writer, a, "y", swap);
    int32_t z = add_permutation(writer, x, "z", swap);
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(z, y));
    return finish(writer);
}

static mf_model *open_model(struct bytes bytes) {
    mf_model *model =
        mf_model_open(bytes.data, bytes.size, "dir/two.way.tflite", NULL);
    assert_non_null(model);
    assert_null(mf_model_message(model, 0));
    assert_true(mf_model_ok(model));
    return model;
}

static void test_version(void **state) {
    (void)state;
    assert_string_equal(mf_version(), MF_VERSION);
}

static void test_tensors(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *model = open_model(bytes);
    assert_int_equal(mf_model_input_count(model), 1);
    assert_int_equal(mf_model_output_count(model), 2);
    mf_tensor_info x = mf_model_input(model, 0), z = mf_model_output(model, 0);
    assert_string_equal(x.name, "x");
    assert_string_equal(z.name, "z");
    assert_string_equal(mf_model_output(model, 1).name, "y");
    assert_string_equal(x.type, "INT8");
    assert_int_equal(x.rank, 2);
    assert_int_equal(x.shape[0], 1);
    assert_int_equal(x.shape[1], 4);
    assert_int_equal(x.size, 4);
    assert_true(x.scale == 0.5f);
    assert_int_equal(x.zero_point, 3);
    /* Past the end there is nothing. */
    assert_null(mf_model_input(model, 1).name);
    assert_null(mf_model_output(model, 2).name);
    assert_null(mf_model_input_data(model, 1));
    assert_null(mf_model_output_data(model, 2));
    mf_model_close(model);
    free(bytes.data);
}

static void test_layers(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *model = open_model(bytes);
    assert_int_equal(mf_model_layer_count(model), 3);
    mf_memory_info memory = mf_model_memory(model);
    size_t constants = 0, live = 0;
    for (size_t i = 0; i < 3; i++) {
        mf_layer_info layer = mf_model_layer(model, i);
        assert_string_equal(layer.op, "FULLY_CONNECTED");
        assert_int_equal(layer.macs, 16);
        /* 16 weights, 4 biases, one multiplier and one shift. */
        assert_int_equal(layer.constant_size, 16 + 16 + 4 + 1);
        constants += layer.constant_size;
        live = layer.live > live ? layer.live : live;
    }
    assert_string_equal(mf_model_layer(model, 0).input.name, "x");
    assert_string_equal(mf_model_layer(model, 0).output.name, "a");
    assert_null(mf_model_layer(model, 3).op);
    assert_int_equal(memory.macs, 48);
    assert_int_equal(memory.constant_size, constants);
    assert_int_equal(memory.lower_bound, live);
    assert_int_equal(memory.arena_size, 12);
    mf_model_close(model);
    free(bytes.data);
}

/* Two layers with one filter: its bytes are counted once. */
static void test_shared_constants(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    int32_t x = add_tensor(writer, "x", 4);
    int32_t a = add_permutation(writer, x, "a", rotate);
    int32_t y = add_tensor(writer, "y", 4);
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(a, 1),
                    WRITER_LIST(y),
                    options_fully_connected(TFLITE_ACT_NONE, 0, false));
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    struct bytes bytes = finish(writer);
    mf_model *model = open_model(bytes);
    assert_int_equal(mf_model_layer(model, 0).constant_size, 37);
    assert_int_equal(mf_model_layer(model, 1).constant_size, 37);
    assert_int_equal(mf_model_memory(model).constant_size, 2 * 37 - 16);
    mf_model_close(model);
    free(bytes.data);
}

static void test_buffers(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *model = open_model(bytes);
    size_t arena = mf_model_memory(model).arena_size;
    assert_int_equal(mf_model_buffer_count(model), 4);
    mf_buffer_info x = mf_model_buffer(model, 0);
    assert_string_equal(x.tensor, "x");
    assert_int_equal(x.first, -1);
    assert_int_equal(x.last, 2);
    for (size_t i = 0; i < 4; i++) {
        mf_buffer_info buffer = mf_model_buffer(model, i);
        assert_int_equal(buffer.size, 4);
        assert_true(buffer.offset + buffer.size <= arena);
    }
    assert_null(mf_model_buffer(model, 4).tensor);
    const char *map = mf_model_memory_map(model);
    assert_ptr_equal(map, mf_model_memory_map(model));
    assert_non_null(strstr(map, "arena: 12 bytes"));
    assert_non_null(strstr(map, "FULLY_CONNECTED"));
    mf_model_close(model);
    free(bytes.data);
}

static void test_invoke(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *model = open_model(bytes);
    for (int frame = 0; frame < 3; frame++) {
        const int8_t x[4] = {(int8_t)frame, 127, -128, 40};
        const int8_t y[4] = {x[2], x[1], x[0], x[3]};
        const int8_t z[4] = {x[1], x[0], x[3], x[2]};
        memcpy(mf_model_input_data(model, 0), x, 4);
        assert_true(mf_model_invoke(model));
        assert_memory_equal(mf_model_output_data(model, 0), z, 4);
        assert_memory_equal(mf_model_output_data(model, 1), y, 4);
    }
    mf_model_close(model);
    free(bytes.data);
}

/* Models stand beside each other. */
static void test_two_models(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *a = open_model(bytes), *b = open_model(bytes);
    memcpy(mf_model_input_data(a, 0), "abcd", 4);
    memcpy(mf_model_input_data(b, 0), "efgh", 4);
    assert_true(mf_model_invoke(a));
    assert_true(mf_model_invoke(b));
    assert_memory_equal(mf_model_output_data(a, 0), "badc", 4);
    assert_memory_equal(mf_model_output_data(b, 0), "fehg", 4);
    mf_model_close(a);
    assert_memory_equal(mf_model_output_data(b, 1), "gfeh", 4);
    mf_model_close(b);
    free(bytes.data);
}

/* An output that is an input, or a constant, or named twice. */
static void test_odd_outputs(void **state) {
    (void)state;
    static const int8_t seven[3] = {7, 8, 9};
    struct writer *writer = writer_new();
    int32_t x = add_tensor(writer, "x", 4);
    int32_t unused = add_tensor(writer, "unused", 9);
    int32_t y = add_permutation(writer, x, "y", rotate);
    int32_t c =
        writer_tensor(writer, &(struct writer_tensor){.name = "c",
                                                      .type = TFLITE_TYPE_INT8,
                                                      WRITER_SHAPE(3),
                                                      .data = seven});
    writer_inputs(writer, WRITER_LIST(x, unused));
    writer_outputs(writer, WRITER_LIST(x, c, y, y));
    struct bytes bytes = finish(writer);
    mf_model *model = open_model(bytes);
    memcpy(mf_model_input_data(model, 0), "abcd", 4);
    memcpy(mf_model_input_data(model, 1), "unused...", 9);
    assert_true(mf_model_invoke(model));
    assert_memory_equal(mf_model_output_data(model, 0), "abcd", 4);
    assert_memory_equal(mf_model_output_data(model, 1), seven, 3);
    assert_memory_equal(mf_model_output_data(model, 2), "bcda", 4);
    assert_memory_equal(mf_model_output_data(model, 3), "bcda", 4);
    assert_true(mf_model_compile(model, NULL));
    mf_model_close(model);
    free(bytes.data);
}

static int32_t add_pair(struct writer *writer, const int32_t pair[2]) {
    return writer_tensor(
        writer, &(struct writer_tensor){
                    .type = TFLITE_TYPE_INT32, WRITER_SHAPE(2), .data = pair});
}

/* "y" is the first 3 of the 4 in "x" or in "a", which is computed: SLICE or
 * STRIDED_SLICE. */
static struct bytes make_start(bool strided, bool computed) {
    static const int32_t begin[2] = {0, 0}, end[2] = {1, 3}, ones[2] = {1, 1};
    struct writer *writer = writer_new();
    int32_t x = add_tensor(writer, "x", 4);
    int32_t from = computed ? add_permutation(writer, x, "a", rotate) : x;
    int32_t first = add_pair(writer, begin), last = add_pair(writer, end);
    int32_t y = add_tensor(writer, "y", 3);
    if (strided) {
        int32_t strides = add_pair(writer, ones);
        writer_operator(writer, TFLITE_STRIDED_SLICE,
                        WRITER_LIST(from, first, last, strides), WRITER_LIST(y),
                        options_strided_slice(0, 0, 0, 0, 0, false));
    } else {
        writer_operator(writer, TFLITE_SLICE, WRITER_LIST(from, first, last),
                        WRITER_LIST(y), options_empty(TFLITE_OPTIONS_SLICE));
    }
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    return finish(writer);
}

/* What a slice takes from the start of what is not needed any more lies there
 * already: nothing is executed, no byte is taken. */
static void test_start(void **state) {
    (void)state;
    for (int trial = 0; trial < 4; trial++) {
        bool strided = trial & 1, computed = trial & 2;
        struct bytes bytes = make_start(strided, computed);
        mf_model *model = open_model(bytes);
        memcpy(mf_model_input_data(model, 0), "abcd", 4);
        assert_int_equal(mf_model_memory(model).arena_size, computed ? 8 : 4);
        assert_true(mf_model_invoke(model));
        assert_memory_equal(mf_model_output_data(model, 0),
                            computed ? "bcd" : "abc", 3);
        assert_true(mf_model_compile(model, NULL));
        mf_model_close(model);
        free(bytes.data);
    }
}

/* --- compiling --- */

static bool has_file(const mf_model *model, const char *name) {
    for (size_t i = 0; i < mf_model_file_count(model); i++) {
        const char *data;
        size_t size;
        const char *file = mf_model_file(model, i, &data, &size);
        assert_int_equal(strlen(data), size);
        assert_null(strpbrk(file, "/\\"));
        if (strcmp(file, name) == 0) {
            return true;
        }
    }
    return false;
}

static void test_compile(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *model = open_model(bytes);
    const char *data;
    size_t size;
    assert_int_equal(mf_model_file_count(model), 0);
    assert_null(mf_model_file(model, 0, &data, &size));

    assert_true(mf_model_compile(model, NULL));
    assert_true(has_file(model, "two_way.h"));
    assert_true(has_file(model, "two_way.c"));
    assert_true(has_file(model, "mf_fully_connected.h"));
    assert_false(has_file(model, "two_way_driver.c"));
    assert_null(mf_model_file(model, mf_model_file_count(model), &data, &size));
    assert_null(data);
    assert_int_equal(size, 0);

    const mf_compile_options options = {
        .name = "My.net", .optimize = MF_OPTIMIZE_SIZE, .driver = true};
    assert_true(mf_model_compile(model, &options));
    assert_true(has_file(model, "my_net.c"));
    assert_true(has_file(model, "my_net_driver.c"));
    assert_false(has_file(model, "two_way.c"));
    assert_null(mf_model_message(model, 0));
    mf_model_close(model);
    free(bytes.data);
}

static void expect_apart(mf_model *a, mf_model *b, const char *message) {
    mf_model *const models[] = {a, b};
    assert_false(mf_models_compile(models, NULL, 2));
    assert_string_equal(mf_model_message(b, 0), message);
    assert_int_equal(mf_model_file_count(a), 0);
}

static void test_compile_together(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    const mf_region region = {"near", 100, 2};
    const mf_open_options options = {.region = &region, .region_count = 1};
    const mf_compile_options names[] = {{.name = "p"}, {.name = "q"}};
    mf_model *a = mf_model_open(bytes.data, bytes.size, "a.tflite", NULL);
    mf_model *c = mf_model_open(bytes.data, bytes.size, "d/a.tflite", NULL);
    mf_model *b = mf_model_open(bytes.data, bytes.size, "b.tflite", &options);
    mf_model *const models[] = {a, c};
    assert_true(mf_models_compile(models, names, 2));
    assert_true(has_file(a, "p.c") && has_file(c, "q.c"));
    assert_true(has_file(a, "shared_arena.h") && has_file(c, "shared_arena.c"));
    expect_apart(a, c, "d/a.tflite: the name \"a\" is that of another model");
    expect_apart(a, b,
                 "b.tflite: the regions are not those of a, with which "
                 "the arena is shared");
    expect_apart(a, a, "a.tflite: compiled together with itself");
    assert_true(mf_models_compile(models, NULL, 0));
    mf_model_close(a);
    mf_model_close(b);
    mf_model_close(c);
    free(bytes.data);
}

static void test_regions(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_region region[9];
    for (int i = 0; i < 9; i++) {
        region[i] = (mf_region){i == 1 ? "b" : "a", 8, 1};
    }
    mf_open_options options = {.region = region, .region_count = 2};
    mf_model *model = mf_model_open(bytes.data, bytes.size, "m", &options);
    assert_true(mf_model_ok(model));
    assert_int_equal(mf_model_region_count(model), 2);
    size_t size = 0;
    for (size_t i = 0; i < 2; i++) {
        const mf_region_info info = mf_model_region(model, i);
        assert_string_equal(info.name, region[i].name);
        assert_int_equal(info.limit, 8);
        assert_int_equal(info.start, i * 8);
        size += info.size;
    }
    assert_true(size >= 12);
    assert_null(mf_model_region(model, 2).name);
    assert_in_range(mf_model_buffer(model, 0).region, 0, 1);
    mf_model_close(model);

    static const struct {
        size_t count, size;
        uint32_t cost;
        const char *message;
    } wrong[] = {
        {9, 8, 1, "m: 9 regions, at most 8 are possible"},
        {3, 8, 1,
         "m: region \"a\": names are C identifiers in lower case, at most 16 "
         "letters, each once"},
        {1, 0, 1,
         "m: region a: 1 to 2147483647 bytes are possible in all regions, "
         "costs of 1 to 1000"},
        {1, 8, 1001,
         "m: region a: 1 to 2147483647 bytes are possible in all regions, "
         "costs of 1 to 1000"},
    };
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        region[0] = (mf_region){"a", wrong[i].size, wrong[i].cost};
        options.region_count = wrong[i].count;
        model = mf_model_open(bytes.data, bytes.size, "m", &options);
        assert_false(mf_model_ok(model));
        assert_string_equal(mf_model_message(model, 0), wrong[i].message);
        assert_int_equal(mf_model_region_count(model), 0);
        mf_model_close(model);
    }
    free(bytes.data);
}

static void test_compile_is_reproducible(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *a = open_model(bytes), *b = open_model(bytes);
    assert_true(mf_model_invoke(b));
    assert_true(mf_model_compile(a, NULL));
    assert_true(mf_model_compile(b, NULL));
    assert_int_equal(mf_model_file_count(a), mf_model_file_count(b));
    for (size_t i = 0; i < mf_model_file_count(a); i++) {
        const char *x, *y;
        size_t x_size, y_size;
        assert_string_equal(mf_model_file(a, i, &x, &x_size),
                            mf_model_file(b, i, &y, &y_size));
        assert_int_equal(x_size, y_size);
        assert_memory_equal(x, y, x_size);
    }
    mf_model_close(a);
    mf_model_close(b);
    free(bytes.data);
}

/* --- dumps --- */

static void test_dump(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    mf_model *model = open_model(bytes);
    assert_string_equal(mf_model_dump(model), "");
    mf_model_close(model);

    mf_open_options options = {.dump_after = "read"};
    model = mf_model_open(bytes.data, bytes.size, "m.tflite", &options);
    assert_true(mf_model_ok(model));
    assert_non_null(strstr(mf_model_dump(model), "FULLY_CONNECTED"));
    mf_model_close(model);

    size_t passes = 0;
    for (; (options.dump_after = mf_pass_name(passes)) != NULL; passes++) {
        model = mf_model_open(bytes.data, bytes.size, "m.tflite", &options);
        assert_true(mf_model_ok(model));
        assert_non_null(strstr(mf_model_dump(model), "FULLY_CONNECTED"));
        mf_model_close(model);
    }
    assert_true(passes > 0);
    assert_null(mf_pass_name(SIZE_MAX));

    options.dump_after = "nothing";
    model = mf_model_open(bytes.data, bytes.size, "m.tflite", &options);
    assert_false(mf_model_ok(model));
    assert_string_equal(mf_model_message(model, 0),
                        "m.tflite: there is no pass \"nothing\" to keep the "
                        "graph after");
    mf_model_close(model);
    free(bytes.data);
}

/* --- models that are refused --- */

/* Nothing that a caller may do with such a model goes wrong. */
static void use_refused(mf_model *model) {
    const char *data;
    size_t size;
    assert_non_null(model);
    assert_false(mf_model_ok(model));
    assert_non_null(mf_model_message(model, 0));
    assert_int_equal(mf_model_input_count(model), 0);
    assert_int_equal(mf_model_output_count(model), 0);
    assert_int_equal(mf_model_layer_count(model), 0);
    assert_int_equal(mf_model_buffer_count(model), 0);
    assert_int_equal(mf_model_memory(model).arena_size, 0);
    assert_string_equal(mf_model_memory_map(model), "");
    assert_string_equal(mf_model_dump(model), "");
    assert_null(mf_model_input_data(model, 0));
    assert_null(mf_model_output_data(model, 0));
    assert_false(mf_model_invoke(model));
    assert_false(mf_model_compile(model, NULL));
    assert_int_equal(mf_model_file_count(model), 0);
    assert_null(mf_model_file(model, 0, &data, &size));
    mf_model_close(model);
}

static void test_not_a_model(void **state) {
    (void)state;
    static const uint8_t noise[64] = {1, 2, 3, 4, 5, 6, 7, 8};
    mf_model *model = mf_model_open(noise, sizeof noise, "x.tflite", NULL);
    assert_non_null(strstr(mf_model_message(model, 0), "x.tflite: "));
    use_refused(model);
    use_refused(mf_model_open(NULL, 0, "empty", NULL));
    use_refused(mf_model_open(noise, 3, NULL, NULL));
    mf_model_close(NULL);
}

/* Every byte of the file cut off in turn. */
static void test_truncated(void **state) {
    (void)state;
    struct bytes bytes = make_model();
    for (size_t size = 0; size < bytes.size; size++) {
        uint8_t *exact = malloc(size + 1);
        memcpy(exact, bytes.data, size);
        mf_model *model = mf_model_open(exact, size, "cut.tflite", NULL);
        assert_non_null(model);
        assert_true(mf_model_ok(model) != (mf_model_message(model, 0) != NULL));
        mf_model_close(model);
        free(exact);
    }
    free(bytes.data);
}

static void test_all_messages(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    int32_t x = add_tensor(writer, "x", 4);
    int32_t y = add_tensor(writer, "y", 4);
    int32_t z = add_tensor(writer, "z", 4);
    writer_operator(writer, 9999, WRITER_LIST(x), WRITER_LIST(y),
                    options_none());
    writer_operator(writer, 9998, WRITER_LIST(y), WRITER_LIST(z),
                    options_none());
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(z));
    struct bytes bytes = finish(writer);
    mf_model *model = mf_model_open(bytes.data, bytes.size, "m.tflite", NULL);
    assert_non_null(strstr(mf_model_message(model, 0), "m.tflite: op 0 "));
    assert_non_null(strstr(mf_model_message(model, 1), "m.tflite: op 1 "));
    assert_null(mf_model_message(model, 2));
    assert_null(mf_model_message(model, SIZE_MAX));
    use_refused(model);
    free(bytes.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_version),
        cmocka_unit_test(test_tensors),
        cmocka_unit_test(test_layers),
        cmocka_unit_test(test_shared_constants),
        cmocka_unit_test(test_buffers),
        cmocka_unit_test(test_invoke),
        cmocka_unit_test(test_two_models),
        cmocka_unit_test(test_odd_outputs),
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_compile),
        cmocka_unit_test(test_compile_together),
        cmocka_unit_test(test_regions),
        cmocka_unit_test(test_compile_is_reproducible),
        cmocka_unit_test(test_dump),
        cmocka_unit_test(test_not_a_model),
        cmocka_unit_test(test_truncated),
        cmocka_unit_test(test_all_messages),
    };
    return cmocka_run_group_tests_name("library", tests, NULL, NULL);
}
