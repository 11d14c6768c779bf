/* RELU6: values are clamped to 0..6. */
#include "op/relu.h"
#include "op/table.h"
#include "op/value_range.h"

const struct op_def op_relu6 = {
    .name = "RELU6",
    .tflite_code = 21,
    .inputs = {1, 1},
    .outputs = {1, 1},
    .is_activation = ACTIVATION_RELU6,
    .infer = relu_infer,
    .memory = unary_memory,
    .lower = relu_lower,
    .bounds = unary_bounds,
    .channels = same_channels,
};
