#include "fake_graph.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"
#include "run/run.h"

/* --- the operator --- */

/* Parameters: bytes of each operand, elements' bytes, and what is allowed. */
struct fake_params {
    struct op_memory memory;
    int32_t input_count;
    size_t input_size[FAKE_INPUTS], input_element[FAKE_INPUTS];
    size_t output_size, output_element;
    unsigned salt;
};

static unsigned mix(unsigned hash, unsigned char byte) {
    return (hash ^ byte) * 16777619u;
}

/* Element k of the output depends on element k of the inputs that it may
 * overwrite and on any others' bytes, wherever; scratch is full before. */
static unsigned char *fill_scratch(const struct fake_params *params,
                                   unsigned char *scratch) {
    for (size_t i = 0; i < params->memory.scratch; i++) {
        scratch[i] = (unsigned char)(i * 31 + params->salt);
    }
    return scratch;
}

static unsigned read_input(const struct fake_params *params, int32_t i,
                           const unsigned char *input, size_t k) {
    unsigned hash = params->salt;
    size_t element = params->input_element[i], size = params->input_size[i];
    if (params->memory.in_place >> i & 1) {
        for (size_t b = k * element; b < (k + 1) * element && b < size; b++) {
            hash = mix(hash, input[b]);
        }
        return hash;
    }
    hash = mix(hash, input[(k * 7 + params->salt) % size]);
    return mix(hash, input[size - 1 - k % size]);
}

static void run_fake(const void *kernel_params, void *const operand[]) {
    const struct fake_params *params = kernel_params;
    int32_t inputs = params->input_count;
    unsigned char *output = operand[inputs];
    unsigned char *scratch = fill_scratch(params, operand[inputs + 1]);
    size_t elements = params->output_size / params->output_element;
    for (size_t k = 0; k < elements; k++) {
        unsigned hash = params->salt + (unsigned)k;
        for (int32_t i = 0; i < inputs; i++) {
            hash = hash * 33 + read_input(params, i, operand[i], k);
        }
        if (params->memory.scratch) {
            hash = mix(hash, scratch[k % params->memory.scratch]);
        }
        for (size_t b = 0; b < params->output_element; b++) {
            output[k * params->output_element + b] =
                (unsigned char)(hash >> (8 + 2 * b));
        }
    }
}

static const struct field no_fields[] = {FIELD_END};

static const struct kernel fake_kernel = {
    .name = "fake",
    .header = "fake.h",
    .params = "fake",
    .params_size = sizeof(struct fake_params),
    .fields = no_fields,
    .run = run_fake,
};

static void memory_fake(const struct node *node, struct op_memory *memory) {
    *memory = *(const struct op_memory *)node->attributes;
}

/* A call an output, the first output's last: it may overwrite inputs. */
static bool lower_fake(struct lowering *lowering) {
    const struct node *node = lowering->node;
    for (int32_t o = node->output_count - 1; o >= 0; o--) {
        struct call *call = lower_call(lowering, &fake_kernel);
        if (!call) {
            return false;
        }
        struct fake_params *params = call->params;
        params->memory = op_memory(target_by_index(0), node);
        uint32_t mask = params->memory.in_place;
        params->memory.in_place = 0;
        params->salt = (unsigned)(node->index * 8 + o) * 2654435761u;
        for (int32_t i = 0; i < node->input_count; i++) {
            struct tensor *input = node->input[i];
            if (input) {
                int32_t k = params->input_count++;
                /* Bits of the kernel's mask go by its operands. */
                params->memory.in_place |= (mask >> i & 1) << k;
                params->input_size[k] = tensor_size(input);
                params->input_element[k] = dtype_size(input->type);
                call_input(call, "input", input);
            }
        }
        params->output_size = tensor_size(node->output[o]);
        params->output_element = dtype_size(node->output[o]->type);
        call_output(call, node->output[o]);
        if (params->memory.scratch) {
            call_scratch(call, DTYPE_UINT8);
        }
    }
    return true;
}

static const struct op_def fake_op = {
    .name = "FAKE",
    .tflite_code = -1,
    .inputs = {0, FAKE_INPUTS},
    .outputs = {1, FAKE_OUTPUTS},
    .attributes_size = sizeof(struct op_memory),
    .memory = memory_fake,
    .lower = lower_fake,
};

/* --- building --- */

static void *need(void *p) {
    if (!p) {
        abort();
    }
    return p;
}

struct fake_graph *fake_new(void) {
    struct fake_graph *fake = need(calloc(1, sizeof *fake));
    fake->context.file = "fake";
    fake->graph.name = "main";
    return fake;
}

void fake_free(struct fake_graph *fake) {
    arena_free(&fake->context.arena);
    free(fake);
}

struct tensor *fake_tensor(struct fake_graph *fake, enum dtype type,
                           int32_t count) {
    struct tensor *tensor =
        need(graph_add_tensor(&fake->context, &fake->graph));
    tensor->index = tensor->id;
    tensor->name = need(context_format(&fake->context, "t%d", (int)tensor->id));
    tensor->type = type;
    tensor->shape = (struct shape){.rank = 1, .dim = {count}};
    return tensor;
}

/* Appends to a list in the context's arena; short lists, old ones stay. */
static void append(struct fake_graph *fake, struct tensor ***list,
                   int32_t *count, struct tensor *tensor) {
    struct tensor **grown =
        need(CONTEXT_NEW(&fake->context, struct tensor *, (size_t)*count + 1));
    if (*count) {
        memcpy(grown, *list, (size_t)*count * sizeof *grown);
    }
    grown[(*count)++] = tensor;
    *list = grown;
}

struct tensor *fake_input(struct fake_graph *fake, enum dtype type,
                          int32_t count) {
    struct tensor *tensor = fake_tensor(fake, type, count);
    append(fake, &fake->graph.input, &fake->graph.input_count, tensor);
    return tensor;
}

struct tensor *fake_constant(struct fake_graph *fake, enum dtype type,
                             int32_t count) {
    struct tensor *tensor = fake_tensor(fake, type, count);
    size_t size = tensor_size(tensor);
    unsigned char *data = need(context_alloc(&fake->context, size, 1));
    for (size_t i = 0; i < size; i++) {
        data[i] = (unsigned char)(i * 5 + (size_t)tensor->id);
    }
    tensor->data = data;
    return tensor;
}

void fake_output(struct fake_graph *fake, struct tensor *tensor) {
    append(fake, &fake->graph.output, &fake->graph.output_count, tensor);
}

static struct tensor **copy_list(struct fake_graph *fake,
                                 struct fake_list list) {
    struct tensor **copy =
        need(CONTEXT_NEW(&fake->context, struct tensor *, (size_t)list.count));
    memcpy(copy, list.tensor, (size_t)list.count * sizeof *copy);
    return copy;
}

void fake_set_memory(struct node *node, struct op_memory memory) {
    *(struct op_memory *)node->attributes = memory;
}

struct node *fake_node(struct fake_graph *fake, struct op_memory memory,
                       struct fake_list inputs, struct fake_list outputs) {
    struct graph *graph = &fake->graph;
    int32_t count = graph->node_count;
    if ((count & (count - 1)) == 0) {
        size_t room = (size_t)count * 2 + 1;
        struct node **grown =
            need(CONTEXT_NEW(&fake->context, struct node *, room));
        if (count) {
            memcpy(grown, graph->node, (size_t)count * sizeof *grown);
        }
        graph->node = grown;
    }
    struct node *node = need(CONTEXT_NEW(&fake->context, struct node, 1));
    node->op = &fake_op;
    node->index = count;
    node->version = 1;
    node->input = copy_list(fake, inputs);
    node->input_count = inputs.count;
    node->output = copy_list(fake, outputs);
    node->output_count = outputs.count;
    node->attributes = need(CONTEXT_NEW(&fake->context, struct op_memory, 1));
    fake_set_memory(node, memory);
    graph->node[graph->node_count++] = node;
    return node;
}

struct plan *fake_plan(struct fake_graph *fake) {
    struct plan *plan = NULL;
    graph_index(&fake->graph);
    if (!graph_check(&fake->context, &fake->graph, "test") ||
        !plan_make(&fake->context, &fake->graph, target_by_index(0), NULL,
                   &plan)) {
        fprintf(stderr, "%s\n", fake->context.first->text);
        abort();
    }
    return plan;
}

/* --- running --- */

static void fill_input(const struct tensor *tensor, unsigned char *data) {
    struct random random = {(uint64_t)tensor->id};
    for (size_t i = 0; i < tensor_size(tensor); i++) {
        data[i] = (unsigned char)random_u64(&random);
    }
}

static void *own_memory(void *user, const struct tensor *tensor) {
    unsigned char **data = user;
    return data[tensor->id];
}

/* Every tensor in memory of its own, views copied. */
static unsigned char **run_apart(struct fake_graph *fake) {
    const struct graph *graph = &fake->graph;
    unsigned char **data =
        need(calloc((size_t)graph->tensor_count + 1, sizeof *data));
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        data[i] = need(calloc(tensor_size(graph->tensor[i]) + 1, 1));
    }
    for (int32_t i = 0; i < graph->input_count; i++) {
        fill_input(graph->input[i], data[graph->input[i]->id]);
    }
    for (int32_t n = 0; n < graph->node_count; n++) {
        const struct node *node = graph->node[n];
        struct op_memory memory = op_memory(target_by_index(0), node);
        if (memory.is_view && !node->input[0]->data) {
            memcpy(data[node->output[0]->id], data[node->input[0]->id],
                   tensor_size(node->output[0]));
            continue;
        }
        void *scratch = need(malloc(memory.scratch + 1));
        calls_run(op_lower(&fake->context, target_by_index(0), node),
                  own_memory, data, scratch, NULL);
        free(scratch);
    }
    return data;
}

bool fake_runs(struct fake_graph *fake, const struct plan *plan) {
    const struct graph *graph = &fake->graph;
    unsigned char **expected = run_apart(fake);
    unsigned char *arena = need(malloc(plan->arena_size + 1));
    memset(arena, 0xA5, plan->arena_size + 1);
    struct run_memory memory = {.arena = arena};
    for (int32_t i = 0; i < graph->input_count; i++) {
        fill_input(graph->input[i],
                   run_address(plan, &memory, graph->input[i]));
    }
    run_plan(plan, &memory);
    bool same = arena[plan->arena_size] == 0xA5;
    for (int32_t i = 0; i < graph->output_count; i++) {
        const struct tensor *output = graph->output[i];
        if (!output->data) {
            same =
                same && memcmp(run_address(plan, &memory, output),
                               expected[output->id], tensor_size(output)) == 0;
        }
    }
    free(arena);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        free(expected[i]);
    }
    free(expected);
    return same;
}

/* --- random graphs --- */

static enum dtype random_type(struct random *random) {
    static const enum dtype types[] = {DTYPE_INT8,  DTYPE_INT8,    DTYPE_INT16,
                                       DTYPE_INT32, DTYPE_FLOAT32, DTYPE_INT64};
    return types[random_int(random, 0, 5)];
}

/* Mostly a recent tensor, sometimes any, sometimes a constant. */
static struct tensor *random_source(struct fake_graph *fake,
                                    struct random *random) {
    const struct graph *graph = &fake->graph;
    if (random_int(random, 0, 9) == 0) {
        return fake_constant(fake, random_type(random),
                             random_int(random, 1, 20));
    }
    int32_t oldest =
        random_int(random, 0, 3) == 0 ? 0 : graph->tensor_count - 4;
    return graph->tensor[random_int(random, oldest < 0 ? 0 : oldest,
                                    graph->tensor_count - 1)];
}

static void add_random_node(struct fake_graph *fake, struct random *random) {
    struct op_memory memory = {0};
    struct tensor *input[FAKE_INPUTS], *output[FAKE_OUTPUTS];
    int32_t inputs = random_int(random, 1, FAKE_INPUTS), outputs = 1;
    for (int32_t i = 0; i < inputs; i++) {
        input[i] = random_source(fake, random);
    }
    enum dtype type = input[0]->type;
    int32_t count = input[0]->shape.dim[0];
    int kind = random_int(random, 0, 9);
    if (kind < 2) {
        memory.is_view = true;
        inputs = 1;
    } else if (kind < 6) {
        memory.in_place = (uint32_t)random_int(random, 1, 15);
        if (random_int(random, 0, 1)) {
            type = random_type(random);
            count = random_int(random, 1, 300);
        }
    } else {
        type = random_type(random);
        count = random_int(random, 1, 300);
    }
    if (!memory.is_view) {
        outputs = random_int(random, 0, 2) ? 1 : FAKE_OUTPUTS;
    }
    if (!memory.is_view && random_int(random, 0, 3) == 0) {
        memory.scratch = (size_t)random_int(random, 1, 200);
    }
    for (int32_t o = 0; o < outputs; o++) {
        output[o] = fake_tensor(fake, type, count);
        count = random_int(random, 1, 300);
    }
    fake_node(fake, memory, (struct fake_list){input, inputs},
              (struct fake_list){output, outputs});
}

struct fake_graph *fake_random(uint64_t seed, int32_t nodes) {
    struct random random = {seed};
    struct fake_graph *fake = fake_new();
    for (int32_t i = random_int(&random, 1, 3); i > 0; i--) {
        fake_input(fake, random_type(&random), random_int(&random, 1, 300));
    }
    for (int32_t n = 0; n < nodes; n++) {
        add_random_node(fake, &random);
    }
    for (int32_t i = 0; i < fake->graph.tensor_count; i++) {
        if (random_int(&random, 0, 19) == 0) {
            fake_output(fake, fake->graph.tensor[i]);
        }
    }
    fake_output(fake, fake->graph.tensor[fake->graph.tensor_count - 1]);
    return fake;
}
