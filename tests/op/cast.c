/* CAST: every pair of types, on values that matter to some pair. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

static const int32_t types[] = {
    TFLITE_TYPE_INT8,    TFLITE_TYPE_UINT8,  TFLITE_TYPE_BOOL,
    TFLITE_TYPE_INT16,   TFLITE_TYPE_INT32,  TFLITE_TYPE_INT64,
    TFLITE_TYPE_FLOAT32, TFLITE_TYPE_UINT16, TFLITE_TYPE_UINT32};
enum { TYPE_COUNT = sizeof types / sizeof types[0] };

static const int64_t integers[] = {
    0,          1,          2,         -1,        127,        128,
    129,        -128,       -129,      255,       256,        -255,
    32767,      32768,      -32768,    -32769,    65535,      65536,
    16777217,   -16777219,  INT32_MAX, INT32_MIN, 2147483648, -2147483649,
    4294967295, 4294967296, INT64_MAX, INT64_MIN, 300,        -300};
static const float floats[] = {
    0.0f,          -0.0f,         0.5f,           -0.5f,
    0.9999999f,    1.0f,          1.5f,           -1.5f,
    127.5f,        -128.9f,       300.5f,         -300.5f,
    65535.9f,      1e5f,          -1e5f,          16777216,
    2147483520.0f, 2147483648.0f, -2147483648.0f, -3e9f,
    3e9f,          9.2233715e18f, 9.223372e18f,   -9.223372e18f,
    1e30f,         -1e30f,        INFINITY,       -INFINITY,
    NAN,           1e-45f};

enum { COUNT = 30 };

/* The value's low bits as a number of `bits` bits. */
static int64_t low_bits(int64_t x, int bits, bool is_signed) {
    if (bits == 64) {
        return x;
    }
    int64_t range = INT64_C(1) << bits;
    int64_t low = x % range;
    low += low < 0 ? range : 0;
    return is_signed && low >= range / 2 ? low - range : low;
}

static int64_t to_integer(int32_t type, int64_t x) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        return low_bits(x, 8, true);
    case TFLITE_TYPE_UINT8:
        return low_bits(x, 8, false);
    case TFLITE_TYPE_BOOL:
        return x != 0;
    case TFLITE_TYPE_INT16:
        return low_bits(x, 16, true);
    case TFLITE_TYPE_UINT16:
        return low_bits(x, 16, false);
    case TFLITE_TYPE_INT32:
        return low_bits(x, 32, true);
    case TFLITE_TYPE_UINT32:
        return low_bits(x, 32, false);
    default:
        return x;
    }
}

/* Without the fraction, to the nearest integer of 32 or 64 bits. */
static int64_t truncated(float x, int bits) {
    double limit = ldexp(1, bits - 1);
    if (isnan(x)) {
        return 0;
    }
    if ((double)x >= limit) {
        return bits == 32 ? INT32_MAX : INT64_MAX;
    }
    return (double)x < -limit ? (bits == 32 ? INT32_MIN : INT64_MIN)
                              : (int64_t)x;
}

/* Element i of the input and of what the output should be. */
union value {
    int8_t s8;
    uint8_t u8;
    int16_t s16;
    int32_t s32;
    int64_t s64;
    float f32;
};

static union value from_integer(int32_t type, int64_t x) {
    union value value = {.s64 = 0};
    switch (type_size(type)) {
    case 1:
        value.u8 = (uint8_t)(x & 255);
        break;
    case 2:
        value.s16 = (int16_t)x;
        break;
    case 4:
        value.s32 = (int32_t)x;
        break;
    default:
        value.s64 = x;
    }
    return value;
}

static union value expected(int32_t from, int32_t to, int i) {
    if (from == TFLITE_TYPE_FLOAT32) {
        float x = floats[i];
        if (to == TFLITE_TYPE_FLOAT32) {
            return (union value){.f32 = x};
        }
        if (to == TFLITE_TYPE_BOOL) {
            return (union value){.u8 = x != 0};
        }
        if (to == TFLITE_TYPE_UINT32) {
            int64_t whole = truncated(x, 64);
            return from_integer(to, whole < 0            ? 0
                                    : whole > UINT32_MAX ? UINT32_MAX
                                                         : whole);
        }
        int bits = to == TFLITE_TYPE_INT64 ? 64 : 32;
        return from_integer(to, to_integer(to, truncated(x, bits)));
    }
    int64_t x = to_integer(from, integers[i]);
    return to == TFLITE_TYPE_FLOAT32 ? (union value){.f32 = (float)x}
                                     : from_integer(to, to_integer(to, x));
}

static struct test_op cast(int32_t from, int32_t to) {
    return (struct test_op){
        .code = TFLITE_CAST,
        .options = options_cast(from, to),
        .input = {{.type = from, WRITER_SHAPE(2, COUNT / 2)}},
        .input_count = 1,
        .output = {{.type = to, WRITER_SHAPE(2, COUNT / 2)}},
        .output_count = 1};
}

static void run_cast(int32_t from, int32_t to) {
    struct test_op op = cast(from, to);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    size_t in = (size_t)type_size(from), out = (size_t)type_size(to);
    uint8_t *input = model_input(model, 0);
    for (size_t i = 0; i < COUNT; i++) {
        union value value =
            from == TFLITE_TYPE_FLOAT32
                ? (union value){.f32 = floats[i]}
                : from_integer(from, to_integer(from, integers[i]));
        memcpy(input + i * in, &value, in);
    }
    model_run(model);
    const uint8_t *output = model_output(model, 0);
    for (size_t i = 0; i < COUNT; i++) {
        union value value = expected(from, to, (int)i);
        if (memcmp(output + i * out, &value, out) != 0) {
            fail_msg("value %d from type %d to type %d is wrong", (int)i,
                     (int)from, (int)to);
        }
    }
    model_free(model);
}

static void test_all_pairs(void **state) {
    (void)state;
    for (int from = 0; from < TYPE_COUNT; from++) {
        for (int to = 0; to < TYPE_COUNT; to++) {
            run_cast(types[from], types[to]);
        }
    }
}

static void test_bad(void **state) {
    (void)state;
    struct test_op op = cast(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_FLOAT16);
    op_expect_message(&op, "op 0 CAST \"output\": output type is FLOAT16, "
                           "allowed: FLOAT32, INT32, UINT8, INT64, BOOL, "
                           "INT16, INT8, UINT32, UINT16");
    op = cast(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT8);
    op.options = options_cast(TFLITE_TYPE_INT16, TFLITE_TYPE_INT8);
    op_expect_message(&op, "op 0 CAST \"output\": in_data_type is INT16, the "
                           "tensor's type is FLOAT32");
    op.options = options_cast(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT16);
    op_expect_message(&op, "op 0 CAST \"output\": out_data_type is INT16, the "
                           "tensor's type is INT8");
    op = cast(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT8);
    op.output[0].rank = 1;
    op.output[0].dims[0] = COUNT;
    op_expect_message(&op, "op 0 CAST \"output\": output 0 is declared 30, its "
                           "inputs give 2x15");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_all_pairs),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
