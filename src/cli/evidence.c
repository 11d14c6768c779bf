/* microflow compile --evidence: what is known of the generated code, and how,
 * as files that others can check.
 *
 * Invariant: whatever is written follows from the model, the options and the
 * versions of the tools; no date, no path, no measured time. */
#include "evidence.h"

#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "inspect.h"
#include "json.h"
#include "misra.h"
#include "sha256.h"

struct pack {
    const struct evidence *evidence;
    mf_model *model;
    const char *file; /* the model's name without folders */
    mf_target_info target;
    struct json json;
    cJSON *files; /* of the pack, for the manifest */
};

static const char *last_part(const char *path) {
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}

/* {"name", "size", "sha256"} */
static cJSON *file_entry(struct json *json, const char *name, const char *data,
                         size_t size) {
    char digest[SHA256_TEXT];
    cJSON *entry = cJSON_CreateObject();
    sha256_text(data, size, digest);
    json_add(json, entry, "name", json_string(name));
    json_add_number(json, entry, "size", (double)size);
    json_add(json, entry, "sha256", json_string(digest));
    return entry;
}

static bool add_text(struct pack *pack, const char *name, char *text) {
    bool ok = text != NULL;
    if (ok && pack->files) {
        json_add(&pack->json, pack->files, NULL,
                 file_entry(&pack->json, name, text, strlen(text)));
    }
    ok = ok && write_file(pack->evidence->directory, name, text, strlen(text));
    free(text);
    return ok;
}

static bool add_json(struct pack *pack, const char *name, cJSON *object) {
    return add_text(pack, name, json_text(&pack->json, object, name));
}

/* What stands for what a tool would have said. */
static cJSON *not_measured(struct pack *pack, const char *why) {
    cJSON *object = cJSON_CreateObject();
    json_add(&pack->json, object, "measured", cJSON_CreateBool(false));
    json_add(&pack->json, object, "reason", json_string(why));
    return object;
}

/* --- versions of tools --- */

/* The first line that the tool prints; to be freed, NULL if it does not. */
static char *tool_version(const char *tool, const char *option) {
    struct workspace workspace = {0};
    struct words words = {0};
    char *text = NULL;
    words_add(&words, tool);
    words_add(&words, option);
    if (find_tool(tool) && workspace_open(&workspace)) {
        text = workspace_run(&workspace, &words, "version")
                   ? workspace_read(&workspace, "version")
                   : NULL;
        workspace_close(&workspace);
    }
    words_free(&words);
    if (text) {
        text[strcspn(text, "\n")] = '\0';
    }
    return text;
}

static void add_version(struct pack *pack, cJSON *object, const char *tool,
                        const char *option) {
    char *version = tool_version(tool, option);
    json_add(&pack->json, object, "tool",
             version ? json_string(version) : cJSON_CreateNull());
    free(version);
}

/* --- trace.json --- */

static cJSON *calls_of(struct pack *pack, size_t layer) {
    cJSON *calls = cJSON_CreateArray();
    const char *header, *name;
    for (size_t i = 0; (name = mf_model_call(pack->model, layer, i, &header));
         i++) {
        cJSON *call = cJSON_CreateObject();
        json_add(&pack->json, call, "function", json_string(name));
        json_add(&pack->json, call, "header", json_string(header));
        json_add(&pack->json, calls, NULL, call);
    }
    return calls;
}

/* Lines first to last of NAME.c: the call with its parameters. */
static cJSON *lines_of(struct pack *pack, size_t first, size_t last) {
    const char *text;
    size_t size;
    cJSON *lines = cJSON_CreateArray();
    mf_model_file(pack->model, 1, &text, &size);
    for (size_t line = 1; text && *text && line <= last; line++) {
        const size_t length = strcspn(text, "\n");
        if (line >= first) {
            char *copy = strndup(text, length);
            json_add(&pack->json, lines, NULL, copy ? json_string(copy) : NULL);
            free(copy);
        }
        text += length + (text[length] == '\n');
    }
    return lines;
}

static cJSON *sums_of(struct pack *pack, size_t layer) {
    const mf_sums_info sums = mf_model_sums(pack->model, layer);
    if (!sums.is_known) {
        return cJSON_CreateNull();
    }
    cJSON *object = cJSON_CreateObject();
    json_add_number(&pack->json, object, "least", (double)sums.least);
    json_add_number(&pack->json, object, "most", (double)sums.most);
    return object;
}

static cJSON *trace_layer(struct pack *pack, size_t i) {
    const mf_layer_info layer = mf_model_layer(pack->model, i);
    cJSON *object = cJSON_CreateObject();
    size_t first, last;
    json_add_number(&pack->json, object, "layer", (double)(i + 1));
    json_add_number(&pack->json, object, "index", layer.index);
    json_add(&pack->json, object, "operator", json_string(layer.op));
    json_add(&pack->json, object, "name", json_string(layer.output.name));
    json_add(&pack->json, object, "calls", calls_of(pack, i));
    json_add(&pack->json, object, "numerics",
             json_string("docs/numerics.md#where-operators-differ"));
    json_add(&pack->json, object, "accumulator", sums_of(pack, i));
    if (mf_model_lines(pack->model, i, &first, &last)) {
        cJSON *lines = cJSON_CreateArray();
        json_add_number(&pack->json, lines, NULL, (double)first);
        json_add_number(&pack->json, lines, NULL, (double)last);
        json_add(&pack->json, object, "lines", lines);
        json_add(&pack->json, object, "source", lines_of(pack, first, last));
    }
    return object;
}

static bool add_trace(struct pack *pack) {
    const char *text;
    size_t size;
    cJSON *object = cJSON_CreateObject();
    cJSON *layers = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_layer_count(pack->model); i++) {
        json_add(&pack->json, layers, NULL, trace_layer(pack, i));
    }
    json_add(&pack->json, object, "source",
             json_string(mf_model_file(pack->model, 1, &text, &size)));
    json_add(&pack->json, object, "layers", layers);
    return add_json(pack, "trace.json", object);
}

/* --- memory.json --- */

static bool add_memory(struct pack *pack) {
    cJSON *object = json_memory(&pack->json, pack->model);
    /* No plan is given out that the checker does not accept. */
    json_add(&pack->json, object, "check", json_string("passed"));
    return add_json(pack, "memory.json", object);
}

/* --- misra.json, deviations.md --- */

static const char *platform_of(const mf_target_info *target) {
    return target->word_bits == 64   ? "unix64"
           : target->word_bits == 32 ? "unix32"
                                     : "avr8";
}

/* The source without the elements of its long arrays of constants, on the same
 * lines: they would keep cppcheck busy for minutes and break no rule. */
static char *without_elements(const char *source, size_t size) {
    static const char start[] = "\nstatic const ", open[] = " = {\n";
    char *text = malloc(size + 1), *to = text;
    const char *array = source;
    if (!text) {
        complain("misra", "out of memory");
        return NULL;
    }
    while ((array = strstr(array, start)) != NULL) {
        array += sizeof start - 1;
        const char *line_end = strchr(array, '\n');
        const char *body = strstr(array, open);
        const char *end = body ? strstr(body, "};\n") : NULL;
        if (!end || body > line_end) {
            continue;
        }
        body += sizeof open - 2; /* the new line */
        memcpy(to, source, (size_t)(body - source));
        to += body - source;
        *to++ = '0';
        for (; body < end; body++) {
            if (*body == '\n') {
                *to++ = '\n';
            }
        }
        source = array = end;
    }
    strcpy(to, source);
    return text;
}

static cJSON *run_misra(struct pack *pack) {
    struct workspace workspace = {0};
    cJSON *object = NULL;
    if (!workspace_open(&workspace)) {
        return NULL;
    }
    bool ok = true;
    const char *data, *source;
    size_t size;
    for (size_t i = 0; ok && i < mf_model_file_count(pack->model); i++) {
        const char *name = mf_model_file(pack->model, i, &data, &size);
        char *text = without_elements(data, size);
        ok = text && workspace_write(&workspace, name, text, strlen(text));
        free(text);
    }
    source = mf_model_file(pack->model, 1, &data, &size);
    object = ok ? misra_json(&pack->json, &workspace, source,
                             platform_of(&pack->target))
                : NULL;
    workspace_close(&workspace);
    return object;
}

static bool add_misra(struct pack *pack) {
    cJSON *object = find_tool("cppcheck") ? run_misra(pack) : NULL;
    if (!object) {
        object = not_measured(pack, "cppcheck is not there, or failed");
    }
    add_version(pack, object, "cppcheck", "--version");
    return add_json(pack, "misra.json", object) &&
           add_text(pack, "deviations.md", misra_deviations());
}

/* --- proof.json --- */

static bool add_proof(struct pack *pack) {
    cJSON *object = NULL;
    if (pack->evidence->planning->open.push_input) {
        object = not_measured(pack, "microflow prove starts at NAME_invoke(), "
                                    "which a network whose rows are pushed "
                                    "does not have");
    } else if (find_tool("frama-c")) {
        object = prove_json(&pack->json, pack->file, pack->model,
                            pack->evidence->planning);
    }
    if (!object) {
        object = not_measured(pack, "frama-c is not there, or failed");
    }
    add_version(pack, object, "frama-c", "-version");
    return add_json(pack, "proof.json", object);
}

/* --- bounds.json --- */

/* Why nothing can be measured here; NULL: it can. */
static const char *missing(const struct pack *pack) {
    const mf_target_info *target = &pack->target;
    char tool[64];
    snprintf(tool, sizeof tool, "%.*s", (int)strcspn(target->simulator, " "),
             target->simulator);
    if (target->board[0] == '\0') {
        return "the target has no simulator";
    }
    if (strcmp(target->unit, "ns") == 0) {
        return "on this machine time is measured, which is not the same twice";
    }
    if (!find_tool(target->compiler)) {
        return "the target's compiler is not there";
    }
    return strncmp(tool, "qemu-", 5) == 0 && !find_tool(tool)
               ? "the target's simulator is not there"
               : NULL;
}

static cJSON *run_bench(struct pack *pack) {
    enum { RANDOM_INPUTS = 100 };
    struct bench bench = {.path = pack->file,
                          .model = pack->model,
                          .target = pack->target,
                          .planning = *pack->evidence->planning,
                          .spread = RANDOM_INPUTS};
    struct figures figures = {0};
    mf_model *portable =
        mf_model_open(pack->evidence->loaded->bytes,
                      pack->evidence->loaded->size, pack->file, NULL);
    cJSON *object = NULL;
    if (portable && mf_model_ok(portable) &&
        bench_run(&bench, portable, NULL, &figures)) {
        object = bench_json(&pack->json, &bench, &figures);
    }
    bench_free(&bench, &figures);
    mf_model_close(portable);
    return object;
}

static bool add_bounds(struct pack *pack) {
    const char *why = missing(pack);
    cJSON *object = why ? not_measured(pack, why) : run_bench(pack);
    if (!object) {
        object = not_measured(pack, "the firmware could not be built or run");
    }
    add_version(pack, object, pack->target.compiler, "--version");
    return add_json(pack, "bounds.json", object);
}

/* --- manifest.json --- */

static cJSON *options_json(struct pack *pack) {
    const struct evidence *from = pack->evidence;
    struct json *json = &pack->json;
    cJSON *object = cJSON_CreateObject();
    json_add(json, object, "target", json_string(pack->target.name));
    json_add(json, object, "optimize",
             json_string(optimize_name(from->planning)));
    json_add_number(json, object, "ram_limit",
                    (double)from->planning->open.ram_limit);
    json_add(
        json, object, "input",
        json_string(from->planning->open.push_input ? "push" : "resident"));
    json_add(json, object, "driver", cJSON_CreateBool(from->compile->driver));
    json_add(json, object, "selftest",
             cJSON_CreateBool(from->compile->selftest));
    json_add(json, object, "guard_weights",
             cJSON_CreateBool(from->compile->guard_weights));
    json_add(json, object, "guard_arena",
             cJSON_CreateBool(from->compile->guard_arena));
    return object;
}

/* What was compiled, while its files are there. */
static cJSON *start_manifest(struct pack *pack) {
    struct json *json = &pack->json;
    cJSON *object = cJSON_CreateObject();
    cJSON *outputs = cJSON_CreateArray();
    for (size_t i = 0; i < mf_model_file_count(pack->model); i++) {
        const char *data;
        size_t size;
        const char *name = mf_model_file(pack->model, i, &data, &size);
        json_add(json, outputs, NULL, file_entry(json, name, data, size));
    }
    json_add(json, object, "tool", json_string("MicroFlow"));
    json_add(json, object, "version", json_string(mf_version()));
    json_add(json, object, "model",
             file_entry(json, pack->file, pack->evidence->loaded->bytes,
                        pack->evidence->loaded->size));
    json_add(json, object, "options", options_json(pack));
    json_add(json, object, "outputs", outputs);
    return object;
}

bool write_evidence(const struct evidence *evidence) {
    struct planning planning = *evidence->planning;
    struct evidence complete = *evidence;
    if (!planning.open.target) {
        planning.open.target = mf_target_name(0);
    }
    complete.planning = &planning;
    struct pack pack = {.evidence = &complete,
                        .model = evidence->loaded->model,
                        .file = last_part(input_name(evidence->path)),
                        .json = {.ok = true},
                        .files = cJSON_CreateArray()};
    if (!find_target(planning.open.target, &pack.target) ||
        !output_directory(evidence->directory)) {
        cJSON_Delete(pack.files);
        return false;
    }
    cJSON *manifest = start_manifest(&pack);
    /* The last two compile the model in their own ways. */
    const bool ok = add_trace(&pack) && add_memory(&pack) && add_misra(&pack) &&
                    add_proof(&pack) && add_bounds(&pack);
    json_add(&pack.json, manifest, "evidence", pack.files);
    pack.files = NULL;
    if (!ok) {
        cJSON_Delete(manifest);
        return false;
    }
    return add_json(&pack, "manifest.json", manifest);
}
