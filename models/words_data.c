/* See words_data.h. */
#include "words_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../examples/wake-word/front_end.h"
#include "allocate.h"
#include "save.h"
#include "speech.h"

static const char wake_word[] = "uai";

enum {
    CLIP_STEPS = 140,
    CLIP_SIZE = CLIP_STEPS * FRONT_END_FRAME,
    HEARD = 12 /* steps after the word within which it shall be noticed */
};

struct clip {
    int8_t feature[CLIP_STEPS][FRONT_END_BANDS];
    int start, end; /* steps where the wake word is; both 0: nowhere */
};

/* --- what is said --- */

/* Half of the time something easily confused with the wake word. */
static void other_word(struct random *random, char word[MAX_VOWELS]) {
    static const char *const near[] = {"ua",  "ai",  "ui",  "uau", "aiu", "iau",
                                       "uia", "uae", "uao", "ue",  "oi",  "ei",
                                       "u",   "a",   "i",   "ia",  "iua"};
    if (random_below(random, 2)) {
        strcpy(word, near[random_below(random, sizeof near / sizeof *near)]);
        return;
    }
    do {
        const int length = 1 + (int)random_below(random, 4);
        for (int i = 0; i < length; i++) {
            do {
                word[i] = "aeiou"[random_below(random, 5)];
            } while (i > 0 && word[i] == word[i - 1]);
        }
        word[length] = '\0';
    } while (strstr(word, "uai") || strstr(word, "oai"));
}

static int samples_of(const struct speaker *speaker, const char *word) {
    return (int)(speaker->tempo * ((float)strlen(word) + 0.3f) * SPEECH_RATE);
}

static float any_level(struct random *random) {
    return random_float(random, 0.15f, 0.9f);
}

/* A word that starts at `from`, or ends at it; one that had to start before the
 * clip is not said. */
static void say_other(struct random *random, float *sound, int from,
                      bool ends) {
    char word[MAX_VOWELS];
    const struct speaker speaker = speaker_any(random);
    other_word(random, word);
    from -= ends ? samples_of(&speaker, word) : 0;
    if (from >= 0) {
        speech_say(random, &speaker, word, any_level(random), sound, from,
                   CLIP_SIZE);
    }
}

/* As the microphone gives it: 8 bits, and what is too loud is cut. */
static void digitise(const float *sound, int size, uint8_t *bytes) {
    for (int i = 0; i < size; i++) {
        const float x = sound[i] * 127 + 128.5f;
        bytes[i] = x < 0 ? 0 : x > 255 ? 255 : (uint8_t)x;
    }
}

/* The wake word, and others before and after it or not. */
static void say_wake_word(struct random *random, float *sound,
                          struct clip *clip) {
    const struct speaker speaker = speaker_any(random);
    const int start = FRONT_END_FRAME * (int)(50 + random_below(random, 30));
    const int end = speech_say(random, &speaker, wake_word, any_level(random),
                               sound, start, CLIP_SIZE);
    const int pause =
        SPEECH_RATE / 8 + (int)random_below(random, SPEECH_RATE / 2);
    clip->start = start / FRONT_END_FRAME;
    clip->end = end / FRONT_END_FRAME + 1;
    if (random_below(random, 2)) {
        say_other(random, sound, start - pause, true);
    }
    if (random_below(random, 2)) {
        say_other(random, sound, end + pause, false);
    }
}

static void make_clip(struct random *random, bool with_wake_word,
                      struct clip *clip) {
    static float sound[CLIP_SIZE];
    static uint8_t bytes[CLIP_SIZE];
    memset(sound, 0, sizeof sound);
    clip->start = clip->end = 0;
    if (with_wake_word) {
        say_wake_word(random, sound, clip);
    } else if (random_below(random, 8)) {
        const int start = (int)random_below(random, CLIP_SIZE / 2);
        say_other(random, sound, start, false);
        say_other(random, sound, start + SPEECH_RATE, false);
    }
    speech_noise(random, random_float(random, 0.002f, 0.04f), sound, CLIP_SIZE);
    digitise(sound, CLIP_SIZE, bytes);
    struct front_end front_end = {0};
    for (int i = 0; i < CLIP_STEPS; i++) {
        front_end_step(&front_end, bytes + i * FRONT_END_FRAME,
                       clip->feature[i]);
    }
}

void words_make(uint64_t seed, int count, struct words *words) {
    struct random random = {seed};
    words->count = count;
    words->clip = allocate((size_t)count, sizeof *words->clip);
    for (int i = 0; i < count; i++) {
        make_clip(&random, i % 2 == 0, &words->clip[i]);
    }
}

void words_free(struct words *words) {
    free(words->clip);
}

/* --- windows --- */

/* Whether the window that ends at `end` is neither the one nor the other. */
static bool is_doubtful(const struct clip *clip, int end) {
    const int third = (clip->end - clip->start) / 3;
    return clip->end > 0 && end > clip->end - third &&
           end - WINDOW_STEPS < clip->start + third;
}

/* Two samples a clip, of which the second is the wake word if there is one.
 * Without `random` the window depends on the number alone. */
static int take_window(const void *from, int i, struct random *random,
                       float *input) {
    const struct clip *clip = (const struct clip *)from + i / 2;
    struct random own = {(uint64_t)i};
    struct random *any = random != NULL ? random : &own;
    const bool is_wake_word = clip->end > 0 && i % 2 == 1;
    int end;
    do {
        end = is_wake_word
                  ? clip->end + 1 + (int)random_below(any, HEARD)
                  : WINDOW_STEPS +
                        (int)random_below(any, CLIP_STEPS - WINDOW_STEPS + 1);
    } while (!is_wake_word && is_doubtful(clip, end));
    const int8_t *feature = clip->feature[end - WINDOW_STEPS];
    for (int k = 0; k < WINDOW_STEPS * WINDOW_BANDS; k++) {
        input[k] = (float)feature[k] / 32;
    }
    return is_wake_word;
}

struct samples words_samples(const struct words *words) {
    return (struct samples){.count = 2 * words->count,
                            .classes = 2,
                            .input_size = WINDOW_STEPS * WINDOW_BANDS,
                            .from = words->clip,
                            .take = take_window};
}

/* --- the recording --- */

static void put_little_endian(uint8_t *to, uint32_t value, int bytes) {
    for (int i = 0; i < bytes; i++) {
        to[i] = (uint8_t)(value >> (8 * i));
    }
}

/* 8 bits, one channel. */
static bool save_wav(const char *path, const uint8_t *bytes, uint32_t size) {
    enum { HEADER = 44 };
    uint8_t header[HEADER] = "RIFF....WAVEfmt ";
    put_little_endian(header + 4, HEADER - 8 + size, 4);
    put_little_endian(header + 16, 16, 4);
    put_little_endian(header + 20, 1, 2);
    put_little_endian(header + 22, 1, 2);
    put_little_endian(header + 24, SPEECH_RATE, 4);
    put_little_endian(header + 28, SPEECH_RATE, 4);
    put_little_endian(header + 32, 1, 2);
    put_little_endian(header + 34, 8, 2);
    memcpy(header + 36, "data", 4);
    put_little_endian(header + 40, size, 4);
    FILE *file = fopen(path, "wb");
    bool ok = file && fwrite(header, HEADER, 1, file) == 1 &&
              fwrite(bytes, size, 1, file) == 1;
    ok = file && fclose(file) == 0 && ok;
    return ok;
}

bool words_record(uint64_t seed, const char *folder) {
    static const struct {
        const char *vowels, *word;
    } said[] = {{"iu", "you"},  {"uai", "why"}, {"uau", "wow"}, {"ai", "eye"},
                {"uai", "why"}, {"ui", "we"},   {"uei", "way"}, {"uai", "why"}};
    enum {
        WORDS = sizeof said / sizeof *said,
        SIZE = WORDS * SPEECH_RATE * 17 / 16
    };
    static float sound[SIZE];
    static uint8_t bytes[SIZE];
    struct random random = {seed};
    char *wav = save_path(folder, "words.wav");
    char *txt = save_path(folder, "words.txt");
    FILE *text = fopen(txt, "w");
    bool ok = text != NULL;
    for (int i = 0; ok && i < WORDS; i++) {
        const struct speaker speaker = speaker_any(&random);
        const int longest = SPEECH_RATE - samples_of(&speaker, said[i].vowels);
        const int start =
            SPEECH_RATE * i +
            (int)(random_float(&random, 0.3f, 1) * (float)longest);
        const int end =
            speech_say(&random, &speaker, said[i].vowels,
                       random_float(&random, 0.2f, 0.8f), sound, start, SIZE);
        ok = fprintf(text, "%.2f %.2f %s\n", (double)start / SPEECH_RATE,
                     (double)end / SPEECH_RATE, said[i].word) > 0;
    }
    speech_noise(&random, 0.01f, sound, SIZE);
    digitise(sound, SIZE, bytes);
    ok = text && fclose(text) == 0 && ok;
    ok = ok && save_wav(wav, bytes, SIZE);
    if (!ok) {
        fprintf(stderr, "%s, %s: %s\n", wav, txt, strerror(errno));
    }
    free(wav);
    free(txt);
    return ok;
}
