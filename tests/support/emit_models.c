#include "emit_models.h"

#include <math.h>

#include "tflite_options.h"

struct writer *model_dense(void) {
    static const int8_t filter1[3][4] = {
        {1, -2, 3, -4}, {127, -127, 64, -64}, {0, 5, 10, 15}};
    static const int32_t bias1[3] = {100, -200, 300};
    static const int8_t filter2[2][3] = {{9, -8, 7}, {-6, 5, -4}};
    struct writer *w = writer_new();
    int32_t x =
        writer_tensor(w, &(struct writer_tensor){.name = "features",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, 4),
                                                 .scale = 0.1f,
                                                 .zero_point = -3});
    int32_t w1 =
        writer_tensor(w, &(struct writer_tensor){.name = "hidden/weights",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(3, 4),
                                                 .scale = 0.02f,
                                                 .data = filter1});
    int32_t b1 =
        writer_tensor(w, &(struct writer_tensor){.name = "hidden/bias",
                                                 .type = TFLITE_TYPE_INT32,
                                                 WRITER_SHAPE(3),
                                                 .scale = 0.002f,
                                                 .data = bias1});
    int32_t h =
        writer_tensor(w, &(struct writer_tensor){.name = "hidden/Relu",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, 3),
                                                 .scale = 0.05f,
                                                 .zero_point = -128});
    int32_t w2 =
        writer_tensor(w, &(struct writer_tensor){.name = "scores/weights",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(2, 3),
                                                 .scale = 0.03f,
                                                 .data = filter2});
    int32_t y =
        writer_tensor(w, &(struct writer_tensor){.name = "scores",
                                                 .type = TFLITE_TYPE_INT8,
                                                 WRITER_SHAPE(1, 2),
                                                 .scale = 0.25f,
                                                 .zero_point = 4});
    writer_operator(w, TFLITE_FULLY_CONNECTED, WRITER_LIST(x, w1, b1),
                    WRITER_LIST(h),
                    options_fully_connected(TFLITE_ACT_RELU, 0, false));
    writer_operator(w, TFLITE_FULLY_CONNECTED, WRITER_LIST(h, w2, -1),
                    WRITER_LIST(y),
                    options_fully_connected(TFLITE_ACT_NONE, 0, false));
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(y));
    return w;
}

struct writer *model_ports(void) {
    static const int16_t constant[2] = {INT16_MIN, 5};
    const struct writer_tensor tensors[9] = {
        {.name = "*/ #error \"out\" /*",
         .type = TFLITE_TYPE_INT8,
         WRITER_SHAPE(2, 2),
         .scale = 0.5f,
         .zero_point = 3},
        {.name = "what?\?/",
         .type = TFLITE_TYPE_UINT8,
         WRITER_SHAPE(3),
         .scale = 0.25f,
         .zero_point = 128},
        {.name = "a\\\n#error \"b\"",
         .type = TFLITE_TYPE_INT16,
         WRITER_SHAPE(2),
         .scale = 0.125f},
        {.name = "\xe5\x90\x8d\xe5\x89\x8d\xff\xfe",
         .type = TFLITE_TYPE_INT32,
         WRITER_SHAPE(1),
         .scale = 2,
         .zero_point = -1000},
        {.name = "%s%n%d", .type = TFLITE_TYPE_INT32, WRITER_SHAPE(2)},
        {.name = "a name that is far longer than what fits one line of a "
                 "comment, even if the line had nothing but the name in it",
         .type = TFLITE_TYPE_INT64,
         WRITER_SHAPE(2)},
        {.name = "\" /* // */ ;}", .type = TFLITE_TYPE_BOOL, WRITER_SHAPE(2)},
        {.type = TFLITE_TYPE_FLOAT32},
        {.name = "/**/*/",
         .type = TFLITE_TYPE_INT16,
         WRITER_SHAPE(2),
         .data = constant}};
    struct writer *w = writer_new();
    int32_t item[9];
    for (int i = 0; i < 9; i++) {
        item[i] = writer_tensor(w, &tensors[i]);
    }
    writer_inputs(w, (struct writer_list){item, 8});
    writer_outputs(w, (struct writer_list){item, 9});
    return w;
}

struct writer *model_bytes(void) {
    static const int16_t s16[2] = {INT16_MIN, 7};
    static const int32_t s32[2] = {INT32_MIN, INT32_MAX};
    static const int8_t s8[2] = {INT8_MIN, INT8_MAX};
    const float f32[2] = {0.1f, -INFINITY};
    const struct {
        int32_t type;
        float scale;
        const void *data;
    } rows[4] = {{TFLITE_TYPE_INT16, 0.5f, s16},
                 {TFLITE_TYPE_INT32, 0, s32},
                 {TFLITE_TYPE_INT8, 0.5f, s8},
                 {TFLITE_TYPE_FLOAT32, 0, f32}};
    struct writer *w = writer_new();
    int32_t input[4], output[4];
    for (int i = 0; i < 4; i++) {
        struct writer_tensor tensor = {.name = "part",
                                       .type = rows[i].type,
                                       WRITER_SHAPE(2),
                                       .scale = rows[i].scale};
        input[i] = writer_tensor(w, &tensor);
        tensor.name = "constant";
        tensor.data = rows[i].data;
        int32_t constant = writer_tensor(w, &tensor);
        tensor.name = "whole";
        tensor.data = NULL;
        tensor.dims[0] = 4;
        output[i] = writer_tensor(w, &tensor);
        writer_operator(w, TFLITE_CONCATENATION,
                        WRITER_LIST(input[i], constant), WRITER_LIST(output[i]),
                        options_concatenation(0, TFLITE_ACT_NONE));
    }
    writer_inputs(w, (struct writer_list){input, 4});
    writer_outputs(w, (struct writer_list){output, 4});
    return w;
}

struct writer *model_constant(void) {
    static const int32_t data[2] = {1, INT32_MIN};
    struct writer *w = writer_new();
    int32_t y =
        writer_tensor(w, &(struct writer_tensor){.name = "answer",
                                                 .type = TFLITE_TYPE_INT32,
                                                 WRITER_SHAPE(2),
                                                 .data = data});
    writer_inputs(w, WRITER_EMPTY);
    writer_outputs(w, WRITER_LIST(y));
    return w;
}

struct writer *model_floats(void) {
    struct writer_tensor tensor = {
        .name = "x", .type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(3)};
    struct writer *w = writer_new();
    int32_t x = writer_tensor(w, &tensor);
    tensor.name = "y";
    int32_t y = writer_tensor(w, &tensor);
    tensor.name = "q";
    tensor.type = TFLITE_TYPE_INT16;
    tensor.scale = 0.01f;
    int32_t q = writer_tensor(w, &tensor);
    struct writer_options none = {0};
    writer_operator(w, TFLITE_QUANTIZE, WRITER_LIST(x), WRITER_LIST(q), none);
    writer_operator(w, TFLITE_DEQUANTIZE, WRITER_LIST(q), WRITER_LIST(y), none);
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(y));
    return w;
}

enum { SMALL_WEIGHTS = 320 };

/* `filter` of INT8 or INT4, a layer of which it becomes the weights. */
static int32_t add_small(struct writer *w, int32_t code,
                         struct writer_options options, int32_t input,
                         struct writer_tensor filter,
                         struct writer_tensor output) {
    static int8_t weights[SMALL_WEIGHTS];
    for (int i = 0; i < SMALL_WEIGHTS; i++) {
        weights[i] = (int8_t)(i * 37 % 251 - 125);
    }
    filter.name = "small";
    filter.scale = 0.01f;
    filter.data = weights;
    if (filter.type == TFLITE_TYPE_INT4) {
        size_t count = 1;
        for (int32_t d = 0; d < filter.rank; d++) {
            count *= (size_t)filter.dims[d];
        }
        filter.data_size = (count + 1) / 2;
    }
    output.name = "layer";
    const int32_t f = writer_tensor(w, &filter);
    const int32_t y = writer_tensor(w, &output);
    writer_operator(w, code, WRITER_LIST(input, f), WRITER_LIST(y), options);
    return y;
}

struct writer *model_small_weights(void) {
    struct writer *w = writer_new();
    const int32_t type = TFLITE_TYPE_INT4;
    struct writer_tensor image = {.type = TFLITE_TYPE_INT8,
                                  WRITER_SHAPE(1, 4, 4, 3),
                                  .scale = 0.1f,
                                  .zero_point = 5,
                                  .name = "image"};
    const int32_t x = writer_tensor(w, &image);
    image.dims[3] = 4;
    int32_t y = add_small(
        w, TFLITE_CONV_2D, options_conv_2d(TFLITE_SAME, 1, 1, 0, 1, 1), x,
        (struct writer_tensor){.type = type, WRITER_SHAPE(4, 3, 3, 3)}, image);
    y = add_small(
        w, TFLITE_DEPTHWISE_CONV_2D,
        options_depthwise_conv_2d(TFLITE_SAME, 1, 1, 1, 0, 1, 1), y,
        (struct writer_tensor){.type = type, WRITER_SHAPE(1, 3, 3, 4)}, image);
    y = add_small(
        w, TFLITE_FULLY_CONNECTED, options_fully_connected(0, 0, false), y,
        (struct writer_tensor){.type = type, WRITER_SHAPE(5, 64)},
        (struct writer_tensor){
            .type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 5), .scale = 0.1f});
    struct writer_tensor real = {
        .type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(1, 5), .name = "real"};
    const int32_t widened = writer_tensor(w, &real);
    writer_operator(w, TFLITE_DEQUANTIZE, WRITER_LIST(y), WRITER_LIST(widened),
                    options_none());
    real.dims[1] = 3;
    y = add_small(
        w, TFLITE_FULLY_CONNECTED, options_fully_connected(0, 0, false),
        widened,
        (struct writer_tensor){.type = TFLITE_TYPE_INT8, WRITER_SHAPE(3, 5)},
        real);
    real.dims[1] = 2;
    y = add_small(
        w, TFLITE_FULLY_CONNECTED, options_fully_connected(0, 0, false), y,
        (struct writer_tensor){.type = type, WRITER_SHAPE(2, 3)}, real);
    writer_inputs(w, WRITER_LIST(x));
    writer_outputs(w, WRITER_LIST(y));
    return w;
}
