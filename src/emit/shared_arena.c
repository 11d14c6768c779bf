/* shared_arena.h and shared_arena.c: one arena for several networks that
 * compute one at a time, as large as the one that needs most. */
#include <string.h>

#include "emit/emitter.h"

static bool same_regions(const struct plan *a, const struct plan *b) {
    bool same = a->region_count == b->region_count;
    for (int32_t r = 0; same && r < a->region_count; r++) {
        same = strcmp(a->region[r].name, b->region[r].name) == 0;
    }
    return same;
}

/* A multiple of what the widest member takes. */
static size_t round_size(const struct memory *memory) {
    size_t align = 1;
    for (int i = 0; i < C_TYPE_COUNT; i++) {
        if (memory->has[i] && c_types[i].size > align) {
            align = c_types[i].size;
        }
    }
    return (memory->size + align - 1) / align * align;
}

bool shared_arena_add(const struct emitter *emitter,
                      struct shared_arena *shared) {
    struct context *context = emitter->context;
    const struct plan *plan = emitter->plan;
    if (emitter->object) {
        return context_fail(context, "with separate buffers there is no arena "
                                     "to share");
    }
    if (shared->plan && !same_regions(shared->plan, plan)) {
        return context_fail(context,
                            "the regions are not those of %s, with "
                            "which the arena is shared",
                            shared->names);
    }
    shared->names = shared->plan ? context_format(context, "%s, %s",
                                                  shared->names, emitter->name)
                                 : emitter->name;
    shared->plan = shared->plan ? shared->plan : plan;
    for (int32_t r = 0; r < part_count(plan); r++) {
        struct memory *to = &shared->part[r];
        const struct memory *from = &emitter->part[r];
        to->size = from->size > to->size ? from->size : to->size;
        for (int i = 0; i < C_TYPE_COUNT; i++) {
            to->has[i] = to->has[i] || from->has[i];
        }
        to->size = round_size(to);
    }
    return shared->names != NULL;
}

void shared_header_print(const struct emitter *emitter, struct text *text) {
    const struct shared_arena *shared = emitter->options->shared;
    const struct plan *plan = shared->plan;
    size_t size = 0;
    char name[PART_NAME], upper[PART_NAME];
    for (int32_t r = 0; r < part_count(plan); r++) {
        size += shared->part[r].size;
    }
    text_print(text,
               "/* The memory that these networks compute in, one at a time: "
               "%s.\n"
               " * Made by MicroFlow " MF_VERSION ". */\n"
               "#ifndef SHARED_ARENA_H\n"
               "#define SHARED_ARENA_H\n"
               "\n"
               "#include <stdint.h>\n"
               "\n",
               shared->names);
    linkage_open(text);
    text_print(text, "#define SHARED_ARENA_SIZE %zu /* bytes */\n", size);
    for (int32_t r = 0; r < plan->region_count; r++) {
        text_print(text, "#define SHARED_ARENA_%s_SIZE %zu\n",
                   region_upper(upper, &plan->region[r]), shared->part[r].size);
    }
    for (int32_t r = 0; r < part_count(plan); r++) {
        part_name(name, plan, true, r);
        if (shared->part[r].size > 0) {
            text_print(text, "\n");
            memory_type_print(text, &shared->part[r], name);
            text_print(text, ";\nextern union %s %s;\n", name, name);
        }
    }
    linkage_close(text);
}

void shared_source_print(const struct emitter *emitter, struct text *text) {
    const struct shared_arena *shared = emitter->options->shared;
    char name[PART_NAME];
    text_print(text, "/* Made by MicroFlow " MF_VERSION ". */\n"
                     "#include \"" SHARED_ARENA ".h\"\n\n");
    for (int32_t r = 0; r < part_count(shared->plan); r++) {
        if (shared->part[r].size > 0) {
            part_section_print(text, shared->plan, "SHARED", r);
            part_name(name, shared->plan, true, r);
            text_print(text, "union %s %s;\n", name, name);
        }
    }
}
