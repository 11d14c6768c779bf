/* The checker's view of a stream: its pieces of rows are followed one by one,
 * by the schedule that the code will keep, and every pixel that is read has to
 * be there.
 *
 * Only what the operators declare of their tiles is taken for granted, and
 * where the plan says that strips and tiles lie; not how many pixels the
 * planner found to be needed, nor how far it thought that results may overlap.
 */
#include <assert.h>

#include "plan/check.h"
#include "plan/stream.h"

struct walk {
    struct checker *checker;
    const struct stream *stream;
    int32_t done[STREAM_LAYERS];  /* pixels of each stage */
    int32_t first[STREAM_STRIPS]; /* pixel that a strip's buffer starts with */
    int32_t there[STREAM_STRIPS]; /* pixels of it that came */
    struct range range[STREAM_STRIPS];
    /* Bytes of the dying strip, from its start, that the result took. */
    size_t taken;
};

static const struct node *layer_node(const struct walk *walk,
                                     const struct layer *layer) {
    return walk->checker->plan->graph->node[layer->step];
}

static bool fail(const struct walk *walk, const struct layer *layer,
                 const struct tensor *tensor, const char *problem) {
    return check_fail(walk->checker, layer ? layer_node(walk, layer) : NULL,
                      tensor, problem, 0);
}

/* --- places --- */

static bool place_strip(struct walk *walk, int32_t s) {
    const struct plan *plan = walk->checker->plan;
    const struct strip *strip = &walk->stream->strip[s];
    const struct tensor *tensor = strip->tensor;
    bool is_pushed = s == 0 && walk->stream->is_pushed;
    size_t element = dtype_size(tensor->type);
    size_t size = strip_size(strip);
    if (strip->buffer < 0 || strip->buffer >= plan->buffer_count ||
        plan->buffer[strip->buffer].size < size ||
        plan->buffer[strip->buffer].kept >= 0 || strip->held < 1 ||
        strip->rows < 1 || strip->columns < 1 ||
        (strip->is_sum
             ? strip->pixel_size != tensor_size(tensor) ||
                   strip->held != strip->rows * strip->columns
             : strip->rows != stream_rows(tensor, walk->stream->axis) ||
                   strip->columns !=
                       stream_columns(tensor, walk->stream->axis) ||
                   strip_row_size(strip) * (size_t)strip->rows !=
                       tensor_size(tensor))) {
        return fail(walk, NULL, tensor, "is a strip without room");
    }
    walk->range[s].start = plan->buffer[strip->buffer].offset;
    if (!check_range(walk->checker, NULL, tensor, size, element ? element : 1,
                     false, &walk->range[s])) {
        return false;
    }
    if (strip->stage >= 0 || is_pushed) {
        return true;
    }
    walk->there[s] = strip->rows * strip->columns;
    return !strip_is_partial(strip) &&
           plan->tensor_buffer[tensor->id] == strip->buffer &&
           check_whole(walk->checker, NULL, tensor,
                       "was overwritten or never written");
}

/* No two strips share bytes, but the result may lie in what is dying. */
static bool check_apart(const struct walk *walk, struct range workspace) {
    const struct stream *stream = walk->stream;
    for (int32_t a = 0; a < stream->strip_count; a++) {
        if (overlaps(walk->range[a], workspace)) {
            return fail(walk, NULL, stream->strip[a].tensor,
                        "shares bytes with a workspace");
        }
        for (int32_t b = 0; b < a; b++) {
            bool is_pair = (a == stream->dying && b == stream->result) ||
                           (b == stream->dying && a == stream->result);
            bool are_outside =
                stream->strip[a].stage < 0 && stream->strip[b].stage < 0;
            if (!is_pair && !are_outside &&
                overlaps(walk->range[a], walk->range[b])) {
                return fail(walk, NULL, stream->strip[a].tensor,
                            "shares bytes with another strip");
            }
        }
    }
    return true;
}

/* The layer in whose tile layer `l` may put its own; -1: none. */
static int32_t find_under(const struct walk *walk, const struct stage *stage,
                          int32_t l) {
    const struct layer *layer = &walk->stream->layer[l];
    const struct node *tile = tile_node(
        walk->checker->context, layer_node(walk, layer), 1, stage->tile);
    if (!tile) {
        return -1;
    }
    struct op_memory memory = op_memory(walk->checker->plan->target, tile);
    return stream_tile_under(walk->checker->plan->graph, walk->stream, stage, l,
                             &memory);
}

/* Scratch of a layer and the tiles of its stage do not overlap, but where a
 * layer reads before it writes. */
static bool check_tiles(const struct walk *walk, const struct stage *stage) {
    const struct stream *stream = walk->stream;
    const struct plan *plan = walk->checker->plan;
    size_t end = stream->sums_size, shift;
    struct op_memory last = {0};
    int in_strip = 0;
    if (stage->tile < 1 || stage->piece < 1 ||
        stage->piece % stage->tile != 0 || stage->columns % stage->piece != 0 ||
        stage->columns != stream->strip[stage->strip].columns) {
        return fail(walk, &stream->layer[stage->first], NULL,
                    "has tiles that do not fill a row");
    }
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        const struct layer *layer = &stream->layer[l];
        const struct node *tile = tile_node(
            walk->checker->context, layer_node(walk, layer), 1, stage->tile);
        if (!tile) {
            return false;
        }
        last = op_memory(plan->target, tile);
        if (layer->tiling.is_sum) {
            if (last.scratch > stream->sums_size) {
                return fail(walk, layer, NULL, "has no room for its sums");
            }
        } else if (stream->sums_size + last.scratch > end) {
            end = stream->sums_size + last.scratch;
        }
    }
    for (int32_t l = stage->first; l + 1 < stage->first + stage->count; l++) {
        const struct layer *layer = &stream->layer[l];
        const struct tensor *output = layer_node(walk, layer)->output[0];
        if (layer->is_in_strip) {
            if (++in_strip > 1 ||
                !stream_fits_in_strip(plan->graph, stream, stage, l, &last,
                                      &shift) ||
                layer->tile != shift) {
                return fail(walk, layer, output,
                            "has a tile where its reader writes first");
            }
            continue;
        }
        int32_t under = find_under(walk, stage, l);
        if (under >= 0 && layer->tile == stream->layer[under].tile) {
            continue;
        }
        if (layer->tile < end || layer->tile % dtype_size(output->type) != 0) {
            return fail(walk, layer, output, "has a tile in another's bytes");
        }
        end = layer->tile +
              stream_column_size(stream, output) * (size_t)stage->tile;
    }
    return end <= stream->workspace_size ||
           fail(walk, &stream->layer[stage->first], NULL,
                "has tiles past the workspace");
}

static bool place_workspace(struct walk *walk, struct range *range) {
    const struct stream *stream = walk->stream;
    const struct plan *plan = walk->checker->plan;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        if (!check_tiles(walk, &stream->stage[g])) {
            return false;
        }
    }
    if (stream->workspace_size == 0) {
        return true;
    }
    if (stream->workspace < 0 || stream->workspace >= plan->buffer_count ||
        plan->buffer[stream->workspace].size < stream->workspace_size) {
        return fail(walk, NULL, NULL, "has no place or too small a one");
    }
    range->start = plan->buffer[stream->workspace].offset;
    return check_range(walk->checker, NULL, NULL, stream->workspace_size,
                       sizeof(int32_t), false, range);
}

/* --- pieces --- */

/* Where a layer finds an input: a strip, or -1: the tile of an earlier layer
 * of its stage, which it must read point by point; -2: nowhere. */
static int32_t find_source(const struct walk *walk, const struct stage *stage,
                           int32_t l, const struct tensor *input) {
    const struct stream *stream = walk->stream;
    int32_t strip = stream_strip(stream, input);
    if (strip >= 0) {
        return strip;
    }
    for (int32_t k = stage->first; k < l; k++) {
        if (layer_node(walk, &stream->layer[k])->output[0] == input &&
            tiling_is_pointwise(&stream->layer[l].tiling)) {
            return -1;
        }
    }
    return -2;
}

/* What a layer reads for its stage's next piece: rows [top, bottom) of columns
 * [left, right), parts outside the image among them. */
struct area {
    int64_t top, bottom, left, right;
};

static struct area find_area(const struct walk *walk, int32_t g,
                             const struct tiling *tiling) {
    const struct stage *stage = &walk->stream->stage[g];
    int64_t y = walk->done[g] / stage->columns;
    int64_t x = walk->done[g] % stage->columns;
    int down = walk->stream->axis - 1;
    struct area area;
    area.top = y * tiling->stride[down] - tiling->pad[down];
    area.bottom = area.top + tiling->extent[down];
    area.left = 0;
    area.right = 1;
    if (down == 0) {
        area.left = x * tiling->stride[1] - tiling->pad[1];
        area.right = (x + stage->piece - 1) * tiling->stride[1] -
                     tiling->pad[1] + tiling->extent[1];
    }
    return area;
}

static int64_t at_most(int64_t a, int64_t b) {
    return a < b ? a : b;
}
static int64_t at_least(int64_t a, int64_t b) {
    return a > b ? a : b;
}

/* The area of a strip is read: its pixels have come, are still held, and the
 * result did not take them; rows of which a part is held start in the arena. */
static bool check_area(const struct walk *walk, const struct layer *layer,
                       int32_t s, struct area area) {
    const struct stream *stream = walk->stream;
    const struct strip *strip = &stream->strip[s];
    int64_t top = at_least(area.top, 0);
    int64_t bottom = at_most(area.bottom, strip->rows);
    int64_t left = at_least(area.left, 0);
    int64_t right = at_most(area.right, strip->columns);
    int64_t from = top * strip->columns + left;
    int64_t to = (bottom - 1) * strip->columns + right;
    if (top >= bottom || left >= right) {
        return true; /* padding alone */
    }
    if (to > walk->there[s] || from < walk->first[s]) {
        return fail(walk, layer, strip->tensor,
                    "is read in rows that are not held");
    }
    int64_t before = walk->first[s] - top * strip->columns;
    if (!tiling_is_pointwise(&layer->tiling) && before > 0 &&
        (uint64_t)before * strip->pixel_size > walk->range[s].start) {
        return fail(walk, layer, strip->tensor,
                    "has rows that begin before the arena");
    }
    return s != stream->dying ||
           (size_t)from * strip->pixel_size >= walk->taken ||
           fail(walk, layer, strip->tensor,
                "is read in rows that a result overwrote");
}

static bool check_reads(const struct walk *walk, int32_t g) {
    const struct stream *stream = walk->stream;
    const struct stage *stage = &stream->stage[g];
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        const struct layer *layer = &stream->layer[l];
        const struct node *node = layer_node(walk, layer);
        struct tiling tiling;
        if (!node_tiling(node, &tiling)) {
            return fail(walk, layer, NULL, "cannot be computed by tiles");
        }
        struct area area = find_area(walk, g, &tiling);
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct tensor *input = node->input[i];
            if (!input || input->data) {
                continue;
            }
            int32_t source = find_source(walk, stage, l, input);
            if (source == -2) {
                return fail(walk, layer, input, "is not there");
            }
            if (source >= 0 && !check_area(walk, layer, source, area)) {
                return false;
            }
        }
    }
    return true;
}

static bool is_done(const struct walk *walk, int32_t s) {
    const struct strip *strip = &walk->stream->strip[s];
    return walk->there[s] == strip->rows * strip->columns;
}

/* Whether all that a stage's next piece is made of has come.  Where the last
 * row is padding, the whole image has to be there. */
static bool has_area(const struct walk *walk, int32_t g) {
    const struct stream *stream = walk->stream;
    const struct stage *stage = &stream->stage[g];
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        const struct layer *layer = &stream->layer[l];
        const struct node *node = layer_node(walk, layer);
        struct area area = find_area(walk, g, &layer->tiling);
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct tensor *input = node->input[i];
            int32_t s =
                input && !input->data ? stream_strip(stream, input) : -1;
            if (s >= 0 && !is_done(walk, s) &&
                walk->there[s] <
                    (area.bottom - 1) * stream->strip[s].columns +
                        at_most(area.right, stream->strip[s].columns)) {
                return false;
            }
        }
    }
    return !is_done(walk, stage->strip);
}

/* The first pixel of a strip that a stage has still to read. */
static int64_t lowest_pixel(const struct walk *walk, int32_t s) {
    const struct stream *stream = walk->stream;
    int64_t low = walk->there[s];
    for (int32_t g = 0; g < stream->stage_count; g++) {
        const struct stage *stage = &stream->stage[g];
        for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
            const struct layer *layer = &stream->layer[l];
            const struct node *node = layer_node(walk, layer);
            struct area area = find_area(walk, g, &layer->tiling);
            int64_t from =
                area.top * stream->strip[s].columns + at_least(area.left, 0);
            for (int32_t i = 0; i < node->input_count; i++) {
                if (node->input[i] && from < low &&
                    stream_strip(stream, node->input[i]) == s) {
                    low = from;
                }
            }
        }
    }
    return at_least(low, 0);
}

/* A piece comes into a strip; pixels that nobody needs make room. */
static bool add_piece(struct walk *walk, int32_t s, int32_t piece) {
    const struct stream *stream = walk->stream;
    const struct strip *strip = &stream->strip[s];
    if (walk->there[s] - walk->first[s] + piece > strip->held) {
        walk->first[s] = (int32_t)lowest_pixel(walk, s);
    }
    if (walk->there[s] - walk->first[s] + piece > strip->held) {
        return fail(walk, NULL, strip->tensor, "holds too few rows");
    }
    if (s == stream->result && stream->dying >= 0 &&
        overlaps(walk->range[s], walk->range[stream->dying])) {
        size_t end = walk->range[s].start +
                     (size_t)(walk->there[s] + piece) * strip->pixel_size;
        size_t start = walk->range[stream->dying].start;
        walk->taken = end > start ? end - start : 0;
    }
    walk->there[s] += piece;
    return true;
}

/* All pieces, in the order of the schedule.  What a stage writes is taken to be
 * written before it reads. */
static bool follow_pieces(struct walk *walk) {
    const struct stream *stream = walk->stream;
    for (;;) {
        int32_t g = stream->stage_count - 1;
        while (g >= 0 && !has_area(walk, g)) {
            g--;
        }
        int32_t s = g >= 0 ? stream->stage[g].strip : 0;
        int32_t piece =
            g >= 0 ? stream->stage[g].piece : stream->strip[0].columns;
        if (g < 0 && is_done(walk, 0)) {
            break;
        }
        if (!add_piece(walk, s, piece)) {
            return false;
        }
        if (g >= 0) {
            if (!check_reads(walk, g)) {
                return false;
            }
            walk->done[g] += piece;
        }
    }
    for (int32_t s = 0; s < stream->strip_count; s++) {
        if (!is_done(walk, s)) {
            return fail(walk, NULL, stream->strip[s].tensor,
                        "is not computed whole");
        }
    }
    return true;
}

/* Every step of the stream is one of its layers, once. */
static bool check_layers(const struct walk *walk) {
    const struct stream *stream = walk->stream;
    int32_t count = 0;
    for (int32_t s = stream->first; s <= stream->last; s++) {
        for (int32_t l = 0; l < stream->layer_count; l++) {
            count += stream->layer[l].step == s;
        }
        if (!walk->checker->plan->step[s].call) {
            return check_fail(walk->checker, walk->checker->plan->step[s].node,
                              NULL, "is not computed", 0);
        }
    }
    return (count == stream->layer_count &&
            count == stream->last - stream->first + 1) ||
           fail(walk, NULL, NULL, "belongs to no stage or to several");
}

bool check_stream(struct checker *checker, const struct stream *stream) {
    struct walk walk = {.checker = checker, .stream = stream};
    struct range workspace = {0, 0};
    if (!check_layers(&walk)) {
        return false;
    }
    for (int32_t s = 0; s < stream->strip_count; s++) {
        if (!place_strip(&walk, s)) {
            return false;
        }
    }
    if (!place_workspace(&walk, &workspace) || !check_apart(&walk, workspace) ||
        !follow_pieces(&walk)) {
        return false;
    }
    take(checker, workspace, SCRATCH);
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        bool is_whole = strip->stage >= 0 && !strip_is_partial(strip);
        if (strip->stage >= 0 || (s == 0 && stream->is_pushed)) {
            checker->root[strip->tensor->id] = strip->tensor->id;
            take(checker, walk.range[s],
                 is_whole ? strip->tensor->id : SCRATCH);
        }
    }
    return true;
}
