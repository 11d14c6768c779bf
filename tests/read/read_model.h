/* Small models for the tests of the TFLite reader: layers of 4 int8 values
 * through FULLY_CONNECTED, and what reading them gives. */
#ifndef TESTS_READ_READ_MODEL_H
#define TESTS_READ_READ_MODEL_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "read/tflite.h"
#include "tflite_options.h"
#include "tflite_writer.h"

/* An activation, INT8 1x4. */
static inline struct writer_tensor activation_of(const char *name) {
    return (struct writer_tensor){.name = name,
                                  .type = TFLITE_TYPE_INT8,
                                  WRITER_SHAPE(1, 4),
                                  .scale = 0.5f,
                                  .zero_point = -3};
}

static inline int32_t add_activation(struct writer *writer, const char *name) {
    const struct writer_tensor tensor = activation_of(name);
    return writer_tensor(writer, &tensor);
}

/* Constant weights, INT8 4x4. */
static inline struct writer_tensor weights_of(const char *name) {
    static const int8_t data[16] = {1, -2, 3,  -4, 5,  -6, 7,  -8,
                                    9, 10, 11, 12, 13, 14, 15, 16};
    return (struct writer_tensor){.name = name,
                                  .type = TFLITE_TYPE_INT8,
                                  WRITER_SHAPE(4, 4),
                                  .scale = 0.25f,
                                  .data = data};
}

static inline int32_t add_weights(struct writer *writer, const char *name) {
    const struct writer_tensor tensor = weights_of(name);
    return writer_tensor(writer, &tensor);
}

/* out = FULLY_CONNECTED(in, filter) */
static inline void add_layer(struct writer *writer, int32_t in, int32_t filter,
                             int32_t out) {
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(in, filter),
                    WRITER_LIST(out), options_fully_connected(0, 0, false));
}

/* The model of one layer "in" -> "out": tensors 0 in, 1 filter, 2 out. */
static inline struct writer *one_layer(const struct writer_tensor *in,
                                       const struct writer_tensor *filter,
                                       const struct writer_tensor *out) {
    const struct writer_tensor usual[] = {
        activation_of("in"), weights_of("filter"), activation_of("out")};
    struct writer *writer = writer_new();
    writer_tensor(writer, in == NULL ? &usual[0] : in);
    writer_tensor(writer, filter == NULL ? &usual[1] : filter);
    writer_tensor(writer, out == NULL ? &usual[2] : out);
    add_layer(writer, 0, 1, 2);
    writer_inputs(writer, WRITER_LIST(0));
    writer_outputs(writer, WRITER_LIST(2));
    return writer;
}

/* A model that has been read, or its messages. */
struct reading {
    struct context context;
    struct module *module;
    uint8_t *data;
    size_t size;
    bool ok;
};

/* Reads bytes, which it owns then, and holds what was read to its invariants:
 * a message if and only if it was refused. */
static inline struct reading read_bytes(uint8_t *data, size_t size) {
    struct reading reading = {
        .context = {.file = "x.tflite"}, .data = data, .size = size};
    reading.ok = tflite_read(&reading.context, data, size, &reading.module);
    assert_true(reading.ok == (reading.context.first == NULL));
    if (reading.ok) {
        assert_true(reading.module->graph_count > 0);
        for (int32_t i = 0; i < reading.module->graph_count; i++) {
            assert_true(reading.module->graph[i] == NULL ||
                        graph_check(&reading.context, reading.module->graph[i],
                                    "reading"));
        }
    }
    return reading;
}

/* Takes the writer. */
static inline struct reading read_writer(struct writer *writer) {
    size_t size;
    uint8_t *data = writer_finish(writer, &size);
    writer_free(writer);
    return read_bytes(data, size);
}

static inline void end_reading(struct reading *reading) {
    arena_free(&reading->context.arena);
    free(reading->data);
    reading->data = NULL;
}

/* The main graph of a model that must have been accepted. */
static inline const struct graph *accepted(const struct reading *reading) {
    if (!reading->ok) {
        print_error("%s\n", reading->context.first->text);
    }
    assert_true(reading->ok);
    return reading->module->graph[0];
}

/* Holds the messages, in order and without "x.tflite: ", to those given. */
static inline void expect_messages(struct reading *reading, size_t count,
                                   const char *const messages[]) {
    const struct message *message = reading->context.first;
    for (size_t i = 0; i < count; i++, message = message->next) {
        char expected[512];
        snprintf(expected, sizeof expected, "x.tflite: %s", messages[i]);
        assert_non_null(message);
        assert_string_equal(message->text, expected);
    }
    if (message != NULL) {
        print_error("one too many: %s\n", message->text);
    }
    assert_null(message);
    end_reading(reading);
}

/* Reads the writer's model, takes it, and holds all messages to those given. */
#define EXPECT(writer, ...)                                                    \
    do {                                                                       \
        const char *const expected_[] = {__VA_ARGS__};                         \
        struct reading reading_ = read_writer(writer);                         \
        expect_messages(&reading_, sizeof expected_ / sizeof expected_[0],     \
                        expected_);                                            \
    } while (0)

#endif
