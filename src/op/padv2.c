/* PADV2: see pad.c. */
#include "op/copy.h"
#include "op/pad.h"

const struct op_def op_padv2 = {
    .name = "PADV2",
    .tflite_code = 60,
    .options_type = 43,
    .types = COPY_TYPES,
    .notes = "constant paddings",
    .inputs = {2, 3},
    .outputs = {1, 1},
    .infer = infer_pad,
    .memory = memory_pad,
    .lower = lower_pad,
    .spatial_pad = find_spatial_pad,
    .bounds = pad_bounds,
    .channels = pad_channels,
};
