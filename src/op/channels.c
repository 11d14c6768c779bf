#include "op/channels.h"

#include <inttypes.h>
#include <stdlib.h>

bool channels_types(struct context *context, const struct node *node,
                    uint32_t s16_bias) {
    const struct tensor *input = node->input[0], *filter = node->input[1];
    const struct tensor *bias = op_input(node, 2);
    if (!op_type(context, node, input, "input", node->op->types)) {
        return false;
    }
    bool is_float = input->type == DTYPE_FLOAT32;
    bool is_hybrid = is_float && filter->type == DTYPE_INT8 && filter->data &&
                     filter->quantization.count > 0 && node->op->takes_hybrid;
    uint32_t filter_type =
        TYPE_BIT(is_float && !is_hybrid ? DTYPE_FLOAT32 : DTYPE_INT8);
    uint32_t bias_type = is_float                    ? TYPE_BIT(DTYPE_FLOAT32)
                         : input->type == DTYPE_INT8 ? TYPE_BIT(DTYPE_INT32)
                                                     : s16_bias;
    bool ok = op_type(context, node, filter, "filter", filter_type);
    ok = op_same_type(context, node, node->output[0], "output", input,
                      "input") &&
         ok;
    if (bias) {
        ok = op_type(context, node, bias, "bias", bias_type) && ok;
        ok = op_constant(context, node, bias, "bias") && ok;
    }
    return ok;
}

bool channels_bias_shape(struct context *context, const struct node *node,
                         int32_t channels) {
    const struct tensor *bias = op_input(node, 2);
    char text[SHAPE_TEXT];
    if (!bias || shape_count(&bias->shape) == channels) {
        return true;
    }
    return node_fail(context, node,
                     "bias shape is %s, it must have %" PRId32
                     " values, one an output channel",
                     shape_text(&bias->shape, text), channels);
}

static bool check_data(struct context *context, const struct node *node,
                       const struct tensor *tensor, const char *what) {
    if (!op_per_tensor(context, node, tensor, what)) {
        return false;
    }
    int32_t zero_point = tensor->quantization.zero_point[0];
    if (tensor->type == DTYPE_INT16 && zero_point != 0) {
        return node_fail(context, node,
                         "%s zero point is %" PRId32 ", it must be 0 for INT16",
                         what, zero_point);
    }
    return true;
}

bool channels_quantization(struct context *context, const struct node *node) {
    if (node->input[0]->type == DTYPE_FLOAT32) {
        return true;
    }
    bool ok = check_data(context, node, node->input[0], "input");
    return check_data(context, node, node->output[0], "output") && ok;
}

static int64_t magnitude_of(int64_t x) {
    return x < 0 ? -x : x;
}

static int64_t bias_of(const struct node *node, int32_t channel) {
    const struct tensor *bias = op_input(node, 2);
    return bias ? tensor_int(bias, channel) : 0;
}

/* What the output's zero point may add to a scaled accumulator, before the
 * scaling: at least half of it is left after a scaling up. */
enum { ZERO_POINT_ROOM = 256 };

/* Sums of a channel's weights, less their zero point. */
struct weight_sums {
    int64_t sum, magnitude;
};

static struct weight_sums sum_weights(const struct channel_weights *weights,
                                      int32_t channel) {
    struct weight_sums sums = {0, 0};
    const int8_t *data = weights->data + channel * weights->channel_step;
    for (int64_t i = 0; i < weights->count; i++) {
        int32_t weight = data[i * weights->step] - weights->zero_point;
        sums.sum += weight;
        sums.magnitude += labs(weight);
    }
    return sums;
}

/* The most that sums over the weights, without bias, can reach when no value
 * of the data is over `data` in magnitude. */
static int64_t most_products(const struct channel_weights *weights,
                             int32_t channel, int64_t data) {
    if (!weights->data) { /* |weight - zero point| is at most 255 */
        return data * 255 * weights->count;
    }
    return data * sum_weights(weights, channel).magnitude;
}

bool channels_operands_s8(struct lowering *lowering, struct call *call,
                          const struct channel_weights *weights,
                          const struct channel_scaling *scaling) {
    struct context *context = lowering->context;
    const struct node *node = lowering->node;
    int32_t zero_point = node->input[0]->quantization.zero_point[0];
    int32_t *folded = CONTEXT_NEW(context, int32_t, (size_t)weights->channels);
    if (!folded) {
        return false;
    }
    for (int32_t c = 0; c < weights->channels; c++) {
        int64_t bias = bias_of(node, c);
        /* Data less its zero point, or the data itself. */
        int64_t most = most_products(weights, c, weights->data ? 128 : 255);
        if (weights->data) {
            bias -= zero_point * sum_weights(weights, c).sum;
        }
        if (!accumulator_fits(context, node, scaling, c,
                              most + magnitude_of(bias) + ZERO_POINT_ROOM)) {
            return false;
        }
        folded[c] = (int32_t)bias;
    }
    call_table(call, "bias", DTYPE_INT32, folded, (size_t)weights->channels);
    call_table(call, "multiplier", DTYPE_INT32, scaling->multiplier,
               (size_t)scaling->count);
    call_table(call, "shift", DTYPE_INT8, scaling->shift,
               (size_t)scaling->count);
    return true;
}

/* The bias as it is in the file, zeros if there is none. */
static bool bias_operand(struct lowering *lowering, struct call *call,
                         int32_t channels, enum dtype type) {
    struct tensor *bias = op_input(lowering->node, 2);
    if (bias) {
        call_input(call, "bias", bias);
        call_loaded(call);
        return true;
    }
    void *zeros =
        context_alloc(lowering->context, (size_t)channels, dtype_size(type));
    if (!zeros) {
        return false;
    }
    call_table(call, "bias", type, zeros, (size_t)channels);
    return true;
}

bool channels_operands_s16(struct lowering *lowering, struct call *call,
                           const struct channel_weights *weights,
                           const struct channel_scaling *scaling) {
    const struct node *node = lowering->node;
    for (int32_t c = 0; c < weights->channels; c++) {
        int64_t most = most_products(weights, c, 32768);
        if (!accumulator_fits(lowering->context, node, scaling, c,
                              most + magnitude_of(bias_of(node, c)))) {
            return false;
        }
    }
    if (!bias_operand(lowering, call, weights->channels, DTYPE_INT32)) {
        return false;
    }
    call_table(call, "multiplier", DTYPE_INT32, scaling->multiplier,
               (size_t)scaling->count);
    call_table(call, "shift", DTYPE_INT8, scaling->shift,
               (size_t)scaling->count);
    return true;
}

/* mf_scale_s64() takes accumulators below 2^47 and shifts up to 7. */
static bool check_b64(struct lowering *lowering,
                      const struct channel_weights *weights,
                      const struct channel_scaling *scaling, int32_t channel) {
    const int64_t limit = INT64_C(1) << 47;
    const struct node *node = lowering->node;
    int64_t most = most_products(weights, channel, 32768);
    int64_t bias = bias_of(node, channel);
    if (bias <= -limit || bias >= limit || most + magnitude_of(bias) >= limit) {
        return node_fail(lowering->context, node,
                         "channel %" PRId32 ": the accumulator can reach "
                         "%" PRId64 " with a bias of %" PRId64
                         ", which does not fit 48 bits",
                         channel, most, bias);
    }
    int32_t shift = channel_scaling_at(scaling, channel).shift;
    if (shift > 7) {
        return node_fail(lowering->context, node,
                         "channel %" PRId32 ": the accumulator is scaled by "
                         "2^%" PRId32 ", the most is 2^7",
                         channel, shift);
    }
    return true;
}

bool channels_operands_s16_b64(struct lowering *lowering, struct call *call,
                               const struct channel_weights *weights,
                               const struct channel_scaling *scaling) {
    int16_t *multiplier =
        CONTEXT_NEW(lowering->context, int16_t, (size_t)scaling->count);
    if (!multiplier) {
        return false;
    }
    for (int32_t c = 0; c < weights->channels; c++) {
        if (!check_b64(lowering, weights, scaling, c)) {
            return false;
        }
    }
    for (int32_t i = 0; i < scaling->count; i++) {
        multiplier[i] = fixed_point_narrow(scaling->multiplier[i]);
    }
    if (!bias_operand(lowering, call, weights->channels, DTYPE_INT64)) {
        return false;
    }
    call_table(call, "multiplier", DTYPE_INT16, multiplier,
               (size_t)scaling->count);
    call_table(call, "shift", DTYPE_INT8, scaling->shift,
               (size_t)scaling->count);
    return true;
}

bool channels_are_s4(const struct node *node) {
    const struct tensor *filter = node->input[1];
    const struct quantization *q = &filter->quantization;
    return filter->is_int4 && filter->data && q->zero_point[0] == 0 &&
           node->input[0]->type != DTYPE_INT16;
}

bool channels_are_s8(const struct node *node) {
    return node->input[0]->type == DTYPE_INT8 && !channels_are_s4(node) &&
           node->input[1]->quantization.zero_point[0] == 0;
}

bool channels_filter_quantization(struct context *context,
                                  const struct node *node, int axis,
                                  int32_t channels) {
    return node->was_uint8
               ? op_per_tensor(context, node, node->input[1], "filter")
               : op_per_channel(context, node, node->input[1], "filter", axis,
                                channels);
}

/* Two weights a byte, the first in the low half. */
static bool pack_filter(struct lowering *lowering, struct call *call) {
    const struct tensor *filter = lowering->node->input[1];
    const int8_t *data = filter->data;
    size_t count = (size_t)shape_count(&filter->shape);
    int8_t *packed = CONTEXT_NEW(lowering->context, int8_t, (count + 1) / 2);
    for (size_t i = 0; packed && i < count; i += 2) {
        int32_t pair = data[i] & 15;
        pair |= i + 1 < count ? (data[i + 1] & 15) << 4 : 0;
        packed[i / 2] = (int8_t)(pair < 128 ? pair : pair - 256);
    }
    call_table(call, "filter", DTYPE_INT8, packed, (count + 1) / 2);
    return packed != NULL;
}

bool channels_filter(struct lowering *lowering, struct call *call) {
    if (channels_are_s4(lowering->node)) {
        return pack_filter(lowering, call);
    }
    call_input(call, "filter", lowering->node->input[1]);
    call_loaded(call);
    return true;
}

void channels_bias_f32(struct lowering *lowering, struct call *call) {
    struct tensor *bias = op_input(lowering->node, 2);
    if (bias) {
        call_input(call, "bias", bias);
        call_loaded(call);
    } else {
        call_table(call, "bias", DTYPE_FLOAT32, NULL, 0);
    }
}

struct call *channels_call_f32(struct lowering *lowering,
                               const struct float_kernels *kernels) {
    const struct node *node = lowering->node;
    const struct tensor *filter = node->input[1];
    bool is_small = filter->type == DTYPE_INT8;
    struct call *call =
        lower_call(lowering, !is_small               ? kernels->f32
                             : channels_are_s4(node) ? kernels->s4
                                                     : kernels->s8);
    if (!call) {
        return NULL;
    }
    call_input(call, "input", node->input[0]);
    if (!channels_filter(lowering, call)) {
        return NULL;
    }
    if (is_small) {
        const struct quantization *q = &filter->quantization;
        call_table(call, "scale", DTYPE_FLOAT32, q->scale, (size_t)q->count);
    }
    channels_bias_f32(lowering, call);
    call_output(call, node->output[0]);
    return call;
}
