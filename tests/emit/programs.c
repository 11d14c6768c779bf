/* What generated programs do: the driver's streams and status, predict on any
 * real number, and that the two ways to use kernels give the same bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emit_models.h"
#include "generated.h"
#include "random.h"

#define SANITIZED                                                              \
    "gcc -O1 " STRICT_C99 " -fsanitize=address,undefined,float-cast-overflow " \
    "-fno-sanitize-recover=all "

static struct generated *build(struct writer *writer, bool size) {
    need_program("gcc");
    mf_compile_options options = {.name = "net",
                                  .optimize = size ? MF_OPTIMIZE_SIZE
                                                   : MF_OPTIMIZE_SPEED,
                                  .driver = true};
    struct generated *generated = generate(writer, &options);
    shell(generated, SANITIZED "*.c -o net");
    return generated;
}

static void expect_output(struct generated *generated, const char *name,
                          const void *data, size_t size) {
    size_t got;
    const void *output = generated_read(generated, name, &got);
    assert_int_equal(got, size);
    assert_memory_equal(output, data, size);
}

/* The files and commands of a frame of model_bytes(): inputs, then what each
 * output is. */
static const unsigned char bytes_in[22] = {
    1, 2, 3, 4,                /* INT16 */
    5, 6, 7, 8,  9, 8, 7,   6, /* INT32 */
    5, 4,                      /* INT8 */
    0, 0, 0, 63, 0, 0, 128, 191 /* FLOAT32 0.5, -1 */};
static const unsigned char bytes_out[44] = {
    1,    2,    3,    4,    0x00, 0x80, 7,    0, /* INT16 */
    5,    6,    7,    8,    9,    8,    7,    6,
    0,    0,    0,    0x80, 0xff, 0xff, 0xff, 0x7f, /* INT32 */
    5,    4,    0x80, 0x7f,                         /* INT8 */
    0,    0,    0,    63,   0,    0,    128,  191,
    0xcd, 0xcc, 0xcc, 0x3d, 0,    0,    0x80, 0xff};

static void test_streams(void **state) {
    (void)state;
    for (int size = 0; size < 2; size++) {
        struct generated *generated = build(model_bytes(), size);
        unsigned char in[3 * sizeof bytes_in], out[3 * sizeof bytes_out];
        for (size_t i = 0; i < 3; i++) {
            memcpy(in + i * sizeof bytes_in, bytes_in, sizeof bytes_in);
            memcpy(out + i * sizeof bytes_out, bytes_out, sizeof bytes_out);
            in[i * sizeof bytes_in] = out[i * sizeof bytes_out] =
                (unsigned char)(i * 100);
        }
        generated_write(generated, "in", in, sizeof in);
        shell(generated, "./net <in >out 2>err && test ! -s err");
        expect_output(generated, "out", out, sizeof out);
        shell(generated, "./net </dev/null >out");
        expect_output(generated, "out", "", 0);
        generated_free(generated);
    }
}

static void test_stream_faults(void **state) {
    (void)state;
    struct generated *generated = build(model_bytes(), false);
    /* A frame and 3 bytes; the frame's result is still there. */
    unsigned char in[sizeof bytes_in + 3] = {0};
    memcpy(in, bytes_in, sizeof bytes_in);
    generated_write(generated, "in", in, sizeof in);
    assert_int_equal(shell_status(generated, "./net <in >out 2>err"), 1);
    expect_output(generated, "out", bytes_out, sizeof bytes_out);
    static const char message[] = "net: the last frame has 3 of 22 bytes\n";
    expect_output(generated, "err", message, strlen(message));

    generated_write(generated, "in", bytes_in, sizeof bytes_in);
    assert_int_equal(shell_status(generated, "./net <in >/dev/full 2>err"), 1);
    static const char unwritten[] = "net: cannot write\n";
    expect_output(generated, "err", unwritten, strlen(unwritten));

    assert_int_equal(shell_status(generated, "./net <. >out 2>err"), 1);
    static const char unread[] = "net: cannot read\n";
    expect_output(generated, "err", unread, strlen(unread));
    generated_free(generated);
}

/* Without inputs there is one frame, whatever is on stdin. */
static void test_no_inputs(void **state) {
    (void)state;
    struct generated *generated = build(model_constant(), false);
    assert_non_null(strstr(generated_text(generated, "net.h"),
                           "#define NET_ARENA_SIZE 0\n"));
    shell(generated, "./net </dev/null >out");
    expect_output(generated, "out", "\1\0\0\0\0\0\0\x80", 8);
    generated_write(generated, "in", "xyz", 3);
    shell(generated, "./net <in >out");
    expect_output(generated, "out", "\1\0\0\0\0\0\0\x80", 8);
    generated_free(generated);
}

static void test_ports(void **state) {
    (void)state;
    struct generated *generated = build(model_ports(), true);
    unsigned char in[45], out[49];
    for (size_t i = 0; i < sizeof in; i++) {
        in[i] = out[i] = (unsigned char)(i * 7 + 1);
    }
    memcpy(out + sizeof in, "\x00\x80\x05\x00", 4);
    generated_write(generated, "in", in, sizeof in);
    shell(generated, "./net <in >out");
    expect_output(generated, "out", out, sizeof out);
    generated_free(generated);
}

/* One value through one port of model_ports(): what predict gives back is
 * checked inside the program. */
static void test_predict(void **state) {
    (void)state;
    need_program("gcc");
    static const char program[] =
        "#include <math.h>\n"
        "#include <stdio.h>\n"
        "#include \"net.h\"\n"
        "static float o[9][4];\n"
        "static void run(float x) {\n"
        "    const float in[4] = {x, x, x, x};\n"
        "    net_predict(in, in, in, in, in, in, in, in, o[0], o[1], o[2],\n"
        "                o[3], o[4], o[5], o[6], o[7], o[8]);\n"
        "}\n"
        "static int bad = 0;\n"
        "static void want(float x, float s8, float u8, float s16, float s32,\n"
        "                 float raw32, float raw64, float truth) {\n"
        "    const float e[7] = {s8, u8, s16, s32, raw32, raw64, truth};\n"
        "    int i;\n"
        "    run(x);\n"
        "    for (i = 0; i < 7; i++) {\n"
        "        if (o[i][0] < e[i] || o[i][0] > e[i] || isnan(o[i][0])) {\n"
        "            printf(\"%g port %d: %.9g, expected %.9g\\n\",\n"
        "                   (double)x, i, (double)o[i][0], (double)e[i]);\n"
        "            bad = 1;\n"
        "        }\n"
        "    }\n"
        "    if (!(o[7][0] <= x && o[7][0] >= x) && !(isnan(x) && "
        "isnan(o[7][0]))) {\n"
        "        bad = 1;\n"
        "    }\n"
        "    if (o[8][0] > -32768 || o[8][1] < 5) {\n"
        "        bad = 1;\n"
        "    }\n"
        "}\n"
        "int main(void) {\n"
        "    const float max = 9223372036854775808.0f;\n"
        "    want(0, 0, 0, 0, 0, 0, 0, 0);\n"
        "    want(0.25f, 0.5f, 0.25f, 0.25f, 0, 0, 0, 1);\n"
        "    want(-0.25f, -0.5f, -0.25f, -0.25f, 0, 0, 0, 1);\n"
        "    want(1.9f, 2, 2, 1.875f, 2, 1, 1, 1);\n"
        "    want(-3, -3, -3, -3, -4, -3, -3, 1);\n"
        "    want(1e6f, 62, 31.75f, 4095.875f, 1e6f, 1e6f, 1e6f, 1);\n"
        "    want(-1e6f, -65.5f, -32, -4096, -1e6f, -1e6f, -1e6f, 1);\n"
        "    want(1e30f, 62, 31.75f, 4095.875f, 4294969294.0f,\n"
        "         2147483648.0f, max, 1);\n"
        "    want(-INFINITY, -65.5f, -32, -4096, -4294965296.0f,\n"
        "         -2147483648.0f, -max, 1);\n"
        "    want(INFINITY, 62, 31.75f, 4095.875f, 4294969294.0f,\n"
        "         2147483648.0f, max, 1);\n"
        "    want(NAN, 0, 0, 0, 0, 0, 0, 1);\n"
        "    return bad;\n"
        "}\n";
    struct generated *generated =
        generate(model_ports(), &(mf_compile_options){.name = "net"});
    generated_write(generated, "main.c", program, strlen(program));
    shell(generated,
          "gcc -O1 -std=c99 -fsanitize=undefined,float-cast-overflow "
          "-fno-sanitize-recover=all main.c net.c -o main -lm && "
          "./main >&2");
    generated_free(generated);
}

/* Shared or specialised, kernels give the same bits: those that the library
 * computes on this machine. */
static void test_shared_kernels(void **state) {
    (void)state;
    enum { FRAMES = 200 };
    int8_t in[4 * FRAMES], expected[2 * FRAMES];
    struct random random = {7};
    random_fill_s8(&random, in, sizeof in);
    size_t size[2];
    const void *out[2];
    struct generated *generated[2];
    for (int i = 0; i < 2; i++) {
        generated[i] = build(model_dense(), i == 1);
        const char *text = generated_text(generated[i], "net.c");
        assert_int_equal(strstr(text, "shared_fully_connected_s8(&p") != NULL,
                         i == 1);
        generated_write(generated[i], "in", in, sizeof in);
        shell(generated[i], "./net <in >out");
        out[i] = generated_read(generated[i], "out", &size[i]);
        assert_int_equal(size[i], sizeof expected);
    }
    mf_model *model = generated_model(generated[0]);
    for (size_t i = 0; i < FRAMES; i++) {
        memcpy(mf_model_input_data(model, 0), in + 4 * i, 4);
        assert_true(mf_model_invoke(model));
        memcpy(expected + 2 * i, mf_model_output_data(model, 0), 2);
    }
    assert_memory_equal(out[0], expected, sizeof expected);
    assert_memory_equal(out[1], expected, sizeof expected);
    generated_free(generated[0]);
    generated_free(generated[1]);
}

static void test_floats(void **state) {
    (void)state;
    struct generated *generated = build(model_floats(), false);
    const float in[3] = {0.014f, -1000, NAN};
    const float out[3] = {0.01f, 0.01f * -32768, 0};
    generated_write(generated, "in", in, sizeof in);
    shell(generated, "./net <in >out");
    expect_output(generated, "out", out, sizeof out);
    generated_free(generated);
}

/* The same bytes every time, and nothing of where or when they were made. */
static void test_reproducible(void **state) {
    (void)state;
    mf_compile_options options = {.name = "net", .driver = true};
    struct generated *first = generate(model_bytes(), &options);
    struct generated *second = generate(model_bytes(), &options);
    size_t files = 0;
    for (const char *name; (name = generated_name(first, files)); files++) {
        assert_string_equal(generated_name(second, files), name);
        assert_string_equal(generated_text(first, name),
                            generated_text(second, name));
    }
    assert_null(generated_name(second, files));
    generated_free(first);
    generated_free(second);
}

/* Elements that C has no type for are refused, input and output alike. */
static void test_unsupported_types(void **state) {
    (void)state;
    struct writer *w = writer_new();
    int32_t x = writer_tensor(
        w, &(struct writer_tensor){
               .name = "x", .type = TFLITE_TYPE_FLOAT64, WRITER_SHAPE(2)});
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(x));
    size_t size;
    uint8_t *file = writer_finish(w, &size);
    writer_free(w);
    mf_model *model = mf_model_open(file, size, "test.tflite", NULL);
    assert_non_null(model);
    assert_false(mf_model_compile(model, NULL));
    assert_string_equal(
        mf_model_message(model, 0),
        "test.tflite: input \"x\": type is FLOAT64, allowed: "
        "INT8, UINT8, BOOL, INT16, UINT16, INT32, UINT32, INT64, "
        "FLOAT32");
    assert_string_equal(
        mf_model_message(model, 1),
        "test.tflite: output \"x\": type is FLOAT64, allowed: "
        "INT8, UINT8, BOOL, INT16, UINT16, INT32, UINT32, INT64, "
        "FLOAT32");
    assert_null(mf_model_message(model, 2));
    mf_model_close(model);
    free(file);
}

/* They stay small in the generated code, and give what they give here. */
static void test_small_weights(void **state) {
    (void)state;
    enum { INPUT = 4 * 4 * 3 };
    for (int size = 0; size < 2; size++) {
        struct generated *generated = build(model_small_weights(), size);
        mf_model *model = generated_model(generated);
        int8_t in[INPUT];
        struct random random = {7};
        random_fill_s8(&random, in, INPUT);
        memcpy(mf_model_input_data(model, 0), in, INPUT);
        assert_true(mf_model_invoke(model));
        generated_write(generated, "in", in, INPUT);
        shell(generated, "./net <in >out");
        expect_output(generated, "out", mf_model_output_data(model, 0),
                      2 * sizeof(float));
        const char *text = generated_text(generated, "net.c");
        assert_non_null(strstr(text, "_filter[54] ="));
        assert_non_null(strstr(text, "_filter[160] ="));
        assert_non_null(strstr(text, "static const int8_t op4_filter[15] ="));
        assert_non_null(strstr(text, "static const int8_t op5_filter[3] ="));
        generated_free(generated);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_streams),
        cmocka_unit_test(test_stream_faults),
        cmocka_unit_test(test_no_inputs),
        cmocka_unit_test(test_ports),
        cmocka_unit_test(test_predict),
        cmocka_unit_test(test_shared_kernels),
        cmocka_unit_test(test_floats),
        cmocka_unit_test(test_small_weights),
        cmocka_unit_test(test_reproducible),
        cmocka_unit_test(test_unsupported_types),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
