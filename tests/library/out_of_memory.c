/* Every single allocation fails once: the library must say so and neither
 * crash nor leak.
 *
 * The functions below take the place of src/base/arena.c, so that each
 * allocation is a block of its own, counted, and seen by sanitizers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/arena.h"
#include "microflow.h"
#include "tflite_options.h"
#include "tflite_writer.h"

struct arena_block {
    struct arena_block *older;
    max_align_t bytes[];
};

static size_t allocations; /* so far */
static size_t first_failure, failures = 0;

void *arena_alloc(struct arena *arena, size_t count, size_t size) {
    size_t number = allocations++;
    if (number >= first_failure && number - first_failure < failures) {
        return NULL;
    }
    if (size != 0 && count > (SIZE_MAX / 2) / size) {
        return NULL;
    }
    struct arena_block *block =
        calloc(1, sizeof(struct arena_block) + count * size);
    if (!block) {
        return NULL;
    }
    block->older = arena->block;
    arena->block = block;
    return block->bytes;
}

void arena_free(struct arena *arena) {
    while (arena->block) {
        struct arena_block *older = arena->block->older;
        free(arena->block);
        arena->block = older;
    }
}

/* Layers whose matrices or filters are those that make y = x: the input's four
 * channels come out again, by one matrix product or by rows of two
 * convolutions. */
static uint8_t *make_model(bool is_image, size_t *size) {
    static const int8_t filter[4][4] = {{1}, {0, 1}, {0, 0, 1}, {0, 0, 0, 1}};
    struct writer *writer = writer_new();
    struct writer_tensor tensor = {.name = "x",
                                   .type = TFLITE_TYPE_INT8,
                                   WRITER_SHAPE(1, 4),
                                   .scale = 0.5f};
    struct writer_tensor weights = {.name = "filter",
                                    .type = TFLITE_TYPE_INT8,
                                    WRITER_SHAPE(4, 4),
                                    .scale = 1,
                                    .data = filter};
    if (is_image) {
        tensor.rank = weights.rank = 4;
        memcpy(tensor.dims, (const int32_t[]){1, 8, 1, 4}, 16);
        memcpy(weights.dims, (const int32_t[]){4, 1, 1, 4}, 16);
    }
    int32_t x = writer_tensor(writer, &tensor), from = x;
    int32_t w = writer_tensor(writer, &weights);
    for (int i = 0; i < (is_image ? 2 : 1); i++) {
        int32_t to = writer_tensor(writer, &tensor);
        writer_operator(
            writer, is_image ? TFLITE_CONV_2D : TFLITE_FULLY_CONNECTED,
            WRITER_LIST(from, w), WRITER_LIST(to),
            is_image
                ? options_conv_2d(TFLITE_VALID, 1, 1, TFLITE_ACT_NONE, 1, 1)
                : options_fully_connected(TFLITE_ACT_NONE, 0, false));
        from = to;
    }
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(from));
    uint8_t *data = writer_finish(writer, size);
    writer_free(writer);
    return data;
}

/* Two of them in one program. */
static bool use_together(const uint8_t *data, size_t size) {
    const mf_region region = {"near", 100, 2};
    const mf_open_options options = {.region = &region, .region_count = 1};
    mf_model *third = mf_model_open(data, size, "p.tflite", &options);
    mf_model *other = mf_model_open(data, size, "o.tflite", &options);
    bool ok = third && other;
    if (ok) {
        mf_model *const models[] = {other, third};
        const mf_compile_options how[] = {{.name = "a"}, {.name = "b"}};
        ok = mf_models_compile(models, how, 2);
        if (!ok) {
            assert_true(mf_model_message(other, 0) ||
                        mf_model_message(third, 0));
            assert_int_equal(mf_model_file_count(other), 0);
        }
    }
    mf_model_close(third);
    mf_model_close(other);
    return ok;
}

/* Whether everything went well, all of it; what did not has a message. */
static bool use(const uint8_t *data, size_t size,
                const mf_open_options *options) {
    mf_model *model = mf_model_open(data, size, "m.tflite", options);
    if (!model) {
        return false;
    }
    bool ok = mf_model_ok(model);
    if (!ok) {
        assert_non_null(mf_model_message(model, 0));
    }
    ok = *mf_model_memory_map(model) && ok;
    mf_compile_options how = {.driver = true};
    for (int i = 0; i < 2; i++) {
        how.optimize = i ? MF_OPTIMIZE_SIZE : MF_OPTIMIZE_SPEED;
        if (!mf_model_compile(model, &how)) {
            assert_non_null(mf_model_message(model, 0));
            assert_int_equal(mf_model_file_count(model), 0);
            ok = false;
        }
    }
    ok = use_together(data, size) && ok;
    void *input = mf_model_input_data(model, 0);
    if (input) {
        memcpy(input, "abcd", 4);
        assert_true(mf_model_invoke(model));
        assert_memory_equal(mf_model_output_data(model, 0), "abcd", 4);
    } else {
        assert_non_null(mf_model_message(model, 0));
        ok = false;
    }
    mf_model_close(model);
    return ok;
}

static void fail_each(bool is_image, const mf_open_options *options) {
    size_t size;
    uint8_t *data = make_model(is_image, &size);
    allocations = 0;
    failures = 0;
    assert_true(use(data, size, options));
    size_t all = allocations;
    assert_true(all > 50);
    for (size_t i = 0; i < all; i++) {
        allocations = 0;
        first_failure = i;
        failures = 1; /* this one alone */
        assert_false(use(data, size, options));
        allocations = 0;
        failures = SIZE_MAX; /* from here on */
        assert_false(use(data, size, options));
    }
    free(data);
}

static void test_whole(void **state) {
    (void)state;
    fail_each(false, &(const mf_open_options){.dump_after = "read"});
}

static void test_streams(void **state) {
    (void)state;
    fail_each(true, &(const mf_open_options){.least_ram = true});
}

static void test_pushed(void **state) {
    (void)state;
    fail_each(true,
              &(const mf_open_options){.least_ram = true, .push_input = true});
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_whole),
                                       cmocka_unit_test(test_streams),
                                       cmocka_unit_test(test_pushed)};
    return cmocka_run_group_tests_name("out_of_memory", tests, NULL, NULL);
}
