/* Training of a network that classifies, whatever its samples are. */
#ifndef MODELS_CLASSIFIER_H
#define MODELS_CLASSIFIER_H

#include "nn.h"
#include "quantize_model.h"

enum { MAX_CLASSES = 16 };

/* What is learned from, or tested with. */
struct samples {
    int count;
    int classes;
    int input_size;
    const void *from;
    /* Writes sample i; returns its class.  With `random`, a variation of it may
     * be written, for training; NULL: the sample as it is. */
    int (*take)(const void *from, int i, struct random *random, float *input);
};

struct schedule {
    int epochs, batch;
    float rate; /* at first; falls to 0 */
    float decay;
    uint64_t seed;
};

int greatest(const float *score, int count);

void classifier_fit(struct network *network, const struct samples *samples,
                    const struct schedule *schedule);
/* Share of right answers. */
double classifier_accuracy(struct network *network,
                           const struct samples *samples);
/* Ranges over all samples. */
struct calibration classifier_calibrate(struct network *network,
                                        const struct samples *samples);

#endif
