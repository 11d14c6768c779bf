/* Random convolutions, grouped and depthwise ones, and what they must give. */
#ifndef TESTS_SUPPORT_CONVOLUTION_H
#define TESTS_SUPPORT_CONVOLUTION_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "random.h"
#include "reference.h"

enum convolution_kind {
    CONVOLUTION_S8,
    CONVOLUTION_S16,     /* accumulators of 32 bits */
    CONVOLUTION_S16_B64, /* accumulators of 64 bits */
    CONVOLUTION_F32
};

/* One convolution and its data; axis 0 is rows, axis 1 columns. */
struct convolution {
    enum convolution_kind kind;
    bool depthwise;
    int32_t batches, size[2], channels, outputs;
    int32_t filter[2], filter_channels; /* 1 if depthwise */
    int32_t stride[2], dilation[2];
    int padding; /* enum tflite_padding */
    int32_t output_size[2], pad[2];
    bool has_bias, per_channel;
    bool bias_type_named; /* no bias: the options name its type, INT32 */
    float input_scale, *filter_scale;
    int32_t input_zero_point;
    struct reference_output output;
    void *input, *weights, *bias; /* elements of the tensors' types */
};

/* A random one, with shapes small enough to be quick. */
struct convolution convolution_random(struct random *random,
                                      enum convolution_kind kind,
                                      bool depthwise);
void convolution_free(struct convolution *convolution);

/* The model of it. */
struct test_op convolution_op(const struct convolution *convolution);

/* Runs the model as it is lowered for each target, and asserts its output. */
void convolution_check(const struct convolution *convolution);

/* Puts a PAD of random width in front of the convolution, and asserts that
 * the compiler gives the padding to the convolution without changing a bit of
 * the output. */
void convolution_check_pad(struct random *random,
                           const struct convolution *convolution);

/* A small int8 model for bad cases: 1x4x4x2 with 3 outputs (depthwise: 4),
 * windows of 3x3, SAME, named "conv". */
struct test_op convolution_plain(bool depthwise);

#endif
