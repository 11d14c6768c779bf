/* See tflite_options.h; field numbers are those of schema.fbs. */
#include "tflite_options.h"

#include <assert.h>
#include <string.h>

static struct writer_field *add(struct writer_options *options, int number,
                                enum writer_field_kind kind) {
    assert(options->field_count < WRITER_MAX_FIELDS);
    struct writer_field *field = &options->field[options->field_count++];
    memset(field, 0, sizeof *field);
    field->number = number;
    field->kind = kind;
    return field;
}

void option_bool(struct writer_options *options, int number, bool value) {
    add(options, number, WRITER_BOOL)->integer = value;
}

void option_i8(struct writer_options *options, int number, int value) {
    add(options, number, WRITER_I8)->integer = value;
}

void option_u8(struct writer_options *options, int number, int value) {
    add(options, number, WRITER_U8)->integer = value;
}

void option_i32(struct writer_options *options, int number, int32_t value) {
    add(options, number, WRITER_I32)->integer = value;
}

void option_i64(struct writer_options *options, int number, int64_t value) {
    add(options, number, WRITER_I64)->integer = value;
}

void option_f32(struct writer_options *options, int number, float value) {
    add(options, number, WRITER_F32)->real = value;
}

void option_i32s(struct writer_options *options, int number,
                 struct writer_list values) {
    assert(values.count <= WRITER_MAX_VALUES);
    struct writer_field *field = add(options, number, WRITER_I32S);
    field->count = values.count;
    for (int32_t i = 0; i < values.count; i++) {
        field->integers[i] = values.item[i];
    }
}

void option_string(struct writer_options *options, int number,
                   const char *value) {
    add(options, number, WRITER_STRING)->string = value;
}

/* The same, but nothing is written if the value is the schema's default. */
static void flag(struct writer_options *options, int number, bool value) {
    if (value) {
        option_bool(options, number, value);
    }
}

static void small(struct writer_options *options, int number, int value) {
    if (value != 0) {
        option_i8(options, number, value);
    }
}

static void integer(struct writer_options *options, int number, int32_t value,
                    int32_t absent) {
    if (value != absent) {
        option_i32(options, number, value);
    }
}

static void real(struct writer_options *options, int number, float value) {
    if (value != 0) {
        option_f32(options, number, value);
    }
}

struct writer_options options_none(void) {
    return (struct writer_options){0};
}

struct writer_options options_empty(enum tflite_options type) {
    return (struct writer_options){.type = (uint8_t)type};
}

struct writer_options options_conv_2d(int padding, int32_t stride_w,
                                      int32_t stride_h, int activation,
                                      int32_t dilation_w, int32_t dilation_h) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_CONV_2D);
    small(&options, 0, padding);
    integer(&options, 1, stride_w, 0);
    integer(&options, 2, stride_h, 0);
    small(&options, 3, activation);
    integer(&options, 4, dilation_w, 1);
    integer(&options, 5, dilation_h, 1);
    return options;
}

struct writer_options
options_depthwise_conv_2d(int padding, int32_t stride_w, int32_t stride_h,
                          int32_t depth_multiplier, int activation,
                          int32_t dilation_w, int32_t dilation_h) {
    struct writer_options options =
        options_empty(TFLITE_OPTIONS_DEPTHWISE_CONV_2D);
    small(&options, 0, padding);
    integer(&options, 1, stride_w, 0);
    integer(&options, 2, stride_h, 0);
    integer(&options, 3, depth_multiplier, 0);
    small(&options, 4, activation);
    integer(&options, 5, dilation_w, 1);
    integer(&options, 6, dilation_h, 1);
    return options;
}

struct writer_options options_transpose_conv(int padding, int32_t stride_w,
                                             int32_t stride_h, int activation) {
    struct writer_options options =
        options_empty(TFLITE_OPTIONS_TRANSPOSE_CONV);
    small(&options, 0, padding);
    integer(&options, 1, stride_w, 0);
    integer(&options, 2, stride_h, 0);
    small(&options, 3, activation);
    return options;
}

struct writer_options options_pool_2d(int padding, int32_t stride_w,
                                      int32_t stride_h, int32_t filter_w,
                                      int32_t filter_h, int activation) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_POOL_2D);
    small(&options, 0, padding);
    integer(&options, 1, stride_w, 0);
    integer(&options, 2, stride_h, 0);
    integer(&options, 3, filter_w, 0);
    integer(&options, 4, filter_h, 0);
    small(&options, 5, activation);
    return options;
}

struct writer_options options_fully_connected(int activation,
                                              int weights_format,
                                              bool keep_num_dims) {
    struct writer_options options =
        options_empty(TFLITE_OPTIONS_FULLY_CONNECTED);
    small(&options, 0, activation);
    small(&options, 1, weights_format);
    flag(&options, 2, keep_num_dims);
    return options;
}

struct writer_options options_softmax(float beta) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_SOFTMAX);
    real(&options, 0, beta);
    return options;
}

struct writer_options options_concatenation(int32_t axis, int activation) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_CONCATENATION);
    integer(&options, 0, axis, 0);
    small(&options, 1, activation);
    return options;
}

/* The tables whose first field is the fused activation. */
static struct writer_options activated(enum tflite_options type,
                                       int activation) {
    struct writer_options options = options_empty(type);
    small(&options, 0, activation);
    return options;
}

struct writer_options options_add(int activation) {
    return activated(TFLITE_OPTIONS_ADD, activation);
}

struct writer_options options_sub(int activation) {
    return activated(TFLITE_OPTIONS_SUB, activation);
}

struct writer_options options_mul(int activation) {
    return activated(TFLITE_OPTIONS_MUL, activation);
}

struct writer_options options_div(int activation) {
    return activated(TFLITE_OPTIONS_DIV, activation);
}

struct writer_options options_l2_norm(int activation) {
    return activated(TFLITE_OPTIONS_L2_NORM, activation);
}

struct writer_options options_reshape(struct writer_list new_shape) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_RESHAPE);
    if (new_shape.count > 0) {
        option_i32s(&options, 0, new_shape);
    }
    return options;
}

struct writer_options options_reducer(bool keep_dims) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_REDUCER);
    flag(&options, 0, keep_dims);
    return options;
}

struct writer_options
options_strided_slice(int32_t begin_mask, int32_t end_mask,
                      int32_t ellipsis_mask, int32_t new_axis_mask,
                      int32_t shrink_axis_mask, bool offset) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_STRIDED_SLICE);
    integer(&options, 0, begin_mask, 0);
    integer(&options, 1, end_mask, 0);
    integer(&options, 2, ellipsis_mask, 0);
    integer(&options, 3, new_axis_mask, 0);
    integer(&options, 4, shrink_axis_mask, 0);
    flag(&options, 5, offset);
    return options;
}

/* The tables of integers whose default is 0. */
static struct writer_options one(enum tflite_options type, int32_t first) {
    struct writer_options options = options_empty(type);
    integer(&options, 0, first, 0);
    return options;
}

static struct writer_options two(enum tflite_options type, int32_t first,
                                 int32_t second) {
    struct writer_options options = one(type, first);
    integer(&options, 1, second, 0);
    return options;
}

struct writer_options options_pack(int32_t values_count, int32_t axis) {
    return two(TFLITE_OPTIONS_PACK, values_count, axis);
}

struct writer_options options_unpack(int32_t num, int32_t axis) {
    return two(TFLITE_OPTIONS_UNPACK, num, axis);
}

struct writer_options options_split(int32_t num_splits) {
    return one(TFLITE_OPTIONS_SPLIT, num_splits);
}

struct writer_options options_split_v(int32_t num_splits) {
    return one(TFLITE_OPTIONS_SPLIT_V, num_splits);
}

struct writer_options options_squeeze(struct writer_list dims) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_SQUEEZE);
    if (dims.count > 0) {
        option_i32s(&options, 0, dims);
    }
    return options;
}

struct writer_options options_leaky_relu(float alpha) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_LEAKY_RELU);
    real(&options, 0, alpha);
    return options;
}

struct writer_options options_cast(int32_t in_type, int32_t out_type) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_CAST);
    small(&options, 0, in_type);
    small(&options, 1, out_type);
    return options;
}

struct writer_options options_resize_nearest_neighbor(bool align_corners,
                                                      bool half_pixel_centers) {
    struct writer_options options =
        options_empty(TFLITE_OPTIONS_RESIZE_NEAREST_NEIGHBOR);
    flag(&options, 0, align_corners);
    flag(&options, 1, half_pixel_centers);
    return options;
}

struct writer_options options_resize_bilinear(bool align_corners,
                                              bool half_pixel_centers) {
    struct writer_options options =
        options_empty(TFLITE_OPTIONS_RESIZE_BILINEAR);
    /* Fields 0 and 1, the new size, are deprecated. */
    flag(&options, 2, align_corners);
    flag(&options, 3, half_pixel_centers);
    return options;
}

struct writer_options options_space_to_depth(int32_t block_size) {
    return one(TFLITE_OPTIONS_SPACE_TO_DEPTH, block_size);
}

struct writer_options options_depth_to_space(int32_t block_size) {
    return one(TFLITE_OPTIONS_DEPTH_TO_SPACE, block_size);
}

struct writer_options options_gather(int32_t axis, int32_t batch_dims) {
    return two(TFLITE_OPTIONS_GATHER, axis, batch_dims);
}

/* The tables whose only field is an enumeration of one byte. */
static struct writer_options chosen(enum tflite_options type, int value) {
    struct writer_options options = options_empty(type);
    small(&options, 0, value);
    return options;
}

struct writer_options options_mirror_pad(int mode) {
    return chosen(TFLITE_OPTIONS_MIRROR_PAD, mode);
}

struct writer_options options_arg_max(int32_t output_type) {
    return chosen(TFLITE_OPTIONS_ARG_MAX, output_type);
}

struct writer_options options_arg_min(int32_t output_type) {
    return chosen(TFLITE_OPTIONS_ARG_MIN, output_type);
}

struct writer_options options_shape(int32_t out_type) {
    return chosen(TFLITE_OPTIONS_SHAPE, out_type);
}

struct writer_options options_one_hot(int32_t axis) {
    return one(TFLITE_OPTIONS_ONE_HOT, axis);
}

struct writer_options options_svdf(int32_t rank, int activation) {
    struct writer_options options = one(TFLITE_OPTIONS_SVDF, rank);
    small(&options, 1, activation);
    return options;
}

struct writer_options options_unidirectional_sequence_lstm(int activation,
                                                           float cell_clip,
                                                           float proj_clip,
                                                           bool time_major) {
    struct writer_options options =
        activated(TFLITE_OPTIONS_UNIDIRECTIONAL_SEQUENCE_LSTM, activation);
    real(&options, 1, cell_clip);
    real(&options, 2, proj_clip);
    flag(&options, 3, time_major);
    return options;
}

/* The tables of two flags. */
static struct writer_options flags(enum tflite_options type, bool first,
                                   bool second) {
    struct writer_options options = options_empty(type);
    flag(&options, 0, first);
    flag(&options, 1, second);
    return options;
}

struct writer_options options_batch_matmul(bool adj_x, bool adj_y) {
    return flags(TFLITE_OPTIONS_BATCH_MATMUL, adj_x, adj_y);
}

struct writer_options options_cumsum(bool exclusive, bool reverse) {
    return flags(TFLITE_OPTIONS_CUMSUM, exclusive, reverse);
}

struct writer_options options_call_once(int32_t init_subgraph) {
    return one(TFLITE_OPTIONS_CALL_ONCE, init_subgraph);
}

struct writer_options options_if(int32_t then_subgraph, int32_t else_subgraph) {
    return two(TFLITE_OPTIONS_IF, then_subgraph, else_subgraph);
}

struct writer_options options_while(int32_t condition, int32_t body) {
    return two(TFLITE_OPTIONS_WHILE, condition, body);
}

struct writer_options options_var_handle(const char *container,
                                         const char *shared_name) {
    struct writer_options options = options_empty(TFLITE_OPTIONS_VAR_HANDLE);
    if (container != NULL) {
        option_string(&options, 0, container);
    }
    if (shared_name != NULL) {
        option_string(&options, 1, shared_name);
    }
    return options;
}

struct writer_options options_gelu(bool approximate) {
    return flags(TFLITE_OPTIONS_GELU, approximate, false);
}
