/* The operators of the audio front end, each against what it means: integers to
 * the bit where their definition is short, the spectrum and the logarithm
 * against real numbers (to the bit they are held by golden outputs); and what
 * they refuse. */
#include <math.h>
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

enum { CASES = 40, LIMIT = 2048 };

/* An operator with its options. */
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
}

static void add_input(struct signal *signal, int32_t type, int32_t count,
                      const void *data) {
    signal->op.input[signal->op.input_count++] =
        (struct writer_tensor){.type = type, WRITER_SHAPE(count), .data = data};
}

static void add_output(struct signal *signal, int32_t type, int32_t count) {
    signal->op.output[signal->op.output_count++] =
        (struct writer_tensor){.type = type, WRITER_SHAPE(count)};
}

static struct test_model *open_signal(const struct signal *signal) {
    struct test_model *model = model_from_op(&signal->op);
    model_expect_ok(model);
    return model;
}

static int64_t floor_shift(int64_t x, int n) {
    return (int64_t)floor(ldexp((double)x, -n));
}

static void test_window(void **state) {
    (void)state;
    struct random random = {1};
    for (int n = 0; n < CASES; n++) {
        int16_t window[64];
        int32_t size = random_int(&random, 1, 64);
        int shift = random_int(&random, 0, 15);
        random_fill_s16(&random, window, 64);
        struct signal signal;
        struct flex_entry entry = {"shift", FLEX_INT, shift};
        start(&signal, "SignalWindow", &entry, 1);
        add_input(&signal, TFLITE_TYPE_INT16, size, NULL);
        add_input(&signal, TFLITE_TYPE_INT16, size, window);
        add_output(&signal, TFLITE_TYPE_INT16, size);
        struct test_model *model = open_signal(&signal);
        int16_t *input = model_input(model, 0);
        random_fill_s16(&random, input, (size_t)size);
        model_run(model);
        const int16_t *output = model_output(model, 0);
        for (int32_t i = 0; i < size; i++) {
            int64_t y = floor_shift((int64_t)input[i] * window[i], shift);
            y = y < INT16_MIN ? INT16_MIN : y > INT16_MAX ? INT16_MAX : y;
            assert_int_equal(output[i], y);
        }
        model_free(model);
    }
}

static void test_auto_scale(void **state) {
    (void)state;
    static const struct {
        int16_t least, most;
        int bits;
    } cases[] = {{0, 0, 15},     {-1, 1, 14},        {-3, 4, 12},
                 {-100, 3, 8},   {-16384, 5, 0},     {-16383, 5, 1},
                 {3, 32767, 0},  {-32768, 32767, 0}, {-32768, 0, 0},
                 {-32768, 1, 0}, {-32767, -32767, 0}};
    for (size_t n = 0; n < sizeof cases / sizeof cases[0]; n++) {
        struct signal signal;
        start(&signal, "SignalFftAutoScale", NULL, 0);
        add_input(&signal, TFLITE_TYPE_INT16, 3, NULL);
        add_output(&signal, TFLITE_TYPE_INT16, 3);
        signal.op.output[signal.op.output_count++] =
            (struct writer_tensor){.type = TFLITE_TYPE_INT32};
        struct test_model *model = open_signal(&signal);
        const int16_t input[3] = {cases[n].least, 0, cases[n].most};
        memcpy(model_input(model, 0), input, sizeof input);
        model_run(model);
        assert_int_equal(*(const int32_t *)model_output(model, 1),
                         cases[n].bits);
        for (int i = 0; i < 3; i++) {
            assert_int_equal(((const int16_t *)model_output(model, 0))[i],
                             input[i] * (1 << cases[n].bits));
        }
        model_free(model);
    }
}

/* SignalRfft, or SignalIrfft of so many numbers. */
static void make_fft(struct signal *signal, bool inverse, int32_t type,
                     int32_t samples, int32_t length) {
    const struct flex_entry entries[2] = {{"T", FLEX_INT, type},
                                          {"fft_length", FLEX_INT, length}};
    start(signal, inverse ? "SignalIrfft" : "SignalRfft", entries, 2);
    add_input(signal, type, samples, NULL);
    add_output(signal, type, inverse ? length : length + 2);
}

static void make_rfft(struct signal *signal, int32_t samples, int32_t length) {
    make_fft(signal, false, TFLITE_TYPE_INT16, samples, length);
}

static double number_at(int32_t type, const void *data, int32_t i) {
    return type == TFLITE_TYPE_INT16   ? ((const int16_t *)data)[i]
           : type == TFLITE_TYPE_INT32 ? ((const int32_t *)data)[i]
                                       : (double)((const float *)data)[i];
}

/* How large numbers are tried, and how far a result may be off: each stage of
 * integers rounds. */
static const struct {
    int32_t type;
    double most, error;
    bool divides;
} fft_types[] = {{TFLITE_TYPE_INT16, 30000, 5, true},
                 {TFLITE_TYPE_INT32, 2e9, 20, true},
                 {TFLITE_TYPE_FLOAT32, 1, 1e-4, false}};

static void fill_numbers(struct random *random, int t, double share, void *data,
                         int32_t count) {
    for (int32_t i = 0; i < count; i++) {
        const double x = random_int(random, -1000000, 1000000) * 1e-6 * share *
                         fft_types[t].most;
        if (fft_types[t].type == TFLITE_TYPE_INT16) {
            ((int16_t *)data)[i] = (int16_t)x;
        } else if (fft_types[t].type == TFLITE_TYPE_INT32) {
            ((int32_t *)data)[i] = (int32_t)x;
        } else {
            ((float *)data)[i] = (float)x;
        }
    }
}

/* Every length, one with and one without a stage of radix 2. */
static void check_rfft(struct random *random, int t, int32_t length) {
    const int32_t type = fft_types[t].type;
    const double share = fft_types[t].divides ? 1.0 / length : 1;
    int32_t samples = random_int(random, length / 2, length);
    struct signal signal;
    make_fft(&signal, false, type, samples, length);
    struct test_model *model = open_signal(&signal);
    void *input = model_input(model, 0);
    fill_numbers(random, t, 1, input, samples);
    model_run(model);
    const void *output = model_output(model, 0);
    for (int32_t k = 0; k <= length / 2; k++) {
        double re = 0, im = 0;
        for (int32_t i = 0; i < samples; i++) {
            double phase = -2 * acos(-1) * (double)(i * k % length) / length;
            re += number_at(type, input, i) * cos(phase) * share;
            im += number_at(type, input, i) * sin(phase) * share;
        }
        assert_true(fabs(number_at(type, output, 2 * k) - re) <
                    fft_types[t].error);
        assert_true(fabs(number_at(type, output, 2 * k + 1) - im) <
                    fft_types[t].error);
    }
    model_free(model);
}

static void test_rfft(void **state) {
    (void)state;
    struct random random = {3};
    for (int t = 0; t < 3; t++) {
        for (int32_t length = 4; length <= 1024; length *= 2) {
            check_rfft(&random, t, length);
        }
    }
}

/* Samples are sums over the spectrum, divided by the length. */
static void check_irfft(struct random *random, int t, int32_t length) {
    const int32_t type = fft_types[t].type, half = length / 2;
    struct signal signal;
    make_fft(&signal, true, type, length + 2, length);
    struct test_model *model = open_signal(&signal);
    void *input = model_input(model, 0);
    fill_numbers(random, t, 0.25, input, length + 2); /* none wraps around */
    model_run(model);
    const void *output = model_output(model, 0);
    for (int32_t i = 0; i < length; i++) {
        double sum = number_at(type, input, 0) +
                     (i % 2 ? -1 : 1) * number_at(type, input, length);
        for (int32_t k = 1; k < half; k++) {
            double phase = 2 * acos(-1) * (double)(i * k % length) / length;
            sum += 2 * number_at(type, input, 2 * k) * cos(phase) -
                   2 * number_at(type, input, 2 * k + 1) * sin(phase);
        }
        assert_true(fabs(number_at(type, output, i) - sum / length) <
                    fft_types[t].error);
    }
    model_free(model);
}

static void test_irfft(void **state) {
    (void)state;
    struct random random = {4};
    for (int t = 0; t < 3; t++) {
        for (int32_t length = 4; length <= 1024; length *= 2) {
            check_irfft(&random, t, length);
        }
    }
}

static void test_energy(void **state) {
    (void)state;
    const struct flex_entry entries[2] = {{"end_index", FLEX_INT, 3},
                                          {"start_index", FLEX_INT, 1}};
    struct signal signal;
    start(&signal, "SignalEnergy", entries, 2);
    add_input(&signal, TFLITE_TYPE_INT16, 8, NULL);
    add_output(&signal, TFLITE_TYPE_UINT32, 4);
    struct test_model *model = open_signal(&signal);
    const int16_t input[8] = {1, 2, -32768, -32768, 3, -4, 5, 6};
    const uint32_t energy[4] = {0, UINT32_C(2147483648), 25, 0};
    memcpy(model_input(model, 0), input, sizeof input);
    model_run(model);
    assert_memory_equal(model_output(model, 0), energy, sizeof energy);
    model_free(model);
}

/* --- the filter bank --- */

static const int16_t weights[6] = {10, 20, 30, 40, 50, 60};
static const int16_t unweights[6] = {5, 4, 3, 2, 1, -7};
static const int16_t frequency_starts[3] = {1, 2, 4};
static const int16_t weight_starts[3] = {0, 1, 4};
static const int16_t widths[3] = {1, 3, 2};

static void make_bank(struct signal *signal, const int16_t starts[3]) {
    const struct flex_entry entry = {"num_channels", FLEX_INT, 2};
    start(signal, "SignalFilterBank", &entry, 1);
    add_input(signal, TFLITE_TYPE_UINT32, 6, NULL);
    add_input(signal, TFLITE_TYPE_INT16, 6, weights);
    add_input(signal, TFLITE_TYPE_INT16, 6, unweights);
    add_input(signal, TFLITE_TYPE_INT16, 3, starts);
    add_input(signal, TFLITE_TYPE_INT16, 3, weight_starts);
    add_input(signal, TFLITE_TYPE_INT16, 3, widths);
    add_output(signal, TFLITE_TYPE_UINT64, 2);
}

static void test_filter_bank(void **state) {
    (void)state;
    struct signal signal;
    make_bank(&signal, frequency_starts);
    struct test_model *model = open_signal(&signal);
    const uint64_t e[6] = {7, UINT32_MAX, 11, 13, UINT32_MAX, 17};
    for (int i = 0; i < 6; i++) {
        ((uint32_t *)model_input(model, 0))[i] = (uint32_t)e[i];
    }
    model_run(model);
    /* Channel 0 is the falling side of entry 0 and the rising one of 1. */
    const uint64_t expected[2] = {5 * e[1] + 20 * e[2] + 30 * e[3] + 40 * e[4],
                                  4 * e[2] + 3 * e[3] + 2 * e[4] + 50 * e[4] +
                                      60 * e[5]};
    assert_memory_equal(model_output(model, 0), expected, sizeof expected);
    model_free(model);
}

static void test_square_root(void **state) {
    (void)state;
    static const uint64_t x[] = {0,
                                 1,
                                 2,
                                 3,
                                 6,
                                 7,
                                 UINT64_C(4294967295),
                                 UINT64_C(4294967296),
                                 UINT64_C(18446744073709551615)};
    static const uint32_t root[] = {0, 1, 1, 2, 2, 3, 65535, 65536, UINT32_MAX};
    enum { COUNT = sizeof x / sizeof x[0] };
    for (int bits = 0; bits < 3; bits++) {
        struct signal signal;
        start(&signal, "SignalFilterBankSquareRoot", NULL, 0);
        add_input(&signal, TFLITE_TYPE_UINT64, COUNT, NULL);
        signal.op.input[signal.op.input_count++] =
            (struct writer_tensor){.type = TFLITE_TYPE_INT32};
        add_output(&signal, TFLITE_TYPE_UINT32, COUNT);
        struct test_model *model = open_signal(&signal);
        memcpy(model_input(model, 0), x, sizeof x);
        *(int32_t *)model_input(model, 1) = bits;
        model_run(model);
        for (int i = 0; i < COUNT; i++) {
            assert_int_equal(((const uint32_t *)model_output(model, 0))[i],
                             root[i] >> bits);
        }
        model_free(model);
    }
}

/* --- what follows the filter bank --- */

enum { CHANNELS = 5 };

static void make_subtraction(struct signal *signal, bool clamps) {
    const struct flex_entry entries[9] = {
        {"alternate_one_minus_smoothing", FLEX_INT, 15401},
        {"alternate_smoothing", FLEX_INT, 983},
        {"clamping", FLEX_BOOL, clamps},
        {"min_signal_remaining", FLEX_INT, 819},
        {"num_channels", FLEX_INT, CHANNELS},
        {"one_minus_smoothing", FLEX_INT, 15974},
        {"smoothing", FLEX_INT, 410},
        {"smoothing_bits", FLEX_INT, 10},
        {"spectral_subtraction_bits", FLEX_INT, 14}};
    start(signal, "SignalFilterBankSpectralSubtraction", entries, 9);
    add_input(signal, TFLITE_TYPE_UINT32, CHANNELS, NULL);
    add_output(signal, TFLITE_TYPE_UINT32, CHANNELS);
    add_output(signal, TFLITE_TYPE_UINT32, CHANNELS);
}

static void test_subtraction(void **state) {
    (void)state;
    struct random random = {4};
    for (int clamps = 0; clamps < 2; clamps++) {
        struct signal signal;
        make_subtraction(&signal, clamps);
        struct test_model *model = open_signal(&signal);
        double noise[CHANNELS] = {0};
        for (int frame = 0; frame < 30; frame++) {
            uint32_t *input = model_input(model, 0);
            for (int c = 0; c < CHANNELS; c++) {
                input[c] = (uint32_t)random_int(&random, 0, 4000000);
            }
            model_run(model);
            for (int c = 0; c < CHANNELS; c++) {
                double s = c % 2 ? 983 : 410, o = c % 2 ? 15401 : 15974;
                double signal_up = 1024.0 * input[c];
                noise[c] = floor((signal_up * s + noise[c] * o) / 16384);
                double taken = noise[c] < signal_up ? noise[c] : signal_up;
                noise[c] = clamps ? taken : noise[c];
                double rest = floor((signal_up - taken) / 1024);
                double least = floor(input[c] * 819.0 / 16384);
                assert_true(((const uint32_t *)model_output(model, 0))[c] ==
                            (rest > least ? rest : least));
                assert_true(((const uint32_t *)model_output(model, 1))[c] ==
                            noise[c]);
            }
        }
        model_free(model);
    }
}

/* A gain of 2^-6 for everything: what is left is the compression. */
static void test_pcan(void **state) {
    (void)state;
    int16_t gain[125] = {0};
    for (int i = 0; i < 125; i++) {
        gain[i] = i < 2 || (i - 2) % 4 == 0 ? 64 : 0;
    }
    const struct flex_entry entry = {"snr_shift", FLEX_INT, 6};
    struct signal signal;
    start(&signal, "SignalPCAN", &entry, 1);
    add_input(&signal, TFLITE_TYPE_UINT32, 6, NULL);
    add_input(&signal, TFLITE_TYPE_UINT32, 6, NULL);
    add_input(&signal, TFLITE_TYPE_INT16, 125, gain);
    add_output(&signal, TFLITE_TYPE_UINT32, 6);
    struct test_model *model = open_signal(&signal);
    const uint32_t input[6] = {0, 1024, 4096, 8191, 8192, 1000000};
    const uint32_t noise[6] = {0, 1, 2, 3, 70000, UINT32_MAX};
    const uint32_t expected[6] = {0, 1, 16, 63, 64, 15561};
    memcpy(model_input(model, 0), input, sizeof input);
    memcpy(model_input(model, 1), noise, sizeof noise);
    model_run(model);
    assert_memory_equal(model_output(model, 0), expected, sizeof expected);
    model_free(model);
}

/* Between two powers of two the gain is a parabola through its ends. */
static void test_pcan_interpolates(void **state) {
    (void)state;
    int16_t gain[125] = {0};
    gain[4 * 11 - 6] = 1000; /* noise of 11 bits: 1024 to 2047 */
    gain[4 * 11 - 5] = -600;
    gain[4 * 11 - 4] = 200;
    const struct flex_entry entry = {"snr_shift", FLEX_INT, 0};
    struct signal signal;
    start(&signal, "SignalPCAN", &entry, 1);
    add_input(&signal, TFLITE_TYPE_UINT32, 1, NULL);
    add_input(&signal, TFLITE_TYPE_UINT32, 1, NULL);
    add_input(&signal, TFLITE_TYPE_INT16, 125, gain);
    add_output(&signal, TFLITE_TYPE_UINT32, 1);
    struct test_model *model = open_signal(&signal);
    for (uint32_t noise = 1024; noise < 2048; noise++) {
        *(uint32_t *)model_input(model, 0) = 1000;
        *(uint32_t *)model_input(model, 1) = noise;
        model_run(model);
        double t = (noise - 1024) / 1024.0;
        double exact = 1000 - 600 * t + 200 * t * t;
        double found =
            (*(const uint32_t *)model_output(model, 0) + 64) * 64 / 1000.0;
        assert_true(fabs(found - exact) < 1);
    }
    model_free(model);
}

static void test_log(void **state) {
    (void)state;
    const struct flex_entry entries[2] = {
        {"input_correction_bits", FLEX_INT, 3}, {"output_scale", FLEX_INT, 64}};
    struct random random = {6};
    struct signal signal;
    start(&signal, "SignalFilterBankLog", entries, 2);
    add_input(&signal, TFLITE_TYPE_UINT32, LIMIT, NULL);
    add_output(&signal, TFLITE_TYPE_INT16, LIMIT);
    struct test_model *model = open_signal(&signal);
    uint32_t *input = model_input(model, 0);
    for (int i = 0; i < LIMIT; i++) {
        input[i] = (uint32_t)random_int(&random, 0, (1 << 29) - 1) >>
                   random_int(&random, 0, 28);
    }
    input[0] = 0;
    model_run(model);
    const int16_t *output = model_output(model, 0);
    assert_int_equal(output[0], 0);
    for (int i = 1; i < LIMIT; i++) {
        double exact = input[i] ? 64 * log(8.0 * input[i]) : 0;
        assert_true(fabs(output[i] - exact) <= 1);
    }
    model_free(model);
}

/* --- what is refused --- */

static void test_refused(void **state) {
    (void)state;
    struct signal signal;
    make_rfft(&signal, 10, 12);
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalRfft \"output\": "
                                  "fft_length is 12, it must be a power of two "
                                  "from 4 to 32768");
    make_rfft(&signal, 20, 16);
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalRfft \"output\": there "
                                  "are 20 samples, fft_length is 16");
    make_rfft(&signal, 16, 16);
    signal.op.output[0].dims[0] = 17;
    op_expect_message(&signal.op,
                      "op 0 CUSTOM:SignalRfft \"output\": output 0 is declared "
                      "17, its inputs give 18");
    const struct flex_entry floats[2] = {{"T", FLEX_INT, TFLITE_TYPE_FLOAT32},
                                         {"fft_length", FLEX_INT, 16}};
    make_rfft(&signal, 16, 16);
    signal.op.custom_options_size = flex_map(signal.options, 4, floats, 2);
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalRfft \"output\": T is "
                                  "FLOAT32, the input is INT16");
    make_fft(&signal, true, TFLITE_TYPE_INT8, 18, 16);
    op_expect_message(&signal.op,
                      "op 0 CUSTOM:SignalIrfft \"output\": input type is INT8, "
                      "allowed: FLOAT32, INT32, INT16");
    make_fft(&signal, true, TFLITE_TYPE_INT32, 16, 16);
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalIrfft \"output\": the "
                                  "spectrum has 16 numbers, fft_length is 16, "
                                  "which takes 18");
    const int16_t outside[3] = {1, 2, 5};
    make_bank(&signal, outside);
    op_expect_message(&signal.op,
                      "op 0 CUSTOM:SignalFilterBank \"output\": channel 2 "
                      "takes 2 energies from 5 and weights from 4, there are 6 "
                      "and 6");
    make_subtraction(&signal, false);
    signal.op.input[0].dims[0] = 4;
    op_expect_message(&signal.op,
                      "op 0 CUSTOM:SignalFilterBankSpectralSubtraction "
                      "\"output\": input shape is 4, it must have 5 values");
    const struct flex_entry shift = {"shift", FLEX_INT, 32};
    start(&signal, "SignalWindow", &shift, 1);
    add_input(&signal, TFLITE_TYPE_INT16, 6, NULL);
    add_input(&signal, TFLITE_TYPE_INT16, 6, weights);
    add_output(&signal, TFLITE_TYPE_INT16, 6);
    op_expect_message(&signal.op, "op 0 CUSTOM:SignalWindow \"output\": shift "
                                  "is 32, it must lie within 0..31");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_window),
        cmocka_unit_test(test_auto_scale),
        cmocka_unit_test(test_rfft),
        cmocka_unit_test(test_irfft),
        cmocka_unit_test(test_energy),
        cmocka_unit_test(test_filter_bank),
        cmocka_unit_test(test_square_root),
        cmocka_unit_test(test_subtraction),
        cmocka_unit_test(test_pcan),
        cmocka_unit_test(test_pcan_interpolates),
        cmocka_unit_test(test_log),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("signal", tests, NULL, NULL);
}
