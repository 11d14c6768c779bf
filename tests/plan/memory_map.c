/* The memory map, to the letter. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fake_graph.h"

static const char *make_map(struct fake_graph *fake) {
    struct text text = {.context = &fake->context};
    plan_memory_map(&text, fake_plan(fake));
    assert_false(text.failed);
    return text.data;
}

static void test_map(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    struct tensor *x = fake_input(fake, DTYPE_FLOAT32, 16);
    struct tensor *c = fake_constant(fake, DTYPE_INT8, 7);
    struct tensor *a = fake_tensor(fake, DTYPE_INT8, 16);
    struct tensor *v = fake_tensor(fake, DTYPE_INT8, 16);
    struct tensor *y = fake_tensor(fake, DTYPE_INT8, 4);
    struct op_memory over = {.in_place = 1}, view = {.is_view = true};
    struct op_memory scratch = {.scratch = 12};
    x->name = "input";
    a->name = "a/very/long/name;with/several/parts;that/ends/here";
    v->name = "\xc3\xa9t\xc3\xa9"; /* four bytes of UTF-8, three letters */
    y->name = "";
    fake_node(fake, over, FAKE_LIST(x, c), FAKE_LIST(a));
    fake_node(fake, view, FAKE_LIST(a), FAKE_LIST(v));
    fake_node(fake, scratch, FAKE_LIST(v), FAKE_LIST(y));
    fake_output(fake, y);
    static const char expected[] =
        "arena: 64 bytes, aligned to 4; lower bound: 64\n"
        "\n"
        "step  operator              output                        live bytes\n"
        "   0  FAKE                  a/very/long/...hat/ends/here          64"
        "  ################\n"
        "   1  FAKE                  \xc3\xa9t\xc3\xa9                  "
        "                 16  ####\n"
        "   2  FAKE                  (no name)                             32"
        "  ########\n"
        "\n"
        "    offset       bytes  first  last  tensor\n"
        "         0          64     in     0  input\n"
        "         0          16      0     2  "
        "a/very/long/name;w...arts;that/ends/here\n"
        "         0          16      0     2  \xc3\xa9t\xc3\xa9\n"
        "        28           4      2   out  (no name)\n"
        "        16          12      2     2  (scratch)\n";
    assert_string_equal(make_map(fake), expected);
    fake_free(fake);
}

static void test_nothing_to_place(void **state) {
    (void)state;
    struct fake_graph *fake = fake_new();
    fake_output(fake, fake_constant(fake, DTYPE_INT8, 5));
    assert_string_equal(
        make_map(fake),
        "arena: 0 bytes, aligned to 1; lower bound: 0\n"
        "\n"
        "step  operator              output                        live bytes\n"
        "\n"
        "    offset       bytes  first  last  tensor\n");
    fake_free(fake);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_map),
        cmocka_unit_test(test_nothing_to_place),
    };
    return cmocka_run_group_tests_name("memory_map", tests, NULL, NULL);
}
