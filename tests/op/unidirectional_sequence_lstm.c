/* UNIDIRECTIONAL_SEQUENCE_LSTM against its definition, a batch, a step and a
 * gate at a time, and what it refuses. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "model.h"
#include "random.h"
#include "reference.h"

enum { CASES = 90, FRAMES = 4, LIMIT = 512, GATES = 4 };

enum kind { S8, S16, F32 };

/* Gates in the file's order. */
enum gate { INPUT_GATE, FORGET_GATE, CELL_GATE, OUTPUT_GATE };

struct lstm {
    enum kind kind;
    bool time_major;
    int32_t batches, steps, inputs, units;
    float clip;
    float input_scale, hidden_scale, cell_scale;
    int cell_exponent;
    float input_weight_scale[GATES], hidden_weight_scale[GATES];
    int32_t input_zero, hidden_zero;
    int8_t input_s8[GATES][LIMIT], hidden_s8[GATES][LIMIT];
    float input_f32[GATES][LIMIT], hidden_f32[GATES][LIMIT];
    int32_t bias_s32[GATES][LIMIT];
    int64_t bias_s64[GATES][LIMIT];
    float bias_f32[GATES][LIMIT];
    double hidden[LIMIT], cell[LIMIT]; /* stored values, as doubles */
};

static void fill(struct random *random, struct lstm *l) {
    for (int g = 0; g < GATES; g++) {
        l->input_weight_scale[g] = random_float(random, 0.003, 0.03);
        l->hidden_weight_scale[g] = random_float(random, 0.003, 0.03);
        for (int i = 0; i < LIMIT; i++) {
            l->input_s8[g][i] = (int8_t)random_int(random, -127, 127);
            l->hidden_s8[g][i] = (int8_t)random_int(random, -127, 127);
            l->input_f32[g][i] = random_float(random, -1, 1);
            l->hidden_f32[g][i] = random_float(random, -1, 1);
            l->bias_s32[g][i] = random_int(random, -30000, 30000);
            l->bias_s64[g][i] = random_int(random, -3000000, 3000000);
            l->bias_f32[g][i] = random_float(random, -1, 1);
        }
    }
    for (int i = 0; i < LIMIT; i++) {
        l->hidden[i] = l->kind == F32 ? 0 : l->hidden_zero;
        l->cell[i] = 0;
    }
}

static struct lstm *random_lstm(struct random *random) {
    struct lstm *l = allocate(1, sizeof *l);
    l->kind = (enum kind)random_int(random, 0, 2);
    l->time_major = random_int(random, 0, 1);
    l->batches = random_int(random, 1, 3);
    l->steps = random_int(random, 1, 4);
    l->inputs = random_int(random, 1, 9);
    l->units = random_int(random, 1, 8);
    l->clip = random_int(random, 0, 1) ? 0 : random_float(random, 0.1, 20);
    l->input_scale = random_float(random, 0.005, 0.05);
    l->hidden_scale = random_float(random, 0.004, 0.01);
    if (l->kind == S16) {
        l->input_scale /= 256;
        l->hidden_scale /= 256;
    }
    l->cell_exponent = random_int(random, -15, -9);
    l->cell_scale = ldexpf(1, l->cell_exponent);
    bool has_zeros = l->kind == S8;
    l->input_zero = has_zeros ? random_int(random, -128, 127) : 0;
    l->hidden_zero = has_zeros ? random_int(random, -20, 20) : 0;
    fill(random, l);
    return l;
}

static int32_t data_type(const struct lstm *l) {
    return l->kind == S8    ? TFLITE_TYPE_INT8
           : l->kind == S16 ? TFLITE_TYPE_INT16
                            : TFLITE_TYPE_FLOAT32;
}

static const void *either(const struct lstm *l, const void *integers,
                          const void *floats) {
    return l->kind == F32 ? floats : integers;
}

static void add_gate(const struct lstm *l, int g, struct test_op *op) {
    int32_t type = l->kind == F32 ? TFLITE_TYPE_FLOAT32 : TFLITE_TYPE_INT8;
    float unit = l->kind == F32 ? 0 : 1;
    op->input[1 + g] = (struct writer_tensor){
        .type = type,
        WRITER_SHAPE(l->units, l->inputs),
        .scale = unit * l->input_weight_scale[g],
        .data = either(l, l->input_s8[g], l->input_f32[g])};
    op->input[5 + g] = (struct writer_tensor){
        .type = type,
        WRITER_SHAPE(l->units, l->units),
        .scale = unit * l->hidden_weight_scale[g],
        .data = either(l, l->hidden_s8[g], l->hidden_f32[g])};
    op->input[12 + g] = (struct writer_tensor){
        .type = l->kind == S8    ? TFLITE_TYPE_INT32
                : l->kind == S16 ? TFLITE_TYPE_INT64
                                 : TFLITE_TYPE_FLOAT32,
        WRITER_SHAPE(l->units),
        .data = l->kind == S8    ? (const void *)l->bias_s32[g]
                : l->kind == S16 ? (const void *)l->bias_s64[g]
                                 : (const void *)l->bias_f32[g]};
}

static struct test_op make_op(const struct lstm *l) {
    float unit = l->kind == F32 ? 0 : 1;
    int32_t first = l->time_major ? l->steps : l->batches;
    int32_t second = l->time_major ? l->batches : l->steps;
    struct test_op op = {.code = TFLITE_UNIDIRECTIONAL_SEQUENCE_LSTM,
                         .options = options_unidirectional_sequence_lstm(
                             TFLITE_ACT_TANH, l->clip, 0, l->time_major),
                         .input_count = 24,
                         .omitted = 7u << 9 | 3u << 16 | 15u << 20,
                         .output_count = 1};
    op.input[0] = (struct writer_tensor){.type = data_type(l),
                                         WRITER_SHAPE(first, second, l->inputs),
                                         .scale = unit * l->input_scale,
                                         .zero_point = l->input_zero};
    for (int g = 0; g < GATES; g++) {
        add_gate(l, g, &op);
    }
    op.input[18] = (struct writer_tensor){.type = data_type(l),
                                          WRITER_SHAPE(l->batches, l->units),
                                          .scale = unit * l->hidden_scale,
                                          .zero_point = l->hidden_zero,
                                          .is_variable = true};
    op.input[19] = (struct writer_tensor){
        .type = l->kind == F32 ? TFLITE_TYPE_FLOAT32 : TFLITE_TYPE_INT16,
        WRITER_SHAPE(l->batches, l->units),
        .scale = unit * l->cell_scale,
        .is_variable = true};
    op.output[0] = (struct writer_tensor){.type = data_type(l),
                                          WRITER_SHAPE(first, second, l->units),
                                          .scale = unit * l->hidden_scale,
                                          .zero_point = l->hidden_zero};
    return op;
}

/* --- the definition --- */

static int64_t saturate(int64_t x) {
    return x < INT16_MIN ? INT16_MIN : x > INT16_MAX ? INT16_MAX : x;
}

static int64_t scaled(int64_t x, double factor) {
    return reference_multiply(x, reference_factor(factor));
}

/* A product in Q3.12 and 16 bits. */
static int64_t gate_product(const struct lstm *l, int64_t sum, float data_scale,
                            float weight_scale) {
    float product = data_scale * weight_scale;
    struct reference_factor factor = reference_factor((double)product * 4096);
    return saturate(l->kind == S16 ? reference_multiply_s64(sum, factor)
                                   : reference_multiply(sum, factor));
}

/* Linear interpolation in a table of the logistic function at steps of 1/24,
 * whose entries are raised by half of what chords lie too low at most. */
static double table_entry(int i) {
    double y = 1 / (1 + exp(-i / 24.0)), bend = y * (1 - y) * (2 * y - 1);
    return i >= 255 ? 65535 : floor(65536 * (y + bend / (16 * 24 * 24)) + 0.5);
}

/* 2^16 times the logistic function of |x| / (24 * per_step), less a half. */
static double interpolated(int64_t x, int64_t per_step) {
    int64_t magnitude = x < 0 ? -x : x, i = magnitude / per_step;
    double low = table_entry((int)i), high = table_entry((int)i + 1);
    return low +
           (high - low) * (double)(magnitude % per_step) / (double)per_step -
           32768;
}

static int64_t logistic(int64_t x) {
    double y = x / 512 >= 255 || x / 512 <= -255 ? 32766 : interpolated(x, 512);
    int64_t half = (int64_t)floor(y * 512 + 512) / 1024;
    return x < 0 ? 16384 - half : 16384 + half;
}

static int64_t hyperbolic_tangent(int64_t x) {
    double y = x / 256 >= 255 || x / 256 <= -255 ? 32767 : interpolated(x, 256);
    int64_t magnitude = (int64_t)floor(y * 256 + 128) / 256;
    return x < 0 ? -magnitude : magnitude;
}

static double gate_f32(const struct lstm *l, enum gate g, int32_t u,
                       const double *input, const double *hidden) {
    double sum = (double)l->bias_f32[g][u];
    for (int32_t i = 0; i < l->inputs; i++) {
        sum += input[i] * (double)l->input_f32[g][u * l->inputs + i];
    }
    for (int32_t i = 0; i < l->units; i++) {
        sum += hidden[i] * (double)l->hidden_f32[g][u * l->units + i];
    }
    return g == CELL_GATE ? tanh(sum) : 1 / (1 + exp(-sum));
}

static double gate_value(const struct lstm *l, enum gate g, int32_t u,
                         const double *input, const double *hidden) {
    if (l->kind == F32) {
        return gate_f32(l, g, u, input, hidden);
    }
    int64_t a = l->kind == S8 ? l->bias_s32[g][u] : l->bias_s64[g][u], b = 0;
    for (int32_t i = 0; i < l->inputs; i++) {
        a += ((int64_t)input[i] - l->input_zero) *
             l->input_s8[g][u * l->inputs + i];
    }
    for (int32_t i = 0; i < l->units; i++) {
        b += ((int64_t)hidden[i] - l->hidden_zero) *
             l->hidden_s8[g][u * l->units + i];
    }
    int64_t sum = saturate(
        gate_product(l, a, l->input_scale, l->input_weight_scale[g]) +
        gate_product(l, b, l->hidden_scale, l->hidden_weight_scale[g]));
    return (double)(g == CELL_GATE ? hyperbolic_tangent(sum * 3)
                                   : logistic(sum * 3));
}

static double next_hidden_f32(const struct lstm *l, const double gate[GATES],
                              double *cell) {
    double sum = gate[FORGET_GATE] * *cell + gate[INPUT_GATE] * gate[CELL_GATE];
    if (l->clip > 0) {
        sum = fmax(-(double)l->clip, fmin((double)l->clip, sum));
    }
    *cell = sum;
    return tanh(sum) * gate[OUTPUT_GATE];
}

static double next_hidden(const struct lstm *l, const double gate[GATES],
                          double *cell) {
    if (l->kind == F32) {
        return next_hidden_f32(l, gate, cell);
    }
    double scale = (double)l->cell_scale;
    int64_t sum = saturate(
        saturate(scaled((int64_t)(gate[FORGET_GATE] * *cell), 1.0 / 32768)) +
        saturate(scaled((int64_t)(gate[INPUT_GATE] * gate[CELL_GATE]),
                        1.0 / 32768 / 32768 / scale)));
    if (l->clip > 0) {
        int64_t clip = saturate((int64_t)((double)l->clip / scale));
        sum = sum > clip ? clip : sum < -clip ? -clip : sum;
    }
    *cell = (double)sum;
    /* As the table's argument: times 3, in units of 2^-12. */
    int64_t argument = sum * 3;
    int shift = -12 - l->cell_exponent;
    argument = shift > 0 ? (int64_t)floor((double)argument / (1 << shift) + 0.5)
                         : argument * (1 << -shift);
    int64_t product = hyperbolic_tangent(argument) * (int64_t)gate[OUTPUT_GATE];
    int64_t hidden =
        scaled(product, 1.0 / 32768 / 32768 / (double)l->hidden_scale) +
        l->hidden_zero;
    int64_t most = l->kind == S8 ? INT8_MAX : INT16_MAX;
    return (double)(hidden > most        ? most
                    : hidden < -most - 1 ? -most - 1
                                         : hidden);
}

static void expected_step(struct lstm *l, int32_t b, const double *input,
                          double *output) {
    double *hidden = l->hidden + b * l->units;
    for (int32_t u = 0; u < l->units; u++) {
        double gate[GATES];
        for (int g = 0; g < GATES; g++) {
            gate[g] = gate_value(l, (enum gate)g, u, input, hidden);
        }
        output[u] = next_hidden(l, gate, &l->cell[b * l->units + u]);
    }
    memcpy(hidden, output, (size_t)l->units * sizeof *hidden);
}

static void run_frame(struct random *random, struct lstm *l,
                      struct test_model *model) {
    double input[LIMIT], expected[LIMIT];
    void *to = model_input(model, 0);
    for (int32_t i = 0; i < l->batches * l->steps * l->inputs; i++) {
        if (l->kind == F32) {
            input[i] = (double)(((float *)to)[i] = random_float(random, -2, 2));
        } else if (l->kind == S8) {
            input[i] = ((int8_t *)to)[i] =
                (int8_t)random_int(random, -128, 127);
        } else {
            input[i] = ((int16_t *)to)[i] =
                (int16_t)random_int(random, INT16_MIN, INT16_MAX);
        }
    }
    for (int32_t b = 0; b < l->batches; b++) {
        for (int32_t t = 0; t < l->steps; t++) {
            int32_t row = l->time_major ? t * l->batches + b : b * l->steps + t;
            expected_step(l, b, input + row * l->inputs,
                          expected + row * l->units);
        }
    }
    model_run(model);
    const void *output = model_output(model, 0);
    int32_t count = l->batches * l->steps * l->units;
    if (l->kind == F32) {
        reference_assert_near(output, expected, (size_t)count);
    }
    for (int32_t i = 0; l->kind != F32 && i < count; i++) {
        assert_int_equal(l->kind == S8 ? ((const int8_t *)output)[i]
                                       : ((const int16_t *)output)[i],
                         (int)expected[i]);
    }
}

static void test_random(void **state) {
    (void)state;
    struct random random = {9};
    for (int n = 0; n < CASES; n++) {
        struct lstm *l = random_lstm(&random);
        struct test_op op = make_op(l);
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        if (l->kind == S8) {
            const struct node *node = model_graph(model)->node[0];
            memset(model_data(model, node->input[18]), l->hidden_zero,
                   (size_t)(l->batches * l->units));
        }
        for (int f = 0; f < FRAMES; f++) {
            run_frame(&random, l, model);
        }
        model_free(model);
        free(l);
    }
}

/* --- what is refused --- */

static struct lstm *small(void) {
    struct random random = {2};
    struct lstm *l = random_lstm(&random);
    l->kind = S8;
    l->time_major = false;
    l->batches = 1;
    l->steps = 2;
    l->inputs = 3;
    l->units = 2;
    l->clip = 0;
    return l;
}

#define REFUSE(change, text)                                                   \
    do {                                                                       \
        struct lstm *l = small();                                              \
        struct test_op op = make_op(l);                                        \
        change;                                                                \
        op_expect_message(                                                     \
            &op, "op 0 UNIDIRECTIONAL_SEQUENCE_LSTM \"output\": " text);       \
        free(l);                                                               \
    } while (0)

static struct writer_tensor two_values(void) {
    static const int16_t values[2] = {1, 2};
    return (struct writer_tensor){
        .type = TFLITE_TYPE_INT16, WRITER_SHAPE(2), .data = values};
}

static void test_refused(void **state) {
    (void)state;
    REFUSE((op.omitted &= ~(1u << 9), op.input[9] = two_values()),
           "a peephole (input 9) is not supported");
    REFUSE((op.omitted &= ~(1u << 16), op.input[16] = two_values()),
           "a projection (input 16) is not supported");
    REFUSE((op.omitted &= ~(1u << 23), op.input[23] = two_values()),
           "layer normalisation (input 23) is not supported");
    REFUSE(op.omitted |= 1u << 1, "input 1 is left out, it is required");
    REFUSE(op.options = options_unidirectional_sequence_lstm(TFLITE_ACT_RELU, 0,
                                                             0, false),
           "fused activation is 1, allowed: TANH (4)");
    REFUSE(op.options = options_unidirectional_sequence_lstm(TFLITE_ACT_TANH,
                                                             -1, 0, false),
           "cell clip is -1, it must be at least 0");
    REFUSE(option_bool(&op.options, 5, true),
           "diagonal recurrent tensors are not supported");
    REFUSE(op.input[19].type = TFLITE_TYPE_INT8,
           "cell state type is INT8, allowed: INT16");
    REFUSE(op.input[19].scale = 4,
           "cell state has scale 4, allowed: 2^-30 to 2^1");
    REFUSE(op.input[18].is_variable = false,
           "hidden and cell state are not two variable tensors");
    REFUSE(op.input[3].dims[1] = 4,
           "input-to-cell weights shape is 2x4, it must be 2x3");
    REFUSE(op.input[13].dims[0] = 1,
           "forget gate bias shape is 1, it must have 2 values");
    REFUSE(op.input[6].zero_point = 3,
           "recurrent-to-forget weights zero point is 3, it must be 0");
    REFUSE(op.input[4].data = NULL,
           "input-to-output weights \"input4\" is computed at run time, it "
           "must be constant");
    REFUSE(op.output[0].dims[2] = 3,
           "output 0 is declared 1x2x3, its inputs give 1x2x2");
    REFUSE(l->bias_s32[0][0] = INT32_MAX,
           "the accumulator of input1 can reach 2147505279, which does not "
           "fit");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("unidirectional_sequence_lstm", tests,
                                       NULL, NULL);
}
