/* Runs an AVR firmware in simavr, cycle by cycle.
 *
 *     microflow-simavr MCU FIRMWARE.elf MARKS
 *
 * What the firmware prints goes to stdout, what it reads comes from stdin; at
 * each mark the number of cycles so far is appended to the file MARKS, one
 * decimal number a line.  The exit
 * status is the firmware's, 3 if it crashed or ran away. */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <simavr/sim_avr.h>
#include <simavr/sim_elf.h>

/* Data addresses of GPIOR0..2 on the ATmega328P and the ATmega2560. */
enum { MARK = 0x3e, CONSOLE = 0x4a, EXIT = 0x4b };

/* Cycles after which a firmware is taken to have run away: an hour at 16 MHz.
 */
static const uint64_t CYCLE_LIMIT = UINT64_C(57600000000);

struct run {
    FILE *marks;
    int status;    /* -1 while the firmware runs */
    bool has_read; /* stdin was not at its end */
};

static void write_mark(avr_t *avr, avr_io_addr_t address, uint8_t value,
                       void *user) {
    (void)address;
    (void)value;
    fprintf(((struct run *)user)->marks, "%" PRIu64 "\n", (uint64_t)avr->cycle);
}

static void write_console(avr_t *avr, avr_io_addr_t address, uint8_t value,
                          void *user) {
    (void)avr;
    (void)address;
    (void)user;
    putchar(value);
}

/* A byte of stdin, and 1 if there was one when the byte was last read. */
static uint8_t read_console(avr_t *avr, avr_io_addr_t address, void *user) {
    (void)avr;
    (void)address;
    int byte = getchar();
    ((struct run *)user)->has_read = byte != EOF;
    return (uint8_t)byte;
}

static uint8_t read_status(avr_t *avr, avr_io_addr_t address, void *user) {
    (void)avr;
    (void)address;
    return ((struct run *)user)->has_read;
}

static void write_exit(avr_t *avr, avr_io_addr_t address, uint8_t value,
                       void *user) {
    (void)avr;
    (void)address;
    ((struct run *)user)->status = value;
}

static void be_quiet(avr_t *avr, const int level, const char *format,
                     va_list arguments) {
    (void)avr;
    if (level == LOG_ERROR) {
        vfprintf(stderr, format, arguments);
    }
}

int main(int argc, char **argv) {
    if (argc != 4) {
        fprintf(stderr, "usage: microflow-simavr MCU FIRMWARE.elf MARKS\n");
        return 2;
    }
    avr_global_logger_set(be_quiet);
    elf_firmware_t firmware;
    memset(&firmware, 0, sizeof firmware);
    if (elf_read_firmware(argv[2], &firmware) != 0) {
        fprintf(stderr, "cannot read %s\n", argv[2]);
        return 2;
    }
    avr_t *avr = avr_make_mcu_by_name(argv[1]);
    struct run run = {fopen(argv[3], "w"), -1, false};
    if (!avr || !run.marks) {
        fprintf(stderr, "cannot simulate %s or write %s\n", argv[1], argv[3]);
        return 2;
    }
    avr_init(avr);
    avr_load_firmware(avr, &firmware);
    avr_register_io_write(avr, MARK, write_mark, &run);
    avr_register_io_write(avr, CONSOLE, write_console, &run);
    avr_register_io_write(avr, EXIT, write_exit, &run);
    avr_register_io_read(avr, CONSOLE, read_console, &run);
    avr_register_io_read(avr, EXIT, read_status, &run);
    while (run.status < 0 && avr->cycle < CYCLE_LIMIT) {
        int state = avr_run(avr);
        if (state == cpu_Done || state == cpu_Crashed) {
            run.status = 3;
        }
    }
    fclose(run.marks);
    return run.status < 0 ? 3 : run.status;
}
