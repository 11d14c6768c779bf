/* The project's own models, as committed, do what models/README.md says. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microflow.h"

enum { PIXELS = 64, CLASSES = 10, DIGITS = 359 };

struct file {
    char *data; /* zero-terminated */
    size_t size;
};

/* A file of the folder models/. */
static struct file load(const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/models/%s", MICROFLOW_SOURCE_DIR, name);
    FILE *stream = fopen(path, "rb");
    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    long size = ftell(stream);
    assert_true(size > 0);
    rewind(stream);
    struct file file = {calloc((size_t)size + 1, 1), (size_t)size};
    assert_non_null(file.data);
    assert_int_equal(fread(file.data, 1, file.size, stream), file.size);
    fclose(stream);
    return file;
}

static mf_model *open_model(const struct file *file, const char *name) {
    mf_model *model = mf_model_open(file->data, file->size, name, NULL);
    assert_non_null(model);
    if (!mf_model_ok(model)) {
        fail_msg("%s", mf_model_message(model, 0));
    }
    return model;
}

static int classify(mf_model *model, const char *frame) {
    memcpy(mf_model_input_data(model, 0), frame, PIXELS);
    assert_true(mf_model_invoke(model));
    const int8_t *score = mf_model_output_data(model, 0);
    int best = 0;
    for (int i = 1; i < CLASSES; i++) {
        best = score[i] > score[best] ? i : best;
    }
    return best;
}

static void check_digits(const char *name, int expected) {
    struct file file = load(name);
    struct file frames = load("digits.in");
    struct file labels = load("digits.labels");
    mf_model *model = open_model(&file, name);
    assert_int_equal(frames.size, DIGITS * PIXELS);
    assert_int_equal(mf_model_input(model, 0).size, PIXELS);
    assert_int_equal(mf_model_output(model, 0).size, CLASSES);
    int right = 0;
    char *label = labels.data;
    for (int i = 0; i < DIGITS; i++) {
        long class = strtol(label, &label, 10);
        right += classify(model, frames.data + i * PIXELS) == class;
    }
    assert_int_equal(right, expected);
    mf_model_close(model);
    free(labels.data);
    free(frames.data);
    free(file.data);
}

static void digits(void **state) {
    (void)state;
    check_digits("digits.tflite", 351);
}

static void digits_residual(void **state) {
    (void)state;
    check_digits("digits_residual.tflite", 353);
}

static void sine(void **state) {
    (void)state;
    struct file file = load("sine.tflite");
    mf_model *model = open_model(&file, "sine.tflite");
    mf_tensor_info in = mf_model_input(model, 0);
    mf_tensor_info out = mf_model_output(model, 0);
    double sum = 0, worst = 0;
    for (int i = -128; i < 128; i++) {
        *(int8_t *)mf_model_input_data(model, 0) = (int8_t)i;
        assert_true(mf_model_invoke(model));
        int8_t y = *(const int8_t *)mf_model_output_data(model, 0);
        double error = fabs((double)out.scale * (y - out.zero_point) -
                            sin((double)in.scale * (i - in.zero_point)));
        worst = error > worst ? error : worst;
        sum += error;
    }
    assert_true(sum / 256 < 0.00695);
    assert_true(worst < 0.02405);
    mf_model_close(model);
    free(file.data);
}

/* --- words --- */

enum {
    WAV_HEADER = 44,
    SAMPLES = 240, /* that the front end sees */
    STEP = 160,
    BANDS = 32,
    COLUMNS = 49, /* that the network sees */
    SCORES = 4
};

static void run_model(mf_model *model, const void *input, size_t size) {
    assert_int_equal(mf_model_input(model, 0).size, size);
    memcpy(mf_model_input_data(model, 0), input, size);
    assert_true(mf_model_invoke(model));
}

/* The stream's answer to each column is the network's to the last second. */
static void keywords_stream(void **state) {
    (void)state;
    struct file sound = load("words.wav");
    struct file file[3] = {load("front_end.tflite"), load("keywords.tflite"),
                           load("keywords_stream.tflite")};
    mf_model *front_end = open_model(&file[0], "front_end.tflite");
    mf_model *whole = open_model(&file[1], "keywords.tflite");
    mf_model *stream = open_model(&file[2], "keywords_stream.tflite");
    int8_t column[COLUMNS][BANDS];
    int compared = 0, sure = 0;
    for (size_t at = WAV_HEADER; at + SAMPLES <= sound.size; at += STEP) {
        int16_t sample[SAMPLES];
        for (int i = 0; i < SAMPLES; i++) {
            const int byte = (uint8_t)sound.data[at + (size_t)i];
            sample[i] = (int16_t)((byte - 128) * 256);
        }
        run_model(front_end, sample, sizeof sample);
        memmove(column[0], column[1], sizeof column - sizeof column[0]);
        memcpy(column[COLUMNS - 1], mf_model_output_data(front_end, 0), BANDS);
        run_model(stream, column[COLUMNS - 1], BANDS);
        if (at < WAV_HEADER + (COLUMNS - 1) * STEP) {
            continue;
        }
        run_model(whole, column, sizeof column);
        const int8_t *score = mf_model_output_data(whole, 0);
        assert_memory_equal(mf_model_output_data(stream, 0), score, SCORES);
        sure += score[0] < -100;
        compared++;
    }
    assert_true(compared > 300 && sure > 50);
    mf_model_close(front_end);
    mf_model_close(whole);
    mf_model_close(stream);
    for (int i = 0; i < 3; i++) {
        free(file[i].data);
    }
    free(sound.data);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sine),
        cmocka_unit_test(digits),
        cmocka_unit_test(digits_residual),
        cmocka_unit_test(keywords_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
