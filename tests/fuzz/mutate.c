/* How the fuzzer alters a model.  Inserting or deleting bytes breaks every
 * offset of a FlatBuffer behind them, so most of the time numbers are changed
 * where they stand: dimensions, indices, scales and options are reached that
 * way, and offsets too. */
#include <stddef.h>
#include <stdint.h>
#include <string.h>

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed);

static uint32_t next(uint32_t *state) {
    *state ^= *state << 13;
    *state ^= *state >> 17;
    *state ^= *state << 5;
    return *state;
}

static uint32_t below(uint32_t *state, size_t bound) {
    return next(state) % (uint32_t)bound;
}

static void store(uint8_t *at, uint32_t word) {
    for (int i = 0; i < 4; i++) {
        at[i] = (uint8_t)(word >> (8 * i));
    }
}

static uint32_t load(const uint8_t *at) {
    return (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 |
           (uint32_t)at[3] << 24;
}

static void change_number(uint8_t *data, size_t size, uint32_t *state) {
    /* Counts and limits; then floats: 0, smallest, 1, -1, 1e30, inf, nan. */
    static const uint32_t words[] = {
        0,          1,          2,          3,          4,          5,
        7,          8,          16,         100,        127,        128,
        255,        256,        1000,       32767,      65535,      65536,
        0x7fffffff, 0x80000000, 0xffffffff, 0xfffffffe, 0x80000001, 1,
        0x3f800000, 0xbf800000, 0x7149f2ca, 0x7f800000, 0x7fc00000, 0x3b800000};
    static const uint8_t bytes[] = {0, 1, 2, 3, 4, 7, 9, 17, 127, 128, 255};
    uint8_t *at = data + below(state, size / 4) * 4;
    switch (below(state, 6)) {
    case 0:
        store(at, words[below(state, sizeof words / sizeof words[0])]);
        break;
    case 1:
        store(at, load(at) + below(state, 9) - 4);
        break;
    case 2:
        store(at, load(data + below(state, size / 4) * 4));
        break;
    case 3:
        at[below(state, 4)] = bytes[below(state, sizeof bytes)];
        break;
    case 4:
        at[below(state, 4)] ^= (uint8_t)(1u << below(state, 8));
        break;
    default:
        store(at, 1u << below(state, 32));
        break;
    }
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size,
                               unsigned seed) {
    uint32_t state = (uint32_t)seed | 1;
    if (size < 4 || below(&state, 8) == 0) {
        return LLVMFuzzerMutate(data, size, max_size);
    }
    for (uint32_t i = below(&state, 4) + 1; i > 0; i--) {
        change_number(data, size, &state);
    }
    return size;
}
