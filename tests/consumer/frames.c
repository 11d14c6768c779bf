/* Runs one model, compiled in two ways, over frames from stdin; holds the two
 * to each other, and writes their outputs to stdout. */
#include <stdio.h>
#include <string.h>

#include "deep.h"
#include "small.h"

int main(void) {
    while (fread(deep_input(), 1, DEEP_INPUT_SIZE, stdin) == DEEP_INPUT_SIZE) {
        memcpy(small_input(), deep_input(), SMALL_INPUT_SIZE);
        deep_invoke();
        small_invoke();
        if (memcmp(deep_output(), small_output(), DEEP_OUTPUT_SIZE) != 0) {
            fputs("size and speed differ\n", stderr);
            return 1;
        }
        fwrite(deep_output(), 1, DEEP_OUTPUT_SIZE, stdout);
    }
    return 0;
}
