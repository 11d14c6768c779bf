/* Models of UINT8, whose filters have zero points: held to sums over the stored
 * values as they stand in the file, through all passes and as they are lowered
 * for several targets. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "generated.h"
#include "model.h"
#include "planned.h"
#include "random.h"
#include "reference.h"

enum { SIZE = 6, CHANNELS = 5, OUTPUTS = 4, CLASSES = 3, POOLED = 3 };

/* How a tensor is quantised. */
struct scheme {
    float scale;
    int32_t zero_point;
};

/* x -> CONV_2D 3x3 SAME -> DEPTHWISE_CONV_2D 3x3 SAME -> AVERAGE_POOL_2D 2x2
 * -> RESHAPE -> FULLY_CONNECTED; every result is an output. */
struct network {
    struct scheme x, conv, depthwise, fc;
    struct scheme filter[3];
    int activation; /* of the convolutions */
    uint8_t conv_weights[OUTPUTS * 9 * CHANNELS];
    uint8_t depthwise_weights[9 * OUTPUTS];
    uint8_t fc_weights[CLASSES * POOLED * POOLED * OUTPUTS];
    int32_t bias[3][OUTPUTS];
};

static struct scheme random_scheme(struct random *random, double scale) {
    return (struct scheme){random_float(random, scale * 0.7, scale * 1.3),
                           random_int(random, 0, 255)};
}

static void fill_bytes(struct random *random, uint8_t *data, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int extreme = random_int(random, 0, 9);
        data[i] = (uint8_t)(extreme == 0   ? 0
                            : extreme == 1 ? 255
                                           : random_int(random, 0, 255));
    }
}

static struct network random_network(struct random *random) {
    static const int activations[] = {TFLITE_ACT_NONE, TFLITE_ACT_RELU,
                                      TFLITE_ACT_RELU6};
    struct network net = {
        .x = random_scheme(random, 0.02),
        .conv = random_scheme(random, 0.05),
        .depthwise = random_scheme(random, 0.1),
        .fc = random_scheme(random, 0.3),
        .activation = activations[random_int(random, 0, 2)],
    };
    for (int k = 0; k < 3; k++) {
        net.filter[k] = random_scheme(random, 0.01);
        if (random_int(random, 0, 3) == 0) {
            net.filter[k].zero_point = 128; /* 0 once it is shifted */
        }
        random_fill_s32(random, net.bias[k], OUTPUTS, -9999, 9999);
    }
    fill_bytes(random, net.conv_weights, sizeof net.conv_weights);
    fill_bytes(random, net.depthwise_weights, sizeof net.depthwise_weights);
    fill_bytes(random, net.fc_weights, sizeof net.fc_weights);
    return net;
}

/* --- the model --- */

static int32_t add_tensor(struct writer *writer, struct scheme scheme,
                          struct writer_tensor tensor) {
    tensor.type = TFLITE_TYPE_UINT8;
    tensor.scale = scheme.scale;
    tensor.zero_point = scheme.zero_point;
    return writer_tensor(writer, &tensor);
}

static int32_t add_bias(struct writer *writer, const int32_t *bias,
                        int32_t count) {
    struct writer_tensor tensor = {.type = TFLITE_TYPE_INT32,
                                   WRITER_SHAPE(count)};
    tensor.data = bias;
    return writer_tensor(writer, &tensor);
}

static struct writer *write_network(const struct network *net) {
    struct writer *writer = writer_new();
    struct writer_tensor image = {.rank = 4, .dims = {1, SIZE, SIZE, OUTPUTS}};
    struct writer_tensor input = {.rank = 4, .dims = {1, SIZE, SIZE, CHANNELS}};
    int32_t x = add_tensor(writer, net->x, input);
    int32_t conv = add_tensor(writer, net->conv, image);
    int32_t depthwise = add_tensor(writer, net->depthwise, image);
    int32_t pool =
        add_tensor(writer, net->depthwise,
                   (struct writer_tensor){
                       .rank = 4, .dims = {1, POOLED, POOLED, OUTPUTS}});
    int32_t flat =
        add_tensor(writer, net->depthwise,
                   (struct writer_tensor){
                       .rank = 2, .dims = {1, POOLED * POOLED * OUTPUTS}});
    int32_t y =
        add_tensor(writer, net->fc,
                   (struct writer_tensor){.rank = 2, .dims = {1, CLASSES}});
    int32_t conv_filter =
        add_tensor(writer, net->filter[0],
                   (struct writer_tensor){.rank = 4,
                                          .dims = {OUTPUTS, 3, 3, CHANNELS},
                                          .data = net->conv_weights});
    int32_t depthwise_filter =
        add_tensor(writer, net->filter[1],
                   (struct writer_tensor){.rank = 4,
                                          .dims = {1, 3, 3, OUTPUTS},
                                          .data = net->depthwise_weights});
    int32_t fc_filter = add_tensor(
        writer, net->filter[2],
        (struct writer_tensor){.rank = 2,
                               .dims = {CLASSES, POOLED * POOLED * OUTPUTS},
                               .data = net->fc_weights});
    writer_operator(
        writer, TFLITE_CONV_2D,
        WRITER_LIST(x, conv_filter, add_bias(writer, net->bias[0], OUTPUTS)),
        WRITER_LIST(conv),
        options_conv_2d(TFLITE_SAME, 1, 1, net->activation, 1, 1));
    writer_operator(
        writer, TFLITE_DEPTHWISE_CONV_2D,
        WRITER_LIST(conv, depthwise_filter,
                    add_bias(writer, net->bias[1], OUTPUTS)),
        WRITER_LIST(depthwise),
        options_depthwise_conv_2d(TFLITE_SAME, 1, 1, 1, net->activation, 1, 1));
    writer_operator(writer, TFLITE_AVERAGE_POOL_2D, WRITER_LIST(depthwise),
                    WRITER_LIST(pool),
                    options_pool_2d(TFLITE_VALID, 2, 2, 2, 2, TFLITE_ACT_NONE));
    writer_operator(writer, TFLITE_RESHAPE, WRITER_LIST(pool),
                    WRITER_LIST(flat), options_reshape(WRITER_EMPTY));
    writer_operator(
        writer, TFLITE_FULLY_CONNECTED,
        WRITER_LIST(flat, fc_filter, add_bias(writer, net->bias[2], CLASSES)),
        WRITER_LIST(y), options_fully_connected(TFLITE_ACT_NONE, 0, false));
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(conv, depthwise, pool, flat, y));
    return writer;
}

/* --- what it must give --- */

struct results {
    uint8_t conv[SIZE * SIZE * OUTPUTS], depthwise[SIZE * SIZE * OUTPUTS];
    uint8_t pool[POOLED * POOLED * OUTPUTS], flat[POOLED * POOLED * OUTPUTS];
    uint8_t y[CLASSES];
};

/* The product of the scales is rounded to float32. */
static uint8_t store(int64_t sum, struct scheme input, struct scheme filter,
                     struct scheme output, int activation) {
    const float product = input.scale * filter.scale;
    const struct reference_factor factor =
        reference_factor((double)product / (double)output.scale);
    int64_t min = 0, max = 255;
    int64_t value = reference_multiply(sum, factor) + output.zero_point;
    if (activation != TFLITE_ACT_NONE) {
        min = output.zero_point;
    }
    if (activation == TFLITE_ACT_RELU6) {
        int64_t six = output.zero_point + (int64_t)roundf(6 / output.scale);
        max = six < max ? six : max;
    }
    return (uint8_t)(value < min ? min : value > max ? max : value);
}

/* Value c of the pixel; what lies outside stands for 0. */
static int32_t pixel(const uint8_t *image, struct scheme scheme, int y, int x,
                     int c, int channels) {
    return y < 0 || y >= SIZE || x < 0 || x >= SIZE
               ? 0
               : image[(y * SIZE + x) * channels + c] - scheme.zero_point;
}

static int64_t conv_sum(const struct network *net, const uint8_t *in, int y,
                        int x, int o) {
    int64_t sum = net->bias[0][o];
    for (int tap = 0; tap < 9; tap++) {
        for (int c = 0; c < CHANNELS; c++) {
            sum += pixel(in, net->x, y + tap / 3 - 1, x + tap % 3 - 1, c,
                         CHANNELS) *
                   (net->conv_weights[(o * 9 + tap) * CHANNELS + c] -
                    net->filter[0].zero_point);
        }
    }
    return sum;
}

static int64_t depthwise_sum(const struct network *net, const uint8_t *in,
                             int y, int x, int o) {
    int64_t sum = net->bias[1][o];
    for (int tap = 0; tap < 9; tap++) {
        sum +=
            pixel(in, net->conv, y + tap / 3 - 1, x + tap % 3 - 1, o, OUTPUTS) *
            (net->depthwise_weights[tap * OUTPUTS + o] -
             net->filter[1].zero_point);
    }
    return sum;
}

static void compute_images(const struct network *net, const uint8_t *in,
                           struct results *r) {
    enum { PIXELS = SIZE * SIZE };
    for (int i = 0; i < PIXELS * OUTPUTS; i++) {
        const int at = i / OUTPUTS, o = i % OUTPUTS;
        r->conv[i] = store(conv_sum(net, in, at / SIZE, at % SIZE, o), net->x,
                           net->filter[0], net->conv, net->activation);
    }
    for (int i = 0; i < PIXELS * OUTPUTS; i++) {
        const int at = i / OUTPUTS, o = i % OUTPUTS;
        r->depthwise[i] =
            store(depthwise_sum(net, r->conv, at / SIZE, at % SIZE, o),
                  net->conv, net->filter[1], net->depthwise, net->activation);
    }
}

static void compute(const struct network *net, const uint8_t *in,
                    struct results *r) {
    compute_images(net, in, r);
    for (int i = 0; i < POOLED * POOLED * OUTPUTS; i++) {
        const int o = i % OUTPUTS, x = i / OUTPUTS % POOLED;
        const int first =
            (i / OUTPUTS / POOLED * 2 * SIZE + x * 2) * OUTPUTS + o;
        const int sum = r->depthwise[first] + r->depthwise[first + OUTPUTS] +
                        r->depthwise[first + SIZE * OUTPUTS] +
                        r->depthwise[first + (SIZE + 1) * OUTPUTS];
        r->pool[i] = r->flat[i] = (uint8_t)((sum + 2) / 4);
    }
    for (int o = 0; o < CLASSES; o++) {
        int64_t sum = net->bias[2][o];
        for (int i = 0; i < POOLED * POOLED * OUTPUTS; i++) {
            sum += (r->flat[i] - net->depthwise.zero_point) *
                   (net->fc_weights[o * POOLED * POOLED * OUTPUTS + i] -
                    net->filter[2].zero_point);
        }
        r->y[o] = store(sum, net->depthwise, net->filter[2], net->fc,
                        TFLITE_ACT_NONE);
    }
}

static void test_networks(void **state) {
    (void)state;
    static const char *const targets[] = {"generic", "cortex-m4", "cortex-m0",
                                          "avr"};
    for (uint64_t seed = 0; seed < 60; seed++) {
        struct random random = {seed};
        const struct network net = random_network(&random);
        uint8_t in[SIZE * SIZE * CHANNELS];
        struct results expected;
        fill_bytes(&random, in, sizeof in);
        compute(&net, in, &expected);
        struct planned *model =
            planned_new(write_network(&net), targets[seed % 4]);
        for (int least_ram = 0; least_ram < 2; least_ram++) {
            uint8_t out[sizeof expected];
            const struct plan *plan = planned_expect(
                model, &(struct plan_options){.least_ram = least_ram != 0});
            assert_int_equal(planned_output_size(model), sizeof out);
            planned_infer(model, plan, 0x3C, in, out);
            assert_memory_equal(out, &expected, sizeof out);
        }
        planned_free(model);
    }
}

/* The program sees UINT8. */
static void test_generated(void **state) {
    (void)state;
    struct random random = {99};
    const struct network net = random_network(&random);
    uint8_t in[SIZE * SIZE * CHANNELS];
    struct results expected;
    fill_bytes(&random, in, sizeof in);
    compute(&net, in, &expected);
    struct generated *g =
        generate(write_network(&net),
                 &(mf_compile_options){.name = "net", .driver = true});
    const char *header = generated_text(g, "net.h");
    assert_non_null(strstr(header, "uint8_t *net_input(void);"));
    assert_non_null(strstr(header, "const uint8_t *net_output_4(void);"));
    shell(g, "%s " STRICT_C99 " -fsanitize=undefined -o net *.c -lm",
          MICROFLOW_CC);
    generated_write(g, "in", in, sizeof in);
    shell(g, "./net <in >out");
    size_t size;
    const void *out = generated_read(g, "out", &size);
    assert_int_equal(size, sizeof expected);
    assert_memory_equal(out, &expected, size);
    generated_free(g);
}

/* CAST hands on numbers as they are stored, of what an ADD made of UINT8. */
static void test_raw(void **state) {
    (void)state;
    struct writer *writer = writer_new();
    const struct scheme scheme = {0.5F, 3};
    const struct writer_tensor vector = {.rank = 1, .dims = {4}};
    struct writer_tensor real = {.type = TFLITE_TYPE_FLOAT32, WRITER_SHAPE(4)};
    int32_t x = add_tensor(writer, scheme, vector);
    int32_t sum = add_tensor(writer, scheme, vector);
    int32_t y = writer_tensor(writer, &real), z = writer_tensor(writer, &real);
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(x, x), WRITER_LIST(sum),
                    options_add(TFLITE_ACT_NONE));
    writer_operator(writer, TFLITE_CAST, WRITER_LIST(sum), WRITER_LIST(y),
                    options_cast(TFLITE_TYPE_UINT8, TFLITE_TYPE_FLOAT32));
    writer_operator(writer, TFLITE_DEQUANTIZE, WRITER_LIST(sum), WRITER_LIST(z),
                    options_none());
    writer_inputs(writer, WRITER_LIST(x));
    writer_outputs(writer, WRITER_LIST(y, z));
    struct test_model *model = model_optimized(writer);
    model_expect_ok(model);
    memcpy(model_input(model, 0), (const uint8_t[]){3, 4, 100, 255}, 4);
    model_run(model);
    const float *stored = model_output(model, 0),
                *value = model_output(model, 1);
    static const float expected[] = {3, 5, 197, 255};
    for (int i = 0; i < 4; i++) {
        assert_true(stored[i] == expected[i]);
        assert_true(value[i] == (expected[i] - 3) / 2);
    }
    model_free(model);
}

/* UINT8 and INT8 in one operator, and operators whose arithmetic on UINT8 is
 * another than on INT8. */
static void test_refused(void **state) {
    (void)state;
    struct test_op op = {
        .code = TFLITE_ADD,
        .options = options_add(0),
        .input_count = 2,
        .input = {{.type = TFLITE_TYPE_UINT8, WRITER_SHAPE(4), .scale = 1},
                  {.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4), .scale = 1}},
        .output_count = 1,
        .output = {{.type = TFLITE_TYPE_UINT8, WRITER_SHAPE(4), .scale = 1}}};
    op_expect_message(&op, "op 0 ADD \"output\": input 0 type is UINT8, "
                           "allowed: FLOAT32, INT32, INT64, INT16, INT8");
    op.code = TFLITE_LOGISTIC;
    op.options = options_none();
    op.input_count = 1;
    op_expect_message(&op, "op 0 LOGISTIC \"output\": input type is UINT8, "
                           "allowed: FLOAT32, INT16, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_networks),
        cmocka_unit_test(test_generated),
        cmocka_unit_test(test_raw),
        cmocka_unit_test(test_refused),
    };
    return cmocka_run_group_tests_name("uint8", tests, NULL, NULL);
}
