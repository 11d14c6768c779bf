/* PAD and PADV2: the border and the middle, in every type and rank. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"
#include "op/op.h"

struct pad {
    struct test_op op;
    int32_t narrow[WRITER_MAX_RANK][2];
    int64_t wide[WRITER_MAX_RANK][2];
    uint8_t border[8];
};

/* A random PAD or PADV2; the border's bytes as they should come out. */
static struct pad *random_pad(struct random *random) {
    struct pad *pad = calloc(1, sizeof *pad);
    struct test_op *op = &pad->op;
    struct writer_tensor *input = &op->input[0], *output = &op->output[0];
    bool has_value = random_int(random, 0, 1);
    input->type = random_type(random);
    random_shape(random, 1, 6, input);
    *output = *input;
    for (int i = 0; i < input->rank; i++) {
        for (int side = 0; side < 2; side++) {
            int32_t n = random_int(random, 0, 3);
            pad->narrow[i][side] = n > 1 ? 0 : n + 1;
            pad->wide[i][side] = pad->narrow[i][side];
            output->dims[i] += pad->narrow[i][side];
        }
    }
    bool is_8_bit =
        input->type == TFLITE_TYPE_INT8 || input->type == TFLITE_TYPE_UINT8;
    if (is_8_bit && random_int(random, 0, 3)) {
        output->scale = 0.5f;
        output->zero_point = input->type == TFLITE_TYPE_INT8
                                 ? random_int(random, -128, 127)
                                 : random_int(random, 0, 255);
        pad->border[0] = (uint8_t)output->zero_point;
    }
    bool is_wide = random_int(random, 0, 1);
    op->code = has_value ? TFLITE_PADV2 : TFLITE_PAD;
    op->options =
        options_empty(has_value ? TFLITE_OPTIONS_PAD_V2 : TFLITE_OPTIONS_PAD);
    op->input[1] = (struct writer_tensor){
        .type = is_wide ? TFLITE_TYPE_INT64 : TFLITE_TYPE_INT32,
        .rank = 2,
        .dims = {input->rank, 2},
        .data = is_wide ? (void *)pad->wide : (void *)pad->narrow};
    op->input_count = has_value ? 3 : 2;
    op->output_count = 1;
    if (has_value) {
        op->input[2] = (struct writer_tensor){.type = input->type,
                                              .scale = output->scale,
                                              .zero_point = output->zero_point,
                                              .data = pad->border};
        random_bytes(random, pad->border, type_size(input->type));
    }
    return pad;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {1};
    for (int trial = 0; trial < 300; trial++) {
        struct pad *pad = random_pad(&random);
        const struct writer_tensor *input = &pad->op.input[0];
        const struct writer_tensor *output = &pad->op.output[0];
        void *data = random_input(&random, &pad->op, 0);
        struct test_model *model = model_from_op(&pad->op);
        model_expect_ok(model);
        run_movement(model, &pad->op, (void *[]){data, NULL, NULL});
        int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK];
        do {
            bool inside = true;
            for (int d = 0; d < input->rank; d++) {
                i[d] = o[d] - pad->narrow[d][0];
                inside = inside && i[d] >= 0 && i[d] < input->dims[d];
            }
            assert_memory_equal(element(output, model_output(model, 0), o),
                                inside ? element(input, data, i) : pad->border,
                                (size_t)type_size(input->type));
        } while (next_index(output, o));
        model_free(model);
        free(data);
        free(pad);
    }
}

static const int32_t paddings[4][2] = {{0, 0}, {1, 2}, {0, 3}, {0, 0}};

static struct test_op image_pad(void) {
    return (struct test_op){.code = TFLITE_PAD,
                            .options = options_empty(TFLITE_OPTIONS_PAD),
                            .input = {{.type = TFLITE_TYPE_INT8,
                                       WRITER_SHAPE(1, 4, 5, 2),
                                       .scale = 0.5f,
                                       .zero_point = 3},
                                      {.type = TFLITE_TYPE_INT32,
                                       WRITER_SHAPE(4, 2),
                                       .data = paddings}},
                            .input_count = 2,
                            .output = {{.type = TFLITE_TYPE_INT8,
                                        WRITER_SHAPE(1, 7, 8, 2),
                                        .scale = 0.5f,
                                        .zero_point = 3}},
                            .output_count = 1};
}

/* What pass fuse_pad hears of the node. */
static bool is_spatial(const struct test_op *op) {
    struct test_model *model = model_from_op(op);
    model_expect_ok(model);
    const struct node *node = model_graph(model)->node[0];
    int32_t before[2] = {0}, after[2] = {0};
    bool result = node->op->spatial_pad(node, before, after);
    if (result) {
        assert_int_equal(before[0], 1);
        assert_int_equal(before[1], 0);
        assert_int_equal(after[0], 2);
        assert_int_equal(after[1], 3);
    }
    model_free(model);
    return result;
}

static void test_spatial_pad(void **state) {
    (void)state;
    struct test_op op = image_pad();
    assert_true(is_spatial(&op));
    op.output[0].zero_point = 4;
    assert_false(is_spatial(&op));

    /* Only a value that means zero is a convolution's padding. */
    int8_t value = 3;
    op = image_pad();
    op.code = TFLITE_PADV2;
    op.options = options_empty(TFLITE_OPTIONS_PAD_V2);
    op.input[2] = (struct writer_tensor){.type = TFLITE_TYPE_INT8,
                                         .scale = 0.5f,
                                         .zero_point = 3,
                                         .data = &value};
    op.input_count = 3;
    assert_true(is_spatial(&op));
    value = 2;
    assert_false(is_spatial(&op));

    /* Nor are other dimensions than the two. */
    static const int32_t batches[4][2] = {{1, 0}, {1, 2}, {0, 3}, {0, 0}};
    op = image_pad();
    op.input[1].data = batches;
    op.output[0].dims[0] = 2;
    assert_false(is_spatial(&op));

    op = image_pad();
    op.input[0].type = op.output[0].type = TFLITE_TYPE_FLOAT32;
    assert_true(is_spatial(&op));
    /* int16 is padded with 0, whatever the zero point. */
    op.input[0].type = op.output[0].type = TFLITE_TYPE_INT16;
    assert_false(is_spatial(&op));
    op.input[0].zero_point = op.output[0].zero_point = 0;
    assert_true(is_spatial(&op));
}

static void test_bad(void **state) {
    (void)state;
    struct test_op op = image_pad();
    op.output[0].dims[1] = 8;
    op_expect_message(&op, "op 0 PAD \"output\": output 0 is declared "
                           "1x8x8x2, its inputs give 1x7x8x2");
    op = image_pad();
    op.input[1].data = NULL;
    op_expect_message(&op, "op 0 PAD \"output\": paddings \"input1\" is "
                           "computed at run time, it must be constant");
    op = image_pad();
    op.input[1].dims[1] = 1;
    op_expect_message(&op, "op 0 PAD \"output\": paddings shape is 4x1, it "
                           "must be 4x2");
    op = image_pad();
    static const int32_t negative[4][2] = {{0, 0}, {-1, 2}, {0, 3}, {0, 0}};
    op.input[1].data = negative;
    op_expect_message(&op, "op 0 PAD \"output\": paddings of dimension 1 are "
                           "-1 and 2, each must be at least 0 and the padded "
                           "dimension at most 2147483647");
    op = image_pad();
    static const int64_t huge[4][2] = {
        {0, 0}, {INT64_MAX, INT64_MAX}, {0, 0}, {0, 0}};
    op.input[1].type = TFLITE_TYPE_INT64;
    op.input[1].data = huge;
    op_expect_message(&op,
                      "op 0 PAD \"output\": paddings of dimension 1 are "
                      "9223372036854775807 and 9223372036854775807, each must "
                      "be at least 0 and the padded dimension at most "
                      "2147483647");
    op = image_pad();
    op.output[0].zero_point = 128;
    op_expect_message(&op, "op 0 PAD \"output\": output zero point is 128, it "
                           "must lie within -128..127");
    op = image_pad();
    static const int8_t value = 0;
    op.input[2] = (struct writer_tensor){
        .type = TFLITE_TYPE_INT8, .scale = 0.25f, .data = &value};
    op.input_count = 3;
    op_expect_message(&op, "op 0 PAD \"output\": constant_values has scale "
                           "0.25 and zero point 0, it must have output's, 0.5 "
                           "and 3");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_spatial_pad),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
