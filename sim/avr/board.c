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

int board_again(void) {
    return 0;
}

/* A leaf: all below the stack pointer, which names the first free byte, and
 * where the return address lies, is free. */
__attribute__((noinline)) void board_paint(void) {
    uint8_t *top = (uint8_t *)SP + 1;
    for (volatile uint8_t *p = __bss_end; p < top; p++) {
        *p = PAINT;
    }
#if defined(__AVR_3_BYTE_PC__)
    painted_top = top + 3;
#else
    painted_top = top + 2;
#endif
}

uint32_t board_stack_peak(void) {
    const uint8_t *p = __bss_end;
    while (p < painted_top && *p == PAINT) {
        p++;
    }
    return (uint32_t)(painted_top - p);
}
