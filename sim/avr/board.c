/* ATmega under simavr: three general-purpose I/O registers are the console, the
 * marker and the exit (sim/avr/simulate.c watches them). */
#include "board.h"

#include <avr/io.h>

void board_print(const char *text) {
    for (uint16_t i = 0; text[i]; i++) {
        GPIOR1 = (uint8_t)text[i];
    }
}

void board_exit(int status) {
    GPIOR2 = (uint8_t)status;
    for (;;) {
    }
}

void board_mark(void) {
    GPIOR0 = 1;
}

extern uint8_t __bss_end[]; /* avr-libc's linker script: end of static RAM */

enum { PAINT = 0xc5 };
static uint8_t *painted_top;

__attribute__((noinline)) void board_paint(void) {
    uint8_t *top = (uint8_t *)SP;
    painted_top = top;
    for (uint8_t *p = __bss_end; p < top - 16; p++) {
        *p = PAINT;
    }
}

uint32_t board_stack_peak(void) {
    const uint8_t *p = __bss_end;
    while (p < painted_top && *p == PAINT) {
        p++;
    }
    return (uint32_t)(painted_top - p);
}
