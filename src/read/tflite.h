/* A .tflite file as a module of graphs. */
#ifndef READ_TFLITE_H
#define READ_TFLITE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/context.h"
#include "ir/graph.h"

/* Reads the model.  Constants point into `data` where they can, so the bytes
 * must outlive the module.  Everything in the main graph that is not supported
 * is recorded, not the first thing alone: unknown operators first, then what
 * each operator's own `read` and `infer` refuse. */
bool tflite_read(struct context *context, const void *data, size_t size,
                 struct module **module);

#endif
