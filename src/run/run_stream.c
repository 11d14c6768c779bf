/* Streams, piece by piece as the generated code does it. */
#include "run/run_stream.h"

#include <assert.h>
#include <string.h>

#include "plan/schedule.h"

struct runner {
    const struct plan *plan;
    const struct stream *stream;
    unsigned char *arena;
    struct schedule schedule;
    int32_t
        first[STREAM_STRIPS]; /* pixel that the strip's buffer starts with */
    /* The tile that is computed. */
    int32_t stage, row, column;
    const struct layer *layer;
};

static unsigned char *strip_start(const struct runner *runner, int32_t s) {
    const struct strip *strip = &runner->stream->strip[s];
    return runner->arena + runner->plan->buffer[strip->buffer].offset;
}

/* --- pixels that are held --- */

/* Where the next piece goes; moves what is still needed if it has no room. */
static unsigned char *make_room(struct runner *runner, int32_t s) {
    const struct strip *strip = &runner->stream->strip[s];
    unsigned char *start = strip_start(runner, s);
    int32_t there = runner->schedule.there[s];
    if (there - runner->first[s] + strip_piece(runner->stream, s) >
        strip->held) {
        int32_t low = schedule_lowest(&runner->schedule, s);
        size_t from = (size_t)(low - runner->first[s]);
        assert(from > 0);
        memmove(start, start + from * strip->pixel_size,
                (size_t)(there - low) * strip->pixel_size);
        runner->first[s] = low;
    }
    return start + (size_t)(there - runner->first[s]) * strip->pixel_size;
}

/* --- a tile --- */

/* The rows that a window sees: how many lie before them, padding, and how many
 * there are. */
struct view {
    ptrdiff_t skip, pad, size;
};

static struct view view_rows(const struct runner *runner, int32_t s) {
    const struct stream *stream = runner->stream;
    int axis = stream->axis - 1;
    const struct tiling *tiling = &runner->layer->tiling;
    ptrdiff_t start =
        (ptrdiff_t)runner->row * tiling->stride[axis] - tiling->pad[axis];
    struct view view = {.skip = start > 0 ? start : 0,
                        .pad = start > 0 ? 0 : -start};
    view.size = tiling->is_padded[axis] ? stream->strip[s].rows - view.skip
                                        : tiling->extent[axis];
    return view;
}

static void set_field(const struct call *call, const char *name,
                      ptrdiff_t value) {
    const struct field *field = call_field(call, name);
    assert(field && field->type == FIELD_INDEX);
    memcpy((char *)call->params + field->offset, &value, sizeof value);
}

/* Columns that are skipped, of an unpadded window; what is padded starts at a
 * negative padding. */
static ptrdiff_t skip_columns(const struct runner *runner) {
    const struct tiling *tiling = &runner->layer->tiling;
    return tiling->is_padded[1] || runner->stream->axis == 2
               ? 0
               : (ptrdiff_t)runner->column * tiling->stride[1];
}

static unsigned char *strip_address(const struct runner *runner, int32_t s) {
    const struct strip *strip = &runner->stream->strip[s];
    ptrdiff_t row = runner->row, column = runner->column;
    if (strip->is_sum) {
        return strip_start(runner, s);
    }
    if (strip->stage != runner->stage && !runner->layer->is_pointwise) {
        row = view_rows(runner, s).skip;
        column = skip_columns(runner);
    }
    return strip_start(runner, s) +
           (row * strip->columns + column - runner->first[s]) *
               (ptrdiff_t)strip->pixel_size;
}

static void *find_address(void *user, const struct tensor *tensor) {
    const struct runner *runner = user;
    int32_t s = stream_strip(runner->stream, tensor);
    if (s >= 0) {
        return strip_address(runner, s);
    }
    const struct layer *layer =
        stream_tile_layer(runner->plan, runner->stream, runner->stage, tensor);
    assert(layer);
    if (layer->is_in_strip) {
        s = runner->stream->stage[runner->stage].strip;
        return strip_address(runner, s) + layer->tile;
    }
    return runner->arena +
           runner->plan->buffer[runner->stream->workspace].offset + layer->tile;
}

/* Sets what of a window's parameters depends on the tile. */
static void set_window(const struct runner *runner, const struct call *call) {
    const struct layer *layer = runner->layer;
    const struct node *node = runner->plan->step[layer->step].node;
    const struct view rows =
        view_rows(runner, stream_strip(runner->stream, node->input[0]));
    bool along_rows = runner->stream->axis == 1;
    set_field(call, along_rows ? "window.pad_top" : "window.pad_left",
              rows.pad);
    set_field(call, along_rows ? "window.input_height" : "window.input_width",
              rows.size);
    if (along_rows) {
        set_field(call, "window.pad_left",
                  layer->tiling.is_padded[1]
                      ? layer->tiling.pad[1] -
                            (ptrdiff_t)runner->column * layer->tiling.stride[1]
                      : 0);
    }
}

/* Sets where the tile is of all that are added up. */
static void set_sum(const struct runner *runner, const struct call *call) {
    const struct stage *stage = &runner->stream->stage[runner->stage];
    set_field(call, "position",
              (ptrdiff_t)runner->row * stage->columns + runner->column);
}

static void run_piece(struct runner *runner, int32_t g) {
    const struct stream *stream = runner->stream;
    const struct stage *stage = &stream->stage[g];
    unsigned char *scratch =
        stream->workspace < 0
            ? NULL
            : runner->arena + runner->plan->buffer[stream->workspace].offset;
    runner->stage = g;
    if (!stream->strip[stage->strip].is_sum) {
        make_room(runner, stage->strip);
    }
    int32_t there = runner->schedule.there[stage->strip];
    int32_t start = there % stage->columns;
    runner->row = there / stage->columns;
    for (runner->column = start; runner->column < start + stage->piece;
         runner->column += stage->tile) {
        for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
            runner->layer = &stream->layer[l];
            const struct call *call =
                runner->plan->step[runner->layer->step].call;
            if (runner->layer->tiling.is_sum) {
                set_sum(runner, call);
            } else if (!runner->layer->is_pointwise) {
                set_window(runner, call);
            }
            calls_run(call, find_address, runner,
                      runner->layer->tiling.is_sum || !scratch
                          ? scratch
                          : scratch + stream->sums_size,
                      NULL);
        }
    }
}

void run_stream(const struct plan *plan, const struct stream *stream,
                unsigned char *arena, const unsigned char *input) {
    struct runner runner = {.plan = plan, .stream = stream, .arena = arena};
    schedule_start(plan->graph, stream, &runner.schedule);
    for (int32_t s; (s = schedule_next(&runner.schedule)) >= 0;) {
        const struct strip *strip = &stream->strip[s];
        if (strip->stage >= 0) {
            run_piece(&runner, strip->stage);
        } else {
            memcpy(make_room(&runner, s),
                   input + (size_t)runner.schedule.there[s] * strip->pixel_size,
                   strip_row_size(strip));
        }
        schedule_count(&runner.schedule, s);
    }
}
