/* One-operator (and other small) models for tests: built with the writer, read
 * and checked by the compiler, run by the kernels on the host.
 *
 *     struct test_op op = {
 *         .code = TFLITE_MAX_POOL_2D,
 *         .options = options_pool_2d(TFLITE_VALID, 2, 2, 2, 2, 0),
 *         .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 4, 4, 3),
 *                    .scale = 0.5f, .zero_point = -3}},
 *         .input_count = 1,
 *         .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 2, 2, 3),
 *                     .scale = 0.5f, .zero_point = -3}},
 *         .output_count = 1};
 *     struct test_model *model = model_from_op(&op);
 *     model_expect_ok(model);
 *     memcpy(model_input(model, 0), x, sizeof x);
 *     model_run(model);
 *     assert_memory_equal(model_output(model, 0), y, sizeof y);
 *     model_free(model);
 *
 * Misuse and lack of memory end the program. */
#ifndef TESTS_SUPPORT_MODEL_H
#define TESTS_SUPPORT_MODEL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "ir/graph.h"
#include "op/op.h"
#include "tflite_options.h"
#include "tflite_writer.h"

enum { TEST_OP_INPUTS = 24, TEST_OP_OUTPUTS = 4 };

/* A model of one operator.  Inputs with data are constants, variables stay
 * inside, the other inputs are the model's inputs, in order. */
struct test_op {
    const struct target *target; /* to lower for; NULL: generic */
    int32_t code;
    int32_t version; /* 0 means 1 */
    struct writer_options options;
    const char *custom_code; /* for TFLITE_CUSTOM */
    const void *custom_options;
    size_t custom_options_size;
    int32_t input_count;
    struct writer_tensor input[TEST_OP_INPUTS];
    uint32_t omitted; /* bit i: input i is left out (-1 in the file) */
    int32_t output_count;
    struct writer_tensor output[TEST_OP_OUTPUTS];
};

struct test_model;

/* Takes and frees the writer; reads its model, and lowers every node if that
 * went well.  Never NULL: what was refused is in the messages.  Nothing is
 * optimised: the nodes are those of the file.  Messages call it "test.tflite".
 */
struct test_model *model_from_writer(struct writer *writer);
/* The same after all passes of the compiler. */
struct test_model *model_optimized(struct writer *writer);
/* The model of one operator.  Tensors without a name are called "input",
 * "input1", ..., "output", "output1", ... */
struct test_model *model_from_op(const struct test_op *op);
void model_free(struct test_model *model);

/* Message i, the first is 0; NULL past the end, so NULL for i = 0 if the model
 * was accepted. */
const char *model_message(const struct test_model *model, int i);
/* cmocka assertions: it was accepted; its first message is "test.tflite: "
 * followed by `text`; one of its messages is. */
void model_expect_ok(const struct test_model *model);
void model_expect_message(const struct test_model *model, const char *text);
void model_expect_any_message(const struct test_model *model, const char *text);
/* The same in one call: builds, holds the first message to `text`, frees. */
void op_expect_message(const struct test_op *op, const char *text);

/* The main graph of an accepted model. */
struct graph *model_graph(struct test_model *model);
/* The calls of node i, as they are lowered for the host. */
const struct call *model_call(const struct test_model *model, int i);
/* Where input i and output i of the graph are: exactly tensor_size() bytes
 * each, so that a sanitizer sees an access outside. */
void *model_input(struct test_model *model, int i);
const void *model_output(struct test_model *model, int i);
size_t model_input_size(const struct test_model *model, int i);
size_t model_output_size(const struct test_model *model, int i);
/* Any tensor of the graph that is not constant; zero before it is written. */
void *model_data(struct test_model *model, const struct tensor *tensor);

/* Runs every node once.  Each node whose memory hook allows the output to
 * start where an input starts is run that way as well, and the results are
 * asserted to be the same; a view is asserted to keep its input's bytes. */
void model_run(struct test_model *model);

#endif
