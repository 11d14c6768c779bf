/* The public library: a model from its bytes to a plan, C files and results. */
#include "microflow.h"

#include <string.h>

#include "library/model.h"
#include "op/custom.h"
#include "pass/pass.h"
#include "read/tflite.h"
#include "run/selftest.h"

const char *mf_version(void) {
    return MF_VERSION;
}

const char *mf_pass_name(size_t i) {
    return i < INT32_MAX ? pipeline_pass_name((int)i) : NULL;
}

/* --- opening --- */

static bool is_dump_point(const char *name) {
    for (int i = 0; pipeline_pass_name(i); i++) {
        if (strcmp(name, pipeline_pass_name(i)) == 0) {
            return true;
        }
    }
    return strcmp(name, "read") == 0;
}

static bool prepare(mf_model *model, const void *data, size_t size,
                    const mf_open_options *options) {
    const char *dump_after = options->dump_after;
    const struct target *target =
        options->target ? target_by_name(options->target) : target_by_index(0);
    const struct plan_options how = {.least_ram = options->least_ram,
                                     .ram_limit = options->ram_limit,
                                     .push_input = options->push_input};
    struct context *context = &model->context;
    struct module *module;
    struct plan *plan;
    if (dump_after && !is_dump_point(dump_after)) {
        return context_fail(context,
                            "there is no pass \"%s\" to keep the graph after",
                            dump_after);
    }
    if (!target) {
        return context_fail(context, "there is no target \"%s\"",
                            options->target);
    }
    if (!tflite_read(context, data, size, &module)) {
        return false;
    }
    struct graph *graph = module->graph[0];
    if (!pipeline_run(context, module, target, dump_after, &model->dump) ||
        model->dump.failed || !plan_make(context, graph, target, &how, &plan) ||
        !model_add_up(model, plan)) {
        return false;
    }
    model->graph = graph;
    model->plan = plan;
    return true;
}

static bool is_header_name(const char *text) {
    return *text && !strpbrk(text, "\"\\\n\r");
}

/* Copies the declarations of custom operators to the context. */
static bool take_custom_ops(struct context *context,
                            const mf_open_options *options) {
    for (size_t i = options->custom_count; i-- > 0;) {
        const mf_custom_op *from = &options->custom[i];
        struct custom_op *op = CONTEXT_NEW(context, struct custom_op, 1);
        if (!op) {
            return false;
        }
        if (!emit_is_identifier(from->function) ||
            !is_header_name(from->header)) {
            return context_fail(context,
                                "custom operator %s: header \"%s\" and "
                                "function \"%s\" must be a file's name and a "
                                "C identifier",
                                from->name, from->header, from->function);
        }
        op->name = context_format(context, "%s", from->name);
        op->header = context_format(context, "%s", from->header);
        op->function = context_format(context, "%s", from->function);
        op->next = context->custom;
        context->custom = op;
        if (!op->name || !op->header || !op->function) {
            return false;
        }
    }
    return true;
}

mf_model *mf_model_open(const void *data, size_t size, const char *name,
                        const mf_open_options *options) {
    struct arena arena = {NULL};
    mf_model *model = arena_alloc(&arena, 1, sizeof *model);
    if (!model) {
        return NULL;
    }
    model->context.arena = arena;
    model->context.file = "model";
    const char *file =
        context_format(&model->context, "%s", name ? name : "model");
    if (!file) {
        return model;
    }
    model->context.file = file;
    model->emission.file = file;
    model->dump.context = &model->context;
    model->map.context = &model->context;
    const mf_open_options none = {0};
    options = options ? options : &none;
    if (take_custom_ops(&model->context, options)) {
        prepare(model, data, size, options);
    }
    return model;
}

void mf_model_close(mf_model *model) {
    if (model) {
        /* The model itself lies in the arena that goes last. */
        struct arena arena = model->context.arena;
        arena_free(&model->emission.arena);
        arena_free(&arena);
    }
}

bool mf_model_ok(const mf_model *model) {
    return model->plan != NULL;
}

const char *mf_model_message(const mf_model *model, size_t i) {
    const struct message *message = model->context.first;
    for (; message && i; i--) {
        message = message->next;
    }
    if (!message) {
        message = model->emission.first;
        for (; message && i; i--) {
            message = message->next;
        }
    }
    return message ? message->text : NULL;
}

const char *mf_model_dump(const mf_model *model) {
    return model->dump.data ? model->dump.data : "";
}

/* --- compiling --- */

/* A name the user chose is no file name: nothing is cut off it. */
static const char *make_name(struct context *context, const char *name) {
    if (!name) {
        return emit_name(context, context->file);
    }
    char *flat = context_format(context, "%s", name);
    if (!flat) {
        return NULL;
    }
    for (char *c = flat; *c; c++) {
        if (*c == '.' || *c == '/' || *c == '\\') {
            *c = '_';
        }
    }
    return emit_name(context, flat);
}

bool mf_model_compile(mf_model *model, const mf_compile_options *options) {
    static const mf_compile_options standard = {0};
    if (!model->plan) {
        return false;
    }
    if (!options) {
        options = &standard;
    }
    struct context *context = &model->emission;
    arena_free(&context->arena);
    *context = (struct context){.file = model->context.file};
    model->file = NULL;

    struct emit_options emit = {
        .name = make_name(context, options->name),
        .share_kernels = options->optimize == MF_OPTIMIZE_SIZE,
        .driver = options->driver,
        .layer_hook = options->layer_hook,
        .separate_buffers = options->separate_buffers,
        .guard_weights = options->guard_weights,
        .guard_arena = options->guard_arena,
    };
    struct emitted_file *files;
    if (emit.layer_hook && !emit_is_identifier(emit.layer_hook)) {
        return context_fail(context,
                            "layer hook is \"%s\", must be a C "
                            "identifier",
                            emit.layer_hook);
    }
    if (emit.guard_arena && emit.separate_buffers) {
        return context_fail(context,
                            "guard_arena needs an arena, separate_buffers "
                            "leaves none");
    }
    if (options->selftest &&
        !selftest_make(context, model->plan, &emit.checks)) {
        return false;
    }
    if (!emit.name || !emit_files(context, model->plan, &emit, &files)) {
        return false;
    }
    model->file = files;
    return true;
}

size_t mf_model_file_count(const mf_model *model) {
    size_t count = 0;
    for (const struct emitted_file *f = model->file; f; f = f->next) {
        count++;
    }
    return count;
}

const char *mf_model_file(const mf_model *model, size_t i, const char **data,
                          size_t *size) {
    const struct emitted_file *file = model->file;
    for (; file && i; i--) {
        file = file->next;
    }
    *data = file ? file->data : NULL;
    *size = file ? file->size : 0;
    return file ? file->name : NULL;
}

/* --- running --- */

static bool have_memory(mf_model *model) {
    struct run_memory *memory = &model->memory;
    if (model->plan && !memory->arena) {
        memory->state =
            context_alloc(&model->context, model->plan->state_size, 1);
        if (memory->state) {
            run_reset(model->plan, memory);
            memory->arena =
                context_alloc(&model->context, model->plan->arena_size, 1);
        }
        if (model_is_pushed(model)) {
            memory->input = context_alloc(
                &model->context, tensor_size(model->graph->input[0]), 1);
        }
    }
    return memory->arena && (!model_is_pushed(model) || memory->input);
}

void *mf_model_input_data(mf_model *model, size_t i) {
    if (i >= mf_model_input_count(model) || !have_memory(model)) {
        return NULL;
    }
    return model_is_pushed(model) ? model->memory.input
                                  : run_address(model->plan, &model->memory,
                                                model->graph->input[i]);
}

const void *mf_model_output_data(mf_model *model, size_t i) {
    return i < mf_model_output_count(model) && have_memory(model)
               ? run_address(model->plan, &model->memory,
                             model->graph->output[i])
               : NULL;
}

bool mf_model_invoke(mf_model *model) {
    const struct plan *plan = model->plan;
    if (!have_memory(model)) {
        return false;
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        if (!custom_op_runs(&model->context, plan->step[s].node,
                            plan->step[s].call)) {
            return false;
        }
    }
    run_plan(model->plan, &model->memory);
    return true;
}

bool mf_model_reset(mf_model *model) {
    if (!have_memory(model)) {
        return false;
    }
    run_reset(model->plan, &model->memory);
    return true;
}
