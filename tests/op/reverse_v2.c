/* REVERSE_V2: where each element comes from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

struct reversal {
    const struct writer_tensor *input;
    bool reversed[6];
};

static bool source(const void *user, const int32_t *o, int32_t *i) {
    const struct reversal *reversal = user;
    for (int d = 0; d < reversal->input->rank; d++) {
        i[d] =
            reversal->reversed[d] ? reversal->input->dims[d] - 1 - o[d] : o[d];
    }
    return true;
}

static void test_random(void **state) {
    (void)state;
    struct random random = {28};
    for (int trial = 0; trial < 300; trial++) {
        struct test_op op = {
            .code = TFLITE_REVERSE_V2, .input_count = 2, .output_count = 1};
        struct reversal reversal = {.input = &op.input[0]};
        int32_t axes[6], count = 0;
        op.input[0].type = random_type(&random);
        random_shape(&random, 1, 6, &op.input[0]);
        op.output[0] = op.input[0];
        const int32_t rank = op.input[0].rank;
        for (int d = 0; d < rank; d++) {
            reversal.reversed[d] = random_int(&random, 0, 1);
            if (reversal.reversed[d]) {
                axes[count++] = random_int(&random, 0, 1) ? d : d - rank;
            }
        }
        op.input[1] = (struct writer_tensor)INT32_VECTOR(axes, count);
        if (count > 0) {
            movement_check(&random, &op, source, &reversal, 0);
        }
    }
}

static struct test_op plain(const int32_t *axes, int32_t count) {
    return (struct test_op){
        .code = TFLITE_REVERSE_V2,
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)},
                  INT32_VECTOR(axes, count)},
        .input_count = 2,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)}},
        .output_count = 1};
}

#define NAME "op 0 REVERSE_V2 \"output\": "

static void test_bad(void **state) {
    (void)state;
    static const int32_t far[] = {2}, twice[] = {1, -1}, one[] = {1};
    struct test_op op = plain(far, 1);
    op_expect_message(&op, NAME "axis is 2, it must lie within -2..1");
    op = plain(twice, 2);
    op_expect_message(&op, NAME "axis 1 is named twice");
    op = plain(one, 1);
    op.output[0].dims[0] = 3;
    op_expect_message(&op, NAME "output 0 is declared 3x3, its inputs give "
                                "2x3");
    op = plain(NULL, 1);
    op_expect_message(&op, NAME "axis \"input1\" is computed at run time, it "
                                "must be constant");
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_random),
                                       cmocka_unit_test(test_bad)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
