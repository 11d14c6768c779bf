/* What a firmware asks of the board it runs on, the same on every target.
 * sim/TARGET/ implements it for a simulator; a real board would do so with its
 * own serial line. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Text to the host's console. */
void board_print(const char *text);

/* Ends the run; 0 is success.  Does not return. */
void board_exit(int status);

/* Ends one measured region and begins the next: the simulator records the
 * instructions (AVR: cycles) executed so far. */
void board_mark(void);

/* The greatest depth that the stack has had since board_paint(), in bytes from
 * the caller's frame of board_paint(). */
void board_paint(void);
uint32_t board_stack_peak(void);

#endif
