/* Writes a chain of N convolutions, for measuring how compiling scales:
 *
 *     make_layers N FILE.tflite
 *
 * Each layer is CONV_2D 3x3, SAME, RELU on 8x8 with 4 channels; weights and
 * scales differ from layer to layer, so that no two layers are alike. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "tflite_options.h"

enum { SIDE = 8, CHANNELS = 4, KERNEL = 3, MAX_COUNT = 100000 };

static int32_t add_activation(struct writer *writer, int number, float scale) {
    char name[32];
    snprintf(name, sizeof name, number == 0 ? "input" : "conv%d", number);
    return writer_tensor(
        writer, &(struct writer_tensor){.name = name,
                                        .type = TFLITE_TYPE_INT8,
                                        WRITER_SHAPE(1, SIDE, SIDE, CHANNELS),
                                        .scale = scale,
                                        .zero_point = -128});
}

/* Adds layer `number`, which reads tensor `in`; returns its output. */
static int32_t add_layer(struct writer *writer, int number, int32_t in,
                         struct random *random) {
    static const float input_scale = 1.0f / 64;
    int8_t weight[CHANNELS * KERNEL * KERNEL * CHANNELS];
    int32_t bias[CHANNELS];
    float scale[CHANNELS], bias_scale[CHANNELS];
    char name[32];
    for (size_t i = 0; i < sizeof weight; i++) {
        weight[i] = (int8_t)((int)random_below(random, 255) - 127);
    }
    for (int i = 0; i < CHANNELS; i++) {
        bias[i] = (int32_t)random_below(random, 2000) - 1000;
        scale[i] = random_float(random, 0.002f, 0.004f);
        bias_scale[i] = input_scale * scale[i];
    }
    snprintf(name, sizeof name, "conv%d/weights", number);
    int32_t weights = writer_tensor(
        writer, &(struct writer_tensor){
                    .name = name,
                    .type = TFLITE_TYPE_INT8,
                    WRITER_SHAPE(CHANNELS, KERNEL, KERNEL, CHANNELS),
                    .scale_count = CHANNELS,
                    .scales = scale,
                    .data = weight});
    snprintf(name, sizeof name, "conv%d/bias", number);
    int32_t biases =
        writer_tensor(writer, &(struct writer_tensor){.name = name,
                                                      .type = TFLITE_TYPE_INT32,
                                                      WRITER_SHAPE(CHANNELS),
                                                      .scale_count = CHANNELS,
                                                      .scales = bias_scale,
                                                      .data = bias});
    int32_t out = add_activation(writer, number, input_scale);
    writer_add_op(writer, &(struct writer_op){
                              .code = TFLITE_CONV_2D,
                              .version = 3,
                              .inputs = WRITER_LIST(in, weights, biases),
                              .outputs = WRITER_LIST(out),
                              .options = options_conv_2d(
                                  TFLITE_SAME, 1, 1, TFLITE_ACT_RELU, 1, 1)});
    return out;
}

int main(int argc, char **argv) {
    char *end = NULL;
    long count = argc == 3 ? strtol(argv[1], &end, 10) : 0;
    if (end == NULL || end == argv[1] || *end != '\0' || count < 1 ||
        count > MAX_COUNT) {
        fprintf(stderr, "usage: make_layers N FILE.tflite, N from 1 to %d\n",
                MAX_COUNT);
        return 2;
    }
    struct random random = {1};
    struct writer *writer = writer_new();
    int32_t in = add_activation(writer, 0, 1.0f / 64);
    int32_t out = in;
    for (int i = 1; i <= count; i++) {
        out = add_layer(writer, i, out, &random);
    }
    writer_inputs(writer, WRITER_LIST(in));
    writer_outputs(writer, WRITER_LIST(out));
    bool ok = writer_save(writer, argv[2]);
    if (!ok) {
        fprintf(stderr, "%s: %s\n", argv[2], strerror(errno));
    }
    writer_free(writer);
    return ok ? 0 : 1;
}
