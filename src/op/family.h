/* Families of targets that sum products of INT8 with kernels of their own: a
 * row of hooks each.
 *
 * Operators lower to portable calls; what computes them on a target is chosen
 * here, so that no operator knows of any family. */
#ifndef OP_FAMILY_H
#define OP_FAMILY_H

#include <stdbool.h>
#include <stddef.h>

#include "mf_window.h"
#include "op/op.h"
#include "op/packed.h"
#include "target/target.h"

/* Each hook may be NULL: the family has no such kernel, or no scratch. */
struct family {
    /* Bytes of scratch of the family's kernel for such a window, or for a
     * matrix product of so many batches and inputs. */
    size_t (*conv_2d_scratch)(const mf_window *window);
    size_t (*depthwise_conv_2d_scratch)(const mf_window *window);
    size_t (*fully_connected_scratch)(int64_t batches, int64_t inputs);
    /* Whether output 0 may start where input 0 starts (struct op_memory): then
     * the kernel has to apply whatever the weights are. */
    bool (*conv_2d_in_place)(const mf_window *window);
    bool (*depthwise_conv_2d_in_place)(const mf_window *window);
    /* Columns that convolutions compute together; 0: one. */
    int32_t conv_2d_columns;
    /* Of a window of one pixel, pixels are read before they are written. */
    bool conv_2d_reads_first;
    /* Turns the call, which is what `from` says, into one of the family's
     * kernel, or leaves it as it is where that kernel does not apply.  False
     * when memory is out. */
    bool (*conv_2d)(struct lowering *lowering, struct call *call,
                    const struct portable *from);
    bool (*depthwise_conv_2d)(struct lowering *lowering, struct call *call,
                              const struct portable *from);
    bool (*fully_connected)(struct lowering *lowering, struct call *call,
                            const struct portable *from);
    /* Gives a call of mf_add_s8 another kernel of the same parameters and
     * operands, where there is one. */
    void (*add)(struct call *call);
};

extern const struct family avr_family, avx2_family, blocked_family, dsp_family,
    mve_family;

/* The hooks as operators call them: nothing happens on a target without a
 * family, and for calls that none takes: groups, a filter that is computed or
 * has a zero point. */
size_t family_conv_2d_scratch(const struct target *target,
                              const mf_window *window);
size_t family_depthwise_conv_2d_scratch(const struct target *target,
                                        const mf_window *window);
size_t family_fully_connected_scratch(const struct target *target,
                                      int64_t batches, int64_t inputs);
bool family_conv_2d_in_place(const struct target *target,
                             const mf_window *window);
int32_t family_conv_2d_columns(const struct target *target);
bool family_conv_2d_reads_first(const struct target *target,
                                const mf_window *window);
bool family_depthwise_conv_2d_in_place(const struct target *target,
                                       const mf_window *window);
bool family_conv_2d(struct lowering *lowering, struct call *call);
bool family_depthwise_conv_2d(struct lowering *lowering, struct call *call);
bool family_fully_connected(struct lowering *lowering, struct call *call);
void family_add(struct lowering *lowering, struct call *call);

#endif
