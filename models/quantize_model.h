/* A trained float network as an int8 .tflite file: post-training quantisation
 * as in Jacob et al., Quantization and training of neural networks for
 * efficient integer-arithmetic-only inference, 2018, and as TFLite lays it
 * down: activations asymmetric per tensor, weights symmetric, per channel in
 * convolutions and per tensor in dense layers, biases int32. */
#ifndef MODELS_QUANTIZE_MODEL_H
#define MODELS_QUANTIZE_MODEL_H

#include <stdbool.h>
#include <stdint.h>

#include "nn.h"

/* The range of values that each layer's output took. */
struct calibration {
    float min[MAX_LAYERS], max[MAX_LAYERS];
};

/* Starts as {0}: every range holds 0, so that 0 has an exact code.  Widens the
 * ranges by what the network computed last. */
void calibration_observe(struct calibration *calibration,
                         const struct network *network);

/* real = scale * (stored - zero_point), stored an int8 */
struct quantized {
    float scale;
    int32_t zero_point;
};

struct quantized calibration_of(const struct calibration *calibration,
                                int layer);
int8_t quantize(struct quantized quantized, float real);

struct model_text {
    const char *description;
    bool softmax; /* put SOFTMAX on top of the network's output */
    bool stream;  /* rows are steps in time, and come one a call; layers that
                     see several are convolutions of stride 1, VALID */
};

/* Writes the model; false with errno set if that failed. */
bool model_save(const struct network *network,
                const struct calibration *calibration,
                const struct model_text *text, const char *path);

#endif
