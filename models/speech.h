/* Words of vowels, spoken by anybody: a formant synthesiser, after Klatt,
 * Software for a cascade/parallel formant synthesizer, 1980, of which it is the
 * cascade for vowels.  Vowels that glide into one another make words: u-a-i is
 * "why", i-u "you", a-u "ow". */
#ifndef MODELS_SPEECH_H
#define MODELS_SPEECH_H

#include "random.h"

enum { SPEECH_RATE = 8000, MAX_VOWELS = 6 };

struct speaker {
    float pitch;   /* Hz */
    float formant; /* 1: a man's; the shorter the throat, the higher */
    float tempo;   /* seconds a vowel */
};

struct speaker speaker_any(struct random *random);

/* Adds a word, a string of the vowels a, e, i, o, u, to sound[from ...], of
 * `size` samples in [-1, 1], with the loudest at `level` or so.  Returns where
 * it ends; what lies past `size` is not heard. */
int speech_say(struct random *random, const struct speaker *speaker,
               const char *word, float level, float *sound, int from, int size);

/* Adds what is always heard: noise, the deeper the louder, of amplitude
 * `level`. */
void speech_noise(struct random *random, float level, float *sound, int size);

#endif
