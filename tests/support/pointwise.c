#include "pointwise.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "reference.h"

enum { RANK = 6 };

/* --- arithmetic --- */

int64_t reference_scale(int64_t x, double factor) {
    return reference_multiply(x, reference_factor(factor));
}

static void type_range(int32_t type, double *min, double *max) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        *min = INT8_MIN;
        *max = INT8_MAX;
        break;
    case TFLITE_TYPE_INT16:
        *min = INT16_MIN;
        *max = INT16_MAX;
        break;
    default:
        *min = -HUGE_VAL;
        *max = HUGE_VAL;
        break;
    }
}

double reference_clamp(const struct pointwise *op, double y) {
    double min, max, low = -HUGE_VAL, high = HUGE_VAL;
    type_range(op->type, &min, &max);
    switch (op->activation) {
    case TFLITE_ACT_RELU:
        low = 0;
        break;
    case TFLITE_ACT_RELU6:
        low = 0;
        high = 6;
        break;
    case TFLITE_ACT_RELU_N1_TO_1:
        low = -1;
        high = 1;
        break;
    case POINTWISE_0_TO_1:
        low = 0;
        high = 1;
        break;
    default:
        break;
    }
    if (op->output.scale != 0) {
        low = (double)roundf((float)low / op->output.scale) +
              op->output.zero_point;
        high = (double)roundf((float)high / op->output.scale) +
               op->output.zero_point;
    }
    min = fmax(min, fmin(low, max));
    max = fmin(max, fmax(high, min));
    return fmin(fmax(y, min), max);
}

struct pointwise_units random_units(struct random *random, int32_t type) {
    int32_t bound = type == TFLITE_TYPE_INT8 ? 128 : 32768;
    int32_t kind = random_int(random, 0, 3);
    return (struct pointwise_units){
        .scale = (float)exp2((double)random_float(random, -9, 2)),
        .zero_point = kind == 0   ? 0
                      : kind == 1 ? -bound
                      : kind == 2 ? bound - 1
                                  : random_int(random, -bound, bound - 1)};
}

/* --- values --- */

static size_t type_size(int32_t type) {
    switch (type) {
    case TFLITE_TYPE_INT8:
    case TFLITE_TYPE_BOOL:
        return 1;
    case TFLITE_TYPE_INT16:
        return 2;
    case TFLITE_TYPE_INT64:
        return 8;
    default:
        return 4;
    }
}

static double get(int32_t type, const void *data, int64_t i) {
    switch (type) {
    case TFLITE_TYPE_INT8:
        return ((const int8_t *)data)[i];
    case TFLITE_TYPE_INT16:
        return ((const int16_t *)data)[i];
    case TFLITE_TYPE_INT32:
        return ((const int32_t *)data)[i];
    case TFLITE_TYPE_INT64:
        return (double)((const int64_t *)data)[i];
    case TFLITE_TYPE_BOOL:
        return ((const uint8_t *)data)[i];
    default:
        return (double)((const float *)data)[i];
    }
}

/* Every other one is small, so that two are likely to be equal. */
static int64_t random_int64(struct random *random, double min, double max) {
    return random_int(random, 0, 1)
               ? random_int(random, -2, 2)
               : (int64_t)(min +
                           (max - min) * (double)random_float(random, 0, 1));
}

static void *random_values(struct random *random, const struct pointwise *op,
                           int64_t count) {
    size_t n = (size_t)count;
    void *data = allocate(n, type_size(op->type));
    switch (op->type) {
    case TFLITE_TYPE_INT8:
        random_fill_s8(random, data, n);
        break;
    case TFLITE_TYPE_INT16:
        random_fill_s16(random, data, n);
        break;
    case TFLITE_TYPE_INT32:
        random_fill_s32(random, data, n, (int32_t)op->min, (int32_t)op->max);
        break;
    case TFLITE_TYPE_INT64:
        for (size_t i = 0; i < n; i++) {
            ((int64_t *)data)[i] = random_int64(random, op->min, op->max);
        }
        break;
    case TFLITE_TYPE_BOOL:
        for (size_t i = 0; i < n; i++) {
            ((uint8_t *)data)[i] = (uint8_t)random_int(random, 0, 1);
        }
        break;
    default:
        random_fill_f32(random, data, n, op->min, op->max);
        break;
    }
    return data;
}

/* --- shapes --- */

/* Dimensions of a tensor, with ones in front up to RANK. */
struct dims {
    int32_t rank; /* that the file says */
    int32_t dim[RANK];
};

static int64_t dims_count(const struct dims *dims) {
    int64_t count = 1;
    for (int i = 0; i < RANK; i++) {
        count *= dims->dim[i];
    }
    return count;
}

/* Where the value at `place` of the output lies in an input. */
static int64_t find(const struct dims *input, const struct dims *output,
                    int64_t place) {
    int64_t at = 0, stride = 1;
    for (int i = RANK - 1; i >= 0; i--) {
        int64_t coordinate = place % output->dim[i];
        place /= output->dim[i];
        at += input->dim[i] == 1 ? 0 : coordinate * stride;
        stride *= input->dim[i];
    }
    return at;
}

/* An output's shape, and inputs' shapes that are broadcast to it. */
static void random_dims(struct random *random, int inputs, struct dims *output,
                        struct dims input[2]) {
    int32_t rank = random_int(random, 0, RANK);
    *output = (struct dims){rank, {1, 1, 1, 1, 1, 1}};
    for (int i = RANK - rank; i < RANK; i++) {
        output->dim[i] = random_int(random, 1, rank > 4 ? 3 : 5);
    }
    input[0] = input[1] = *output;
    if (inputs == 1) {
        return;
    }
    int32_t often = random_int(random, 0, 3); /* how often one is repeated */
    for (int i = RANK - rank; i < RANK; i++) {
        if (random_int(random, 0, 3) < often) {
            input[random_int(random, 0, 1)].dim[i] = 1;
        }
    }
    /* Leading ones may be missing in one of them. */
    struct dims *shorter = &input[random_int(random, 0, 1)];
    while (shorter->rank > 0 && shorter->dim[RANK - shorter->rank] == 1 &&
           random_int(random, 0, 2) > 0) {
        shorter->rank--;
    }
}

static struct writer_tensor make_tensor(const struct pointwise *op,
                                        struct pointwise_units units,
                                        const struct dims *dims) {
    struct writer_tensor tensor = {.type = op->type,
                                   .rank = dims->rank,
                                   .scale = units.scale,
                                   .zero_point = units.zero_point};
    for (int i = 0; i < dims->rank; i++) {
        tensor.dims[i] = dims->dim[RANK - dims->rank + i];
    }
    return tensor;
}

static int32_t output_type(const struct pointwise *op) {
    return op->gives_bool ? TFLITE_TYPE_BOOL : op->type;
}

static struct test_op make_op(const struct pointwise *op,
                              const struct dims *output,
                              const struct dims input[2]) {
    struct test_op made = {.code = op->code,
                           .options = op->options,
                           .input_count = op->input_count,
                           .output_count = 1};
    for (int i = 0; i < op->input_count; i++) {
        made.input[i] = make_tensor(op, op->input[i], &input[i]);
    }
    made.output[0] = make_tensor(op, op->output, output);
    made.output[0].type = output_type(op);
    return made;
}

struct test_op pointwise_op(const struct pointwise *op, int32_t count) {
    struct dims dims = {1, {1, 1, 1, 1, 1, count}};
    return make_op(op, &dims, (const struct dims[2]){dims, dims});
}

/* --- checks --- */

static void compare(const struct pointwise *op, int64_t i, double a, double b,
                    double found) {
    double expected = op->expected(op, a, b);
    double error = fabs(found - expected);
    if (!(error <= op->tolerance * (1 + fabs(expected)))) {
        fail_msg("value %lld: inputs %.9g and %.9g give %.9g, expected %.9g "
                 "(scales %.9g, %.9g, %.9g; zero points %d, %d, %d)",
                 (long long)i, a, b, found, expected,
                 (double)op->input[0].scale, (double)op->input[1].scale,
                 (double)op->output.scale, (int)op->input[0].zero_point,
                 (int)op->input[1].zero_point, (int)op->output.zero_point);
    }
}

/* `constant`: the input that is one, or none of them. */
static void check(struct random *random, const struct pointwise *op,
                  const struct dims *output, const struct dims input[2],
                  int constant) {
    struct test_op made = make_op(op, output, input);
    void *data[2] = {NULL, NULL};
    for (int i = 0; i < op->input_count; i++) {
        data[i] = random_values(random, op, dims_count(&input[i]));
        made.input[i].data = i == constant ? data[i] : NULL;
    }
    struct test_model *model = model_from_op(&made);
    model_expect_ok(model);
    for (int i = 0, at = 0; i < op->input_count; i++) {
        if (i != constant) {
            memcpy(model_input(model, at), data[i],
                   model_input_size(model, at));
            at++;
        }
    }
    model_run(model);
    for (int64_t i = 0; i < dims_count(output); i++) {
        double a = get(op->type, data[0], find(&input[0], output, i));
        double b =
            data[1] ? get(op->type, data[1], find(&input[1], output, i)) : 0;
        compare(op, i, a, b, get(output_type(op), model_output(model, 0), i));
    }
    model_free(model);
    free(data[0]);
    free(data[1]);
}

void pointwise_check(struct random *random, const struct pointwise *op) {
    struct dims output, input[2];
    random_dims(random, op->input_count, &output, input);
    int constant = op->input_count == 1 ? -1 : random_int(random, -1, 1);
    check(random, op, &output, input, constant);
}

void pointwise_check_single(struct random *random, const struct pointwise *op,
                            int constant) {
    const struct dims output = {4, {1, 1, 3, 5, 7, 11}};
    struct dims input[2] = {output, output};
    input[constant] =
        (struct dims){random_int(random, 0, 3), {1, 1, 1, 1, 1, 1}};
    check(random, op, &output, input, constant);
}

void pointwise_check_all(const struct pointwise *op) {
    int32_t count = op->type == TFLITE_TYPE_INT8 ? 256 : 65536;
    struct test_op made = pointwise_op(op, count);
    struct test_model *model = model_from_op(&made);
    model_expect_ok(model);
    for (int32_t i = 0; i < count; i++) {
        if (op->type == TFLITE_TYPE_INT8) {
            ((int8_t *)model_input(model, 0))[i] = (int8_t)(i - 128);
        } else {
            ((int16_t *)model_input(model, 0))[i] = (int16_t)(i - 32768);
        }
    }
    model_run(model);
    for (int32_t i = 0; i < count; i++) {
        compare(op, i, i - count / 2, 0,
                get(op->type, model_output(model, 0), i));
    }
    model_free(model);
}
