/* Real models through the public library: results against the reference's, the
 * plan against its bound.  Skipped where the models are not at hand.
 *
 * A model with an operator that is not supported must say so; what is
 * supported must give the reference's bits. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "microflow.h"

enum { SKIPPED = 77, FRAMES = 2 };

#ifndef MICROFLOW_SHARED_MODELS

int main(void) {
    return SKIPPED;
}

#else

struct bytes {
    unsigned char *data;
    size_t size;
};

static struct bytes load(const char *name, const char *suffix) {
    char path[1024];
    struct bytes bytes = {NULL, 0};
    snprintf(path, sizeof path, "%s/%s%s", MICROFLOW_SHARED_MODELS, name,
             suffix);
    FILE *file = fopen(path, "rb");
    if (!file) {
        fail_msg("cannot open %s", path);
        return bytes;
    }
    assert_int_equal(fseek(file, 0, SEEK_END), 0);
    bytes.size = (size_t)ftell(file);
    bytes.data = malloc(bytes.size + 1);
    rewind(file);
    assert_int_equal(fread(bytes.data, 1, bytes.size, file), bytes.size);
    fclose(file);
    return bytes;
}

static bool floats_agree(const float *got, const float *expected,
                         size_t count) {
    float most = 0;
    for (size_t i = 0; i < count; i++) {
        most = fmaxf(most, fabsf(expected[i]));
    }
    for (size_t i = 0; i < count; i++) {
        if (!(fabsf(got[i] - expected[i]) <= 1e-5f + 1e-4f * most)) {
            return false;
        }
    }
    return true;
}

/* Compares one frame's outputs; returns where the next frame's start. */
static const unsigned char *compare(mf_model *model, const char *name,
                                    const unsigned char *expected) {
    for (size_t i = 0; i < mf_model_output_count(model); i++) {
        mf_tensor_info info = mf_model_output(model, i);
        const void *got = mf_model_output_data(model, i);
        float *copy = malloc(info.size);
        memcpy(copy, expected, info.size);
        bool same = strcmp(info.type, "FLOAT32") == 0
                        ? floats_agree(got, copy, info.size / sizeof(float))
                        : memcmp(got, expected, info.size) == 0;
        free(copy);
        if (!same) {
            fail_msg("%s: output %zu differs", name, i);
        }
        expected += info.size;
    }
    return expected;
}

static void run(mf_model *model, const char *name) {
    struct bytes in = load(name, ".in"), out = load(name, ".out");
    const unsigned char *input = in.data, *expected = out.data;
    for (int frame = 0; frame < FRAMES && input < in.data + in.size; frame++) {
        for (size_t i = 0; i < mf_model_input_count(model); i++) {
            size_t size = mf_model_input(model, i).size;
            assert_true(size <= (size_t)(in.data + in.size - input));
            memcpy(mf_model_input_data(model, i), input, size);
            input += size;
        }
        assert_true(mf_model_invoke(model));
        expected = compare(model, name, expected);
        assert_true(expected <= out.data + out.size);
    }
    free(in.data);
    free(out.data);
}

/* Opens and runs a model; false if it is not supported. */
static bool try_model(const char *name) {
    struct bytes file = load(name, ".tflite");
    mf_model *model = mf_model_open(file.data, file.size, name, NULL);
    assert_non_null(model);
    bool ok = mf_model_ok(model);
    if (ok) {
        mf_memory_info memory = mf_model_memory(model);
        assert_true(memory.arena_size >= memory.lower_bound);
        /* Placement has room to do worse; that would be worth a look. */
        assert_true(memory.arena_size <=
                    memory.lower_bound + memory.lower_bound / 50 + 16);
        assert_true(*mf_model_memory_map(model));
        run(model, name);
    } else {
        assert_non_null(mf_model_message(model, 0));
        assert_memory_equal(mf_model_message(model, 0), name, strlen(name));
    }
    mf_model_close(model);
    free(file.data);
    return ok;
}

static void test_models(void **state) {
    (void)state;
    char line[4096];
    int supported = 0, all = 0;
    FILE *manifest = fopen(MICROFLOW_SHARED_MODELS "/manifest.tsv", "r");
    assert_non_null(manifest);
    assert_non_null(fgets(line, sizeof line, manifest)); /* the headings */
    while (fgets(line, sizeof line, manifest)) {
        line[strcspn(line, "\t\n")] = '\0';
        supported += try_model(line);
        all++;
    }
    fclose(manifest);
    print_message("%d of %d models are supported\n", supported, all);
    assert_true(supported > 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_models)};
    return cmocka_run_group_tests_name("models", tests, NULL, NULL);
}

#endif
