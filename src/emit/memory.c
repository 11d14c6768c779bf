/* The memory that the network computes in, as C objects: one arena, or an
 * object a buffer for tools that hold accesses to the bounds of objects. */
#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "emit/emitter.h"
#include "plan/stream.h"

/* Buffers that are computed in place share the object of the one that they
 * overwrite. */
static int32_t object_of(const struct plan *plan, int32_t buffer) {
    while (plan->buffer[buffer].in_place >= 0) {
        buffer = plan->buffer[buffer].in_place;
    }
    return buffer;
}

/* Where the first of the buffers of an object starts in the arena. */
static size_t object_start(const struct plan *plan, int32_t object) {
    size_t start = plan->buffer[object].offset;
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        if (object_of(plan, b) == object && plan->buffer[b].offset < start) {
            start = plan->buffer[b].offset;
        }
    }
    return start;
}

/* Bytes of an object before its first buffer: addresses point there, and in
 * the arena there are as many. */
static size_t object_margin(const struct plan *plan, int32_t object) {
    size_t margin = 0;
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        if (object_of(plan, b) == object && plan->buffer[b].margin > margin) {
            margin = plan->buffer[b].margin;
        }
    }
    return (margin + 7) / 8 * 8;
}

/* --- what is accessed as what --- */

static void use_member(struct memory *memory, enum dtype type) {
    const struct c_type *c = c_type(type);
    assert(c);
    memory->has[c - c_types] = true;
}

static void use_buffer(struct emitter *emitter, int32_t buffer,
                       enum dtype type) {
    const struct plan *plan = emitter->plan;
    assert(buffer >= 0);
    if (plan->buffer[buffer].kept >= 0) {
        use_member(&emitter->state, type);
        return;
    }
    use_member(&emitter->part[plan->buffer[buffer].region], type);
    if (emitter->object) {
        use_member(&emitter->object[object_of(plan, buffer)], type);
    }
}

static void use_tensor(struct emitter *emitter, const struct tensor *tensor,
                       enum dtype type) {
    if (tensor && !tensor->data) {
        use_buffer(emitter, emitter->plan->tensor_buffer[tensor->id], type);
    }
}

/* What has no buffer of its own is a tile: in the workspace, or in the strip
 * that its stage computes. */
static void use_stage(struct emitter *emitter, const struct stream *stream,
                      int32_t g) {
    const struct plan *plan = emitter->plan;
    const struct stage *stage = &stream->stage[g];
    for (int32_t l = stage->first; l < stage->first + stage->count; l++) {
        const struct call *call = plan->step[stream->layer[l].step].call;
        for (int i = 0; i < call->operand_count; i++) {
            const struct operand *operand = &call->operand[i];
            const struct tensor *tensor = operand->tensor;
            int32_t buffer = stream->workspace;
            if (tensor && !tensor->data &&
                plan->tensor_buffer[tensor->id] < 0) {
                if (stream_tile_layer(plan, stream, g, tensor)->is_in_strip) {
                    buffer = stream->strip[stage->strip].buffer;
                }
                use_buffer(emitter, buffer, operand->type);
            } else if (operand->kind == OPERAND_SCRATCH) {
                use_buffer(emitter, buffer, operand->type);
            } else {
                use_tensor(emitter, tensor, operand->type);
            }
        }
    }
}

/* Strips are moved by words where they can be. */
static void use_stream(struct emitter *emitter, const struct stream *stream) {
    const struct plan *plan = emitter->plan;
    for (int32_t s = 0; s < stream->strip_count; s++) {
        const struct strip *strip = &stream->strip[s];
        use_buffer(emitter, strip->buffer, strip->tensor->type);
        if (strip_is_partial(strip) &&
            strip_moves_words(plan->graph, stream, s)) {
            use_buffer(emitter, strip->buffer, DTYPE_INT32);
        }
    }
    for (int32_t g = 0; g < stream->stage_count; g++) {
        use_stage(emitter, stream, g);
    }
}

static void use_operand(struct emitter *emitter, const struct step *step,
                        const struct operand *operand) {
    switch (operand->kind) {
    case OPERAND_INPUT:
    case OPERAND_OUTPUT:
        use_tensor(emitter, operand->tensor, operand->type);
        break;
    case OPERAND_TABLE:
        break;
    case OPERAND_SCRATCH:
        if (step->scratch >= 0) {
            use_buffer(emitter, step->scratch, operand->type);
        }
        break;
    case OPERAND_KEPT:
        use_member(&emitter->state, operand->type);
        break;
    }
}

/* Adds a member if those that are accessed do not align the object as the plan
 * wants. */
static void finish_memory(struct memory *memory, size_t size,
                          size_t wanted_align) {
    static const enum dtype aligned[] = {DTYPE_UINT8, DTYPE_INT16, DTYPE_INT32,
                                         DTYPE_INT64};
    size_t align = 0;
    for (int i = 0; i < C_TYPE_COUNT; i++) {
        if (memory->has[i] && c_types[i].size > align) {
            align = c_types[i].size;
        }
    }
    for (int i = 0; align < wanted_align && i < 4; i++) {
        if (c_type(aligned[i])->size == wanted_align) {
            use_member(memory, aligned[i]);
            align = wanted_align;
        }
    }
    memory->size = align ? (size + align - 1) / align * align : 0;
}

/* An object is as large as the buffers in it and their margin, and not a byte
 * larger. */
static bool make_objects(struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    emitter->object = CONTEXT_NEW(emitter->context, struct memory,
                                  (size_t)plan->buffer_count);
    if (!emitter->object) {
        return false;
    }
    for (int32_t b = 0; b < plan->buffer_count; b++) {
        int32_t object = object_of(plan, b);
        size_t *size = &emitter->object[object].size;
        size_t end = plan->buffer[b].offset + plan->buffer[b].size -
                     object_start(plan, object) + object_margin(plan, object);
        *size = end > *size ? end : *size;
    }
    return true;
}

bool memory_collect(struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    if (emitter->options->separate_buffers && !make_objects(emitter)) {
        return false;
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct node *node = plan->step[s].node;
        const struct call *call = plan->step[s].call;
        if (node->op->control_role != CONTROL_NONE) {
            use_tensor(emitter, node->output[0], node->output[0]->type);
        }
        for (; call && plan->step[s].stream < 0; call = call->next) {
            for (int i = 0; i < call->operand_count; i++) {
                use_operand(emitter, &plan->step[s], &call->operand[i]);
            }
        }
    }
    for (int32_t i = 0; i < plan->stream_count; i++) {
        use_stream(emitter, &plan->stream[i]);
    }
    for (int32_t i = 0; i < port_count(emitter); i++) {
        const struct tensor *tensor = port_at(emitter, i).tensor;
        use_tensor(emitter, tensor, tensor->type);
    }
    for (int32_t t = 0; t < emitter->graph->tensor_count; t++) {
        const struct tensor *tensor = emitter->graph->tensor[t];
        if (check_is_made(emitter, tensor)) {
            use_tensor(emitter, tensor, tensor->type);
        }
    }
    if (plan->state_size > 0) { /* which is set byte by byte */
        use_member(&emitter->state, DTYPE_UINT8);
    }
    for (int32_t r = 0; r < part_count(plan); r++) {
        const struct region *region =
            plan->region_count > 0 ? &plan->region[r] : NULL;
        finish_memory(&emitter->part[r],
                      region ? region->size : plan->arena_size,
                      region ? region->align : plan->arena_align);
        emitter->arena_size += emitter->part[r].size;
    }
    finish_memory(&emitter->state, plan->state_size, plan->state_align);
    return true;
}

/* --- the parts of the arena --- */

int32_t part_count(const struct plan *plan) {
    return plan->region_count > 0 ? plan->region_count : 1;
}

const char *part_name(char text[PART_NAME], const struct plan *plan,
                      bool is_shared, int32_t part) {
    snprintf(text, PART_NAME, "%s%s%s", is_shared ? SHARED_ARENA : "arena",
             plan->region_count > 0 ? "_" : "",
             plan->region_count > 0 ? plan->region[part].name : "");
    return text;
}

const char *region_upper(char text[PART_NAME], const struct region *region) {
    snprintf(text, PART_NAME, "%s", region->name);
    for (char *c = text; *c; c++) {
        if (*c >= 'a' && *c <= 'z') {
            *c = (char)(*c - 'a' + 'A');
        }
    }
    return text;
}

void part_section_print(struct text *text, const struct plan *plan,
                        const char *owner, int32_t part) {
    char upper[PART_NAME];
    if (plan->region_count > 0) {
        region_upper(upper, &plan->region[part]);
        text_print(text,
                   "#ifndef %s_REGION_%s\n"
                   "#define %s_REGION_%s\n"
                   "#endif\n"
                   "%s_REGION_%s ",
                   owner, upper, owner, upper, owner, upper);
    }
}

void memory_declare(const struct emitter *emitter, struct text *text) {
    const struct plan *plan = emitter->plan;
    char upper[PART_NAME];
    text_print(text, "/* Bytes of RAM that inference needs, beside its stack");
    if (emitter->options->shared) {
        text_print(text, ": " SHARED_ARENA ".h has them");
    }
    text_print(text, ". */\n#define %s_ARENA_SIZE %zu\n", emitter->upper,
               emitter->arena_size);
    for (int32_t r = 0; r < plan->region_count; r++) {
        text_print(text, "#define %s_ARENA_%s_SIZE %zu\n", emitter->upper,
                   region_upper(upper, &plan->region[r]),
                   emitter->part[r].size);
    }
}

/* --- C --- */

const char *state_text(char text[MEMORY_TEXT], const struct c_type *type,
                       size_t offset) {
    assert(offset % type->size == 0);
    snprintf(text, MEMORY_TEXT, "state.%s + %zu", type->member,
             offset / type->size);
    return text;
}

const char *memory_text(const struct emitter *emitter, char text[MEMORY_TEXT],
                        const struct c_type *type, int32_t buffer,
                        size_t within) {
    const struct plan *plan = emitter->plan;
    const size_t offset = plan->buffer[buffer].offset + within;
    assert(offset % type->size == 0);
    if (plan->buffer[buffer].kept >= 0) {
        return state_text(text, type, offset);
    }
    if (emitter->object) {
        int32_t object = object_of(plan, buffer);
        size_t start =
            offset - object_start(plan, object) + object_margin(plan, object);
        if (start == 0) {
            snprintf(text, MEMORY_TEXT, "buffer_%d.%s", (int)object,
                     type->member);
        } else {
            snprintf(text, MEMORY_TEXT, "buffer_%d.%s + %zu", (int)object,
                     type->member, start / type->size);
        }
    } else {
        const int32_t part = plan->buffer[buffer].region;
        const size_t start = plan->region_count ? plan->region[part].start : 0;
        char name[PART_NAME];
        snprintf(text, MEMORY_TEXT, "%s.%s%s + %zu",
                 part_name(name, plan, emitter->options->shared != NULL, part),
                 emitter->options->guard_arena ? "memory." : "", type->member,
                 (offset - start) / type->size);
    }
    return text;
}

/* A union of arrays rather than bytes that are cast: every pointer into it has
 * the type of what it points at. */
void memory_type_print(struct text *text, const struct memory *memory,
                       const char *tag) {
    text_print(text, "union %s%s{\n", tag, *tag ? " " : "");
    for (int i = 0; i < C_TYPE_COUNT; i++) {
        if (memory->has[i] && memory->size >= c_types[i].size) {
            text_print(text, "    %s %s[%zu];\n", c_types[i].name,
                       c_types[i].member, memory->size / c_types[i].size);
        }
    }
    text_print(text, "}");
}

static void print_memory(struct text *text, const struct memory *memory,
                         const char *comment, const char *name) {
    if (memory->size > 0) {
        text_print(text, "/* %s */\nstatic ", comment);
        memory_type_print(text, memory, "");
        text_print(text, " %s;\n\n", name);
    }
}

/* The arena between canaries. */
static void print_guarded(struct text *text, const struct memory *memory) {
    text_print(text, "/* All that is computed, in overlapping lifetimes; what "
                     "stands around it is\n"
                     " * never written but at first. */\n"
                     "static struct {\n"
                     "    volatile uint32_t before[2];\n");
    memory_type_print(text, memory, "");
    text_print(text, " memory;\n"
                     "    volatile uint32_t after[2];\n"
                     "} arena;\n\n");
}

/* And the list of all memory that lives on. */
static void print_objects(const struct emitter *emitter, struct text *text) {
    static const struct memory none = {0};
    struct text list = {.context = emitter->context};
    text_print(text, "/* What is computed, an object a lifetime. */\n");
    for (int32_t b = 0; b < emitter->plan->buffer_count; b++) {
        const struct memory *object = &emitter->object[b];
        if (memcmp(object->has, none.has, sizeof none.has) != 0) {
            text_print(text, "static MF_ALIGNED(%zu) ",
                       emitter->plan->arena_align);
            memory_type_print(text, object, "");
            text_print(text, " buffer_%d;\n", (int)b);
            text_print(&list, " X(buffer_%d)", (int)b);
        }
    }
    text_print(text, "#define %s_BUFFERS(X)%s%s%s\n\n", emitter->upper,
               list.data ? list.data : "",
               has_state(emitter) ? " X(state)" : "",
               needs_reset(emitter) ? " X(is_set)" : "");
}

/* The regions of the arena. */
static void print_parts(const struct emitter *emitter, struct text *text) {
    const struct plan *plan = emitter->plan;
    text_print(text, "/* All that is computed, in overlapping lifetimes. */\n");
    for (int32_t r = 0; r < plan->region_count; r++) {
        const struct region *region = &plan->region[r];
        char name[PART_NAME];
        if (emitter->part[r].size == 0) {
            continue;
        }
        text_print(text,
                   "/* Of region %s, which has %zu bytes; the program may "
                   "define how it gets there. */\n",
                   region->name, region->limit);
        part_section_print(text, plan, emitter->upper, r);
        text_print(text, "static ");
        memory_type_print(text, &emitter->part[r], "");
        text_print(text, " %s;\n\n", part_name(name, plan, false, r));
    }
}

void memory_print(const struct emitter *emitter, struct text *text) {
    if (emitter->object) {
        print_objects(emitter, text);
    } else if (emitter->options->guard_arena) {
        print_guarded(text, &emitter->part[0]);
    } else if (emitter->options->shared) {
        text_print(text, "#include \"" SHARED_ARENA ".h\"\n\n");
    } else if (emitter->plan->region_count > 0) {
        print_parts(emitter, text);
    } else {
        print_memory(text, &emitter->part[0],
                     "All that is computed, in overlapping lifetimes.",
                     "arena");
    }
    print_memory(text, &emitter->state,
                 "What lives from inference to inference.", "state");
}
