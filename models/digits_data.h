/* The handwritten digits: 8x8 images of 17 grey levels, and what they show. */
#ifndef MODELS_DIGITS_DATA_H
#define MODELS_DIGITS_DATA_H

#include <stdbool.h>
#include <stdint.h>

enum { DIGIT_SIDE = 8, DIGIT_PIXELS = 64, DIGIT_LEVELS = 16 };

struct digit {
    uint8_t pixel[DIGIT_PIXELS]; /* row-major, 0 (paper) to 16 (ink) */
    int label;                   /* 0 to 9 */
};

struct digits {
    int count;
    struct digit *digit; /* to be freed with free() */
};

/* Reads lines of 64 pixels and a label, separated by commas.  False with a
 * message on stderr if the file is not that. */
bool digits_read(const char *path, struct digits *digits);

#endif
