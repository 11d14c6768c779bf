/* From layers to what was made of them: functions, lines, ranges of sums. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <string.h>

#include "emit_models.h"
#include "generated.h"

/* Inputs less their zero point lie in [-125, 130]; the second row of weights,
 * {127, -127, 64, -64} with a bias of -200, reaches furthest. */
static void test_sums(void **state) {
    (void)state;
    struct generated *generated =
        generate(model_dense(), &(mf_compile_options){.name = "net"});
    mf_model *model = generated_model(generated);
    const mf_sums_info first = mf_model_sums(model, 0);
    assert_true(first.is_known);
    assert_int_equal(first.least, -200 - (127 + 64) * (125 + 130));
    assert_int_equal(first.most, -200 + (127 + 64) * (125 + 130));
    /* Rows {9, -8, 7} and {-6, 5, -4} of what a ReLU leaves, 0 to 255. */
    const mf_sums_info second = mf_model_sums(model, 1);
    assert_true(second.is_known);
    assert_true(second.least >= -10 * 255 && second.least < 0);
    assert_true(second.most <= 16 * 255 && second.most > 0);
    assert_false(mf_model_sums(model, 2).is_known);
    generated_free(generated);
}

static void test_unknown_sums(void **state) {
    (void)state;
    struct generated *generated =
        generate(model_floats(), &(mf_compile_options){.name = "net"});
    assert_false(mf_model_sums(generated_model(generated), 0).is_known);
    generated_free(generated);
}

/* The lines are those of the layer and of no other. */
static void test_lines(void **state) {
    (void)state;
    struct generated *generated =
        generate(model_dense(), &(mf_compile_options){.name = "net"});
    mf_model *model = generated_model(generated);
    const char *text = generated_text(generated, "net.c");
    size_t before = 0;
    for (size_t layer = 0; layer < 2; layer++) {
        size_t first, last, line = 1;
        const char *header, *at = text;
        assert_true(mf_model_lines(model, layer, &first, &last));
        assert_true(before < first && first < last);
        before = last;
        for (; line < first; line++) {
            at = strchr(at, '\n') + 1;
        }
        assert_int_equal(strncmp(at, "    /* op ", 10), 0);
        assert_int_equal(at[10], '0' + (int)layer);
        for (; line < last; line++) {
            at = strchr(at, '\n') + 1;
        }
        assert_ptr_equal(strstr(at, ");\n"), strchr(at, '\n') - 2);
        assert_string_equal(mf_model_call(model, layer, 0, &header),
                            "mf_fully_connected_s8");
        assert_string_equal(header, "mf_fully_connected.h");
        assert_null(mf_model_call(model, layer, 1, &header));
    }
    size_t first, last;
    const char *header;
    assert_false(mf_model_lines(model, 2, &first, &last));
    assert_null(mf_model_call(model, 2, 0, &header));
    generated_free(generated);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_sums),
                                       cmocka_unit_test(test_unknown_sums),
                                       cmocka_unit_test(test_lines)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
