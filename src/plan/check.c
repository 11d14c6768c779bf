/* The independent checker: executes a plan on the ownership of bytes.
 *
 * A map tells which tensors stand whole in the arena, and where: a write enters
 * what it writes and strikes out all that it touches.  The steps are followed
 * in order; a read holds if its tensor is in the map.  Nothing that the planner
 * concluded (lifetimes, which results are in place) is used: only where the
 * plan says that tensors lie, and what the operators themselves declare.  The
 * state memory is taken to lie behind the arena.
 *
 * Invariant: the map's intervals are sorted, not empty and do not overlap. */
#include <assert.h>
#include <string.h>

#include "op/control.h"
#include "plan/check.h"

bool overlaps(struct range a, struct range b) {
    return a.start < b.end && b.start < a.end;
}

/* --- the map --- */

/* First interval that ends after `position`. */
static int32_t find_interval(const struct checker *checker, size_t position) {
    int32_t low = 0, high = checker->map_count;
    while (low < high) {
        int32_t middle = low + (high - low) / 2;
        if (checker->map[middle].end <= position) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

void take(struct checker *checker, struct range range, int32_t owner) {
    if (range.start == range.end) {
        return;
    }
    struct interval *map = checker->map;
    int32_t from = find_interval(checker, range.start), to = from;
    while (to < checker->map_count && map[to].start < range.end) {
        to++;
    }
    memmove(&map[from + 1], &map[to],
            (size_t)(checker->map_count - to) * sizeof *map);
    map[from] = (struct interval){range.start, range.end, owner};
    checker->map_count += 1 - (to - from);
}

static bool is_whole(const struct checker *checker, struct range range,
                     int32_t owner) {
    int32_t i = find_interval(checker, range.start);
    if (range.start == range.end) {
        return true;
    }
    return i < checker->map_count && checker->map[i].owner == owner &&
           checker->map[i].start == range.start &&
           checker->map[i].end == range.end;
}

/* --- places --- */

bool check_fail(struct checker *checker, const struct node *node,
                const struct tensor *tensor, const char *problem, size_t byte) {
    const char *what = tensor ? tensor->name : "scratch";
    if (!node) {
        return context_fail(checker->context,
                            "memory plan: \"%s\" %s (arena byte %lu)", what,
                            problem, (unsigned long)byte);
    }
    return node_fail(checker->context, node,
                     "memory plan: \"%s\" %s (arena byte %lu)", what, problem,
                     (unsigned long)byte);
}

bool check_range(struct checker *checker, const struct node *node,
                 const struct tensor *tensor, size_t size, size_t align,
                 bool is_kept, struct range *range) {
    size_t start = range->start;
    const struct plan *plan = checker->plan;
    size_t limit = is_kept ? plan->state_size : plan->arena_size;
    size_t base_align = is_kept ? plan->state_align : plan->arena_align;
    if (size > limit || start > limit - size) {
        return check_fail(checker, node, tensor, "lies past the end", start);
    }
    if (start % align != 0 || base_align % align != 0) {
        return check_fail(checker, node, tensor, "is not aligned", start);
    }
    if (!is_kept && !check_region(checker, node, tensor, size, align, start)) {
        return false;
    }
    range->start += is_kept ? plan->arena_size : 0;
    range->end = range->start + size;
    return true;
}

static const struct buffer *get_buffer(const struct plan *plan, int32_t b) {
    return b >= 0 && b < plan->buffer_count ? &plan->buffer[b] : NULL;
}

static bool find_tensor(struct checker *checker, const struct node *node,
                        const struct tensor *tensor, struct range *range) {
    const struct plan *plan = checker->plan;
    const struct buffer *buffer =
        get_buffer(plan, plan->tensor_buffer[tensor->id]);
    if (!buffer || tensor->data) {
        return check_fail(checker, node, tensor,
                          "has no place, or is a constant and has one", 0);
    }
    size_t align = dtype_size(tensor->type);
    range->start = buffer->offset;
    return check_range(checker, node, tensor, tensor_size(tensor),
                       align == 0 ? 1 : align, buffer->kept >= 0, range);
}

bool check_whole(struct checker *checker, const struct node *node,
                 const struct tensor *tensor, const char *problem) {
    struct range range;
    if (!find_tensor(checker, node, tensor, &range)) {
        return false;
    }
    return is_whole(checker, range, checker->root[tensor->id]) ||
           check_fail(checker, node, tensor, problem, range.start);
}

/* --- steps --- */

/* Calls touch the node's own inputs, outputs and scratch, and constants. */
static bool check_calls(struct checker *checker, const struct step *step,
                        const struct call *call) {
    const struct plan *plan = checker->plan;
    int32_t s = (int32_t)(step - plan->step);
    const struct node *node = step->node;
    for (int32_t i = 0; i < node->input_count; i++) {
        if (node->input[i]) {
            checker->input_of[node->input[i]->id] = s + 1;
        }
    }
    for (int32_t i = 0; i < node->output_count; i++) {
        checker->output_of[node->output[i]->id] = s + 1;
    }
    for (; call; call = call->next) {
        for (int i = 0; i < call->operand_count; i++) {
            const struct operand *operand = &call->operand[i];
            bool ok = true;
            switch (operand->kind) {
            case OPERAND_INPUT:
                ok = operand->tensor->data ||
                     checker->input_of[operand->tensor->id] == s + 1 ||
                     checker->output_of[operand->tensor->id] == s + 1;
                break;
            case OPERAND_OUTPUT:
                ok = checker->output_of[operand->tensor->id] == s + 1;
                break;
            case OPERAND_TABLE:
                break;
            case OPERAND_SCRATCH:
                ok = step->scratch >= 0;
                break;
            case OPERAND_KEPT:
                ok = step->kept >= 0;
                break;
            }
            if (!ok) {
                return check_fail(checker, node, operand->tensor,
                                  "is used by a call but is not its node's", 0);
            }
        }
    }
    return true;
}

static bool check_reads(struct checker *checker, const struct node *node) {
    for (int32_t i = 0; i < node->input_count; i++) {
        if (node->input[i] && !node->input[i]->data &&
            !check_whole(checker, node, node->input[i],
                         "was overwritten or never written")) {
            return false;
        }
    }
    return true;
}

/* Whether output `o` may share bytes with input i of an operator that hands
 * inputs on in their order: it continues that one, or is what that one is
 * copied onto, or that one was copied before. */
static bool hands_on(const struct op_memory *memory, int32_t i, int32_t o,
                     struct range input, struct range output) {
    const bool same = input.start == output.start && input.end == output.end;
    return memory->first_continued > 0 &&
           (i < o || (same && (i == o || i == memory->first_continued + o)));
}

/* Output `o` shares bytes with an input only as the operator allows. */
static bool check_in_place(struct checker *checker, const struct node *node,
                           int32_t o, struct range output) {
    const struct plan *plan = checker->plan;
    struct op_memory memory = op_memory(plan->target, node);
    for (int32_t i = 0; i < node->input_count; i++) {
        const struct tensor *tensor = node->input[i];
        struct range input;
        if (!tensor || tensor->data) {
            continue;
        }
        if (!find_tensor(checker, node, tensor, &input)) {
            return false;
        }
        if (overlaps(input, output) &&
            !hands_on(&memory, i, o, input, output) &&
            !(o == 0 && i < 32 && (memory.in_place >> i & 1) &&
              input.start == output.start &&
              dtype_size(node->output[0]->type) <= dtype_size(tensor->type))) {
            return check_fail(checker, node, node->output[o],
                              "lies in an input that is still read",
                              output.start);
        }
    }
    return true;
}

static bool check_scratch(struct checker *checker, const struct step *step,
                          struct range *range) {
    const struct plan *plan = checker->plan;
    const struct node *node = step->node;
    size_t size = op_memory(plan->target, node).scratch;
    const struct buffer *buffer = get_buffer(plan, step->scratch);
    *range = (struct range){0, 0};
    if (size == 0 && step->scratch < 0) {
        return true;
    }
    if (!buffer || buffer->size < size) {
        return check_fail(checker, node, NULL,
                          "has no place or too small a one", 0);
    }
    range->start = buffer->offset;
    if (!check_range(checker, node, NULL, size, sizeof(int32_t), false,
                     range)) {
        return false;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        struct range input;
        if (!node->input[i] || node->input[i]->data) {
            continue;
        }
        if (!find_tensor(checker, node, node->input[i], &input)) {
            return false;
        }
        if (overlaps(input, *range)) {
            return check_fail(checker, node, NULL, "lies in an input",
                              range->start);
        }
    }
    take(checker, *range, SCRATCH);
    return true;
}

/* What an output is to continue lies in `range`. */
static bool lies_at(struct checker *checker, const struct node *node,
                    const struct tensor *tensor, struct range range) {
    struct range place;
    return find_tensor(checker, node, tensor, &place) &&
           ((place.start == range.start && place.end == range.end) ||
            check_fail(checker, node, tensor,
                       "lies elsewhere than what continues it", place.start));
}

/* Outputs are disjoint from each other and from scratch: all must be whole
 * once all are written. */
static bool check_writes(struct checker *checker, const struct step *step) {
    const struct node *node = step->node;
    const struct op_memory memory = op_memory(checker->plan->target, node);
    struct range scratch;
    if (!check_scratch(checker, step, &scratch)) {
        return false;
    }
    for (int32_t o = 0; o < node->output_count; o++) {
        const struct tensor *output = node->output[o];
        struct range range;
        if (!find_tensor(checker, node, output, &range) ||
            !check_in_place(checker, node, o, range)) {
            return false;
        }
        if (memory.first_continued > 0 &&
            !lies_at(checker, node, node->input[memory.first_continued + o],
                     range)) {
            return false;
        }
        if (overlaps(range, scratch)) {
            return check_fail(checker, node, NULL, "lies in an output",
                              range.start);
        }
        checker->root[output->id] = output->id;
        take(checker, range, output->id);
    }
    for (int32_t o = 0; o < node->output_count; o++) {
        if (!check_whole(checker, node, node->output[o],
                         "shares bytes with another output")) {
            return false;
        }
    }
    return true;
}

/* What is not executed would have copied an input to where it lies. */
static bool check_dropped(struct checker *checker, const struct step *step) {
    for (const struct call *call = step->dropped; call; call = call->next) {
        struct range from, to;
        const struct operand *operand = call->operand;
        const struct tensor *output = step->node->output[0];
        if (!call->moves_start || operand[0].kind != OPERAND_INPUT ||
            operand[0].tensor->data || operand[1].kind != OPERAND_OUTPUT) {
            return check_fail(checker, step->node, output, "is not computed",
                              0);
        }
        if (!find_tensor(checker, step->node, operand[0].tensor, &from) ||
            !find_tensor(checker, step->node, operand[1].tensor, &to)) {
            return false;
        }
        if (from.start != to.start) {
            return check_fail(checker, step->node, output,
                              "lies elsewhere than what it is the start of",
                              to.start);
        }
    }
    return true;
}

/* Nothing is executed: the output must be the input's very bytes. */
static bool check_view(struct checker *checker, const struct node *node) {
    const struct plan *plan = checker->plan;
    struct range input, output;
    if (!op_memory(plan->target, node).is_view || node->output_count != 1 ||
        !node->input[0] || node->input[0]->data) {
        return check_fail(checker, node, node->output[0], "is not computed", 0);
    }
    if (!find_tensor(checker, node, node->input[0], &input) ||
        !find_tensor(checker, node, node->output[0], &output)) {
        return false;
    }
    if (input.start != output.start || input.end != output.end) {
        return check_fail(checker, node, node->output[0],
                          "lies elsewhere than what it is a view of",
                          output.start);
    }
    checker->root[node->output[0]->id] = checker->root[node->input[0]->id];
    return true;
}

/* Whether the only input comes row by row, in the first stream. */
static bool is_pushed(const struct plan *plan) {
    return plan->stream_count > 0 && plan->stream[0].is_pushed;
}

/* What is pushed has no place but in the stream; nor have its views. */
static bool is_view_of_pushed(const struct checker *checker,
                              const struct step *step) {
    const struct plan *plan = checker->plan;
    return is_pushed(plan) && !step->call && step->node->input[0] &&
           (step->node->input[0] == plan->graph->input[0] ||
            plan->tensor_buffer[step->node->input[0]->id] < 0) &&
           op_memory(plan->target, step->node).is_view;
}

/* The caller writes the inputs before the first step, in any order: none may
 * spoil another. */
static bool check_graph_inputs(struct checker *checker) {
    const struct graph *graph = checker->plan->graph;
    for (int32_t i = 0; i < graph->input_count; i++) {
        const struct tensor *input = graph->input[i];
        struct range range;
        if (is_pushed(checker->plan)) {
            continue;
        }
        if (!find_tensor(checker, NULL, input, &range)) {
            return false;
        }
        checker->root[input->id] = input->id;
        take(checker, range, input->id);
    }
    for (int32_t i = 0; i < graph->input_count; i++) {
        if (!is_pushed(checker->plan) &&
            !check_whole(checker, NULL, graph->input[i],
                         "shares bytes with another input")) {
            return false;
        }
    }
    return true;
}

/* Where state k is kept; its size is that of what lies there. */
static bool find_kept(struct checker *checker, const struct node *node,
                      const struct tensor *tensor, size_t size, size_t align,
                      int32_t k, struct range *range) {
    const struct plan *plan = checker->plan;
    if (k < 0 || k >= plan->kept_count || plan->kept[k].size < size) {
        return check_fail(checker, node, tensor, "is kept nowhere", 0);
    }
    range->start = plan->kept[k].offset;
    return check_range(checker, node, tensor, size, align, true, range);
}

/* The value of a state and its next one lie where it is kept. */
static bool check_state(struct checker *checker, const struct tensor *tensor,
                        int32_t k) {
    struct range range, kept;
    if (!find_tensor(checker, NULL, tensor, &range) ||
        !find_kept(checker, NULL, tensor, tensor_size(tensor), 1, k, &kept)) {
        return false;
    }
    if (range.start != kept.start ||
        plan_buffer(checker->plan, tensor)->kept != k) {
        return check_fail(checker, NULL, tensor,
                          "lies elsewhere than its state", range.start);
    }
    return true;
}

/* What an inference finds in the state memory, and what it must not touch
 * there: places are disjoint, and each is one state's or one node's own. */
static bool check_states_before(struct checker *checker) {
    const struct plan *plan = checker->plan;
    const struct graph *graph = plan->graph;
    size_t end = 0;
    for (int32_t k = 0; k < plan->kept_count; k++) {
        if (plan->kept[k].offset < end) {
            return check_fail(checker, NULL, NULL, "overlaps another kept one",
                              end);
        }
        end = plan->kept[k].offset + plan->kept[k].size;
    }
    for (int32_t i = 0; i < graph->state_count; i++) {
        const struct tensor *tensor = graph->state[i].tensor;
        struct range range;
        int32_t b = plan->tensor_buffer[tensor->id];
        if (!get_buffer(plan, b) ||
            !check_state(checker, tensor, plan->buffer[b].kept) ||
            plan->kept[plan->buffer[b].kept].state != &graph->state[i] ||
            !find_tensor(checker, NULL, tensor, &range)) {
            return check_fail(checker, NULL, tensor, "is kept nowhere", 0);
        }
        checker->root[tensor->id] = tensor->id;
        take(checker, range, tensor->id);
    }
    return true;
}

/* Each step's own memory is a place that no buffer lies in. */
static bool check_kept(struct checker *checker, const struct step *step) {
    const struct plan *plan = checker->plan;
    size_t size = op_memory(plan->target, step->node).kept;
    struct range range;
    if (step->kept < 0 && size == 0) {
        return true;
    }
    if (!find_kept(checker, step->node, NULL, size, sizeof(int32_t), step->kept,
                   &range) ||
        plan->kept[step->kept].state) {
        return check_fail(checker, step->node, NULL, "is kept nowhere", 0);
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        if (plan->buffer[b].kept == step->kept) {
            return check_fail(checker, step->node, plan->buffer[b].tensor,
                              "lies in a node's own memory", range.start);
        }
    }
    return true;
}

static bool check_step(struct checker *checker, int32_t s) {
    const struct step *step = &checker->plan->step[s];
    if (is_view_of_pushed(checker, step)) {
        return true;
    }
    if (!check_reads(checker, step->node)) {
        return false;
    }
    if (!step->call && !step->dropped) {
        return check_view(checker, step->node);
    }
    return check_calls(checker, step, step->call) &&
           check_calls(checker, step, step->dropped) &&
           check_dropped(checker, step) && check_kept(checker, step) &&
           check_writes(checker, step);
}

/* Every state holds its next value at the end; what no node stores is the old
 * one still. */
static bool check_states_after(struct checker *checker) {
    const struct plan *plan = checker->plan;
    const struct graph *graph = plan->graph;
    for (int32_t i = 0; i < graph->state_count; i++) {
        const struct graph_state *state = &graph->state[i];
        const struct tensor *next = state->next ? state->next : state->tensor;
        int32_t k = plan_buffer(plan, state->tensor)->kept;
        if (!check_state(checker, next, k) ||
            !check_whole(checker, NULL, next,
                         "is to be kept and was overwritten")) {
            return false;
        }
    }
    return true;
}

static bool check_graph_outputs(struct checker *checker) {
    const struct graph *graph = checker->plan->graph;
    for (int32_t i = 0; i < graph->output_count; i++) {
        if (!graph->output[i]->data &&
            !check_whole(checker, NULL, graph->output[i],
                         "is an output and was overwritten")) {
            return false;
        }
    }
    return true;
}

/* Every write adds an interval at most. */
static bool set_up(struct checker *checker) {
    const struct graph *graph = checker->plan->graph;
    size_t writes = (size_t)graph->input_count + (size_t)graph->state_count;
    /* Rounds of loops are followed twice; see begin_round(), too. */
    size_t times = 1;
    for (int32_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->node[n];
        writes += times * 2 * ((size_t)node->output_count + 1);
        times = node->op->control_role == CONTROL_LOOP     ? times * 2
                : node->op->control_role == CONTROL_REPEAT ? times / 2
                                                           : times;
    }
    for (int32_t i = 0; i < checker->plan->stream_count; i++) {
        writes += (size_t)checker->plan->stream[i].strip_count + 1;
    }
    size_t tensors = (size_t)graph->tensor_count;
    checker->map = CONTEXT_NEW(checker->context, struct interval, writes);
    checker->root = CONTEXT_NEW(checker->context, int32_t, tensors);
    checker->input_of = CONTEXT_NEW(checker->context, int32_t, tensors);
    checker->output_of = CONTEXT_NEW(checker->context, int32_t, tensors);
    if (!checker->map || !checker->root || !checker->input_of ||
        !checker->output_of) {
        return false;
    }
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        checker->root[i] = UNWRITTEN;
    }
    return true;
}

static bool check_steps(struct checker *checker, int32_t first, int32_t last);

/* The steps from mark `s` on, up to and with the mark `end`, which takes what
 * is needed of them: nothing else of it is known from then on. */
/* NOLINTNEXTLINE(misc-no-recursion) reading bounds how deep control lies */
static bool check_part(struct checker *checker, int32_t s, int32_t end) {
    if (!check_steps(checker, s + 1, end - 1) || !check_step(checker, end)) {
        return false;
    }
    for (int32_t i = s + 1; i < end; i++) {
        const struct node *node = checker->plan->step[i].node;
        for (int32_t o = 0; o < node->output_count; o++) {
            checker->root[node->output[o]->id] = UNWRITTEN;
        }
    }
    return true;
}

/* What a round has left is what the next one begins with. */
static bool begin_round(struct checker *checker, const struct node *repeat) {
    for (int32_t k = 0; k < repeat->output_count; k++) {
        const struct tensor *value = repeat->input[repeat->output_count + k];
        struct range range;
        if (!find_tensor(checker, repeat, value, &range)) {
            return false;
        }
        take(checker, range, value->id);
    }
    return true;
}

/* What mark *s begins; *s becomes the mark that ends it.  Rounds write the same
 * bytes each time, so that what the second one finds, all later ones do.  Of
 * two branches the second must not rely on the first, nor mind it. */
/* NOLINTNEXTLINE(misc-no-recursion) reading bounds how deep control lies */
static bool check_control(struct checker *checker, int32_t *s) {
    const struct plan *plan = checker->plan;
    int32_t end = control_target(plan->graph, *s);
    bool ok = check_part(checker, *s, end);
    if (plan->step[*s].node->op->control_role == CONTROL_LOOP) {
        ok = ok && begin_round(checker, plan->step[end].node) &&
             check_part(checker, *s, end);
    } else {
        const int32_t other = end;
        end = control_target(plan->graph, other);
        ok = ok && check_part(checker, other, end);
    }
    *s = end;
    return ok;
}

/* NOLINTNEXTLINE(misc-no-recursion) reading bounds how deep control lies */
static bool check_steps(struct checker *checker, int32_t first, int32_t last) {
    const struct plan *plan = checker->plan;
    for (int32_t s = first; s <= last; s++) {
        assert(plan->step[s].node == plan->graph->node[s]);
        int32_t stream = plan->step[s].stream;
        if (stream >= 0) {
            if (!check_stream(checker, &plan->stream[stream])) {
                return false;
            }
            s = plan->stream[stream].last;
            continue;
        }
        if (!check_step(checker, s) || (control_depth(plan->step[s].node) > 0 &&
                                        !check_control(checker, &s))) {
            return false;
        }
    }
    return true;
}

bool plan_check(struct context *context, const struct plan *plan) {
    struct checker checker = {.context = context, .plan = plan};
    assert(plan->step_count == plan->graph->node_count);
    size_t align = plan->arena_align;
    if (align != 1 && align != 2 && align != 4 && align != 8) {
        return context_fail(context,
                            "memory plan: the arena's alignment is %lu",
                            (unsigned long)align);
    }
    if (!check_regions(&checker) || !set_up(&checker) ||
        !check_graph_inputs(&checker) || !check_states_before(&checker)) {
        return false;
    }
    if (!check_steps(&checker, 0, plan->step_count - 1)) {
        return false;
    }
    return check_graph_outputs(&checker) && check_states_after(&checker);
}
