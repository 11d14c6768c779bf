/* Sound as columns of features, by the front end that is a network itself. */
#ifndef COLUMNS_H
#define COLUMNS_H

#include "front_end.h"
#include "recording.h" /* made by run.sh: recording[], RECORDING_RATE */

enum {
    BANDS = FRONT_END_OUTPUT_SIZE,
    WINDOW = FRONT_END_INPUT_SIZE, /* samples that a column is made of */
    STEP = WINDOW / 3 * 2,         /* samples from one to the next */
    SAMPLES = sizeof recording / sizeof *recording
};

/* The column of the samples from `at` on. */
static const int8_t *column_at(int32_t at) {
    int16_t *input = front_end_input();
    for (int i = 0; i < WINDOW; i++) {
#if RECORDING_BITS == 8
        input[i] = (int16_t)((recording[at + i] - 128) * 256);
#else
        input[i] = recording[at + i];
#endif
    }
    front_end_invoke();
    return front_end_output();
}

#endif
