/* What tests of operators that move data share: random types and shapes, and
 * the elements of tensors by index, without regard to their type. */
#ifndef TESTS_SUPPORT_MOVEMENT_H
#define TESTS_SUPPORT_MOVEMENT_H

#include <stdbool.h>
#include <stdint.h>

#include "model.h"
#include "random.h"

/* One of the types that can be moved. */
int32_t random_type(struct random *random);
int32_t type_size(int32_t type);

/* Rank in [min, max], dimensions in 1..6, at most 2000 elements. */
void random_shape(struct random *random, int min, int max,
                  struct writer_tensor *tensor);
int32_t tensor_count(const struct writer_tensor *tensor);
int32_t tensor_bytes(const struct writer_tensor *tensor);
void random_bytes(struct random *random, void *data, int32_t size);

/* The next index in row-major order; false after the last.  Starts at all
 * zeros. */
bool next_index(const struct writer_tensor *tensor, int32_t *index);
/* Where the element with this index is, in an array of elements. */
const uint8_t *element(const struct writer_tensor *tensor, const void *data,
                       const int32_t *index);

/* Random bytes for input i.  One in four times it is made a constant of the
 * model.  Returns the bytes, to be freed. */
void *random_input(struct random *random, struct test_op *op, int i);
/* Copies the bytes of each input that is not constant to where the model
 * reads them, and runs it. */
void run_movement(struct test_model *model, const struct test_op *op,
                  void *const *data);

/* Where the output's element at an index comes from: the index in input 0, or
 * false if from nowhere. */
typedef bool movement_source(const void *user, const int32_t *output,
                             int32_t *input);
/* Gives input 0 random bytes, runs the operator, and holds every element of
 * output 0 to its source; those from nowhere to bytes of `border`. */
void movement_check(struct random *random, struct test_op *op,
                    movement_source *source, const void *user, uint8_t border);

/* A constant vector of INT32. */
#define INT32_VECTOR(values, count)                                            \
    {                                                                          \
        .type = TFLITE_TYPE_INT32, .rank = 1, .dims = {(count)},               \
        .data = (values)                                                       \
    }
#define INT32_SCALAR(value)                                                    \
    { .type = TFLITE_TYPE_INT32, .data = (value) }

#endif
