/* The public library: a model from its bytes to a plan, C files and results.
 *
 * Invariant: `plan` is set if and only if the model is ok.  All that a model
 * gives out lives in one of its two contexts: `context` until it is closed,
 * `emission` until it is compiled again. */
#include "microflow.h"

#include <stdlib.h>
#include <string.h>

#include "base/context.h"
#include "base/text.h"
#include "emit/emit.h"
#include "op/custom.h"
#include "op/op.h"
#include "pass/pass.h"
#include "plan/plan.h"
#include "read/tflite.h"
#include "run/run.h"

struct mf_model {
    struct context context;
    const struct graph *graph;
    const struct plan *plan;
    struct text dump;
    struct text map;                 /* empty until asked for */
    const struct tradeoff *tradeoff; /* NULL until asked for */
    size_t *layer_constants;         /* bytes, a layer each */
    size_t constant_size;
    uint64_t macs;

    struct context emission;
    const struct emitted_file *file;

    struct run_memory memory; /* of the plan; NULL until it is needed */
};

const char *mf_version(void) {
    return MF_VERSION;
}

const char *mf_pass_name(size_t i) {
    return i < INT32_MAX ? pipeline_pass_name((int)i) : NULL;
}

const char *mf_target_name(size_t i) {
    const struct target *target =
        i < INT32_MAX ? target_by_index((int)i) : NULL;
    return target ? target->name : NULL;
}

const char *mf_target_description(size_t i) {
    const struct target *target =
        i < INT32_MAX ? target_by_index((int)i) : NULL;
    return target ? target->description : NULL;
}

static const char *simd_text(enum target_dot dot) {
    switch (dot) {
    case DOT_SCALAR:
    case DOT_BLOCKED:
    case DOT_BLOCKED_SMALL:
        return "none";
    case DOT_DSP:
        return "2 x 16 bits";
    case DOT_MVE:
        return "16 x 8 bits";
    case DOT_AVX2:
        return "16 x 16 bits";
    case DOT_AVR:
        return "none";
    }
    return "";
}

bool mf_target(size_t i, mf_target_info *info) {
    const struct target *target =
        i < INT32_MAX ? target_by_index((int)i) : NULL;
    if (!target) {
        *info = (mf_target_info){0};
        return false;
    }
    const struct toolchain *toolchain = target_toolchain(target);
    *info = (mf_target_info){
        .name = target->name,
        .description = target->description,
        .word_bits = target->word_bits,
        .simd = simd_text(target->dot),
        .constants = target->dot == DOT_AVR ? "LPM" : "in place",
        .unit = toolchain->unit,
        .board = toolchain->board,
        .compiler = toolchain->compiler,
        .flags = toolchain->flags,
        .link_flags = toolchain->link_flags,
        .simulator = toolchain->simulator,
    };
    return true;
}

/* --- what a layer costs --- */

/* Constants that a call reads, told apart by where they are. */
struct constant {
    const void *data;
    size_t size;
};

static struct constant constant_of(const struct operand *operand) {
    struct constant constant = {NULL, 0};
    if (operand->kind == OPERAND_INPUT && operand->tensor->data) {
        constant.data = operand->tensor->data;
        constant.size = tensor_size(operand->tensor);
    } else if (operand->kind == OPERAND_TABLE) {
        constant.data = operand->data;
        constant.size = operand->count * dtype_size(operand->type);
    }
    return constant;
}

static size_t count_constants(const struct step *step) {
    size_t count = 0;
    for (const struct call *call = step->call; call; call = call->next) {
        for (int i = 0; i < call->operand_count; i++) {
            count += constant_of(&call->operand[i]).data != NULL;
        }
    }
    return count;
}

/* Appends the constants of a step. */
static size_t list_constants(const struct step *step, struct constant *list) {
    size_t count = 0;
    for (const struct call *call = step->call; call; call = call->next) {
        for (int i = 0; i < call->operand_count; i++) {
            struct constant constant = constant_of(&call->operand[i]);
            if (constant.data) {
                list[count++] = constant;
            }
        }
    }
    return count;
}

static int by_data(const void *a, const void *b) {
    const struct constant *x = a, *y = b;
    uintptr_t p = (uintptr_t)x->data, q = (uintptr_t)y->data;
    return p != q ? (p > q) - (p < q)
                  : (x->size > y->size) - (x->size < y->size);
}

/* Bytes of a list of constants, those at one address once; sorts the list. */
static size_t size_constants(struct constant *list, size_t count) {
    size_t size = 0;
    qsort(list, count, sizeof *list, by_data);
    for (size_t i = 0; i < count; i++) {
        if (i + 1 == count || list[i].data != list[i + 1].data) {
            size += list[i].size;
        }
    }
    return size;
}

static uint64_t count_macs(const struct node *node) {
    return node->op->macs ? node->op->macs(node) : 0;
}

/* What the layers cost, and all of them together. */
static bool add_up(mf_model *model, const struct plan *plan) {
    size_t steps = (size_t)plan->step_count, count = 0;
    for (size_t s = 0; s < steps; s++) {
        count += count_constants(&plan->step[s]);
    }
    model->layer_constants = CONTEXT_NEW(&model->context, size_t, steps);
    struct constant *list =
        CONTEXT_NEW(&model->context, struct constant, count);
    if (!model->layer_constants || !list) {
        return false;
    }
    count = 0;
    for (size_t s = 0; s < steps; s++) {
        size_t more = list_constants(&plan->step[s], &list[count]);
        model->layer_constants[s] = size_constants(&list[count], more);
        model->macs += count_macs(plan->step[s].node);
        count += more;
    }
    model->constant_size = size_constants(list, count);
    return true;
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
        !add_up(model, plan)) {
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

/* --- what the model holds --- */

static mf_tensor_info describe(const struct tensor *tensor) {
    mf_tensor_info info = {.name = tensor->name,
                           .type = dtype_name(tensor->type),
                           .rank = tensor->shape.rank,
                           .size = tensor_size(tensor)};
    memcpy(info.shape, tensor->shape.dim,
           (size_t)info.rank * sizeof info.shape[0]);
    if (tensor->quantization.count == 1) {
        info.scale = tensor->quantization.scale[0];
        info.zero_point = tensor->quantization.zero_point[0];
    }
    return info;
}

size_t mf_model_input_count(const mf_model *model) {
    return model->plan ? (size_t)model->graph->input_count : 0;
}

size_t mf_model_output_count(const mf_model *model) {
    return model->plan ? (size_t)model->graph->output_count : 0;
}

mf_tensor_info mf_model_input(const mf_model *model, size_t i) {
    return i < mf_model_input_count(model) ? describe(model->graph->input[i])
                                           : (mf_tensor_info){0};
}

mf_tensor_info mf_model_output(const mf_model *model, size_t i) {
    return i < mf_model_output_count(model) ? describe(model->graph->output[i])
                                            : (mf_tensor_info){0};
}

size_t mf_model_layer_count(const mf_model *model) {
    return model->plan ? (size_t)model->plan->step_count : 0;
}

/* The stage that a step of a stream belongs to; -1: it is in none. */
static int32_t find_stage(const struct plan *plan, int32_t s) {
    if (plan->step[s].stream < 0) {
        return -1;
    }
    const struct stream *stream = &plan->stream[plan->step[s].stream];
    for (int32_t g = 0; g < stream->stage_count; g++) {
        const struct stage *stage = &stream->stage[g];
        for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
            if (stream->layer[l].step == s) {
                return g;
            }
        }
    }
    return -1;
}

mf_layer_info mf_model_layer(const mf_model *model, size_t i) {
    mf_layer_info info = {0};
    if (i < mf_model_layer_count(model)) {
        const struct step *step = &model->plan->step[i];
        const struct node *node = step->node;
        info.index = node->index;
        info.op = node->op->name;
        if (op_input(node, 0)) {
            info.input = describe(node->input[0]);
        }
        info.output = describe(node->output[0]);
        info.macs = count_macs(node);
        info.constant_size = model->layer_constants[i];
        info.live = plan_live_bytes(model->plan, (int32_t)i);
        info.stream = step->stream;
        info.stage = find_stage(model->plan, (int32_t)i);
    }
    return info;
}

mf_memory_info mf_model_memory(const mf_model *model) {
    mf_memory_info info = {0};
    if (model->plan) {
        info.arena_size = model->plan->arena_size;
        info.state_size = model->plan->state_size;
        info.lower_bound = model->plan->lower_bound;
        info.constant_size = model->constant_size;
        info.macs = model->macs;
    }
    return info;
}

const char *mf_model_memory_map(mf_model *model) {
    if (model->plan && !model->map.data) {
        plan_memory_map(&model->map, model->plan);
    }
    return model->map.data ? model->map.data : "";
}

size_t mf_model_buffer_count(const mf_model *model) {
    return model->plan ? (size_t)model->plan->buffer_count : 0;
}

/* The strip that has a buffer of its own, with a part of its tensor's rows. */
static const struct strip *find_strip(const struct plan *plan, int32_t buffer) {
    for (int32_t i = 0; i < plan->stream_count; i++) {
        const struct stream *stream = &plan->stream[i];
        for (int32_t s = 0; s < stream->strip_count; s++) {
            const struct strip *strip = &stream->strip[s];
            if (strip->buffer == buffer && strip->held < strip->rows) {
                return strip;
            }
        }
    }
    return NULL;
}

mf_buffer_info mf_model_buffer(const mf_model *model, size_t i) {
    mf_buffer_info info = {0};
    if (i < mf_model_buffer_count(model)) {
        const struct buffer *buffer = &model->plan->buffer[i];
        info.tensor = buffer->tensor ? buffer->tensor->name : "scratch";
        info.offset = buffer->offset;
        info.size = buffer->size;
        info.is_state = buffer->kept >= 0;
        info.first = buffer->first;
        info.last = buffer->last;
        info.overwrites = buffer->in_place;
        const struct strip *strip = find_strip(model->plan, (int32_t)i);
        if (strip) {
            info.rows = strip->rows;
            info.held = strip->held;
        }
    }
    return info;
}

size_t mf_model_stream_count(const mf_model *model) {
    return model->plan ? (size_t)model->plan->stream_count : 0;
}

mf_stream_info mf_model_stream(const mf_model *model, size_t i) {
    mf_stream_info info = {0};
    if (i < mf_model_stream_count(model)) {
        const struct stream *stream = &model->plan->stream[i];
        info.first = stream->first;
        info.last = stream->last;
        info.is_pushed = stream->is_pushed;
        info.workspace_size = stream->workspace_size;
        info.stage_count = (size_t)stream->stage_count;
    }
    return info;
}

mf_stage_info mf_model_stage(const mf_model *model, size_t stream, size_t i) {
    mf_stage_info info = {0};
    if (i < mf_model_stream(model, stream).stage_count) {
        const struct stream *in = &model->plan->stream[stream];
        const struct stage *stage = &in->stage[i];
        const struct strip *strip = &in->strip[stage->strip];
        info.tensor = strip->tensor->name;
        info.rows = strip->rows;
        info.held = strip->held;
        info.row_size = strip->row_size;
        info.is_sum = strip->is_sum;
        info.columns = stage->columns;
        info.tile = stage->tile;
    }
    return info;
}

static bool is_pushed(const mf_model *model) {
    return model->plan->stream_count > 0 && model->plan->stream[0].is_pushed;
}

size_t mf_model_tradeoff_count(mf_model *model) {
    size_t count = 0;
    const struct tradeoff *found;
    if (model->plan && !model->tradeoff &&
        plan_tradeoff(&model->context, model->graph, model->plan->target,
                      is_pushed(model), &found)) {
        model->tradeoff = found;
    }
    for (const struct tradeoff *t = model->tradeoff; t; t = t->next) {
        count++;
    }
    return count;
}

mf_tradeoff_info mf_model_tradeoff(const mf_model *model, size_t i) {
    const struct tradeoff *tradeoff = model->tradeoff;
    for (; tradeoff && i; i--) {
        tradeoff = tradeoff->next;
    }
    return tradeoff ? (mf_tradeoff_info){tradeoff->arena_size, tradeoff->cost}
                    : (mf_tradeoff_info){0};
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
    };
    struct emitted_file *files;
    if (emit.layer_hook && !emit_is_identifier(emit.layer_hook)) {
        return context_fail(context,
                            "layer hook is \"%s\", must be a C "
                            "identifier",
                            emit.layer_hook);
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
        if (is_pushed(model)) {
            memory->input = context_alloc(
                &model->context, tensor_size(model->graph->input[0]), 1);
        }
    }
    return memory->arena && (!is_pushed(model) || memory->input);
}

void *mf_model_input_data(mf_model *model, size_t i) {
    if (i >= mf_model_input_count(model) || !have_memory(model)) {
        return NULL;
    }
    return is_pushed(model) ? model->memory.input
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
