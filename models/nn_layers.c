/* See nn_layers.h.  Forward and backward share the walk over windows: each
 * kind says what happens at one tap of one window. */
#include "nn_layers.h"

/* The part of the input that a window covers: rows [y0, y1), columns
 * [x0, x1), of which the first is tap (ky, kx) of the kernel. */
struct window {
    int y0, y1, x0, x1;
    int ky, kx;
};

static struct window window_at(const struct layer *layer,
                               const struct layer *in, int y, int x) {
    int top = y * layer->stride - layer->before;
    int left = x * layer->stride - layer->before;
    struct window window = {
        .y0 = top < 0 ? 0 : top,
        .y1 = top + layer->kernel < in->h ? top + layer->kernel : in->h,
        .x0 = left < 0 ? 0 : left,
        .x1 = left + layer->kernel_w < in->w ? left + layer->kernel_w : in->w,
    };
    window.ky = window.y0 - top;
    window.kx = window.x0 - left;
    return window;
}

/* Element (y, x, 0). */
static int at(const struct layer *layer, int y, int x) {
    return (y * layer->w + x) * layer->c;
}

/* Where the weights of tap (y, x) of a window start, of all channels. */
static int tap(const struct layer *layer, const struct layer *in,
               const struct window *window, int y, int x) {
    int ky = window->ky + y - window->y0;
    int kx = window->kx + x - window->x0;
    return (ky * layer->kernel_w + kx) * in->c;
}

static void conv_forward(struct layer *layer, const struct layer *in,
                         const struct window *window, float *out) {
    int filter = layer->kernel * layer->kernel_w * in->c;
    for (int o = 0; o < layer->c; o++) {
        const float *weight = layer->weight.value + o * filter;
        float sum = layer->bias.value[o];
        for (int y = window->y0; y < window->y1; y++) {
            for (int x = window->x0; x < window->x1; x++) {
                const float *a = in->out + at(in, y, x);
                const float *b = weight + tap(layer, in, window, y, x);
                for (int i = 0; i < in->c; i++) {
                    sum += a[i] * b[i];
                }
            }
        }
        out[o] = sum;
    }
}

static void conv_backward(struct layer *layer, struct layer *in,
                          const struct window *window, const float *gradient) {
    int filter = layer->kernel * layer->kernel_w * in->c;
    for (int o = 0; o < layer->c; o++) {
        float g = gradient[o];
        if (g == 0) {
            continue;
        }
        layer->bias.gradient[o] += g;
        for (int y = window->y0; y < window->y1; y++) {
            for (int x = window->x0; x < window->x1; x++) {
                int weight = o * filter + tap(layer, in, window, y, x);
                const float *a = in->out + at(in, y, x);
                const float *b = layer->weight.value + weight;
                float *da = in->gradient + at(in, y, x);
                float *db = layer->weight.gradient + weight;
                for (int i = 0; i < in->c; i++) {
                    da[i] += g * b[i];
                    db[i] += g * a[i];
                }
            }
        }
    }
}

static void depthwise_forward(struct layer *layer, const struct layer *in,
                              const struct window *window, float *out) {
    for (int i = 0; i < layer->c; i++) {
        out[i] = layer->bias.value[i];
    }
    for (int y = window->y0; y < window->y1; y++) {
        for (int x = window->x0; x < window->x1; x++) {
            const float *a = in->out + at(in, y, x);
            const float *b = layer->weight.value + tap(layer, in, window, y, x);
            for (int i = 0; i < layer->c; i++) {
                out[i] += a[i] * b[i];
            }
        }
    }
}

static void depthwise_backward(struct layer *layer, struct layer *in,
                               const struct window *window,
                               const float *gradient) {
    for (int i = 0; i < layer->c; i++) {
        layer->bias.gradient[i] += gradient[i];
    }
    for (int y = window->y0; y < window->y1; y++) {
        for (int x = window->x0; x < window->x1; x++) {
            int weight = tap(layer, in, window, y, x);
            const float *a = in->out + at(in, y, x);
            const float *b = layer->weight.value + weight;
            float *da = in->gradient + at(in, y, x);
            float *db = layer->weight.gradient + weight;
            for (int i = 0; i < layer->c; i++) {
                da[i] += gradient[i] * b[i];
                db[i] += gradient[i] * a[i];
            }
        }
    }
}

/* The element of the window that is greatest in channel i; the first one if
 * several are. */
static int greatest(const struct layer *in, const struct window *window,
                    int i) {
    int best = at(in, window->y0, window->x0) + i;
    for (int y = window->y0; y < window->y1; y++) {
        for (int x = window->x0; x < window->x1; x++) {
            int here = at(in, y, x) + i;
            best = in->out[here] > in->out[best] ? here : best;
        }
    }
    return best;
}

static void pool_forward(const struct layer *layer, const struct layer *in,
                         const struct window *window, float *out) {
    float share = 1.0f / (float)(layer->kernel * layer->kernel_w);
    for (int i = 0; i < layer->c; i++) {
        if (layer->kind == LAYER_MAX_POOL) {
            out[i] = in->out[greatest(in, window, i)];
            continue;
        }
        float sum = 0;
        for (int y = window->y0; y < window->y1; y++) {
            for (int x = window->x0; x < window->x1; x++) {
                sum += in->out[at(in, y, x) + i];
            }
        }
        out[i] = sum * share;
    }
}

static void pool_backward(const struct layer *layer, struct layer *in,
                          const struct window *window, const float *gradient) {
    float share = 1.0f / (float)(layer->kernel * layer->kernel_w);
    for (int i = 0; i < layer->c; i++) {
        if (layer->kind == LAYER_MAX_POOL) {
            in->gradient[greatest(in, window, i)] += gradient[i];
            continue;
        }
        for (int y = window->y0; y < window->y1; y++) {
            for (int x = window->x0; x < window->x1; x++) {
                in->gradient[at(in, y, x) + i] += gradient[i] * share;
            }
        }
    }
}

static void windows_forward(struct layer *layer, const struct layer *in) {
    for (int y = 0; y < layer->h; y++) {
        for (int x = 0; x < layer->w; x++) {
            struct window window = window_at(layer, in, y, x);
            float *out = layer->out + at(layer, y, x);
            if (layer->kind == LAYER_CONV) {
                conv_forward(layer, in, &window, out);
            } else if (layer->kind == LAYER_DEPTHWISE) {
                depthwise_forward(layer, in, &window, out);
            } else {
                pool_forward(layer, in, &window, out);
            }
        }
    }
}

static void windows_backward(struct layer *layer, struct layer *in) {
    for (int y = 0; y < layer->h; y++) {
        for (int x = 0; x < layer->w; x++) {
            struct window window = window_at(layer, in, y, x);
            const float *gradient = layer->gradient + at(layer, y, x);
            if (layer->kind == LAYER_CONV) {
                conv_backward(layer, in, &window, gradient);
            } else if (layer->kind == LAYER_DEPTHWISE) {
                depthwise_backward(layer, in, &window, gradient);
            } else {
                pool_backward(layer, in, &window, gradient);
            }
        }
    }
}

static void dense_forward(struct layer *layer, const struct layer *in) {
    int count = layer_size(in);
    for (int o = 0; o < layer->c; o++) {
        float sum = layer->bias.value[o];
        for (int i = 0; i < count; i++) {
            sum += in->out[i] * layer->weight.value[o * count + i];
        }
        layer->out[o] = sum;
    }
}

static void dense_backward(struct layer *layer, struct layer *in) {
    int count = layer_size(in);
    for (int o = 0; o < layer->c; o++) {
        float g = layer->gradient[o];
        const float *weight = layer->weight.value + o * count;
        float *gradient = layer->weight.gradient + o * count;
        layer->bias.gradient[o] += g;
        for (int i = 0; i < count; i++) {
            in->gradient[i] += g * weight[i];
            gradient[i] += g * in->out[i];
        }
    }
}

/* PAD moves rows of the input; so does its gradient, the other way. */
static void pad_forward(struct layer *layer, const struct layer *in) {
    for (int y = 0; y < in->h; y++) {
        for (int i = 0; i < in->w * in->c; i++) {
            layer->out[at(layer, y + layer->before, layer->before) + i] =
                in->out[at(in, y, 0) + i];
        }
    }
}

static void pad_backward(const struct layer *layer, struct layer *in) {
    for (int y = 0; y < in->h; y++) {
        for (int i = 0; i < in->w * in->c; i++) {
            in->gradient[at(in, y, 0) + i] +=
                layer
                    ->gradient[at(layer, y + layer->before, layer->before) + i];
        }
    }
}

static void mean_forward(struct layer *layer, const struct layer *in) {
    int count = in->h * in->w;
    for (int i = 0; i < layer->c; i++) {
        float sum = 0;
        for (int k = 0; k < count; k++) {
            sum += in->out[k * in->c + i];
        }
        layer->out[i] = sum / (float)count;
    }
}

static void mean_backward(const struct layer *layer, struct layer *in) {
    int count = in->h * in->w;
    for (int i = 0; i < layer->c; i++) {
        for (int k = 0; k < count; k++) {
            in->gradient[k * in->c + i] += layer->gradient[i] / (float)count;
        }
    }
}

void layer_forward(struct network *network, struct layer *layer) {
    const struct layer *in = &network->layer[layer->input[0]];
    int size = layer_size(layer);
    switch (layer->kind) {
    case LAYER_INPUT:
        break;
    case LAYER_CONV:
    case LAYER_DEPTHWISE:
    case LAYER_MAX_POOL:
    case LAYER_AVERAGE_POOL:
        windows_forward(layer, in);
        break;
    case LAYER_DENSE:
        dense_forward(layer, in);
        break;
    case LAYER_PAD:
        pad_forward(layer, in);
        break;
    case LAYER_ADD:
        for (int i = 0; i < size; i++) {
            layer->out[i] = in->out[i] + network->layer[layer->input[1]].out[i];
        }
        break;
    case LAYER_MEAN:
        mean_forward(layer, in);
        break;
    case LAYER_FLATTEN:
        for (int i = 0; i < size; i++) {
            layer->out[i] = in->out[i];
        }
        break;
    }
    for (int i = 0; layer->relu && i < size; i++) {
        layer->out[i] = layer->out[i] > 0 ? layer->out[i] : 0;
    }
}

void layer_backward(struct network *network, struct layer *layer) {
    struct layer *in = &network->layer[layer->input[0]];
    int size = layer_size(layer);
    for (int i = 0; layer->relu && i < size; i++) {
        layer->gradient[i] = layer->out[i] > 0 ? layer->gradient[i] : 0;
    }
    switch (layer->kind) {
    case LAYER_INPUT:
        break;
    case LAYER_CONV:
    case LAYER_DEPTHWISE:
    case LAYER_MAX_POOL:
    case LAYER_AVERAGE_POOL:
        windows_backward(layer, in);
        break;
    case LAYER_DENSE:
        dense_backward(layer, in);
        break;
    case LAYER_PAD:
        pad_backward(layer, in);
        break;
    case LAYER_ADD:
        for (int i = 0; i < size; i++) {
            in->gradient[i] += layer->gradient[i];
            network->layer[layer->input[1]].gradient[i] += layer->gradient[i];
        }
        break;
    case LAYER_MEAN:
        mean_backward(layer, in);
        break;
    case LAYER_FLATTEN:
        for (int i = 0; i < size; i++) {
            in->gradient[i] += layer->gradient[i];
        }
        break;
    }
}
