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

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sine),
        cmocka_unit_test(digits),
        cmocka_unit_test(digits_residual),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
