#include "plan/search.h"

#include <assert.h>
#include <string.h>

/* A run of steps that starts where its row of the table says. */
struct run {
    size_t peak;   /* bytes alive; SIZE_MAX: it is not possible */
    uint64_t cost; /* instructions */
};

/* Some three seconds; networks of 60 layers take a quarter.  Layers behind the
 * one where it is used up are computed whole. */
static const uint64_t WORK_LIMIT = UINT64_C(40000000000);

enum { WHOLE = STREAM_CHOICES, CHOICES = STREAM_CHOICES + 1 };

/* How the steps before a cut are partitioned best. */
struct cut {
    size_t peak;
    uint64_t cost;
    int32_t from; /* where the last run starts */
    int choice;   /* of pieces and tiles, or WHOLE */
    bool is_reached;
};

struct search {
    struct stream_maker *maker;
    bool is_pushed;
    int32_t pushed_step; /* the first step that reads what is pushed */
    int32_t steps;
    /* Buffers of the graph that are read last in step s: dying[s], then what
     * follows it by tensor id; -1 ends. */
    int32_t *dying, *next_dying;
    size_t *bytes; /* by tensor id, of such a buffer; 0 if it is pushed */
    uint64_t work; /* spent on making streams so far */
    /* Of `length` steps from `first` at (first * STREAM_LAYERS + length - 1) *
     * CHOICES + choice. */
    struct run *run;
    struct cut *cut; /* before step i at [i] */
    struct stream *stream;
    size_t whole_peak; /* of all steps computed whole */
};

static struct run *get_run(const struct search *search, int32_t first,
                           int32_t last, int choice) {
    size_t row = (size_t)first * STREAM_LAYERS + (size_t)(last - first);
    return &search->run[row * CHOICES + (size_t)choice];
}

static bool is_pushed_input(const struct search *search, int32_t root) {
    const struct graph *graph = search->maker->graph;
    return search->is_pushed &&
           search->maker->root[graph->input[0]->id] == root;
}

/* Lists the graph's buffers, its inputs and what steps make, by their end. */
static void find_buffers(struct search *search) {
    const struct stream_maker *maker = search->maker;
    const struct graph *graph = maker->graph;
    for (int32_t s = 0; s <= search->steps; s++) {
        search->dying[s] = -1;
    }
    for (int32_t i = 0; i < graph->input_count; i++) {
        search->bytes[graph->input[i]->id] = 1;
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct tensor *tensor = graph->tensor[i];
        bool is_there = maker->made_by[i] >= 0 || search->bytes[i] > 0;
        search->bytes[i] = 0;
        if (is_there && maker->root[i] == i && !tensor->data &&
            !tensor->is_variable) {
            int32_t *first = &search->dying[maker->last_use[i]];
            search->next_dying[i] = *first;
            *first = i;
            search->bytes[i] =
                is_pushed_input(search, i) ? 0 : tensor_size(tensor);
        }
    }
}

/* Bytes of a buffer of the graph that is there before step `first` and after
 * step `last`; 0 if there is none of this id. */
static size_t bytes_through(const struct search *search, int32_t id,
                            int32_t first, int32_t last) {
    const struct stream_maker *maker = search->maker;
    return maker->made_by[id] < first && maker->last_use[id] > last
               ? search->bytes[id]
               : 0;
}

/* What lives through steps first to last, whether they read it or not. */
static size_t live_through(const struct search *search, int32_t first,
                           int32_t last) {
    size_t size = 0;
    for (int32_t i = 0; i < search->maker->graph->tensor_count; i++) {
        size += bytes_through(search, i, first, last);
    }
    return size;
}

/* --- a step computed whole --- */

/* Inputs that are read for the last time; what lives on was counted. */
static size_t dying_inputs(const struct search *search, int32_t s) {
    const struct stream_maker *maker = search->maker;
    size_t size = 0;
    for (int32_t i = search->dying[s]; i >= 0; i = search->next_dying[i]) {
        if (maker->use_count[i] > 0) {
            size += tensor_size(maker->graph->tensor[i]);
        }
    }
    return size;
}

/* Bytes that the result may have in common with an input. */
static size_t shared_in_place(const struct search *search, int32_t s,
                              uint32_t mask) {
    const struct stream_maker *maker = search->maker;
    const struct node *node = maker->graph->node[s];
    size_t most = 0, output = tensor_size(node->output[0]);
    for (int32_t i = 0; i < node->input_count && i < 32; i++) {
        const struct tensor *input = node->input[i];
        if ((mask >> i & 1) && input && !input->data && !input->is_variable &&
            maker->last_use[maker->root[input->id]] == s &&
            dtype_size(node->output[0]->type) <= dtype_size(input->type)) {
            size_t size = tensor_size(input);
            size = size < output ? size : output;
            most = size > most ? size : most;
        }
    }
    return most;
}

static size_t whole_peak(const struct search *search, int32_t s) {
    const struct node *node = search->maker->graph->node[s];
    size_t size = live_through(search, s, s);
    struct op_memory memory = op_memory(search->maker->target, node);
    size += dying_inputs(search, s);
    if (memory.is_view && !node->input[0]->data) {
        return size;
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        size += tensor_size(node->output[i]);
    }
    return size + memory.scratch - shared_in_place(search, s, memory.in_place);
}

/* --- a stream --- */

/* Whole strips from outside that live on were counted as living through. */
static size_t counted_twice(const struct search *search,
                            const struct stream *stream) {
    const struct stream_maker *maker = search->maker;
    size_t size = 0;
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        if (strip->stage < 0) {
            size += bytes_through(search, maker->root[strip->tensor->id],
                                  stream->first, stream->last);
        }
    }
    return size;
}

/* Strips that hold a part of their tensor: a longer stream has them, too. */
static size_t partial_strips(const struct stream *stream) {
    size_t size = 0;
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        if (strip_is_partial(strip)) {
            size += strip_size(strip);
        }
    }
    return size;
}

/* About what it took to follow the stream's schedule and choose its tiles. */
static uint64_t stream_work(const struct stream *stream) {
    uint64_t layers = (uint64_t)stream->layer_count, pieces = 0;
    for (int32_t g = 0; g < stream->stage_count; g++) {
        const struct stage *stage = &stream->stage[g];
        pieces += (uint64_t)stream->strip[stage->strip].rows *
                  (uint64_t)(stage->columns / stage->piece);
    }
    return layers * layers * (pieces + TILE_CHOICES * layers);
}

static void weigh_stream(struct search *search, size_t through) {
    struct stream *stream = search->stream;
    through -= counted_twice(search, stream);
    for (int k = 0; k < STREAM_CHOICES; k++) {
        if (!stream_tile(search->maker, k, stream)) {
            continue;
        }
        search->work += stream_work(stream);
        struct run *run = get_run(search, stream->first, stream->last, k);
        size_t peak = through + stream_size(stream);
        if (peak <= search->whole_peak || stream->is_pushed) {
            run->peak = peak;
            run->cost = stream_cost(search->maker, stream);
        }
    }
}

static bool takes_pushed(const struct search *search, int32_t first,
                         int32_t last) {
    const struct stream_maker *maker = search->maker;
    int32_t input = maker->root[maker->graph->input[0]->id];
    return search->is_pushed && first == search->pushed_step &&
           maker->last_use[input] <= last;
}

/* What lived before step `first` and is read last in step `last`. */
static size_t dying_buffers(const struct search *search, int32_t first,
                            int32_t last) {
    size_t size = 0;
    for (int32_t i = search->dying[last]; i >= 0; i = search->next_dying[i]) {
        size += search->maker->made_by[i] < first ? search->bytes[i] : 0;
    }
    return size;
}

static void weigh_runs(struct search *search, int32_t first) {
    int32_t end = first + STREAM_LAYERS;
    end = end < search->steps ? end : search->steps;
    size_t through = live_through(search, first, first - 1);
    for (int32_t last = first; last < end; last++) {
        through -= dying_buffers(search, first, last);
        bool pushed = takes_pushed(search, first, last);
        if (search->is_pushed && first <= search->pushed_step &&
            last >= search->pushed_step && !pushed) {
            if (first < search->pushed_step) {
                return;
            }
            continue;
        }
        if (search->work > WORK_LIMIT ||
            !stream_make(search->maker, first, last, pushed, search->stream)) {
            if (search->work > WORK_LIMIT || !search->maker->can_tile[last]) {
                return;
            }
            continue;
        }
        if (partial_strips(search->stream) > search->whole_peak) {
            return;
        }
        weigh_stream(search, through);
    }
}

/* --- cuts --- */

static bool is_better(const struct cut *a, const struct cut *b) {
    return !b->is_reached || a->peak < b->peak ||
           (a->peak == b->peak && a->cost < b->cost);
}

static bool is_cheaper(const struct cut *a, const struct cut *b) {
    return !b->is_reached || a->cost < b->cost ||
           (a->cost == b->cost && a->peak < b->peak);
}

/* Finds the best way to every cut with runs of at most `limit` bytes. */
static void find_cuts(struct search *search, size_t limit,
                      bool (*is_preferred)(const struct cut *a,
                                           const struct cut *b)) {
    for (int32_t i = 0; i <= search->steps; i++) {
        search->cut[i].is_reached = i == 0;
        search->cut[i].peak = 0;
        search->cut[i].cost = 0;
    }
    for (int32_t first = 0; first < search->steps; first++) {
        const struct cut *before = &search->cut[first];
        int32_t end = first + STREAM_LAYERS;
        end = end < search->steps ? end : search->steps;
        for (int32_t last = first; before->is_reached && last < end; last++) {
            for (int k = 0; k < CHOICES; k++) {
                const struct run *run = get_run(search, first, last, k);
                if (run->peak > limit) {
                    continue;
                }
                struct cut cut = {
                    .peak = run->peak > before->peak ? run->peak : before->peak,
                    .cost = before->cost + run->cost,
                    .from = first,
                    .choice = k,
                    .is_reached = true};
                if (is_preferred(&cut, &search->cut[last + 1])) {
                    search->cut[last + 1] = cut;
                }
            }
        }
    }
}

size_t search_least(struct search *search) {
    find_cuts(search, SIZE_MAX - 1, is_better);
    return search->cut[search->steps].is_reached
               ? search->cut[search->steps].peak
               : SIZE_MAX;
}

/* The share of all steps' instructions that streams may take more in any case
 * unless a limit asks for smaller plans. */
static const double MORE_TIME = 0.155;

/* Instructions of all steps computed whole, about. */
static double whole_cost(const struct search *search) {
    const struct graph *graph = search->maker->graph;
    double cost = 1;
    for (int32_t s = 0; s < search->steps; s++) {
        const struct node *node = graph->node[s];
        cost += node->op->macs ? (double)node->op->macs(node) : 0;
        cost += 4 * (double)shape_count(&node->output[0]->shape);
    }
    return cost;
}

/* The least limit that costs no more than is allowed; if there is none, the
 * peak of the cheapest. */
static size_t find_affordable(struct search *search, uint64_t allowed) {
    size_t low = search_least(search);
    find_cuts(search, SIZE_MAX - 1, is_cheaper);
    size_t high = search->cut[search->steps].peak;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        find_cuts(search, middle, is_cheaper);
        if (search->cut[search->steps].cost <= allowed) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return high;
}

size_t search_balance(struct search *search) {
    enum { POINTS = 64 };
    double whole = whole_cost(search), lowest = 0;
    size_t least = search_least(search);
    size_t affordable = find_affordable(search, (uint64_t)(whole * MORE_TIME));
    size_t best = affordable, limit = affordable;
    for (int i = 0; i < POINTS && limit >= least; i++) {
        find_cuts(search, limit, is_cheaper);
        const struct cut *cut = &search->cut[search->steps];
        double bytes = (double)cut->peak, time = 1 + (double)cut->cost / whole;
        double product = bytes * bytes * time * time * time * time * time;
        bool is_much_smaller = cut->peak <= affordable / 4 * 3;
        if (i == 0 || (is_much_smaller && product < lowest)) {
            lowest = product;
            best = cut->peak;
        }
        limit = cut->peak - 1;
    }
    return best;
}

static bool copy_stream(struct context *context, const struct stream *from,
                        struct stream *to) {
    *to = *from;
    to->layer = CONTEXT_NEW(context, struct layer, (size_t)from->layer_count);
    to->stage = CONTEXT_NEW(context, struct stage, (size_t)from->stage_count);
    to->strip = CONTEXT_NEW(context, struct strip, (size_t)from->strip_count);
    if (!to->layer || !to->stage || !to->strip) {
        return false;
    }
    memcpy(to->layer, from->layer,
           (size_t)from->layer_count * sizeof *to->layer);
    memcpy(to->stage, from->stage,
           (size_t)from->stage_count * sizeof *to->stage);
    memcpy(to->strip, from->strip,
           (size_t)from->strip_count * sizeof *to->strip);
    return true;
}

bool search_partition(struct context *context, struct search *search,
                      size_t limit, struct partition *partition) {
    find_cuts(search, limit, is_cheaper);
    const struct cut *cut = &search->cut[search->steps];
    assert(cut->is_reached);
    *partition = (struct partition){.peak = cut->peak, .cost = cut->cost};
    for (int32_t i = search->steps; i > 0; i = search->cut[i].from) {
        partition->stream_count += search->cut[i].choice != WHOLE;
    }
    partition->stream =
        CONTEXT_NEW(context, struct stream, (size_t)partition->stream_count);
    if (!partition->stream) {
        return false;
    }
    int32_t at = partition->stream_count;
    for (int32_t i = search->steps; i > 0; i = search->cut[i].from) {
        int32_t from = search->cut[i].from;
        if (search->cut[i].choice == WHOLE) {
            continue;
        }
        bool made =
            stream_make(search->maker, from, i - 1,
                        takes_pushed(search, from, i - 1), search->stream);
        made = made && stream_tile(search->maker, search->cut[i].choice,
                                   search->stream);
        assert(made);
        (void)made;
        if (!copy_stream(context, search->stream, &partition->stream[--at])) {
            return false;
        }
    }
    return true;
}

/* --- set-up --- */

/* The first step that needs more of the input than its bytes. */
static int32_t find_pushed_step(const struct stream_maker *maker) {
    const struct graph *graph = maker->graph;
    int32_t input = maker->root[graph->input[0]->id];
    for (int32_t s = 0; s < graph->node_count; s++) {
        const struct node *node = graph->node[s];
        bool is_view = maker->root[node->output[0]->id] == input;
        for (int32_t i = 0; i < node->input_count && !is_view; i++) {
            if (node->input[i] && maker->root[node->input[i]->id] == input) {
                return s;
            }
        }
    }
    return -1;
}

static bool prepare_push(struct context *context, struct search *search) {
    const struct graph *graph = search->maker->graph;
    if (graph->input_count != 1) {
        return context_fail(context,
                            "the input cannot be pushed: the model has %d "
                            "inputs, allowed: 1",
                            (int)graph->input_count);
    }
    search->pushed_step = find_pushed_step(search->maker);
    if (search->pushed_step < 0) {
        return context_fail(context, "the input cannot be pushed: no operator "
                                     "reads it");
    }
    const struct node *node = graph->node[search->pushed_step];
    for (int32_t s = 0; s < search->pushed_step; s++) {
        if (!op_memory(search->maker->target, graph->node[s]).is_view) {
            return node_fail(context, graph->node[s],
                             "the input cannot be pushed: this operator comes "
                             "before those that read it");
        }
    }
    if (!search->maker->can_tile[search->pushed_step]) {
        return node_fail(context, node,
                         "the input cannot be pushed: this operator, which "
                         "reads it, cannot be computed row by row");
    }
    return true;
}

struct search *search_new(struct context *context, struct stream_maker *maker,
                          bool pushed) {
    struct search *search = CONTEXT_NEW(context, struct search, 1);
    if (!search) {
        return NULL;
    }
    size_t steps = (size_t)maker->graph->node_count;
    size_t tensors = (size_t)maker->graph->tensor_count;
    *search = (struct search){.maker = maker,
                              .is_pushed = pushed,
                              .pushed_step = -1,
                              .steps = maker->graph->node_count};
    search->run =
        CONTEXT_NEW(context, struct run, steps * STREAM_LAYERS * CHOICES);
    search->cut = CONTEXT_NEW(context, struct cut, steps + 1);
    search->stream = stream_new(context);
    search->dying = CONTEXT_NEW(context, int32_t, steps + 1);
    search->next_dying = CONTEXT_NEW(context, int32_t, tensors);
    search->bytes = CONTEXT_NEW(context, size_t, tensors);
    if (!search->run || !search->cut || !search->stream || !search->dying ||
        !search->next_dying || !search->bytes ||
        (pushed && !prepare_push(context, search))) {
        return NULL;
    }
    find_buffers(search);
    for (size_t i = 0; i < steps * STREAM_LAYERS * CHOICES; i++) {
        search->run[i].peak = SIZE_MAX;
    }
    for (int32_t s = 0; s < search->steps; s++) {
        size_t peak = whole_peak(search, s);
        if (s != search->pushed_step) {
            get_run(search, s, s, WHOLE)->peak = peak;
        }
        if (peak > search->whole_peak) {
            search->whole_peak = peak;
        }
    }
    for (int32_t s = 0; s < search->steps; s++) {
        weigh_runs(search, s);
    }
    if (search_least(search) == SIZE_MAX) {
        context_fail(context, "the input cannot be pushed: what reads it "
                              "cannot be computed row by row");
        return NULL;
    }
    return search;
}
