/* An ATmega328P that knows the sine: runs the network on 16 angles and draws
 * what it says.
 *
 * In the simulator the console is a register (sim/avr/board.c); on a board,
 * board_print() would send on the serial line. */
#include "board.h"
#include "sine.h"

enum { ANGLES = 16, COLUMNS = 41 };

/* The angle 2 pi i / ANGLES, and the sine that is said, in stored values: real
 * = scale * (stored - zero point).  All in integers; sine_predict() would do it
 * in float. */
static int8_t angle_at(int i) {
    const int32_t steps =
        (int32_t)(6.2831853f / ANGLES / SINE_INPUT_SCALE * 256.0f) * i;
    return (int8_t)((steps + 128) / 256 + SINE_INPUT_ZERO_POINT);
}

static int column_of(int8_t sine) {
    const int32_t unit = (int32_t)(SINE_OUTPUT_SCALE * (COLUMNS / 2) * 65536);
    return (int)(((sine - SINE_OUTPUT_ZERO_POINT) * unit + 32768) / 65536 +
                 COLUMNS / 2);
}

static void print_row(int column) {
    char row[COLUMNS + 2];
    for (int i = 0; i < COLUMNS; i++) {
        row[i] = ' ';
    }
    row[COLUMNS / 2] = '|';
    if (column >= 0 && column < COLUMNS) {
        row[column] = '*';
    }
    row[COLUMNS] = '\n';
    row[COLUMNS + 1] = '\0';
    board_print(row);
}

int main(void) {
    for (int i = 0; i <= ANGLES; i++) {
        sine_input()[0] = angle_at(i);
        board_mark();
        sine_invoke();
        board_mark();
        print_row(column_of(sine_output()[0]));
    }
    board_exit(0);
    return 0;
}
