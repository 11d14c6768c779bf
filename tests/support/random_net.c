#include "random_net.h"

#include <math.h>
#include <string.h>

#include "random.h"
#include "tflite_options.h"

enum { WEIGHTS = 4096, CHANNELS = 64 };

/* The tensor that was computed last: rows, columns, channels. */
struct value {
    int32_t tensor;
    int32_t size[2], channels;
    float scale;
    int32_t zero_point;
};

struct net {
    struct random random;
    struct writer *writer;
    int32_t taps, stride, dilation; /* at most */
};

static int32_t pick(struct net *net, int32_t min, int32_t max) {
    return random_int(&net->random, min, max);
}

static bool chance(struct net *net, int percent) {
    return pick(net, 0, 99) < percent;
}

/* A new tensor of this shape in random units. */
static struct value new_value(struct net *net, int32_t rows, int32_t columns,
                              int32_t channels) {
    struct value value = {.size = {rows, columns}, .channels = channels};
    value.scale = random_float(&net->random, 0.01, 0.2);
    value.zero_point = chance(net, 60) ? -128 : pick(net, -128, 127);
    return value;
}

static void add_value(struct net *net, struct value *value) {
    value->tensor = writer_tensor(
        net->writer,
        &(struct writer_tensor){
            .type = TFLITE_TYPE_INT8,
            WRITER_SHAPE(1, value->size[0], value->size[1], value->channels),
            .scale = value->scale,
            .zero_point = value->zero_point});
}

/* --- convolutions and matrix products --- */

/* Constants of `outputs` channels with `count` weights each; weight i of
 * channel o is at o * output_step + i * step. */
struct filter {
    int32_t outputs, count, output_step, step;
    int8_t weight[WEIGHTS];
    int32_t bias[CHANNELS];
    float scale[CHANNELS];
    bool per_channel;
};

static void plant(struct net *net, struct filter *filter, int32_t o) {
    int kind = pick(net, 0, 4);
    switch (kind) {
    case 0: /* closes a ReLU */
        filter->bias[o] = -pick(net, 1 << 20, 1 << 26);
        break;
    case 1: /* saturates */
        filter->bias[o] = pick(net, 1 << 20, 1 << 26);
        break;
    case 2:
        filter->scale[o] *= 1e-8f;
        break;
    case 3: /* a large factor on what is always below zero */
        filter->scale[o] *= 25;
        filter->bias[o] = -pick(net, 1 << 19, 1 << 20);
        break;
    default:
        for (int32_t i = 0; i < filter->count; i++) {
            filter->weight[o * filter->output_step + i * filter->step] = 0;
        }
        break;
    }
}

/* Fills the weights so that results spread over the output's range, plants
 * channels, and has weights of zero for some of `depth` input channels. */
static void fill_filter(struct net *net, struct filter *filter, int32_t depth,
                        const struct value *in, const struct value *out) {
    double factor =
        random_float(&net->random, 0.5, 3) / (45 * sqrt(filter->count));
    random_fill_s8(&net->random, filter->weight,
                   (size_t)(filter->outputs * filter->count));
    filter->per_channel = chance(net, 70);
    for (int32_t o = 0; o < filter->outputs; o++) {
        filter->scale[o] =
            (float)(factor * (double)out->scale / (double)in->scale);
        filter->bias[o] = pick(net, -2000, 2000);
    }
    for (int32_t c = 0; depth > 1 && c < depth; c++) {
        for (int32_t k = c; chance(net, 5) && k < filter->count; k += depth) {
            for (int32_t o = 0; o < filter->outputs; o++) {
                filter->weight[o * filter->output_step + k * filter->step] = 0;
            }
        }
    }
    for (int32_t o = 0; o < filter->outputs; o++) {
        if (chance(net, 40)) {
            plant(net, filter, o);
        }
    }
}

/* Adds filter, perhaps a bias, the output and the operator. */
static void add_filter_op(struct net *net, int32_t code, struct value in,
                          struct value *out, const struct filter *filter,
                          struct writer_tensor shape,
                          struct writer_options options) {
    shape.type = TFLITE_TYPE_INT8;
    shape.data = filter->weight;
    shape.scale = filter->scale[0];
    if (filter->per_channel) {
        shape.scale = 0;
        shape.scale_count = filter->outputs;
        shape.scales = filter->scale;
        shape.axis = code == TFLITE_DEPTHWISE_CONV_2D ? 3 : 0;
    }
    int32_t weights = writer_tensor(net->writer, &shape);
    int32_t bias = -1;
    if (chance(net, 85)) {
        bias = writer_tensor(
            net->writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                                 WRITER_SHAPE(filter->outputs),
                                                 .data = filter->bias});
    }
    if (code != TFLITE_FULLY_CONNECTED) {
        add_value(net, out);
    }
    writer_operator(net->writer, code, WRITER_LIST(in.tensor, weights, bias),
                    WRITER_LIST(out->tensor), options);
}

static int random_activation(struct net *net) {
    return chance(net, 60)   ? TFLITE_ACT_RELU
           : chance(net, 50) ? TFLITE_ACT_RELU6
                             : TFLITE_ACT_NONE;
}

static int32_t windows(int32_t size, int32_t taps, int32_t stride,
                       int padding) {
    return padding == TFLITE_SAME ? (size + stride - 1) / stride
                                  : (size - taps) / stride + 1;
}

/* How a window moves: small enough for what it moves over. */
struct slide {
    int32_t taps[2], stride, dilation[2];
    int padding;
};

static struct slide random_slide(struct net *net, const struct value *in) {
    struct slide slide = {.stride = pick(net, 1, net->stride),
                          .dilation = {1, 1},
                          .padding =
                              chance(net, 60) ? TFLITE_SAME : TFLITE_VALID};
    for (int axis = 0; axis < 2; axis++) {
        slide.taps[axis] = chance(net, 50) ? 1 : pick(net, 1, net->taps);
        if (slide.taps[axis] > in->size[axis]) {
            slide.taps[axis] = in->size[axis];
        }
    }
    return slide;
}

/* Spreads the taps of a convolution, as far as its input goes. */
static void dilate(struct net *net, const struct value *in,
                   struct slide *slide) {
    for (int axis = 0; axis < 2 && net->dilation > 1; axis++) {
        int32_t dilation = chance(net, 70) ? 1 : pick(net, 1, net->dilation);
        if ((slide->taps[axis] - 1) * dilation < in->size[axis]) {
            slide->dilation[axis] = dilation;
        }
    }
}

/* Positions from a window's first tap to its last. */
static int32_t reach(const struct slide *slide, int axis) {
    return (slide->taps[axis] - 1) * slide->dilation[axis] + 1;
}

static struct value slide_over(struct net *net, const struct value *in,
                               const struct slide *slide, int32_t channels) {
    return new_value(
        net,
        windows(in->size[0], reach(slide, 0), slide->stride, slide->padding),
        windows(in->size[1], reach(slide, 1), slide->stride, slide->padding),
        channels);
}

/* In the units of `like`, if there is one. */
static struct value add_conv_2d(struct net *net, struct value in,
                                struct slide slide, int32_t channels,
                                const struct value *like) {
    struct value out = slide_over(net, &in, &slide, channels);
    if (like) {
        out.scale = like->scale;
        out.zero_point = like->zero_point;
    }
    struct filter filter = {.outputs = channels,
                            .count =
                                slide.taps[0] * slide.taps[1] * in.channels,
                            .step = 1};
    filter.output_step = filter.count;
    fill_filter(net, &filter, in.channels, &in, &out);
    add_filter_op(net, TFLITE_CONV_2D, in, &out, &filter,
                  (struct writer_tensor){WRITER_SHAPE(
                      channels, slide.taps[0], slide.taps[1], in.channels)},
                  options_conv_2d(slide.padding, slide.stride, slide.stride,
                                  random_activation(net), slide.dilation[1],
                                  slide.dilation[0]));
    return out;
}

static struct value layer_conv_2d(struct net *net, struct value in) {
    struct slide slide = random_slide(net, &in);
    dilate(net, &in, &slide);
    return add_conv_2d(net, in, slide, pick(net, 1, 8), NULL);
}

static struct value add_depthwise(struct net *net, struct value in,
                                  struct slide slide, int32_t multiplier) {
    struct value out = slide_over(net, &in, &slide, in.channels * multiplier);
    struct filter filter = {.outputs = out.channels,
                            .count = slide.taps[0] * slide.taps[1],
                            .output_step = 1,
                            .step = out.channels};
    fill_filter(net, &filter, 1, &in, &out);
    add_filter_op(
        net, TFLITE_DEPTHWISE_CONV_2D, in, &out, &filter,
        (struct writer_tensor){
            WRITER_SHAPE(1, slide.taps[0], slide.taps[1], out.channels)},
        options_depthwise_conv_2d(slide.padding, slide.stride, slide.stride,
                                  multiplier, random_activation(net),
                                  slide.dilation[1], slide.dilation[0]));
    return out;
}

static struct value layer_depthwise(struct net *net, struct value in) {
    struct slide slide = random_slide(net, &in);
    dilate(net, &in, &slide);
    return add_depthwise(net, in, slide,
                         chance(net, 70) || in.channels > 8 ? 1 : 2);
}

/* --- others --- */

static struct value layer_pool(struct net *net, struct value in) {
    struct slide slide = random_slide(net, &in);
    struct value out = slide_over(net, &in, &slide, in.channels);
    out.scale = in.scale;
    out.zero_point = in.zero_point;
    add_value(net, &out);
    writer_operator(
        net->writer,
        chance(net, 50) ? TFLITE_MAX_POOL_2D : TFLITE_AVERAGE_POOL_2D,
        WRITER_LIST(in.tensor), WRITER_LIST(out.tensor),
        options_pool_2d(slide.padding, slide.stride, slide.stride,
                        slide.taps[1], slide.taps[0], random_activation(net)));
    return out;
}

static struct value layer_unary(struct net *net, struct value in) {
    static const int32_t codes[] = {TFLITE_RELU,       TFLITE_RELU6,
                                    TFLITE_HARD_SWISH, TFLITE_LOGISTIC,
                                    TFLITE_LEAKY_RELU, TFLITE_QUANTIZE};
    int32_t code = codes[pick(net, 0, 5)];
    struct value out = new_value(net, in.size[0], in.size[1], in.channels);
    if (code == TFLITE_LOGISTIC) {
        out.scale = 1.0f / 256;
        out.zero_point = -128;
    }
    add_value(net, &out);
    writer_operator(
        net->writer, code, WRITER_LIST(in.tensor), WRITER_LIST(out.tensor),
        code == TFLITE_LEAKY_RELU ? options_leaky_relu(0.1f) : options_none());
    return out;
}

/* With a constant for each channel, some of which are the zero point, or a
 * single one. */
static struct value layer_constant(struct net *net, struct value in) {
    static const int32_t codes[] = {TFLITE_ADD, TFLITE_SUB, TFLITE_MUL,
                                    TFLITE_MINIMUM, TFLITE_MAXIMUM};
    int which = pick(net, 0, 4);
    int8_t data[CHANNELS];
    struct value out = new_value(net, in.size[0], in.size[1], in.channels);
    int32_t zero_point = pick(net, -100, 100);
    float scale = 0.1f;
    if (which >= 3) { /* all in the same units */
        out.scale = scale = in.scale;
        out.zero_point = zero_point = in.zero_point;
    }
    random_fill_s8(&net->random, data, (size_t)in.channels);
    for (int32_t c = 0; c < in.channels; c++) {
        data[c] = chance(net, 30) ? (int8_t)zero_point : data[c];
    }
    struct writer_tensor constant = {.type = TFLITE_TYPE_INT8,
                                     WRITER_SHAPE(in.channels),
                                     .scale = scale,
                                     .zero_point = zero_point,
                                     .data = data};
    constant.dims[0] = chance(net, 20) ? 1 : in.channels;
    int32_t other = writer_tensor(net->writer, &constant);
    add_value(net, &out);
    struct writer_options options[] = {options_add(random_activation(net)),
                                       options_sub(random_activation(net)),
                                       options_mul(random_activation(net)),
                                       options_none(), options_none()};
    writer_operator(net->writer, codes[which],
                    chance(net, 50) ? WRITER_LIST(in.tensor, other)
                                    : WRITER_LIST(other, in.tensor),
                    WRITER_LIST(out.tensor), options[which]);
    return out;
}

/* Two convolutions of one input, put side by side or together, value by
 * value. */
static struct value layer_branches(struct net *net, struct value in) {
    struct slide slide = {.taps = {1, 1}, .stride = 1, .dilation = {1, 1}};
    bool joins = chance(net, 50);
    int32_t channels = pick(net, 1, 6);
    struct value a = add_conv_2d(net, in, slide, channels, NULL);
    struct value b = add_conv_2d(
        net, in, slide, joins ? pick(net, 1, 6) : channels, joins ? &a : NULL);
    struct value out = a;
    if (joins) {
        out.channels += b.channels;
    } else {
        out = new_value(net, a.size[0], a.size[1], channels);
    }
    add_value(net, &out);
    static const int32_t codes[] = {TFLITE_ADD, TFLITE_SUB, TFLITE_MUL};
    int which = pick(net, 0, 2), activation = random_activation(net);
    struct writer_options options[] = {options_add(activation),
                                       options_sub(activation),
                                       options_mul(activation)};
    writer_operator(net->writer, joins ? TFLITE_CONCATENATION : codes[which],
                    WRITER_LIST(a.tensor, b.tensor), WRITER_LIST(out.tensor),
                    joins ? options_concatenation(3, TFLITE_ACT_NONE)
                          : options[which]);
    return out;
}

/* Layers that keep the shape, and their result and what they read put together,
 * value by value. */
static struct value layer_residual(struct net *net, struct value in) {
    struct value last = in;
    int32_t count = pick(net, 1, 3);
    for (int32_t i = 0; i < count; i++) {
        struct slide slide = random_slide(net, &in);
        slide.stride = 1;
        slide.padding = TFLITE_SAME;
        dilate(net, &in, &slide);
        last = in.channels > 12 || chance(net, 50)
                   ? add_depthwise(net, last, slide, 1)
                   : add_conv_2d(net, last, slide, in.channels, NULL);
    }
    struct value out = new_value(net, in.size[0], in.size[1], in.channels);
    add_value(net, &out);
    bool adds = chance(net, 70);
    int activation = random_activation(net);
    writer_operator(net->writer, adds ? TFLITE_ADD : TFLITE_MUL,
                    chance(net, 50) ? WRITER_LIST(last.tensor, in.tensor)
                                    : WRITER_LIST(in.tensor, last.tensor),
                    WRITER_LIST(out.tensor),
                    adds ? options_add(activation) : options_mul(activation));
    return out;
}

static struct value layer_pad(struct net *net, struct value in) {
    int32_t paddings[8] = {0};
    for (int i = 2; i < 6; i++) {
        paddings[i] = pick(net, 0, 1);
    }
    struct value out = in;
    out.size[0] += paddings[2] + paddings[3];
    out.size[1] += paddings[4] + paddings[5];
    add_value(net, &out);
    int32_t tensor = writer_tensor(
        net->writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                             WRITER_SHAPE(4, 2),
                                             .data = paddings});
    writer_operator(net->writer, TFLITE_PAD, WRITER_LIST(in.tensor, tensor),
                    WRITER_LIST(out.tensor), options_empty(TFLITE_OPTIONS_PAD));
    return out;
}

/* Each pixel four times. */
static struct value layer_resize(struct net *net, struct value in) {
    struct value out = in;
    if (in.size[0] > 8 || in.size[1] > 8) {
        return in;
    }
    out.size[0] *= 2;
    out.size[1] *= 2;
    add_value(net, &out);
    int32_t size = writer_tensor(
        net->writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                             WRITER_SHAPE(2),
                                             .data = out.size});
    writer_operator(net->writer, TFLITE_RESIZE_NEAREST_NEIGHBOR,
                    WRITER_LIST(in.tensor, size), WRITER_LIST(out.tensor),
                    options_resize_nearest_neighbor(false, false));
    return out;
}

/* A row of constants on top. */
static struct value layer_rows(struct net *net, struct value in) {
    int8_t data[WEIGHTS];
    int32_t count = in.size[1] * in.channels;
    random_fill_s8(&net->random, data, (size_t)count);
    for (int32_t i = 0; i < count; i++) {
        data[i] = chance(net, 80) ? (int8_t)in.zero_point : data[i];
    }
    int32_t row = writer_tensor(
        net->writer,
        &(struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                WRITER_SHAPE(1, 1, in.size[1], in.channels),
                                .scale = in.scale,
                                .zero_point = in.zero_point,
                                .data = data});
    struct value out = in;
    out.size[0]++;
    add_value(net, &out);
    writer_operator(net->writer, TFLITE_CONCATENATION,
                    WRITER_LIST(row, in.tensor), WRITER_LIST(out.tensor),
                    options_concatenation(1, TFLITE_ACT_NONE));
    return out;
}

/* Another shape for the same values: the same channels, each several times, or
 * none that are left whole. */
static struct value layer_view(struct net *net, struct value in) {
    struct value out = in;
    switch (pick(net, 0, 2)) {
    case 0:
        out.size[0] = in.size[1];
        out.size[1] = in.size[0];
        break;
    case 1:
        if (in.size[1] * in.channels <= 16) {
            out.size[1] = 1;
            out.channels = in.size[1] * in.channels;
        }
        break;
    default:
        out.size[1] = in.channels;
        out.channels = in.size[1];
        break;
    }
    add_value(net, &out);
    int32_t shape[4] = {1, out.size[0], -1, out.channels};
    int32_t tensor = writer_tensor(
        net->writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                             WRITER_SHAPE(4),
                                             .data = shape});
    writer_operator(net->writer, TFLITE_RESHAPE, WRITER_LIST(in.tensor, tensor),
                    WRITER_LIST(out.tensor), options_none());
    return out;
}

/* --- the end --- */

/* MEAN or RESHAPE to a vector, which then is a value of 1x1xN. */
static struct value flatten(struct net *net, struct value in) {
    bool mean = chance(net, 50);
    struct value out = new_value(
        net, 1, 1, mean ? in.channels : in.size[0] * in.size[1] * in.channels);
    if (!mean) {
        out.scale = in.scale;
        out.zero_point = in.zero_point;
    }
    out.tensor = writer_tensor(
        net->writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                             WRITER_SHAPE(1, out.channels),
                                             .scale = out.scale,
                                             .zero_point = out.zero_point});
    /* Axes 1 and 2, or the shape. */
    int32_t numbers[2] = {1, mean ? 2 : out.channels};
    int32_t parameter = writer_tensor(
        net->writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                             WRITER_SHAPE(2),
                                             .data = numbers});
    writer_operator(net->writer, mean ? TFLITE_MEAN : TFLITE_RESHAPE,
                    WRITER_LIST(in.tensor, parameter), WRITER_LIST(out.tensor),
                    mean ? options_reducer(false) : options_none());
    return out;
}

static struct value add_fully_connected(struct net *net, struct value in) {
    struct value out = new_value(net, 1, 1, pick(net, 1, 6));
    struct filter filter = {.outputs = out.channels,
                            .count = in.channels,
                            .output_step = in.channels,
                            .step = 1};
    fill_filter(net, &filter, in.channels, &in, &out);
    out.tensor = writer_tensor(
        net->writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                             WRITER_SHAPE(1, out.channels),
                                             .scale = out.scale,
                                             .zero_point = out.zero_point});
    add_filter_op(
        net, TFLITE_FULLY_CONNECTED, in, &out, &filter,
        (struct writer_tensor){WRITER_SHAPE(out.channels, in.channels)},
        options_fully_connected(random_activation(net), 0, false));
    return out;
}

typedef struct value layer(struct net *net, struct value in);

/* `count` of these layers, perhaps matrix products after them. */
static struct writer *finish_net(struct net *net, struct value value,
                                 layer *const *layers, int32_t kinds,
                                 int32_t count) {
    add_value(net, &value);
    int32_t input = value.tensor, between = -1;
    for (int32_t i = 0; i < count; i++) {
        value = layers[pick(net, 0, kinds - 1)](net, value);
        between = chance(net, 5) ? value.tensor : between;
    }
    int32_t taps = value.size[0] * value.size[1] * value.channels;
    if (chance(net, 60) && taps <= WEIGHTS / 8) {
        value = flatten(net, value);
        value = add_fully_connected(net, value);
        value = add_fully_connected(net, value);
    }
    writer_inputs(net->writer, WRITER_LIST(input));
    writer_outputs(net->writer, between >= 0 && between != value.tensor
                                    ? WRITER_LIST(value.tensor, between)
                                    : WRITER_LIST(value.tensor));
    return net->writer;
}

struct writer *random_net(uint64_t seed) {
    static layer *const layers[] = {
        layer_conv_2d,   layer_conv_2d, layer_conv_2d, layer_depthwise,
        layer_depthwise, layer_pool,    layer_unary,   layer_constant,
        layer_branches,  layer_pad,     layer_resize,  layer_rows,
        layer_view};
    struct net net = {{seed}, writer_new(), 3, 2, 1};
    struct value value =
        new_value(&net, pick(&net, 1, 6), pick(&net, 1, 6), pick(&net, 1, 4));
    return finish_net(&net, value, layers, sizeof layers / sizeof layers[0],
                      pick(&net, 2, 7));
}

struct writer *random_image_net(uint64_t seed, int32_t layers_at_most) {
    static layer *const layers[] = {
        layer_conv_2d,  layer_conv_2d,  layer_conv_2d,  layer_depthwise,
        layer_pool,     layer_residual, layer_residual, layer_unary,
        layer_constant, layer_branches, layer_depthwise};
    struct net net = {{seed}, writer_new(), 5, 3, 4};
    struct value value =
        new_value(&net, pick(&net, 1, 40), pick(&net, 1, 40), pick(&net, 1, 4));
    /* What has one row is computed along its columns. */
    value.size[0] = chance(&net, 10) ? 1 : value.size[0];
    return finish_net(&net, value, layers, sizeof layers / sizeof layers[0],
                      pick(&net, 1, layers_at_most));
}
