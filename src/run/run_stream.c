/* Streams, row by row as the generated code does it. */
#include "run/run_stream.h"

#include <assert.h>
#include <string.h>

#include "plan/stream.h"

struct runner {
    const struct plan *plan;
    const struct stream *stream;
    unsigned char *arena;
    struct schedule schedule;
    int32_t first[STREAM_STRIPS]; /* row that the strip's buffer starts with */
    /* The tile that is computed. */
    int32_t stage, column;
    const struct layer *layer;
};

static unsigned char *strip_start(const struct runner *runner, int32_t s) {
    const struct strip *strip = &runner->stream->strip[s];
    return runner->arena + runner->plan->buffer[strip->buffer].offset;
}

/* --- rows that are held --- */

/* Where the next row goes; moves those that are still needed if it has no
 * room. */
static unsigned char *make_room(struct runner *runner, int32_t s) {
    const struct strip *strip = &runner->stream->strip[s];
    unsigned char *start = strip_start(runner, s);
    if (runner->schedule.there[s] - runner->first[s] == strip->held) {
        int32_t low = schedule_lowest(&runner->schedule, s);
        size_t from = (size_t)(low - runner->first[s]);
        assert(from > 0);
        memmove(start, start + from * strip->row_size,
                (size_t)(runner->schedule.there[s] - low) * strip->row_size);
        runner->first[s] = low;
    }
    return start + (size_t)(runner->schedule.there[s] - runner->first[s]) *
                       strip->row_size;
}

/* --- a tile --- */

/* What the window sees along an axis from a position on that is there: bytes
 * to skip, padding, and how much there is. */
struct view {
    ptrdiff_t skip, pad, size;
};

static struct view view_rows(const struct runner *runner, int32_t s) {
    const struct stream *stream = runner->stream;
    int axis = stream->axis - 1;
    const struct tiling *tiling = &runner->layer->tiling;
    ptrdiff_t start =
        (ptrdiff_t)runner->schedule.next[runner->stage] * tiling->stride[axis] -
        tiling->pad[axis] - runner->first[s];
    ptrdiff_t there = runner->schedule.there[s] - runner->first[s];
    struct view view = {.skip = start > 0 ? start : 0,
                        .pad = start > 0 ? 0 : -start};
    view.size =
        tiling->is_padded[axis] ? there - view.skip : tiling->extent[axis];
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

static unsigned char *strip_address(const struct runner *runner, int32_t s,
                                    const struct tensor *tensor) {
    const struct strip *strip = &runner->stream->strip[s];
    unsigned char *start = strip_start(runner, s);
    int32_t row = runner->schedule.next[runner->stage] - runner->first[s];
    if (strip->is_sum) {
        return start;
    }
    if (strip->stage == runner->stage || runner->layer->is_pointwise) {
        return start + (size_t)row * strip->row_size +
               (size_t)runner->column *
                   stream_column_size(runner->stream, tensor);
    }
    return start + (size_t)view_rows(runner, s).skip * strip->row_size +
           (size_t)skip_columns(runner) *
               stream_column_size(runner->stream, tensor);
}

static void *find_address(void *user, const struct tensor *tensor) {
    const struct runner *runner = user;
    int32_t s = stream_strip(runner->stream, tensor);
    if (s >= 0) {
        return strip_address(runner, s, tensor);
    }
    const struct layer *layer =
        stream_tile_layer(runner->plan, runner->stream, runner->stage, tensor);
    assert(layer);
    if (layer->is_in_strip) {
        s = runner->stream->stage[runner->stage].strip;
        return strip_address(runner, s, runner->stream->strip[s].tensor) +
               layer->tile;
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

/* Sets which tile of all that are added up it is. */
static void set_sum(const struct runner *runner, const struct call *call) {
    const struct stage *stage = &runner->stream->stage[runner->stage];
    int32_t row = runner->schedule.next[runner->stage];
    int32_t rows = runner->stream->strip[stage->strip].rows;
    set_field(call, "is_first", row == 0 && runner->column == 0);
    set_field(call, "is_last",
              row == rows - 1 &&
                  runner->column + stage->tile == stage->columns);
}

static void run_row(struct runner *runner, int32_t g) {
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
    for (runner->column = 0; runner->column < stage->columns;
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
            run_row(&runner, strip->stage);
        } else {
            memcpy(make_room(&runner, s),
                   input + (size_t)runner.schedule.there[s] * strip->row_size,
                   strip->row_size);
        }
        schedule_count(&runner.schedule, s);
    }
}
