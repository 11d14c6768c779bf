/* Writes small models for the fuzzer to start from into a folder, one an
 * operator and a few of odd structure.
 *
 * usage: make_seeds FOLDER */
#include <stdio.h>
#include <stdlib.h>

#include "tflite_options.h"
#include "tflite_writer.h"

#define S8         .type = TFLITE_TYPE_INT8, .scale = 0.5f, .zero_point = -3
#define S16        .type = TFLITE_TYPE_INT16, .scale = 0.25f
#define F32        .type = TFLITE_TYPE_FLOAT32
#define SHAPE(...) WRITER_SHAPE(__VA_ARGS__)
#define I32_DATA(...)                                                          \
    .type = TFLITE_TYPE_INT32, .data = (const int32_t[]) {                     \
        __VA_ARGS__                                                            \
    }

enum { MAX_INPUTS = 4, MAX_OUTPUTS = 3 };

/* A model of one operator; inputs without data are the model's. */
struct seed {
    const char *name;
    int32_t code;
    struct writer_options options;
    struct writer_tensor input[MAX_INPUTS];
    int32_t input_count;
    struct writer_tensor output[MAX_OUTPUTS];
    int32_t output_count;
};

static const int8_t weight[64] = {1, -2, 3, -4, 5, -6, 7, -8, 90, -100, 11};
static const int16_t table[8] = {1, -2, 3, -4, 500};
static const float scales[2] = {0.25f, 0.125f};

#define FILTER                                                                 \
    .type = TFLITE_TYPE_INT8, .scale_count = 2, .scales = scales, .data = weight
#define BIAS                                                                   \
    I32_DATA(100, -200), SHAPE(2), .scale_count = 2,                           \
                                   .scales = (const float[]) {                 \
        0.125f, 0.0625f                                                        \
    }

static void save(struct writer *writer, const char *folder, const char *name) {
    char path[1024];
    snprintf(path, sizeof path, "%s/%s.tflite", folder, name);
    if (!writer_save(writer, path)) {
        perror(path);
        exit(1);
    }
    writer_free(writer);
}

static void write_seed(const char *folder, const struct seed *seed) {
    struct writer *writer = writer_new();
    int32_t tensors[MAX_INPUTS], inputs[MAX_INPUTS], outputs[MAX_OUTPUTS];
    int32_t input_count = 0;
    for (int32_t i = 0; i < seed->input_count; i++) {
        tensors[i] = writer_tensor(writer, &seed->input[i]);
        if (seed->input[i].data == NULL && !seed->input[i].is_variable) {
            inputs[input_count++] = tensors[i];
        }
    }
    for (int32_t i = 0; i < seed->output_count; i++) {
        outputs[i] = writer_tensor(writer, &seed->output[i]);
    }
    writer_operator(
        writer, seed->code, (struct writer_list){tensors, seed->input_count},
        (struct writer_list){outputs, seed->output_count}, seed->options);
    writer_inputs(writer, (struct writer_list){inputs, input_count});
    writer_outputs(writer, (struct writer_list){outputs, seed->output_count});
    save(writer, folder, seed->name);
}

#define WRITE(...) write_seed(folder, &(const struct seed){__VA_ARGS__})

static void write_layers(const char *folder) {
    WRITE("conv", TFLITE_CONV_2D,
          options_conv_2d(TFLITE_SAME, 1, 2, TFLITE_ACT_RELU, 1, 1),
          {{S8, SHAPE(1, 4, 3, 2)}, {FILTER, SHAPE(2, 3, 2, 2)}, {BIAS}}, 3,
          {{S8, SHAPE(1, 2, 3, 2)}}, 1);
    WRITE("conv_s16", TFLITE_CONV_2D,
          options_conv_2d(TFLITE_VALID, 1, 1, TFLITE_ACT_NONE, 2, 1),
          {{S16, SHAPE(1, 3, 4, 1)}, {FILTER, SHAPE(2, 2, 2, 1)}}, 2,
          {{S16, SHAPE(1, 2, 2, 2)}}, 1);
    WRITE(
        "depthwise", TFLITE_DEPTHWISE_CONV_2D,
        options_depthwise_conv_2d(TFLITE_SAME, 1, 1, 2, TFLITE_ACT_RELU6, 1, 1),
        {{S8, SHAPE(1, 3, 3, 1)},
         {FILTER, SHAPE(1, 3, 3, 2), .axis = 3},
         {BIAS}},
        3, {{S8, SHAPE(1, 3, 3, 2)}}, 1);
    WRITE("dense", TFLITE_FULLY_CONNECTED,
          options_fully_connected(TFLITE_ACT_RELU, 0, false),
          {{S8, SHAPE(2, 4)}, {FILTER, SHAPE(2, 4)}, {BIAS}}, 3,
          {{S8, SHAPE(2, 2)}}, 1);
    WRITE("dense_f32", TFLITE_FULLY_CONNECTED,
          options_fully_connected(TFLITE_ACT_NONE, 0, true),
          {{F32, SHAPE(1, 2)}, {F32, SHAPE(2, 2), .data = weight}}, 2,
          {{F32, SHAPE(1, 2)}}, 1);
    WRITE("conv_s4", TFLITE_CONV_2D,
          options_conv_2d(TFLITE_SAME, 1, 1, TFLITE_ACT_RELU, 1, 1),
          {{S8, SHAPE(1, 3, 3, 3)},
           {.type = TFLITE_TYPE_INT4,
            .scale_count = 2,
            .scales = scales,
            .data = weight,
            SHAPE(2, 3, 3, 3),
            .data_size = 27}},
          2, {{S8, SHAPE(1, 3, 3, 2)}}, 1);
    WRITE(
        "depthwise_hybrid", TFLITE_DEPTHWISE_CONV_2D,
        options_depthwise_conv_2d(TFLITE_SAME, 1, 1, 2, TFLITE_ACT_NONE, 1, 1),
        {{F32, SHAPE(1, 5, 1, 1)}, {FILTER, SHAPE(1, 3, 1, 2), .axis = 3}}, 2,
        {{F32, SHAPE(1, 5, 1, 2)}}, 1);
    WRITE("dense_hybrid_s4", TFLITE_FULLY_CONNECTED,
          options_fully_connected(TFLITE_ACT_NONE, 0, false),
          {{F32, SHAPE(1, 3)},
           {.type = TFLITE_TYPE_INT4,
            .scale = 0.5f,
            .data = weight,
            .data_size = 3,
            SHAPE(2, 3)}},
          2, {{F32, SHAPE(1, 2)}}, 1);
    WRITE("transpose_conv", TFLITE_TRANSPOSE_CONV,
          options_transpose_conv(TFLITE_SAME, 2, 2, TFLITE_ACT_NONE),
          {{I32_DATA(1, 4, 4, 2), SHAPE(4)},
           {FILTER, SHAPE(2, 2, 2, 1)},
           {S8, SHAPE(1, 2, 2, 1)}},
          3, {{S8, SHAPE(1, 4, 4, 2)}}, 1);
    WRITE("max_pool", TFLITE_MAX_POOL_2D,
          options_pool_2d(TFLITE_SAME, 2, 2, 3, 2, TFLITE_ACT_RELU),
          {{S8, SHAPE(1, 4, 4, 2)}}, 1, {{S8, SHAPE(1, 2, 2, 2)}}, 1);
    WRITE("average_pool", TFLITE_AVERAGE_POOL_2D,
          options_pool_2d(TFLITE_VALID, 1, 1, 2, 2, TFLITE_ACT_NONE),
          {{S8, SHAPE(1, 3, 3, 2)}}, 1, {{S8, SHAPE(1, 2, 2, 2)}}, 1);
    WRITE("batch_matmul", TFLITE_BATCH_MATMUL,
          options_batch_matmul(false, true),
          {{S8, SHAPE(2, 2, 3)}, {S8, SHAPE(1, 2, 3)}}, 2,
          {{S8, SHAPE(2, 2, 2)}}, 1);
    WRITE(
        "svdf", TFLITE_SVDF, options_svdf(1, TFLITE_ACT_RELU),
        {{S8, SHAPE(1, 2)},
         {.type = TFLITE_TYPE_INT8, .scale = 0.1f, SHAPE(2, 2), .data = weight},
         {.type = TFLITE_TYPE_INT16, .scale = 0.1f, SHAPE(2, 4), .data = table},
         {.type = TFLITE_TYPE_INT16,
          .scale = 0.1f,
          SHAPE(1, 8),
          .is_variable = true}},
        4, {{S8, SHAPE(1, 2)}}, 1);
}

static void write_elementwise(const char *folder) {
    WRITE("add", TFLITE_ADD, options_add(TFLITE_ACT_RELU),
          {{S8, SHAPE(2, 1, 3)}, {S8, SHAPE(4, 3)}}, 2, {{S8, SHAPE(2, 4, 3)}},
          1);
    WRITE("sub", TFLITE_SUB, options_sub(TFLITE_ACT_NONE),
          {{S16, SHAPE(1, 2, 3)}, {S16, SHAPE(3)}}, 2, {{S16, SHAPE(1, 2, 3)}},
          1);
    WRITE("mul", TFLITE_MUL, options_mul(TFLITE_ACT_NONE),
          {{F32, SHAPE(2, 2)}, {F32}}, 2, {{F32, SHAPE(2, 2)}}, 1);
    WRITE("div", TFLITE_DIV, options_div(TFLITE_ACT_NONE),
          {{F32, SHAPE(2, 2)}, {F32, SHAPE(2)}}, 2, {{F32, SHAPE(2, 2)}}, 1);
    WRITE("maximum", TFLITE_MAXIMUM,
          options_empty(TFLITE_OPTIONS_MAXIMUM_MINIMUM),
          {{S8, SHAPE(2, 3)}, {S8, SHAPE(1, 1)}}, 2, {{S8, SHAPE(2, 3)}}, 1);
    WRITE("prelu", TFLITE_PRELU, options_none(),
          {{S8, SHAPE(1, 2, 2, 3)},
           {.type = TFLITE_TYPE_INT8,
            .scale = 0.1f,
            SHAPE(1, 1, 3),
            .data = weight}},
          2, {{S8, SHAPE(1, 2, 2, 3)}}, 1);
    WRITE("leaky_relu", TFLITE_LEAKY_RELU, options_leaky_relu(0.1f),
          {{S16, SHAPE(5)}}, 1, {{S16, SHAPE(5)}}, 1);
    WRITE("relu6", TFLITE_RELU6, options_none(), {{S8, SHAPE(5)}}, 1,
          {{S8, SHAPE(5)}}, 1);
    WRITE("logistic", TFLITE_LOGISTIC, options_none(), {{S8, SHAPE(1, 5)}}, 1,
          {{.type = TFLITE_TYPE_INT8,
            SHAPE(1, 5),
            .scale = 0.00390625f,
            .zero_point = -128}},
          1);
    WRITE("tanh_s16", TFLITE_TANH, options_none(),
          {{.type = TFLITE_TYPE_INT16, SHAPE(5), .scale = 0.000244140625f}}, 1,
          {{.type = TFLITE_TYPE_INT16, SHAPE(5), .scale = 0.000030517578125f}},
          1);
    WRITE("softmax", TFLITE_SOFTMAX, options_softmax(1), {{S8, SHAPE(2, 5)}}, 1,
          {{.type = TFLITE_TYPE_INT8,
            SHAPE(2, 5),
            .scale = 0.00390625f,
            .zero_point = -128}},
          1);
    WRITE("quantize", TFLITE_QUANTIZE, options_none(), {{F32, SHAPE(4)}}, 1,
          {{S8, SHAPE(4)}}, 1);
    WRITE("dequantize", TFLITE_DEQUANTIZE, options_none(), {{S8, SHAPE(4)}}, 1,
          {{F32, SHAPE(4)}}, 1);
    WRITE("cast", TFLITE_CAST,
          options_cast(TFLITE_TYPE_FLOAT32, TFLITE_TYPE_INT32),
          {{F32, SHAPE(4)}}, 1, {{.type = TFLITE_TYPE_INT32, SHAPE(4)}}, 1);
    WRITE("hard_swish", TFLITE_HARD_SWISH, options_none(), {{S8, SHAPE(4)}}, 1,
          {{S8, SHAPE(4)}}, 1);
}

static void write_shapes(const char *folder) {
    WRITE("reshape", TFLITE_RESHAPE, options_reshape(WRITER_LIST(3, 2)),
          {{S8, SHAPE(2, 3)}, {I32_DATA(3, -1), SHAPE(2)}}, 2,
          {{S8, SHAPE(3, 2)}}, 1);
    WRITE("squeeze", TFLITE_SQUEEZE, options_squeeze(WRITER_LIST(0, -1)),
          {{S8, SHAPE(1, 3, 1)}}, 1, {{S8, SHAPE(3)}}, 1);
    WRITE("expand_dims", TFLITE_EXPAND_DIMS, options_none(),
          {{S8, SHAPE(3)}, {I32_DATA(-1)}}, 2, {{S8, SHAPE(3, 1)}}, 1);
    WRITE("concatenation", TFLITE_CONCATENATION, options_concatenation(-1, 0),
          {{S8, SHAPE(2, 3)}, {S8, SHAPE(2, 1)}, {S8, SHAPE(2, 2)}}, 3,
          {{S8, SHAPE(2, 6)}}, 1);
    WRITE("split", TFLITE_SPLIT, options_split(2),
          {{I32_DATA(1)}, {S8, SHAPE(2, 4)}}, 2,
          {{S8, SHAPE(2, 2)}, {S8, SHAPE(2, 2)}}, 2);
    WRITE("split_v", TFLITE_SPLIT_V, options_split_v(2),
          {{S8, SHAPE(2, 4)}, {I32_DATA(1, -1), SHAPE(2)}, {I32_DATA(1)}}, 3,
          {{S8, SHAPE(2, 1)}, {S8, SHAPE(2, 3)}}, 2);
    WRITE("strided_slice", TFLITE_STRIDED_SLICE,
          options_strided_slice(1, 2, 0, 0, 4, false),
          {{S8, SHAPE(4, 3, 2)},
           {I32_DATA(0, 1, 1), SHAPE(3)},
           {I32_DATA(3, 3, 2), SHAPE(3)},
           {I32_DATA(2, 1, 1), SHAPE(3)}},
          4, {{S8, SHAPE(2, 2)}}, 1);
    WRITE("slice", TFLITE_SLICE, options_none(),
          {{S8, SHAPE(4, 3)},
           {I32_DATA(1, 0), SHAPE(2)},
           {I32_DATA(2, -1), SHAPE(2)}},
          3, {{S8, SHAPE(2, 3)}}, 1);
    WRITE("pack", TFLITE_PACK, options_pack(2, 1),
          {{S8, SHAPE(2)}, {S8, SHAPE(2)}}, 2, {{S8, SHAPE(2, 2)}}, 1);
    WRITE("unpack", TFLITE_UNPACK, options_unpack(2, 0), {{S8, SHAPE(2, 3)}}, 1,
          {{S8, SHAPE(3)}, {S8, SHAPE(3)}}, 2);
    WRITE("transpose", TFLITE_TRANSPOSE, options_none(),
          {{S8, SHAPE(2, 3, 4)}, {I32_DATA(2, 0, 1), SHAPE(3)}}, 2,
          {{S8, SHAPE(4, 2, 3)}}, 1);
    WRITE("pad", TFLITE_PAD, options_none(),
          {{S8, SHAPE(1, 2, 2, 1)},
           {I32_DATA(0, 0, 1, 2, 0, 1, 0, 0), SHAPE(4, 2)}},
          2, {{S8, SHAPE(1, 5, 3, 1)}}, 1);
    WRITE("mean", TFLITE_MEAN, options_reducer(false),
          {{S8, SHAPE(1, 3, 3, 2)}, {I32_DATA(1, 2), SHAPE(2)}}, 2,
          {{S8, SHAPE(1, 2)}}, 1);
    WRITE("shape", TFLITE_SHAPE, options_shape(TFLITE_TYPE_INT32),
          {{S8, SHAPE(3, 4)}}, 1, {{.type = TFLITE_TYPE_INT32, SHAPE(2)}}, 1);
    WRITE("gather", TFLITE_GATHER, options_gather(0, 0),
          {{S8, SHAPE(3, 2)}, {.type = TFLITE_TYPE_INT32, SHAPE(2)}}, 2,
          {{S8, SHAPE(2, 2)}}, 1);
    WRITE("arg_max", TFLITE_ARG_MAX, options_arg_max(TFLITE_TYPE_INT32),
          {{S8, SHAPE(2, 3)}, {I32_DATA(1)}}, 2,
          {{.type = TFLITE_TYPE_INT32, SHAPE(2)}}, 1);
    WRITE("resize", TFLITE_RESIZE_NEAREST_NEIGHBOR,
          options_resize_nearest_neighbor(false, true),
          {{S8, SHAPE(1, 2, 3, 2)}, {I32_DATA(3, 5), SHAPE(2)}}, 2,
          {{S8, SHAPE(1, 3, 5, 2)}}, 1);
}

/* PAD -> CONV_2D -> RELU6 -> RESHAPE by constants that have to be folded: what
 * passes look for, and a plan with more than one buffer. */
static void write_chain(const char *folder) {
    struct writer *writer = writer_new();
    const struct writer_tensor tensors[] = {
        {.name = "in", S8, SHAPE(1, 4, 4, 1)},
        {.name = "paddings", I32_DATA(0, 0, 1, 1, 1, 1, 0, 0), SHAPE(4, 2)},
        {.name = "padded", S8, SHAPE(1, 6, 6, 1)},
        {.name = "filter", FILTER, SHAPE(2, 3, 3, 1)},
        {.name = "bias", BIAS},
        {.name = "conv", S8, SHAPE(1, 4, 4, 2)},
        {.name = "relu", S8, SHAPE(1, 4, 4, 2)},
        {.name = "a", I32_DATA(1, 20), SHAPE(2)},
        {.name = "b", I32_DATA(0, 32), SHAPE(2)},
        {.name = "shape", .type = TFLITE_TYPE_INT32, SHAPE(2)},
        {.name = "out", S8, SHAPE(1, 32)},
        {.name = "sum", S8, SHAPE(1, 32)},
    };
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        writer_tensor(writer, &tensors[i]);
    }
    writer_operator(writer, TFLITE_PAD, WRITER_LIST(0, 1), WRITER_LIST(2),
                    options_none());
    writer_operator(writer, TFLITE_CONV_2D, WRITER_LIST(2, 3, 4),
                    WRITER_LIST(5),
                    options_conv_2d(TFLITE_VALID, 1, 1, TFLITE_ACT_NONE, 1, 1));
    writer_operator(writer, TFLITE_RELU6, WRITER_LIST(5), WRITER_LIST(6),
                    options_none());
    writer_operator(writer, TFLITE_MAXIMUM, WRITER_LIST(7, 8), WRITER_LIST(9),
                    options_none());
    writer_operator(writer, TFLITE_RESHAPE, WRITER_LIST(6, 9), WRITER_LIST(10),
                    options_none());
    writer_operator(writer, TFLITE_ADD, WRITER_LIST(10, 10), WRITER_LIST(11),
                    options_add(TFLITE_ACT_NONE));
    writer_inputs(writer, WRITER_LIST(0));
    writer_outputs(writer, WRITER_LIST(11, 5, 0));
    save(writer, folder, "chain");
}

/* Two convolutions; the second channel between them is constant. */
static void write_constant_channel(const char *folder) {
    static const int8_t first[8] = {1, -2, 3, 4};
    struct writer *writer = writer_new();
    const struct writer_tensor tensors[] = {
        {.name = "in", S8, SHAPE(1, 4, 4, 1)},
        {.name = "first",
         .type = TFLITE_TYPE_INT8,
         .scale = 0.25f,
         .data = first,
         SHAPE(2, 2, 2, 1)},
        {.name = "between", S8, SHAPE(1, 3, 3, 2)},
        {.name = "second", FILTER, SHAPE(2, 2, 2, 2)},
        {.name = "bias", BIAS},
        {.name = "out", S8, SHAPE(1, 3, 3, 2)},
    };
    for (size_t i = 0; i < sizeof tensors / sizeof tensors[0]; i++) {
        writer_tensor(writer, &tensors[i]);
    }
    writer_operator(writer, TFLITE_CONV_2D, WRITER_LIST(0, 1), WRITER_LIST(2),
                    options_conv_2d(TFLITE_VALID, 1, 1, TFLITE_ACT_RELU, 1, 1));
    writer_operator(writer, TFLITE_CONV_2D, WRITER_LIST(2, 3, 4),
                    WRITER_LIST(5),
                    options_conv_2d(TFLITE_SAME, 1, 1, TFLITE_ACT_NONE, 1, 1));
    writer_inputs(writer, WRITER_LIST(0));
    writer_outputs(writer, WRITER_LIST(5));
    save(writer, folder, "constant_channel");
}

/* Operators that swap places, a second graph, data behind the FlatBuffer. */
static void write_odd(const char *folder) {
    struct writer *writer = writer_new();
    for (int i = 0; i < 3; i++) {
        writer_tensor(writer,
                      &(struct writer_tensor){.name = "t", S8, SHAPE(1, 2)});
    }
    writer_tensor(writer, &(struct writer_tensor){FILTER, SHAPE(2, 2)});
    for (int32_t i = 1; i >= 0; i--) {
        writer_operator(writer, TFLITE_FULLY_CONNECTED, WRITER_LIST(i, 3, -1),
                        WRITER_LIST(i + 1), options_none());
    }
    writer_inputs(writer, WRITER_LIST(0));
    writer_outputs(writer, WRITER_LIST(2));
    writer_external_data(writer, true);
    writer_subgraph(writer, "other");
    writer_tensor(writer, &(struct writer_tensor){F32});
    writer_inputs(writer, WRITER_LIST(0));
    writer_outputs(writer, WRITER_LIST(0));
    save(writer, folder, "odd");
}

/* WHILE x < 100 { x = x < 10 ? x + x : x + y }, and y stays. */
static void write_control(const char *folder) {
    struct writer *writer = writer_new();
    const struct writer_tensor number = {.type = TFLITE_TYPE_INT32, SHAPE(1)};
    const struct writer_tensor truth = {.type = TFLITE_TYPE_BOOL, SHAPE(1)};
    const struct writer_tensor limits[2] = {{I32_DATA(100), SHAPE(1)},
                                            {I32_DATA(10), SHAPE(1)}};
    for (int32_t graph = 0; graph < 5; graph++) {
        /* 0: main, 1: condition, 2: body, 3 and 4: branches. */
        if (graph > 0) {
            writer_subgraph(writer, "graph");
        }
        for (int i = 0; i < 4; i++) {
            writer_tensor(writer, &number);
        }
        writer_tensor(writer, &truth);
        writer_tensor(writer, &limits[graph == 2]);
        writer_inputs(writer, WRITER_LIST(0, 1));
        switch (graph) {
        case 0:
            writer_operator(writer, TFLITE_WHILE, WRITER_LIST(0, 1),
                            WRITER_LIST(2, 3), options_while(1, 2));
            writer_outputs(writer, WRITER_LIST(2, 3));
            break;
        case 1:
        case 2:
            writer_operator(writer, TFLITE_LESS, WRITER_LIST(0, 5),
                            WRITER_LIST(4), options_none());
            writer_outputs(writer, WRITER_LIST(4));
            if (graph == 2) {
                writer_operator(writer, TFLITE_IF, WRITER_LIST(4, 0, 1),
                                WRITER_LIST(2), options_if(3, 4));
                writer_outputs(writer, WRITER_LIST(2, 1));
            }
            break;
        default:
            writer_operator(writer, TFLITE_ADD, WRITER_LIST(0, graph - 3),
                            WRITER_LIST(2), options_add(TFLITE_ACT_NONE));
            writer_outputs(writer, WRITER_LIST(2));
            break;
        }
    }
    save(writer, folder, "control");
}

/* A filter with a zero point. */
static void write_uint8(const char *folder) {
    static const uint8_t filter[8] = {0, 10, 200, 255, 128, 7, 77, 130};
    struct writer *writer = writer_new();
    struct writer_tensor data = {.type = TFLITE_TYPE_UINT8,
                                 .scale = 0.5f,
                                 .zero_point = 100,
                                 SHAPE(1, 3, 3, 2)};
    writer_tensor(writer, &data);
    writer_tensor(writer, &data);
    writer_tensor(writer, &(struct writer_tensor){.type = TFLITE_TYPE_UINT8,
                                                  .scale = 0.25f,
                                                  .zero_point = 99,
                                                  .data = filter,
                                                  SHAPE(2, 2, 1, 2)});
    writer_operator(writer, TFLITE_CONV_2D, WRITER_LIST(0, 2), WRITER_LIST(1),
                    options_conv_2d(TFLITE_SAME, 1, 1, TFLITE_ACT_RELU, 1, 1));
    writer_inputs(writer, WRITER_LIST(0));
    writer_outputs(writer, WRITER_LIST(1));
    save(writer, folder, "uint8");
}

int main(int argc, char **argv) {
    if (argc != 2) {
        fprintf(stderr, "usage: make_seeds FOLDER\n");
        return 2;
    }
    write_layers(argv[1]);
    write_elementwise(argv[1]);
    write_shapes(argv[1]);
    write_chain(argv[1]);
    write_constant_channel(argv[1]);
    write_odd(argv[1]);
    write_control(argv[1]);
    write_uint8(argv[1]);
    return 0;
}
