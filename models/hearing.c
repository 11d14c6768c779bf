/* See hearing.h. */
#include "hearing.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../examples/wake-word/front_end.h"
#include "allocate.h"
#include "front_end_model.h"
#include "microflow.h"

/* --- resonators --- */

enum { RESONATOR_STEPS = CLIP_SIZE / FRONT_END_FRAME };

static void hear_resonators(const uint8_t *sound, int8_t *feature, void *user) {
    struct front_end front_end = {0};
    (void)user;
    for (int i = 0; i < RESONATOR_STEPS; i++) {
        front_end_step(&front_end, sound + i * FRONT_END_FRAME,
                       feature + (ptrdiff_t)i * FRONT_END_BANDS);
    }
}

static const char *const why[] = {"uai"};
static const char *const why_alike[] = {"uai", "oai", NULL};

const struct listener hearing_wake_word = {
    .word = why,
    .word_count = 1,
    .reserved = why_alike,
    .frame = FRONT_END_FRAME,
    .steps = RESONATOR_STEPS,
    .bands = FRONT_END_BANDS,
    .window = 64,
    .heard = 12,
    .quantized = {1.0f / 32, 0},
    .listen = hear_resonators,
};

/* --- a model --- */

enum { MODEL_STEPS = (CLIP_SIZE - FEATURE_WINDOW) / FEATURE_STEP + 1 };

struct front_end_model {
    uint8_t *bytes;
    mf_model *model;
};

static void hear_model(const uint8_t *sound, int8_t *feature, void *user) {
    mf_model *model = ((struct front_end_model *)user)->model;
    mf_model_reset(model);
    for (int i = 0; i < MODEL_STEPS; i++) {
        int16_t *input = mf_model_input_data(model, 0);
        for (int k = 0; k < FEATURE_WINDOW; k++) {
            input[k] = (int16_t)((sound[i * FEATURE_STEP + k] - 128) * 256);
        }
        mf_model_invoke(model);
        memcpy(feature + (ptrdiff_t)i * FEATURE_BANDS,
               mf_model_output_data(model, 0), FEATURE_BANDS);
    }
}

static const char *const three[] = {"uai", "uau", "iu"};
static const char *const three_alike[] = {"uai", "oai", "uau",
                                          "oau", "iu",  NULL};

bool hearing_open(struct listener *keywords) {
    struct front_end_model *front_end = allocate(1, sizeof *front_end);
    size_t size;
    front_end->bytes = front_end_make(&size);
    front_end->model = mf_model_open(front_end->bytes, size, "front_end", NULL);
    *keywords = (struct listener){
        .word = three,
        .word_count = 3,
        .reserved = three_alike,
        .frame = FEATURE_STEP,
        .steps = MODEL_STEPS,
        .bands = FEATURE_BANDS,
        .window = 49,
        .heard = 10,
        .quantized = feature_quantized,
        .listen = hear_model,
        .user = front_end,
    };
    if (!front_end->model || !mf_model_ok(front_end->model)) {
        fprintf(stderr, "front end: %s\n",
                front_end->model ? mf_model_message(front_end->model, 0)
                                 : "out of memory");
        return false;
    }
    return true;
}

void hearing_close(struct listener *keywords) {
    struct front_end_model *front_end = keywords->user;
    mf_model_close(front_end->model);
    free(front_end->bytes);
    free(front_end);
}
