/* Trains the models that hear and see, on what programs here say and draw, and
 * writes them as int8 .tflite files:
 *
 *     train_senses FOLDER
 *
 * FOLDER gets wake_word.tflite with a recording (words.wav, words.txt) that no
 * training step has heard, and person.tflite with pictures (person.in,
 * person.labels) that none has seen.  The same files come out every time. */
#include <stdio.h>
#include <stdlib.h>

#include "classifier.h"
#include "save.h"
#include "scenes_data.h"
#include "words_data.h"

/* Input as it comes, int8 / 32. */
static const float least_input = -4, greatest_input = 127.0f / 32;

static bool train(const char *name, const char *description,
                  struct network *network, const struct samples *training,
                  const struct samples *test, int epochs, const char *folder) {
    enum { BATCH = 32 };
    char file[64];
    classifier_fit(network, training,
                   &(struct schedule){epochs, BATCH, 0.01f, 0.02f, 3});
    printf("%s: float accuracy %.2f %% on %d never met, %.2f %% on those "
           "trained with\n",
           name, 100 * classifier_accuracy(network, test), test->count,
           100 * classifier_accuracy(network, training));
    struct calibration calibration = classifier_calibrate(network, training);
    calibration.min[0] = least_input;
    calibration.max[0] = greatest_input;
    snprintf(file, sizeof file, "%s.tflite", name);
    return save_model(network, &calibration,
                      &(struct model_text){description, true}, folder, file);
}

/* --- the wake word --- */

static void build_wake_word(struct network *network) {
    network_start(network, WINDOW_STEPS, WINDOW_BANDS, 1, 6);
    int top = network_conv(network, "conv1", 0, 8, 3, 2, true, true);
    top = network_depthwise(network, "depthwise2", top, 3, 1, true, true);
    top = network_conv(network, "pointwise2", top, 16, 1, 1, true, true);
    top = network_depthwise(network, "depthwise3", top, 3, 2, true, true);
    top = network_conv(network, "pointwise3", top, 24, 1, 1, true, true);
    top = network_max_pool(network, "pool3", top, 2);
    top = network_flatten(network, "flatten", top);
    network_dense(network, "logits", top, 2, false);
}

static bool train_wake_word(const char *folder) {
    enum { CLIPS = 2400, TEST_CLIPS = 500, EPOCHS = 14 };
    struct words words, test_words;
    struct network network;
    words_make(11, CLIPS, &words);
    words_make(12, TEST_CLIPS, &test_words);
    const struct samples training = words_samples(&words);
    const struct samples test = words_samples(&test_words);
    build_wake_word(&network);
    const bool ok = train("wake_word", "the word \"why\" in a second of sound",
                          &network, &training, &test, EPOCHS, folder);
    network_free(&network);
    words_free(&words);
    words_free(&test_words);
    return ok && words_record(13, folder);
}

/* --- persons --- */

static void build_person(struct network *network) {
    network_start(network, SCENE_SIDE, SCENE_SIDE, 1, 7);
    int top = network_conv(network, "conv1", 0, 8, 3, 2, true, true);
    top = network_depthwise(network, "depthwise2", top, 3, 1, true, true);
    top = network_conv(network, "pointwise2", top, 16, 1, 1, true, true);
    top = network_depthwise(network, "depthwise3", top, 3, 2, true, true);
    top = network_conv(network, "pointwise3", top, 32, 1, 1, true, true);
    top = network_depthwise(network, "depthwise4", top, 3, 1, true, true);
    top = network_conv(network, "pointwise4", top, 32, 1, 1, true, true);
    top = network_depthwise(network, "depthwise5", top, 3, 2, true, true);
    top = network_conv(network, "pointwise5", top, 48, 1, 1, true, true);
    top = network_max_pool(network, "pool5", top, 2);
    top = network_flatten(network, "flatten", top);
    network_dense(network, "logits", top, 2, false);
}

static bool train_person(const char *folder) {
    enum { SCENES = 8000, TEST_SCENES = 1000, SHOWN = 12, EPOCHS = 16 };
    struct scenes scenes, test_scenes, shown;
    struct network network;
    scenes_make(21, SCENES, &scenes);
    scenes_make(22, TEST_SCENES, &test_scenes);
    scenes_make(23, SHOWN, &shown);
    const struct samples training = scenes_samples(&scenes);
    const struct samples test = scenes_samples(&test_scenes);
    build_person(&network);
    const bool ok = train("person", "whether a picture shows a person",
                          &network, &training, &test, EPOCHS, folder) &&
                    scenes_save(&shown, folder);
    network_free(&network);
    scenes_free(&scenes);
    scenes_free(&test_scenes);
    scenes_free(&shown);
    return ok;
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: train_senses FOLDER\n");
        return 2;
    }
    return train_wake_word(argv[1]) && train_person(argv[1]) ? 0 : 1;
}
