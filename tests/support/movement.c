#include "movement.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"

static const struct {
    int32_t type, size;
} types[] = {
    {TFLITE_TYPE_INT8, 1},   {TFLITE_TYPE_UINT8, 1},  {TFLITE_TYPE_BOOL, 1},
    {TFLITE_TYPE_INT16, 2},  {TFLITE_TYPE_INT32, 4},  {TFLITE_TYPE_INT64, 8},
    {TFLITE_TYPE_UINT16, 2}, {TFLITE_TYPE_UINT32, 4}, {TFLITE_TYPE_FLOAT32, 4}};

enum { TYPE_COUNT = sizeof types / sizeof types[0] };

int32_t random_type(struct random *random) {
    return types[random_int(random, 0, TYPE_COUNT - 1)].type;
}

int32_t type_size(int32_t type) {
    int i = 0;
    while (types[i].type != type) {
        i++;
    }
    return types[i].size;
}

void random_shape(struct random *random, int min, int max,
                  struct writer_tensor *tensor) {
    int32_t room = 2000;
    tensor->rank = random_int(random, min, max);
    for (int i = 0; i < tensor->rank; i++) {
        int32_t dim = random_int(random, 1, 6);
        tensor->dims[i] = dim < room ? dim : room;
        room /= tensor->dims[i];
    }
}

int32_t tensor_count(const struct writer_tensor *tensor) {
    int32_t count = 1;
    for (int i = 0; i < tensor->rank; i++) {
        count *= tensor->dims[i];
    }
    return count;
}

int32_t tensor_bytes(const struct writer_tensor *tensor) {
    return tensor_count(tensor) * type_size(tensor->type);
}

void random_bytes(struct random *random, void *data, int32_t size) {
    for (int32_t i = 0; i < size; i++) {
        ((uint8_t *)data)[i] = (uint8_t)random_u64(random);
    }
}

bool next_index(const struct writer_tensor *tensor, int32_t *index) {
    for (int i = tensor->rank - 1; i >= 0; i--) {
        if (++index[i] < tensor->dims[i]) {
            return true;
        }
        index[i] = 0;
    }
    return false;
}

const uint8_t *element(const struct writer_tensor *tensor, const void *data,
                       const int32_t *index) {
    int32_t at = 0;
    for (int i = 0; i < tensor->rank; i++) {
        at = at * tensor->dims[i] + index[i];
    }
    return (const uint8_t *)data + at * type_size(tensor->type);
}

void *random_input(struct random *random, struct test_op *op, int i) {
    int32_t size = tensor_bytes(&op->input[i]);
    void *data = allocate((size_t)size, 1);
    random_bytes(random, data, size);
    if (random_int(random, 0, 3) == 0) {
        op->input[i].data = data;
    }
    return data;
}

void run_movement(struct test_model *model, const struct test_op *op,
                  void *const *data) {
    int at = 0;
    for (int i = 0; i < op->input_count; i++) {
        const struct writer_tensor *input = &op->input[i];
        if (!input->data) {
            memcpy(model_input(model, at++), data[i],
                   (size_t)tensor_bytes(input));
        }
    }
    model_run(model);
}

void movement_check(struct random *random, struct test_op *op,
                    movement_source *source, const void *user, uint8_t border) {
    const struct writer_tensor *input = &op->input[0], *output = &op->output[0];
    void *data[TEST_OP_INPUTS] = {random_input(random, op, 0)};
    struct test_model *model = model_from_op(op);
    model_expect_ok(model);
    run_movement(model, op, data);
    int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK] = {0};
    uint8_t outside[8];
    memset(outside, border, sizeof outside);
    do {
        const uint8_t *wanted =
            source(user, o, i) ? element(input, data[0], i) : outside;
        assert_memory_equal(element(output, model_output(model, 0), o), wanted,
                            (size_t)type_size(input->type));
    } while (next_index(output, o));
    model_free(model);
    free(data[0]);
}
