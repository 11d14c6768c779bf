/* stdin and stdout on the console of simavr: with this file and the linker's
 * --wrap=main a program that streams, such as NAME_driver.c, runs as it is.
 * The run ends when main returns, with its status. */
#include <avr/io.h>
#include <stdio.h>

#include "board.h"

int __real_main(void);
int __wrap_main(void);

static int put(char c, FILE *stream) {
    (void)stream;
    GPIOR1 = (uint8_t)c;
    return 0;
}

/* The byte, then whether there was one. */
static int get(FILE *stream) {
    (void)stream;
    const uint8_t byte = GPIOR1;
    return GPIOR2 ? byte : _FDEV_EOF;
}

static FILE console = FDEV_SETUP_STREAM(put, get, _FDEV_SETUP_RW);

int __wrap_main(void) {
    stdin = stdout = stderr = &console;
    board_exit(__real_main());
    return 0;
}
