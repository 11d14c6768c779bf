/* Firmware that holds the assembly of mf_avr.h to C, on random and extreme
 * numbers, and constants of every type to what they are.  Ends with status 0 if
 * all is right, with the number of the check that failed otherwise. */
#define MF_CONSTANTS_IN_FLASH 1

#include "board.h"
#include "mf_avr.h"

enum { INPUTS = 300 };

static const MF_CONSTANT int8_t bytes[INPUTS + MF_AVR_BIAS] = {
    1, -128, -128, -128, 127, 127, -1, 0, 1, 85, -86, 33, -127, 64, -65, 2};
static const MF_CONSTANT uint8_t u8[2] = {0, 200};
static const MF_CONSTANT int16_t s16[2] = {0, -12345};
static const MF_CONSTANT int32_t s32[2] = {0, -1234567890};
static const MF_CONSTANT int64_t s64[2] = {0, -1234567890123456789};
static const MF_CONSTANT float f32[2] = {0, 0.15625f};
static const MF_CONSTANT mf_index indices[2] = {0, -31000};

static int8_t inputs[INPUTS];
static uint32_t state = 1;

static uint32_t draw(void) {
    state ^= state << 13;
    state ^= state >> 17;
    state ^= state << 5;
    return state;
}

/* Every third number is an extreme one. */
static uint32_t draw_u32(void) {
    static const uint32_t extremes[] = {
        0,        1,          0xff,       0x100,      0xffff,     0x10000,
        0xffffff, 0x7fffffff, 0x80000000, 0xffff0000, 0xffffffff, 0x00ff00ff};
    const uint32_t x = draw();
    return x % 3 ? x : extremes[x / 3 % 12];
}

static void expect(int right, int check) {
    if (!right) {
        board_exit(check);
    }
}

static void check_multiply(void) {
    for (uint16_t i = 0; i < 2000; i++) {
        const uint32_t x = draw_u32() & 0xffffff;
        const uint32_t m = draw_u32(), o = draw_u32();
        const uint64_t narrow = (uint64_t)(uint16_t)x * m;
        const uint64_t wide = (uint64_t)x * m;
        const uint64_t offset = (uint64_t)o << 16;
        expect(mf_avr_multiply_u16((uint16_t)x, m, o & 0xffffff) ==
                   (uint8_t)((narrow + offset) >> 32),
               1);
        expect(mf_avr_multiply_u24(x, m, o) ==
                   (uint16_t)((wide + offset) >> 32),
               2);
    }
}

/* The definitions, in 64 bits. */
static int32_t multiply_high(int32_t x, int32_t a) {
    return (int32_t)mf_shift_right_s64((int64_t)x * a + ((int64_t)1 << 30), 31);
}

static int32_t round_shift(int32_t x, int n) {
    const int64_t half = n ? (int64_t)1 << (n - 1) : 0;
    return n ? (int32_t)mf_shift_right_s64(x + half - (x < 0 ? 1 : 0), n) : x;
}

static void check_scale(void) {
    for (uint16_t i = 0; i < 2000; i++) {
        const int32_t x = (int32_t)draw_u32();
        const int32_t m = (int32_t)(draw_u32() & 0x7fffffff);
        const int n = (int)(draw() % 32);
        expect(mf_multiply_high(x, m) == multiply_high(x, m), 14);
        expect(mf_multiply_high(x, -m) == multiply_high(x, -m), 15);
        expect(mf_round_shift(x, n) == round_shift(x, n), 16);
        /* Ties. */
        const int32_t odd = (int32_t)(draw() & 0xffff) - 32768;
        expect(mf_multiply_high(odd, (int32_t)1 << 30) ==
                   multiply_high(odd, (int32_t)1 << 30),
               17);
        expect(mf_round_shift(odd * 4, 3) == round_shift(odd * 4, 3), 18);
    }
}

static void check_dot(int n, int step) {
    int32_t sum = 1 + 0x80 * 0x100L - 0x80 * 0x10000L;
    for (int k = 0; k < n; k++) {
        sum += (int32_t)inputs[k * step] * mf_load_s8(bytes + MF_AVR_BIAS + k);
    }
    if (step == 1) {
        expect(mf_avr_dot(inputs, bytes, n) == (mf_avr_sum)sum, 3);
    }
    if (n < 256) {
        expect(mf_avr_dot_step(inputs, step, bytes, n) == (mf_avr_sum)sum, 4);
    }
}

static void check_dots(void) {
    for (uint8_t i = 0; i < 50; i++) {
        for (int k = 0; k < INPUTS; k++) {
            const uint32_t x = draw();
            inputs[k] =
                (int8_t)(x % 4 == 0 ? -128 : (int32_t)(x >> 8 & 255) - 128);
        }
        for (int n = 1; n < 20; n++) {
            check_dot(n, 1);
            check_dot(n, 1 + (int)(draw() % 15));
        }
    }
    check_dot(255, 1);
    check_dot(256, 1);
    check_dot(INPUTS, 1);
}

static void check_loads(void) {
    expect(mf_load_s8(bytes + 1) == -128, 5);
    expect(mf_load_u8(u8 + 1) == 200, 6);
    expect(mf_load_s16(s16 + 1) == -12345, 7);
    expect(mf_load_s32(s32 + 1) == -1234567890, 8);
    expect(mf_load_s64(s64 + 1) == -1234567890123456789, 9);
    expect(mf_load_f32(f32 + 1) == 0.15625f, 10);
    expect(mf_load_index(indices + 1) == -31000, 11);
    expect(mf_avr_load_s24(bytes) == 1 + 0x80 * 0x100L - 0x80 * 0x10000L, 12);
    expect(mf_avr_load_u32(bytes) == 0x80808001, 13);
}

int main(void) {
    check_loads();
    check_multiply();
    check_scale();
    check_dots();
    board_exit(0);
    return 0;
}
