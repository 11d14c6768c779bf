/* The memory map as text, for people.
 *
 * Invariant: the text depends on the plan alone; no line ends in a space. */
#include <stdio.h>
#include <string.h>

#include "plan/plan.h"
#include "plan/stream.h"

enum { OP_WIDTH = 20, NAME_WIDTH = 28, BAR_WIDTH = 16, PLACE_NAME_WIDTH = 40 };

/* --- names in columns: characters, not bytes, since names are UTF-8 --- */

static bool starts_character(char byte) {
    return ((unsigned char)byte & 0xC0) != 0x80;
}

static size_t count_characters(const char *name) {
    size_t count = 0;
    for (; *name; name++) {
        count += starts_character(*name);
    }
    return count;
}

/* Where character `n` starts. */
static const char *skip_characters(const char *name, size_t n) {
    for (; *name; name++) {
        if (starts_character(*name) && n-- == 0) {
            break;
        }
    }
    return name;
}

/* A name, cut in the middle where it is longer than `width`.  Returns the
 * characters that are left to fill. */
static size_t add_name(struct text *text, const char *name, size_t width) {
    size_t length = count_characters(name);
    if (length <= width) {
        text_add(text, name, strlen(name));
        return width - length;
    }
    size_t head = (width - 3) / 2, tail = width - 3 - head;
    text_add(text, name, (size_t)(skip_characters(name, head) - name));
    text_print(text, "...%s", skip_characters(name, length - tail));
    return 0;
}

static void add_column(struct text *text, const char *name, size_t width) {
    text_print(text, "%*s", (int)add_name(text, name, width) + 2, "");
}

/* --- steps and places --- */

static const char *shown_name(const struct tensor *tensor) {
    return tensor->name[0] ? tensor->name : "(no name)";
}

static void add_steps(struct text *text, const struct plan *plan) {
    text_print(text, "step  %-*s  %-*s  %10s\n", OP_WIDTH, "operator",
               NAME_WIDTH, "output", "live bytes");
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct node *node = plan->step[s].node;
        size_t live = plan_live_bytes(plan, s);
        text_print(text, "%4d  ", (int)s);
        add_column(text, node->op->name, OP_WIDTH);
        add_column(text, shown_name(node->output[0]), NAME_WIDTH);
        text_print(text, "%10lu", (unsigned long)live);
        /* Any bytes at all show as one mark at least. */
        uint64_t marks = 0;
        if (live) {
            marks = ((uint64_t)live * BAR_WIDTH + plan->lower_bound - 1) /
                    plan->lower_bound;
            text_add(text, "  ", 2);
        }
        for (uint64_t i = 0; i < marks; i++) {
            text_add(text, "#", 1);
        }
        text_add(text, "\n", 1);
    }
}

/* In the state memory: "state+16"; in a region: "sram+16". */
static void add_offset(struct text *text, size_t offset, const char *memory) {
    char number[24 + REGION_NAME];
    snprintf(number, sizeof number, "%s%s%lu", memory, *memory ? "+" : "",
             (unsigned long)offset);
    text_print(text, "%10s", number);
}

static void add_buffer_offset(struct text *text, const struct plan *plan,
                              const struct buffer *buffer) {
    const struct region *region =
        plan->region_count > 0 ? &plan->region[buffer->region] : NULL;
    if (buffer->kept >= 0) {
        add_offset(text, buffer->offset, "state");
    } else if (region) {
        add_offset(text, buffer->offset - region->start, region->name);
    } else {
        add_offset(text, buffer->offset, "");
    }
}

/* What a node keeps for itself. */
static void add_kept(struct text *text, const struct plan *plan, int32_t k) {
    add_offset(text, plan->kept[k].offset, "state");
    text_print(text, "  %10lu  %5s  %4s  (kept)\n",
               (unsigned long)plan->kept[k].size, "kept", "kept");
}

static void add_place(struct text *text, const struct plan *plan,
                      const struct buffer *buffer, const char *name) {
    add_buffer_offset(text, plan, buffer);
    text_print(text, "  %10lu  ", (unsigned long)buffer->size);
    if (buffer->first < 0) {
        text_print(text, "%5s", buffer->kept < 0 ? "in" : "kept");
    } else {
        text_print(text, "%5d", (int)buffer->first);
    }
    if (buffer->last == plan->step_count) {
        text_print(text, "  %4s", buffer->kept < 0 ? "out" : "kept");
    } else {
        text_print(text, "  %4d", (int)buffer->last);
    }
    text_add(text, "  ", 2);
    add_name(text, name, PLACE_NAME_WIDTH);
    text_add(text, "\n", 1);
}

static void add_tensor(struct text *text, const struct plan *plan,
                       const struct tensor *tensor) {
    int32_t b = plan->tensor_buffer[tensor->id];
    if (b >= 0) {
        add_place(text, plan, &plan->buffer[b], shown_name(tensor));
    }
}

static bool listed_before(const struct graph *graph, int32_t i) {
    for (int32_t k = 0; k < i; k++) {
        if (graph->input[k] == graph->input[i]) {
            return true;
        }
    }
    return false;
}

static void add_places(struct text *text, const struct plan *plan) {
    const struct graph *graph = plan->graph;
    text_print(text, "%10s  %10s  %5s  %4s  %s\n", "offset", "bytes", "first",
               "last", "tensor");
    for (int32_t i = 0; i < graph->input_count; i++) {
        if (!listed_before(graph, i)) {
            add_tensor(text, plan, graph->input[i]);
        }
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        add_tensor(text, plan, graph->state[i].tensor);
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct step *step = &plan->step[s];
        if (step->kept >= 0) {
            add_kept(text, plan, step->kept);
        }
        for (int32_t i = 0; i < step->node->output_count; i++) {
            add_tensor(text, plan, step->node->output[i]);
        }
        if (step->scratch >= 0) {
            const struct buffer *buffer = &plan->buffer[step->scratch];
            add_place(text, plan, buffer, "(scratch)");
        }
        if (step->stream >= 0 && plan->stream[step->stream].first == s &&
            plan->stream[step->stream].workspace >= 0) {
            const struct stream *stream = &plan->stream[step->stream];
            add_place(text, plan, &plan->buffer[stream->workspace],
                      "(workspace)");
        }
    }
}

/* --- streams --- */

static void add_strip(struct text *text, const struct strip *strip) {
    char held[40];
    long columns = strip->columns;
    int length = snprintf(held, sizeof held, "%ld", strip->held / columns);
    if (strip->held % columns != 0) {
        snprintf(held + length, sizeof held - (size_t)length, "+%ld/%ld",
                 strip->held % columns, columns);
    }
    text_print(text, "  %6ld  %8s  %9lu  ", (long)strip->rows, held,
               (unsigned long)strip_row_size(strip));
    add_column(text, shown_name(strip->tensor), NAME_WIDTH);
}

/* How a strip comes to be: by which steps, and how wide the tiles are that they
 * compute together. */
static void add_stage(struct text *text, const struct stream *stream,
                      const struct strip *strip) {
    if (strip->stage < 0) {
        bool is_pushed = stream->is_pushed && strip == &stream->strip[0];
        text_print(text, "%s\n", is_pushed ? "comes row by row" : "there");
        return;
    }
    const struct stage *stage = &stream->stage[strip->stage];
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        text_print(text, "%s%ld", l == stage->first ? "" : " ",
                   (long)stream->layer[l].step);
    }
    if (strip->is_sum) {
        text_print(text, ", rows are added up");
    }
    if (stage->tile < stage->columns) {
        text_print(text, ", %ld of %ld columns at a time%s", (long)stage->tile,
                   (long)stage->columns,
                   stage->piece < stage->columns ? ", by pieces" : "");
    }
    text_add(text, "\n", 1);
}

static void add_stream(struct text *text, const struct plan *plan, int32_t i) {
    const struct stream *stream = &plan->stream[i];
    text_print(text, "stream %ld: ", (long)i);
    if (stream->first == stream->last) {
        text_print(text, "step %ld", (long)stream->first);
    } else {
        text_print(text, "steps %ld to %ld together", (long)stream->first,
                   (long)stream->last);
    }
    text_print(text, ", row by row; workspace: %lu bytes\n",
               (unsigned long)stream->workspace_size);
    text_print(text, "  %6s  %6s  %9s  %-*s  %s\n", "rows", "held", "row bytes",
               NAME_WIDTH, "tensor", "computed by steps");
    for (int32_t s = 0; s < stream->strip_count; s++) {
        add_strip(text, &stream->strip[s]);
        add_stage(text, stream, &stream->strip[s]);
    }
    text_add(text, "\n", 1);
}

void plan_memory_map(struct text *text, const struct plan *plan) {
    text_print(text, "arena: %lu bytes, aligned to %lu; lower bound: %lu\n",
               (unsigned long)plan->arena_size,
               (unsigned long)plan->arena_align,
               (unsigned long)plan->lower_bound);
    for (int32_t r = 0; r < plan->region_count; r++) {
        const struct region *region = &plan->region[r];
        text_print(text,
                   "region %s: %lu of %lu bytes, about %llu accesses that cost "
                   "%lu each\n",
                   region->name, (unsigned long)region->size,
                   (unsigned long)region->limit,
                   (unsigned long long)region->accesses,
                   (unsigned long)region->cost);
    }
    if (plan->state_size > 0) {
        text_print(text, "state: %lu bytes, aligned to %lu\n",
                   (unsigned long)plan->state_size,
                   (unsigned long)plan->state_align);
    }
    text_print(text, "\n");
    add_steps(text, plan);
    text_add(text, "\n", 1);
    for (int32_t i = 0; i < plan->stream_count; i++) {
        add_stream(text, plan, i);
    }
    add_places(text, plan);
}
