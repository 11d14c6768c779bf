/* GATHER and EMBEDDING_LOOKUP: which slices are taken, and that no index leads
 * outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

struct gathering {
    int axis, batch_dims, index_rank;
    const struct writer_tensor *input, *indices;
    const int32_t *values;
    const int64_t *wide; /* if not NULL, instead of values */
};

static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct gathering *g = user;
    const int added = g->indices->rank - g->batch_dims; /* for the axis */
    int32_t at = 0;
    for (int d = 0; d < g->indices->rank; d++) {
        const int32_t index =
            o[d < g->batch_dims ? d : g->axis + d - g->batch_dims];
        at = at * g->indices->dims[d] + index;
    }
    for (int d = 0; d < g->input->rank; d++) {
        i[d] = d < g->axis ? o[d] : d > g->axis ? o[d + added - 1] : 0;
    }
    const int64_t picked = g->wide ? g->wide[at] : g->values[at];
    const int32_t last = g->input->dims[g->axis] - 1;
    i[g->axis] = picked < 0 ? 0 : picked > last ? last : (int32_t)picked;
    return true;
}

/* Indices computed at run time may be anything. */
static void set_indices(struct random *random, struct test_op *op,
                        const struct gathering *g, bool constant,
                        int32_t *values, int64_t *wide) {
    const int32_t size = g->input->dims[g->axis];
    for (int32_t i = 0; i < tensor_count(g->indices); i++) {
        values[i] = random_int(random, 0, size - 1);
        if (!constant && random_int(random, 0, 3) == 0) {
            values[i] = (int32_t)random_u64(random);
        }
        wide[i] = values[i];
    }
    if (constant) {
        op->input[1].data =
            g->indices->type == TFLITE_TYPE_INT64 ? (const void *)wide : values;
    }
}

static void check(struct random *random) {
    int32_t values[2000];
    int64_t wide[2000];
    struct test_op op = {
        .code = TFLITE_GATHER, .input_count = 2, .output_count = 1};
    struct writer_tensor *input = &op.input[0], *indices = &op.input[1];
    struct writer_tensor *output = &op.output[0];
    struct gathering g = {.input = input, .indices = indices};
    input->type = random_type(random);
    random_shape(random, 1, 4, input);
    indices->type =
        random_int(random, 0, 1) ? TFLITE_TYPE_INT64 : TFLITE_TYPE_INT32;
    random_shape(random, 0, 2, indices);
    g.axis = random_int(random, 0, input->rank - 1);
    g.batch_dims =
        random_int(random, 0, g.axis < indices->rank ? g.axis : indices->rank);
    for (int d = 0; d < g.batch_dims; d++) {
        indices->dims[d] = input->dims[d];
    }
    *output = *input;
    output->rank = 0;
    for (int d = 0; d < g.axis; d++) {
        output->dims[output->rank++] = input->dims[d];
    }
    for (int d = g.batch_dims; d < indices->rank; d++) {
        output->dims[output->rank++] = indices->dims[d];
    }
    for (int d = g.axis + 1; d < input->rank; d++) {
        output->dims[output->rank++] = input->dims[d];
    }
    op.options = options_gather(
        random_int(random, 0, 1) ? g.axis : g.axis - input->rank,
        indices->rank > 0 && g.batch_dims > 0 && random_int(random, 0, 1)
            ? g.batch_dims - indices->rank - (g.batch_dims == indices->rank)
            : g.batch_dims);
    if (g.batch_dims == indices->rank) {
        op.options = options_gather(g.axis, g.batch_dims);
    }
    const bool constant = random_int(random, 0, 1);
    set_indices(random, &op, &g, constant, values, wide);
    g.values = values;
    g.wide = indices->type == TFLITE_TYPE_INT64 ? wide : NULL;
    void *data[2] = {random_input(random, &op, 0),
                     g.wide ? (void *)wide : values};
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    run_movement(model, &op, data);
    int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK] = {0};
    do {
        source(&g, o, i);
        assert_memory_equal(element(output, model_output(model, 0), o),
                            element(input, data[0], i),
                            (size_t)type_size(input->type));
    } while (next_index(output, o));
    model_free(model);
    free(data[0]);
}

static void test_random(void **state) {
    (void)state;
    struct random random = {31};
    for (int trial = 0; trial < 500; trial++) {
        check(&random);
    }
}

static struct test_op lookup(int32_t from, int32_t to, const void *table) {
    return (struct test_op){
        .code = TFLITE_EMBEDDING_LOOKUP,
        .input =
            {{.type = TFLITE_TYPE_INT32, WRITER_SHAPE(3)},
             {.type = from, WRITER_SHAPE(4, 2), .scale = 0.25f, .data = table}},
        .input_count = 2,
        .output = {{.type = to, WRITER_SHAPE(3, 2), .scale = 0.25f}},
        .output_count = 1};
}

static void test_embedding(void **state) {
    (void)state;
    static const int8_t table[] = {1, -2, 3, 4, 5, 6, 7, -128};
    static const int32_t rows[] = {3, 0, 9};
    static const int8_t bytes[] = {7, -128, 1, -2, 7, -128};
    static const float floats[] = {1.75f, -32, 0.25f, -0.5f, 1.75f, -32};
    struct test_op op = lookup(TFLITE_TYPE_INT8, TFLITE_TYPE_INT8, table);
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), rows, sizeof rows);
    model_run(model);
    assert_memory_equal(model_output(model, 0), bytes, sizeof bytes);
    model_free(model);
    op = lookup(TFLITE_TYPE_INT8, TFLITE_TYPE_FLOAT32, table);
    model = model_from_op(&op);
    model_expect_ok(model);
    memcpy(model_input(model, 0), rows, sizeof rows);
    model_run(model);
    assert_memory_equal(model_output(model, 0), floats, sizeof floats);
    model_free(model);
}

static struct test_op plain(const int32_t *indices, int32_t axis,
                            int32_t batch_dims) {
    return (struct test_op){
        .code = TFLITE_GATHER,
        .options = options_gather(axis, batch_dims),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)},
                  INT32_VECTOR(indices, 2)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 2)}},
        .output_count = 1};
}

#define NAME   "op 0 GATHER \"output\": "
#define LOOKUP "op 0 EMBEDDING_LOOKUP \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t good[] = {0, 2}, far[] = {0, 3}, minus[] = {-1, 0};
    static const int8_t table[8] = {0};
    struct test_op op = plain(far, 1, 0);
    op_expect_message(&op, NAME "index 1 is 3, it must lie within 0..2");
    op = plain(minus, 1, 0);
    op_expect_message(&op, NAME "index 0 is -1, it must lie within 0..2");
    op = plain(good, 2, 0);
    op_expect_message(&op, NAME "axis is 2, it must lie within -2..1");
    op = plain(good, 1, 2);
    op_expect_message(&op, NAME "batch_dims is 2, it must be at most the axis, "
                                "1, and the dimensions of indices, 1");
    op = plain(good, 1, 1);
    op.input[0].dims[0] = 3;
    op_expect_message(&op, NAME "dimension 0 of input is 3, of indices 2: "
                                "within batch_dims they must be equal");
    op = plain(good, 1, 0);
    op.output[0].dims[1] = 3;
    op_expect_message(&op, NAME "output 0 is declared 2x3, its inputs give "
                                "2x2");
    op = lookup(TFLITE_TYPE_INT8, TFLITE_TYPE_FLOAT32, NULL);
    op_expect_message(&op, LOOKUP "table \"input1\" is computed at run time, "
                                  "it must be constant");
    op = lookup(TFLITE_TYPE_INT8, TFLITE_TYPE_FLOAT32, table);
    op.input[1].zero_point = 1;
    op_expect_message(&op, LOOKUP "table zero point is 1, it must be 0");
    op = lookup(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT8, NULL);
    op_expect_message(&op, LOOKUP "output type is INT8, allowed: FLOAT32");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_embedding),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
