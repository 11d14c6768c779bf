/* Layers of random shapes for cores with Helium: the portable model of its
 * kernels, and in the simulator their instructions, give what the portable
 * kernels give. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "generated.h"
#include "layer.h"
#include "random.h"

enum { CASES = 150 };

static void test_portable_model(void **state) {
    (void)state;
    struct random random = {1};
    for (int kind = 0; kind < LAYER_KINDS; kind++) {
        int fast = 0;
        for (int i = 0; i < CASES; i++) {
            struct layer layer = layer_random(&random, (enum layer_kind)kind);
            fast += layer_check(&random, &layer, "cortex-m55", "_mve_");
            layer_free(&layer);
        }
        assert_true(fast > CASES * 9 / 10);
    }
}

static void test_simulator(void **state) {
    (void)state;
    need_program("arm-none-eabi-gcc");
    need_program("qemu-system-arm");
    struct random random = {2};
    for (int i = 0; i < 3; i++) {
        layers_check_bench(&random, "cortex-m55", i < 2 ? "speed" : "size", 32);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_portable_model),
        cmocka_unit_test(test_simulator),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
