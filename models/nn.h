/* A small float32 neural network and its training, one sample at a time: the
 * layers of an image classifier, backpropagation, Adam.
 *
 * Shapes are height x width x channels, row-major, as in TFLite; so are the
 * weights: convolution [out][ky][kx][in], depthwise [ky][kx][channel], dense
 * [out][in].
 *
 * Invariant: a layer reads only layers before it, so one walk forward
 * evaluates the network and one walk back differentiates it. */
#ifndef MODELS_NN_H
#define MODELS_NN_H

#include <stdbool.h>
#include <stddef.h>

#include "random.h"

enum layer_kind {
    LAYER_INPUT,
    LAYER_CONV,
    LAYER_DEPTHWISE,
    LAYER_DENSE,
    LAYER_MAX_POOL,
    LAYER_AVERAGE_POOL,
    LAYER_PAD,  /* zeros around height and width */
    LAYER_ADD,  /* of two layers of one shape */
    LAYER_MEAN, /* over height and width */
    LAYER_FLATTEN
};

struct parameters {
    size_t count;
    float *value;
    float *gradient;      /* summed since the last network_step() */
    float *mean, *square; /* Adam's moments */
};

struct layer {
    enum layer_kind kind;
    const char *name; /* static */
    int input[2];     /* layers; [1] of LAYER_ADD alone */
    int h, w, c;      /* of the output */
    int kernel, stride;
    int kernel_w; /* the same, or the input's width if that is less (VALID) */
    int before; /* rows above and columns left of the input that are padding */
    bool same;  /* padding: SAME, else VALID */
    bool relu;  /* fused */
    struct parameters weight, bias; /* count 0 if it has none */
    float *out;
    float *gradient; /* of the loss by out */
};

enum { MAX_LAYERS = 24 };

struct network {
    int layer_count; /* the last layer's output is the network's */
    struct layer layer[MAX_LAYERS];
    struct random random; /* initial weights */
    int steps;
};

/* A network of an input alone, which is layer 0. */
void network_start(struct network *network, int h, int w, int c, uint64_t seed);
void network_free(struct network *network);

/* Each adds a layer on top of layer `input` and returns its number. */
int network_conv(struct network *network, const char *name, int input,
                 int channels, int kernel, int stride, bool same, bool relu);
int network_depthwise(struct network *network, const char *name, int input,
                      int kernel, int stride, bool same, bool relu);
int network_dense(struct network *network, const char *name, int input,
                  int channels, bool relu);
/* A window of size x size, moved by its size; VALID. */
int network_max_pool(struct network *network, const char *name, int input,
                     int size);
int network_average_pool(struct network *network, const char *name, int input,
                         int size);
int network_pad(struct network *network, const char *name, int input,
                int border);
int network_add(struct network *network, const char *name, int a, int b,
                bool relu);
int network_mean(struct network *network, const char *name, int input);
int network_flatten(struct network *network, const char *name, int input);

int layer_size(const struct layer *layer); /* h * w * c */

/* Evaluates the network; the output holds until the next call. */
const float *network_forward(struct network *network, const float *input);
/* Adds the gradients of the last sample to every parameter's, given that of
 * the loss by the output. */
void network_backward(struct network *network, const float *gradient);
/* One step of Adam (Kingma, Ba: Adam, 2015) with weight decay (Loshchilov,
 * Hutter: Decoupled weight decay regularization, 2019), with the mean of
 * `samples` gradients; clears them. */
void network_step(struct network *network, int samples, float rate,
                  float decay);

#endif
