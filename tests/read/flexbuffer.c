/* Options of custom operators: what well-formed maps say, and that no byte of
 * a malformed one leads outside. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "flex_map.h"
#include "random.h"
#include "read/flexbuffer.h"

static const struct flex_entry sample[] = {
    {"big", FLEX_UINT, 4294967296.0},
    {"flag", FLEX_BOOL, 1},
    {"half", FLEX_FLOAT, 0.5},
    {"huge", FLEX_INDIRECT_FLOAT, 1e300},
    {"minus", FLEX_INT, -3},
    {"none", FLEX_NULL, 0},
    {"word", FLEX_STRING, 1},
    {"far", FLEX_INDIRECT_INT, -70000},
    {"third", FLEX_INDIRECT_FLOAT, 0.25},
};
enum { SAMPLE_COUNT = sizeof sample / sizeof sample[0] };

static void test_values(void **state) {
    (void)state;
    for (int width = 4; width <= 8; width += 4) {
        uint8_t bytes[FLEX_MAP_BYTES];
        size_t size = flex_map(bytes, width, sample, SAMPLE_COUNT);
        struct flexbuffer map = flex_open(bytes, size);
        assert_null(map.fault);
        assert_int_equal(flex_i32(&map, "minus", 7), -3);
        assert_int_equal(flex_i32(&map, "far", 7), -70000);
        assert_int_equal(flex_i32(&map, "minu", 7), 7);
        assert_int_equal(flex_i32(&map, "minuss", 7), 7);
        assert_int_equal(flex_i32(&map, "none", 7), 7);
        assert_int_equal(flex_i32(&map, "half", 7), 0);
        assert_true(flex_bool(&map, "flag", false));
        assert_true(flex_bool(&map, "half", false));
        assert_false(flex_bool(&map, "absent", false));
        assert_true(flex_has(&map, "flag"));
        assert_false(flex_has(&map, "none"));
        assert_true(flex_f32(&map, "half", 7) == 0.5f);
        assert_true(flex_f32(&map, "third", 7) == 0.25f);
        assert_true(flex_f32(&map, "minus", 7) == -3);
        assert_true(flex_f32(&map, "absent", 7) == 7);
        assert_null(map.fault);
    }
}

/* Narrow integers, as the smallest maps have them. */
static void test_narrow(void **state) {
    (void)state;
    static const struct flex_entry small[] = {
        {"a", FLEX_INT, -128}, {"b", FLEX_UINT, 255}, {"f", FLEX_FLOAT, 1}};
    uint8_t bytes[FLEX_MAP_BYTES];
    for (int width = 1; width <= 2; width++) {
        struct flexbuffer map =
            flex_open(bytes, flex_map(bytes, width, small, 3));
        assert_int_equal(flex_i32(&map, "a", 0), -128);
        assert_int_equal(flex_i32(&map, "b", 0), 255);
        assert_null(map.fault);
        flex_f32(&map, "f", 0);
        assert_string_equal(map.fault, "a float has neither 4 nor 8 bytes");
    }
}

/* Bytes as a converter wrote them. */
static void test_foreign(void **state) {
    (void)state;
    static const uint8_t bytes[] = {'s', 'n', 'r', '_', 's', 'h', 'i',
                                    'f', 't', 0,   1,   11,  1,   1,
                                    1,   6,   4,   2,   36,  1};
    struct flexbuffer map = flex_open(bytes, sizeof bytes);
    assert_int_equal(flex_i32(&map, "snr_shift", 0), 6);
    assert_null(map.fault);
}

static void test_faults(void **state) {
    (void)state;
    uint8_t bytes[FLEX_MAP_BYTES];
    size_t size = flex_map(bytes, 4, sample, SAMPLE_COUNT);
    struct flexbuffer map = flex_open(bytes, size);
    assert_int_equal(flex_i32(&map, "huge", 7), 7);
    assert_string_equal(map.fault, "a value does not fit 32 bits");
    map = flex_open(bytes, size);
    assert_true(flex_f32(&map, "huge", 7) == 7);
    assert_string_equal(map.fault, "a value does not fit a float");
    map = flex_open(bytes, size);
    assert_int_equal(flex_i32(&map, "word", 7), 7);
    assert_string_equal(map.fault, "a value is not a number");
    /* After a fault all that is read is the default. */
    assert_int_equal(flex_i32(&map, "minus", 7), 7);
    map = flex_open(NULL, 0);
    assert_null(map.fault);
    assert_int_equal(flex_i32(&map, "minus", 7), 7);
    bytes[size - 2] = FLEX_INT << 2;
    assert_string_equal(flex_open(bytes, size).fault, "the root is not a map");
    bytes[size - 1] = 3;
    assert_string_equal(flex_open(bytes, size).fault,
                        "the root has no valid width");
}

/* A copy of exactly the bytes, so that a sanitizer sees what is read past
 * them. */
static void read_all(const uint8_t *bytes, size_t size) {
    uint8_t *exact = allocate(size, 1);
    memcpy(exact, bytes, size);
    struct flexbuffer map = flex_open(exact, size);
    for (int i = 0; i < SAMPLE_COUNT; i++) {
        struct flexbuffer copy = map;
        flex_i32(&copy, sample[i].key, 0);
        flex_f32(&copy, sample[i].key, 0);
        flex_bool(&copy, sample[i].key, false);
    }
    free(exact);
}

static void test_hostile(void **state) {
    (void)state;
    struct random random = {5};
    uint8_t bytes[FLEX_MAP_BYTES], changed[FLEX_MAP_BYTES];
    for (int trial = 0; trial < 20000; trial++) {
        size_t size = flex_map(bytes, trial % 2 ? 4 : 8, sample, SAMPLE_COUNT);
        memcpy(changed, bytes, size);
        for (int k = random_int(&random, 0, 3); k >= 0; k--) {
            changed[random_int(&random, 0, (int32_t)size - 1)] =
                (uint8_t)random_u64(&random);
        }
        size_t start = (size_t)random_int(&random, 0, trial % 4 ? 0 : 40);
        read_all(changed + start, size - start);
    }
    for (size_t size = 1; size < 64; size++) {
        for (size_t i = 0; i < size; i++) {
            changed[i] = (uint8_t)random_u64(&random);
        }
        read_all(changed, size);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_values), cmocka_unit_test(test_narrow),
        cmocka_unit_test(test_foreign), cmocka_unit_test(test_faults),
        cmocka_unit_test(test_hostile)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
