#include "op/value_range.h"

#include <string.h>

int32_t channel_count(const struct tensor *tensor) {
    const struct shape *shape = &tensor->shape;
    return shape->rank > 0 ? shape->dim[shape->rank - 1] : 1;
}

bool range_is_constant(struct value_range range) {
    return range.min == range.max;
}

struct value_range range_hull(struct value_range a, struct value_range b) {
    return (struct value_range){a.min < b.min ? a.min : b.min,
                                a.max > b.max ? a.max : b.max};
}

struct value_range range_hull_all(const struct value_range *range,
                                  int32_t count) {
    struct value_range hull = range[0];
    for (int32_t i = 1; i < count; i++) {
        hull = range_hull(hull, range[i]);
    }
    return hull;
}

static int32_t clamp(int32_t x, int32_t min, int32_t max) {
    return x < min ? min : x > max ? max : x;
}

struct value_range range_clamp(struct value_range range, int32_t min,
                               int32_t max) {
    return (struct value_range){clamp(range.min, min, max),
                                clamp(range.max, min, max)};
}

struct value_range *range_of_constant(struct context *context,
                                      const struct tensor *tensor) {
    int32_t channels = channel_count(tensor);
    int64_t count = shape_count(&tensor->shape);
    const int8_t *data = tensor->data;
    struct value_range *range =
        CONTEXT_NEW(context, struct value_range, (size_t)channels);
    for (int64_t i = 0; range && i < count; i++) {
        struct value_range *of = &range[i % channels];
        struct value_range value = {data[i], data[i]};
        *of = i < channels ? value : range_hull(*of, value);
    }
    return range;
}

bool same_channel_bounds(struct context *context, const struct node *node,
                         const struct value_range *const input[],
                         struct value_range *output) {
    (void)context;
    int32_t from = channel_count(node->input[0]);
    int32_t to = channel_count(node->output[0]);
    for (int32_t c = 0; input[0] && c < to; c++) {
        output[c] = from == to ? input[0][c]
                    : c == 0   ? range_hull_all(input[0], from)
                               : output[0];
    }
    return true;
}

struct channel_map same_channels(const struct node *node, int i) {
    return channel_count(node->input[i]) == channel_count(node->output[0])
               ? CHANNELS_SAME
               : (struct channel_map){.kind = CHANNELS_FIXED};
}

struct tensor *constant_keep_channels(struct context *context,
                                      struct graph *graph,
                                      const struct tensor *tensor,
                                      const bool *keep) {
    int32_t channels = channel_count(tensor), kept = 0;
    int64_t count = shape_count(&tensor->shape);
    size_t size = dtype_size(tensor->type);
    const unsigned char *from = tensor->data;
    struct tensor *result = graph_add_tensor(context, graph);
    unsigned char *to = context_alloc(context, (size_t)count, size);
    if (!result || !to) {
        return NULL;
    }
    result->name = tensor->name;
    result->type = tensor->type;
    result->shape = tensor->shape;
    result->quantization = tensor->quantization;
    result->data = to;
    for (int32_t c = 0; c < channels; c++) {
        kept += keep[c];
    }
    result->shape.dim[result->shape.rank - 1] = kept;
    for (int64_t i = 0; i < count; i++) {
        if (keep[i % channels]) {
            memcpy(to, from + (size_t)i * size, size);
            to += size;
        }
    }
    return result;
}
