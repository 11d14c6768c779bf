/* Kernels that several layers share: one function each, and for every call a
 * constant struct of what differs between the calls.
 *
 * What all calls have in common are literals in the function, which specialise
 * the kernel; what differs is stored as narrow as its values allow. */
#include <string.h>

#include "emit/emitter.h"

/* A field of the kernel's parameters, over all calls of the kernel. */
struct shared_field {
    bool varies;
    const char *type;   /* that holds it in all calls; varies */
    const char *load;   /* what reads that type from flash */
    size_t width;       /* of the type, bytes where they are most */
    const char *member; /* "window_stride_y" */
    int64_t min, max;   /* of its elements, unless a float */
};

static struct used_kernel *find(const struct emitter *emitter,
                                const struct kernel *kernel) {
    for (size_t i = 0; i < emitter->kernel_count; i++) {
        if (emitter->kernel[i].kernel == kernel) {
            return &emitter->kernel[i];
        }
    }
    return NULL;
}

const struct used_kernel *shared_kernel(const struct emitter *emitter,
                                        const struct kernel *kernel) {
    const struct used_kernel *used = find(emitter, kernel);
    return used && used->field ? used : NULL;
}

/* --- what the calls of a kernel have in common --- */

static void widen(struct shared_field *shared, const struct field *field,
                  const void *params) {
    const char *at = (const char *)params + field->offset;
    for (int i = 0; field->type != FIELD_FLOAT && i < field->count; i++) {
        int64_t value =
            field_int(field->type, at + (size_t)i * field_size(field->type));
        shared->min = value < shared->min ? value : shared->min;
        shared->max = value > shared->max ? value : shared->max;
    }
}

/* Compares the call with the kernel's first. */
static void compare_call(struct used_kernel *used, const struct call *call) {
    const struct field *field = used->kernel->fields;
    for (size_t i = 0; field[i].name; i++) {
        struct shared_field *shared = &used->field[i];
        const char *a = (const char *)used->sample->params + field[i].offset;
        const char *b = (const char *)call->params + field[i].offset;
        size_t size = (size_t)field[i].count * field_size(field[i].type);
        shared->varies = shared->varies || memcmp(a, b, size) != 0;
        widen(shared, &field[i], call->params);
    }
}

/* Unsigned types only where int holds them everywhere. */
static void choose_type(struct shared_field *shared, enum field_type type) {
    if (type == FIELD_FLOAT) {
        shared->type = "float";
        shared->load = "mf_load_f32";
        shared->width = 4;
    } else if (shared->min >= INT8_MIN && shared->max <= INT8_MAX) {
        shared->type = "int8_t";
        shared->load = "mf_load_s8";
        shared->width = 1;
    } else if (shared->min >= 0 && shared->max <= UINT8_MAX) {
        shared->type = "uint8_t";
        shared->load = "mf_load_u8";
        shared->width = 1;
    } else if (shared->min >= INT16_MIN && shared->max <= INT16_MAX) {
        shared->type = "int16_t";
        shared->load = "mf_load_s16";
        shared->width = 2;
    } else {
        shared->type = type == FIELD_INDEX ? "mf_index" : "int32_t";
        shared->load = type == FIELD_INDEX ? "mf_load_index" : "mf_load_s32";
        shared->width = type == FIELD_INDEX ? 8 : 4;
    }
}

/* "window_stride_y" of "window.stride_y"; NULL when memory is out. */
static const char *member_name(struct context *context, const char *name) {
    char *member = context_format(context, "%s", name);
    for (char *p = member; p && (p = strchr(p, '.'));) {
        *p = '_';
    }
    return member;
}

static bool add_call(struct emitter *emitter, const struct call *call) {
    struct used_kernel *used = find(emitter, call->kernel);
    if (!used) {
        used = &emitter->kernel[emitter->kernel_count++];
        *used = (struct used_kernel){.kernel = call->kernel, .sample = call};
    }
    used->calls++;
    if (used->calls < 2 || !emitter->options->share_kernels) {
        return true;
    }
    if (!used->field) {
        const struct field *fields = call->kernel->fields;
        size_t count = field_count(call->kernel);
        used->field = CONTEXT_NEW(emitter->context, struct shared_field, count);
        if (!used->field) {
            return false;
        }
        for (size_t i = 0; i < count; i++) {
            used->field[i].member =
                member_name(emitter->context, fields[i].name);
            if (!used->field[i].member) {
                return false;
            }
            widen(&used->field[i], &fields[i], used->sample->params);
        }
    }
    compare_call(used, call);
    return true;
}

bool kernels_collect(struct emitter *emitter) {
    const struct plan *plan = emitter->plan;
    size_t calls = 0;
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct call *call = plan->step[s].call;
        for (; call; call = call->next) {
            calls++;
        }
    }
    emitter->kernel = CONTEXT_NEW(emitter->context, struct used_kernel, calls);
    if (!emitter->kernel) {
        return false;
    }
    for (int32_t s = 0; s < plan->step_count; s++) {
        const struct call *call = plan->step[s].call;
        for (; call; call = call->next) {
            if (!add_call(emitter, call)) {
                return false;
            }
        }
    }
    for (size_t i = 0; i < emitter->kernel_count; i++) {
        struct used_kernel *used = &emitter->kernel[i];
        const struct field *field = used->kernel->fields;
        for (size_t k = 0; used->field && field[k].name; k++) {
            choose_type(&used->field[k], field[k].type);
            used->varies = used->varies || used->field[k].varies;
        }
    }
    return true;
}

/* --- the function --- */

/* "conv_2d_s8" of "mf_conv_2d_s8": shared functions are called shared_... */
static const char *short_name(const struct kernel *kernel) {
    const char *name = kernel->name;
    return strncmp(name, "mf_", 3) == 0 ? name + 3 : name;
}

/* The struct of what differs, widest members first: no padding inside. */
static void print_struct(const struct used_kernel *used, struct text *text) {
    const struct field *field = used->kernel->fields;
    text_print(text, "struct shared_%s {\n", short_name(used->kernel));
    for (size_t width = 8; width > 0; width /= 2) {
        for (size_t i = 0; field[i].name; i++) {
            const struct shared_field *shared = &used->field[i];
            if (!shared->varies || shared->width != width) {
                continue;
            }
            text_print(text, "    %s %s", shared->type, shared->member);
            text_print(text, field[i].count > 1 ? "[%d];\n" : ";\n",
                       field[i].count);
        }
    }
    text_print(text, "};\n");
}

/* ".stride_y = p->stride_y" or ".dims = {p->dims[0], p->dims[1]}"; from flash
 * ".stride_y = mf_load_s8(&p->stride_y)". */
static const char *passed_on(const struct emitter *emitter,
                             const struct field *field,
                             const struct shared_field *shared) {
    struct text text = {.context = emitter->context};
    bool in_flash = constants_in_flash(emitter);
    text_print(&text, field->count > 1 ? ".%s = {" : ".%s = ", field->name);
    for (int i = 0; i < field->count; i++) {
        text_print(&text, "%s", i ? ", " : "");
        text_print(&text, in_flash ? "%s(&p->%s" : "%sp->%s",
                   in_flash ? shared->load : "", shared->member);
        if (field->count > 1) {
            text_print(&text, "[%d]", i);
        }
        text_print(&text, in_flash ? ")" : "");
    }
    text_print(&text, field->count > 1 ? "}" : "");
    return text.failed ? "" : text.data;
}

/* The kernel's parameters inside the function. */
static struct items inner_params(const struct emitter *emitter,
                                 const struct used_kernel *used) {
    struct context *context = emitter->context;
    const struct field *field = used->kernel->fields;
    const void *sample = used->sample->params;
    struct items items = items_new(context, field_count(used->kernel));
    for (size_t i = 0; field[i].name; i++) {
        if (used->field[i].varies) {
            items_add(&items, passed_on(emitter, &field[i], &used->field[i]));
        } else if (!field_is_zero(&field[i], sample)) {
            items_add(&items, field_initialiser(context, &field[i],
                                                field[i].name, sample));
        }
    }
    return used->varies ? items : param_items(context, used->sample);
}

/* "filter", or "input_2" if an operand before has the same role. */
static const char *operand_name(struct context *context,
                                const struct call *call, int index) {
    const char *role = call->operand[index].role;
    for (int i = 0; i < index; i++) {
        if (strcmp(call->operand[i].role, role) == 0) {
            return ITEM(context, "%s_%d", role, index);
        }
    }
    return role;
}

/* Operands of one kernel differ from call to call in what they are, not in
 * type. */
static void print_function(const struct emitter *emitter,
                           const struct used_kernel *used, struct text *text) {
    struct context *context = emitter->context;
    const struct kernel *kernel = used->kernel;
    const struct call *call = used->sample;
    text_print(text, "SHARED void shared_%s(", short_name(kernel));
    struct fill fill = fill_below(text, 4);
    if (used->varies) {
        fill_add(&fill,
                 ITEM(context, "const struct shared_%s *p", short_name(kernel)),
                 3);
    }
    for (int i = 0; i < call->operand_count; i++) {
        const struct operand *operand = &call->operand[i];
        bool written = operand->kind == OPERAND_OUTPUT ||
                       operand->kind == OPERAND_SCRATCH ||
                       operand->kind == OPERAND_KEPT || operand->changed;
        fill_add(&fill,
                 ITEM(context, "%s%s *%s", written ? "" : "const ",
                      c_type(operand->type)->name,
                      operand_name(context, call, i)),
                 3);
    }
    text_print(text, ") {\n    %s(\n        &(const %s){", kernel->name,
               kernel->params);
    struct items params = inner_params(emitter, used);
    items_print(&params, fill_below(text, 12), 2);
    text_print(text, "},");
    fill = fill_below(text, 8);
    for (int i = 0; i < call->operand_count; i++) {
        fill_add(&fill, operand_name(context, call, i), 2);
    }
    text_print(text, ");\n}\n\n");
}

void shared_kernels_print(const struct emitter *emitter, struct text *text) {
    bool any = false;
    for (size_t i = 0; i < emitter->kernel_count; i++) {
        const struct used_kernel *used = &emitter->kernel[i];
        if (!used->field) {
            continue;
        }
        if (!any) {
            text_print(text, "/* One copy of each kernel that several layers "
                             "use; p is what differs. */\n"
                             "#if defined(__GNUC__)\n"
                             "#define SHARED static __attribute__((noinline))\n"
                             "#else\n"
                             "#define SHARED static\n"
                             "#endif\n\n");
            any = true;
        }
        if (used->varies) {
            print_struct(used, text);
        }
        print_function(emitter, used, text);
    }
}

/* --- its calls --- */

/* Initialisers of what differs; of one member if all are zero. */
static struct items outer_params(struct context *context,
                                 const struct used_kernel *used,
                                 const struct call *call) {
    const struct field *field = used->kernel->fields, *first = NULL;
    const char *first_member = NULL;
    struct items items = items_new(context, field_count(used->kernel));
    for (size_t i = 0; field[i].name; i++) {
        const char *member = used->field[i].member;
        if (!used->field[i].varies) {
            continue;
        }
        if (!first) {
            first = &field[i];
            first_member = member;
        }
        if (!field_is_zero(&field[i], call->params)) {
            items_add(&items, field_initialiser(context, &field[i], member,
                                                call->params));
        }
    }
    if (items.count == 0) {
        items_add(&items, field_initialiser(context, first, first_member,
                                            call->params));
    }
    return items;
}

void shared_call_print(const struct emitter *emitter, struct text *text,
                       const struct call *call, const struct items *operands) {
    const struct used_kernel *used = shared_kernel(emitter, call->kernel);
    const char *name = short_name(call->kernel);
    int indent = used->varies ? 8 : 4;
    if (used->varies) {
        struct items params = outer_params(emitter->context, used, call);
        text_print(text, "    {\n        static const %sstruct shared_%s p = {",
                   constants_in_flash(emitter) ? "MF_CONSTANT " : "", name);
        items_print(&params, fill_below(text, 12), 2);
        text_print(text, "};\n");
    }
    text_print(text, "%*sshared_%s(", indent, "", name);
    int column = indent + (int)strlen(name) + 8;
    struct fill fill = fill_after(text, column, column);
    if (used->varies) {
        fill_add(&fill, "&p", 1);
    }
    for (size_t i = 0; i < operands->count; i++) {
        fill_add(&fill, operands->item[i], 2);
    }
    text_print(text, used->varies ? ");\n    }\n" : ");\n");
}
