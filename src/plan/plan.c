/* From graph to plan: calls, lifetimes, views and in-place results.
 *
 * Invariant: a buffer's lifetime [first, last] covers every step that writes or
 * reads a tensor in it; a result overwrites an input only in the step that is
 * the last to read that input's buffer. */
#include "plan/plan.h"

#include <assert.h>
#include <string.h>

#include "op/control.h"
#include "plan/search.h"

struct planner {
    struct context *context;
    const struct graph *graph;
    const struct plan_options *options;
    struct plan *plan;
};

static struct buffer *buffer_of(const struct plan *plan,
                                const struct tensor *tensor) {
    int32_t b = plan->tensor_buffer[tensor->id];
    return b < 0 ? NULL : &plan->buffer[b];
}

const struct buffer *plan_buffer(const struct plan *plan,
                                 const struct tensor *tensor) {
    const struct buffer *buffer = buffer_of(plan, tensor);
    assert(buffer);
    return buffer;
}

size_t plan_offset(const struct plan *plan, const struct tensor *tensor) {
    return plan_buffer(plan, tensor)->offset;
}

size_t plan_overlap(const struct plan *plan, const struct buffer *buffer) {
    if (buffer->in_place < 0) {
        return 0;
    }
    size_t under = plan->buffer[buffer->in_place].size;
    if (buffer->size <= buffer->lead) {
        return 0;
    }
    size_t over = buffer->size - buffer->lead;
    return under < over ? under : over;
}

size_t plan_live_bytes(const struct plan *plan, int32_t step) {
    size_t live = 0;
    for (int32_t i = 0; i < plan->buffer_count; i++) {
        const struct buffer *buffer = &plan->buffer[i];
        if (buffer->first > step || buffer->last < step || buffer->kept >= 0) {
            continue;
        }
        live += buffer->size;
        if (buffer->in_place >= 0 &&
            plan->buffer[buffer->in_place].last >= step) {
            live -= plan_overlap(plan, buffer);
        }
    }
    return live;
}

/* Elements are aligned to their size, as C wants them. */
static size_t align_of(enum dtype type) {
    size_t size = dtype_size(type);
    return size == 0 ? 1 : size < 8 ? size : 8;
}

static int32_t add_buffer(struct plan *plan, const struct tensor *tensor,
                          size_t size, size_t align, int32_t step) {
    struct buffer *buffer = &plan->buffer[plan->buffer_count];
    buffer->tensor = tensor;
    buffer->size = size;
    buffer->align = align;
    buffer->first = step;
    buffer->last = step;
    buffer->kept = -1;
    buffer->in_place = -1;
    return plan->buffer_count++;
}

static void add_tensor(struct plan *plan, const struct tensor *tensor,
                       int32_t step) {
    plan->tensor_buffer[tensor->id] = add_buffer(
        plan, tensor, tensor_size(tensor), align_of(tensor->type), step);
}

/* Puts a view's output into its input's buffer. */
static void add_view(struct plan *plan, const struct node *node) {
    const struct tensor *output = node->output[0];
    assert(node->output_count == 1);
    assert(tensor_size(output) == tensor_size(node->input[0]));
    struct buffer *buffer = buffer_of(plan, node->input[0]);
    size_t align = align_of(output->type);
    if (align > buffer->align) {
        buffer->align = align;
    }
    plan->tensor_buffer[output->id] = plan->tensor_buffer[node->input[0]->id];
}

/* A view of a constant is computed like any other node: its output has to be
 * somewhere in RAM or it would be constant, too.  What is stored in a state is
 * copied there, until plan_state() knows better. */
static bool shares_input(const struct plan *plan, const struct node *node) {
    return op_memory(plan->target, node).is_view && !node->input[0]->data &&
           !node->output[0]->is_stored;
}

static int32_t add_kept(struct plan *plan, const struct graph_state *state,
                        size_t size, size_t align) {
    plan->kept[plan->kept_count] =
        (struct kept){.state = state, .size = size, .align = align};
    return plan->kept_count++;
}

/* Whatever changes a state in place may do so as long as it is there. */
static void add_state(struct plan *plan, const struct graph_state *state) {
    const struct tensor *tensor = state->tensor;
    add_tensor(plan, tensor, -1);
    struct buffer *buffer = buffer_of(plan, tensor);
    buffer->kept = add_kept(plan, state, buffer->size, buffer->align);
    if (!state->next) {
        buffer->last = plan->step_count;
    }
}

/* --- streams --- */

/* What a strip holds may be moved a word at a time. */
static size_t align_of_strip(const struct plan *plan,
                             const struct stream *stream, int32_t s) {
    const struct strip *strip = &stream->strip[s];
    size_t align = align_of(strip->tensor->type);
    return strip_is_partial(strip) && align < 4 &&
                   strip_moves_words(plan->graph, stream, s)
               ? 4
               : align;
}

static void add_strip(struct plan *plan, const struct stream *stream,
                      int32_t s) {
    struct strip *strip = &stream->strip[s];
    const struct tensor *tensor = strip->tensor;
    bool is_pushed = stream->is_pushed && s == 0;
    if (strip->stage >= 0 || is_pushed) {
        int32_t buffer =
            add_buffer(plan, tensor, strip_size(strip),
                       align_of_strip(plan, stream, s), stream->first);
        plan->buffer[buffer].margin = strip_margin(plan->graph, stream, s);
        plan->tensor_buffer[tensor->id] = buffer;
        if (is_pushed) {
            plan->tensor_buffer[plan->graph->input[0]->id] = buffer;
        }
    }
    strip->buffer = plan->tensor_buffer[tensor->id];
    struct buffer *buffer = &plan->buffer[strip->buffer];
    if (buffer->last < stream->last) {
        buffer->last = stream->last;
    }
}

/* Lowers each layer for a tile. */
static bool add_layers(struct planner *planner, struct stream *stream) {
    struct plan *plan = planner->plan;
    bool ok = true;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        const struct stage *stage = &stream->stage[g];
        for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
            struct step *step = &plan->step[stream->layer[l].step];
            const struct node *tile = tile_node(
                planner->context, planner->graph->node[stream->layer[l].step],
                1, stage->tile);
            step->call =
                tile ? op_lower(planner->context, plan->target, tile) : NULL;
            ok = ok && step->call;
            assert(!ok || !step->call->next);
        }
    }
    return ok;
}

static bool add_stream(struct planner *planner, int32_t i) {
    struct plan *plan = planner->plan;
    struct stream *stream = &plan->stream[i];
    for (int32_t s = 0; s < stream->strip_count; s++) {
        add_strip(plan, stream, s);
    }
    stream->workspace = -1;
    if (stream->workspace_size > 0) {
        stream->workspace = add_buffer(plan, NULL, stream->workspace_size,
                                       sizeof(int32_t), stream->first);
        plan->buffer[stream->workspace].last = stream->last;
    }
    if (stream->dying >= 0) {
        struct buffer *result =
            &plan->buffer[stream->strip[stream->result].buffer];
        result->in_place = stream->strip[stream->dying].buffer;
        result->lead = stream->lead;
    }
    for (int32_t s = stream->first; s <= stream->last; s++) {
        plan->step[s].node = planner->graph->node[s];
        plan->step[s].scratch = -1;
        plan->step[s].kept = -1;
        plan->step[s].stream = i;
    }
    return add_layers(planner, stream);
}

static bool add_step(struct planner *planner, int32_t s) {
    struct plan *plan = planner->plan;
    struct node *node = planner->graph->node[s];
    struct step *step = &plan->step[s];
    step->node = node;
    step->scratch = -1;
    step->kept = -1;
    step->stream = -1;
    for (int32_t i = 0; i < node->input_count; i++) {
        if (node->input[i] && !node->input[i]->data &&
            buffer_of(plan, node->input[i])) {
            struct buffer *buffer = buffer_of(plan, node->input[i]);
            buffer->last = buffer->last < s ? s : buffer->last;
        }
    }
    if (shares_input(plan, node)) {
        /* Of an input that is pushed there are only the rows that the stream
         * holds. */
        if (buffer_of(plan, node->input[0])) {
            add_view(plan, node);
        }
        return true;
    }
    struct op_memory memory = op_memory(plan->target, node);
    for (int32_t i = 0; i < node->output_count; i++) {
        if (memory.first_continued) {
            plan->tensor_buffer[node->output[i]->id] =
                plan->tensor_buffer[node->input[memory.first_continued + i]
                                        ->id];
        } else {
            add_tensor(plan, node->output[i], s);
        }
    }
    if (memory.scratch) {
        step->scratch =
            add_buffer(plan, NULL, memory.scratch, sizeof(int32_t), s);
    }
    if (memory.kept) {
        step->kept = add_kept(plan, NULL, memory.kept, sizeof(int32_t));
    }
    step->call = op_lower(planner->context, plan->target, node);
    return step->call != NULL;
}

/* What is there when a loop begins and is read in it, is read in every round.
 */
static void extend_over_loops(struct plan *plan) {
    const struct graph *graph = plan->graph;
    for (int32_t s = 0; s < plan->step_count; s++) {
        if (graph->node[s]->op->control_role != CONTROL_REPEAT) {
            continue;
        }
        int32_t first = control_target(graph, s);
        for (int32_t b = 0; b < plan->buffer_count; b++) {
            struct buffer *buffer = &plan->buffer[b];
            if (buffer->first <= first && buffer->last > first &&
                buffer->last < s) {
                buffer->last = s;
            }
        }
    }
}

bool plan_may_overwrite(const struct plan *plan, int32_t s, int32_t i,
                        uint32_t mask) {
    const struct node *node = plan->step[s].node;
    const struct tensor *input = node->input[i];
    if (!input || input->data || buffer_of(plan, input)->last != s) {
        return false;
    }
    for (int32_t k = 0; k < node->input_count; k++) {
        const struct tensor *other = node->input[k];
        if (!other || other->data ||
            buffer_of(plan, other) != buffer_of(plan, input)) {
            continue;
        }
        /* Results wider than what they overwrite would run ahead of it. */
        if (k >= 32 || !(mask >> k & 1) ||
            dtype_size(node->output[0]->type) > dtype_size(other->type)) {
            return false;
        }
    }
    return true;
}

/* Of the inputs that may be overwritten, takes the one that shares the most
 * bytes with the result; among equals the one that has lived longest, which
 * leaves the younger bytes free again. */
static void place_result(struct plan *plan, int32_t s) {
    const struct node *node = plan->step[s].node;
    uint32_t mask = op_memory(plan->target, node).in_place;
    if (!plan->step[s].call || plan->step[s].stream >= 0 || !mask) {
        return;
    }
    struct buffer *output = buffer_of(plan, node->output[0]);
    size_t most = 0;
    if (output->kept >= 0) {
        return;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        if (!plan_may_overwrite(plan, s, i, mask) ||
            buffer_of(plan, node->input[i])->kept >= 0) {
            continue;
        }
        const struct buffer *input = buffer_of(plan, node->input[i]);
        size_t shared = input->size < output->size ? input->size : output->size;
        if (shared > most ||
            (shared == most && output->in_place >= 0 &&
             input->first < plan->buffer[output->in_place].first)) {
            most = shared;
            output->in_place = plan->tensor_buffer[node->input[i]->id];
        }
    }
}

static struct plan *new_plan(struct planner *planner,
                             const struct partition *partition) {
    struct context *context = planner->context;
    const struct graph *graph = planner->graph;
    size_t states = (size_t)graph->state_count;
    size_t buffers = (size_t)graph->input_count + states;
    for (int32_t i = 0; i < partition->stream_count; i++) {
        buffers += (size_t)partition->stream[i].strip_count + 1;
    }
    for (int32_t n = 0; n < graph->node_count; n++) {
        buffers += (size_t)graph->node[n]->output_count + 1;
    }
    struct plan *plan = CONTEXT_NEW(context, struct plan, 1);
    if (!plan) {
        return NULL;
    }
    plan->graph = graph;
    plan->step_count = graph->node_count;
    plan->stream_count = partition->stream_count;
    plan->stream = partition->stream;
    plan->stream_cost = partition->cost;
    plan->region_count = planner->options->region_count;
    plan->region =
        CONTEXT_NEW(context, struct region, (size_t)plan->region_count);
    plan->step = CONTEXT_NEW(context, struct step, (size_t)graph->node_count);
    plan->buffer = CONTEXT_NEW(context, struct buffer, buffers);
    plan->kept =
        CONTEXT_NEW(context, struct kept, (size_t)graph->node_count + states);
    plan->tensor_buffer =
        CONTEXT_NEW(context, int32_t, (size_t)graph->tensor_count);
    if (!plan->step || !plan->buffer || !plan->kept || !plan->tensor_buffer ||
        !plan->region) {
        return NULL;
    }
    for (int32_t r = 0; r < plan->region_count; r++) {
        plan->region[r] = planner->options->region[r];
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        plan->tensor_buffer[i] = -1;
    }
    return plan;
}

/* Makes what copies between places that turned out to overlap right, and takes
 * away what copies to where it lies already. */
static void settle_calls(const struct plan *plan, struct step *step) {
    for (struct call **link = &step->call; *link;) {
        struct call *call = *link;
        const struct operand *from = &call->operand[0], *to = &call->operand[1];
        bool overlaps = call->operand_count > 1 && from->tensor && to->tensor &&
                        !from->tensor->data && !to->tensor->data;
        if (overlaps) {
            const struct buffer *a = buffer_of(plan, from->tensor);
            const struct buffer *b = buffer_of(plan, to->tensor);
            overlaps =
                a->offset == b->offset && (a->kept >= 0) == (b->kept >= 0);
        }
        if (overlaps && call->overlapping) {
            call->kernel = call->overlapping;
        }
        if (overlaps && call->moves_start) {
            *link = call->next;
            call->next = step->dropped;
            step->dropped = call;
        } else {
            link = &call->next;
        }
    }
}

/* The step at which a stream begins, if one does; then *stream is its index. */
static bool begins_stream(const struct plan *plan, int32_t step,
                          int32_t *stream) {
    while (*stream < plan->stream_count && plan->stream[*stream].first < step) {
        ++*stream;
    }
    return *stream < plan->stream_count && plan->stream[*stream].first == step;
}

static bool add_steps(struct planner *planner) {
    struct plan *plan = planner->plan;
    int32_t stream = 0;
    bool ok = true;
    for (int32_t s = 0; s < plan->step_count; s++) {
        if (begins_stream(plan, s, &stream)) {
            ok = add_stream(planner, stream) && ok;
            s = plan->stream[stream].last;
        } else {
            ok = add_step(planner, s) && ok;
        }
    }
    return ok;
}

/* The plan with these streams; unfinished where the regions lack bytes. */
static struct plan *make_plan(struct planner *planner,
                              const struct target *target,
                              const struct partition *partition) {
    const struct graph *graph = planner->graph;
    struct plan *plan = planner->plan = new_plan(planner, partition);
    if (!plan) {
        return NULL;
    }
    plan->target = target;
    bool is_pushed =
        partition->stream_count > 0 && partition->stream[0].is_pushed;
    for (int32_t i = 0; i < graph->input_count && !is_pushed; i++) {
        /* A file may name one tensor twice. */
        if (!buffer_of(plan, graph->input[i])) {
            add_tensor(plan, graph->input[i], -1);
        }
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        add_state(plan, &graph->state[i]);
    }
    if (!add_steps(planner)) {
        return NULL;
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        if (!graph->output[i]->data) {
            buffer_of(plan, graph->output[i])->last = plan->step_count;
        }
    }
    extend_over_loops(plan);
    plan_state(plan);
    for (int32_t s = 0; s < plan->step_count; s++) {
        place_result(plan, s);
    }
    if (!plan_place(planner->context, plan)) {
        return NULL;
    }
    if (plan->is_unplaced) {
        return plan;
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        if (plan->step[s].stream < 0) {
            settle_calls(plan, &plan->step[s]);
        }
    }
    return plan;
}

static struct search *start_search(struct planner *planner,
                                   const struct target *target,
                                   bool push_input) {
    struct stream_maker *maker =
        stream_maker_new(planner->context, planner->graph, target);
    return maker ? search_new(planner->context, maker, push_input) : NULL;
}

/* The plan at the balanced point, or the next smaller one that fits the
 * regions. Where placement lost bytes, the cheapest partition that can do with
 * fewer is tried as well. */
static struct plan *balanced_plan(struct planner *planner,
                                  const struct target *target,
                                  struct search *search) {
    size_t limit = search_balance(search), peak = limit;
    size_t least = search_least(search);
    struct plan *best = NULL;
    for (;;) {
        struct partition partition;
        struct plan *plan =
            search_partition(planner->context, search, limit, &partition)
                ? make_plan(planner, target, &partition)
                : NULL;
        if (plan && plan->is_unplaced && !best && partition.peak > least) {
            limit = peak = partition.peak - 1;
            continue;
        }
        if (!plan || (best && (plan->is_unplaced ||
                               plan->arena_size >= best->arena_size))) {
            return plan ? best : NULL;
        }
        if (plan->is_unplaced || plan->arena_size <= peak) {
            return plan;
        }
        best = plan;
        limit = plan->arena_size - 1;
    }
}

/* The cheapest partition that fits. */
static struct plan *fit_plan(struct planner *planner,
                             const struct target *target) {
    struct context *context = planner->context;
    const struct plan_options *options = planner->options;
    struct partition partition;
    struct search *search = start_search(planner, target, options->push_input);
    if (!search) {
        return NULL;
    }
    if (options->ram_limit == 0) {
        return balanced_plan(planner, target, search);
    }
    size_t least = search_least(search);
    size_t limit = options->ram_limit > least ? options->ram_limit : least;
    for (;;) {
        if (!search_partition(context, search, limit, &partition)) {
            return NULL;
        }
        struct plan *plan = make_plan(planner, target, &partition);
        bool fits = plan && !plan->is_unplaced &&
                    plan->arena_size <= options->ram_limit;
        if (!plan || fits) {
            return plan;
        }
        if (partition.peak <= least) {
            if (!plan->is_unplaced) {
                context_fail(
                    context,
                    "the arena takes %zu bytes at least, %zu are allowed",
                    plan->arena_size, options->ram_limit);
            }
            return plan->is_unplaced ? plan : NULL;
        }
        limit = partition.peak - 1;
        limit = limit > least ? limit : least;
    }
}

bool plan_tradeoff(struct context *context, const struct graph *graph,
                   const struct target *target, bool push_input,
                   const struct tradeoff **first) {
    static const struct plan_options one_memory;
    struct planner planner = {
        .context = context, .graph = graph, .options = &one_memory};
    struct search *search = start_search(&planner, target, push_input);
    const struct tradeoff **link = first;
    struct partition partition = {.peak = SIZE_MAX};
    size_t least = search ? search_least(search) : 0, size = SIZE_MAX;
    *first = NULL;
    while (search && partition.peak > least) {
        struct tradeoff *point = CONTEXT_NEW(context, struct tradeoff, 1);
        if (!point || !search_partition(context, search, partition.peak - 1,
                                        &partition)) {
            return false;
        }
        const struct plan *plan = make_plan(&planner, target, &partition);
        if (!plan) {
            return false;
        }
        if (plan->arena_size < size) {
            size = point->arena_size = plan->arena_size;
            point->cost = plan->stream_cost;
            *link = point;
            link = &point->next;
        }
    }
    return search != NULL;
}

/* Says what the regions are too small for. */
static bool fail_regions(struct context *context, const struct plan *plan) {
    struct text text = {.context = context};
    const struct region *largest = &plan->region[0];
    const struct buffer *most = NULL;
    for (int32_t r = 0; r < plan->region_count; r++) {
        const struct region *region = &plan->region[r];
        text_print(&text, "%s%s %zu", r ? ", " : "", region->name,
                   region->limit);
        largest = region->limit > largest->limit ? region : largest;
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        const struct buffer *buffer = &plan->buffer[b];
        if (buffer->kept < 0 && (!most || buffer->size > most->size)) {
            most = buffer;
        }
    }
    if (text.failed) {
        return false;
    }
    if (most && most->size > largest->limit) {
        return context_fail(
            context, "\"%s\" takes %zu bytes, the largest region, %s, has %zu",
            most->tensor ? most->tensor->name : "scratch", most->size,
            largest->name, largest->limit);
    }
    return context_fail(context,
                        "the arena takes %zu bytes at least and does not fit "
                        "the regions (%s)",
                        plan->lower_bound, text.data);
}

bool plan_make(struct context *context, const struct graph *graph,
               const struct target *target, const struct plan_options *options,
               struct plan **result) {
    static const struct plan_options standard;
    static const struct partition none;
    struct planner planner = {.context = context,
                              .graph = graph,
                              .options = options ? options : &standard};
    struct plan *plan = planner.options->least_ram
                            ? fit_plan(&planner, target)
                            : make_plan(&planner, target, &none);
    if (plan && plan->is_unplaced) {
        return fail_regions(context, plan);
    }
    if (!plan || !plan_check(context, plan)) {
        return false;
    }
    *result = plan;
    return true;
}
