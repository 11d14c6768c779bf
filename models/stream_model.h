/* Networks over time that are given a step a call: what a layer needs of the
 * steps before is kept in a variable. */
#ifndef MODELS_STREAM_MODEL_H
#define MODELS_STREAM_MODEL_H

#include "quantize_model.h"
#include "tflite_writer.h"

/* Adds the operators that put the `rows` - 1 rows (1 x 1 x channels each) that
 * came before in front of the tensor `newest`; returns the tensor of all
 * `rows`.  The variable's name starts with `name`; at first it is zeros. */
int32_t keep_rows(struct writer *writer, const char *name,
                  struct quantized quantized, int rows, int channels,
                  int32_t newest);

#endif
