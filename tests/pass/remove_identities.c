/* Views that change nothing for those who read them go; others stay. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "model.h"
#include "op/op.h"
#include "tflite_options.h"
#include "tflite_writer.h"

static int32_t add_tensor(struct writer *writer, struct writer_tensor tensor) {
    tensor.type = TFLITE_TYPE_INT8;
    tensor.scale = 0.5f;
    return writer_tensor(writer, &tensor);
}

/* RESHAPE of 1x2x3x2 to 1x12, which FULLY_CONNECTED reads and, if `is_shown`,
 * the program as well. */
static struct writer *flat_net(bool is_shown) {
    static const int8_t weights[12] = {1, -2, 3, 4, -5, 6, 7, 8, -9, 1, 2, 3};
    struct writer *writer = writer_new();
    int32_t image =
        add_tensor(writer, (struct writer_tensor){WRITER_SHAPE(1, 2, 3, 2)});
    int32_t flat =
        add_tensor(writer, (struct writer_tensor){WRITER_SHAPE(1, 12)});
    int32_t filter = add_tensor(
        writer, (struct writer_tensor){WRITER_SHAPE(1, 12), .data = weights});
    int32_t sum =
        add_tensor(writer, (struct writer_tensor){WRITER_SHAPE(1, 1)});
    writer_operator(writer, TFLITE_RESHAPE, WRITER_LIST(image),
                    WRITER_LIST(flat), options_none());
    writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(flat, filter),
                    WRITER_LIST(sum),
                    options_fully_connected(TFLITE_ACT_NONE, 0, false));
    writer_inputs(writer, WRITER_LIST(image));
    writer_outputs(writer,
                   is_shown ? WRITER_LIST(sum, flat) : WRITER_LIST(sum));
    return writer;
}

static int count_reshapes(struct test_model *model) {
    const struct graph *graph = model_graph(model);
    int count = 0;
    for (int32_t i = 0; i < graph->node_count; i++) {
        count += strcmp(graph->node[i]->op->name, "RESHAPE") == 0;
    }
    return count;
}

/* The order of the values is all that the product looks at. */
static void test_flat(void **state) {
    (void)state;
    for (int is_shown = 0; is_shown < 2; is_shown++) {
        struct test_model *plain = model_from_writer(flat_net(is_shown));
        struct test_model *passed = model_optimized(flat_net(is_shown));
        model_expect_ok(plain);
        model_expect_ok(passed);
        assert_int_equal(count_reshapes(plain), 1);
        assert_int_equal(count_reshapes(passed), is_shown);
        for (int i = 0; i < 12; i++) {
            ((int8_t *)model_input(plain, 0))[i] = (int8_t)(37 * i - 128);
        }
        memcpy(model_input(passed, 0), model_input(plain, 0), 12);
        model_run(plain);
        model_run(passed);
        assert_memory_equal(model_output(plain, 0), model_output(passed, 0), 1);
        model_free(plain);
        model_free(passed);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_flat)};
    return cmocka_run_group_tests_name("remove_identities", tests, NULL, NULL);
}
