/* Streams as C: for each a struct of how far its strips have come, a function a
 * stage that computes its next piece, a row mostly, and one that computes all
 * pieces that it can. */
#include <assert.h>
#include <string.h>

#include "emit/emitter.h"
#include "plan/schedule.h"

/* A layer of a stage, for what is printed about it. */
struct place {
    const struct emitter *emitter;
    const struct stream *stream;
    int32_t index; /* of the stream */
    int32_t stage;
    const struct layer *layer;
};

static const struct node *node_of(const struct place *place) {
    return place->emitter->plan->step[place->layer->step].node;
}

bool stream_is_pushed(const struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    return plan->stream_count > 0 && plan->stream[0].is_pushed;
}

/* A stage computes a part of a row before others go on. */
static bool goes_by_pieces(const struct stage *stage) {
    return stage->piece < stage->columns;
}

static bool is_by_pieces(const struct stream *stream) {
    for (int32_t g = 0; g < stream->stage_count; g++) {
        if (goes_by_pieces(&stream->stage[g])) {
            return true;
        }
    }
    return false;
}

static bool is_external(const struct stream *stream, int32_t s) {
    return stream->strip[s].stage < 0 && !(s == 0 && stream->is_pushed);
}

static const struct c_type *type_of(const struct strip *strip) {
    const struct c_type *type = c_type(strip->tensor->type);
    assert(type);
    return type;
}

/* Elements of a pixel, and of a row. */
static size_t pixel_elements(const struct strip *strip) {
    return strip->pixel_size / type_of(strip)->size;
}
static size_t row_elements(const struct strip *strip) {
    return strip_row_size(strip) / type_of(strip)->size;
}

/* --- expressions --- */

/* " - s->first[2]", "" where the strip stands whole. */
static const char *less_first(const struct place *place, int32_t s) {
    return strip_is_partial(&place->stream->strip[s])
               ? ITEM(place->emitter->context, " - s->first[%d]", (int)s)
               : "";
}

/* Whether s->first[] counts pixels of the strip, not rows. */
static bool counts_pixels(const struct place *place, int32_t s) {
    return strip_step(place->emitter->graph, place->stream, s) <
           place->stream->strip[s].columns;
}

/* " * 2", " - 1", ...: "" where they change nothing. */
static const char *factor(const struct place *place, int32_t value) {
    return value == 1 ? "" : ITEM(place->emitter->context, " * %d", (int)value);
}
static const char *term(const struct place *place, int32_t value) {
    return value == 0  ? ""
           : value < 0 ? ITEM(place->emitter->context, " - %d", -(int)value)
                       : ITEM(place->emitter->context, " + %d", (int)value);
}

/* How far a strip has come, in what its s->first[] counts. */
static const char *there_text(const struct place *place, int32_t s) {
    struct context *context = place->emitter->context;
    const struct strip *strip = &place->stream->strip[s];
    if (!counts_pixels(place, s)) {
        return ITEM(context, "s->rows[%d]", (int)s);
    }
    return strip_piece(place->stream, s) < strip->columns
               ? ITEM(context, "s->rows[%d] * %d + s->columns[%d]", (int)s,
                      (int)strip->columns, (int)s)
               : ITEM(context, "s->rows[%d] * %d", (int)s, (int)strip->columns);
}

static const char *memory_item(const struct emitter *emitter,
                               const struct c_type *type, int32_t buffer,
                               size_t within) {
    char text[MEMORY_TEXT];
    return ITEM(emitter->context, "%s",
                memory_text(emitter, text, type, buffer, within));
}

/* --- operands --- */

/* Whether the tile is a part of a row. */
static bool is_narrow(const struct place *place) {
    const struct stage *stage = &place->stream->stage[place->stage];
    return stage->tile < stage->columns;
}

/* " + x * 16": where a column of a tensor lies in its row. */
static const char *column_term(const struct place *place, size_t step) {
    return !is_narrow(place) ? ""
           : step == 1       ? " + x"
                       : ITEM(place->emitter->context, " + x * %zu", step);
}

/* Where a row of a strip begins, or column x * `stride` of it. */
static const char *pixel_operand(const struct place *place, int32_t s,
                                 const char *row, size_t stride) {
    struct context *context = place->emitter->context;
    const struct strip *strip = &place->stream->strip[s];
    const char *start =
        memory_item(place->emitter, type_of(strip), strip->buffer, 0);
    const char *first = less_first(place, s);
    size_t pixel = pixel_elements(strip);
    if (*first && counts_pixels(place, s)) {
        return ITEM(context, "%s + (%s * %d%s%s) * %zu", start, row,
                    (int)strip->columns,
                    stride ? column_term(place, stride) : "", first, pixel);
    }
    return ITEM(context, *first ? "%s + (%s%s) * %zu%s" : "%s + %s%s * %zu%s",
                start, row, first, row_elements(strip),
                stride ? column_term(place, stride * pixel) : "");
}

static const char *strip_operand(const struct place *place, int32_t s) {
    const struct strip *strip = &place->stream->strip[s];
    if (strip->is_sum) {
        return memory_item(place->emitter, type_of(strip), strip->buffer, 0);
    }
    if (strip->stage == place->stage || place->layer->is_pointwise) {
        return pixel_operand(place, s, "y", 1);
    }
    const struct tiling *tiling = &place->layer->tiling;
    bool skips = place->stream->axis == 1 && !tiling->is_padded[1];
    return pixel_operand(
        place, s,
        ITEM(place->emitter->context, "skip%d", (int)node_of(place)->index),
        skips ? (size_t)tiling->stride[1] : 0);
}

static const char *tile_operand(const struct place *place,
                                const struct operand *operand) {
    const struct plan *plan = place->emitter->plan;
    const struct layer *layer =
        stream_tile_layer(plan, place->stream, place->stage, operand->tensor);
    assert(layer);
    if (layer->is_in_strip) {
        int32_t s = place->stream->stage[place->stage].strip;
        return ITEM(place->emitter->context, "%s + %zu",
                    strip_operand(place, s),
                    layer->tile / c_type(operand->type)->size);
    }
    return memory_item(place->emitter, c_type(operand->type),
                       place->stream->workspace, layer->tile);
}

static struct items stream_operands(const struct place *place,
                                    const struct call *call) {
    const struct emitter *emitter = place->emitter;
    struct items items = items_new(emitter->context, MAX_OPERANDS);
    for (int i = 0; i < call->operand_count; i++) {
        const struct operand *operand = &call->operand[i];
        bool moves = (operand->kind == OPERAND_INPUT ||
                      operand->kind == OPERAND_OUTPUT) &&
                     operand->tensor && !operand->tensor->data;
        int32_t s = moves ? stream_strip(place->stream, operand->tensor) : -1;
        if (moves) {
            items_add(&items, s >= 0 ? strip_operand(place, s)
                                     : tile_operand(place, operand));
        } else if (operand->kind == OPERAND_SCRATCH) {
            items_add(&items,
                      place->stream->workspace < 0
                          ? "NULL"
                          : memory_item(emitter, c_type(operand->type),
                                        place->stream->workspace,
                                        place->layer->tiling.is_sum
                                            ? 0
                                            : place->stream->sums_size));
        } else {
            items_add(&items, constant_operand(emitter, operand));
        }
    }
    return items;
}

/* --- parameters --- */

/* Those of a window that depend on the row, and on the column. */
enum { OVERRIDES = 3 };

static int window_overrides(const struct place *place,
                            struct override override[OVERRIDES]) {
    struct context *context = place->emitter->context;
    const struct stream *stream = place->stream;
    const struct tiling *tiling = &place->layer->tiling;
    const struct node *node = node_of(place);
    int32_t s = stream_strip(stream, node->input[0]);
    int axis = stream->axis - 1, count = 0, op = (int)node->index;
    const char *pad = axis == 0 ? "window.pad_top" : "window.pad_left";
    const char *size = axis == 0 ? "window.input_height" : "window.input_width";
    if (tiling->is_padded[axis]) {
        override[count++] =
            (struct override){pad, ITEM(context, "skip%d - start%d", op, op)};
        override[count++] = (struct override){
            size, ITEM(context, "%d - skip%d", (int)stream->strip[s].rows, op)};
    } else {
        override[count++] = (struct override){
            size, ITEM(context, "%d", (int)tiling->extent[axis])};
    }
    if (axis == 0 && is_narrow(place) && tiling->is_padded[1]) {
        override[count++] = (struct override){
            "window.pad_left", ITEM(context, "%d - x%s", (int)tiling->pad[1],
                                    factor(place, tiling->stride[1]))};
    }
    return count;
}

/* Where the tile is of all that are added up. */
static int sum_overrides(const struct place *place,
                         struct override override[OVERRIDES]) {
    struct context *context = place->emitter->context;
    const struct stage *stage = &place->stream->stage[place->stage];
    override[0] = (struct override){
        "position", ITEM(context, "y%s%s", factor(place, stage->columns),
                         is_narrow(place) ? " + x" : "")};
    return 1;
}

/* --- a stage --- */

/* The rows under a window: where they start, padding included, and how many lie
 * before them. */
static void print_start(const struct place *place, struct text *text) {
    const struct node *node = node_of(place);
    const struct tiling *tiling = &place->layer->tiling;
    int axis = place->stream->axis - 1, op = (int)node->index;
    const char *row = ITEM(place->emitter->context, "y%s%s",
                           factor(place, tiling->stride[axis]),
                           term(place, -tiling->pad[axis]));
    if (tiling->is_padded[axis]) {
        text_print(text,
                   "    const mf_index start%d = %s;\n"
                   "    const mf_index skip%d = start%d > 0 ? start%d : 0;\n",
                   op, row, op, op, op);
    } else {
        text_print(text, "    const mf_index skip%d = %s;\n", op, row);
    }
}

/* What a reader still needs of a strip, in what its s->first[] counts. */
static const char *first_needed(const struct place *place,
                                const struct reader *reader) {
    struct context *context = place->emitter->context;
    const struct stage *stage = &place->stream->stage[reader->stage];
    int own = (int)stage->strip;
    const char *row = ITEM(context, "s->rows[%d]%s%s", own,
                           factor(place, reader->rows.stride),
                           term(place, -reader->rows.pad));
    if (!counts_pixels(place, reader->strip)) {
        return row;
    }
    const char *column = ITEM(context, "s->columns[%d]%s%s", own,
                              factor(place, reader->columns.stride),
                              term(place, -reader->columns.pad));
    row = ITEM(context, reader->rows.pad ? "(%s) * %d" : "%s * %d", row,
               (int)place->stream->strip[reader->strip].columns);
    return !goes_by_pieces(stage) ? row
           : reader->columns.pad > 0
               ? ITEM(context, "%s + mf_strip_left(%s)", row, column)
               : ITEM(context, "%s + %s", row, column);
}

/* Whether a reader may be done with more than what has come. */
static bool may_skip(const struct reader *reader) {
    const struct reach *rows = &reader->rows, *columns = &reader->columns;
    return rows->stride > rows->extent || columns->stride > columns->extent ||
           (rows->stride == rows->extent && !reader_is_pointwise(reader));
}

/* The lowest pixel of a strip, or row, that any of its readers still needs, as
 * `low`. */
static void print_lowest(const struct place *place, struct text *text,
                         int32_t s) {
    struct schedule schedule;
    const struct stream *stream = place->stream;
    bool any = false, skips = false;
    schedule_start(place->emitter->graph, stream, &schedule);
    for (int32_t i = 0; i < schedule.reader_count; i++) {
        const struct reader *reader = &schedule.reader[i];
        if (reader->strip != s) {
            continue;
        }
        const char *first = first_needed(place, reader);
        if (any) {
            text_print(text,
                       "        if (%s < low) {\n"
                       "            low = %s;\n"
                       "        }\n",
                       first, first);
        } else {
            text_print(text, "        mf_index low = %s;\n", first);
        }
        any = true;
        skips = skips || may_skip(reader);
    }
    if (skips) {
        text_print(text,
                   "        if (low > %s) {\n"
                   "            low = %s;\n"
                   "        }\n",
                   there_text(place, s), there_text(place, s));
    }
}

/* Makes room for the strip's next piece. */
static void print_room(const struct place *place, struct text *text,
                       int32_t s) {
    const struct strip *strip = &place->stream->strip[s];
    const struct c_type *type = type_of(strip);
    if (!strip_is_partial(strip)) {
        return;
    }
    if (strip_moves_words(place->emitter->graph, place->stream, s)) {
        type = c_type(DTYPE_INT32);
    }
    const char *there = there_text(place, s);
    size_t unit = strip_row_size(strip);
    int32_t held = strip->held - strip_piece(place->stream, s);
    if (counts_pixels(place, s)) {
        unit = strip->pixel_size;
    } else {
        held /= strip->columns;
    }
    text_print(text, "    if (%s - s->first[%d] > %d) {\n", there, (int)s,
               (int)held);
    print_lowest(place, text, s);
    text_print(text,
               "        mf_strip_move_%s(%s, (low - s->first[%d]) * %zu,\n"
               "            (%s - low) * %zu);\n"
               "        s->first[%d] = low;\n"
               "    }\n",
               type->member,
               memory_item(place->emitter, type, strip->buffer, 0), (int)s,
               unit / type->size, there, unit / type->size, (int)s);
}

static void print_layer(const struct place *place, struct text *text,
                        int indent) {
    const struct step *step = &place->emitter->plan->step[place->layer->step];
    const struct call *call = step->call;
    struct override override[OVERRIDES];
    int count = place->layer->tiling.is_sum ? sum_overrides(place, override)
                : place->layer->is_pointwise
                    ? 0
                    : window_overrides(place, override);
    struct items operands = stream_operands(place, call);
    struct items params =
        param_items_with(place->emitter->context, call, override, count);
    call_print(text, call, indent, &params, &operands);
}

static void print_stage(struct place *place, struct text *text) {
    const struct stream *stream = place->stream;
    const struct stage *stage = &stream->stage[place->stage];
    const struct layer *layers = &stream->layer[stage->first];
    const size_t start = text->size;
    for (int32_t l = 0; l < stage->count; l++) {
        step_comment_print(place->emitter, text,
                           &place->emitter->plan->step[layers[l].step], 0);
    }
    text_print(text, "static void stream%d_stage%d(struct stream%d *s) {\n",
               (int)place->index, (int)place->stage, (int)place->index);
    text_print(text, "    const mf_index y = s->rows[%d];\n",
               (int)stage->strip);
    if (goes_by_pieces(stage)) {
        text_print(text, "    const mf_index x = s->columns[%d];\n",
                   (int)stage->strip);
    }
    for (int32_t l = 0; l < stage->count; l++) {
        place->layer = &layers[l];
        if (!layers[l].is_pointwise) {
            print_start(place, text);
        }
    }
    print_room(place, text, stage->strip);
    int indent = 4;
    bool by_pieces = goes_by_pieces(stage);
    assert(!by_pieces || stage->tile == stage->piece);
    if (!by_pieces && is_narrow(place)) {
        text_print(text, "    for (mf_index x = 0; x < %d; x += %d) {\n",
                   (int)stage->columns, (int)stage->tile);
        indent = 8;
    }
    for (int32_t l = 0; l < stage->count; l++) {
        place->layer = &layers[l];
        print_layer(place, text, indent);
    }
    if (by_pieces) {
        text_print(text,
                   "    s->columns[%d] = x + %d;\n"
                   "    if (s->columns[%d] == %d) {\n"
                   "        s->columns[%d] = 0;\n"
                   "        s->rows[%d]++;\n"
                   "    }\n}\n\n",
                   (int)stage->strip, (int)stage->piece, (int)stage->strip,
                   (int)stage->columns, (int)stage->strip, (int)stage->strip);
        return;
    }
    text_print(text, "%s    s->rows[%d]++;\n}\n\n",
               indent == 8 ? "    }\n" : "", (int)stage->strip);
    for (int32_t l = 0; l < stage->count; l++) {
        step_mark(place->emitter, text, layers[l].step, start);
    }
}

/* --- a stream --- */

/* How much of its strip a reader needs for its stage's next piece, in what the
 * strip's s->first[] counts. */
static const char *needed_text(const struct place *place,
                               const struct reader *reader) {
    struct context *context = place->emitter->context;
    const struct stage *stage = &place->stream->stage[reader->stage];
    const struct reach *rows = &reader->rows, *columns = &reader->columns;
    int own = (int)stage->strip;
    int width = (int)place->stream->strip[reader->strip].columns;
    const char *row =
        ITEM(context, "s->rows[%d]%s", own, factor(place, rows->stride));
    if (!counts_pixels(place, reader->strip)) {
        return ITEM(context, "%s%s", row,
                    term(place, rows->extent - rows->pad));
    }
    row = ITEM(context, "(%s%s) * %d", row,
               term(place, rows->extent - 1 - rows->pad), width);
    int32_t more =
        (stage->piece - 1) * columns->stride - columns->pad + columns->extent;
    if (!goes_by_pieces(stage)) {
        return ITEM(context, "%s + %d", row,
                    (int)more < width ? (int)more : width);
    }
    const char *column =
        ITEM(context, "s->columns[%d]%s%s", own, factor(place, columns->stride),
             term(place, more));
    int32_t last = (stage->columns - stage->piece) * columns->stride + more;
    return last > width ? ITEM(context, "%s + mf_strip_right(%s, %d)", row,
                               column, width)
                        : ITEM(context, "%s + %s", row, column);
}

/* Whether a stage has all that its next piece is made of. */
static void print_condition(const struct place *place, struct text *text) {
    struct schedule schedule;
    const struct stream *stream = place->stream;
    int32_t own = stream->stage[place->stage].strip;
    schedule_start(place->emitter->graph, stream, &schedule);
    text_print(text, "s->rows[%d] < %d", (int)own,
               (int)stream->strip[own].rows);
    for (int32_t i = 0; i < schedule.reader_count; i++) {
        const struct reader *reader = &schedule.reader[i];
        int32_t s = reader->strip;
        if (reader->stage != place->stage || is_external(stream, s)) {
            continue;
        }
        text_print(text,
                   " &&\n            (s->rows[%d] == %d ||\n"
                   "             %s >= %s)",
                   (int)s, (int)stream->strip[s].rows, there_text(place, s),
                   needed_text(place, reader));
    }
}

static void print_run(struct place *place, struct text *text) {
    int index = (int)place->index;
    text_print(text,
               "/* All that can be computed; of the stages that have what they "
               "need the last goes\n"
               " * first. */\n"
               "static void stream%d_run(struct stream%d *s) {\n"
               "    //@ loop unroll 99999;\n"
               "    for (;;) {\n"
               "        ",
               index, index);
    for (int32_t g = place->stream->stage_count - 1; g >= 0; g--) {
        place->stage = g;
        text_print(text, "if (");
        print_condition(place, text);
        text_print(text,
                   ") {\n"
                   "            stream%d_stage%d(s);\n"
                   "        } else ",
                   index, (int)g);
    }
    text_print(text, "{\n"
                     "            return;\n"
                     "        }\n"
                     "    }\n"
                     "}\n\n");
}

static void print_struct(const struct place *place, struct text *text) {
    const struct stream *stream = place->stream;
    const struct plan *plan = place->emitter->plan;
    text_print(
        text,
        "/* Ops %d to %d, row by row.  Of each tensor as many pixels are "
        "held as are still\n"
        " * to be read:\n"
        " *\n"
        " *     strip  rows x columns  pixels held  bytes a pixel\n",
        (int)plan->step[stream->first].node->index,
        (int)plan->step[stream->last].node->index);
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        const char *name =
            comment_name(place->emitter->context, strip->tensor->name, 40);
        text_print(text, " *     %5d  %4d x %-7d  %11d  %13zu  \"%s\"\n",
                   (int)s, (int)strip->rows, (int)strip->columns,
                   (int)strip->held, strip->pixel_size, name ? name : "");
    }
    text_print(text,
               " */\n"
               "struct stream%d {\n"
               "    mf_index rows[%d];  /* that came, of each strip */\n",
               (int)place->index, (int)stream->strip_count);
    if (is_by_pieces(stream)) {
        text_print(
            text, "    mf_index columns[%d]; /* and those of the next row */\n",
            (int)stream->strip_count);
    }
    text_print(text,
               "    mf_index first[%d]; /* row, or pixel, that is held */\n"
               "};\n\n",
               (int)stream->strip_count);
}

/* NAME_push_row(): what the program gives. */
static void print_push(struct place *place, struct text *text) {
    const struct emitter *emitter = place->emitter;
    const struct strip *strip = &place->stream->strip[0];
    const struct c_type *type = type_of(strip);
    text_print(text,
               "static struct stream0 pushed;\n\n"
               "void %s_push_row(const %s row[%s_ROW_SIZE]) {\n"
               "    struct stream0 *s = &pushed;\n",
               emitter->name, type->name, emitter->upper);
    guard_call_print(emitter, text);
    text_print(text,
               "    if (s->rows[0] == %s_ROWS) {\n"
               "        return;\n"
               "    }\n",
               emitter->upper);
    place->stage = -1;
    print_room(place, text, 0);
    text_print(text,
               "    %s *to = %s;\n"
               "    for (mf_index i = 0; i < %s_ROW_SIZE; i++) {\n"
               "        to[i] = row[i];\n"
               "    }\n"
               "    s->rows[0]++;\n"
               "    stream0_run(s);\n"
               "}\n\n",
               type->name, pixel_operand(place, 0, "s->rows[0]", 0),
               emitter->upper);
}

void push_declare(const struct emitter *emitter, struct text *text) {
    const struct strip *strip = &emitter->plan->stream[0].strip[0];
    struct port output = port_at(emitter, emitter->graph->input_count);
    const char *name = emitter->name, *upper = emitter->upper;
    text_print(
        text,
        "\n"
        "/* The input, row by row. */\n"
        "#define %s_ROWS %d\n"
        "#define %s_ROW_SIZE %zu /* elements */\n"
        "\n"
        "/* Takes the next row and computes what can be computed.  Rows "
        "past the last are\n"
        " * ignored. */\n"
        "void %s_push_row(const %s row[%s_ROW_SIZE]);\n"
        "\n"
        "/* Computes what is left, once all rows are there, and returns "
        "%s_%s();\n"
        " * NULL if some are missing: they are forgotten.  Then the next "
        "input may come;\n"
        " * outputs are valid until its first row. */\n"
        "const %s *%s_finish(void);\n"
        "\n",
        upper, (int)strip->rows, upper, row_elements(strip), name,
        type_of(strip)->name, upper, name, output.name, output.type->name,
        name);
}

/* To initialise a stream's struct after its first array. */
static const char *more_arrays(const struct stream *stream) {
    return is_by_pieces(stream) ? ", {0}, {0}" : ", {0}";
}

void finish_define(const struct emitter *emitter, struct text *text) {
    struct port output = port_at(emitter, emitter->graph->input_count);
    text_print(text,
               "const %s *%s_finish(void) {\n"
               "    const int is_whole = pushed.rows[0] == %s_ROWS;\n"
               "    pushed = (struct stream0){{0}%s};\n"
               "    if (!is_whole) {\n"
               "        return NULL;\n"
               "    }\n"
               "    invoke();\n"
               "    return %s_%s();\n"
               "}\n\n",
               output.type->name, emitter->name, emitter->upper,
               more_arrays(&emitter->plan->stream[0]), emitter->name,
               output.name);
}

void streams_print(const struct emitter *emitter, struct text *text) {
    const struct plan *plan = emitter->plan;
    for (int32_t i = 0; i < plan->stream_count; i++) {
        struct place place = {
            .emitter = emitter, .stream = &plan->stream[i], .index = i};
        print_struct(&place, text);
        for (int32_t g = 0; g < place.stream->stage_count; g++) {
            place.stage = g;
            print_stage(&place, text);
        }
        print_run(&place, text);
        if (place.stream->is_pushed) {
            print_push(&place, text);
        }
    }
}

void stream_call_print(const struct emitter *emitter, struct text *text,
                       int32_t i) {
    const struct stream *stream = &emitter->plan->stream[i];
    if (stream->is_pushed) {
        return;
    }
    text_print(text,
               "    /* ops %d to %d, row by row */\n"
               "    {\n"
               "        struct stream%d s = {{0}%s};\n"
               "        stream%d_run(&s);\n"
               "    }\n",
               (int)emitter->plan->step[stream->first].node->index,
               (int)emitter->plan->step[stream->last].node->index, (int)i,
               more_arrays(stream), (int)i);
}
