/* RV32 on qemu's "virt" machine: reset, semihosting, stack measurement. */
#include "board.h"

#include <stddef.h>

#include "stack.h"

extern uint32_t link_bss_start[], link_bss_end[];

int main(void);

/* The code is loaded in RAM, so there is nothing to copy. */
__asm__(".section .reset, \"ax\"\n"
        ".globl board_reset\n"
        "board_reset:\n"
        "    la sp, link_stack_top\n"
        "    la t0, board_fault\n"
        "    csrw mtvec, t0\n"
        "    j board_start\n"
        ".text\n");

/* The three instructions must be uncompressed. */
static uint32_t semihost(uint32_t operation, const void *argument) {
    register uint32_t a0 __asm__("a0") = operation;
    register const void *a1 __asm__("a1") = argument;
    __asm__ volatile(".option push\n"
                     ".option norvc\n"
                     "slli x0, x0, 0x1f\n"
                     "ebreak\n"
                     "srai x0, x0, 7\n"
                     ".option pop\n"
                     : "+r"(a0)
                     : "r"(a1)
                     : "memory");
    return a0;
}

void board_print(const char *text) {
    semihost(0x04, text); /* SYS_WRITE0 */
}

void board_exit(int status) {
    /* SYS_EXIT_EXTENDED: ADP_Stopped_ApplicationExit and the status. */
    const uint32_t block[2] = {0x20026, (uint32_t)status};
    semihost(0x20, block);
    for (;;) {
    }
}

void board_fault(void);
__attribute__((aligned(4), used)) void board_fault(void) {
    board_print("fault\n");
    board_exit(3);
}

__attribute__((noinline)) void board_mark(void) {
    __asm__ volatile("");
}

int board_again(void) {
    return 0;
}

/* All below the stack pointer, which is the caller's: no compiler shall put
 * something there first. */
__attribute__((naked, noinline)) void board_paint(void) {
    __asm__ volatile("    la a0, link_stack_bottom\n"
                     "    li a1, 0xdeadbeef\n"
                     "1:  sw a1, 0(a0)\n"
                     "    addi a0, a0, 4\n"
                     "    bltu a0, sp, 1b\n"
                     "    la a0, board_painted_top\n"
                     "    sw sp, 0(a0)\n"
                     "    ret\n");
}

void board_start(void);
__attribute__((used)) void board_start(void) {
    for (size_t i = 0; link_bss_start + i < link_bss_end; i++) {
        link_bss_start[i] = 0;
    }
    board_exit(main());
}
