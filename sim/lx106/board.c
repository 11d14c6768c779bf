/* Tensilica LX106 (ESP8266) on qemu's "sim" machine: reset, semihosting, stack
 * measurement. */
#include "board.h"

#include <stddef.h>

#include "stack.h"

extern uint32_t link_bss_start[], link_bss_end[];

int main(void);
void board_fault(void);
void board_start(void);

/* Where the core starts.  Of the vectors, which stand at fixed distances from
 * VECBASE, the first that counts is 0x10 (debug), the last 0x70 (double
 * exception). */
__asm__(".section .reset, \"ax\"\n"
        ".globl board_reset\n"
        "board_reset:\n"
        "    j 1f\n"
        "    .align 4\n"
        "2:  .word link_stack_top, board_vectors, board_start\n"
        "1:  l32r a1, 2b\n"
        "    l32r a2, 2b + 4\n"
        "    wsr.vecbase a2\n"
        "    l32r a2, 2b + 8\n"
        "    movi a0, 0\n"
        "    jx a2\n"
        "    .align 0x100\n"
        "board_vectors:\n"
        "    .rept 8\n"
        "    .align 16\n"
        "    j board_fault\n"
        "    .endr\n"
        ".text\n");

enum { SYS_EXIT = 1, SYS_WRITE = 4 };

static uint32_t simcall(uint32_t operation, uint32_t a, const void *b,
                        uint32_t c) {
    register uint32_t a2 __asm__("a2") = operation;
    register uint32_t a3 __asm__("a3") = a;
    register const void *a4 __asm__("a4") = b;
    register uint32_t a5 __asm__("a5") = c;
    __asm__ volatile("simcall"
                     : "+r"(a2), "+r"(a3)
                     : "r"(a4), "r"(a5)
                     : "memory");
    return a2;
}

void board_print(const char *text) {
    uint32_t length = 0;
    while (text[length]) {
        length++;
    }
    simcall(SYS_WRITE, 1, text, length);
}

void board_exit(int status) {
    simcall(SYS_EXIT, (uint32_t)status, NULL, 0);
    for (;;) {
    }
}

__attribute__((used)) void board_fault(void) {
    board_print("fault\n");
    board_exit(3);
}

__attribute__((noinline)) void board_mark(void) {
    __asm__ volatile("");
}

int board_again(void) {
    return 0;
}

/* All below the stack pointer, which is the caller's. */
__asm__(".section .text.board_paint, \"ax\"\n"
        ".align 4\n"
        ".literal_position\n"
        ".globl board_paint\n"
        "board_paint:\n"
        "    movi a2, link_stack_bottom\n"
        "    movi a3, 0xdeadbeef\n"
        "1:  s32i a3, a2, 0\n"
        "    addi a2, a2, 4\n"
        "    bltu a2, a1, 1b\n"
        "    movi a2, board_painted_top\n"
        "    s32i a1, a2, 0\n"
        "    ret\n"
        ".text\n");

__attribute__((used)) void board_start(void) {
    for (size_t i = 0; link_bss_start + i < link_bss_end; i++) {
        link_bss_start[i] = 0;
    }
    board_exit(main());
}
