/* The two ways in which networks here hear: through the resonators of
 * examples/wake-word, and through the front end that is a model itself. */
#ifndef MODELS_HEARING_H
#define MODELS_HEARING_H

#include <stdbool.h>

#include "words_data.h"

/* "why". */
extern const struct listener hearing_wake_word;

/* "why", "wow", "you"; hears through front_end_make(), until it is closed.
 * False with a message if that failed. */
bool hearing_open(struct listener *keywords);
void hearing_close(struct listener *keywords);

#endif
