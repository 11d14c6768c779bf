/* See nn.h: building, walking and stepping; what each layer computes is in
 * nn_layers.c. */
#include "nn.h"

#include <assert.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"
#include "nn_layers.h"

int layer_size(const struct layer *layer) {
    return layer->h * layer->w * layer->c;
}

static struct parameters make_parameters(size_t count) {
    struct parameters made = {
        .count = count,
        .value = allocate(count, sizeof(float)),
        .gradient = allocate(count, sizeof(float)),
        .mean = allocate(count, sizeof(float)),
        .square = allocate(count, sizeof(float)),
    };
    return made;
}

static void free_parameters(struct parameters *parameters) {
    free(parameters->value);
    free(parameters->gradient);
    free(parameters->mean);
    free(parameters->square);
}

/* Appends a layer of a known shape without parameters. */
static struct layer *add_layer(struct network *network, enum layer_kind kind,
                               const char *name, int input, int h, int w,
                               int c) {
    assert(network->layer_count < MAX_LAYERS);
    assert(input < network->layer_count && h > 0 && w > 0 && c > 0);
    struct layer *layer = &network->layer[network->layer_count++];
    *layer = (struct layer){.kind = kind,
                            .name = name,
                            .input = {input, -1},
                            .h = h,
                            .w = w,
                            .c = c,
                            .kernel = 1,
                            .kernel_w = 1,
                            .stride = 1};
    size_t size = (size_t)layer_size(layer);
    layer->out = allocate(size, sizeof(float));
    layer->gradient = allocate(size, sizeof(float));
    return layer;
}

/* Gives it weights, uniform with the variance 2 / fan_in (He et al.: Delving
 * deep into rectifiers, 2015), and biases of 0. */
static void add_parameters(struct network *network, struct layer *layer,
                           int weights, int fan_in) {
    layer->weight = make_parameters((size_t)weights);
    layer->bias = make_parameters((size_t)layer->c);
    float bound = sqrtf(6.0f / (float)fan_in);
    for (size_t i = 0; i < layer->weight.count; i++) {
        layer->weight.value[i] = random_float(&network->random, -bound, bound);
    }
}

static int number(const struct network *network, const struct layer *layer) {
    return (int)(layer - network->layer);
}

void network_start(struct network *network, int h, int w, int c,
                   uint64_t seed) {
    *network = (struct network){.random = {seed}};
    add_layer(network, LAYER_INPUT, "input", -1, h, w, c);
}

void network_free(struct network *network) {
    for (int i = 0; i < network->layer_count; i++) {
        struct layer *layer = &network->layer[i];
        free(layer->out);
        free(layer->gradient);
        free_parameters(&layer->weight);
        free_parameters(&layer->bias);
    }
    network->layer_count = 0;
}

static int padding_before(int in, int out, int kernel, int stride) {
    int total = (out - 1) * stride + kernel - in;
    return total > 0 ? total / 2 : 0;
}

/* A layer of sliding windows. */
static struct layer *add_window(struct network *network, enum layer_kind kind,
                                const char *name, int input, int channels,
                                int kernel, int stride, bool same) {
    const struct layer *in = &network->layer[input];
    int kernel_w = same || in->w > kernel ? kernel : in->w;
    int h =
        same ? (in->h + stride - 1) / stride : (in->h - kernel) / stride + 1;
    int w =
        same ? (in->w + stride - 1) / stride : (in->w - kernel_w) / stride + 1;
    struct layer *layer = add_layer(network, kind, name, input, h, w, channels);
    layer->kernel = kernel;
    layer->kernel_w = kernel_w;
    layer->stride = stride;
    layer->same = same;
    if (same) {
        /* Padded as TFLite does: the smaller half comes first.  One number
         * serves both directions, so it must be the same in both. */
        layer->before = padding_before(in->h, h, kernel, stride);
        assert(layer->before == padding_before(in->w, w, kernel, stride));
    }
    return layer;
}

int network_conv(struct network *network, const char *name, int input,
                 int channels, int kernel, int stride, bool same, bool relu) {
    struct layer *layer = add_window(network, LAYER_CONV, name, input, channels,
                                     kernel, stride, same);
    int fan_in = kernel * layer->kernel_w * network->layer[input].c;
    layer->relu = relu;
    add_parameters(network, layer, channels * fan_in, fan_in);
    return number(network, layer);
}

int network_depthwise(struct network *network, const char *name, int input,
                      int kernel, int stride, bool same, bool relu) {
    int channels = network->layer[input].c;
    struct layer *layer = add_window(network, LAYER_DEPTHWISE, name, input,
                                     channels, kernel, stride, same);
    layer->relu = relu;
    int taps = kernel * layer->kernel_w;
    add_parameters(network, layer, taps * channels, taps);
    return number(network, layer);
}

int network_dense(struct network *network, const char *name, int input,
                  int channels, bool relu) {
    struct layer *layer =
        add_layer(network, LAYER_DENSE, name, input, 1, 1, channels);
    int fan_in = layer_size(&network->layer[input]);
    layer->relu = relu;
    add_parameters(network, layer, channels * fan_in, fan_in);
    return number(network, layer);
}

int network_max_pool(struct network *network, const char *name, int input,
                     int size) {
    return number(network,
                  add_window(network, LAYER_MAX_POOL, name, input,
                             network->layer[input].c, size, size, false));
}

int network_average_pool(struct network *network, const char *name, int input,
                         int size) {
    return number(network,
                  add_window(network, LAYER_AVERAGE_POOL, name, input,
                             network->layer[input].c, size, size, false));
}

int network_pad(struct network *network, const char *name, int input,
                int border) {
    const struct layer *in = &network->layer[input];
    struct layer *layer =
        add_layer(network, LAYER_PAD, name, input, in->h + 2 * border,
                  in->w + 2 * border, in->c);
    layer->before = border;
    return number(network, layer);
}

int network_add(struct network *network, const char *name, int a, int b,
                bool relu) {
    const struct layer *in = &network->layer[a];
    assert(in->h == network->layer[b].h && in->w == network->layer[b].w &&
           in->c == network->layer[b].c);
    struct layer *layer =
        add_layer(network, LAYER_ADD, name, a, in->h, in->w, in->c);
    layer->input[1] = b;
    layer->relu = relu;
    return number(network, layer);
}

int network_mean(struct network *network, const char *name, int input) {
    return number(network, add_layer(network, LAYER_MEAN, name, input, 1, 1,
                                     network->layer[input].c));
}

int network_flatten(struct network *network, const char *name, int input) {
    return number(network, add_layer(network, LAYER_FLATTEN, name, input, 1, 1,
                                     layer_size(&network->layer[input])));
}

const float *network_forward(struct network *network, const float *input) {
    struct layer *first = &network->layer[0];
    memcpy(first->out, input, (size_t)layer_size(first) * sizeof *input);
    for (int i = 1; i < network->layer_count; i++) {
        layer_forward(network, &network->layer[i]);
    }
    return network->layer[network->layer_count - 1].out;
}

void network_backward(struct network *network, const float *gradient) {
    for (int i = 0; i < network->layer_count; i++) {
        struct layer *layer = &network->layer[i];
        memset(layer->gradient, 0,
               (size_t)layer_size(layer) * sizeof *layer->gradient);
    }
    struct layer *last = &network->layer[network->layer_count - 1];
    memcpy(last->gradient, gradient,
           (size_t)layer_size(last) * sizeof *gradient);
    for (int i = network->layer_count - 1; i > 0; i--) {
        layer_backward(network, &network->layer[i]);
    }
}

/* The part of network_step() for one set of parameters; `correct` undo the
 * moments' start at 0. */
static void step(struct parameters *parameters, float share, float rate,
                 float decay, float correct_mean, float correct_square) {
    for (size_t i = 0; i < parameters->count; i++) {
        float g = parameters->gradient[i] * share;
        float *m = &parameters->mean[i];
        float *v = &parameters->square[i];
        *m += 0.1f * (g - *m);
        *v += 0.001f * (g * g - *v);
        float move = *m * correct_mean / (sqrtf(*v * correct_square) + 1e-8f);
        parameters->value[i] -= rate * (move + decay * parameters->value[i]);
        parameters->gradient[i] = 0;
    }
}

void network_step(struct network *network, int samples, float rate,
                  float decay) {
    double left_mean = 1, left_square = 1;
    network->steps++;
    for (int i = 0; i < network->steps && left_square > 1e-9; i++) {
        left_mean *= 0.9;
        left_square *= 0.999;
    }
    float share = 1.0f / (float)samples;
    for (int i = 0; i < network->layer_count; i++) {
        struct layer *layer = &network->layer[i];
        float mean = (float)(1 / (1 - left_mean));
        float square = (float)(1 / (1 - left_square));
        step(&layer->weight, share, rate, decay, mean, square);
        step(&layer->bias, share, rate, 0, mean, square);
    }
}
