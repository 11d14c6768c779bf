#include "plan/schedule.h"

#include <assert.h>
#include <string.h>

#include "op/control.h"

/* --- the facts --- */

static void find_roots(const struct stream_maker *maker, int32_t *root) {
    const struct graph *graph = maker->graph;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        root[i] = i;
    }
    for (int32_t s = 0; s < graph->node_count; s++) {
        const struct node *node = graph->node[s];
        if (op_memory(maker->target, node).is_view && !node->input[0]->data) {
            root[node->output[0]->id] = root[node->input[0]->id];
        }
    }
}

static void find_uses(const struct graph *graph, const int32_t *root,
                      int32_t *made_by, int32_t *last_use, int32_t *use_count) {
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        made_by[i] = -1;
    }
    for (int32_t s = 0; s < graph->node_count; s++) {
        const struct node *node = graph->node[s];
        for (int32_t i = 0; i < node->output_count; i++) {
            made_by[node->output[i]->id] = s;
        }
        for (int32_t i = 0; i < node->input_count; i++) {
            if (node->input[i]) {
                int32_t id = root[node->input[i]->id];
                last_use[id] = s;
                use_count[id]++;
            }
        }
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        int32_t id = root[graph->output[i]->id];
        last_use[id] = graph->node_count;
        use_count[id]++;
    }
}

/* State lives on: what holds it has a place of its own. */
static bool touches_state(const struct node *node) {
    for (int32_t i = 0; i < node->input_count + node->output_count; i++) {
        const struct tensor *tensor = i < node->input_count
                                          ? node->input[i]
                                          : node->output[i - node->input_count];
        if (tensor && tensor->is_variable) {
            return true;
        }
    }
    return false;
}

/* What every step declares for each choice of tiles. */
static bool find_memory(struct context *context, struct stream_maker *maker) {
    size_t steps = (size_t)maker->graph->node_count;
    struct op_memory *memory =
        CONTEXT_NEW(context, struct op_memory, steps * TILE_CHOICES);
    maker->tile_memory = memory;
    for (size_t s = 0; memory && s < steps; s++) {
        const struct node *node = maker->graph->node[s];
        for (int k = 0; maker->can_tile[s] && k < TILE_CHOICES; k++) {
            const struct tensor *image =
                maker->tiling[s].is_sum ? node->input[0] : node->output[0];
            int32_t columns = stream_tile_columns(image->shape.dim[2], k);
            const struct node *tile = tile_node(context, node, 1, columns);
            if (!tile) {
                return false;
            }
            memory[s * TILE_CHOICES + (size_t)k] =
                op_memory(maker->target, tile);
        }
    }
    return memory != NULL;
}

struct stream_maker *stream_maker_new(struct context *context,
                                      const struct graph *graph,
                                      const struct target *target) {
    size_t tensors = (size_t)graph->tensor_count;
    size_t steps = (size_t)graph->node_count;
    struct stream_maker *maker = CONTEXT_NEW(context, struct stream_maker, 1);
    struct tiling *tiling = CONTEXT_NEW(context, struct tiling, steps);
    bool *can_tile = CONTEXT_NEW(context, bool, steps);
    int32_t *root = CONTEXT_NEW(context, int32_t, tensors);
    int32_t *made_by = CONTEXT_NEW(context, int32_t, tensors);
    int32_t *last_use = CONTEXT_NEW(context, int32_t, tensors);
    int32_t *use_count = CONTEXT_NEW(context, int32_t, tensors);
    int32_t *strip_of = CONTEXT_NEW(context, int32_t, tensors);
    int32_t *stage_of = CONTEXT_NEW(context, int32_t, steps);
    if (!maker || !tiling || !can_tile || !root || !made_by || !last_use ||
        !use_count || !strip_of || !stage_of) {
        return NULL;
    }
    *maker = (struct stream_maker){.graph = graph,
                                   .target = target,
                                   .tiling = tiling,
                                   .can_tile = can_tile,
                                   .root = root,
                                   .made_by = made_by,
                                   .last_use = last_use,
                                   .use_count = use_count,
                                   .strip_of = strip_of,
                                   .stage_of = stage_of};
    find_roots(maker, root);
    find_uses(graph, root, made_by, last_use, use_count);
    int32_t depth = 0;
    for (size_t s = 0; s < steps; s++) {
        const struct node *node = graph->node[s];
        /* What runs more than once, or not at all, is computed whole. */
        depth += control_depth(node);
        can_tile[s] = depth == 0 && node_tiling(node, &tiling[s]) &&
                      !touches_state(node) && !op_memory(target, node).is_view;
    }
    for (size_t i = 0; i < tensors; i++) {
        strip_of[i] = -1;
    }
    return find_memory(context, maker) ? maker : NULL;
}

struct stream *stream_new(struct context *context) {
    struct stream *stream = CONTEXT_NEW(context, struct stream, 1);
    if (!stream) {
        return NULL;
    }
    stream->layer = CONTEXT_NEW(context, struct layer, STREAM_LAYERS);
    stream->stage = CONTEXT_NEW(context, struct stage, STREAM_LAYERS);
    stream->strip = CONTEXT_NEW(context, struct strip, STREAM_STRIPS);
    return stream->layer && stream->stage && stream->strip ? stream : NULL;
}

/* --- shapes --- */

int32_t stream_rows(const struct tensor *tensor, int axis) {
    return tensor->shape.dim[axis];
}

int32_t stream_columns(const struct tensor *tensor, int axis) {
    return axis == 1 ? tensor->shape.dim[2] : 1;
}

int32_t stream_strip(const struct stream *stream, const struct tensor *tensor) {
    for (int32_t i = 0; i < stream->strip_count; i++) {
        if (stream->strip[i].tensor->id == tensor->id) {
            return i;
        }
    }
    return -1;
}

const struct layer *stream_tile_layer(const struct plan *plan,
                                      const struct stream *stream, int32_t g,
                                      const struct tensor *tensor) {
    const struct stage *stage = &stream->stage[g];
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        const struct node *node = plan->step[stream->layer[l].step].node;
        if (node->output[0]->id == tensor->id) {
            return &stream->layer[l];
        }
    }
    return NULL;
}

/* --- strips and stages --- */

static int32_t add_strip(struct stream_maker *maker, struct stream *stream,
                         const struct tensor *tensor, int32_t stage) {
    struct strip *strip = &stream->strip[stream->strip_count];
    const struct layer *last =
        stage < 0 ? NULL
                  : &stream->layer[stream->stage[stage].first +
                                   stream->stage[stage].count - 1];
    bool is_sum = last && last->tiling.is_sum;
    /* A sum takes a step for each piece that is added. */
    const struct tensor *image =
        is_sum ? maker->graph->node[last->step]->input[0] : tensor;
    int32_t rows = stream_rows(image, stream->axis);
    int32_t columns = stream_columns(image, stream->axis);
    *strip = (struct strip){.tensor = tensor,
                            .rows = rows,
                            .columns = columns,
                            .held = rows * columns,
                            .pixel_size =
                                is_sum ? tensor_size(tensor)
                                       : stream_column_size(stream, tensor),
                            .is_sum = is_sum,
                            .stage = stage,
                            .buffer = -1};
    maker->strip_of[tensor->id] = stream->strip_count;
    return stream->strip_count++;
}

/* Rows go along dimension 1 unless it is 1 in all tensors. */
static int choose_axis(const struct stream_maker *maker, int32_t first,
                       int32_t last) {
    for (int32_t s = first; s <= last; s++) {
        const struct node *node = maker->graph->node[s];
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct tensor *input = node->input[i];
            if (input && !input->data && input->shape.dim[1] != 1) {
                return 1;
            }
        }
        if (!maker->tiling[s].is_sum && node->output[0]->shape.dim[1] != 1) {
            return 1;
        }
    }
    return 2;
}

/* The only step that reads a step's result, if it does so point by point within
 * the stream; -1 otherwise. */
static int32_t find_follower(const struct stream_maker *maker,
                             const struct stream *stream, int32_t step) {
    const struct tensor *output = maker->graph->node[step]->output[0];
    int32_t last = maker->last_use[output->id];
    return maker->use_count[output->id] == 1 && last <= stream->last &&
                   tiling_is_pointwise(&maker->tiling[last])
               ? last
               : -1;
}

/* A step joins the stage of its follower. */
static void find_stages(struct stream_maker *maker, struct stream *stream) {
    int32_t count = 0;
    for (int32_t s = stream->last; s >= stream->first; s--) {
        int32_t follower = find_follower(maker, stream, s);
        maker->stage_of[s] = follower < 0 ? count++ : maker->stage_of[follower];
    }
    /* They were found from the last to the first. */
    stream->stage_count = count;
    stream->layer_count = 0;
    for (int32_t g = 0; g < count; g++) {
        struct stage *stage = &stream->stage[g];
        *stage = (struct stage){.first = stream->layer_count};
        for (int32_t s = stream->first; s <= stream->last; s++) {
            if (maker->stage_of[s] == count - 1 - g) {
                stream->layer[stream->layer_count++] = (struct layer){
                    .step = s,
                    .tiling = maker->tiling[s],
                    .is_pointwise = tiling_is_pointwise(&maker->tiling[s])};
                stage->count++;
            }
        }
    }
}

static const struct node *last_node(const struct stream_maker *maker,
                                    const struct stream *stream, int32_t g) {
    const struct stage *stage = &stream->stage[g];
    return maker->graph
        ->node[stream->layer[stage->first + stage->count - 1].step];
}

/* What a step reads from outside the stream, and then what stages make. */
static void find_strips(struct stream_maker *maker, struct stream *stream) {
    stream->strip_count = 0;
    for (int32_t s = stream->first; s <= stream->last; s++) {
        const struct node *node = maker->graph->node[s];
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct tensor *input = node->input[i];
            if (input && !input->data && maker->strip_of[input->id] < 0 &&
                maker->made_by[input->id] < stream->first) {
                add_strip(maker, stream, input, -1);
            }
        }
    }
    for (int32_t g = 0; g < stream->stage_count; g++) {
        const struct tensor *output = last_node(maker, stream, g)->output[0];
        struct stage *stage = &stream->stage[g];
        stage->strip = add_strip(maker, stream, output, g);
        stage->columns = stream->strip[stage->strip].columns;
        stage->piece = stage->columns;
    }
}

static void forget_strips(struct stream_maker *maker,
                          const struct stream *stream) {
    for (int32_t i = 0; i < stream->strip_count; i++) {
        maker->strip_of[stream->strip[i].tensor->id] = -1;
    }
}

/* --- what is held --- */

/* The next piece of the result is written: nothing that is still to be read of
 * the dying strip may lie where it ends. */
static void keep_lead(const struct schedule *schedule,
                      const struct stream *stream, int64_t *lead) {
    const struct strip *result = &stream->strip[stream->result];
    const struct strip *dying = &stream->strip[stream->dying];
    int64_t end = (int64_t)schedule->there[stream->result] +
                  strip_piece(stream, stream->result);
    int64_t ahead =
        end * (int64_t)result->pixel_size -
        schedule_lowest(schedule, stream->dying) * (int64_t)dying->pixel_size;
    *lead = ahead > *lead ? ahead : *lead;
}

static bool stands_whole(const struct stream_maker *maker,
                         const struct stream *stream, int32_t s) {
    const struct strip *strip = &stream->strip[s];
    return strip->stage < 0 ? !(s == 0 && stream->is_pushed)
                            : maker->last_use[strip->tensor->id] > stream->last;
}

/* Goes through the schedule; sets how many pixels strips hold, and the lead. */
static void follow_schedule(const struct stream_maker *maker,
                            struct stream *stream) {
    struct schedule schedule;
    bool whole[STREAM_STRIPS];
    int64_t lead = 0;
    for (int32_t s = 0; s < stream->strip_count; s++) {
        struct strip *strip = &stream->strip[s];
        whole[s] = stands_whole(maker, stream, s);
        strip->held = whole[s] ? strip->rows * strip->columns : 0;
    }
    schedule_start(maker->graph, stream, &schedule);
    for (int32_t s; (s = schedule_next(&schedule)) >= 0;) {
        struct strip *strip = &stream->strip[s];
        /* What comes, and what came before it and is still needed. */
        int32_t held = schedule.there[s] + strip_piece(stream, s) -
                       schedule_lowest(&schedule, s);
        if (!whole[s] && held > strip->held) {
            strip->held = held;
        }
        if (s == stream->result && stream->dying >= 0) {
            keep_lead(&schedule, stream, &lead);
        }
        schedule_count(&schedule, s);
    }
    stream->lead = (size_t)lead;
}

int32_t strip_piece(const struct stream *stream, int32_t strip) {
    int32_t stage = stream->strip[strip].stage;
    return stage < 0 ? stream->strip[strip].columns
                     : stream->stage[stage].piece;
}

int32_t strip_step(const struct graph *graph, const struct stream *stream,
                   int32_t strip) {
    struct schedule schedule;
    int32_t columns = stream->strip[strip].columns;
    bool by_rows = strip_piece(stream, strip) == columns;
    schedule_start(graph, stream, &schedule);
    for (int32_t i = 0; i < schedule.reader_count; i++) {
        const struct reader *reader = &schedule.reader[i];
        const struct stage *stage = &stream->stage[reader->stage];
        by_rows = by_rows &&
                  (reader->strip != strip || stage->piece == stage->columns);
    }
    return by_rows ? columns : 1;
}

bool strip_moves_words(const struct graph *graph, const struct stream *stream,
                       int32_t strip) {
    size_t step = (size_t)strip_step(graph, stream, strip) *
                  stream->strip[strip].pixel_size;
    return step % 4 == 0;
}

size_t strip_margin(const struct graph *graph, const struct stream *stream,
                    int32_t strip) {
    struct schedule schedule;
    int64_t most = 0;
    schedule_start(graph, stream, &schedule);
    for (int32_t i = 0; i < schedule.reader_count; i++) {
        const struct reader *reader = &schedule.reader[i];
        const struct stage *stage = &stream->stage[reader->stage];
        int64_t column =
            (int64_t)(stage->columns - stage->piece) * reader->columns.stride -
            reader->columns.pad;
        if (reader->strip == strip && !reader_is_pointwise(reader) &&
            column > most) {
            most = column;
        }
    }
    return strip_is_partial(&stream->strip[strip])
               ? (size_t)most * stream->strip[strip].pixel_size
               : 0;
}

/* --- what overlaps --- */

static size_t align_up(size_t size, size_t align) {
    return (size + align - 1) / align * align;
}

bool strip_is_partial(const struct strip *strip) {
    return strip->held < strip->rows * strip->columns;
}

size_t strip_size(const struct strip *strip) {
    return strip->is_sum ? strip->pixel_size
                         : (size_t)strip->held * strip->pixel_size;
}

size_t strip_row_size(const struct strip *strip) {
    return strip->is_sum ? strip->pixel_size
                         : (size_t)strip->columns * strip->pixel_size;
}

/* Whether nothing but the strip's own readers has anything of its bytes. */
static bool dies(const struct stream_maker *maker, const struct stream *stream,
                 int32_t s) {
    int32_t root = maker->root[stream->strip[s].tensor->id];
    if (stream->strip[s].stage >= 0 || (s == 0 && stream->is_pushed) ||
        maker->last_use[root] > stream->last) {
        return false;
    }
    for (int32_t other = 0; other < stream->strip_count; other++) {
        if (other != s &&
            maker->root[stream->strip[other].tensor->id] == root) {
            return false;
        }
    }
    return true;
}

/* The largest of each kind. */
static void find_overlap(const struct stream_maker *maker,
                         struct stream *stream) {
    stream->dying = stream->result = -1;
    size_t most = 0, most_result = 0;
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        size_t size = tensor_size(strip->tensor);
        if (dies(maker, stream, s) && size > most) {
            stream->dying = s;
            most = size;
        }
        if (strip->stage >= 0 && !strip->is_sum &&
            stands_whole(maker, stream, s) && size > most_result) {
            stream->result = s;
            most_result = size;
        }
    }
}

/* Drops the overlap where it does not pay. */
static void settle_overlap(struct stream *stream) {
    if (stream->dying < 0 || stream->result < 0) {
        stream->dying = stream->result = -1;
        stream->lead = 0;
        return;
    }
    const struct strip *result = &stream->strip[stream->result];
    /* Chains of results in place stay aligned for any type. */
    stream->lead = align_up(stream->lead, 8);
    if (stream->lead >= strip_size(result)) {
        stream->dying = stream->result = -1;
        stream->lead = 0;
    }
}

void stream_follow(const struct stream_maker *maker, struct stream *stream) {
    find_overlap(maker, stream);
    follow_schedule(maker, stream);
    settle_overlap(stream);
}

/* Whether a step from first to last reads the tensor. */
static bool reads_within(const struct stream_maker *maker,
                         const struct tensor *tensor, int32_t first,
                         int32_t last) {
    for (int32_t s = first; s <= last; s++) {
        const struct node *node = maker->graph->node[s];
        for (int32_t i = 0; i < node->input_count; i++) {
            if (node->input[i] &&
                maker->root[node->input[i]->id] == maker->root[tensor->id]) {
                return true;
            }
        }
    }
    return false;
}

bool stream_make(struct stream_maker *maker, int32_t first, int32_t last,
                 bool pushed, struct stream *stream) {
    if (last - first >= STREAM_LAYERS) {
        return false;
    }
    int64_t rows = 0;
    int sums = 0;
    for (int32_t s = first; s <= last; s++) {
        const struct tensor *output = maker->graph->node[s]->output[0];
        sums += maker->tiling[s].is_sum;
        if (!maker->can_tile[s] || sums > 1 ||
            (maker->tiling[s].is_sum && maker->use_count[output->id] > 0 &&
             reads_within(maker, output, s + 1, last))) {
            return false;
        }
    }
    stream->first = first;
    stream->last = last;
    stream->is_pushed = pushed;
    stream->axis = choose_axis(maker, first, last);
    for (int32_t s = first; s <= last; s++) {
        rows += stream_rows(maker->graph->node[s]->input[0], stream->axis);
    }
    if (rows > PIECE_LIMIT) {
        return false;
    }
    find_stages(maker, stream);
    find_strips(maker, stream);
    forget_strips(maker, stream);
    stream_follow(maker, stream);
    return true;
}
