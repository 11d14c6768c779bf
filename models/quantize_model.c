/* See quantize_model.h. */
#include "quantize_model.h"

#include <assert.h>
#include <math.h>
#include <stdio.h>

#include "allocate.h"
#include "stream_model.h"
#include "tflite_options.h"

void calibration_observe(struct calibration *calibration,
                         const struct network *network) {
    for (int i = 0; i < network->layer_count; i++) {
        const struct layer *layer = &network->layer[i];
        for (int k = 0; k < layer_size(layer); k++) {
            float x = layer->out[k];
            calibration->min[i] =
                x < calibration->min[i] ? x : calibration->min[i];
            calibration->max[i] =
                x > calibration->max[i] ? x : calibration->max[i];
        }
    }
}

static int32_t round_clamp(float x, int32_t min, int32_t max) {
    float rounded = x < 0 ? -floorf(0.5f - x) : floorf(0.5f + x);
    return rounded < (float)min   ? min
           : rounded > (float)max ? max
                                  : (int32_t)rounded;
}

struct quantized calibration_of(const struct calibration *calibration,
                                int layer) {
    float min = calibration->min[layer];
    float max = calibration->max[layer];
    float scale = max > min ? (max - min) / 255.0f : 1.0f;
    return (struct quantized){scale,
                              round_clamp(-128.0f - min / scale, -128, 127)};
}

int8_t quantize(struct quantized quantized, float real) {
    return (int8_t)round_clamp(
        real / quantized.scale + (float)quantized.zero_point, -128, 127);
}

/* The file being made. */
struct maker {
    struct writer *writer;
    const struct network *network;
    bool stream;
    struct {
        int32_t tensor;
        struct quantized quantized;
    } out[MAX_LAYERS];
};

static int32_t add_activation(struct maker *maker, const char *name,
                              const struct layer *layer,
                              struct quantized quantized) {
    struct writer_tensor tensor = {.name = name,
                                   .type = TFLITE_TYPE_INT8,
                                   .scale = quantized.scale,
                                   .zero_point = quantized.zero_point};
    /* What comes out of a dense layer, or goes into a network of dense
     * layers, is a matrix of one row. */
    if (layer->h == 1 && layer->w == 1) {
        tensor.rank = 2;
        tensor.dims[0] = 1;
        tensor.dims[1] = layer->c;
    } else {
        const int32_t shape[] = {1, maker->stream ? 1 : layer->h, layer->w,
                                 layer->c};
        tensor.rank = 4;
        memcpy(tensor.dims, shape, sizeof shape);
    }
    return writer_tensor(maker->writer, &tensor);
}

/* Adds an int32 constant of one dimension, or of rows of two. */
static int32_t add_integers(struct maker *maker, const char *name,
                            const int32_t *value, int rows, int columns) {
    struct writer_tensor tensor = {.name = name,
                                   .type = TFLITE_TYPE_INT32,
                                   .data = value,
                                   .rank = columns > 0 ? 2 : 1,
                                   .dims = {rows, columns}};
    return writer_tensor(maker->writer, &tensor);
}

/* How a layer's weights are divided among its channels: weight i belongs to
 * channel (i / inner) % channels, and channels share `scales` scales. */
struct weight_layout {
    int32_t rank;
    int32_t dims[4];
    int32_t axis;
    int inner;
    int scales;
};

static struct weight_layout layout_of(const struct network *network,
                                      const struct layer *layer) {
    const struct layer *in = &network->layer[layer->input[0]];
    int k = layer->kernel, w = layer->kernel_w;
    switch (layer->kind) {
    case LAYER_CONV:
        return (struct weight_layout){
            4, {layer->c, k, w, in->c}, 0, k * w * in->c, layer->c};
    case LAYER_DEPTHWISE:
        return (struct weight_layout){4, {1, k, w, layer->c}, 3, 1, layer->c};
    default:
        assert(layer->kind == LAYER_DENSE);
        return (struct weight_layout){
            2, {layer->c, layer_size(in)}, 0, layer_size(in), 1};
    }
}

/* Adds the quantised weights and biases; `tensor` gets their numbers. */
static void add_weights(struct maker *maker, const struct layer *layer,
                        int32_t tensor[2]) {
    struct weight_layout layout = layout_of(maker->network, layer);
    size_t channels = (size_t)layer->c;
    float *scale = allocate(channels, sizeof *scale);
    int8_t *weight = allocate(layer->weight.count, sizeof *weight);
    int32_t *bias = allocate(channels, sizeof *bias);
    float input_scale = maker->out[layer->input[0]].quantized.scale;

    for (size_t i = 0; i < layer->weight.count; i++) {
        float size = fabsf(layer->weight.value[i]);
        size_t s = i / (size_t)layout.inner % (size_t)layout.scales;
        scale[s] = size > scale[s] ? size : scale[s];
    }
    for (int i = 0; i < layout.scales; i++) {
        scale[i] = scale[i] > 0 ? scale[i] / 127.0f : 1.0f;
    }
    for (size_t i = 0; i < layer->weight.count; i++) {
        size_t s = i / (size_t)layout.inner % (size_t)layout.scales;
        weight[i] =
            (int8_t)round_clamp(layer->weight.value[i] / scale[s], -127, 127);
    }
    char name[64];
    snprintf(name, sizeof name, "%s/weights", layer->name);
    struct writer_tensor weights = {.name = name,
                                    .type = TFLITE_TYPE_INT8,
                                    .rank = layout.rank,
                                    .axis = layout.axis,
                                    .scale_count = layout.scales,
                                    .scales = scale,
                                    .data = weight};
    memcpy(weights.dims, layout.dims, sizeof layout.dims);
    tensor[0] = writer_tensor(maker->writer, &weights);

    for (int i = 0; i < layout.scales; i++) {
        scale[i] *= input_scale;
    }
    for (size_t i = 0; i < channels; i++) {
        bias[i] =
            round_clamp(layer->bias.value[i] / scale[layout.scales > 1 ? i : 0],
                        -(1 << 30), 1 << 30);
    }
    snprintf(name, sizeof name, "%s/bias", layer->name);
    tensor[1] = writer_tensor(
        maker->writer, &(struct writer_tensor){.name = name,
                                               .type = TFLITE_TYPE_INT32,
                                               WRITER_SHAPE(layer->c),
                                               .scale_count = layout.scales,
                                               .scales = scale,
                                               .data = bias});
    free(bias);
    free(weight);
    free(scale);
}

/* The layers that compute with weights. */
static void add_weighted(struct maker *maker, const struct layer *layer,
                         int32_t in, int32_t out) {
    int padding = layer->same ? TFLITE_SAME : TFLITE_VALID;
    int activation = layer->relu ? TFLITE_ACT_RELU : TFLITE_ACT_NONE;
    int32_t weights[2];
    add_weights(maker, layer, weights);
    int32_t code = TFLITE_FULLY_CONNECTED;
    struct writer_options options =
        options_fully_connected(activation, 0, false);
    if (layer->kind == LAYER_CONV) {
        code = TFLITE_CONV_2D;
        options = options_conv_2d(padding, layer->stride, layer->stride,
                                  activation, 1, 1);
    } else if (layer->kind == LAYER_DEPTHWISE) {
        code = TFLITE_DEPTHWISE_CONV_2D;
        options = options_depthwise_conv_2d(padding, layer->stride,
                                            layer->stride, 1, activation, 1, 1);
    }
    /* Versions: the first that knows int8, as converters write them. */
    writer_add_op(
        maker->writer,
        &(struct writer_op){.code = code,
                            .version = code == TFLITE_FULLY_CONNECTED ? 4 : 3,
                            .inputs = WRITER_LIST(in, weights[0], weights[1]),
                            .outputs = WRITER_LIST(out),
                            .options = options});
}

/* The layers that do not. */
static void add_plain(struct maker *maker, const struct layer *layer,
                      int32_t in, int32_t out) {
    const struct layer *from = &maker->network->layer[layer->input[0]];
    int activation = layer->relu ? TFLITE_ACT_RELU : TFLITE_ACT_NONE;
    struct writer_op op = {.version = 2, .outputs = WRITER_LIST(out)};
    int32_t inputs[2] = {in, 0};
    int32_t b = layer->before;
    char name[64];
    op.inputs = (struct writer_list){inputs, 2};
    switch (layer->kind) {
    case LAYER_MAX_POOL:
    case LAYER_AVERAGE_POOL:
        op.code = layer->kind == LAYER_MAX_POOL ? TFLITE_MAX_POOL_2D
                                                : TFLITE_AVERAGE_POOL_2D;
        op.inputs.count = 1;
        op.options =
            options_pool_2d(TFLITE_VALID, layer->stride, layer->stride,
                            layer->kernel_w, layer->kernel, TFLITE_ACT_NONE);
        break;
    case LAYER_PAD:
        op.code = TFLITE_PAD;
        op.options = options_empty(TFLITE_OPTIONS_PAD);
        snprintf(name, sizeof name, "%s/paddings", layer->name);
        inputs[1] = add_integers(
            maker, name, (const int32_t[]){0, 0, b, b, b, b, 0, 0}, 4, 2);
        break;
    case LAYER_ADD:
        op.code = TFLITE_ADD;
        op.options = options_add(activation);
        inputs[1] = maker->out[layer->input[1]].tensor;
        break;
    case LAYER_MEAN:
        op.code = TFLITE_MEAN;
        op.options = options_reducer(false);
        snprintf(name, sizeof name, "%s/axes", layer->name);
        inputs[1] = add_integers(maker, name, (const int32_t[]){1, 2}, 2, 0);
        break;
    default:
        assert(layer->kind == LAYER_FLATTEN);
        op.code = TFLITE_RESHAPE;
        op.version = 1;
        op.options = options_reshape(WRITER_LIST(1, layer_size(from)));
        snprintf(name, sizeof name, "%s/shape", layer->name);
        inputs[1] = add_integers(maker, name,
                                 (const int32_t[]){1, layer_size(from)}, 2, 0);
        break;
    }
    writer_add_op(maker->writer, &op);
}

/* These move or choose values: TFLite wants their quantisation unchanged. */
static bool keeps_quantization(enum layer_kind kind) {
    return kind == LAYER_MAX_POOL || kind == LAYER_AVERAGE_POOL ||
           kind == LAYER_PAD || kind == LAYER_FLATTEN;
}

/* The rows that the layer needs, of which a stream gives the newest. */
static int32_t add_rows(struct maker *maker, const struct layer *layer) {
    const int from = layer->input[0];
    const struct layer *in = &maker->network->layer[from];
    const int rows = layer->kind == LAYER_FLATTEN ? in->h : layer->kernel;
    if (!maker->stream || in->h == 1 || rows == 1) {
        return maker->out[from].tensor;
    }
    assert(in->w == 1 && layer->stride == 1 && !layer->same &&
           (layer->kind == LAYER_CONV || layer->kind == LAYER_DEPTHWISE ||
            layer->kind == LAYER_FLATTEN));
    return keep_rows(maker->writer, layer->name, maker->out[from].quantized,
                     rows, in->c, maker->out[from].tensor);
}

static void add_network(struct maker *maker,
                        const struct calibration *calibration) {
    const struct network *network = maker->network;
    for (int i = 0; i < network->layer_count; i++) {
        const struct layer *layer = &network->layer[i];
        int from = layer->input[0];
        maker->out[i].quantized = keeps_quantization(layer->kind)
                                      ? maker->out[from].quantized
                                      : calibration_of(calibration, i);
        int32_t out =
            add_activation(maker, layer->name, layer, maker->out[i].quantized);
        maker->out[i].tensor = out;
        if (layer->kind == LAYER_INPUT) {
            continue;
        }
        int32_t in = add_rows(maker, layer);
        if (layer->weight.count > 0) {
            add_weighted(maker, layer, in, out);
        } else {
            add_plain(maker, layer, in, out);
        }
    }
}

bool model_save(const struct network *network,
                const struct calibration *calibration,
                const struct model_text *text, const char *path) {
    struct maker maker = {
        .writer = writer_new(), .network = network, .stream = text->stream};
    writer_description(maker.writer, text->description);
    add_network(&maker, calibration);

    int last = network->layer_count - 1;
    int32_t out = maker.out[last].tensor;
    if (text->softmax) {
        /* The reference takes no other output quantisation than this. */
        int32_t scores = add_activation(&maker, "scores", &network->layer[last],
                                        (struct quantized){1.0f / 256, -128});
        writer_add_op(maker.writer,
                      &(struct writer_op){.code = TFLITE_SOFTMAX,
                                          .version = 2,
                                          .inputs = WRITER_LIST(out),
                                          .outputs = WRITER_LIST(scores),
                                          .options = options_softmax(1.0f)});
        out = scores;
    }
    writer_inputs(maker.writer, WRITER_LIST(maker.out[0].tensor));
    writer_outputs(maker.writer, WRITER_LIST(out));
    writer_signature(maker.writer, "serving_default", 0);
    bool ok = writer_save(maker.writer, path);
    writer_free(maker.writer);
    return ok;
}
