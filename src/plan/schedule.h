/* In which order a stream computes what.
 *
 * Pieces of rows are scheduled by one rule, which the generated code follows,
 * too: of the stages that have all that they need, the last one computes its
 * next piece; if there is none, the next row comes in from outside. */
#ifndef PLAN_SCHEDULE_H
#define PLAN_SCHEDULE_H

#include "plan/stream.h"

/* Along rows or columns: what is made at p is made of `extent` positions from p
 * * stride - pad on. */
struct reach {
    int32_t extent, stride, pad;
};

/* Who reads a strip. */
struct reader {
    int32_t strip, stage;
    struct reach rows, columns;
};

/* Whether it reads the pixel at the place of the one that it makes. */
bool reader_is_pointwise(const struct reader *reader);

struct schedule {
    const struct stream *stream;
    int32_t reader_count;
    struct reader reader[2 * STREAM_LAYERS];
    int32_t there[STREAM_STRIPS]; /* pixels that came, of each strip */
};

void schedule_start(const struct graph *graph, const struct stream *stream,
                    struct schedule *schedule);

/* The strip that gets its next piece; -1 when all is done.  To be counted with
 * schedule_count(). */
int32_t schedule_next(const struct schedule *schedule);
void schedule_count(struct schedule *schedule, int32_t strip);

/* The first pixel of a strip that is still to be read. */
int32_t schedule_lowest(const struct schedule *schedule, int32_t strip);

#endif
