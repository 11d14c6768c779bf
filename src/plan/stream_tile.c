/* Tiles of a stream: how wide they are, where they lie, and what the stream
 * takes with them, in bytes and in instructions. */
#include "plan/stream.h"

#include <assert.h>

static size_t align_up(size_t size, size_t align) {
    return (size + align - 1) / align * align;
}

/* --- tiles --- */

static const int32_t tile_limit[TILE_CHOICES] = {INT32_MAX, 24, 16, 12, 8,
                                                 6,         4,  3,  2,  1};

int32_t stream_tile_columns(int32_t columns, int choice) {
    int32_t tile = columns < tile_limit[choice] ? columns : tile_limit[choice];
    while (columns % tile != 0) {
        tile--;
    }
    return tile;
}

size_t stream_column_size(const struct stream *stream,
                          const struct tensor *tensor) {
    return tensor_size(tensor) / (size_t)stream_rows(tensor, stream->axis) /
           (size_t)stream_columns(tensor, stream->axis);
}

bool stream_fits_in_strip(const struct graph *graph,
                          const struct stream *stream,
                          const struct stage *stage, int32_t l,
                          const struct op_memory *memory, size_t *shift) {
    const struct node *last =
        graph->node[stream->layer[stage->first + stage->count - 1].step];
    const struct tensor *tile = graph->node[stream->layer[l].step]->output[0];
    size_t from = stream_column_size(stream, tile);
    if (stream->strip[stage->strip].is_sum) {
        return false;
    }
    size_t to = stream_column_size(stream, last->output[0]);
    for (int32_t i = 0; i < last->input_count && i < 32; i++) {
        if (last->input[i] != tile) {
            continue;
        }
        *shift = (to - from) * (size_t)stage->tile;
        return dtype_size(tile->type) == dtype_size(last->output[0]->type) &&
               ((from == to && (memory->in_place >> i & 1)) ||
                (from <= to && i == 0 && memory->reads_first));
    }
    return false;
}

int32_t stream_tile_under(const struct graph *graph,
                          const struct stream *stream,
                          const struct stage *stage, int32_t l,
                          const struct op_memory *memory) {
    const struct node *node = graph->node[stream->layer[l].step];
    size_t to = stream_column_size(stream, node->output[0]);
    for (int32_t k = stage->first; k < l; k++) {
        const struct tensor *tile =
            graph->node[stream->layer[k].step]->output[0];
        for (int32_t i = 0; i < node->input_count && i < 32; i++) {
            if (node->input[i] != tile || stream->layer[k].is_in_strip ||
                dtype_size(tile->type) != dtype_size(node->output[0]->type)) {
                continue;
            }
            size_t from = stream_column_size(stream, tile);
            if ((from == to && (memory->in_place >> i & 1)) ||
                (from >= to && i == 0 && memory->reads_first)) {
                return k;
            }
        }
    }
    return -1;
}

static const struct op_memory *tile_memory(const struct stream_maker *maker,
                                           const struct stream *stream,
                                           int32_t l, int choice) {
    /* A row along dimension 2 has one column, as the narrowest tile has. */
    int k = stream->axis == 1 ? choice : TILE_CHOICES - 1;
    return &maker->tile_memory[(size_t)stream->layer[l].step * TILE_CHOICES +
                               (size_t)k];
}

/* Puts the largest tile that can be into the result's own bytes. */
static void use_strip(const struct stream_maker *maker, struct stream *stream,
                      const struct stage *stage, int choice) {
    int32_t last = stage->first + stage->count - 1;
    const struct op_memory *memory = tile_memory(maker, stream, last, choice);
    size_t most = 0, shift;
    struct layer *best = NULL;
    for (int32_t l = stage->first; l < last; l++) {
        const struct tensor *tile =
            maker->graph->node[stream->layer[l].step]->output[0];
        size_t size = stream_column_size(stream, tile);
        stream->layer[l].is_in_strip = false;
        if (size > most && stream_fits_in_strip(maker->graph, stream, stage, l,
                                                memory, &shift)) {
            best = &stream->layer[l];
            best->tile = shift;
            most = size;
        }
    }
    if (best) {
        best->is_in_strip = true;
    }
}

/* Lays out a stage's workspace: the scratch of one layer at a time, then the
 * tiles between layers. */
static void place_tiles(const struct stream_maker *maker, struct stream *stream,
                        struct stage *stage, int choice) {
    size_t size = stream->sums_size;
    stage->tile = stream_tile_columns(stage->columns, choice);
    use_strip(maker, stream, stage, choice);
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        size_t scratch = tile_memory(maker, stream, l, choice)->scratch;
        if (!stream->layer[l].tiling.is_sum &&
            stream->sums_size + scratch > size) {
            size = stream->sums_size + scratch;
        }
    }
    for (int32_t l = stage->first; l + 1 < stage->first + stage->count; l++) {
        struct layer *layer = &stream->layer[l];
        const struct tensor *output =
            maker->graph->node[layer->step]->output[0];
        int32_t under =
            stream_tile_under(maker->graph, stream, stage, l,
                              tile_memory(maker, stream, l, choice));
        if (!layer->is_in_strip && under >= 0) {
            layer->tile = stream->layer[under].tile;
        } else if (!layer->is_in_strip) {
            layer->tile = align_up(size, dtype_size(output->type));
            size = layer->tile +
                   stream_column_size(stream, output) * (size_t)stage->tile;
        }
    }
    stage->workspace = size;
}

/* Weights as measured on a Cortex-M4. */
enum {
    CALL_COST = 80,  /* of a kernel */
    PIECE_COST = 60, /* to choose a stage that is not done row by row */
    MOVE_COST = 30,  /* to move what a strip holds; */
    WORDS_COST = 2,  /* and sixteen bytes of it, in words or one by one */
    BYTES_COST = 64,
    SUM_COST = 3,   /* to multiply and accumulate one by one */
    WIDEN_COST = 2, /* instructions to lay out a value under a window again */
    ROW_COST = 16,  /* to begin a row of a channel of a depthwise tile, */
    PART_COST = 44  /* or a part of the row */
};

/* Multiply-accumulates that a layer seems to do more, where tiles are no
 * multiple of what is computed together: a quarter of a pixel's. */
static uint64_t wasted_macs(const struct stream_maker *maker,
                            const struct stage *stage,
                            const struct layer *layer) {
    const struct node *node = maker->graph->node[layer->step];
    int32_t together =
        maker->tile_memory[(size_t)layer->step * TILE_CHOICES].columns;
    if (together < 2 || !node->op->macs || stage->tile % together == 0) {
        return 0;
    }
    return node->op->macs(node) / (uint64_t)stage->tile / 4;
}

static uint64_t layer_cost(const struct stream_maker *maker,
                           const struct stream *stream,
                           const struct stage *stage,
                           const struct layer *layer) {
    const struct node *node = maker->graph->node[layer->step];
    const struct tensor *output = node->output[0];
    uint64_t rows = (uint64_t)stream->strip[stage->strip].rows;
    uint64_t tiles = (uint64_t)(stage->columns / stage->tile);
    uint64_t cost = rows * tiles * CALL_COST + wasted_macs(maker, stage, layer);
    if (layer->tiling.is_sum && node->op->macs) {
        cost += node->op->macs(node) * SUM_COST;
    }
    if (!layer->is_pointwise &&
        node->input[0]->shape.dim[3] == output->shape.dim[3]) {
        int across = stream->axis == 1 ? 1 : 0;
        uint64_t columns = (uint64_t)(stage->tile - 1) *
                               (uint64_t)layer->tiling.stride[across] +
                           (uint64_t)layer->tiling.extent[across];
        /* Whole, each row would be laid out once. */
        uint64_t again = (uint64_t)layer->tiling.extent[stream->axis - 1] - 1;
        uint64_t channels = (uint64_t)node->input[0]->shape.dim[3];
        uint64_t start = tiles > 1 ? PART_COST : ROW_COST;
        cost +=
            rows * tiles * (columns * again * WIDEN_COST + start) * channels;
    }
    return cost;
}

static uint64_t stage_cost(const struct stream_maker *maker,
                           const struct stream *stream,
                           const struct stage *stage) {
    uint64_t rows = (uint64_t)stream->strip[stage->strip].rows;
    uint64_t pieces = rows * (uint64_t)(stage->columns / stage->piece);
    uint64_t cost = pieces > rows ? pieces * PIECE_COST : 0;
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        cost += layer_cost(maker, stream, stage, &stream->layer[l]);
    }
    return cost;
}

static size_t widest_workspace(const struct stream_maker *maker,
                               struct stream *stream, int choice) {
    size_t most = 0;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        place_tiles(maker, stream, &stream->stage[g], choice);
        if (stream->stage[g].workspace > most) {
            most = stream->stage[g].workspace;
        }
    }
    return most;
}

/* The tiles that cost least of those that need no more. */
static void choose_tiles(const struct stream_maker *maker,
                         struct stream *stream, struct stage *stage, int choice,
                         size_t limit) {
    int best = choice;
    uint64_t least = UINT64_MAX;
    for (int k = 0; k < TILE_CHOICES; k++) {
        place_tiles(maker, stream, stage, k);
        uint64_t cost = stage_cost(maker, stream, stage);
        if (stage->workspace <= limit && cost < least) {
            least = cost;
            best = k;
        }
    }
    place_tiles(maker, stream, stage, best);
}

/* By rows: those of all stages that need no more than the narrowest. */
static void tile_rows(const struct stream_maker *maker, struct stream *stream,
                      int choice) {
    stream->workspace_size = widest_workspace(maker, stream, choice);
    for (int32_t g = 0; g < stream->stage_count; g++) {
        choose_tiles(maker, stream, &stream->stage[g], choice,
                     stream->workspace_size);
    }
}

/* Whether the pieces are new to the stream. */
static bool set_pieces(struct stream *stream, int choice) {
    bool changes = false;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        struct stage *stage = &stream->stage[g];
        int32_t piece = stream_tile_columns(stage->columns, choice);
        changes = changes || piece != stage->piece;
        stage->piece = piece;
    }
    return changes;
}

static int64_t count_pieces(const struct stream *stream) {
    int64_t count = 0;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        const struct stage *stage = &stream->stage[g];
        int64_t rows = stream->strip[stage->strip].rows;
        count += rows * (stage->columns / stage->piece);
    }
    return count;
}

bool stream_tile(const struct stream_maker *maker, int choice,
                 struct stream *stream) {
    int tile = choice % TILE_CHOICES;
    bool by_pieces = choice >= TILE_CHOICES;
    bool follows = set_pieces(stream, by_pieces ? tile : 0);
    if (by_pieces && (!follows || count_pieces(stream) > PIECE_LIMIT)) {
        return false;
    }
    if (follows) {
        stream_follow(maker, stream);
    }
    stream->sums_size = 0;
    for (int32_t l = 0; l < stream->layer_count; l++) {
        if (stream->layer[l].tiling.is_sum) {
            stream->sums_size = tile_memory(maker, stream, l, tile)->scratch;
        }
    }
    if (by_pieces) {
        stream->workspace_size = widest_workspace(maker, stream, tile);
    } else {
        tile_rows(maker, stream, tile);
    }
    return true;
}

/* --- what it takes --- */

size_t stream_overlap(const struct stream *stream) {
    if (stream->dying < 0) {
        return 0;
    }
    size_t under = strip_size(&stream->strip[stream->dying]) + stream->lead;
    size_t over = strip_size(&stream->strip[stream->result]);
    return under - stream->lead + over - (under > over ? under : over);
}

size_t stream_size(const struct stream *stream) {
    size_t size = stream->workspace_size - stream_overlap(stream);
    for (int32_t s = 0; s < stream->strip_count; s++) {
        size += strip_size(&stream->strip[s]);
    }
    return size;
}

/* What is held moves each time that a piece comes. */
static uint64_t move_cost(const struct stream_maker *maker,
                          const struct stream *stream, int32_t s) {
    const struct strip *strip = &stream->strip[s];
    int32_t piece = strip_piece(stream, s);
    uint64_t pieces =
        (uint64_t)strip->rows * (uint64_t)(strip->columns / piece);
    uint64_t size = (uint64_t)(strip->held - piece) * strip->pixel_size;
    uint64_t cost =
        strip_moves_words(maker->graph, stream, s) ? WORDS_COST : BYTES_COST;
    return pieces * (MOVE_COST + size * cost / 16);
}

uint64_t stream_cost(const struct stream_maker *maker,
                     const struct stream *stream) {
    uint64_t cost = 0;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        cost += stage_cost(maker, stream, &stream->stage[g]);
    }
    for (int32_t s = 0; s < stream->strip_count; s++) {
        if (strip_is_partial(&stream->strip[s])) {
            cost += move_cost(maker, stream, s);
        }
    }
    return cost;
}
