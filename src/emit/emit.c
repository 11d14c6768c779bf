/* From a plan to files: gathers what they need, then prints one by one. */
#include "emit/emit.h"

#include <assert.h>
#include <string.h>

#include "emit/emitter.h"

/* Kernel headers that the output includes, directly or not: a flag for each
 * row of kernel_files[]. */
struct headers {
    bool *used;
    size_t count;
};

static size_t find_header(const char *name, size_t length) {
    size_t i = 0;
    while (kernel_files[i].name &&
           (strlen(kernel_files[i].name) != length ||
            memcmp(kernel_files[i].name, name, length) != 0)) {
        i++;
    }
    /* Else a kernel or a header names one that is not there. */
    assert(kernel_files[i].name);
    return i;
}

static void use_header(struct headers *headers, const char *name,
                       size_t length);

/* Marks what lines of the form #include "NAME" name. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void use_includes(struct headers *headers, const char *text) {
    static const char include[] = "#include \"";
    for (const char *line = text; line;) {
        if (strncmp(line, include, sizeof include - 1) == 0) {
            const char *name = line + sizeof include - 1;
            use_header(headers, name, strcspn(name, "\"\n"));
        }
        line = strchr(line, '\n');
        line = line ? line + 1 : NULL;
    }
}

/* Include chains are as deep as kernels/ makes them, not the model. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static void use_header(struct headers *headers, const char *name,
                       size_t length) {
    size_t i = find_header(name, length);
    if (!headers->used[i]) {
        headers->used[i] = true;
        use_includes(headers, kernel_files[i].text);
    }
}

static bool collect_headers(const struct emitter *emitter,
                            struct headers *headers) {
    while (kernel_files[headers->count].name) {
        headers->count++;
    }
    headers->used = CONTEXT_NEW(emitter->context, bool, headers->count);
    if (!headers->used) {
        return false;
    }
    use_header(headers, PREDICT_HEADER, strlen(PREDICT_HEADER));
    for (size_t i = 0; i < emitter->kernel_count; i++) {
        const char *header = emitter->kernel[i].kernel->header;
        use_header(headers, header, strlen(header));
    }
    if (emitter->plan->stream_count > 0) {
        use_header(headers, STRIP_HEADER, strlen(STRIP_HEADER));
    }
    if (check_needs_crc(emitter)) {
        use_header(headers, CRC_HEADER, strlen(CRC_HEADER));
    }
    return true;
}

/* Inputs and outputs have to be of a type that C has. */
static bool check_ports(const struct emitter *emitter) {
    bool ok = true;
    for (int32_t i = 0; i < port_count(emitter); i++) {
        struct port port = port_at(emitter, i);
        if (!port.type) {
            ok = context_fail(
                emitter->context,
                "%s \"%s\": type is %s, allowed: INT8, UINT8, "
                "BOOL, INT16, UINT16, INT32, UINT32, INT64, FLOAT32",
                port.name, port.tensor->name, dtype_name(port.tensor->type));
        }
    }
    return ok;
}

static bool prepare(struct emitter *emitter) {
    struct context *context = emitter->context;
    char *upper = context_format(context, "%s", emitter->name);
    const char *model = context->file;
    for (const char *p = model; *p; p++) {
        if (*p == '/' || *p == '\\') {
            model = p + 1;
        }
    }
    emitter->model = comment_name(context, model, 60);
    if (!upper || !emitter->model) {
        return false;
    }
    for (char *p = upper; *p; p++) {
        if (*p >= 'a' && *p <= 'z') {
            *p = (char)(*p - 'a' + 'A');
        }
    }
    emitter->upper = upper;
    if (!check_ports(emitter) || !kernels_collect(emitter) ||
        !constants_collect(emitter) || !reset_collect(emitter)) {
        return false;
    }
    return memory_collect(emitter) && check_collect(emitter);
}

/* Where the next file goes. */
struct output {
    struct context *context;
    struct emitted_file **end;
};

static bool add_file(struct output *output, const char *name, const char *data,
                     size_t size) {
    struct emitted_file *file =
        CONTEXT_NEW(output->context, struct emitted_file, 1);
    if (!file || !name) {
        return false;
    }
    *file = (struct emitted_file){name, data, size, NULL};
    *output->end = file;
    output->end = &file->next;
    return true;
}

static bool add_printed(struct output *output, const struct emitter *emitter,
                        const char *suffix,
                        void (*print)(const struct emitter *emitter,
                                      struct text *text)) {
    struct text text = {.context = emitter->context};
    int messages = emitter->context->message_count;
    print(emitter, &text);
    /* A failed allocation may have left an item of a list empty. */
    if (text.failed || emitter->context->message_count != messages) {
        return false;
    }
    const char *name =
        context_format(emitter->context, "%s%s", emitter->name, suffix);
    return add_file(output, name, text.data, text.size);
}

static bool add_shared(struct output *output, const struct emitter *emitter) {
    struct emitter shared = *emitter;
    shared.name = SHARED_ARENA;
    return add_printed(output, &shared, ".h", shared_header_print) &&
           add_printed(output, &shared, ".c", shared_source_print);
}

bool emit_share(struct context *context, const struct plan *plan,
                const struct emit_options *options,
                struct shared_arena *shared) {
    struct emitter emitter = {.context = context,
                              .plan = plan,
                              .graph = plan->graph,
                              .options = options,
                              .name = options->name};
    if (!prepare(&emitter)) {
        return false;
    }
    return shared_arena_add(&emitter, shared);
}

bool emit_files(struct context *context, const struct plan *plan,
                const struct emit_options *options,
                struct emitted_file **files) {
    struct emitter emitter = {.context = context,
                              .plan = plan,
                              .graph = plan->graph,
                              .options = options,
                              .name = options->name};
    struct headers headers = {0};
    if (!prepare(&emitter) || !collect_headers(&emitter, &headers)) {
        return false;
    }
    *files = NULL;
    struct output output = {context, files};
    if (!add_printed(&output, &emitter, ".h", header_print) ||
        !add_printed(&output, &emitter, ".c", source_print)) {
        return false;
    }
    for (size_t i = 0; i < headers.count; i++) {
        const struct kernel_file *file = &kernel_files[i];
        if (headers.used[i] &&
            !add_file(&output, file->name, file->text, file->size)) {
            return false;
        }
    }
    if (options->shared && !add_shared(&output, &emitter)) {
        return false;
    }
    return !options->driver ||
           add_printed(&output, &emitter, "_driver.c", driver_print);
}
