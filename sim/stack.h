/* How deep the stack has been, on boards whose linker script says where it
 * ends: board_paint() of such a board fills it with PAINT up to its caller's
 * frame and leaves that place in board_painted_top. */
#ifndef STACK_H
#define STACK_H

#include <stdint.h>

#include "board.h"

extern uint32_t link_stack_bottom[], link_stack_top[];

/* board_paint() is assembly, which knows these by name and value. */
static const uint32_t PAINT = 0xdeadbeef;
extern uint32_t *board_painted_top;
uint32_t *board_painted_top;

uint32_t board_stack_peak(void) {
    const volatile uint32_t *p = link_stack_bottom;
    while (p < board_painted_top && *p == PAINT) {
        p++;
    }
    return (uint32_t)((const char *)board_painted_top - (const char *)p);
}

#endif
