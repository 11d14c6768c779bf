/* See words_data.h. */
#include "words_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"
#include "save.h"

/* Where a word is in a clip. */
struct spoken {
    int class;      /* 0: nowhere */
    int start, end; /* steps */
};

/* --- what is said --- */

static bool is_reserved(const struct listener *listener, const char *word) {
    for (int i = 0; listener->reserved[i]; i++) {
        if (strstr(word, listener->reserved[i])) {
            return true;
        }
    }
    return false;
}

/* Half of the time something easily confused with "why", "wow" or "you". */
static void other_word(struct random *random, const struct listener *listener,
                       char word[MAX_VOWELS]) {
    static const char *const near[] = {"ua",  "ai",  "ui",  "uau", "aiu", "iau",
                                       "uia", "uae", "uao", "ue",  "oi",  "ei",
                                       "u",   "a",   "i",   "ia",  "iua"};
    if (random_below(random, 2)) {
        do {
            strcpy(word,
                   near[random_below(random, sizeof near / sizeof *near)]);
        } while (is_reserved(listener, word));
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
    } while (is_reserved(listener, word));
}

static int samples_of(const struct speaker *speaker, const char *word) {
    return (int)(speaker->tempo * ((float)strlen(word) + 0.3f) * SPEECH_RATE);
}

static float any_level(struct random *random) {
    return random_float(random, 0.15f, 0.9f);
}

/* A word that starts at `from`, or ends at it; one that had to start before the
 * clip is not said. */
static void say_other(struct random *random, const struct listener *listener,
                      float *sound, int from, bool ends) {
    char word[MAX_VOWELS];
    const struct speaker speaker = speaker_any(random);
    other_word(random, listener, word);
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

/* The word of `spoken`, and others before and after it or not. */
static void say_word(struct random *random, const struct listener *listener,
                     float *sound, struct spoken *spoken) {
    enum { GRAIN = SPEECH_RATE * 2 / 125 }; /* samples: where words start */
    const struct speaker speaker = speaker_any(random);
    const int start = GRAIN * (int)(50 + random_below(random, 30));
    const int end =
        speech_say(random, &speaker, listener->word[spoken->class - 1],
                   any_level(random), sound, start, CLIP_SIZE);
    const int pause =
        SPEECH_RATE / 8 + (int)random_below(random, SPEECH_RATE / 2);
    spoken->start = start / listener->frame;
    spoken->end = end / listener->frame + 1;
    if (random_below(random, 2)) {
        say_other(random, listener, sound, start - pause, true);
    }
    if (random_below(random, 2)) {
        say_other(random, listener, sound, end + pause, false);
    }
}

static void make_clip(struct random *random, const struct listener *listener,
                      struct spoken *spoken, int8_t *feature) {
    static float sound[CLIP_SIZE];
    static uint8_t bytes[CLIP_SIZE];
    memset(sound, 0, sizeof sound);
    if (spoken->class > 0) {
        say_word(random, listener, sound, spoken);
    } else if (random_below(random, 8)) {
        const int start = (int)random_below(random, CLIP_SIZE / 2);
        say_other(random, listener, sound, start, false);
        say_other(random, listener, sound, start + SPEECH_RATE, false);
    }
    speech_noise(random, random_float(random, 0.002f, 0.04f), sound, CLIP_SIZE);
    digitise(sound, CLIP_SIZE, bytes);
    listener->listen(bytes, feature, listener->user);
}

static const int8_t *clip_features(const struct words *words, int clip) {
    const struct listener *listener = words->listener;
    return words->feature + clip * listener->steps * listener->bands;
}

void words_make(uint64_t seed, int count, const struct listener *listener,
                struct words *words) {
    struct random random = {seed};
    const size_t clip = (size_t)listener->steps * (size_t)listener->bands;
    *words = (struct words){.listener = listener, .count = count};
    words->feature = allocate((size_t)count * clip, 1);
    words->spoken = allocate((size_t)count, sizeof *words->spoken);
    for (int i = 0; i < count; i++) {
        words->spoken[i].class =
            i % 2 == 0 ? 1 + i / 2 % listener->word_count : 0;
        make_clip(&random, listener, &words->spoken[i],
                  words->feature + (size_t)i * clip);
    }
}

void words_free(struct words *words) {
    free(words->feature);
    free(words->spoken);
}

/* --- windows --- */

/* Whether the window that ends at `end` is neither the one nor the other. */
static bool is_doubtful(const struct words *words, const struct spoken *spoken,
                        int end) {
    const int third = (spoken->end - spoken->start) / 3;
    return spoken->class > 0 && end > spoken->end - third &&
           end - words->listener->window < spoken->start + third;
}

/* Two samples a clip, of which the second is the word if there is one.  Without
 * `random` the window depends on the number alone. */
static int take_window(const void *from, int i, struct random *random,
                       float *input) {
    const struct words *words = from;
    const struct listener *listener = words->listener;
    const struct spoken *spoken = &words->spoken[i / 2];
    struct random own = {(uint64_t)i};
    struct random *any = random != NULL ? random : &own;
    const int class = i % 2 == 1 ? spoken->class : 0;
    const int spare = listener->steps - listener->window;
    int end;
    do {
        end = class > 0 ? spoken->end + 1 +
                              (int)random_below(any, (uint32_t)listener->heard)
                        : listener->window +
                              (int)random_below(any, (uint32_t)spare + 1);
    } while (class == 0 && is_doubtful(words, spoken, end));
    const int8_t *feature = clip_features(words, i / 2) +
                            (end - listener->window) * listener->bands;
    for (int k = 0; k < listener->window * listener->bands; k++) {
        input[k] = listener->quantized.scale *
                   (float)(feature[k] - listener->quantized.zero_point);
    }
    return class;
}

struct samples words_samples(const struct words *words) {
    const struct listener *listener = words->listener;
    return (struct samples){.count = 2 * words->count,
                            .classes = listener->word_count + 1,
                            .input_size = listener->window * listener->bands,
                            .from = words,
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
