/* A Cortex-M4 that tells whether a picture shows a person.
 *
 * Pictures come from flash; on a board a camera would write grey levels, less
 * 128, where person_input() points. */
#include "board.h"
#include "person.h"
#include "pictures.h" /* made by run.sh: pictures[], int8 */

enum {
    PICTURE = PERSON_INPUT_SIZE, /* bytes; pictures are square */
    COLUMNS = 32,                /* characters that a picture is shown in */
    LINES = COLUMNS / 2,
    PERSON = 1 /* the class */
};

static int32_t side_of(int32_t pixels) {
    int32_t side = 1;
    while (side * side < pixels) {
        side++;
    }
    return side;
}

/* The mean grey level, 0 to 255, under a character. */
static int32_t mean_of(const int8_t *picture, int32_t column, int32_t line) {
    const int32_t side = side_of(PICTURE);
    const int32_t left = column * side / COLUMNS;
    const int32_t right = (column + 1) * side / COLUMNS;
    const int32_t top = line * side / LINES;
    const int32_t bottom = (line + 1) * side / LINES;
    int32_t sum = 0;
    for (int32_t y = top; y < bottom; y++) {
        for (int32_t x = left; x < right; x++) {
            sum += picture[y * side + x] + 128;
        }
    }
    return sum / ((right - left) * (bottom - top));
}

static void show(const int8_t *picture) {
    static const char ink[] = "@%#*+=-:. ";
    char text[COLUMNS + 2];
    for (int32_t line = 0; line < LINES; line++) {
        for (int32_t column = 0; column < COLUMNS; column++) {
            text[column] = ink[mean_of(picture, column, line) * 10 / 256];
        }
        text[COLUMNS] = '\n';
        text[COLUMNS + 1] = '\0';
        board_print(text);
    }
}

/* How sure the network is that there is a person, in per cent. */
static int32_t look_at(const int8_t *picture) {
    int8_t *input = person_input();
    for (int32_t i = 0; i < PICTURE; i++) {
        input[i] = picture[i];
    }
    board_mark();
    person_invoke();
    board_mark();
    const int32_t score = person_output()[PERSON] - (PERSON_OUTPUT_ZERO_POINT);
    return score * 100 / 255;
}

static void print_verdict(int32_t percent) {
    char text[] = "    %\n\n";
    text[1] = percent >= 100 ? '1' : ' ';
    text[2] = percent >= 10 ? (char)('0' + percent / 10 % 10) : ' ';
    text[3] = (char)('0' + percent % 10);
    board_print(percent >= 50 ? "a person" : "nobody");
    board_print(text);
}

int main(void) {
    for (int32_t at = 0; at + PICTURE <= (int32_t)sizeof pictures;
         at += PICTURE) {
        show(pictures + at);
        print_verdict(look_at(pictures + at));
    }
    board_exit(0);
    return 0;
}
