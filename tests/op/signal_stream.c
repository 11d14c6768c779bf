/* The operators of the audio front end that keep samples, against lists of all
 * that came so far; and what they refuse. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "flex_map.h"
#include "model.h"
#include "random.h"

enum { CASES = 60, CALLS = 12, LIMIT = 4096, PADDING = 256 };

struct signal {
    struct test_op op;
    uint8_t options[FLEX_MAP_BYTES];
};

static void start(struct signal *signal, const char *name,
                  const struct flex_entry *entries, int count) {
    memset(signal, 0, sizeof *signal);
    signal->op.code = TFLITE_CUSTOM;
    signal->op.custom_code = name;
    signal->op.custom_options = signal->options;
    signal->op.custom_options_size =
        flex_map(signal->options, 4, entries, count);
    signal->op.input_count = 1;
    signal->op.output_count = 1;
}

static struct writer_tensor samples(int32_t rank, int32_t a, int32_t b,
                                    int32_t c) {
    return (struct writer_tensor){
        .type = TFLITE_TYPE_INT16, .rank = rank, .dims = {a, b, c}};
}

static void add_validity(struct signal *signal) {
    signal->op.output[1] = (struct writer_tensor){.type = TFLITE_TYPE_BOOL};
    signal->op.output_count = 2;
}

static struct test_model *open_signal(const struct signal *signal) {
    struct test_model *model = model_from_op(&signal->op);
    model_expect_ok(model);
    return model;
}

/* --- delay --- */

static void test_delay(void **state) {
    (void)state;
    struct random random = {1};
    for (int n = 0; n < CASES; n++) {
        int32_t size = random_int(&random, 1, 20);
        int32_t delay = random_int(&random, 1, 50);
        struct signal signal;
        struct flex_entry entry = {"delay_length", FLEX_INT, delay};
        start(&signal, "SignalDelay", &entry, 1);
        signal.op.input[0] = signal.op.output[0] = samples(2, 2, size, 0);
        struct test_model *model = open_signal(&signal);
        int16_t all[2][LIMIT] = {{0}};
        for (int call = 0; call < CALLS; call++) {
            int16_t *input = model_input(model, 0);
            random_fill_s16(&random, input, 2 * (size_t)size);
            for (int b = 0; b < 2; b++) {
                memcpy(all[b] + delay + call * size, input + b * size,
                       (size_t)size * sizeof *input);
            }
            model_run(model);
            const int16_t *output = model_output(model, 0);
            for (int b = 0; b < 2; b++) {
                assert_memory_equal(output + b * size, all[b] + call * size,
                                    (size_t)size * sizeof *output);
            }
        }
        model_free(model);
    }
}

/* --- frames --- */

struct framer {
    int32_t size, step, frames;
    bool prefill;
};

static void make_framer(struct signal *signal, const struct framer *f) {
    const struct flex_entry entries[3] = {{"frame_size", FLEX_INT, f->size},
                                          {"frame_step", FLEX_INT, f->step},
                                          {"prefill", FLEX_BOOL, f->prefill}};
    start(signal, "SignalFramer", entries, 3);
    signal->op.input[0] = samples(2, 2, f->frames * f->step, 0);
    signal->op.output[0] = samples(3, 2, f->frames, f->size);
    add_validity(signal);
}

/* Frame i comes with step i + 1 of the samples, if they suffice: from sample
 * i * step on if all were waited for, else that many before. */
static void check_frames(struct test_model *model, const struct framer *f,
                         int16_t all[2][LIMIT], int call) {
    int32_t lead = f->prefill ? f->size - f->step : 0;
    int32_t wait = (f->size + f->step - 1) / f->step;
    const int16_t *output = model_output(model, 0);
    bool valid = true;
    for (int i = 0; i < 2 * f->frames; i++) {
        int32_t index = call * f->frames + i % f->frames;
        int32_t from =
            f->prefill ? index * f->step : (index + 1 - wait) * f->step;
        const int16_t *found = output + i * f->size;
        valid = valid && from >= 0;
        for (int32_t k = 0; k < f->size; k++) {
            int16_t expected =
                from < 0 ? 0 : all[i / f->frames][PADDING - lead + from + k];
            assert_int_equal(found[k], expected);
        }
    }
    assert_int_equal(*(const uint8_t *)model_output(model, 1), valid);
}

static void test_framer(void **state) {
    (void)state;
    struct random random = {2};
    for (int n = 0; n < CASES; n++) {
        struct framer f = {.size = random_int(&random, 1, 30),
                           .frames = random_int(&random, 1, 4),
                           .prefill = random_int(&random, 0, 1)};
        f.step = random_int(&random, 1, f.size);
        int32_t length = f.frames * f.step;
        struct signal signal;
        make_framer(&signal, &f);
        struct test_model *model = open_signal(&signal);
        static int16_t all[2][LIMIT];
        memset(all, 0, sizeof all);
        for (int call = 0; call < CALLS; call++) {
            int16_t *input = model_input(model, 0);
            random_fill_s16(&random, input, 2 * (size_t)length);
            for (int b = 0; b < 2; b++) {
                memcpy(all[b] + PADDING + call * length, input + b * length,
                       (size_t)length * sizeof *input);
            }
            model_run(model);
            check_frames(model, &f, all, call);
        }
        model_free(model);
    }
}

/* --- stacks --- */

static void make_stacker(struct signal *signal, int32_t channels, int32_t left,
                         int32_t right, int32_t step) {
    const struct flex_entry entries[4] = {
        {"num_channels", FLEX_INT, channels},
        {"stacker_left_context", FLEX_INT, left},
        {"stacker_right_context", FLEX_INT, right},
        {"stacker_step", FLEX_INT, step}};
    start(signal, "SignalStacker", entries, 4);
    signal->op.input[0] = samples(1, channels, 0, 0);
    signal->op.output[0] = samples(1, channels * (left + right + 1), 0, 0);
    add_validity(signal);
}

/* A queue: the first frame enters left + 1 times; when it is as long as a
 * stack it is given out and loses `step` frames. */
static void test_stacker(void **state) {
    (void)state;
    struct random random = {3};
    for (int n = 0; n < CASES; n++) {
        int32_t channels = random_int(&random, 1, 5);
        int32_t left = random_int(&random, 0, 4);
        int32_t right = random_int(&random, 0, 4), depth = left + right + 1;
        int32_t step = random_int(&random, 1, depth), first = 0, last = 0;
        size_t row = (size_t)channels * sizeof(int16_t);
        struct signal signal;
        make_stacker(&signal, channels, left, right, step);
        struct test_model *model = open_signal(&signal);
        int16_t queue[LIMIT];
        for (int call = 0; call < CALLS; call++) {
            int16_t *input = model_input(model, 0);
            random_fill_s16(&random, input, (size_t)channels);
            for (int i = 0; i < (call == 0 ? left + 1 : 1); i++) {
                memcpy(queue + last++ * channels, input, row);
            }
            model_run(model);
            bool valid = last - first >= depth;
            assert_int_equal(*(const uint8_t *)model_output(model, 1), valid);
            if (valid) {
                assert_memory_equal(model_output(model, 0),
                                    queue + first * channels,
                                    row * (size_t)depth);
                first += step;
            }
        }
        model_free(model);
    }
}

/* --- frames as samples again --- */

static int16_t saturate(int32_t x) {
    return (int16_t)(x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x);
}

static void test_overlap_add(void **state) {
    (void)state;
    struct random random = {4};
    for (int n = 0; n < CASES; n++) {
        int32_t size = random_int(&random, 1, 20), frames = 3;
        int32_t step = random_int(&random, 1, size);
        struct signal signal;
        const struct flex_entry entries[2] = {
            {"T", FLEX_INT, TFLITE_TYPE_INT16}, {"frame_step", FLEX_INT, step}};
        start(&signal, "SignalOverlapAdd", entries, 2);
        signal.op.input[0] = samples(3, 2, frames, size);
        signal.op.output[0] = samples(2, 2, frames * step, 0);
        struct test_model *model = open_signal(&signal);
        int16_t sum[2][LIMIT] = {{0}};
        for (int call = 0; call < CALLS; call++) {
            int16_t *input = model_input(model, 0);
            random_fill_s16(&random, input, (size_t)(2 * frames * size));
            for (int32_t i = 0; i < 2 * frames * size; i++) {
                int32_t frame = i / size, b = frame / frames;
                int32_t at = (call * frames + frame % frames) * step + i % size;
                sum[b][at] = saturate(sum[b][at] + input[i]);
            }
            model_run(model);
            const int16_t *output = model_output(model, 0);
            for (int b = 0; b < 2; b++) {
                assert_memory_equal(output + b * frames * step,
                                    sum[b] + call * frames * step,
                                    (size_t)(frames * step) * sizeof *output);
            }
        }
        model_free(model);
    }
}

static void test_overlap_add_float(void **state) {
    (void)state;
    struct signal signal;
    const struct flex_entry entries[2] = {{"T", FLEX_INT, TFLITE_TYPE_FLOAT32},
                                          {"frame_step", FLEX_INT, 2}};
    start(&signal, "SignalOverlapAdd", entries, 2);
    signal.op.input[0] = samples(2, 2, 3, 0);
    signal.op.output[0] = samples(1, 4, 0, 0);
    signal.op.input[0].type = signal.op.output[0].type = TFLITE_TYPE_FLOAT32;
    struct test_model *model = open_signal(&signal);
    const float input[6] = {1, 2, 3, 10, 20, 30};
    const float first[4] = {1, 2, 13, 20}, second[4] = {31, 2, 13, 20};
    for (int call = 0; call < 2; call++) {
        memcpy(model_input(model, 0), input, sizeof input);
        model_run(model);
        assert_memory_equal(model_output(model, 0), call ? second : first,
                            sizeof first);
    }
    model_free(model);
}

static void test_refused(void **state) {
    (void)state;
    struct signal signal;
    struct framer f = {.size = 4, .step = 5, .frames = 1};
    make_framer(&signal, &f);
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalFramer \"output\": "
                                  "frame_step is 5, it must lie within 1..4");
    f.step = 3;
    make_framer(&signal, &f);
    signal.op.input[0].dims[1] = 4;
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalFramer \"output\": there "
                                  "are 4 samples, it must be a multiple of "
                                  "frame_step, 3");
    make_stacker(&signal, 3, 1, 1, 4);
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalStacker \"output\": "
                                  "stacker_step is 4, it must lie within 1..3");
    make_stacker(&signal, 3, 1, 1, 1);
    signal.op.output[0].dims[0] = 8;
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalStacker \"output\": "
                                  "output shape is 8, it must have 9 values");
    const struct flex_entry delay = {"delay_length", FLEX_INT, 0};
    start(&signal, "SignalDelay", &delay, 1);
    signal.op.input[0] = signal.op.output[0] = samples(1, 4, 0, 0);
    op_expect_message(&signal.op,
                      "op 0 CUSTOM:SignalDelay \"output\": delay_length is 0, "
                      "it must lie within 1..32767");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_delay),
        cmocka_unit_test(test_framer),
        cmocka_unit_test(test_stacker),
        cmocka_unit_test(test_overlap_add),
        cmocka_unit_test(test_overlap_add_float),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("signal_stream", tests, NULL, NULL);
}
