#include "plan/schedule.h"

/* A row along dimension 2 has one column. */
static struct reach find_reach(const struct tiling *tiling, int axis) {
    static const struct reach same = {.extent = 1, .stride = 1};
    return axis > 1 ? same
                    : (struct reach){.extent = tiling->extent[axis],
                                     .stride = tiling->stride[axis],
                                     .pad = tiling->pad[axis]};
}

bool reader_is_pointwise(const struct reader *reader) {
    const struct reach *rows = &reader->rows, *columns = &reader->columns;
    return rows->extent == 1 && rows->stride == 1 && columns->extent == 1 &&
           columns->stride == 1;
}

static void add_readers(const struct graph *graph, struct schedule *schedule,
                        int32_t g) {
    const struct stream *stream = schedule->stream;
    const struct stage *stage = &stream->stage[g];
    int axis = stream->axis - 1;
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        const struct layer *layer = &stream->layer[l];
        const struct node *node = graph->node[layer->step];
        for (int32_t i = 0; i < node->input_count; i++) {
            const struct tensor *input = node->input[i];
            int32_t strip =
                input && !input->data ? stream_strip(stream, input) : -1;
            if (strip >= 0) {
                schedule->reader[schedule->reader_count++] = (struct reader){
                    .strip = strip,
                    .stage = g,
                    .rows = find_reach(&layer->tiling, axis),
                    .columns = find_reach(&layer->tiling, axis + 1)};
            }
        }
    }
}

void schedule_start(const struct graph *graph, const struct stream *stream,
                    struct schedule *schedule) {
    *schedule = (struct schedule){.stream = stream};
    for (int32_t g = 0; g < stream->stage_count; g++) {
        add_readers(graph, schedule, g);
    }
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        bool is_pushed = s == 0 && stream->is_pushed;
        schedule->there[s] =
            strip->stage < 0 && !is_pushed ? strip->rows * strip->columns : 0;
    }
}

/* The piece that the reader's stage computes next starts here. */
struct position {
    int32_t row, column;
};

static struct position next_piece(const struct schedule *schedule,
                                  const struct reader *reader) {
    const struct stage *stage = &schedule->stream->stage[reader->stage];
    int32_t there = schedule->there[stage->strip];
    return (struct position){there / stage->columns, there % stage->columns};
}

/* The first pixel that the reader still needs. */
static int64_t first_needed(const struct schedule *schedule,
                            const struct reader *reader) {
    const struct strip *strip = &schedule->stream->strip[reader->strip];
    struct position next = next_piece(schedule, reader);
    int64_t row = (int64_t)next.row * reader->rows.stride - reader->rows.pad;
    int64_t column =
        (int64_t)next.column * reader->columns.stride - reader->columns.pad;
    return row * strip->columns + (column > 0 ? column : 0);
}

/* How many pixels the reader needs for its stage's next piece. */
static int64_t count_needed(const struct schedule *schedule,
                            const struct reader *reader) {
    const struct stage *stage = &schedule->stream->stage[reader->stage];
    const struct strip *strip = &schedule->stream->strip[reader->strip];
    struct position next = next_piece(schedule, reader);
    int64_t row = (int64_t)next.row * reader->rows.stride - reader->rows.pad +
                  reader->rows.extent - 1;
    int64_t columns =
        (int64_t)(next.column + stage->piece - 1) * reader->columns.stride -
        reader->columns.pad + reader->columns.extent;
    return row * strip->columns +
           (columns < strip->columns ? columns : strip->columns);
}

int32_t schedule_lowest(const struct schedule *schedule, int32_t strip) {
    int64_t low = schedule->there[strip];
    for (int32_t i = 0; i < schedule->reader_count; i++) {
        const struct reader *reader = &schedule->reader[i];
        if (reader->strip == strip) {
            int64_t first = first_needed(schedule, reader);
            low = first < low ? first : low;
        }
    }
    return low < 0 ? 0 : (int32_t)low;
}

static bool is_complete(const struct schedule *schedule, int32_t s) {
    const struct strip *strip = &schedule->stream->strip[s];
    return schedule->there[s] == strip->rows * strip->columns;
}

static bool is_ready(const struct schedule *schedule, int32_t g) {
    if (is_complete(schedule, schedule->stream->stage[g].strip)) {
        return false;
    }
    for (int32_t i = 0; i < schedule->reader_count; i++) {
        const struct reader *reader = &schedule->reader[i];
        if (reader->stage == g && !is_complete(schedule, reader->strip) &&
            schedule->there[reader->strip] < count_needed(schedule, reader)) {
            return false;
        }
    }
    return true;
}

int32_t schedule_next(const struct schedule *schedule) {
    const struct stream *stream = schedule->stream;
    for (int32_t g = stream->stage_count - 1; g >= 0; g--) {
        if (is_ready(schedule, g)) {
            return stream->stage[g].strip;
        }
    }
    return is_complete(schedule, 0) ? -1 : 0;
}

void schedule_count(struct schedule *schedule, int32_t strip) {
    schedule->there[strip] += strip_piece(schedule->stream, strip);
}
