/* The same network as a stream: it is given each column once, keeps what it
 * needs of those before, and says every 20 ms how sure it is of each word. */
#include "columns.h"
#include "keywords.h"
#include "listen.h"

enum { WORDS = KEYWORDS_OUTPUT_SIZE };

typedef char input_is_a_column[KEYWORDS_INPUT_SIZE == BANDS ? 1 : -1];

/* Of 255, three digits and a space. */
static void print_score(int32_t score) {
    char text[] = "000 ";
    text[0] = (char)('0' + score / 100);
    text[1] = (char)('0' + score / 10 % 10);
    text[2] = (char)('0' + score % 10);
    board_print(text);
}

int main(void) {
    for (int32_t at = 0; at + WINDOW <= SAMPLES; at += STEP) {
        const int8_t *features = column_at(at);
        int8_t *input = keywords_input();
        for (int i = 0; i < BANDS; i++) {
            input[i] = features[i];
        }
        board_mark();
        keywords_invoke();
        board_mark();
        print_time(at + WINDOW, RECORDING_RATE);
        for (int i = 0; i < WORDS; i++) {
            print_score(keywords_output()[i] - (KEYWORDS_OUTPUT_ZERO_POINT));
        }
        board_print("\n");
    }
    board_exit(0);
    return 0;
}
