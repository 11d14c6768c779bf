/* What the listening examples share: a decision that one mistake does not
 * change, the last rows of features, and a line of text with the time. */
#ifndef LISTEN_H
#define LISTEN_H

#include "board.h"

enum {
    LOOKS = 3, /* answers whose mean counts */
    QUIET = 12 /* looks after a word was heard */
};

/* Starts as {{0}, 0}. */
struct listener {
    int32_t score[LOOKS]; /* the latest answers, 0 to 255 */
    int quiet;            /* looks that remain before another report */
};

static inline int32_t mean_of(const struct listener *listener) {
    int32_t sum = 0;
    for (int i = 0; i < LOOKS; i++) {
        sum += listener->score[i];
    }
    return sum / LOOKS;
}

/* Whether the word was heard just now: the mean is `sure`, of 255. */
static inline int decide(struct listener *listener, int32_t score,
                         int32_t sure) {
    for (int i = 0; i + 1 < LOOKS; i++) {
        listener->score[i] = listener->score[i + 1];
    }
    listener->score[LOOKS - 1] = score;
    if (listener->quiet > 0) {
        listener->quiet--;
        return 0;
    }
    const int heard = mean_of(listener) >= sure;
    listener->quiet = heard ? QUIET : 0;
    return heard;
}

/* Puts the newest of `count` rows of `width` bytes last; the oldest goes. */
static inline void push_row(int8_t *row, int count, int width,
                            const int8_t *newest) {
    for (int i = 0; i < (count - 1) * width; i++) {
        row[i] = row[i + width];
    }
    for (int i = 0; i < width; i++) {
        row[(count - 1) * width + i] = newest[i];
    }
}

/* The time after so many samples. */
static inline void print_time(int32_t samples, int32_t rate) {
    const int32_t hundredths = samples / (rate / 100);
    char time[] = "00.00 s  ";
    time[0] = hundredths >= 1000 ? (char)('0' + hundredths / 1000 % 10) : ' ';
    time[1] = (char)('0' + hundredths / 100 % 10);
    time[3] = (char)('0' + hundredths / 10 % 10);
    time[4] = (char)('0' + hundredths % 10);
    board_print(time);
}

#endif
