/* Cortex-M under qemu-system-arm: reset, semihosting, stack measurement. */
#include "board.h"

#include <stddef.h>

#include "stack.h"

extern uint32_t link_data_load[], link_data_start[], link_data_end[];
extern uint32_t link_bss_start[], link_bss_end[];

int main(void);
void board_reset(void);
static void board_fault(void);

/* Initial stack pointer, then reset, NMI, hard fault and the other faults. */
__attribute__((section(".vectors"), used)) static const struct {
    uint32_t *stack;
    void (*handler[15])(void);
} vectors = {
    link_stack_top,
    {board_reset, board_fault, board_fault, board_fault, board_fault,
     board_fault},
};

static uint32_t semihost(uint32_t operation, const void *argument) {
    register uint32_t r0 __asm__("r0") = operation;
    register const void *r1 __asm__("r1") = argument;
    __asm__ volatile("bkpt 0xab" : "+r"(r0) : "r"(r1) : "memory");
    return r0;
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

static void board_fault(void) {
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
    __asm__ volatile("    .syntax unified\n"
                     "    ldr r0, =link_stack_bottom\n"
                     "    ldr r1, =0xdeadbeef\n"
                     "    mov r2, sp\n"
                     "1:  str r1, [r0]\n"
                     "    adds r0, r0, #4\n"
                     "    cmp r0, r2\n"
                     "    blo 1b\n"
                     "    ldr r0, =board_painted_top\n"
                     "    str r2, [r0]\n"
                     "    bx lr\n"
                     "    .ltorg\n");
}

/* Before memory is initialised: no vector instructions until the coprocessors
 * (FPU, MVE) are enabled, hence the attribute. */
__attribute__((noreturn, optimize("no-tree-loop-distribute-patterns",
                                  "no-tree-vectorize"))) void
board_reset(void) {
#if defined(__ARM_FP) || defined(__ARM_FEATURE_MVE)
    volatile uint32_t *cpacr = (volatile uint32_t *)0xe000ed88;
    *cpacr |= UINT32_C(0xf) << 20;
    __asm__ volatile("dsb\n\tisb" ::: "memory");
#endif
    for (size_t i = 0; link_data_start + i < link_data_end; i++) {
        link_data_start[i] = link_data_load[i];
    }
    for (size_t i = 0; link_bss_start + i < link_bss_end; i++) {
        link_bss_start[i] = 0;
    }
    board_exit(main());
    for (;;) {
    }
}
