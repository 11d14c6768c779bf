/* Numbers as C text, and lists in lines. */
#include <float.h>
#include <inttypes.h>
#include <limits.h>
#include <locale.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emit/print.h"
#include "random.h"

static void test_integers(void **state) {
    (void)state;
    static const struct {
        int64_t value;
        const char *text;
    } rows[] = {
        {0, "0"},
        {-1, "-1"},
        {-32768, "-32768"},
        {INT32_MAX, "2147483647"},
        {INT32_MIN, "(-2147483647 - 1)"},
        {INT64_C(-2147483649), "-2147483649"},
        {INT64_MAX, "9223372036854775807"},
        {INT64_MIN, "(-9223372036854775807 - 1)"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char buffer[LITERAL_SIZE];
        assert_string_equal(int_literal(buffer, rows[i].value), rows[i].text);
    }
}

static void expect_float(float value, const char *text) {
    char buffer[LITERAL_SIZE];
    assert_string_equal(float_literal(buffer, value), text);
}

static void test_floats(void **state) {
    (void)state;
    expect_float(0.0f, "0.0f");
    expect_float(-0.0f, "-0.0f");
    expect_float(1.0f, "1.0f");
    expect_float(0.1f, "0.1f");
    expect_float(-0.5847029f, "-0.5847029f");
    expect_float(16777216.0f, "16777216.0f");
    expect_float(1e10f, "1e+10f");
    expect_float(FLT_MAX, "3.4028235e+38f");
    expect_float(FLT_MIN, "1.1754944e-38f");
    expect_float(FLT_TRUE_MIN, "1.4013e-45f");
    expect_float(INFINITY, "(1.0f / 0.0f)");
    expect_float(-INFINITY, "(-1.0f / 0.0f)");
    expect_float(NAN, "(0.0f / 0.0f)");
    expect_float(-NAN, "(0.0f / 0.0f)");
}

/* What C reads back is the same float, to the bit. */
static void test_floats_exact(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < 100000; i++) {
        uint32_t bits = (uint32_t)random_u64(&random), again;
        float value, back;
        memcpy(&value, &bits, sizeof value);
        if (!isfinite(value)) {
            continue;
        }
        char buffer[LITERAL_SIZE], *end;
        const char *text = float_literal(buffer, value);
        back = strtof(text, &end);
        memcpy(&again, &back, sizeof back);
        assert_int_equal(again, bits);
        assert_string_equal(end, "f");
        assert_true(strchr(text, '.') || strchr(text, 'e'));
    }
}

static void test_floats_in_any_locale(void **state) {
    (void)state;
    if (!setlocale(LC_NUMERIC, "de_DE.UTF-8") &&
        !setlocale(LC_NUMERIC, "de_DE")) {
        skip();
    }
    expect_float(0.25f, "0.25f");
    expect_float(1.5e-10f, "1.5e-10f");
    setlocale(LC_NUMERIC, "C");
}

static void test_fill(void **state) {
    (void)state;
    struct context context = {.file = "test"};
    struct text text = {.context = &context};
    text_print(&text, "f(");
    struct fill fill = fill_after(&text, 2, 2);
    char item[32];
    for (int i = 0; i < 200; i++) {
        snprintf(item, sizeof item, "%d", i * i * i);
        fill_add(&fill, item, i == 199 ? 2 : 1);
    }
    text_print(&text, ");\n");
    /* No line is too long, and every line but the last is full: its
     * successor's first item would not have fitted. */
    size_t items = 0, before = 0;
    for (char *line = text.data; *line;) {
        size_t length = strcspn(line, "\n");
        assert_true(length <= LINE_WIDTH);
        assert_true(line[length - 1] != ' ');
        if (before) {
            assert_memory_equal(line, "  ", 2);
            assert_true(before + 1 + strcspn(line + 2, ",)") + 1 > LINE_WIDTH);
        }
        for (size_t i = 0; i < length; i++) {
            items += line[i] == ',';
        }
        before = length;
        line += length + 1;
    }
    assert_int_equal(items, 199);
    arena_free(&context.arena);
}

/* An item that is wider than a line stands alone. */
static void test_fill_wide_item(void **state) {
    (void)state;
    struct context context = {.file = "test"};
    struct text text = {.context = &context};
    char wide[101];
    memset(wide, 'x', 100);
    wide[100] = '\0';
    struct fill fill = fill_below(&text, 4);
    fill_add(&fill, "a", 2);
    fill_add(&fill, wide, 2);
    fill_add(&fill, "b", 2);
    char expected[256];
    snprintf(expected, sizeof expected, "\n    a,\n    %s,\n    b", wide);
    assert_string_equal(text.data, expected);
    arena_free(&context.arena);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_integers),
        cmocka_unit_test(test_floats),
        cmocka_unit_test(test_floats_exact),
        cmocka_unit_test(test_floats_in_any_locale),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_fill_wide_item),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
