/* small_speed: a neural network.
 * Made by MicroFlow 0.1.0 from test.tflite.
 *
 * Write every input, call small_speed_invoke(), read the outputs.
 *
 * Inputs share memory with what is computed: every inference needs all of
 * them written anew.
 *
 * A program has one copy of the network, for one thread at a time. */
#ifndef SMALL_SPEED_H
#define SMALL_SPEED_H

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Input "features"  INT8  1x4 */
#define SMALL_SPEED_INPUT_SIZE 4 /* elements */
/* real = SCALE * (element - ZERO_POINT) */
#define SMALL_SPEED_INPUT_SCALE 0.1f
#define SMALL_SPEED_INPUT_ZERO_POINT (-3)
int8_t *small_speed_input(void);

/* Output "scores"  INT8  1x2 */
#define SMALL_SPEED_OUTPUT_SIZE 2 /* elements */
/* real = SCALE * (element - ZERO_POINT) */
#define SMALL_SPEED_OUTPUT_SCALE 0.25f
#define SMALL_SPEED_OUTPUT_ZERO_POINT (4)
const int8_t *small_speed_output(void);

/* Bytes of RAM that inference needs, beside its stack. */
#define SMALL_SPEED_ARENA_SIZE 7

/* One inference.  Outputs are valid until the next, or until an input is
 * written. */
void small_speed_invoke(void);

/* One inference on real numbers: quantises the inputs (rounded half away
 * from zero, clamped, NaN as 0), invokes, converts the outputs back.  Integers
 * that are not quantised are clamped and lose their fraction. */
void small_speed_predict(const float in[SMALL_SPEED_INPUT_SIZE],
                         float out[SMALL_SPEED_OUTPUT_SIZE]);

#ifdef __cplusplus
}
#endif

#endif
