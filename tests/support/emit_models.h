/* Small models that reach every kind of thing that generated code prints. */
#ifndef TESTS_SUPPORT_EMIT_MODELS_H
#define TESTS_SUPPORT_EMIT_MODELS_H

#include "tflite_writer.h"

/* INT8 1x4 -> dense, 3 -> dense, 2 INT8: one kernel twice. */
struct writer *model_dense(void);

/* No operator: outputs are inputs, one of each type, and a constant.  Names
 * are what a hostile file may say.  Inputs, in order:
 *   0 INT8  2x2  scale 0.5, zero point 3        4 INT32 2  not quantised
 *   1 UINT8 3    scale 0.25, zero point 128     5 INT64 2  not quantised
 *   2 INT16 2    scale 0.125, zero point 0      6 BOOL 2
 *   3 INT32 1    scale 2, zero point -1000      7 FLOAT32 scalar
 * Outputs: the same, then 8: the constant INT16 {-32768, 5}. */
struct writer *model_ports(void);

/* Elements of every width moved as bytes, together with constants:
 * CONCATENATION of an input [2] and a constant [2], of INT16 {-32768, 7},
 * INT32 {INT32_MIN, INT32_MAX}, INT8 {-128, 127}, FLOAT32 {0.1, -infinity}. */
struct writer *model_bytes(void);

/* No inputs, one constant output INT32 {1, INT32_MIN}: no memory at all. */
struct writer *model_constant(void);

/* FLOAT32 [3] -> QUANTIZE to INT16 -> DEQUANTIZE -> FLOAT32 [3]. */
struct writer *model_floats(void);

/* Weights of four bits and of hybrid layers: INT8 1x4x4x3 -> CONV_2D, 4
 * channels -> DEPTHWISE_CONV_2D -> FULLY_CONNECTED, 5 (all of INT4) ->
 * DEQUANTIZE -> FULLY_CONNECTED, 3 (INT8) -> FULLY_CONNECTED, FLOAT32 1x2
 * (INT4). */
struct writer *model_small_weights(void);

#endif
