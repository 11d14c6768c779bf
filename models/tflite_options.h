/* Options of operators, as the schema orders and numbers them.  As converters
 * do, a value that is the schema's default is left out of the table. */
#ifndef MODELS_TFLITE_OPTIONS_H
#define MODELS_TFLITE_OPTIONS_H

#include "tflite_writer.h"

/* No options at all. */
struct writer_options options_none(void);
/* A table without fields: PAD, TRANSPOSE, QUANTIZE, MAXIMUM, ... */
struct writer_options options_empty(enum tflite_options type);

/* Fields for operators that have no function below, and for what no converter
 * would write: always written, appended to `options`. */
void option_bool(struct writer_options *options, int number, bool value);
void option_i8(struct writer_options *options, int number, int value);
void option_u8(struct writer_options *options, int number, int value);
void option_i32(struct writer_options *options, int number, int32_t value);
void option_i64(struct writer_options *options, int number, int64_t value);
void option_f32(struct writer_options *options, int number, float value);
/* At most WRITER_MAX_VALUES values. */
void option_i32s(struct writer_options *options, int number,
                 struct writer_list values);
void option_string(struct writer_options *options, int number,
                   const char *value);

/* padding: enum tflite_padding; activation: enum tflite_activation */
struct writer_options options_conv_2d(int padding, int32_t stride_w,
                                      int32_t stride_h, int activation,
                                      int32_t dilation_w, int32_t dilation_h);
struct writer_options
options_depthwise_conv_2d(int padding, int32_t stride_w, int32_t stride_h,
                          int32_t depth_multiplier, int activation,
                          int32_t dilation_w, int32_t dilation_h);
struct writer_options options_transpose_conv(int padding, int32_t stride_w,
                                             int32_t stride_h, int activation);
struct writer_options options_pool_2d(int padding, int32_t stride_w,
                                      int32_t stride_h, int32_t filter_w,
                                      int32_t filter_h, int activation);
struct writer_options
options_fully_connected(int activation, int weights_format, bool keep_num_dims);
struct writer_options options_softmax(float beta);
struct writer_options options_concatenation(int32_t axis, int activation);
struct writer_options options_add(int activation);
struct writer_options options_sub(int activation);
struct writer_options options_mul(int activation);
struct writer_options options_div(int activation);
struct writer_options options_l2_norm(int activation);
/* An empty list: no new_shape field. */
struct writer_options options_reshape(struct writer_list new_shape);
/* MEAN, SUM, REDUCE_MAX, ... */
struct writer_options options_reducer(bool keep_dims);
struct writer_options
options_strided_slice(int32_t begin_mask, int32_t end_mask,
                      int32_t ellipsis_mask, int32_t new_axis_mask,
                      int32_t shrink_axis_mask, bool offset);
struct writer_options options_pack(int32_t values_count, int32_t axis);
struct writer_options options_unpack(int32_t num, int32_t axis);
struct writer_options options_split(int32_t num_splits);
struct writer_options options_split_v(int32_t num_splits);
struct writer_options options_squeeze(struct writer_list dims);
struct writer_options options_leaky_relu(float alpha);
struct writer_options options_cast(int32_t in_type, int32_t out_type);
struct writer_options options_resize_nearest_neighbor(bool align_corners,
                                                      bool half_pixel_centers);
struct writer_options options_resize_bilinear(bool align_corners,
                                              bool half_pixel_centers);
struct writer_options options_space_to_depth(int32_t block_size);
struct writer_options options_depth_to_space(int32_t block_size);
struct writer_options options_gather(int32_t axis, int32_t batch_dims);
/* mode: 0 REFLECT, 1 SYMMETRIC */
struct writer_options options_mirror_pad(int mode);
struct writer_options options_arg_max(int32_t output_type);
struct writer_options options_arg_min(int32_t output_type);
struct writer_options options_shape(int32_t out_type);
struct writer_options options_one_hot(int32_t axis);
struct writer_options options_svdf(int32_t rank, int activation);
struct writer_options options_unidirectional_sequence_lstm(int activation,
                                                           float cell_clip,
                                                           float proj_clip,
                                                           bool time_major);
struct writer_options options_batch_matmul(bool adj_x, bool adj_y);
struct writer_options options_cumsum(bool exclusive, bool reverse);
struct writer_options options_call_once(int32_t init_subgraph);
struct writer_options options_if(int32_t then_subgraph, int32_t else_subgraph);
struct writer_options options_while(int32_t condition, int32_t body);
struct writer_options options_var_handle(const char *container,
                                         const char *shared_name);
struct writer_options options_gelu(bool approximate);

#endif
