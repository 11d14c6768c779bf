/* The checker refuses plans whose streams are spoilt: rows that are not held,
 * results over what is still read, tiles and strips over one another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/stream.h"
#include "planned.h"
#include "random_net.h"

enum { NETS = 100, LAYERS = 6 };

/* Spoils a plan where it can: the message that is due, or NULL. */
typedef const char *spoil(struct plan *plan, struct stream *stream);

static const char *hold_less(struct plan *plan, struct stream *stream) {
    (void)plan;
    for (int32_t s = 0; s < stream->strip_count; s++) {
        struct strip *strip = &stream->strip[s];
        if (strip->held > 1 && strip_is_partial(strip)) {
            strip->held--;
            return "";
        }
    }
    return NULL;
}

static const char *hold_none(struct plan *plan, struct stream *stream) {
    (void)plan;
    stream->strip[stream->strip_count - 1].held = 0;
    return "is a strip without room";
}

/* A result of rows as large as those that die starts a row later: it runs over
 * what is read at the latest when it is as far ahead as it may be. */
static const char *start_later(struct plan *plan, struct stream *stream) {
    if (stream->dying < 0) {
        return NULL;
    }
    const struct strip *result = &stream->strip[stream->result];
    const struct strip *dying = &stream->strip[stream->dying];
    struct buffer *over = &plan->buffer[result->buffer];
    struct buffer *under = &plan->buffer[dying->buffer];
    /* The lead was rounded up to a multiple of 8. */
    if (stream->lead < 8 || under->offset != over->offset + stream->lead ||
        strip_row_size(result) < 8) {
        return NULL;
    }
    over->offset += strip_row_size(result);
    plan->arena_size += strip_row_size(result);
    return "";
}

static const char *widen_tile(struct plan *plan, struct stream *stream) {
    (void)plan;
    stream->stage[0].tile = stream->stage[0].columns + 1;
    return "has tiles that do not fill a row";
}

static const char *no_tile(struct plan *plan, struct stream *stream) {
    (void)plan;
    stream->stage[0].tile = 0;
    return "has tiles that do not fill a row";
}

static const char *less_workspace(struct plan *plan, struct stream *stream) {
    if (stream->workspace < 0) {
        return NULL;
    }
    plan->buffer[stream->workspace].size--;
    return "has no place or too small a one";
}

/* Whether layer i of a stage leaves a tile in the workspace. */
static bool has_tile(const struct stream *stream, int32_t g, int32_t i) {
    const struct stage *stage = &stream->stage[g];
    return stage->count > i + 1 && !stream->layer[stage->first + i].is_in_strip;
}

static const char *say_less_workspace(struct plan *plan,
                                      struct stream *stream) {
    (void)plan;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        if (has_tile(stream, g, 0)) {
            stream->workspace_size = 0;
            return "has tiles past the workspace";
        }
    }
    return NULL;
}

static const char *tile_over_scratch(struct plan *plan, struct stream *stream) {
    (void)plan;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        struct layer *layer = &stream->layer[stream->stage[g].first];
        if (has_tile(stream, g, 0) && layer->tile > 0) {
            layer->tile--;
            return "has a tile in another's bytes";
        }
    }
    return NULL;
}

static const char *over_workspace(struct plan *plan, struct stream *stream) {
    int32_t buffer = stream->strip[stream->strip_count - 1].buffer;
    if (stream->workspace < 0) {
        return NULL;
    }
    struct buffer *workspace = &plan->buffer[stream->workspace];
    workspace->offset = plan->buffer[buffer].offset / 4 * 4;
    plan->arena_size += workspace->size;
    return "shares bytes with a workspace";
}

static const char *over_strip(struct plan *plan, struct stream *stream) {
    if (stream->stage_count < 2) {
        return NULL;
    }
    struct buffer *a =
        &plan->buffer[stream->strip[stream->stage[0].strip].buffer];
    struct buffer *b =
        &plan->buffer[stream->strip[stream->stage[1].strip].buffer];
    a->offset = b->offset = (plan->arena_size + 7) / 8 * 8;
    plan->arena_size = a->offset + a->size + b->size;
    return "shares bytes with another strip";
}

static const char *leave_out_layer(struct plan *plan, struct stream *stream) {
    (void)plan;
    stream->stage[stream->stage_count - 1].count--;
    stream->layer_count--;
    return "belongs to no stage or to several";
}

static const char *not_computed(struct plan *plan, struct stream *stream) {
    plan->step[stream->first].call = NULL;
    return "is not computed";
}

static const char *past_arena(struct plan *plan, struct stream *stream) {
    int32_t buffer = stream->strip[stream->strip_count - 1].buffer;
    plan->buffer[buffer].offset = SIZE_MAX / 16 * 8;
    return "lies past the end";
}

/* Returns how many plans could be spoilt. */
static int refuse(spoil *change, const char *name) {
    int count = 0;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        struct planned *model =
            planned_new(random_image_net(seed, LAYERS), "cortex-m4");
        struct context *context = &model->context;
        struct plan *plan = planned_expect(
            model, &(struct plan_options){.least_ram = true,
                                          .push_input = seed % 2 == 0});
        const char *text = NULL;
        for (int32_t i = 0; i < plan->stream_count && !text; i++) {
            text = change(plan, &plan->stream[i]);
        }
        if (text) {
            count++;
            if (plan_check(context, plan)) {
                fail_msg("network %d: %s is accepted", (int)seed, name);
            }
            if (!strstr(context->first->text, text)) {
                fail_msg("network %d: %s: \"%s\" lacks \"%s\"", (int)seed, name,
                         context->first->text, text);
            }
        }
        planned_free(model);
    }
    return count;
}

static void test_spoilt(void **state) {
    (void)state;
    static const struct {
        spoil *change;
        const char *name;
    } cases[] = {{hold_less, "a row less"},
                 {hold_none, "no row"},
                 {start_later, "a result a row later"},
                 {widen_tile, "a tile too wide"},
                 {no_tile, "no tile"},
                 {less_workspace, "a workspace too small"},
                 {say_less_workspace, "no workspace"},
                 {tile_over_scratch, "a tile over scratch"},
                 {over_workspace, "a strip over the workspace"},
                 {over_strip, "a strip over a strip"},
                 {leave_out_layer, "a layer less"},
                 {not_computed, "no call"},
                 {past_arena, "a strip past the arena"}};
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        assert_true(refuse(cases[i].change, cases[i].name) > 0);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_spoilt)};
    return cmocka_run_group_tests_name("check_stream", tests, NULL, NULL);
}
