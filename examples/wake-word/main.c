/* A Cortex-M4 that listens for the word "why".
 *
 * Sound comes in blocks of 16 ms, here from a recording in flash, on a board
 * from its microphone.  The front end makes a column of twelve numbers of each;
 * the network sees the last 64 columns, four times a quarter of a second.  Its
 * word alone is not enough: the mean of three answers must be sure, and then
 * nothing more is reported for a while. */
#include "front_end.h"
#include "listen.h"
#include "recording.h" /* made by run.sh: recording[], unsigned bytes */
#include "wake_word.h"

enum {
    BANDS = FRONT_END_BANDS,
    COLUMNS = WAKE_WORD_INPUT_SIZE / BANDS, /* that the network sees */
    SURE = 230,                             /* of 255 */
    HOP = 4, /* columns from one look to the next */
    BAR = 20 /* characters */
};

/* What the trainer promises: features are the network's input as they are. */
typedef char input_is_the_features[WAKE_WORD_INPUT_ZERO_POINT == 0 ? 1 : -1];

/* The last columns, the oldest first. */
static int8_t column[COLUMNS * BANDS];

/* How sure the network is of having heard the word: 0 to 255. */
static int32_t look(void) {
    int8_t *input = wake_word_input();
    for (int i = 0; i < WAKE_WORD_INPUT_SIZE; i++) {
        input[i] = column[i];
    }
    board_mark();
    wake_word_invoke();
    board_mark();
    return wake_word_output()[1] - (WAKE_WORD_OUTPUT_ZERO_POINT);
}

/* --- what is shown --- */

static void print_bar(int32_t length) {
    char text[BAR + 1];
    for (int i = 0; i < BAR; i++) {
        text[i] = i < length ? '#' : ' ';
    }
    text[BAR] = '\0';
    board_print(text);
}

/* A line: time, how loud it is, how sure the network is. */
static void print_line(int32_t samples, const struct listener *listener,
                       int heard) {
    int32_t loudest = -128;
    for (int b = 0; b < BANDS; b++) {
        const int8_t loudness = column[(COLUMNS - 1) * BANDS + b];
        loudest = loudness > loudest ? loudness : loudest;
    }
    print_time(samples, FRONT_END_RATE);
    print_bar(loudest / 4);
    board_print("|");
    print_bar(mean_of(listener) * BAR / 255);
    board_print(heard ? "|  why!\n" : "|\n");
}

int main(void) {
    static struct front_end front_end;
    static struct listener listener;
    int32_t blocks = 0;
    for (int32_t at = 0; at + FRONT_END_FRAME <= (int32_t)sizeof recording;
         at += FRONT_END_FRAME) {
        int8_t feature[BANDS];
        front_end_step(&front_end, recording + at, feature);
        push_row(column, COLUMNS, BANDS, feature);
        blocks++;
        if (blocks % HOP == 0) {
            const int32_t score = look();
            const int heard = decide(&listener, score, SURE);
            if (heard || blocks % (2 * HOP) == 0) {
                print_line(at + FRONT_END_FRAME, &listener, heard);
            }
        }
    }
    board_exit(0);
    return 0;
}
