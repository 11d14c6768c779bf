#include "model.h"

#include <assert.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "base/context.h"
#include "pass/pass.h"
#include "read/tflite.h"

struct test_model {
    struct context context;
    const struct target *target;
    uint8_t *file;
    struct graph *graph; /* NULL if it was refused */
    struct call **call;  /* one list a node */
    void **kept;         /* what each node keeps from run to run */
    void **memory;       /* by tensor id; NULL for constants */
};

static const char file_name[] = "test.tflite";

static void lower_all(struct test_model *model, struct graph *graph) {
    size_t count = (size_t)graph->node_count;
    model->call = allocate(count, sizeof *model->call);
    model->kept = allocate(count, sizeof *model->kept);
    bool ok = true;
    for (size_t i = 0; i < count; i++) {
        model->call[i] =
            op_lower(&model->context, model->target, graph->node[i]);
        ok = ok && model->call[i] != NULL;
    }
    if (!ok) {
        return;
    }
    model->graph = graph;
    for (size_t i = 0; i < count; i++) {
        model->kept[i] =
            allocate(op_memory(model->target, graph->node[i]).kept, 1);
    }
    model->memory =
        allocate((size_t)graph->tensor_count, sizeof *model->memory);
    for (int32_t i = 0; i < graph->tensor_count; i++) {
        if (graph->tensor[i]->data == NULL) {
            model->memory[i] = allocate(tensor_size(graph->tensor[i]), 1);
        }
    }
}

/* Models that tests make are good for more than that test: if the environment
 * names a folder, the first few of a kind are put there, as
 * "OPERATOR-TYPE_TYPE_NUMBER.tflite". */
static void keep_file(const struct test_model *model, size_t size) {
    enum { A_KIND = 3, PATH = 512 };
    const char *folder = getenv("MICROFLOW_KEEP_MODELS");
    if (!folder || !model->graph || model->graph->node_count == 0) {
        return;
    }
    const struct node *node = model->graph->node[0];
    char path[PATH];
    int length = snprintf(path, PATH, "%s/%s-", folder, node->op->name);
    for (int32_t i = 0; i <= node->input_count && length < PATH; i++) {
        const struct tensor *tensor = i < node->input_count ? node->input[i]
                                      : node->output_count  ? node->output[0]
                                                            : NULL;
        /* Inputs of one type count once. */
        if (tensor &&
            (i == 0 || !node->input[i - 1] || i == node->input_count ||
             node->input[i - 1]->type != tensor->type)) {
            length += snprintf(path + length, (size_t)(PATH - length), "%s_",
                               dtype_name(tensor->type));
        }
    }
    FILE *file = NULL;
    for (int i = 0; !file && i < A_KIND && length < PATH; i++) {
        snprintf(path + length, (size_t)(PATH - length), "%d.tflite", i);
        file = fopen(path, "wbx");
    }
    if (file) {
        assert_int_equal(fwrite(model->file, 1, size, file), size);
        assert_int_equal(fclose(file), 0);
    }
}

static struct test_model *read_model(struct writer *writer, bool optimize,
                                     const struct target *target) {
    struct test_model *model = allocate(1, sizeof *model);
    size_t size;
    model->context.file = file_name;
    model->target = target ? target : target_by_index(0);
    model->file = writer_finish(writer, &size);
    writer_free(writer);
    struct module *module;
    if (tflite_read(&model->context, model->file, size, &module) &&
        (!optimize || pipeline_run(&model->context, module, target_by_index(0),
                                   NULL, NULL))) {
        lower_all(model, module->graph[0]);
    }
    assert_true(model->graph != NULL || model->context.first != NULL);
    keep_file(model, size);
    return model;
}

struct test_model *model_from_writer(struct writer *writer) {
    return read_model(writer, false, NULL);
}

struct test_model *model_optimized(struct writer *writer) {
    return read_model(writer, true, NULL);
}

/* Adds a tensor, named `base`, "base1", ... unless it has a name. */
static int32_t add_tensor(struct writer *writer,
                          const struct writer_tensor *tensor, const char *base,
                          int i) {
    char name[32];
    struct writer_tensor named = *tensor;
    if (named.name == NULL) {
        if (i == 0) {
            snprintf(name, sizeof name, "%s", base);
        } else {
            snprintf(name, sizeof name, "%s%d", base, i);
        }
        named.name = name;
    }
    return writer_tensor(writer, &named);
}

struct test_model *model_from_op(const struct test_op *op) {
    int32_t inputs[TEST_OP_INPUTS], outputs[TEST_OP_OUTPUTS];
    int32_t graph_inputs[TEST_OP_INPUTS];
    int32_t graph_input_count = 0;
    struct writer *writer = writer_new();
    assert(op->input_count <= TEST_OP_INPUTS);
    assert(op->output_count <= TEST_OP_OUTPUTS);
    for (int i = 0; i < op->input_count; i++) {
        const struct writer_tensor *tensor = &op->input[i];
        if (op->omitted & (UINT32_C(1) << i)) {
            inputs[i] = -1;
            continue;
        }
        inputs[i] = add_tensor(writer, tensor, "input", i);
        if (tensor->data == NULL && tensor->buffer == 0 &&
            !tensor->is_variable) {
            graph_inputs[graph_input_count++] = inputs[i];
        }
    }
    for (int i = 0; i < op->output_count; i++) {
        outputs[i] = add_tensor(writer, &op->output[i], "output", i);
    }
    writer_add_op(writer, &(struct writer_op){
                              .code = op->code,
                              .version = op->version,
                              .inputs = {inputs, op->input_count},
                              .outputs = {outputs, op->output_count},
                              .options = op->options,
                              .custom_code = op->custom_code,
                              .custom_options = op->custom_options,
                              .custom_options_size = op->custom_options_size,
                          });
    writer_inputs(writer,
                  (struct writer_list){graph_inputs, graph_input_count});
    writer_outputs(writer, (struct writer_list){outputs, op->output_count});
    return read_model(writer, false, op->target);
}

void model_free(struct test_model *model) {
    for (int32_t i = 0; model->memory && i < model->graph->tensor_count; i++) {
        free(model->memory[i]);
    }
    for (int32_t i = 0; model->graph && i < model->graph->node_count; i++) {
        free(model->kept[i]);
    }
    free(model->kept);
    free(model->memory);
    free(model->call);
    arena_free(&model->context.arena);
    free(model->file);
    free(model);
}

const char *model_message(const struct test_model *model, int i) {
    const struct message *message = model->context.first;
    while (message && i-- > 0) {
        message = message->next;
    }
    return message ? message->text : NULL;
}

void model_expect_ok(const struct test_model *model) {
    if (model->context.first) {
        fail_msg("refused: %s", model->context.first->text);
    }
    assert_non_null(model->graph);
}

/* The message after "test.tflite: ". */
static const char *message_text(const char *message) {
    size_t prefix = sizeof file_name - 1;
    if (strncmp(message, file_name, prefix) != 0 ||
        strncmp(message + prefix, ": ", 2) != 0) {
        fail_msg("does not start with the file's name: %s", message);
    }
    return message + prefix + 2;
}

void model_expect_message(const struct test_model *model, const char *text) {
    const char *message = model_message(model, 0);
    if (!message) {
        fail_msg("accepted, expected: %s", text);
        return;
    }
    assert_string_equal(message_text(message), text);
}

void model_expect_any_message(const struct test_model *model,
                              const char *text) {
    const char *message;
    for (int i = 0; (message = model_message(model, i)) != NULL; i++) {
        if (strcmp(message_text(message), text) == 0) {
            return;
        }
        print_message("found: %s\n", message);
    }
    fail_msg("no such message: %s", text);
}

void op_expect_message(const struct test_op *op, const char *text) {
    struct test_model *model = model_from_op(op);
    model_expect_message(model, text);
    model_free(model);
}

struct graph *model_graph(struct test_model *model) {
    return model->graph;
}

const struct call *model_call(const struct test_model *model, int i) {
    assert(i < model->graph->node_count);
    return model->call[i];
}

void *model_data(struct test_model *model, const struct tensor *tensor) {
    assert(model->memory[tensor->id]);
    return model->memory[tensor->id];
}

void *model_input(struct test_model *model, int i) {
    assert(i < model->graph->input_count);
    return model_data(model, model->graph->input[i]);
}

const void *model_output(struct test_model *model, int i) {
    assert(i < model->graph->output_count);
    const struct tensor *tensor = model->graph->output[i];
    return tensor->data ? tensor->data : model_data(model, tensor);
}

size_t model_input_size(const struct test_model *model, int i) {
    return tensor_size(model->graph->input[i]);
}

size_t model_output_size(const struct test_model *model, int i) {
    return tensor_size(model->graph->output[i]);
}

/* Where tensors are while a node runs; `moved` ones are at `place`. */
struct places {
    struct test_model *model;
    const struct tensor *moved[2];
    void *place;
};

static void *find_place(void *user, const struct tensor *tensor) {
    struct places *places = user;
    if (tensor == places->moved[0] || tensor == places->moved[1]) {
        return places->place;
    }
    return model_data(places->model, tensor);
}

static void run_calls(struct test_model *model, int32_t i,
                      struct places *places) {
    struct op_memory memory = op_memory(model->target, model->graph->node[i]);
    /* A kernel must not rely on what its scratch holds. */
    void *scratch = allocate(memory.scratch, 1);
    memset(scratch, 0xA5, memory.scratch);
    calls_run(model->call[i], find_place, places, scratch, model->kept[i]);
    free(scratch);
}

/* Runs node i again with its output where input k is, and holds the result to
 * what is in output 0. */
static void run_in_place(struct test_model *model, int32_t i, int k,
                         void *const *before) {
    const struct node *node = model->graph->node[i];
    const struct tensor *input = node->input[k], *output = node->output[0];
    size_t input_size = tensor_size(input), output_size = tensor_size(output);
    size_t size = input_size > output_size ? input_size : output_size;
    struct places places = {model, {input, output}, allocate(size, 1)};
    memcpy(places.place, before[k], input_size);
    run_calls(model, i, &places);
    if (memcmp(places.place, model_data(model, output), output_size) != 0) {
        fail_msg("op %d %s gives another result when computed in place of "
                 "input %d",
                 (int)i, node->op->name, k);
    }
    free(places.place);
}

static void run_node(struct test_model *model, int32_t i) {
    const struct node *node = model->graph->node[i];
    struct op_memory memory = op_memory(model->target, node);
    void *before[32] = {0};
    for (int k = 0; k < node->input_count && k < 32; k++) {
        const struct tensor *input = node->input[k];
        if (input && input->is_variable) {
            memory.in_place = 0; /* a second run would move the state twice */
        }
        if (input && !input->data) {
            before[k] = duplicate(model_data(model, input), tensor_size(input));
        }
    }
    struct places places = {.model = model};
    run_calls(model, i, &places);
    for (int k = 0; k < node->input_count && k < 32; k++) {
        if (before[k] && (memory.in_place & (UINT32_C(1) << k))) {
            run_in_place(model, i, k, before);
        }
    }
    if (memory.is_view && before[0]) {
        assert_memory_equal(model_data(model, node->output[0]), before[0],
                            tensor_size(node->output[0]));
    }
    for (int k = 0; k < 32; k++) {
        free(before[k]);
    }
}

void model_run(struct test_model *model) {
    for (int32_t i = 0; i < model->graph->node_count; i++) {
        run_node(model, i);
    }
}
