/* Constants that files store in fewer bits than operators compute with: halves,
 * the weights of hybrid models, four bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "mf_dequantize_f16.h"
#include "model.h"
#include "random.h"

static void test_halves(void **state) {
    (void)state;
    for (int32_t bits = 0; bits < 65536; bits++) {
        const int exponent = bits / 1024 % 32;
        const double fraction = bits % 1024 / 1024.0;
        const double sign = bits < 32768 ? 1 : -1;
        const int16_t half = (int16_t)(bits < 32768 ? bits : bits - 65536);
        float found = 0;
        mf_dequantize_f16(&(const mf_dequantize_half){1}, &half, &found);
        if (exponent < 31) {
            const double wanted =
                sign * (exponent == 0 ? fraction * pow(2, -14)
                                      : (1 + fraction) * pow(2, exponent - 15));
            assert_true((double)found == wanted);
        } else {
            assert_true(fraction > 0 ? isnan(found)
                                     : (double)found == sign * INFINITY);
        }
    }
}

/* A layer of two units on three features, given the weights as they are to
 * stand in the file; `unpack` puts DEQUANTIZE behind them. */
struct layer {
    struct writer_tensor filter;
    bool unpack, unpack_last; /* last: in the file, though first to compute */
};

static struct writer *layer_writer(const struct layer *layer) {
    static const float bias[] = {0.5f, -0.25f};
    struct writer *w = writer_new();
    const int32_t x = writer_tensor(
        w, &(struct writer_tensor){
               .name = "x", .type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(1, 3)});
    const int32_t y = writer_tensor(
        w, &(struct writer_tensor){
               .name = "y", .type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(1, 2)});
    const int32_t b =
        writer_tensor(w, &(struct writer_tensor){.name = "b",
                                                 .type = TFLITE_TYPE_FLOAT32,
                                                 WRITER_SHAPE(2),
                                                 .data = bias});
    int32_t f = writer_tensor(w, &layer->filter);
    const int32_t packed = f;
    if (layer->unpack) {
        f = writer_tensor(w,
                          &(struct writer_tensor){.name = "real",
                                                  .type = TFLITE_TYPE_FLOAT32,
                                                  WRITER_SHAPE(2, 3)});
    }
    for (int turn = 0; turn < 2; turn++) {
        if (layer->unpack && turn == (layer->unpack_last ? 1 : 0)) {
            writer_operator(w, TFLITE_DEQUANTIZE, WRITER_LIST(packed),
                            WRITER_LIST(f), options_none());
        }
        if (turn == (layer->unpack_last ? 0 : 1)) {
            writer_operator(w, TFLITE_FULLY_CONNECTED, WRITER_LIST(x, f, b),
                            WRITER_LIST(y),
                            options_fully_connected(0, 0, false));
        }
    }
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(y));
    return w;
}

/* Holds the layer to real weights; nothing is left to unpack. */
static void expect_layer(const struct layer *layer, const float weights[6]) {
    static const float x[] = {1, -2, 4};
    struct test_model *model = model_from_writer(layer_writer(layer));
    model_expect_ok(model);
    assert_int_equal(model_graph(model)->node_count, 1);
    memcpy(model_input(model, 0), x, sizeof x);
    model_run(model);
    const float *y = model_output(model, 0);
    for (int o = 0; o < 2; o++) {
        double sum = o == 0 ? 0.5 : -0.25;
        for (int i = 0; i < 3; i++) {
            sum += (double)x[i] * (double)weights[3 * o + i];
        }
        assert_true(fabs((double)y[o] - sum) < 1e-5);
    }
    model_free(model);
}

static void test_float16(void **state) {
    (void)state;
    static const uint16_t halves[] = {0x3c00, 0xc000, 0x3555,
                                      0x0000, 0x4248, 0xb800};
    static const float weights[] = {1, -2,        0.333251953125f,
                                    0, 3.140625f, -0.5f};
    struct layer layer = {.filter = {.name = "f",
                                     .type = TFLITE_TYPE_FLOAT16,
                                     WRITER_SHAPE(2, 3),
                                     .data = halves},
                          .unpack = true};
    expect_layer(&layer, weights);
    layer.unpack_last = true;
    expect_layer(&layer, weights);
}

static const int8_t bytes[] = {1, -2, 127, -128, 5, 0};

static void test_hybrid(void **state) {
    (void)state;
    static const float scales[] = {0.5f, 0.25f};
    static const float each[] = {0.5f, -1, 63.5f, -32, 1.25f, 0};
    static const float all[] = {0.5f, -1, 63.5f, -64, 2.5f, 0};
    struct layer layer = {.filter = {.name = "f",
                                     .type = TFLITE_TYPE_INT8,
                                     WRITER_SHAPE(2, 3),
                                     .scale = 0.5f,
                                     .data = bytes}};
    expect_layer(&layer, all);
    layer.unpack = true;
    expect_layer(&layer, all);
    layer.unpack = false;
    layer.filter.scale = 0;
    layer.filter.scale_count = 2;
    layer.filter.scales = scales;
    expect_layer(&layer, each);
}

static void test_int4(void **state) {
    (void)state;
    static const uint8_t packed[] = {0xe1, 0x87, 0x05};
    static const float weights[] = {0.5f, -1, 3.5f, -4, 2.5f, 0};
    const struct layer layer = {.filter = {.name = "f",
                                           .type = TFLITE_TYPE_INT4,
                                           WRITER_SHAPE(2, 3),
                                           .scale = 0.5f,
                                           .data = packed,
                                           .data_size = sizeof packed}};
    expect_layer(&layer, weights);
}

static void test_bad(void **state) {
    (void)state;
    struct layer layer = {.filter = {.name = "f",
                                     .type = TFLITE_TYPE_INT8,
                                     WRITER_SHAPE(2, 3),
                                     .data = bytes}};
    struct test_model *model = model_from_writer(layer_writer(&layer));
    model_expect_message(model, "op 0 FULLY_CONNECTED \"y\": filter type is "
                                "INT8, allowed: FLOAT32");
    model_free(model);
    layer.filter.type = TFLITE_TYPE_FLOAT16;
    layer.filter.data = NULL;
    layer.unpack = true;
    model = model_from_writer(layer_writer(&layer));
    model_expect_any_message(model, "tensor 3 \"f\" has neither data nor "
                                    "producer");
    model_free(model);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_halves), cmocka_unit_test(test_float16),
        cmocka_unit_test(test_hybrid), cmocka_unit_test(test_int4),
        cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
