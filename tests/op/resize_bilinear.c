/* RESIZE_BILINEAR against its definition: in 1024ths for integers. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "model.h"
#include "random.h"
#include "reference.h"

struct resizing {
    int32_t type, batches, depth, in[2], out[2];
    bool align, half;
};

static double element(const struct resizing *r, const void *data, int32_t i) {
    return r->type == TFLITE_TYPE_INT8    ? ((const int8_t *)data)[i]
           : r->type == TFLITE_TYPE_INT16 ? ((const int16_t *)data)[i]
                                          : (double)((const float *)data)[i];
}

/* Where output i lies between lower and upper: the weight of the upper one. */
struct place {
    int32_t lower, upper;
    double weight;
};

static int32_t within(double at, int32_t size) {
    return at < 0 ? 0 : at > size - 1 ? size - 1 : (int32_t)at;
}

static struct place find_place(const struct resizing *r, int axis, int32_t i) {
    int32_t in = r->in[axis], out = r->out[axis];
    if (r->align && out > 1) {
        in--;
        out--;
    }
    double at = 0;
    if (r->type == TFLITE_TYPE_FLOAT32) {
        double scale = (double)in / out;
        at = r->half ? (i + 0.5) * scale - 0.5 : i * scale;
    } else {
        int32_t scale = (1024 * in + out / 2) / out; /* rounded */
        at = (double)(i * scale + (r->half ? scale / 2 - 512 : 0)) / 1024;
    }
    struct place place = {within(floor(at), r->in[axis]),
                          within(ceil(at), r->in[axis]), 0};
    place.weight = place.lower == place.upper ? 0 : at - place.lower;
    return place;
}

static double expected(const struct resizing *r, const void *data, int32_t b,
                       int32_t y, int32_t x, int32_t c) {
    const struct place row = find_place(r, 0, y), column = find_place(r, 1, x);
    double sum = 0;
    for (int corner = 0; corner < 4; corner++) {
        const int32_t iy = corner & 2 ? row.upper : row.lower;
        const int32_t ix = corner & 1 ? column.upper : column.lower;
        const double weight = (corner & 2 ? row.weight : 1 - row.weight) *
                              (corner & 1 ? column.weight : 1 - column.weight);
        sum += weight *
               element(r, data,
                       ((b * r->in[0] + iy) * r->in[1] + ix) * r->depth + c);
    }
    /* All that integers are made of is a multiple of 2^-20: exact. */
    return r->type == TFLITE_TYPE_FLOAT32 ? sum : round(sum);
}

static struct test_op op_of(const struct resizing *r) {
    return (struct test_op){
        .code = TFLITE_RESIZE_BILINEAR,
        .options = options_resize_bilinear(r->align, r->half),
        .input = {{.type = r->type,
                   WRITER_SHAPE(r->batches, r->in[0], r->in[1], r->depth)},
                  {.type = TFLITE_TYPE_INT32, WRITER_SHAPE(2), .data = r->out}},
        .input_count = 2,
        .output = {{.type = r->type,
                    WRITER_SHAPE(r->batches, r->out[0], r->out[1], r->depth)}},
        .output_count = 1};
}

static void check(struct random *random, const struct resizing *r) {
    struct test_op op = op_of(r);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    void *input = model_input(model, 0);
    const size_t size = model_input_size(model, 0);
    if (r->type == TFLITE_TYPE_FLOAT32) {
        random_fill_f32(random, input, size / 4, -4, 9);
    } else if (r->type == TFLITE_TYPE_INT8) {
        random_fill_s8(random, input, size);
    } else {
        random_fill_s16(random, input, size / 2);
    }
    model_run(model);
    const int32_t count = r->batches * r->out[0] * r->out[1] * r->depth;
    const void *found = model_output(model, 0);
    double *want = allocate((size_t)count, sizeof *want);
    for (int32_t i = 0; i < count; i++) {
        const int32_t place = i / r->depth, row = place / r->out[1];
        want[i] = expected(r, input, row / r->out[0], row % r->out[0],
                           place % r->out[1], i % r->depth);
        if (r->type != TFLITE_TYPE_FLOAT32 && element(r, found, i) != want[i]) {
            fail_msg("output %d is %g, expected %g", (int)i,
                     element(r, found, i), want[i]);
        }
    }
    if (r->type == TFLITE_TYPE_FLOAT32) {
        reference_assert_near(found, want, (size_t)count);
    }
    free(want);
    model_free(model);
}

static void test_random(void **state) {
    (void)state;
    static const int32_t types[] = {TFLITE_TYPE_INT8, TFLITE_TYPE_INT16,
                                    TFLITE_TYPE_FLOAT32};
    struct random random = {41};
    for (int trial = 0; trial < 600; trial++) {
        struct resizing r = {.type = types[trial % 3],
                             .batches = random_int(&random, 1, 2),
                             .depth = random_int(&random, 1, 4)};
        for (int axis = 0; axis < 2; axis++) {
            r.in[axis] = random_int(&random, 1, 9);
            r.out[axis] = random_int(&random, 1, 20);
        }
        r.align = random_int(&random, 0, 1);
        r.half = !r.align && random_int(&random, 0, 1);
        check(&random, &r);
    }
}

/* So many columns that the rounded scale leads past the last one. */
static void test_wide(void **state) {
    (void)state;
    struct random random = {42};
    const struct resizing r = {.type = TFLITE_TYPE_INT8,
                               .batches = 1,
                               .depth = 1,
                               .in = {1, 4097},
                               .out = {1, 6145}};
    check(&random, &r);
}

#define NAME "op 0 RESIZE_BILINEAR \"output\": "

static void test_bad(void **state) {
    (void)state;
    const struct resizing good = {.type = TFLITE_TYPE_INT8,
                                  .batches = 1,
                                  .depth = 1,
                                  .in = {2, 3},
                                  .out = {4, 5}};
    struct resizing r = good;
    r.align = r.half = true;
    struct test_op op = op_of(&r);
    op_expect_message(&op, NAME "align_corners and half_pixel_centers are both "
                                "set, at most one is allowed");
    op = op_of(&good);
    op.input[0].type = op.output[0].type = TFLITE_TYPE_INT32;
    op_expect_message(&op, NAME "input type is INT32, allowed: FLOAT32, INT16, "
                                "INT8");
    op = op_of(&good);
    op.input[1].data = NULL;
    op_expect_message(&op, NAME "size \"input1\" is computed at run time, it "
                                "must be constant");
    op = op_of(&good);
    op.output[0].dims[2] = 6;
    op_expect_message(&op, NAME "output 0 is declared 1x4x6x1, its inputs give "
                                "1x4x5x1");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_wide),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
