/* The audio front end as a network of Signal operators: 30 ms of sound become a
 * column of features, with the noise taken off.
 *
 * After microfrontend (TensorFlow, lite/experimental/microfrontend), whose
 * steps and constants these are: Hann window, spectrum, energies, a bank of
 * triangles that lie evenly on the mel scale, square root, spectral
 * subtraction, gain control (Wang et al.: Trainable frontend for robust and
 * far-field keyword spotting, 2017), logarithm. */
#ifndef MODELS_FRONT_END_MODEL_H
#define MODELS_FRONT_END_MODEL_H

#include <stddef.h>
#include <stdint.h>

#include "quantize_model.h"
#include "speech.h"

enum {
    FEATURE_WINDOW = SPEECH_RATE * 3 / 100, /* samples that a column is of */
    FEATURE_STEP = SPEECH_RATE * 2 / 100,   /* samples from one to the next */
    FEATURE_BANDS = 32
};

/* What the output says: an octave more energy is 8.4 more. */
extern const struct quantized feature_quantized;

/* The file's bytes, to be freed with free(). */
uint8_t *front_end_make(size_t *size);

#endif
