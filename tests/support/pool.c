#include "pool.h"

#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "allocate.h"

enum { MOST_TAPS = 64 };

static struct pool random_pool(struct random *random, int32_t code,
                               int32_t type) {
    struct pool p = {.code = code,
                     .batches = random_int(random, 1, 3),
                     .channels = random_int(random, 1, 9),
                     .padding =
                         random_int(random, 0, 1) ? TFLITE_SAME : TFLITE_VALID};
    for (int axis = 0; axis < 2; axis++) {
        p.filter[axis] = random_int(random, 1, 8);
        p.stride[axis] = random_int(random, 1, 4);
        p.size[axis] = random_int(random, 0, 7) +
                       (p.padding == TFLITE_SAME ? 1 : p.filter[axis]);
        int32_t covered = p.size[axis];
        if (p.padding == TFLITE_VALID) {
            covered -= p.filter[axis] - 1;
        }
        p.output_size[axis] = (int32_t)ceil((double)covered / p.stride[axis]);
        int32_t total = (p.output_size[axis] - 1) * p.stride[axis] +
                        p.filter[axis] - p.size[axis];
        p.pad[axis] = p.padding == TFLITE_SAME && total > 0 ? total / 2 : 0;
    }
    p.output.type = type;
    p.output.activation = random_int(random, 0, 3);
    p.output.scale = random_float(random, 0.01, 0.1);
    if (type == TFLITE_TYPE_INT16) {
        p.output.scale /= 256;
    }
    p.output.zero_point =
        type == TFLITE_TYPE_INT8 ? random_int(random, -128, 127) : 0;
    return p;
}

static struct test_op op_of(const struct pool *p) {
    float scale = p->output.type == TFLITE_TYPE_FLOAT32 ? 0 : p->output.scale;
    return (struct test_op){
        .code = p->code,
        .options =
            options_pool_2d(p->padding, p->stride[1], p->stride[0],
                            p->filter[1], p->filter[0], p->output.activation),
        .input_count = 1,
        .input = {{.type = p->output.type,
                   WRITER_SHAPE(p->batches, p->size[0], p->size[1],
                                p->channels),
                   .scale = scale,
                   .zero_point = p->output.zero_point}},
        .output_count = 1,
        .output = {{.type = p->output.type,
                    WRITER_SHAPE(p->batches, p->output_size[0],
                                 p->output_size[1], p->channels),
                    .scale = scale,
                    .zero_point = p->output.zero_point}}};
}

static double element(int32_t type, const void *data, int32_t i) {
    return type == TFLITE_TYPE_INT8    ? ((const int8_t *)data)[i]
           : type == TFLITE_TYPE_INT16 ? ((const int16_t *)data)[i]
                                       : (double)((const float *)data)[i];
}

/* The result at (b, y, x, c). */
static double expected(const struct pool *p, const void *input, int32_t b,
                       int32_t y, int32_t x, int32_t c,
                       pool_function *function) {
    double values[MOST_TAPS];
    int count = 0;
    for (int32_t iy = 0; iy < p->size[0]; iy++) {
        for (int32_t ix = 0; ix < p->size[1]; ix++) {
            int32_t ky = iy - (y * p->stride[0] - p->pad[0]);
            int32_t kx = ix - (x * p->stride[1] - p->pad[1]);
            if (ky < 0 || ky >= p->filter[0] || kx < 0 || kx >= p->filter[1]) {
                continue;
            }
            int32_t place = (b * p->size[0] + iy) * p->size[1] + ix;
            values[count++] =
                element(p->output.type, input, place * p->channels + c);
        }
    }
    assert_true(count > 0);
    return reference_activate(&p->output, function(p, values, count));
}

static void check_output(const struct pool *p, const void *input,
                         const void *found, pool_function *function) {
    int32_t count =
        p->batches * p->output_size[0] * p->output_size[1] * p->channels;
    double *want = allocate((size_t)count, sizeof *want);
    for (int32_t i = 0; i < count; i++) {
        int32_t place = i / p->channels, row = place / p->output_size[1];
        want[i] =
            expected(p, input, row / p->output_size[0], row % p->output_size[0],
                     place % p->output_size[1], i % p->channels, function);
    }
    if (p->output.type == TFLITE_TYPE_FLOAT32) {
        reference_assert_near(found, want, (size_t)count);
    }
    for (int32_t i = 0; i < count && p->output.type != TFLITE_TYPE_FLOAT32;
         i++) {
        double value = element(p->output.type, found, i);
        if (value != want[i]) {
            fail_msg("output %d of %d is %g, expected %g", (int)i, (int)count,
                     value, want[i]);
        }
    }
    free(want);
}

void pool_check(struct random *random, int32_t code, int32_t type,
                pool_function *function) {
    struct pool p = random_pool(random, code, type);
    struct test_op op = op_of(&p);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    void *input = model_input(model, 0);
    size_t size = model_input_size(model, 0);
    if (type == TFLITE_TYPE_INT8) {
        random_fill_s8(random, input, size);
    } else if (type == TFLITE_TYPE_INT16) {
        random_fill_s16(random, input, size / 2);
    } else {
        random_fill_f32(random, input, size / 4, -4, 9);
    }
    model_run(model);
    check_output(&p, input, model_output(model, 0), function);
    model_free(model);
}

struct test_op pool_plain(int32_t code) {
    return (struct test_op){
        .code = code,
        .options = options_pool_2d(TFLITE_SAME, 2, 2, 2, 2, TFLITE_ACT_NONE),
        .input_count = 1,
        .input = {{.type = TFLITE_TYPE_INT8,
                   WRITER_SHAPE(1, 4, 4, 2),
                   .scale = 0.5f,
                   .zero_point = -3}},
        .output_count = 1,
        .output = {{.name = "pool",
                    .type = TFLITE_TYPE_INT8,
                    WRITER_SHAPE(1, 2, 2, 2),
                    .scale = 0.5f,
                    .zero_point = -3}}};
}
