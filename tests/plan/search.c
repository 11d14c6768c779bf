/* The search among partitions, against all partitions: of each the peak and
 * the cost are added up anew. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plan/search.h"
#include "planned.h"
#include "random_net.h"

enum { NETS = 400, STEPS = 10, LAYERS = 5 };

enum { CHOICES = STREAM_CHOICES + 1 }; /* the last: a step computed whole */

struct weight {
    size_t peak; /* SIZE_MAX: not possible */
    uint64_t cost;
};

/* All runs of one graph. */
struct trial {
    struct planned *model;
    struct stream_maker *maker;
    struct stream *stream;
    bool is_pushed;
    struct weight run[STEPS][STEPS][CHOICES]; /* from, to, how */
};

/* --- bytes alive --- */

static int32_t root_of(const struct trial *trial, const struct tensor *tensor) {
    return trial->maker->root[tensor->id];
}

/* Whether the node or output of the graph reads what `root` shows. */
static bool reads(const struct trial *trial, const struct node *node,
                  int32_t root) {
    for (int32_t i = 0; i < node->input_count; i++) {
        if (node->input[i] && root_of(trial, node->input[i]) == root) {
            return true;
        }
    }
    return false;
}

/* Whether its bytes are there before step `first`. */
static bool is_there(const struct trial *trial, int32_t root, int32_t first) {
    const struct graph *graph = trial->model->graph;
    for (int32_t i = 0; i < graph->input_count; i++) {
        if (root_of(trial, graph->input[i]) == root) {
            return !trial->is_pushed;
        }
    }
    for (int32_t s = 0; s < first; s++) {
        if (root_of(trial, graph->node[s]->output[0]) == root) {
            return true;
        }
    }
    return false;
}

/* Whether step `from` or a later one, or an output, reads them. */
static bool is_needed(const struct trial *trial, int32_t root, int32_t from) {
    const struct graph *graph = trial->model->graph;
    for (int32_t s = from; s < graph->node_count; s++) {
        if (reads(trial, graph->node[s], root)) {
            return true;
        }
    }
    for (int32_t i = 0; i < graph->output_count; i++) {
        if (root_of(trial, graph->output[i]) == root) {
            return true;
        }
    }
    return false;
}

/* Bytes that are there before step `first` and needed from step `from` on. */
static size_t bytes_alive(const struct trial *trial, int32_t first,
                          int32_t from) {
    const struct graph *graph = trial->model->graph;
    size_t size = 0;
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        const struct tensor *tensor = graph->tensor[i];
        if (!tensor->data && root_of(trial, tensor) == i &&
            is_there(trial, i, first) && is_needed(trial, i, from)) {
            size += tensor_size(tensor);
        }
    }
    return size;
}

static size_t weigh_whole(const struct trial *trial, int32_t s) {
    const struct node *node = trial->model->graph->node[s];
    struct op_memory memory = op_memory(trial->model->target, node);
    const struct tensor *output = node->output[0];
    size_t size = bytes_alive(trial, s, s), shared = 0;
    if (memory.is_view) {
        return size;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *input = node->input[i];
        if ((memory.in_place >> i & 1) && input && !input->data &&
            !is_needed(trial, root_of(trial, input), s + 1) &&
            dtype_size(output->type) <= dtype_size(input->type)) {
            size_t both = tensor_size(input) < tensor_size(output)
                              ? tensor_size(input)
                              : tensor_size(output);
            shared = both > shared ? both : shared;
        }
    }
    return size + tensor_size(output) + memory.scratch - shared;
}

/* What lives on besides the stream's own strips. */
static size_t weigh_stream(const struct trial *trial) {
    const struct stream *stream = trial->stream;
    size_t size = bytes_alive(trial, stream->first, stream->first);
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        if (strip->stage < 0 && !(s == 0 && stream->is_pushed)) {
            size -= tensor_size(strip->tensor);
        }
    }
    return size + stream_size(stream);
}

static void weigh_run(struct trial *trial, int32_t first, int32_t last) {
    struct weight *run = trial->run[first][last];
    const struct graph *graph = trial->model->graph;
    int32_t input = root_of(trial, graph->input[0]);
    bool pushed = trial->is_pushed && reads(trial, graph->node[first], input);
    for (int k = 0; k < CHOICES; k++) {
        run[k].peak = SIZE_MAX;
    }
    if (first == last && !pushed) {
        run[STREAM_CHOICES] = (struct weight){weigh_whole(trial, first), 0};
    }
    if ((pushed && is_needed(trial, input, last + 1)) ||
        !stream_make(trial->maker, first, last, pushed, trial->stream)) {
        return;
    }
    for (int k = 0; k < STREAM_CHOICES; k++) {
        if (stream_tile(trial->maker, k, trial->stream)) {
            run[k].peak = weigh_stream(trial);
            run[k].cost = stream_cost(trial->maker, trial->stream);
        }
    }
}

static void weigh_runs(struct trial *trial) {
    int32_t steps = trial->model->graph->node_count;
    for (int32_t first = 0; first < steps; first++) {
        for (int32_t last = first; last < steps; last++) {
            weigh_run(trial, first, last);
        }
    }
}

/* --- partitions --- */

/* The least peak of a partition: bit i of `cuts` parts steps i and i + 1. */
static size_t least_of(const struct trial *trial, uint32_t cuts) {
    size_t peak = 0;
    int32_t first = 0;
    for (int32_t s = 0; s < trial->model->graph->node_count; s++) {
        if (cuts >> s & 1) {
            size_t least = SIZE_MAX;
            for (int k = 0; k < CHOICES; k++) {
                size_t size = trial->run[first][s][k].peak;
                least = size < least ? size : least;
            }
            peak = least > peak ? least : peak;
            first = s + 1;
        }
    }
    return peak;
}

/* The least cost within the limit; UINT64_MAX: it does not fit. */
static uint64_t cost_of(const struct trial *trial, uint32_t cuts,
                        size_t limit) {
    uint64_t cost = 0;
    int32_t first = 0;
    for (int32_t s = 0; s < trial->model->graph->node_count; s++) {
        if (cuts >> s & 1) {
            uint64_t least = UINT64_MAX;
            for (int k = 0; k < CHOICES; k++) {
                const struct weight *run = &trial->run[first][s][k];
                if (run->peak <= limit && run->cost < least) {
                    least = run->cost;
                }
            }
            if (least == UINT64_MAX) {
                return UINT64_MAX;
            }
            cost += least;
            first = s + 1;
        }
    }
    return cost;
}

static size_t least_of_all(const struct trial *trial) {
    uint32_t end = UINT32_C(1) << (trial->model->graph->node_count - 1);
    size_t least = SIZE_MAX;
    for (uint32_t cuts = 0; cuts < end; cuts++) {
        size_t peak = least_of(trial, cuts | end);
        least = peak < least ? peak : least;
    }
    return least;
}

static uint64_t cheapest_of_all(const struct trial *trial, size_t limit) {
    uint32_t end = UINT32_C(1) << (trial->model->graph->node_count - 1);
    uint64_t least = UINT64_MAX;
    for (uint32_t cuts = 0; cuts < end; cuts++) {
        uint64_t cost = cost_of(trial, cuts | end, limit);
        least = cost < least ? cost : least;
    }
    return least;
}

/* Returns whether the graph was small enough to go through all. */
static bool compare(uint64_t seed, const char *target, bool is_pushed) {
    struct trial trial = {
        .model = planned_new(random_image_net(seed, LAYERS), target),
        .is_pushed = is_pushed};
    struct context *context = &trial.model->context;
    if (trial.model->graph->node_count > STEPS) {
        planned_free(trial.model);
        return false;
    }
    trial.maker =
        stream_maker_new(context, trial.model->graph, trial.model->target);
    trial.stream = stream_new(context);
    assert_non_null(trial.maker);
    assert_non_null(trial.stream);
    struct search *search = search_new(context, trial.maker, is_pushed);
    assert_non_null(search);
    weigh_runs(&trial);
    size_t least = least_of_all(&trial);
    if (search_least(search) != least) {
        fail_msg("network %d: least %zu, of all %zu", (int)seed,
                 search_least(search), least);
    }
    for (int i = 0; i < 4; i++) {
        struct partition partition;
        size_t limit = least + least * (size_t)i / 3;
        assert_true(search_partition(context, search, limit, &partition));
        assert_true(partition.peak <= limit);
        assert_int_equal(partition.cost, cheapest_of_all(&trial, limit));
    }
    planned_free(trial.model);
    return true;
}

static void test_least(void **state) {
    (void)state;
    int compared = 0;
    for (uint64_t seed = 1; seed <= NETS; seed++) {
        const char *target = seed % 2 ? "generic" : "cortex-m4";
        compared += compare(seed, target, false);
        compared += compare(seed, target, true);
    }
    assert_true(compared > NETS);
}

int main(void) {
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_least)};
    return cmocka_run_group_tests_name("search", tests, NULL, NULL);
}
