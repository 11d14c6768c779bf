/* small_size: made by MicroFlow 0.1.0 from test.tflite.
 *
 *     layers              2
 *     constants          48 bytes
 *     arena               7 bytes */
#include "small_size.h"

#include "mf_fully_connected.h"
#include "mf_predict.h"

/* "hidden/weights"  3x4 */
static const int8_t op0_filter[12] = {
    1, -2, 3, -4, 127, -127, 64, -64, 0, 5, 10, 15};

static const int32_t op0_bias[3] = {94, -200, 390};

static const int32_t op0_multiplier[1] = {1374389580};

static const int8_t op0_shift[1] = {-4};

/* "scores/weights"  2x3 */
static const int8_t op1_filter[6] = {9, -8, 7, -6, 5, -4};

static const int32_t op1_bias[2] = {1024, -640};

static const int32_t op1_multiplier[1] = {1649267456};

static const int8_t op1_shift[1] = {-7};

/* All that is computed, in overlapping lifetimes. */
static union {
    int8_t s8[7];
} arena;

/* One copy of each kernel that several layers use; p is what differs. */
#if defined(__GNUC__)
#define SHARED static __attribute__((noinline))
#else
#define SHARED static
#endif

struct shared_fully_connected_s8 {
    int8_t inputs;
    int8_t outputs;
    int8_t output_zero_point;
};
SHARED void shared_fully_connected_s8(
    const struct shared_fully_connected_s8 *p, const int8_t *input,
    const int8_t *filter, const int32_t *bias, const int32_t *multiplier,
    const int8_t *shift, int8_t *output) {
    mf_fully_connected_s8(
        &(const mf_fully_connected){
            .batches = 1, .inputs = p->inputs, .outputs = p->outputs,
            .output_zero_point = p->output_zero_point, .activation_min = -128,
            .activation_max = 127},
        input, filter, bias, multiplier, shift, output);
}

int8_t *small_size_input(void) {
    return arena.s8 + 0;
}

const int8_t *small_size_output(void) {
    return arena.s8 + 0;
}

void small_size_invoke(void) {
    /* op 0  FULLY_CONNECTED  "hidden/Relu"  1x4 -> 1x3 */
    {
        static const struct shared_fully_connected_s8 p = {
            .inputs = 4, .outputs = 3, .output_zero_point = -128};
        shared_fully_connected_s8(&p, arena.s8 + 0, op0_filter, op0_bias,
                                  op0_multiplier, op0_shift, arena.s8 + 4);
    }

    /* op 1  FULLY_CONNECTED  "scores"  1x3 -> 1x2 */
    {
        static const struct shared_fully_connected_s8 p = {
            .inputs = 3, .outputs = 2, .output_zero_point = 4};
        shared_fully_connected_s8(&p, arena.s8 + 4, op1_filter, op1_bias,
                                  op1_multiplier, op1_shift, arena.s8 + 0);
    }
}

void small_size_predict(const float in[SMALL_SIZE_INPUT_SIZE],
                        float out[SMALL_SIZE_OUTPUT_SIZE]) {
    for (mf_index i = 0; i < SMALL_SIZE_INPUT_SIZE; i++) {
        small_size_input()[i] = (int8_t)mf_quantize_value(
            in[i], SMALL_SIZE_INPUT_SCALE, SMALL_SIZE_INPUT_ZERO_POINT, -128,
            127);
    }
    small_size_invoke();
    for (mf_index i = 0; i < SMALL_SIZE_OUTPUT_SIZE; i++) {
        out[i] = mf_dequantize_value(
            small_size_output()[i], SMALL_SIZE_OUTPUT_SCALE,
            SMALL_SIZE_OUTPUT_ZERO_POINT);
    }
}
