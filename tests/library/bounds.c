/* Files of up to 1 MB that ask for as much as they can: whatever becomes of
 * them, it takes the tool at most 10 s and 1 GB.  Each model is one way to make
 * much of little: operators without number, weights, tensors or names that many
 * share, shapes beyond all memory, many ways to place and to stream.
 *
 * usage: bounds [MODEL|all]     all runs of a model, telling what each took */
#define _DEFAULT_SOURCE

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "allocate.h"
#include "tflite_options.h"
#include "tflite_writer.h"

enum {
    MAX_FILE = 1 << 20,
#ifdef __SANITIZE_ADDRESS__
    MAX_SECONDS = 60, /* it takes its time, and reserves terabytes */
#else
    MAX_SECONDS = 10,
#endif
    MAX_NODES = 4096 /* as many as the reader allows */
};
#define MAX_MEMORY ((rlim_t)1 << 30)

#define S8 .type = TFLITE_TYPE_INT8, .scale = 0.5f

static int32_t add_tensor(struct writer *writer, int32_t h, int32_t w,
                          int32_t c) {
    return writer_tensor(writer,
                         &(struct writer_tensor){S8, WRITER_SHAPE(1, h, w, c)});
}

static struct writer *finish(struct writer *writer, int32_t input,
                             int32_t output) {
    writer_inputs(writer, WRITER_LIST(input));
    writer_outputs(writer, WRITER_LIST(output));
    return writer;
}

/* x1 = x0 + x0, x2 = x1 + x1, ... */
static struct writer *make_chain(void) {
    struct writer *writer = writer_new();
    int32_t x = add_tensor(writer, 4, 4, 4);
    for (int32_t i = 0; i < MAX_NODES; i++) {
        const int32_t next = add_tensor(writer, 4, 4, 4);
        writer_operator(writer, TFLITE_ADD, WRITER_LIST(x, x),
                        WRITER_LIST(next), options_add(TFLITE_ACT_NONE));
        x = next;
    }
    return finish(writer, 0, x);
}

/* All of a chain's tensors live until they are added up, the last first. */
static struct writer *make_live(void) {
    struct writer *writer = writer_new();
    const int32_t half = MAX_NODES / 2;
    for (int32_t i = 0; i <= half; i++) {
        add_tensor(writer, 4, 4, 4);
    }
    for (int32_t i = 0; i < half; i++) {
        writer_operator(
            writer, TFLITE_MAX_POOL_2D, WRITER_LIST(i), WRITER_LIST(i + 1),
            options_pool_2d(TFLITE_SAME, 1, 1, 3, 3, TFLITE_ACT_NONE));
    }
    int32_t sum = half;
    for (int32_t i = half - 1; i > 0; i--) {
        const int32_t next = add_tensor(writer, 4, 4, 4);
        writer_operator(writer, TFLITE_ADD, WRITER_LIST(sum, i),
                        WRITER_LIST(next), options_add(TFLITE_ACT_NONE));
        sum = next;
    }
    return finish(writer, 0, sum);
}

/* Convolutions of h x w images one after the other, which share weights. */
static struct writer *make_convolutions(int32_t count, int32_t h, int32_t w,
                                        int32_t c, int32_t kernel) {
    struct writer *writer = writer_new();
    const size_t size = (size_t)(c * kernel * kernel * c);
    int8_t *weights = allocate(size, 1);
    for (size_t i = 0; i < size; i++) {
        weights[i] = (int8_t)(i * 37 % 255 - 127);
    }
    int32_t x = add_tensor(writer, h, w, c);
    const int32_t filter = writer_tensor(
        writer, &(struct writer_tensor){S8, WRITER_SHAPE(c, kernel, kernel, c),
                                        .data = weights});
    for (int32_t i = 0; i < count; i++) {
        const int32_t next = add_tensor(writer, h, w, c);
        writer_operator(
            writer, TFLITE_CONV_2D, WRITER_LIST(x, filter), WRITER_LIST(next),
            options_conv_2d(TFLITE_SAME, 1, 1, TFLITE_ACT_NONE, 1, 1));
        x = next;
    }
    free(weights);
    return finish(writer, 0, x);
}

static struct writer *make_long_stream(void) {
    return make_convolutions(MAX_NODES - 500, 64, 64, 1, 3);
}
static struct writer *make_tall_stream(void) {
    return make_convolutions(1000, 1 << 20, 4, 2, 3);
}
static struct writer *make_shared_weights(void) {
    return make_convolutions(325, 16, 16, 128, 5);
}
static struct writer *make_large_shared_weights(void) {
    return make_convolutions(207, 1, 1, 800, 1);
}

/* Everything reads one tensor, and one operator reads everything. */
static struct writer *make_fan(void) {
    struct writer *writer = writer_new();
    enum { WIDTH = MAX_NODES - 1 };
    int32_t *made = allocate(WIDTH, sizeof *made);
    const int32_t x = add_tensor(writer, 2, 2, 1);
    for (int32_t i = 0; i < WIDTH; i++) {
        made[i] = add_tensor(writer, 2, 2, 1);
        writer_operator(writer, TFLITE_RELU6, WRITER_LIST(x),
                        WRITER_LIST(made[i]), options_none());
    }
    const int32_t out = add_tensor(writer, 2, 2, WIDTH);
    writer_operator(writer, TFLITE_CONCATENATION,
                    (struct writer_list){made, WIDTH}, WRITER_LIST(out),
                    options_concatenation(3, TFLITE_ACT_NONE));
    free(made);
    return finish(writer, x, out);
}

/* Many concatenations of the same many tensors. */
static struct writer *make_many_operands(void) {
    struct writer *writer = writer_new();
    enum { WIDTH = 400, COUNT = 500 };
    int32_t *made = allocate(WIDTH, sizeof *made);
    const int32_t x = add_tensor(writer, 2, 2, 1);
    for (int32_t i = 0; i < WIDTH; i++) {
        made[i] = x;
    }
    int32_t out = 0;
    for (int32_t i = 0; i < COUNT; i++) {
        out = add_tensor(writer, 2, 2, WIDTH);
        writer_operator(writer, TFLITE_CONCATENATION,
                        (struct writer_list){made, WIDTH}, WRITER_LIST(out),
                        options_concatenation(3, TFLITE_ACT_NONE));
    }
    free(made);
    return finish(writer, x, out);
}

/* One operator of as many operands as may be. */
static struct writer *make_wide(void) {
    struct writer *writer = writer_new();
    enum { WIDTH = 60000 };
    int32_t *made = allocate(WIDTH, sizeof *made);
    const int32_t x = add_tensor(writer, 2, 2, 1);
    const int32_t out = add_tensor(writer, 2, 2, WIDTH);
    for (int32_t i = 0; i < WIDTH; i++) {
        made[i] = x;
    }
    writer_operator(writer, TFLITE_CONCATENATION,
                    (struct writer_list){made, WIDTH}, WRITER_LIST(out),
                    options_concatenation(3, TFLITE_ACT_NONE));
    free(made);
    return finish(writer, x, out);
}

/* One that makes as many tensors as may be, each of which lives on. */
static struct writer *make_split(void) {
    struct writer *writer = writer_new();
    enum { WIDTH = 9000 };
    int32_t *made = allocate(WIDTH, sizeof *made);
    const int32_t axis = 3;
    const int32_t x = add_tensor(writer, 2, 2, WIDTH);
    const int32_t dim =
        writer_tensor(writer, &(struct writer_tensor){.type = TFLITE_TYPE_INT32,
                                                      .data = &axis});
    for (int32_t i = 0; i < WIDTH; i++) {
        made[i] = add_tensor(writer, 2, 2, 1);
    }
    writer_operator(writer, TFLITE_SPLIT, WRITER_LIST(dim, x),
                    (struct writer_list){made, WIDTH}, options_split(WIDTH));
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, (struct writer_list){made, WIDTH});
    free(made);
    return writer;
}

/* Shapes that no memory holds, made of nothing. */
static struct writer *make_bomb(void) {
    struct writer *writer = writer_new();
    enum { COUNT = 200 };
    const int32_t huge[4] = {1, 16384, 16384, 1};
    const int32_t dims = writer_tensor(
        writer, &(struct writer_tensor){
                    .type = TFLITE_TYPE_INT32, WRITER_SHAPE(4), .data = huge});
    const int8_t one = 1;
    const int32_t value =
        writer_tensor(writer, &(struct writer_tensor){S8, .data = &one});
    const int32_t x = add_tensor(writer, 16384, 16384, 1);
    int32_t sum = x;
    for (int32_t i = 0; i < COUNT; i++) {
        const int32_t filled = add_tensor(writer, 16384, 16384, 1);
        const int32_t next = add_tensor(writer, 16384, 16384, 1);
        writer_operator(writer, TFLITE_FILL, WRITER_LIST(dims, value),
                        WRITER_LIST(filled), options_none());
        writer_operator(writer, TFLITE_ADD, WRITER_LIST(sum, filled),
                        WRITER_LIST(next), options_add(TFLITE_ACT_NONE));
        sum = next;
    }
    return finish(writer, x, sum);
}

/* A window far larger than the image, over an image that is large. */
static struct writer *make_window(void) {
    struct writer *writer = writer_new();
    int32_t x = add_tensor(writer, 4000, 4000, 1);
    for (int32_t i = 0; i < 100; i++) {
        const int32_t next = add_tensor(writer, 4000, 4000, 1);
        writer_operator(
            writer, TFLITE_AVERAGE_POOL_2D, WRITER_LIST(x), WRITER_LIST(next),
            options_pool_2d(TFLITE_SAME, 1, 1, 4000, 4000, TFLITE_ACT_NONE));
        x = next;
    }
    return finish(writer, 0, x);
}

/* A name of half the file, of every tensor. */
static struct writer *make_names(void) {
    struct writer *writer = writer_new();
    enum { LENGTH = 1500, COUNT = 500 };
    char *name = allocate(LENGTH + 1, 1);
    memset(name, '*', LENGTH);
    name[LENGTH] = '\0';
    const struct writer_tensor tensor = {.name = name, S8, WRITER_SHAPE(1, 4)};
    int32_t x = writer_tensor(writer, &tensor);
    for (int32_t i = 0; i < COUNT; i++) {
        const int32_t next = writer_tensor(writer, &tensor);
        writer_operator(writer, TFLITE_RELU6, WRITER_LIST(x), WRITER_LIST(next),
                        options_none());
        x = next;
    }
    free(name);
    return finish(writer, 0, x);
}

/* A long name, and many operators that name it. */
static struct writer *make_long_name(void) {
    struct writer *writer = writer_new();
    enum { LENGTH = 400000, COUNT = 4000 };
    char *name = allocate(LENGTH + 1, 1);
    memset(name, '"', LENGTH);
    name[LENGTH] = '\0';
    const int32_t x = writer_tensor(
        writer, &(struct writer_tensor){.name = name, S8, WRITER_SHAPE(1, 4)});
    int32_t sum = x;
    for (int32_t i = 0; i < COUNT; i++) {
        const int32_t next = writer_tensor(
            writer, &(struct writer_tensor){S8, WRITER_SHAPE(1, 4)});
        writer_operator(writer, TFLITE_ADD, WRITER_LIST(sum, x),
                        WRITER_LIST(next), options_add(TFLITE_ACT_NONE));
        sum = next;
    }
    free(name);
    return finish(writer, x, sum);
}

/* Faults without end, each of which tells of a long name. */
static struct writer *make_faults(void) {
    struct writer *writer = writer_new();
    enum { LENGTH = 400000, COUNT = 4000 };
    char *name = allocate(LENGTH + 1, 1);
    memset(name, '\n', LENGTH);
    name[LENGTH] = '\0';
    const int32_t x = writer_tensor(
        writer, &(struct writer_tensor){
                    .name = name, .type = TFLITE_TYPE_STRING, WRITER_SHAPE(4)});
    for (int32_t i = 0; i < COUNT; i++) {
        writer_operator(writer, TFLITE_ADD, WRITER_LIST(x, x), WRITER_LIST(x),
                        options_add(TFLITE_ACT_NONE));
    }
    free(name);
    return finish(writer, x, x);
}

/* Constants that are computed, over and over. */
static struct writer *make_constants(void) {
    struct writer *writer = writer_new();
    enum { SIDE = 300, COUNT = 2000 };
    int8_t *data = allocate(SIDE, SIDE);
    memset(data, 1, (size_t)SIDE * SIDE);
    const struct writer_tensor tensor = {S8, WRITER_SHAPE(SIDE, SIDE)};
    struct writer_tensor constant = tensor;
    constant.data = data;
    const int32_t in = writer_tensor(writer, &tensor);
    int32_t x = writer_tensor(writer, &constant);
    for (int32_t i = 0; i < COUNT; i++) {
        const int32_t next = writer_tensor(writer, &tensor);
        writer_operator(writer, TFLITE_BATCH_MATMUL, WRITER_LIST(x, x),
                        WRITER_LIST(next), options_batch_matmul(false, false));
        x = next;
    }
    const int32_t out = writer_tensor(writer, &tensor);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(in, x), WRITER_LIST(out),
                    options_add(TFLITE_ACT_NONE));
    free(data);
    return finish(writer, in, out);
}

/* Channels without number, in every layer. */
static struct writer *make_channels(void) {
    struct writer *writer = writer_new();
    enum { COUNT = 4000 };
    int32_t x = add_tensor(writer, 1, 1, 1 << 29);
    for (int32_t i = 0; i < COUNT; i++) {
        const int32_t next = add_tensor(writer, 1, 1, 1 << 29);
        writer_operator(writer, TFLITE_RELU, WRITER_LIST(x), WRITER_LIST(next),
                        options_none());
        x = next;
    }
    return finish(writer, 0, x);
}

/* A subgraph within each subgraph. */
static struct writer *make_calls(void) {
    struct writer *writer = writer_new();
    enum { COUNT = 3000 };
    for (int32_t i = 0; i < COUNT; i++) {
        if (i > 0) {
            writer_subgraph(writer, "s");
        }
        add_tensor(writer, 1, 1, 1);
        writer_operator(writer, TFLITE_CALL_ONCE, WRITER_EMPTY, WRITER_EMPTY,
                        options_call_once(i + 1 < COUNT ? i + 1 : 0));
        finish(writer, 0, 0);
    }
    return writer;
}

/* The words behind `microflow`. */
static const char *const runs[][8] = {
    {"compile", "m.tflite", "-o", "out"},
    {"compile", "m.tflite", "-o", "out", "--optimize=size",
     "--target=cortex-m4"},
    {"compile", "m.tflite", "-o", "out", "--optimize=ram"},
    {"compile", "m.tflite", "-o", "out", "--ram-limit=100000", "--input=push",
     "--target=cortex-m55"},
    {"inspect", "m.tflite", "--json"},
};
enum {
    SPEED = 1,
    SIZE = 2,
    RAM = 4,
    PUSH = 8,
    INSPECT = 16,
    RUNS = sizeof runs / sizeof runs[0],
    ALL = (1 << RUNS) - 1
};

/* With the runs that may take long; `bounds all` does all of all. */
static const struct {
    const char *name;
    struct writer *(*make)(void);
    int runs;
} models[] = {
    {"chain", make_chain, ALL},
    {"live", make_live, SPEED | INSPECT},
    {"long_stream", make_long_stream, RAM},
    {"tall_stream", make_tall_stream, RAM},
    {"shared_weights", make_shared_weights, SPEED},
    {"large_shared_weights", make_large_shared_weights, SIZE},
    {"fan", make_fan, SPEED | RAM},
    {"many_operands", make_many_operands, ALL},
    {"wide", make_wide, SPEED | SIZE},
    {"split", make_split, SPEED | INSPECT},
    {"bomb", make_bomb, ALL},
    {"window", make_window, ALL},
    {"names", make_names, SPEED | INSPECT},
    {"long_name", make_long_name, RAM | INSPECT},
    {"faults", make_faults, SPEED},
    {"constants", make_constants, SPEED | RAM},
    {"channels", make_channels, PUSH},
    {"calls", make_calls, SPEED},
};

static const char *only; /* the model that was asked for */

static void limit(int resource, rlim_t most) {
    const struct rlimit limit = {most, most};
    assert_int_equal(setrlimit(resource, &limit), 0);
}

/* In the child. */
static void start(const char *const *words) {
    char *arguments[10] = {(char *)MICROFLOW_BINARY};
    for (int i = 0; words[i]; i++) {
        arguments[i + 1] = (char *)words[i];
    }
    limit(RLIMIT_CPU, MAX_SECONDS);
#ifndef __SANITIZE_ADDRESS__
    limit(RLIMIT_AS, MAX_MEMORY);
#endif
    if (!freopen("/dev/null", "w", stdout) ||
        (!only && !freopen("/dev/null", "w", stderr))) {
        _exit(3);
    }
    execv(MICROFLOW_BINARY, arguments);
    _exit(3);
}

static void run(const char *name, const char *const *words) {
    struct rusage usage;
    int status = 0;
    fflush(stdout);
    const pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        start(words);
    }
    assert_true(wait4(child, &status, 0, &usage) == child);
    if (only) {
        printf("%s: %s %s %s: status %x, %.2f s, %ld kB\n", name, words[0],
               words[3] ? words[3] : "", words[4] ? words[4] : "",
               (unsigned)status,
               (double)usage.ru_utime.tv_sec +
                   (double)usage.ru_utime.tv_usec / 1e6,
               usage.ru_maxrss);
        return;
    }
    if (!WIFEXITED(status) || WEXITSTATUS(status) > 1) {
        fail_msg("%s: %s %s: status %x, %ld kB", name, words[0],
                 words[4] ? words[4] : "", (unsigned)status, usage.ru_maxrss);
    }
}

static void test_bounds(void **state) {
    (void)state;
    char folder[] = "/tmp/microflow-bounds-XXXXXX";
    assert_non_null(mkdtemp(folder));
    assert_int_equal(chdir(folder), 0);
    for (size_t i = 0; i < sizeof models / sizeof models[0]; i++) {
        if (only && strcmp(only, models[i].name) != 0 &&
            strcmp(only, "all") != 0) {
            continue;
        }
        struct writer *writer = models[i].make();
        size_t size;
        uint8_t *data = writer_finish(writer, &size);
        FILE *file = fopen("m.tflite", "wb");
        assert_non_null(file);
        assert_int_equal(fwrite(data, 1, size, file), size);
        fclose(file);
        free(data);
        writer_free(writer);
        if (only) {
            printf("%s: %zu bytes\n", models[i].name, size);
        }
        assert_true(size <= MAX_FILE);
        for (int k = 0; k < RUNS; k++) {
            if (only || (models[i].runs >> k & 1)) {
                run(models[i].name, runs[k]);
            }
        }
    }
    assert_int_equal(chdir("/"), 0);
    char command[sizeof folder + 16];
    snprintf(command, sizeof command, "rm -rf %s", folder);
    assert_int_equal(system(command), 0);
}

int main(int argc, char **argv) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_bounds)};
    only = argc > 1 ? argv[1] : NULL;
    return cmocka_run_group_tests_name("bounds", tests, NULL, NULL);
}
