/* Outputs that follow a line: scaled with one multiplication, a shift and
 * saturation.
 *
 * Where the output's zero point is also its least value, as after a ReLU,
 * rounding half away from zero is rounding half up for all that is left, and
 * output z is reached at sums that lie on a line but for being whole numbers.
 * mf_dsp_line() follows a line too; here one is looked for that reaches every
 * output at the very same sum, which is the proof that it is right. */
#ifndef OP_DSP_LINE_H
#define OP_DSP_LINE_H

#include <stdbool.h>
#include <stdint.h>

#include "op/packed.h"

/* Sums are given times this. */
enum { DSP_LINE_UNIT = 256 };

/* Of one channel: mf_dsp_line(256 * sum + start, multiplier, ...). */
struct dsp_line {
    int32_t multiplier;
    int32_t start;
};

/* Makes the lines of all channels of `from`, in an array of as many as it has
 * scales, and their shift: 0 if there is none that all have.  False when memory
 * is out. */
bool dsp_lines_make(struct context *context, const struct portable *from,
                    struct dsp_line **line, int32_t *shift);

#endif
