/* See classifier.h. */
#include "classifier.h"

#include <stdlib.h>

#include "allocate.h"

int greatest(const float *score, int count) {
    int best = 0;
    for (int i = 1; i < count; i++) {
        best = score[i] > score[best] ? i : best;
    }
    return best;
}

/* The gradient of softmax and cross-entropy by the scores. */
static void differentiate(const float *score, int classes, int label,
                          float *gradient) {
    double sum = 0;
    float max = score[greatest(score, classes)];
    double exponential[MAX_CLASSES];
    for (int i = 0; i < classes; i++) {
        double x = (double)score[i] - max;
        exponential[i] = x > -80 ? exact_exp(x) : 0;
        sum += exponential[i];
    }
    for (int i = 0; i < classes; i++) {
        gradient[i] =
            (float)(exponential[i] / sum) - (i == label ? 1.0f : 0.0f);
    }
}

static void shuffle(struct random *random, int *item, int count) {
    for (int i = count - 1; i > 0; i--) {
        int k = (int)random_below(random, (uint32_t)i + 1);
        int kept = item[i];
        item[i] = item[k];
        item[k] = kept;
    }
}

void classifier_fit(struct network *network, const struct samples *samples,
                    const struct schedule *schedule) {
    int *order = allocate((size_t)samples->count, sizeof *order);
    float *input = allocate((size_t)samples->input_size, sizeof *input);
    float gradient[MAX_CLASSES];
    for (int i = 0; i < samples->count; i++) {
        order[i] = i;
    }
    struct random random = {schedule->seed};
    int total = schedule->epochs * samples->count;
    for (int done = 0; done < total; done++) {
        if (done % samples->count == 0) {
            shuffle(&random, order, samples->count);
        }
        int label = samples->take(samples->from, order[done % samples->count],
                                  &random, input);
        differentiate(network_forward(network, input), samples->classes, label,
                      gradient);
        network_backward(network, gradient);
        if ((done + 1) % schedule->batch == 0) {
            float left = (float)(total - done) / (float)total;
            network_step(network, schedule->batch, schedule->rate * left,
                         schedule->decay);
        }
    }
    free(order);
    free(input);
}

double classifier_accuracy(struct network *network,
                           const struct samples *samples) {
    float *input = allocate((size_t)samples->input_size, sizeof *input);
    int right = 0;
    for (int i = 0; i < samples->count; i++) {
        int label = samples->take(samples->from, i, NULL, input);
        right += greatest(network_forward(network, input), samples->classes) ==
                 label;
    }
    free(input);
    return (double)right / samples->count;
}

struct calibration classifier_calibrate(struct network *network,
                                        const struct samples *samples) {
    struct calibration calibration = {0};
    float *input = allocate((size_t)samples->input_size, sizeof *input);
    for (int i = 0; i < samples->count; i++) {
        samples->take(samples->from, i, NULL, input);
        network_forward(network, input);
        calibration_observe(&calibration, network);
    }
    free(input);
    return calibration;
}
