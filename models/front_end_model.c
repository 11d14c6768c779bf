/* See front_end_model.h. */
#include "front_end_model.h"

#include <stdlib.h>

#include "allocate.h"
#include "flex_map.h"
#include "random.h"
#include "tflite_options.h"
#include "tflite_writer.h"

enum {
    FFT_SIZE = 256,
    BINS = FFT_SIZE / 2 + 1,
    LOWEST = 125, /* Hz */
    HIGHEST = 3800,
    WINDOW_BITS = 12,
    FILTER_BITS = 12,
    CORRECTION_BITS = 2, /* log2 of FFT_SIZE, less 12 / 2 */
    SMOOTHING_BITS = 10,
    SUBTRACTION_BITS = 14,
    GAIN_BITS = 21,
    SNR_BITS = 12,
    LOG_SCALE = 64 /* units of the logarithm */
};

/* 64 units of the natural logarithm are 24.4 of these. */
const struct quantized feature_quantized = {2.625f / LOG_SCALE, -128};

static const double pi = 3.14159265358979323846;

/* ln x for x > 0: Newton's method on exp. */
static double exact_log(double x) {
    double y = 0;
    for (int i = 0; i < 60; i++) {
        y += 2 * (x - exact_exp(y)) / (x + exact_exp(y));
    }
    return y;
}

static double mel(double frequency) {
    return 1127 * exact_log(1 + frequency / 700);
}

static int16_t round_s16(double x) {
    return (int16_t)floor(x + 0.5);
}

/* --- the network, an operator after the other --- */

struct chain {
    struct writer *writer;
    int32_t last[2]; /* what the last operator made */
};

static int32_t add_constant(struct chain *chain, const char *name,
                            const int16_t *data, int count) {
    return writer_tensor(chain->writer,
                         &(struct writer_tensor){.name = name,
                                                 .type = TFLITE_TYPE_INT16,
                                                 WRITER_SHAPE(count),
                                                 .data = data});
}

static int32_t add_vector(struct chain *chain, const char *name, int32_t type,
                          int count) {
    return writer_tensor(chain->writer,
                         &(struct writer_tensor){
                             .name = name, .type = type, WRITER_SHAPE(count)});
}

/* A Signal operator, whose first output becomes last[0]. */
static void add_signal(struct chain *chain, const char *code,
                       struct writer_list inputs, struct writer_list outputs,
                       const struct flex_entry *option, int option_count) {
    uint8_t options[FLEX_MAP_BYTES];
    const size_t size = flex_map(options, 4, option, option_count);
    writer_add_op(chain->writer,
                  &(struct writer_op){.code = TFLITE_CUSTOM,
                                      .custom_code = code,
                                      .inputs = inputs,
                                      .outputs = outputs,
                                      .custom_options = options,
                                      .custom_options_size = size});
    chain->last[0] = outputs.item[0];
}

static void add_spectrum(struct chain *chain) {
    int16_t window[FEATURE_WINDOW];
    for (int i = 0; i < FEATURE_WINDOW; i++) {
        const double hann =
            0.5 +
            0.5 * exact_sin(pi / 2 +
                            pi * fabs(2 * (i + 0.5) / FEATURE_WINDOW - 1));
        window[i] = round_s16(hann * (1 << WINDOW_BITS));
    }
    const int32_t hann = add_constant(chain, "hann", window, FEATURE_WINDOW);
    const int32_t faded =
        add_vector(chain, "faded", TFLITE_TYPE_INT16, FEATURE_WINDOW);
    add_signal(chain, "SignalWindow", WRITER_LIST(chain->last[0], hann),
               WRITER_LIST(faded),
               &(struct flex_entry){"shift", FLEX_INT, WINDOW_BITS}, 1);
    const int32_t scaled =
        add_vector(chain, "scaled", TFLITE_TYPE_INT16, FEATURE_WINDOW);
    const int32_t bits = writer_tensor(
        chain->writer, &(struct writer_tensor){.name = "scale_bits",
                                               .type = TFLITE_TYPE_INT32});
    add_signal(chain, "SignalFftAutoScale", WRITER_LIST(chain->last[0]),
               WRITER_LIST(scaled, bits), NULL, 0);
    chain->last[1] = bits;
    const int32_t spectrum =
        add_vector(chain, "spectrum", TFLITE_TYPE_INT16, 2 * BINS);
    const struct flex_entry rfft[] = {{"T", FLEX_INT, TFLITE_TYPE_INT16},
                                      {"fft_length", FLEX_INT, FFT_SIZE}};
    add_signal(chain, "SignalRfft", WRITER_LIST(chain->last[0]),
               WRITER_LIST(spectrum), rfft, 2);
}

/* The triangles: segment c lies between centres c - 1 and c; what an energy
 * there does not give to the channel that ends, it gives to the one that
 * begins. */
struct bank {
    int16_t weight[BINS], rest[BINS];
    int16_t from[FEATURE_BANDS + 1], at[FEATURE_BANDS + 1];
    int16_t width[FEATURE_BANDS + 1];
    int count, first;
};

static void make_bank(struct bank *bank) {
    const double low = mel(LOWEST);
    const double spacing = (mel(HIGHEST) - low) / (FEATURE_BANDS + 1);
    int bin = 1;
    *bank = (struct bank){.count = 0};
    while (mel((double)bin * SPEECH_RATE / FFT_SIZE) < low) {
        bin++;
    }
    bank->first = bin;
    for (int c = 0; c <= FEATURE_BANDS; c++) {
        const double end = low + (c + 1) * spacing;
        bank->from[c] = (int16_t)bin;
        bank->at[c] = (int16_t)bank->count;
        for (; mel((double)bin * SPEECH_RATE / FFT_SIZE) < end; bin++) {
            const double here = mel((double)bin * SPEECH_RATE / FFT_SIZE);
            const int one = 1 << FILTER_BITS;
            const int16_t weight = round_s16((end - here) / spacing * one);
            bank->weight[bank->count] = weight;
            bank->rest[bank->count++] = (int16_t)(one - weight);
            bank->width[c]++;
        }
    }
}

static void add_bank(struct chain *chain) {
    struct bank bank;
    make_bank(&bank);
    const int32_t energy =
        add_vector(chain, "energy", TFLITE_TYPE_UINT32, BINS);
    const struct flex_entry range[] = {
        {"start_index", FLEX_INT, bank.first},
        {"end_index", FLEX_INT, bank.first + bank.count}};
    add_signal(chain, "SignalEnergy", WRITER_LIST(chain->last[0]),
               WRITER_LIST(energy), range, 2);
    const int lists = FEATURE_BANDS + 1;
    const int32_t inputs[] = {
        chain->last[0],
        add_constant(chain, "bank/weights", bank.weight, bank.count),
        add_constant(chain, "bank/rests", bank.rest, bank.count),
        add_constant(chain, "bank/from", bank.from, lists),
        add_constant(chain, "bank/at", bank.at, lists),
        add_constant(chain, "bank/widths", bank.width, lists)};
    const int32_t sums =
        add_vector(chain, "bank", TFLITE_TYPE_UINT64, FEATURE_BANDS);
    add_signal(chain, "SignalFilterBank", (struct writer_list){inputs, 6},
               WRITER_LIST(sums),
               &(struct flex_entry){"num_channels", FLEX_INT, FEATURE_BANDS},
               1);
    const int32_t roots =
        add_vector(chain, "roots", TFLITE_TYPE_UINT32, FEATURE_BANDS);
    add_signal(chain, "SignalFilterBankSquareRoot",
               WRITER_LIST(chain->last[0], chain->last[1]), WRITER_LIST(roots),
               NULL, 0);
}

/* Noise is a mean that follows at 1/40 a step, in every other channel at 3/50;
 * 1/20 of the signal stays. */
static void add_subtraction(struct chain *chain) {
    const double one = 1 << SUBTRACTION_BITS;
    const int32_t signal =
        add_vector(chain, "signal", TFLITE_TYPE_UINT32, FEATURE_BANDS);
    const int32_t noise =
        add_vector(chain, "noise", TFLITE_TYPE_UINT32, FEATURE_BANDS);
    const struct flex_entry option[] = {
        {"num_channels", FLEX_INT, FEATURE_BANDS},
        {"smoothing", FLEX_INT, floor(one * 0.025)},
        {"one_minus_smoothing", FLEX_INT, one - floor(one * 0.025)},
        {"alternate_smoothing", FLEX_INT, floor(one * 0.06)},
        {"alternate_one_minus_smoothing", FLEX_INT, one - floor(one * 0.06)},
        {"min_signal_remaining", FLEX_INT, floor(one * 0.05)},
        {"smoothing_bits", FLEX_INT, SMOOTHING_BITS},
        {"spectral_subtraction_bits", FLEX_INT, SUBTRACTION_BITS},
        {"clamping", FLEX_BOOL, 0}};
    add_signal(chain, "SignalFilterBankSpectralSubtraction",
               WRITER_LIST(chain->last[0]), WRITER_LIST(signal, noise), option,
               sizeof option / sizeof *option);
    chain->last[1] = noise;
}

/* (noise + 80)^-0.95. */
static double gain_of(double noise) {
    const double x = noise / (1 << (SMOOTHING_BITS - CORRECTION_BITS)) + 80;
    const double gain =
        (1 << GAIN_BITS) * exact_exp(-0.95 * exact_log(x)) + 0.5;
    return floor(gain < INT16_MAX ? gain : INT16_MAX);
}

/* Of 0, of 1, and for each further power of two start, slope and bend of a
 * parabola through the gains at its ends and in its middle. */
static void add_gain(struct chain *chain) {
    enum { GAINS = 125, LONGEST = 32 };
    int16_t gain[GAINS] = {0};
    gain[0] = (int16_t)gain_of(0);
    gain[1] = (int16_t)gain_of(1);
    for (int bits = 2; bits <= LONGEST; bits++) {
        const double start = ldexp(1, bits - 1);
        const double y = gain_of(start);
        const double half = gain_of(1.5 * start) - y;
        const double whole =
            gain_of(bits == LONGEST ? 2 * start - 1 : 2 * start) - y;
        const double slope = 4 * half - whole;
        gain[4 * bits - 6] = (int16_t)y;
        gain[4 * bits - 5] = (int16_t)slope;
        gain[4 * bits - 4] = (int16_t)(whole - slope);
    }
    const int32_t table = add_constant(chain, "gains", gain, GAINS);
    const int32_t even =
        add_vector(chain, "even", TFLITE_TYPE_UINT32, FEATURE_BANDS);
    const int shift = GAIN_BITS - CORRECTION_BITS - SNR_BITS;
    add_signal(chain, "SignalPCAN",
               WRITER_LIST(chain->last[0], chain->last[1], table),
               WRITER_LIST(even),
               &(struct flex_entry){"snr_shift", FLEX_INT, shift}, 1);
}

static void add_features(struct chain *chain) {
    const int32_t logarithm = writer_tensor(
        chain->writer, &(struct writer_tensor){.name = "logarithm",
                                               .type = TFLITE_TYPE_INT16,
                                               WRITER_SHAPE(FEATURE_BANDS),
                                               .scale = 1.0f / LOG_SCALE});
    const struct flex_entry option[] = {
        {"output_scale", FLEX_INT, LOG_SCALE},
        {"input_correction_bits", FLEX_INT, CORRECTION_BITS}};
    add_signal(chain, "SignalFilterBankLog", WRITER_LIST(chain->last[0]),
               WRITER_LIST(logarithm), option, 2);
    const int32_t features = writer_tensor(
        chain->writer,
        &(struct writer_tensor){.name = "features",
                                .type = TFLITE_TYPE_INT8,
                                WRITER_SHAPE(FEATURE_BANDS),
                                .scale = feature_quantized.scale,
                                .zero_point = feature_quantized.zero_point});
    writer_operator(chain->writer, TFLITE_QUANTIZE, WRITER_LIST(logarithm),
                    WRITER_LIST(features),
                    options_empty(TFLITE_OPTIONS_QUANTIZE));
    chain->last[0] = features;
}

uint8_t *front_end_make(size_t *size) {
    struct chain chain = {.writer = writer_new()};
    const int32_t sound =
        add_vector(&chain, "sound", TFLITE_TYPE_INT16, FEATURE_WINDOW);
    writer_description(chain.writer, "30 ms of sound as 32 features");
    writer_inputs(chain.writer, WRITER_LIST(sound));
    chain.last[0] = sound;
    add_spectrum(&chain);
    add_bank(&chain);
    add_subtraction(&chain);
    add_gain(&chain);
    add_features(&chain);
    writer_outputs(chain.writer, WRITER_LIST(chain.last[0]));
    uint8_t *bytes = writer_finish(chain.writer, size);
    writer_free(chain.writer);
    return bytes;
}
