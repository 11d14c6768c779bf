/* From a recording to the words that are spoken in it: a front end and a
 * network of words, every 60 ms over the last second. */
#include "columns.h"
#include "keywords.h"
#include "listen.h"

enum {
    SURE = 200,                            /* of 255 */
    COLUMNS = KEYWORDS_INPUT_SIZE / BANDS, /* that the network sees */
    WORDS = KEYWORDS_OUTPUT_SIZE,
    HOP = 3 /* columns from one look to the next */
};

static const char *const word[] = {LABELS};
typedef char
    labels_are_the_outputs[sizeof word / sizeof *word == WORDS ? 1 : -1];

/* The last columns, the oldest first. */
static int8_t column[COLUMNS * BANDS];

/* How sure the network is of each word: 0 to 255. */
static const int8_t *look(void) {
    int8_t *input = keywords_input();
    for (int i = 0; i < KEYWORDS_INPUT_SIZE; i++) {
        input[i] = column[i];
    }
    board_mark();
    keywords_invoke();
    board_mark();
    return keywords_output();
}

int main(void) {
    static struct listener listener[WORDS];
    int32_t columns = 0;
    for (int32_t at = 0; at + WINDOW <= SAMPLES; at += STEP) {
        push_row(column, COLUMNS, BANDS, column_at(at));
        columns++;
        if (columns < COLUMNS || columns % HOP != 0) {
            continue;
        }
        const int8_t *score = look();
        for (int i = FIRST_WORD; i < WORDS; i++) {
            if (decide(&listener[i], score[i] - (KEYWORDS_OUTPUT_ZERO_POINT),
                       SURE)) {
                print_time(at + WINDOW, RECORDING_RATE);
                board_print(word[i]);
                board_print("\n");
            }
        }
    }
    board_exit(0);
    return 0;
}
