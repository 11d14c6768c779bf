/* Trains the models that hear and see, on what programs here say and draw, and
 * writes them as int8 .tflite files:
 *
 *     train_senses FOLDER [MODEL]
 *
 * FOLDER gets wake_word.tflite with a recording (words.wav, words.txt) that no
 * training step has heard; front_end.tflite, keywords.tflite and, which is the
 * same network a step a call, keywords_stream.tflite; and person.tflite with
 * pictures (person.in, person.labels) that none has seen; or those of one MODEL
 * alone.  The same files come out every time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "classifier.h"
#include "front_end_model.h"
#include "hearing.h"
#include "save.h"
#include "scenes_data.h"
#include "words_data.h"

/* What is trained, and how. */
struct lesson {
    const char *name, *description;
    int epochs;
    struct quantized input; /* as it comes */
    const char *stream;     /* name as a stream; NULL: none */
};

static bool save(const struct lesson *lesson, const struct network *network,
                 const struct calibration *calibration, bool stream,
                 const char *folder) {
    char file[64];
    snprintf(file, sizeof file, "%s.tflite",
             stream ? lesson->stream : lesson->name);
    return save_model(network, calibration,
                      &(struct model_text){lesson->description, true, stream},
                      folder, file);
}

static bool train(const struct lesson *lesson, struct network *network,
                  const struct samples *training, const struct samples *test,
                  const char *folder) {
    enum { BATCH = 32 };
    classifier_fit(network, training,
                   &(struct schedule){lesson->epochs, BATCH, 0.01f, 0.02f, 3});
    printf("%s: float accuracy %.2f %% on %d never met, %.2f %% on those "
           "trained with\n",
           lesson->name, 100 * classifier_accuracy(network, test), test->count,
           100 * classifier_accuracy(network, training));
    struct calibration calibration = classifier_calibrate(network, training);
    const struct quantized input = lesson->input;
    calibration.min[0] = input.scale * (float)(-128 - input.zero_point);
    calibration.max[0] = input.scale * (float)(127 - input.zero_point);
    return save(lesson, network, &calibration, false, folder) &&
           (!lesson->stream ||
            save(lesson, network, &calibration, true, folder));
}

/* --- words --- */

static void build_wake_word(struct network *network) {
    network_start(network, hearing_wake_word.window, hearing_wake_word.bands, 1,
                  6);
    int top = network_conv(network, "conv1", 0, 8, 3, 2, true, true);
    top = network_depthwise(network, "depthwise2", top, 3, 1, true, true);
    top = network_conv(network, "pointwise2", top, 16, 1, 1, true, true);
    top = network_depthwise(network, "depthwise3", top, 3, 2, true, true);
    top = network_conv(network, "pointwise3", top, 24, 1, 1, true, true);
    top = network_max_pool(network, "pool3", top, 2);
    top = network_flatten(network, "flatten", top);
    network_dense(network, "logits", top, 2, false);
}

/* Every layer a convolution over time, VALID, so that it can be a stream. */
static void build_keywords(struct network *network) {
    enum { CHANNELS = 24 };
    network_start(network, 49, 1, FEATURE_BANDS, 8);
    int top = network_conv(network, "conv1", 0, CHANNELS, 5, 1, false, true);
    top = network_depthwise(network, "depthwise2", top, 9, 1, false, true);
    top = network_conv(network, "pointwise2", top, CHANNELS, 1, 1, false, true);
    top = network_depthwise(network, "depthwise3", top, 13, 1, false, true);
    top = network_conv(network, "pointwise3", top, CHANNELS, 1, 1, false, true);
    top = network_flatten(network, "flatten", top);
    network_dense(network, "logits", top, 4, false);
}

static bool train_words(const struct lesson *lesson, struct network *network,
                        const struct listener *listener, int clips,
                        const char *folder) {
    enum { TEST_CLIPS = 500 };
    struct words words, test_words;
    words_make(11, clips, listener, &words);
    words_make(12, TEST_CLIPS, listener, &test_words);
    const struct samples training = words_samples(&words);
    const struct samples test = words_samples(&test_words);
    const bool ok = train(lesson, network, &training, &test, folder);
    network_free(network);
    words_free(&words);
    words_free(&test_words);
    return ok;
}

static bool train_wake_word(const char *folder) {
    struct network network;
    build_wake_word(&network);
    return train_words(&(struct lesson){"wake_word",
                                        "the word \"why\" in a second of sound",
                                        14, hearing_wake_word.quantized, NULL},
                       &network, &hearing_wake_word, 2400, folder) &&
           words_record(13, folder);
}

static bool save_front_end(const char *folder) {
    size_t size;
    uint8_t *bytes = front_end_make(&size);
    const bool ok = save_bytes(bytes, size, folder, "front_end.tflite");
    free(bytes);
    return ok;
}

static bool train_keywords(const char *folder) {
    struct network network;
    struct listener listener;
    bool ok = hearing_open(&listener);
    if (ok) {
        build_keywords(&network);
        ok = train_words(&(struct lesson){"keywords",
                                          "\"why\", \"wow\" or \"you\"", 16,
                                          feature_quantized, "keywords_stream"},
                         &network, &listener, 6000, folder);
    }
    hearing_close(&listener);
    return ok && save_front_end(folder);
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
    const bool ok = train(&(struct lesson){"person",
                                           "whether a picture shows a person",
                                           EPOCHS,
                                           {1.0f / 32, 0},
                                           NULL},
                          &network, &training, &test, folder) &&
                    scenes_save(&shown, folder);
    network_free(&network);
    scenes_free(&scenes);
    scenes_free(&test_scenes);
    scenes_free(&shown);
    return ok;
}

int main(int argc, char **argv) {
    static const struct {
        const char *name;
        bool (*train)(const char *folder);
    } all[] = {{"wake_word", train_wake_word},
               {"keywords", train_keywords},
               {"person", train_person}};
    if (argc != 2 && argc != 3) {
        fprintf(stderr, "usage: train_senses FOLDER [MODEL]\n");
        return 2;
    }
    bool ok = true;
    for (size_t i = 0; i < sizeof all / sizeof *all; i++) {
        if (argc == 2 || strcmp(argv[2], all[i].name) == 0) {
            ok = ok && all[i].train(argv[1]);
        }
    }
    return ok ? 0 : 1;
}
