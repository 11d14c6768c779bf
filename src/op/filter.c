#include "op/filter.h"

#include <math.h>
#include <string.h>

#include "mf_core.h"
#include "op/value_range.h"

/* Sums of 64 bits: a filter has fewer than 2^31 weights, a product fewer than
 * 2^17 in magnitude. */
struct range {
    int64_t min, max;
};

static const struct range nothing = {0, 0};

static int64_t weight_index(const struct filter *filter, int32_t output,
                            int64_t tap, int32_t channel) {
    return filter->outputs_last
               ? tap * filter->outputs + output
               : (output * filter->taps + tap) * filter->depth + channel;
}

static int32_t weight_at(const struct filter *filter, int32_t output,
                         int64_t tap, int32_t channel) {
    const struct tensor *tensor = filter->node->input[1];
    const int8_t *data = tensor->data;
    return data[weight_index(filter, output, tap, channel)] -
           tensor->quantization.zero_point[0];
}

static enum tap_place place_of(const struct filter *filter, int64_t tap) {
    return filter->place ? (enum tap_place)filter->place[tap] : TAP_INSIDE;
}

/* The input channel that is the first of an output's group. */
static int32_t first_channel(const struct filter *filter, int32_t output) {
    return output / (filter->outputs / filter->groups) * filter->depth;
}

static int64_t bias_of(const struct filter *filter, int32_t output) {
    const struct tensor *bias = op_input(filter->node, 2);
    return bias ? tensor_int(bias, output) : 0;
}

static int32_t zero_point_of(const struct filter *filter) {
    return filter->node->input[0]->quantization.zero_point[0];
}

/* --- bounds --- */

/* What the channels under one tap add, if it lies inside the input. */
static struct range tap_range(const struct filter *filter,
                              const struct value_range *input, int32_t output,
                              int64_t tap) {
    int32_t zero_point = zero_point_of(filter);
    struct range sum = nothing;
    for (int32_t c = 0; c < filter->depth; c++) {
        int32_t weight = weight_at(filter, output, tap, c);
        int32_t low = weight * (input[c].min - zero_point);
        int32_t high = weight * (input[c].max - zero_point);
        sum.min += low < high ? low : high;
        sum.max += low < high ? high : low;
    }
    return sum;
}

static struct range accumulator_range(const struct filter *filter,
                                      const struct value_range *input,
                                      int32_t output) {
    int64_t bias = bias_of(filter, output);
    struct range sum = {bias, bias};
    for (int64_t tap = 0; tap < filter->taps; tap++) {
        enum tap_place place = place_of(filter, tap);
        struct range more =
            place == TAP_OUTSIDE
                ? nothing
                : tap_range(filter, input + first_channel(filter, output),
                            output, tap);
        bool may_add_nothing = place == TAP_EITHER;
        sum.min += may_add_nothing && more.min > 0 ? 0 : more.min;
        sum.max += may_add_nothing && more.max < 0 ? 0 : more.max;
    }
    return sum;
}

/* Whether an accumulator that stays within a range is scaled as it should:
 * others are refused when the node is lowered. */
static bool scaling_takes(struct fixed_point scale, struct range range) {
    return range.min >= -INT32_MAX && range.max <= INT32_MAX &&
           fixed_point_takes(scale, range.max) &&
           fixed_point_takes(scale, -range.min);
}

void filter_sums(const struct filter *filter, const struct value_range *input,
                 int64_t *least, int64_t *most) {
    for (int32_t o = 0; o < filter->outputs; o++) {
        struct range sum = accumulator_range(filter, input, o);
        *least = o == 0 || sum.min < *least ? sum.min : *least;
        *most = o == 0 || sum.max > *most ? sum.max : *most;
    }
}

/* Scaling is monotonic: its ends are those of what goes in. */
bool filter_bounds(struct context *context, const struct filter *filter,
                   const struct value_range *input,
                   struct value_range *output) {
    (void)context;
    const struct node *node = filter->node;
    int32_t zero_point = node->output[0]->quantization.zero_point[0];
    int32_t min, max;
    activation_range(node, &min, &max);
    for (int32_t o = 0; o < filter->outputs; o++) {
        struct fixed_point scale = channel_scaling_at(&filter->scaling, o);
        struct range sum = accumulator_range(filter, input, o);
        output[o] = (struct value_range){min, max};
        if (scaling_takes(scale, sum)) {
            struct value_range scaled = {
                mf_scale((int32_t)sum.min, scale.multiplier, scale.shift) +
                    zero_point,
                mf_scale((int32_t)sum.max, scale.multiplier, scale.shift) +
                    zero_point};
            output[o] = range_clamp(scaled, min, max);
        }
    }
    return true;
}

/* --- what is not needed --- */

/* What a weight adds to its output, always, if that does not depend on the
 * data: returns false if it does. */
static bool is_fixed(const struct filter *filter, struct value_range input,
                     int32_t weight, enum tap_place place, int32_t *product) {
    *product = 0;
    if (weight == 0 || place == TAP_OUTSIDE) {
        return true;
    }
    if (!range_is_constant(input)) {
        return false;
    }
    *product = weight * (input.min - zero_point_of(filter));
    return *product == 0 || place == TAP_INSIDE;
}

/* Clears the channels that an output needs.  Returns false if its bias cannot
 * take what the others add. */
static bool find_needed(const struct filter *filter,
                        const struct value_range *input, int32_t output,
                        bool *unneeded) {
    int64_t bias = bias_of(filter, output);
    int64_t most = bias < 0 ? -bias : bias;
    for (int64_t tap = 0; tap < filter->taps; tap++) {
        enum tap_place place = place_of(filter, tap);
        for (int32_t c = 0; c < filter->depth; c++) {
            int32_t weight = weight_at(filter, output, tap, c), product;
            if (!is_fixed(filter, input[c], weight, place, &product)) {
                unneeded[c] = false;
            }
            most += product < 0 ? -product : product;
        }
    }
    return most <= INT32_MAX;
}

void filter_unneeded(const struct filter *filter,
                     const struct value_range *input, bool *unneeded) {
    bool ok = true;
    for (int32_t c = 0; c < filter->depth; c++) {
        unneeded[c] = true;
    }
    for (int32_t o = 0; o < filter->outputs; o++) {
        ok = find_needed(filter, input, o, unneeded) && ok;
    }
    for (int32_t c = 0; !ok && c < filter->depth; c++) {
        unneeded[c] = false;
    }
}

/* --- dropping --- */

/* Whether a weight stays: its input channel does. */
static bool is_kept(const struct channel_drop *drop,
                    const struct filter *filter, int32_t output,
                    int32_t channel) {
    return drop->keep_input[0][first_channel(filter, output) + channel];
}

static int32_t count_kept(const bool *keep, int32_t count) {
    int32_t kept = 0;
    for (int32_t i = 0; i < count; i++) {
        kept += keep[i];
    }
    return kept;
}

static struct tensor *copy_constant(struct context *context,
                                    struct graph *graph,
                                    const struct tensor *tensor,
                                    const void *data) {
    struct tensor *copy = graph_add_tensor(context, graph);
    if (copy) {
        copy->name = tensor->name;
        copy->type = tensor->type;
        copy->shape = tensor->shape;
        copy->quantization = tensor->quantization;
        copy->is_int4 = tensor->is_int4;
        copy->data = data;
    }
    return copy;
}

/* The scales and zero points of the outputs that stay. */
static bool keep_scales(const struct channel_drop *drop,
                        struct quantization *q) {
    if (q->count == 1) {
        return true;
    }
    float *scale = CONTEXT_NEW(drop->context, float, (size_t)q->count);
    int32_t *zero_point = CONTEXT_NEW(drop->context, int32_t, (size_t)q->count);
    if (!scale || !zero_point) {
        return false;
    }
    int32_t kept = 0;
    for (int32_t o = 0; o < q->count; o++) {
        if (drop->keep_output[o]) {
            scale[kept] = q->scale[o];
            zero_point[kept++] = q->zero_point[o];
        }
    }
    q->count = kept;
    q->scale = scale;
    q->zero_point = zero_point;
    return true;
}

/* Copies the weights that stay, in the order in which they lie. */
static void copy_weights(const struct channel_drop *drop,
                         const struct filter *filter, int8_t *to) {
    const int8_t *data = filter->node->input[1]->data;
    int64_t i = 0;
    if (filter->outputs_last) {
        for (; i < filter->taps * filter->outputs; i++) {
            if (drop->keep_output[i % filter->outputs]) {
                *to++ = data[i];
            }
        }
        return;
    }
    for (int32_t o = 0; o < filter->outputs; o++) {
        for (int64_t tap = 0; tap < filter->taps; tap++) {
            for (int32_t c = 0; c < filter->depth; c++, i++) {
                if (drop->keep_output[o] && is_kept(drop, filter, o, c)) {
                    *to++ = data[i];
                }
            }
        }
    }
}

static struct tensor *make_filter(const struct channel_drop *drop,
                                  const struct filter *filter) {
    const struct tensor *old = filter->node->input[1];
    int8_t *data =
        CONTEXT_NEW(drop->context, int8_t, (size_t)shape_count(&old->shape));
    struct tensor *made =
        data ? copy_constant(drop->context, drop->graph, old, data) : NULL;
    if (!made || !keep_scales(drop, &made->quantization)) {
        return NULL;
    }
    copy_weights(drop, filter, data);
    int32_t outputs = count_kept(drop->keep_output, filter->outputs);
    int32_t *last = &made->shape.dim[made->shape.rank - 1];
    if (filter->outputs_last) {
        *last = outputs;
    } else {
        made->shape.dim[0] = outputs;
        if (filter->groups == 1) {
            *last = *last / filter->depth *
                    count_kept(drop->keep_input[0], filter->depth);
        }
    }
    return made;
}

/* The bias with what the dropped channels always add. */
static int64_t new_bias(const struct channel_drop *drop,
                        const struct filter *filter, int32_t output) {
    int64_t bias = bias_of(filter, output);
    for (int64_t tap = 0; tap < filter->taps; tap++) {
        enum tap_place place = place_of(filter, tap);
        for (int32_t c = 0; c < filter->depth; c++) {
            if (!is_kept(drop, filter, output, c)) {
                int32_t product;
                is_fixed(filter,
                         drop->bounds[0][first_channel(filter, output) + c],
                         weight_at(filter, output, tap, c), place, &product);
                bias += product;
            }
        }
    }
    return bias;
}

/* Gives the node a bias of `count` values: none if it had none and needs
 * none. */
static bool set_bias(struct context *context, struct graph *graph,
                     struct node *node, const int32_t *data, int32_t count) {
    const struct tensor *old = op_input(node, 2);
    bool is_zero = true;
    for (int32_t o = 0; o < count; o++) {
        is_zero = is_zero && data[o] == 0;
    }
    if (!old && is_zero) {
        return true;
    }
    struct tensor **input = CONTEXT_NEW(context, struct tensor *, 3);
    struct tensor *made = graph_add_tensor(context, graph);
    if (!input || !made) {
        return false;
    }
    made->name = old ? old->name : "";
    made->type = DTYPE_INT32;
    made->shape = (struct shape){.rank = 1, .dim = {count}};
    made->data = data;
    memcpy(input, node->input, 2 * sizeof *input);
    input[2] = made;
    node->input = input;
    node->input_count = 3;
    return true;
}

bool filter_drop_channels(const struct channel_drop *drop,
                          const struct filter *filter) {
    int32_t *bias =
        CONTEXT_NEW(drop->context, int32_t, (size_t)filter->outputs);
    struct tensor *made = make_filter(drop, filter);
    if (!bias || !made) {
        return false;
    }
    int32_t kept = 0;
    for (int32_t o = 0; o < filter->outputs; o++) {
        if (drop->keep_output[o]) {
            bias[kept++] = (int32_t)new_bias(drop, filter, o);
        }
    }
    drop->node->input[1] = made;
    return set_bias(drop->context, drop->graph, drop->node, bias, kept);
}

/* --- settling --- */

/* The constants of one output channel. */
struct settled {
    float scale; /* of the filter */
    int32_t bias;
};

/* Finds a bias that alone gives `value` less the zero point; scales of a
 * channel's own are set so that this takes 2^SETTLED_SHIFT steps of it. */
enum { SETTLED_SHIFT = 8 };

static bool settle(const struct filter *filter, int32_t value, int32_t output,
                   struct settled *settled) {
    const struct node *node = filter->node;
    const struct quantization *q = &node->input[1]->quantization;
    double in = (double)node->input[0]->quantization.scale[0];
    double out = (double)node->output[0]->quantization.scale[0];
    struct fixed_point scale = channel_scaling_at(&filter->scaling, output);
    settled->scale = q->scale[q->count > 1 ? output : 0];
    if (q->count > 1) {
        settled->scale = (float)(out / ldexp(in, SETTLED_SHIFT));
        if (!isnormal(settled->scale)) {
            return false;
        }
        /* As channel_scaling_make() does it. */
        scale = fixed_point_from(in * (double)settled->scale / out);
    }
    double steps = round(value * ldexp(1, 31 - scale.shift) /
                         (scale.multiplier > 0 ? scale.multiplier : 1));
    if (fabs(steps) > ldexp(1, 29)) {
        return false;
    }
    settled->bias = (int32_t)steps;
    return fixed_point_takes(scale, (int64_t)fabs(steps)) &&
           mf_scale(settled->bias, scale.multiplier, scale.shift) == value;
}

/* Where the settled constants go: copies of the node's. */
struct copies {
    int8_t *weight;
    float *scale;
    int32_t *bias;
};

static bool copy_constants(struct context *context, const struct filter *filter,
                           struct copies *copies) {
    const struct tensor *tensor = filter->node->input[1];
    const struct quantization *q = &tensor->quantization;
    size_t weights = (size_t)shape_count(&tensor->shape);
    size_t scales = (size_t)q->count;
    copies->weight = CONTEXT_NEW(context, int8_t, weights);
    copies->scale = CONTEXT_NEW(context, float, scales);
    copies->bias = CONTEXT_NEW(context, int32_t, (size_t)filter->outputs);
    if (!copies->weight || !copies->scale || !copies->bias) {
        return false;
    }
    memcpy(copies->weight, tensor->data, weights);
    memcpy(copies->scale, q->scale, scales * sizeof *q->scale);
    for (int32_t o = 0; o < filter->outputs; o++) {
        copies->bias[o] = (int32_t)bias_of(filter, o);
    }
    return true;
}

static void settle_channel(const struct filter *filter, int32_t output,
                           const struct settled *settled,
                           const struct copies *copies) {
    const struct quantization *q = &filter->node->input[1]->quantization;
    copies->scale[q->count > 1 ? output : 0] = settled->scale;
    copies->bias[output] = settled->bias;
    for (int64_t tap = 0; tap < filter->taps; tap++) {
        for (int32_t c = 0; c < filter->depth; c++) {
            copies->weight[weight_index(filter, output, tap, c)] =
                (int8_t)q->zero_point[0];
        }
    }
}

bool filter_settle_channels(struct context *context, struct graph *graph,
                            struct node *node, const struct filter *filter,
                            const struct value_range *output) {
    int32_t zero_point = node->output[0]->quantization.zero_point[0];
    struct copies copies;
    if (!copy_constants(context, filter, &copies)) {
        return false;
    }
    for (int32_t o = 0; o < filter->outputs; o++) {
        struct settled settled;
        if (range_is_constant(output[o]) &&
            settle(filter, output[o].min - zero_point, o, &settled)) {
            settle_channel(filter, o, &settled, &copies);
        }
    }
    struct tensor *made =
        copy_constant(context, graph, node->input[1], copies.weight);
    if (!made) {
        return false;
    }
    made->quantization.scale = copies.scale;
    node->input[1] = made;
    return set_bias(context, graph, node, copies.bias, filter->outputs);
}
