#include "op/quantize.h"

#include <assert.h>
#include <inttypes.h>
#include <math.h>

struct fixed_point fixed_point_from(double real) {
    assert(real >= 0);
    if (isinf(real)) { /* a product of scales in float32 can be */
        return (struct fixed_point){INT32_MAX, 30};
    }
    int shift = 0;
    double fraction = frexp(real, &shift);
    int64_t multiplier = (int64_t)round(fraction * 2147483648.0);
    if (multiplier == INT64_C(1) << 31) {
        multiplier /= 2;
        shift++;
    }
    if (shift < -31) {
        multiplier = 0;
        shift = 0;
    }
    if (shift > 30) { /* as the reference: saturate */
        shift = 30;
        multiplier = INT32_MAX;
    }
    return (struct fixed_point){(int32_t)multiplier, shift};
}

/* How far left values are shifted before they are scaled. */
static int32_t left_shift(struct fixed_point scale) {
    return scale.shift > 0 ? scale.shift : 0;
}

int16_t fixed_point_narrow(int32_t multiplier) {
    return (int16_t)(multiplier < 0x7FFF0000 ? (multiplier + 0x8000) >> 16
                                             : 0x7FFF);
}

bool fixed_point_takes(struct fixed_point scale, int64_t magnitude) {
    return scale.shift < 0 ||
           magnitude <= (INT32_MAX - INT16_MAX) >> left_shift(scale);
}

bool fixed_point_fits(struct context *context, const struct node *node,
                      struct fixed_point scale, int64_t magnitude,
                      const char *what) {
    if (fixed_point_takes(scale, magnitude)) {
        return true;
    }
    return node_fail(context, node,
                     "%s can reach %" PRId64 ", which scaled by 2^%" PRId32
                     " does not fit 32 bits",
                     what, magnitude, left_shift(scale));
}

bool channel_scaling_make(struct context *context, const struct tensor *input,
                          const struct tensor *filter,
                          const struct tensor *output, bool product_in_float,
                          struct channel_scaling *scaling) {
    int32_t count = filter->quantization.count;
    scaling->count = count;
    scaling->multiplier = CONTEXT_NEW(context, int32_t, (size_t)count);
    scaling->shift = CONTEXT_NEW(context, int8_t, (size_t)count);
    if (!scaling->multiplier || !scaling->shift) {
        return false;
    }
    float input_scale = input->quantization.scale[0];
    double output_scale = (double)output->quantization.scale[0];
    for (int32_t i = 0; i < count; i++) {
        float filter_scale = filter->quantization.scale[i];
        double product = product_in_float
                             ? (double)(input_scale * filter_scale)
                             : (double)input_scale * (double)filter_scale;
        struct fixed_point scale = fixed_point_from(product / output_scale);
        scaling->multiplier[i] = scale.multiplier;
        scaling->shift[i] = (int8_t)scale.shift;
    }
    return true;
}

struct fixed_point channel_scaling_at(const struct channel_scaling *scaling,
                                      int32_t channel) {
    int32_t i = scaling->count > 1 ? channel : 0;
    return (struct fixed_point){scaling->multiplier[i], scaling->shift[i]};
}

bool accumulator_fits(struct context *context, const struct node *node,
                      const struct channel_scaling *scaling, int32_t channel,
                      int64_t magnitude) {
    if (magnitude > INT32_MAX) {
        return node_fail(context, node,
                         "channel %" PRId32 ": the accumulator can reach "
                         "%" PRId64 ", which does not fit 32 bits",
                         channel, magnitude);
    }
    return fixed_point_fits(context, node, channel_scaling_at(scaling, channel),
                            magnitude, "the accumulator");
}

int32_t dtype_min(enum dtype type) {
    switch (type) {
    case DTYPE_INT8:
        return INT8_MIN;
    case DTYPE_INT16:
        return INT16_MIN;
    case DTYPE_INT32:
        return INT32_MIN;
    default:
        return 0;
    }
}

int32_t dtype_max(enum dtype type) {
    switch (type) {
    case DTYPE_BOOL:
        return 1;
    case DTYPE_INT8:
        return INT8_MAX;
    case DTYPE_UINT8:
        return UINT8_MAX;
    case DTYPE_INT16:
        return INT16_MAX;
    case DTYPE_UINT16:
        return UINT16_MAX;
    default:
        return INT32_MAX;
    }
}

void activation_range_float(const struct node *node, float *min, float *max) {
    *min = -INFINITY;
    *max = INFINITY;
    switch (node->activation) {
    case ACTIVATION_RELU:
        *min = 0;
        break;
    case ACTIVATION_RELU6:
        *min = 0;
        *max = 6;
        break;
    case ACTIVATION_RELU_N1_TO_1:
        *min = -1;
        *max = 1;
        break;
    default:
        break;
    }
}

/* zero_point + round(real / scale) in float32, clamped to the type. */
static int32_t quantize_bound(const struct tensor *output, float real) {
    const struct quantization *q = &output->quantization;
    float steps = roundf(real / q->scale[0]);
    double value = (double)steps + q->zero_point[0];
    if (value < dtype_min(output->type)) {
        return dtype_min(output->type);
    }
    if (value > dtype_max(output->type)) {
        return dtype_max(output->type);
    }
    return (int32_t)value;
}

void stored_range(const struct tensor *output, float low, float high,
                  int32_t *min, int32_t *max) {
    bool is_quantized = output->quantization.count > 0;
    *min = isinf(low)     ? dtype_min(output->type)
           : is_quantized ? quantize_bound(output, low)
                          : (int32_t)low;
    *max = isinf(high)    ? dtype_max(output->type)
           : is_quantized ? quantize_bound(output, high)
                          : (int32_t)high;
}

void activation_range(const struct node *node, int32_t *min, int32_t *max) {
    float low, high;
    activation_range_float(node, &low, &high);
    stored_range(node->output[0], low, high, min, max);
}
