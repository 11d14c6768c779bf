/* Executes a stream of a plan on the host. */
#ifndef RUN_RUN_STREAM_H
#define RUN_RUN_STREAM_H

#include "plan/plan.h"

/* `input`: the graph's whole input, if its rows are pushed; else unused. */
void run_stream(const struct plan *plan, const struct stream *stream,
                unsigned char *arena, const unsigned char *input);

#endif
