#include "op/packed.h"

#include <stdlib.h>
#include <string.h>

#include "mf_conv_2d.h"
#include "mf_depthwise_conv_2d.h"
#include "mf_fully_connected.h"

/* The operands of every one of the calls: input, filter, bias, multiplier,
 * shift, output. */
static void take_operands(struct portable *portable, const struct call *call) {
    portable->filter = call->operand[1].tensor->data;
    portable->bias = call->operand[2].data;
    portable->multiplier = call->operand[3].data;
    portable->shift = call->operand[4].data;
}

struct portable portable_conv_2d(const struct call *call) {
    const mf_conv_2d *p = call->params;
    const mf_window *w = &p->window;
    int64_t weights =
        (int64_t)w->filter_height * w->filter_width * w->input_channels;
    struct portable portable = {.channel_step = weights,
                                .step = 1,
                                .channels = (int32_t)w->output_channels,
                                .weights = weights,
                                .per_channel = p->per_channel,
                                PACKED_WINDOW(p)};
    take_operands(&portable, call);
    return portable;
}

struct portable portable_depthwise_conv_2d(const struct call *call) {
    const mf_depthwise_conv_2d *p = call->params;
    const mf_window *w = &p->window;
    struct portable portable = {.channel_step = 1,
                                .step = w->output_channels,
                                .channels = (int32_t)w->output_channels,
                                .weights =
                                    (int64_t)w->filter_height * w->filter_width,
                                .per_channel = p->per_channel,
                                .depth_multiplier = p->depth_multiplier,
                                PACKED_WINDOW(p)};
    take_operands(&portable, call);
    return portable;
}

struct portable portable_fully_connected(const struct call *call) {
    const mf_fully_connected *p = call->params;
    struct portable portable = {.channel_step = p->inputs,
                                .step = 1,
                                .channels = (int32_t)p->outputs,
                                .weights = p->inputs,
                                .per_channel = p->per_channel,
                                .batches = p->batches,
                                PACKED_OUTPUT(p)};
    take_operands(&portable, call);
    return portable;
}

int8_t portable_weight(const struct portable *from, int32_t channel,
                       int64_t i) {
    return channel < from->channels && i < from->weights
               ? from->filter[channel * from->channel_step + i * from->step]
               : 0;
}

int64_t portable_most(const struct portable *from, int32_t channel) {
    int64_t most = labs(from->bias[channel]);
    for (int64_t i = 0; i < from->weights; i++) {
        most += 128 * labs(portable_weight(from, channel, i));
    }
    return most;
}

struct outputs portable_outputs(const struct portable *from, int32_t channel,
                                int64_t most) {
    int32_t k = from->per_channel ? channel : 0;
    return (struct outputs){.multiplier = from->multiplier[k],
                            .shift = from->shift[k],
                            .zero_point = from->output_zero_point,
                            .min = from->activation_min,
                            .max = from->activation_max,
                            .most = most};
}

bool portable_shifts_right(const struct portable *from) {
    for (int32_t c = 0; c < (from->per_channel ? from->channels : 1); c++) {
        if (from->shift[c] > -1) {
            return false;
        }
    }
    return true;
}

bool portable_fits_30_bits(const struct portable *from) {
    for (int32_t c = 0; c < from->channels; c++) {
        if (portable_most(from, c) >= 1 << 30) {
            return false;
        }
    }
    return portable_shifts_right(from);
}

int32_t *packed_scale(struct context *context, const struct portable *from,
                      int32_t block, size_t *count) {
    int32_t channels = (from->channels + block - 1) / block * block;
    *count = 3 * (size_t)channels;
    int32_t *scale = CONTEXT_NEW(context, int32_t, *count);
    for (int32_t c = 0; scale && c < from->channels; c++) {
        int32_t k = from->per_channel ? c : 0;
        scale[3 * c] = from->bias[c];
        scale[3 * c + 1] = from->multiplier[k];
        scale[3 * c + 2] = -1 - from->shift[k];
    }
    return scale;
}

void packed_join_rows(mf_window *w) {
    if (w->filter_height == 1 && w->filter_width == 1 && w->stride_y == 1 &&
        w->stride_x == 1 && w->pad_top == 0 && w->pad_left == 0 &&
        w->output_height == w->input_height &&
        w->output_width == w->input_width) {
        w->output_width *= w->batches * w->output_height;
        w->input_width *= w->batches * w->input_height;
        w->batches = w->output_height = w->input_height = 1;
    }
}

bool packed_is_depthwise(const mf_window *w) {
    return w->input_channels == w->output_channels && w->dilation_y == 1 &&
           w->dilation_x == 1;
}

bool packed_replace(struct lowering *lowering, struct call *call,
                    const struct kernel *kernel) {
    struct tensor *input = call->operand[0].tensor;
    call->kernel = kernel;
    call->params = context_alloc(lowering->context, 1, kernel->params_size);
    call->operand_count = 0;
    memset(call->operand, 0, sizeof call->operand);
    call_input(call, "input", input);
    return call->params != NULL;
}
