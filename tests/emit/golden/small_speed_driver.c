/* Runs small_speed on frames, until there are no more: reads every input
 * from stdin, writes every output to stdout.  Tensors are raw, little-endian,
 * in the model's order. */
#include <stdio.h>

#include "small_speed.h"

/* Where byte i of a little-endian tensor lies on this machine. */
static size_t place(size_t i, size_t size) {
    const unsigned one = 1;
    size_t k = i % size;
    return *(const unsigned char *)&one ? i : i - k + (size - 1 - k);
}

/* Reads elements of `size` bytes; returns how many bytes there were. */
static size_t read_tensor(void *tensor, size_t size, size_t count) {
    unsigned char *bytes = tensor;
    size_t i;
    for (i = 0; i < size * count; i++) {
        int byte = getchar();
        if (byte == EOF) {
            break;
        }
        bytes[place(i, size)] = (unsigned char)byte;
    }
    return i;
}

/* Writes elements of `size` bytes. */
static void write_tensor(const void *tensor, size_t size, size_t count) {
    const unsigned char *bytes = tensor;
    for (size_t i = 0; i < size * count; i++) {
        putchar(bytes[place(i, size)]);
    }
}

int main(void) {
    const size_t frame = 4; /* bytes */
    for (;;) {
        size_t got = 0;
        got += read_tensor(small_speed_input(), 1, SMALL_SPEED_INPUT_SIZE);
        if (ferror(stdin)) {
            fprintf(stderr, "small_speed: cannot read\n");
            return 1;
        }
        if (got == 0) {
            break;
        }
        if (got < frame) {
            fprintf(stderr, "small_speed: the last frame has %lu of %lu bytes\n",
                    (unsigned long)got, (unsigned long)frame);
            return 1;
        }
        small_speed_invoke();
        write_tensor(small_speed_output(), 1, SMALL_SPEED_OUTPUT_SIZE);
    }
    if (fflush(stdout) == EOF || ferror(stdout)) {
        fprintf(stderr, "small_speed: cannot write\n");
        return 1;
    }
    return 0;
}
