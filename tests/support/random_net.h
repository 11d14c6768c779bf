/* Random int8 networks in which channels that say nothing were planted: biases
 * that close a ReLU, weights of zero, scales too small or too large, constants
 * that multiply to zero. */
#ifndef TESTS_SUPPORT_RANDOM_NET_H
#define TESTS_SUPPORT_RANDOM_NET_H

#include <stdint.h>

#include "tflite_writer.h"

/* The same network for the same seed. */
struct writer *random_net(uint64_t seed);

/* The same of up to 40 rows and columns, mostly of layers that can be computed
 * row by row: windows of up to 5 taps with strides and dilation, residuals. */
struct writer *random_image_net(uint64_t seed, int32_t layers_at_most);

#endif
