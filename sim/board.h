/* What a firmware asks of the board it runs on, the same on every target.
 * sim/BOARD/board.c implements it for a simulator; a real board would do so
 * with its own serial line. */
#ifndef BOARD_H
#define BOARD_H

#include <stdint.h>

/* Constant bytes that stay in flash: how they are defined, and byte `i` of such
 * an array. */
#if defined(__AVR__)
#include <avr/pgmspace.h>
#define BOARD_CONSTANT PROGMEM
#if defined(__AVR_HAVE_ELPM__)
#define BOARD_LOAD(array, i) pgm_read_byte_far(pgm_get_far_address(array) + (i))
#else
#define BOARD_LOAD(array, i) pgm_read_byte(&(array)[i])
#endif
#else
#define BOARD_CONSTANT
#define BOARD_LOAD(array, i) ((array)[i])
#endif

/* Bytes that may be read as elements of any type. */
#if defined(__GNUC__) && !defined(__AVR__)
#define BOARD_ALIGNED __attribute__((aligned(8)))
#else
#define BOARD_ALIGNED
#endif

/* Text to the host's console. */
void board_print(const char *text);

/* Ends the run; 0 is success.  Does not return. */
void board_exit(int status);

/* Ends one measured region and begins the next: the simulator records the
 * instructions (AVR: cycles; the host: nanoseconds) so far. */
void board_mark(void);

/* Whether to run all frames once more: where time is measured rather than
 * counted, the least of many is taken. */
int board_again(void);

/* The greatest depth that the stack has had since board_paint(), in bytes from
 * where the caller of board_paint() calls. */
void board_paint(void);
uint32_t board_stack_peak(void);

#endif
