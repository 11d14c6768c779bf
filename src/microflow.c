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

/* Copies the regions. */
static bool take_regions(struct context *context,
                         const mf_open_options *options,
                         struct region region[REGION_COUNT]) {
    size_t total = 0;
    if (options->region_count > REGION_COUNT) {
        return context_fail(context, "%zu regions, at most %d are possible",
                            options->region_count, (int)REGION_COUNT);
    }
    for (size_t i = 0; i < options->region_count; i++) {
        const mf_region *from = &options->region[i];
        bool is_new = true;
        for (size_t k = 0; k < i; k++) {
            is_new = is_new && strcmp(region[k].name, from->name) != 0;
        }
        if (!is_new || strlen(from->name) > REGION_NAME ||
            !emit_is_identifier(from->name) ||
            strpbrk(from->name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")) {
            return context_fail(context,
                                "region \"%s\": names are C identifiers in "
                                "lower case, at most %d letters, each once",
                                from->name, (int)REGION_NAME);
        }
        if (from->size == 0 || from->size > INT32_MAX - total ||
            from->cost == 0 || from->cost > REGION_COST) {
            return context_fail(context,
                                "region %s: 1 to %ld bytes are possible in "
                                "all regions, costs of 1 to %d",
                                from->name, (long)INT32_MAX, (int)REGION_COST);
        }
        total += from->size;
        region[i] =
            (struct region){.name = context_format(context, "%s", from->name),
                            .limit = from->size,
                            .cost = from->cost};
        if (!region[i].name) {
            return false;
        }
    }
    return true;
}

static bool prepare(mf_model *model, const void *data, size_t size,
                    const mf_open_options *options) {
    const char *dump_after = options->dump_after;
    const struct target *target =
        options->target ? target_by_name(options->target) : target_by_index(0);
    struct region region[REGION_COUNT];
    const struct plan_options how = {.least_ram = options->least_ram,
                                     .ram_limit = options->ram_limit,
                                     .push_input = options->push_input,
                                     .region_count =
                                         (int32_t)options->region_count,
                                     .region = region};
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
    if (!take_regions(context, options, region) ||
        !tflite_read(context, data, size, &module)) {
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

/* Forgets what was emitted, and finds how to emit now. */
static bool start_emission(mf_model *model, const mf_compile_options *options,
                           struct emit_options *emit) {
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
    model->parts = NULL;

    *emit = (struct emit_options){
        .name = make_name(context, options->name),
        .share_kernels = options->optimize == MF_OPTIMIZE_SIZE,
        .driver = options->driver,
        .layer_hook = options->layer_hook,
        .separate_buffers = options->separate_buffers,
        .guard_weights = options->guard_weights,
        .guard_arena = options->guard_arena,
    };
    if (emit->layer_hook && !emit_is_identifier(emit->layer_hook)) {
        return context_fail(context,
                            "layer hook is \"%s\", must be a C "
                            "identifier",
                            emit->layer_hook);
    }
    if (emit->guard_arena && emit->separate_buffers) {
        return context_fail(context,
                            "guard_arena needs an arena, separate_buffers "
                            "leaves none");
    }
    emit->parts = CONTEXT_NEW(context, struct source_part,
                              (size_t)model->plan->step_count + 1);
    return emit->parts && emit->name &&
           (!options->selftest ||
            selftest_make(context, model->plan, &emit->checks));
}

static bool finish_emission(mf_model *model, const struct emit_options *emit) {
    struct emitted_file *files;
    if (!emit_files(&model->emission, model->plan, emit, &files)) {
        return false;
    }
    model->file = files;
    model->parts = emit->parts;
    return true;
}

bool mf_model_compile(mf_model *model, const mf_compile_options *options) {
    struct emit_options emit;
    return start_emission(model, options, &emit) &&
           finish_emission(model, &emit);
}

/* Names tell files and functions of the models apart. */
static bool is_new_name(mf_model *const models[],
                        const struct emit_options *emit, size_t i) {
    for (size_t k = 0; k < i; k++) {
        if (strcmp(emit[k].name, emit[i].name) == 0) {
            return context_fail(&models[i]->emission,
                                "the name \"%s\" is that of another model",
                                emit[i].name);
        }
    }
    return true;
}

static bool compile_together(mf_model *const models[], size_t count,
                             const mf_compile_options options[],
                             struct emit_options *emit) {
    struct shared_arena shared = {0};
    for (size_t i = 0; i < count; i++) {
        if (!start_emission(models[i], options ? &options[i] : NULL,
                            &emit[i]) ||
            !is_new_name(models, emit, i) ||
            !emit_share(&models[i]->emission, models[i]->plan, &emit[i],
                        &shared)) {
            return false;
        }
    }
    for (size_t i = 0; i < count; i++) {
        emit[i].shared = &shared;
        if (!finish_emission(models[i], &emit[i])) {
            return false;
        }
    }
    return true;
}

bool mf_models_compile(mf_model *const models[],
                       const mf_compile_options options[], size_t count) {
    if (count == 0) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        for (size_t k = 0; k < i; k++) {
            if (models[i] == models[k]) {
                return context_fail(&models[i]->context,
                                    "compiled together with itself");
            }
        }
    }
    struct emit_options *emit =
        CONTEXT_NEW(&models[0]->context, struct emit_options, count);
    if (emit && compile_together(models, count, options, emit)) {
        return true;
    }
    for (size_t i = 0; i < count; i++) {
        models[i]->file = NULL;
    }
    return false;
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
