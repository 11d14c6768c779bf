/* What models keep from one inference to the next, held to plain C that keeps
 * it in arrays. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "generated.h"
#include "microflow.h"
#include "random.h"
#include "tflite_options.h"
#include "tflite_writer.h"

/* --- variables --- */

static struct writer_tensor vector_of(int32_t type, int32_t rows,
                                      int32_t columns) {
    return (struct writer_tensor){.type = type, WRITER_SHAPE(1, rows, columns)};
}

static int32_t add_handle(struct writer *writer, const char *name) {
    int32_t handle = writer_tensor(
        writer,
        &(struct writer_tensor){.name = name, .type = TFLITE_TYPE_RESOURCE});
    writer_operator(writer, TFLITE_VAR_HANDLE, WRITER_EMPTY,
                    WRITER_LIST(handle), options_var_handle("", name));
    return handle;
}

static int32_t add_read(struct writer *writer, int32_t handle,
                        const struct writer_tensor *like) {
    int32_t value = writer_tensor(writer, like);
    writer_operator(writer, TFLITE_READ_VARIABLE, WRITER_LIST(handle),
                    WRITER_LIST(value), options_none());
    return value;
}

static void add_assign(struct writer *writer, int32_t handle, int32_t value) {
    writer_operator(writer, TFLITE_ASSIGN_VARIABLE, WRITER_LIST(handle, value),
                    WRITER_EMPTY, options_none());
}

/* In a graph of its own, which CALL_ONCE runs: `name` becomes `data`. */
static void add_initial(struct writer *writer, const char *name,
                        struct writer_tensor tensor, const void *data) {
    int32_t graph = writer_subgraph(writer, "init");
    tensor.data = data;
    add_assign(writer, add_handle(writer, name),
               writer_tensor(writer, &tensor));
    writer_select_subgraph(writer, 0);
    writer_operator(writer, TFLITE_CALL_ONCE, WRITER_EMPTY, WRITER_EMPTY,
                    options_call_once(graph));
}

static int32_t add_rows(struct writer *writer, int32_t input, int32_t first,
                        const struct writer_tensor *output) {
    const int32_t begin[3] = {0, first, 0}, ones[3] = {1, 1, 1};
    const int32_t end[3] = {1, first + output->dims[1], output->dims[2]};
    struct writer_tensor list = {.type = TFLITE_TYPE_INT32, WRITER_SHAPE(3)};
    list.data = begin;
    int32_t from = writer_tensor(writer, &list);
    list.data = end;
    int32_t to = writer_tensor(writer, &list);
    list.data = ones;
    int32_t strides = writer_tensor(writer, &list);
    int32_t result = writer_tensor(writer, output);
    writer_operator(writer, TFLITE_STRIDED_SLICE,
                    WRITER_LIST(input, from, to, strides), WRITER_LIST(result),
                    options_strided_slice(0, 0, 0, 0, 0, false));
    return result;
}

static int32_t add_joined(struct writer *writer, int32_t a, int32_t b,
                          const struct writer_tensor *output) {
    int32_t result = writer_tensor(writer, output);
    writer_operator(writer, TFLITE_CONCATENATION, WRITER_LIST(a, b),
                    WRITER_LIST(result),
                    options_concatenation(1, TFLITE_ACT_NONE));
    return result;
}

/* --- models in memory --- */

struct opened {
    uint8_t *data;
    mf_model *model;
};

static struct opened open_writer(struct writer *writer) {
    struct opened opened;
    size_t size;
    opened.data = writer_finish(writer, &size);
    writer_free(writer);
    opened.model = mf_model_open(opened.data, size, "test.tflite", NULL);
    assert_non_null(opened.model);
    return opened;
}

static void close_opened(struct opened opened) {
    mf_model_close(opened.model);
    free(opened.data);
}

static void expect_message(struct writer *writer, const char *text) {
    struct opened opened = open_writer(writer);
    const char *message = mf_model_message(opened.model, 0);
    assert_non_null(message);
    assert_string_equal(message, text);
    close_opened(opened);
}

static const void *run(mf_model *model, const void *input) {
    memcpy(mf_model_input_data(model, 0), input, mf_model_input(model, 0).size);
    assert_true(mf_model_invoke(model));
    return mf_model_output_data(model, 0);
}

/* --- streams: the last rows of all that came --- */

/* The state has `kept` rows, a frame `fresh`; the output is all of them, or
 * the last `shown` ones. */
struct stream {
    int32_t type, size; /* of an element */
    int32_t columns, kept, fresh, shown;
    bool shows_all;     /* the joined rows are the output */
    bool drops_first;   /* old rows are dropped before the new ones are added */
    bool assigns_early; /* in the file, before what reads the joined rows */
    bool is_initialised;
    uint8_t initial[4096];
};

static struct stream random_stream(struct random *random) {
    static const int32_t types[3] = {TFLITE_TYPE_INT8, TFLITE_TYPE_INT16,
                                     TFLITE_TYPE_FLOAT32};
    static const int32_t sizes[3] = {1, 2, 4};
    struct stream stream = {.columns = random_int(random, 1, 9),
                            .kept = random_int(random, 1, 9),
                            .fresh = random_int(random, 1, 5),
                            .shows_all = random_int(random, 0, 3) == 0,
                            .drops_first = random_int(random, 0, 1),
                            .assigns_early = random_int(random, 0, 1),
                            .is_initialised = random_int(random, 0, 1)};
    int type = random_int(random, 0, 2);
    stream.type = types[type];
    stream.size = sizes[type];
    if (stream.drops_first) {
        stream.kept += stream.fresh;
    }
    stream.shown = random_int(random, 1, stream.kept);
    bool is_uniform = random_int(random, 0, 2) == 0;
    for (size_t i = 0; i < sizeof stream.initial; i++) {
        stream.initial[i] =
            (uint8_t)(is_uniform ? 0x3f : random_int(random, 0, 63));
    }
    return stream;
}

static struct writer *write_stream(const struct stream *stream) {
    struct writer *writer = writer_new();
    int32_t c = stream->columns, kept = stream->kept, fresh = stream->fresh;
    struct writer_tensor state = vector_of(stream->type, kept, c);
    struct writer_tensor frame = vector_of(stream->type, fresh, c);
    struct writer_tensor shown = vector_of(stream->type, stream->shown, c);
    int32_t x = writer_tensor(writer, &frame), joined, next;
    if (stream->is_initialised) {
        add_initial(writer, "s", state, stream->initial);
    }
    int32_t handle = add_handle(writer, "s");
    int32_t old = add_read(writer, handle, &state);
    if (stream->drops_first) {
        struct writer_tensor rest = vector_of(stream->type, kept - fresh, c);
        old = add_rows(writer, old, fresh, &rest);
        joined = next = add_joined(writer, old, x, &state);
    } else {
        struct writer_tensor both = vector_of(stream->type, kept + fresh, c);
        joined = add_joined(writer, old, x, &both);
        next = add_rows(writer, joined, fresh, &state);
    }
    if (stream->assigns_early) {
        add_assign(writer, handle, next);
    }
    int32_t rows = stream->drops_first ? kept : kept + fresh;
    int32_t y = stream->shows_all
                    ? joined
                    : add_rows(writer, joined, rows - stream->shown, &shown);
    if (!stream->assigns_early) {
        add_assign(writer, handle, next);
    }
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    return writer;
}

enum { STREAM_FRAMES = 12 };

/* Frames in, outputs as they must be. */
struct record {
    uint8_t in[STREAM_FRAMES][512], out[STREAM_FRAMES][2048];
    size_t in_size, out_size;
};

static void fill_record(struct random *random, const struct stream *stream,
                        struct record *record) {
    uint8_t rows[4096] = {0};
    size_t row = (size_t)(stream->columns * stream->size);
    size_t kept = row * (size_t)stream->kept;
    size_t fresh = row * (size_t)stream->fresh;
    size_t all = stream->drops_first ? kept : kept + fresh;
    size_t shown = stream->shows_all ? all : row * (size_t)stream->shown;
    if (stream->is_initialised) {
        memcpy(rows, stream->initial, kept);
    }
    record->in_size = fresh;
    record->out_size = shown;
    for (int f = 0; f < STREAM_FRAMES; f++) {
        for (size_t i = 0; i < fresh; i++) {
            record->in[f][i] = (uint8_t)random_int(random, 0, 63);
        }
        memcpy(rows + kept, record->in[f], fresh);
        memcpy(record->out[f], rows + kept + fresh - shown, shown);
        memmove(rows, rows + fresh, kept);
    }
}

static void test_streams(void **state) {
    (void)state;
    struct random random = {7};
    for (int n = 0; n < 300; n++) {
        struct stream stream = random_stream(&random);
        struct record record;
        fill_record(&random, &stream, &record);
        struct opened opened = open_writer(write_stream(&stream));
        mf_model *model = opened.model;
        assert_null(mf_model_message(model, 0));
        for (int again = 0; again < 2; again++) {
            for (int f = 0; f < STREAM_FRAMES; f++) {
                const void *output = run(model, record.in[f]);
                assert_memory_equal(output, record.out[f], record.out_size);
            }
            assert_true(mf_model_reset(model));
        }
        close_opened(opened);
    }
}

/* The joined rows lie where the state is kept: only rows that are shown and the
 * frame take other memory. */
static void test_streams_are_in_place(void **state) {
    (void)state;
    struct stream stream = {.type = TFLITE_TYPE_INT8,
                            .size = 1,
                            .columns = 8,
                            .kept = 40,
                            .fresh = 3,
                            .shown = 2,
                            .assigns_early = true};
    struct opened opened = open_writer(write_stream(&stream));
    const mf_memory_info memory = mf_model_memory(opened.model);
    assert_int_equal(memory.state_size, 43 * 8);
    assert_int_equal(memory.arena_size, 3 * 8);
    close_opened(opened);
}

/* The generated program starts with the initial values, and goes back to them
 * when it is told to. */
static void test_generated(void **state) {
    (void)state;
    need_program("gcc");
    static const char program[] =
        "#include <stdio.h>\n#include \"net.h\"\n"
        "int main(void) {\n"
        "    unsigned char *in = (unsigned char *)net_input();\n"
        "    for (int again = 0; again < 2; again++, net_reset()) {\n"
        "        FILE *file = fopen(\"in\", \"rb\");\n"
        "        while (fread(in, sizeof *net_input(), NET_INPUT_SIZE, file)"
        " == NET_INPUT_SIZE) {\n"
        "            net_invoke();\n"
        "            fwrite(net_output(), sizeof *net_output(),"
        " NET_OUTPUT_SIZE, stdout);\n"
        "        }\n"
        "        fclose(file);\n"
        "    }\n"
        "    return 0;\n"
        "}\n";
    struct random random = {11};
    for (int n = 0; n < 6; n++) {
        struct stream stream = random_stream(&random);
        struct record record;
        uint8_t in[sizeof record.in];
        fill_record(&random, &stream, &record);
        struct generated *generated = generate(
            write_stream(&stream), &(mf_compile_options){.name = "net"});
        for (size_t f = 0; f < STREAM_FRAMES; f++) {
            memcpy(in + f * record.in_size, record.in[f], record.in_size);
        }
        generated_write(generated, "in", in, STREAM_FRAMES * record.in_size);
        generated_write(generated, "main.c", program, sizeof program - 1);
        shell(generated, "gcc " STRICT_C99 " -fsanitize=address,undefined "
                         "-fno-sanitize-recover=all net.c main.c -o net");
        shell(generated, "./net >out");
        size_t size;
        const uint8_t *out = generated_read(generated, "out", &size);
        assert_int_equal(size, 2 * STREAM_FRAMES * record.out_size);
        for (size_t f = 0; f < 2 * STREAM_FRAMES; f++) {
            assert_memory_equal(out + f * record.out_size,
                                record.out[f % STREAM_FRAMES], record.out_size);
        }
        generated_free(generated);
    }
}

/* --- several variables --- */

/* a, b, c = x, a, b: each takes the old value of the one before, in an order of
 * the file that `order` gives; y = c + b. */
static struct writer *write_delay_line(const int order[3]) {
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_FLOAT32, 2, 2);
    int32_t x = writer_tensor(writer, &like), handle[3], value[4] = {x};
    static const char *const names[3] = {"a", "b", "c"};
    for (int i = 0; i < 3; i++) {
        handle[i] = add_handle(writer, names[i]);
        value[i + 1] = add_read(writer, handle[i], &like);
    }
    for (int i = 0; i < 3; i++) {
        add_assign(writer, handle[order[i]], value[order[i]]);
    }
    int32_t y = writer_tensor(writer, &like);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(value[3], value[2]),
                    WRITER_LIST(y), options_add(TFLITE_ACT_NONE));
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    return writer;
}

static void test_delay_line(void **state) {
    (void)state;
    static const int orders[3][3] = {{0, 1, 2}, {2, 1, 0}, {1, 0, 2}};
    for (int o = 0; o < 3; o++) {
        struct opened opened = open_writer(write_delay_line(orders[o]));
        assert_null(mf_model_message(opened.model, 0));
        for (int f = 0; f < 8; f++) {
            float x[4], y[4];
            for (int i = 0; i < 4; i++) {
                x[i] = (float)(f * 10 + i + 1);
            }
            memcpy(y, run(opened.model, x), sizeof y);
            for (int i = 0; i < 4; i++) {
                float two = f < 2 ? 0 : x[i] - 20,
                      three = f < 3 ? 0 : x[i] - 30;
                assert_true(y[i] == two + three);
            }
        }
        close_opened(opened);
    }
}

/* a, b, c = b, c, a, and x joined with a as output. */
static void test_circle(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_INT16, 1, 3);
    int32_t x = writer_tensor(writer, &like), handle[3], value[3];
    static const char *const names[3] = {"a", "b", "c"};
    static const int16_t start[3][3] = {{1, 2, 3}, {4, 5, 6}, {7, 8, 9}};
    for (int i = 0; i < 3; i++) {
        add_initial(writer, names[i], like, start[i]);
    }
    for (int i = 0; i < 3; i++) {
        handle[i] = add_handle(writer, names[i]);
        value[i] = add_read(writer, handle[i], &like);
    }
    for (int i = 0; i < 3; i++) {
        add_assign(writer, handle[i], value[(i + 1) % 3]);
    }
    struct writer_tensor wide = vector_of(TFLITE_TYPE_INT16, 2, 3);
    int32_t y = add_joined(writer, x, value[0], &wide);
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y, value[2]));
    struct opened opened = open_writer(writer);
    assert_null(mf_model_message(opened.model, 0));
    for (int f = 0; f < 7; f++) {
        const int16_t frame[3] = {0, 0, (int16_t)f};
        const int16_t *joined = run(opened.model, frame);
        assert_memory_equal(joined, frame, sizeof frame);
        assert_memory_equal(joined + 3, start[f % 3], sizeof frame);
        assert_memory_equal(mf_model_output_data(opened.model, 1),
                            start[(f + 2) % 3], sizeof frame);
    }
    close_opened(opened);
}

/* Writes y = read(v), v = x, z = read(v), and v = z + y before the end: values
 * are those of the place in the file. */
static void test_order_of_reads(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_FLOAT32, 1, 1);
    int32_t x = writer_tensor(writer, &like);
    int32_t handle = add_handle(writer, "v");
    int32_t y = add_read(writer, handle, &like);
    add_assign(writer, handle, x);
    int32_t z = add_read(writer, handle, &like);
    int32_t sum = writer_tensor(writer, &like);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(z, y), WRITER_LIST(sum),
                    options_add(TFLITE_ACT_NONE));
    add_assign(writer, handle, sum);
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y, z));
    struct opened opened = open_writer(writer);
    assert_null(mf_model_message(opened.model, 0));
    float total = 0;
    for (int f = 1; f < 6; f++) {
        float frame = (float)f, seen[2];
        memcpy(&seen[0], run(opened.model, &frame), sizeof(float));
        memcpy(&seen[1], mf_model_output_data(opened.model, 1), sizeof(float));
        assert_true(seen[0] == total);
        assert_true(seen[1] == frame);
        total += frame;
    }
    close_opened(opened);
}

/* What nothing assigns is a constant: nothing is kept. */
static void test_constant_variable(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_FLOAT32, 1, 2);
    const float two[2] = {2, 3};
    int32_t x = writer_tensor(writer, &like);
    add_initial(writer, "v", like, two);
    int32_t value = add_read(writer, add_handle(writer, "v"), &like);
    int32_t y = writer_tensor(writer, &like);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(x, value), WRITER_LIST(y),
                    options_add(TFLITE_ACT_NONE));
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    struct opened opened = open_writer(writer);
    assert_null(mf_model_message(opened.model, 0));
    assert_int_equal(mf_model_memory(opened.model).state_size, 0);
    const float frame[2] = {10, 20}, sum[2] = {12, 23};
    assert_memory_equal(run(opened.model, frame), sum, sizeof sum);
    close_opened(opened);
}

/* A variable that no output depends on goes, with all that computes it. */
static void test_unused_variable(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_FLOAT32, 1, 2);
    int32_t x = writer_tensor(writer, &like);
    int32_t handle = add_handle(writer, "v");
    int32_t old = add_read(writer, handle, &like);
    int32_t sum = writer_tensor(writer, &like);
    int32_t y = writer_tensor(writer, &like);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(old, x), WRITER_LIST(sum),
                    options_add(TFLITE_ACT_NONE));
    add_assign(writer, handle, sum);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(x, x), WRITER_LIST(y),
                    options_add(TFLITE_ACT_NONE));
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    struct opened opened = open_writer(writer);
    assert_null(mf_model_message(opened.model, 0));
    assert_int_equal(mf_model_layer_count(opened.model), 1);
    assert_int_equal(mf_model_memory(opened.model).state_size, 0);
    close_opened(opened);
}

/* --- what is refused --- */

static void test_other_shape(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_FLOAT32, 1, 1);
    struct writer_tensor wide = vector_of(TFLITE_TYPE_FLOAT32, 1, 2);
    wide.name = "x";
    like.name = "y";
    int32_t x = writer_tensor(writer, &wide);
    int32_t handle = add_handle(writer, "v");
    int32_t y = add_read(writer, handle, &like);
    add_assign(writer, handle, x);
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    expect_message(writer,
                   "test.tflite: op 2 ASSIGN_VARIABLE \"\": the value is "
                   "FLOAT32 of shape 1x1x2, the variable \"y\" has one of "
                   "FLOAT32 of shape 1x1x1");
}

/* CALL_ONCE of a graph, between a read and an assignment if `late`. */
static struct writer *write_once(int32_t graph, bool late) {
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_FLOAT32, 1, 1);
    int32_t x = writer_tensor(writer, &like);
    int32_t handle = add_handle(writer, "v"), y = -1;
    if (late) {
        y = add_read(writer, handle, &like);
    }
    writer_operator(writer, TFLITE_CALL_ONCE, WRITER_EMPTY, WRITER_EMPTY,
                    options_call_once(graph));
    if (!late) {
        y = add_read(writer, handle, &like);
    }
    add_assign(writer, handle, x);
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    /* A graph that sets the variable to its own input. */
    writer_subgraph(writer, "init");
    int32_t input = writer_tensor(writer, &like);
    add_assign(writer, add_handle(writer, "v"), input);
    writer_inputs(writer, WRITER_LIST(input));
    return writer;
}

static void test_once(void **state) {
    (void)state;
    expect_message(write_once(0, false),
                   "test.tflite: op 1 CALL_ONCE \"\": graph 0 is not one that "
                   "can be run");
    expect_message(write_once(2, false),
                   "test.tflite: op 1 CALL_ONCE \"\": graph 2 is not one that "
                   "can be run");
    expect_message(write_once(-1, false),
                   "test.tflite: op 1 CALL_ONCE \"\": graph -1 is not one that "
                   "can be run");
    expect_message(write_once(1, false),
                   "test.tflite: op 1 CALL_ONCE \"\": op 1 ASSIGN_VARIABLE of "
                   "graph 1 is not the assignment of a constant, which is all "
                   "that is supported there");
    expect_message(write_once(1, true), "test.tflite: op 2 CALL_ONCE \"\": "
                                        "variables are used before it");
}

static void test_no_handle(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    struct writer_tensor like = vector_of(TFLITE_TYPE_FLOAT32, 1, 1);
    int32_t x = writer_tensor(writer, &like), y = writer_tensor(writer, &like);
    writer_operator(writer, TFLITE_READ_VARIABLE, WRITER_LIST(x),
                    WRITER_LIST(y), options_none());
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y));
    expect_message(writer,
                   "test.tflite: op 0 READ_VARIABLE \"\": the handle is "
                   "not that of a VAR_HANDLE");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_streams_are_in_place),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_delay_line),
        cmocka_unit_test(test_order_of_reads),
        cmocka_unit_test(test_constant_variable),
        cmocka_unit_test(test_unused_variable),
        cmocka_unit_test(test_circle),
        cmocka_unit_test(test_other_shape),
        cmocka_unit_test(test_once),
        cmocka_unit_test(test_no_handle),
    };
    return cmocka_run_group_tests_name("state", tests, NULL, NULL);
}
