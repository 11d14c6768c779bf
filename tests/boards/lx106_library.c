/* What sim/lx106/library.c puts in the place of libgcc and the C library must
 * compute what this machine does. */
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "random.h"

/* Under names of its own, beside this machine's. */
#define __muldi3      lx106_muldi3
#define __udivsi3     lx106_udivsi3
#define __umodsi3     lx106_umodsi3
#define __divsi3      lx106_divsi3
#define __udivdi3     lx106_udivdi3
#define __umoddi3     lx106_umoddi3
#define __divdi3      lx106_divdi3
#define __addsf3      lx106_addsf3
#define __subsf3      lx106_subsf3
#define __mulsf3      lx106_mulsf3
#define __floatsisf   lx106_floatsisf
#define __floatunsisf lx106_floatunsisf
#define __fixunssfsi  lx106_fixunssfsi
#define memcpy        lx106_memcpy
#define memmove       lx106_memmove
#define memset        lx106_memset
#include "../../sim/lx106/library.c"
#undef memcpy
#undef memmove
#undef memset

enum { ROUNDS = 200000 };

/* Of any length, and extreme ones. */
static uint64_t any_number(struct random *random) {
    static const uint64_t edges[] = {0,
                                     1,
                                     2,
                                     0x7fffffff,
                                     0x80000000,
                                     0xffffffff,
                                     0x100000000,
                                     0x7fffffffffffffff,
                                     0x8000000000000000,
                                     UINT64_MAX};
    const int32_t kind = random_int(random, 0, 3);
    if (kind == 0) {
        return edges[random_int(random, 0, sizeof edges / sizeof edges[0] - 1)];
    }
    const uint64_t bits = random_u64(random) >> random_int(random, 0, 63);
    return kind == 1 ? 0 - bits : bits;
}

static void multiplies(void **state) {
    (void)state;
    struct random random = {1};
    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t a = any_number(&random), b = any_number(&random);
        assert_true(__muldi3(a, b) == a * b);
    }
}

static void divides_words(void **state) {
    (void)state;
    struct random random = {2};
    for (int i = 0; i < ROUNDS; i++) {
        const uint32_t a = (uint32_t)any_number(&random);
        const uint32_t b = (uint32_t)any_number(&random);
        if (b == 0) {
            continue;
        }
        assert_true(__udivsi3(a, b) == a / b);
        assert_true(__umodsi3(a, b) == a % b);
        if ((int32_t)a != INT32_MIN || (int32_t)b != -1) {
            assert_true(__divsi3((int32_t)a, (int32_t)b) ==
                        (int32_t)a / (int32_t)b);
        }
    }
}

static void divides_long(void **state) {
    (void)state;
    struct random random = {3};
    for (int i = 0; i < ROUNDS; i++) {
        const uint64_t a = any_number(&random), b = any_number(&random);
        if (b == 0) {
            continue;
        }
        assert_true(__udivdi3(a, b) == a / b);
        assert_true(__umoddi3(a, b) == a % b);
        if ((int64_t)a != INT64_MIN || (int64_t)b != -1) {
            assert_true(__divdi3((int64_t)a, (int64_t)b) ==
                        (int64_t)a / (int64_t)b);
        }
    }
}

/* Any bits, or those of a number near that of `near`. */
static float any_float(struct random *random, float near) {
    const uint32_t bits =
        random_int(random, 0, 1)
            ? (uint32_t)any_number(random)
            : bits_of(near) ^ ((uint32_t)any_number(random) & 0x83ffffff);
    return float_of(bits);
}

static void assert_same(float found, float expected) {
    assert_true(bits_of(found) == bits_of(expected) ||
                (found != found && expected != expected));
}

static void computes_floats(void **state) {
    (void)state;
    struct random random = {4};
    float a = 1;
    for (int i = 0; i < ROUNDS; i++) {
        a = any_float(&random, a);
        const float b = any_float(&random, a);
        assert_same(__addsf3(a, b), a + b);
        assert_same(__subsf3(a, b), a - b);
        assert_same(__mulsf3(a, b), a * b);
        const float near_least = float_of(bits_of(b) >> 4);
        assert_same(__mulsf3(near_least, 0.3f), near_least * 0.3f);
    }
}

static void converts_floats(void **state) {
    (void)state;
    struct random random = {5};
    for (int i = 0; i < ROUNDS; i++) {
        const uint32_t bits = (uint32_t)any_number(&random);
        assert_same(__floatunsisf(bits), (float)bits);
        assert_same(__floatsisf((int32_t)bits), (float)(int32_t)bits);
        const float real = float_of(bits);
        if (real >= 0 && real < 4294967296.0f) {
            assert_true(__fixunssfsi(real) == (uint32_t)real);
        }
    }
}

static void moves_memory(void **state) {
    (void)state;
    enum { SIZE = 12 };
    for (size_t from = 0; from < SIZE; from++) {
        for (size_t to = 0; to < SIZE; to++) {
            for (size_t n = 0; n <= SIZE - (from > to ? from : to); n++) {
                char ours[] = "abcdefghijkl", theirs[] = "abcdefghijkl";
                assert_ptr_equal(lx106_memmove(ours + to, ours + from, n),
                                 ours + to);
                memmove(theirs + to, theirs + from, n);
                assert_memory_equal(ours, theirs, SIZE);
                assert_ptr_equal(lx106_memset(ours + to, 0x1ff, n), ours + to);
                memset(theirs + to, 0x1ff, n);
                assert_memory_equal(ours, theirs, SIZE);
            }
        }
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(multiplies),      cmocka_unit_test(divides_words),
        cmocka_unit_test(divides_long),    cmocka_unit_test(computes_floats),
        cmocka_unit_test(converts_floats), cmocka_unit_test(moves_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
