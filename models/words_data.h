/* Spoken words, heard through a front end, for networks that listen; and a
 * recording to try them on. */
#ifndef MODELS_WORDS_DATA_H
#define MODELS_WORDS_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier.h"
#include "speech.h"

/* Samples of a clip: 2.24 seconds, bytes of which 128 is silence. */
enum { CLIP_SIZE = SPEECH_RATE * 56 / 25 };

/* What a network listens for, and how. */
struct listener {
    const char *const *word; /* class i + 1; strings of vowels (speech.h) */
    int word_count;
    const char *const *reserved; /* what others never say; ends with NULL */
    int frame;                   /* samples from one step to the next */
    int steps;                   /* of a clip */
    int bands;                   /* features a step */
    int window;                  /* steps that the network sees at once */
    int heard; /* steps after a word within which it shall be noticed */
    struct quantized quantized; /* features as real numbers */
    /* Writes steps x bands features of a clip. */
    void (*listen)(const uint8_t *sound, int8_t *feature, void *user);
    void *user;
};

struct words {
    const struct listener *listener;
    int count;
    int8_t *feature; /* a clip's after the other's */
    struct spoken *spoken;
};

/* Clips; in half of them somebody says one of the words. */
void words_make(uint64_t seed, int count, const struct listener *listener,
                struct words *words);
void words_free(struct words *words);

/* Windows of the clips: the word's class just after it was said, 0 where less
 * than two thirds of it, or something else, are heard. */
struct samples words_samples(const struct words *words);

/* Writes FOLDER/words.wav, several people saying a word each, and words.txt,
 * which says who says what when.  False with a message if that failed. */
bool words_record(uint64_t seed, const char *folder);

#endif
