/* Spoken words for the wake word "why" (the vowels u-a-i), heard through the
 * front end of examples/wake-word, and a recording to try it on. */
#ifndef MODELS_WORDS_DATA_H
#define MODELS_WORDS_DATA_H

#include <stdbool.h>
#include <stdint.h>

#include "classifier.h"

/* What the network sees at once: a second. */
enum { WINDOW_STEPS = 64, WINDOW_BANDS = 12 };

struct words {
    int count;
    struct clip *clip;
};

/* Clips of two seconds; in half of them somebody says "why". */
void words_make(uint64_t seed, int count, struct words *words);
void words_free(struct words *words);

/* Windows of the clips: class 1 just after the whole word was said, 0 where
 * less than two thirds of it, or something else, are heard. */
struct samples words_samples(const struct words *words);

/* Writes FOLDER/words.wav, several people saying a word each, and words.txt,
 * which says who says what when.  False with a message if that failed. */
bool words_record(uint64_t seed, const char *folder);

#endif
