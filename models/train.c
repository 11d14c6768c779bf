/* Trains the project's own models and writes them as int8 .tflite files:
 *
 *     train DIGITS.csv FOLDER
 *
 * FOLDER gets sine.tflite, digits.tflite, digits_residual.tflite, and the
 * digits that were kept from training as frames (digits.in) and labels
 * (digits.labels, one a line).  The same files come out every time. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"
#include "classifier.h"
#include "digits_data.h"
#include "nn.h"
#include "quantize_model.h"
#include "save.h"

/* --- y = sin(x), 0 <= x <= 2 pi --- */

static const float two_pi = 6.28318531f;

static bool train_sine(const char *folder) {
    enum { STEPS = 20000, BATCH = 32, POINTS = 1000 };
    struct network network;
    network_start(&network, 1, 1, 1, 1);
    int hidden = network_dense(&network, "hidden1", 0, 16, true);
    hidden = network_dense(&network, "hidden2", hidden, 16, true);
    network_dense(&network, "output", hidden, 1, false);

    /* Without biases every kink of the first layer would lie at x = 0, where
     * it is of no use: they start spread over the range instead. */
    struct random random = {2};
    const struct layer *first = &network.layer[1];
    for (int i = 0; i < first->c; i++) {
        first->bias.value[i] =
            -first->weight.value[i] * random_float(&random, 0, two_pi);
    }
    for (int i = 0; i < STEPS; i++) {
        for (int k = 0; k < BATCH; k++) {
            float x = random_float(&random, 0, two_pi);
            float error = *network_forward(&network, &x) - (float)exact_sin(x);
            network_backward(&network, &error);
        }
        network_step(&network, BATCH, 0.01f * (float)(STEPS - i) / STEPS,
                     0.003f);
    }

    /* Points of a grid, which training has not seen, for the ranges and for
     * the error. */
    struct calibration calibration = {0};
    double worst = 0, sum = 0;
    for (int i = 0; i <= POINTS; i++) {
        float x = two_pi * (float)i / POINTS;
        double error = fabs(*network_forward(&network, &x) - exact_sin(x));
        calibration_observe(&calibration, &network);
        worst = error > worst ? error : worst;
        sum += error;
    }
    printf("sine: float error %.4f on average, %.4f at worst\n",
           sum / (POINTS + 1), worst);
    bool ok = save_model(
        &network, &calibration,
        &(struct model_text){.description = "sin(x) for 0 <= x <= 2 pi"},
        folder, "sine.tflite");
    network_free(&network);
    return ok;
}

/* --- handwritten digits --- */

/* Every fifth digit is kept for testing: no training step, no range and no
 * choice of architecture or rate has seen it. */
static bool is_held_out(int i) {
    return i % 5 == 4;
}

/* The image moved by (dy, dx), paper coming in. */
static void image_of(const struct digit *digit, int dy, int dx,
                     float image[DIGIT_PIXELS]) {
    for (int y = 0; y < DIGIT_SIDE; y++) {
        for (int x = 0; x < DIGIT_SIDE; x++) {
            int from_y = y - dy, from_x = x - dx;
            bool inside = from_y >= 0 && from_y < DIGIT_SIDE && from_x >= 0 &&
                          from_x < DIGIT_SIDE;
            image[y * DIGIT_SIDE + x] =
                inside ? (float)digit->pixel[from_y * DIGIT_SIDE + from_x] /
                             DIGIT_LEVELS
                       : 0;
        }
    }
}

/* The digits that are trained with, or those that are not. */
struct part {
    const struct digits *digits;
    int *number; /* to be freed */
};

/* In training a quarter of the images is moved. */
static int take_digit(const void *from, int i, struct random *random,
                      float *input) {
    const struct part *part = from;
    const struct digit *digit = &part->digits->digit[part->number[i]];
    int dy = 0, dx = 0;
    if (random != NULL) {
        dy = (int)random_below(random, 3) - 1;
        dx = (int)random_below(random, 3) - 1;
        bool moved = random_below(random, 4) == 0;
        dy = moved ? dy : 0;
        dx = moved ? dx : 0;
    }
    image_of(digit, dy, dx, input);
    return digit->label;
}

static struct samples part_of(const struct digits *digits, bool held_out,
                              struct part *part) {
    struct samples samples = {.classes = 10, .input_size = DIGIT_PIXELS};
    part->digits = digits;
    part->number = allocate((size_t)digits->count, sizeof *part->number);
    for (int i = 0; i < digits->count; i++) {
        if (is_held_out(i) == held_out) {
            part->number[samples.count++] = i;
        }
    }
    samples.from = part;
    samples.take = take_digit;
    return samples;
}

/* The digits kept from training: a frame of int8 each, and a label a line. */
static bool save_held_out(const struct digits *digits, struct quantized input,
                          const char *folder) {
    char *frames_path = save_path(folder, "digits.in");
    char *labels_path = save_path(folder, "digits.labels");
    FILE *frames = fopen(frames_path, "wb");
    FILE *labels = fopen(labels_path, "w");
    bool ok = frames != NULL && labels != NULL;
    for (int i = 0; ok && i < digits->count; i++) {
        if (is_held_out(i)) {
            float image[DIGIT_PIXELS];
            int8_t frame[DIGIT_PIXELS];
            image_of(&digits->digit[i], 0, 0, image);
            for (int k = 0; k < DIGIT_PIXELS; k++) {
                frame[k] = quantize(input, image[k]);
            }
            ok = fwrite(frame, sizeof frame, 1, frames) == 1 &&
                 fprintf(labels, "%d\n", digits->digit[i].label) > 0;
        }
    }
    ok = (frames == NULL || fclose(frames) == 0) && ok;
    ok = (labels == NULL || fclose(labels) == 0) && ok;
    if (!ok) {
        fprintf(stderr, "%s, %s: %s\n", frames_path, labels_path,
                strerror(errno));
    }
    free(frames_path);
    free(labels_path);
    return ok;
}

static void build_digits(struct network *network) {
    network_start(network, DIGIT_SIDE, DIGIT_SIDE, 1, 4);
    int top = network_conv(network, "conv1", 0, 16, 3, 1, true, true);
    top = network_max_pool(network, "pool1", top, 2);
    top = network_depthwise(network, "depthwise2", top, 3, 1, true, true);
    top = network_conv(network, "pointwise2", top, 32, 1, 1, true, true);
    top = network_average_pool(network, "pool2", top, 2);
    top = network_flatten(network, "flatten", top);
    network_dense(network, "logits", top, 10, false);
}

/* PAD and VALID instead of SAME, a shortcut, a mean instead of a dense layer
 * over positions. */
static void build_residual(struct network *network) {
    network_start(network, DIGIT_SIDE, DIGIT_SIDE, 1, 5);
    int top = network_pad(network, "pad1", 0, 1);
    top = network_conv(network, "conv1", top, 16, 3, 1, false, true);
    top = network_max_pool(network, "pool1", top, 2);
    int shortcut = top;
    top = network_depthwise(network, "depthwise2", top, 3, 1, true, true);
    top = network_conv(network, "pointwise2", top, 16, 1, 1, true, false);
    top = network_add(network, "add2", top, shortcut, true);
    top = network_conv(network, "conv3", top, 32, 3, 1, true, true);
    top = network_mean(network, "mean", top);
    network_dense(network, "logits", top, 10, false);
}

static bool train_digits(const struct digits *digits, const char *name,
                         void (*build)(struct network *network), int epochs,
                         const char *folder) {
    enum { BATCH = 32 };
    struct network network;
    struct part trained, kept;
    const struct samples training = part_of(digits, false, &trained);
    const struct samples test = part_of(digits, true, &kept);
    char file[64], description[80];
    build(&network);
    classifier_fit(&network, &training,
                   &(struct schedule){epochs, BATCH, 0.02f, 0.1f, 3});
    printf("%s: float accuracy %.2f %% on digits never seen, %.2f %% on those "
           "trained with\n",
           name, 100 * classifier_accuracy(&network, &test),
           100 * classifier_accuracy(&network, &training));
    struct calibration calibration = classifier_calibrate(&network, &training);
    free(trained.number);
    free(kept.number);
    snprintf(file, sizeof file, "%s.tflite", name);
    snprintf(description, sizeof description, "handwritten digits, 8x8");
    bool ok = save_model(&network, &calibration,
                         &(struct model_text){description, true, false}, folder,
                         file);
    network_free(&network);
    return ok && save_held_out(digits, calibration_of(&calibration, 0), folder);
}

int main(int argc, char **argv) {
    struct digits digits;
    if (argc != 3) {
        fprintf(stderr, "usage: train DIGITS.csv FOLDER\n");
        return 2;
    }
    if (!digits_read(argv[1], &digits)) {
        return 1;
    }
    bool ok =
        train_sine(argv[2]) &&
        train_digits(&digits, "digits", build_digits, 60, argv[2]) &&
        train_digits(&digits, "digits_residual", build_residual, 60, argv[2]);
    free(digits.digit);
    return ok ? 0 : 1;
}
