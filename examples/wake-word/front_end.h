/* What the network hears: sound as the loudness of twelve bands, sixty times a
 * second.
 *
 * All in integers of 32 bits and with constants below, so that the program that
 * trains the network (models/words_data.c) and every microcontroller compute
 * the same. */
#ifndef FRONT_END_H
#define FRONT_END_H

#include <stdint.h>

enum {
    FRONT_END_RATE =
        8000, /* samples a second: unsigned bytes, 128 is silence */
    FRONT_END_FRAME = 128, /* samples that make one step */
    FRONT_END_BANDS = 12
};

/* Starts as {0}. */
struct front_end {
    int32_t before[2]; /* samples */
    int32_t out[FRONT_END_BANDS][2];
};

/* A resonator a band, y = gain * (x - x") + a * y' - b * y" with factors in
 * units of 2^-14, and peak gain 1:
 *
 *     b = exp(-2 pi width / rate), a = 2 sqrt(b) cos(2 pi centre / rate),
 *     gain = (1 - b) / 2
 *
 * Centres lie evenly on the mel scale, from 200 to 3300 Hz; a width is the
 * distance to the next centre, three quarters of it. */
static const struct {
    int16_t gain, a, b;
} front_end_band[FRONT_END_BANDS] = {
    {607, 31142, 15170},   /* 200 Hz */
    {691, 30303, 15001},   /* 331 Hz */
    {787, 28963, 14810},   /* 480 Hz */
    {895, 26962, 14595},   /* 652 Hz */
    {1016, 24112, 14352},  /* 848 Hz */
    {1153, 20212, 14078},  /* 1073 Hz */
    {1306, 15079, 13772},  /* 1330 Hz */
    {1478, 8603, 13428},   /* 1625 Hz */
    {1669, 848, 13046},    /* 1963 Hz */
    {1881, -7803, 12621},  /* 2350 Hz */
    {2116, -16457, 12152}, /* 2793 Hz */
    {2374, -23546, 11636}, /* 3300 Hz */
};

/* 12 * log2(1 + x), to the next lower integer or the one below. */
static inline int32_t front_end_loudness(uint32_t x) {
    int32_t octave = 0;
    x++;
    while (x >> (octave + 1) != 0) {
        octave++;
    }
    const uint32_t rest = x - ((uint32_t)1 << octave);
    return 12 * octave + (int32_t)((12 * rest) >> octave);
}

/* One step: the loudness of each band, 12 an octave, from -128. */
static inline void front_end_step(struct front_end *state, const uint8_t *sound,
                                  int8_t *feature) {
    uint32_t sum[FRONT_END_BANDS] = {0};
    for (int i = 0; i < FRONT_END_FRAME; i++) {
        const int32_t x = ((int32_t)sound[i] - 128) * 128;
        const int32_t step = x - state->before[1];
        state->before[1] = state->before[0];
        state->before[0] = x;
        for (int b = 0; b < FRONT_END_BANDS; b++) {
            int32_t *out = state->out[b];
            const int32_t y =
                (front_end_band[b].gain * step + front_end_band[b].a * out[0] -
                 front_end_band[b].b * out[1]) /
                16384;
            out[1] = out[0];
            out[0] = y;
            sum[b] += (uint32_t)(y < 0 ? -y : y);
        }
    }
    for (int b = 0; b < FRONT_END_BANDS; b++) {
        const int32_t loudness = front_end_loudness(sum[b]);
        feature[b] = (int8_t)(loudness > 255 ? 127 : loudness - 128);
    }
}

#endif
