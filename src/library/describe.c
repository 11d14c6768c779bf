/* The public library: what an opened model holds. */
#include <string.h>

#include "library/model.h"
#include "plan/stream.h"

static mf_tensor_info describe(const struct tensor *tensor) {
    mf_tensor_info info = {.name = tensor->name,
                           .type = dtype_name(tensor->type),
                           .rank = tensor->shape.rank,
                           .size = tensor_size(tensor)};
    memcpy(info.shape, tensor->shape.dim,
           (size_t)info.rank * sizeof info.shape[0]);
    if (tensor->quantization.count == 1) {
        info.scale = tensor->quantization.scale[0];
        info.zero_point = tensor->quantization.zero_point[0];
    }
    return info;
}

size_t mf_model_input_count(const mf_model *model) {
    return model->plan ? (size_t)model->graph->input_count : 0;
}

size_t mf_model_output_count(const mf_model *model) {
    return model->plan ? (size_t)model->graph->output_count : 0;
}

mf_tensor_info mf_model_input(const mf_model *model, size_t i) {
    return i < mf_model_input_count(model) ? describe(model->graph->input[i])
                                           : (mf_tensor_info){0};
}

mf_tensor_info mf_model_output(const mf_model *model, size_t i) {
    return i < mf_model_output_count(model) ? describe(model->graph->output[i])
                                            : (mf_tensor_info){0};
}

size_t mf_model_layer_count(const mf_model *model) {
    return model->plan ? (size_t)model->plan->step_count : 0;
}

/* The stage that a step of a stream belongs to; -1: it is in none. */
static int32_t find_stage(const struct plan *plan, int32_t s) {
    if (plan->step[s].stream < 0) {
        return -1;
    }
    const struct stream *stream = &plan->stream[plan->step[s].stream];
    for (int32_t g = 0; g < stream->stage_count; g++) {
        const struct stage *stage = &stream->stage[g];
        for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
            if (stream->layer[l].step == s) {
                return g;
            }
        }
    }
    return -1;
}

mf_layer_info mf_model_layer(const mf_model *model, size_t i) {
    mf_layer_info info = {0};
    if (i < mf_model_layer_count(model)) {
        const struct step *step = &model->plan->step[i];
        const struct node *node = step->node;
        info.index = node->index;
        info.op = node->op->name;
        if (op_input(node, 0)) {
            info.input = describe(node->input[0]);
        }
        info.output = describe(node->output[0]);
        info.macs = op_macs(node);
        info.constant_size = model->layer_constants[i];
        info.live = plan_live_bytes(model->plan, (int32_t)i);
        info.stream = step->stream;
        info.stage = find_stage(model->plan, (int32_t)i);
    }
    return info;
}

mf_memory_info mf_model_memory(const mf_model *model) {
    mf_memory_info info = {0};
    if (model->plan) {
        info.arena_size = model->plan->arena_size;
        info.state_size = model->plan->state_size;
        info.lower_bound = model->plan->lower_bound;
        info.constant_size = model->constant_size;
        info.macs = model->macs;
    }
    return info;
}

const char *mf_model_memory_map(mf_model *model) {
    if (model->plan && !model->map.data) {
        plan_memory_map(&model->map, model->plan);
    }
    /* What was written when memory ran out is no map. */
    return model->map.data && !model->map.failed ? model->map.data : "";
}

size_t mf_model_region_count(const mf_model *model) {
    return model->plan ? (size_t)model->plan->region_count : 0;
}

mf_region_info mf_model_region(const mf_model *model, size_t i) {
    mf_region_info info = {0};
    if (i < mf_model_region_count(model)) {
        const struct region *region = &model->plan->region[i];
        info.name = region->name;
        info.limit = region->limit;
        info.cost = region->cost;
        info.start = region->start;
        info.size = region->size;
        info.accesses = region->accesses;
    }
    return info;
}

size_t mf_model_buffer_count(const mf_model *model) {
    return model->plan ? (size_t)model->plan->buffer_count : 0;
}

/* The strip that has a buffer of its own, with a part of its tensor's rows. */
static const struct strip *find_strip(const struct plan *plan, int32_t buffer) {
    for (int32_t i = 0; i < plan->stream_count; i++) {
        const struct stream *stream = &plan->stream[i];
        for (int32_t s = 0; s < stream->strip_count; s++) {
            const struct strip *strip = &stream->strip[s];
            if (strip->buffer == buffer && strip_is_partial(strip)) {
                return strip;
            }
        }
    }
    return NULL;
}

mf_buffer_info mf_model_buffer(const mf_model *model, size_t i) {
    mf_buffer_info info = {0};
    if (i < mf_model_buffer_count(model)) {
        const struct buffer *buffer = &model->plan->buffer[i];
        info.tensor = buffer->tensor ? buffer->tensor->name : "scratch";
        info.offset = buffer->offset;
        info.size = buffer->size;
        info.is_state = buffer->kept >= 0;
        info.region = info.is_state || model->plan->region_count == 0
                          ? -1
                          : buffer->region;
        info.first = buffer->first;
        info.last = buffer->last;
        info.overwrites = buffer->in_place;
        const struct strip *strip = find_strip(model->plan, (int32_t)i);
        if (strip) {
            info.rows = strip->rows;
            info.columns = strip->columns;
            info.held = strip->held;
        }
    }
    return info;
}

size_t mf_model_stream_count(const mf_model *model) {
    return model->plan ? (size_t)model->plan->stream_count : 0;
}

mf_stream_info mf_model_stream(const mf_model *model, size_t i) {
    mf_stream_info info = {0};
    if (i < mf_model_stream_count(model)) {
        const struct stream *stream = &model->plan->stream[i];
        info.first = stream->first;
        info.last = stream->last;
        info.is_pushed = stream->is_pushed;
        info.workspace_size = stream->workspace_size;
        info.stage_count = (size_t)stream->stage_count;
    }
    return info;
}

mf_stage_info mf_model_stage(const mf_model *model, size_t stream, size_t i) {
    mf_stage_info info = {0};
    if (i < mf_model_stream(model, stream).stage_count) {
        const struct stream *in = &model->plan->stream[stream];
        const struct stage *stage = &in->stage[i];
        const struct strip *strip = &in->strip[stage->strip];
        info.tensor = strip->tensor->name;
        info.rows = strip->rows;
        info.held = strip->held;
        info.row_size = strip_row_size(strip);
        info.is_sum = strip->is_sum;
        info.columns = stage->columns;
        info.piece = stage->piece;
        info.tile = stage->tile;
    }
    return info;
}

bool model_is_pushed(const mf_model *model) {
    return model->plan->stream_count > 0 && model->plan->stream[0].is_pushed;
}

size_t mf_model_tradeoff_count(mf_model *model) {
    size_t count = 0;
    const struct tradeoff *found;
    if (model->plan && !model->tradeoff &&
        plan_tradeoff(&model->context, model->graph, model->plan->target,
                      model_is_pushed(model), &found)) {
        model->tradeoff = found;
    }
    for (const struct tradeoff *t = model->tradeoff; t; t = t->next) {
        count++;
    }
    return count;
}

mf_tradeoff_info mf_model_tradeoff(const mf_model *model, size_t i) {
    const struct tradeoff *tradeoff = model->tradeoff;
    for (; tradeoff && i; i--) {
        tradeoff = tradeoff->next;
    }
    return tradeoff ? (mf_tradeoff_info){tradeoff->arena_size, tradeoff->cost}
                    : (mf_tradeoff_info){0};
}
