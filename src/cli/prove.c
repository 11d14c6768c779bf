/* microflow prove: shows that the generated code has no run-time error, for any
 * input, by Frama-C's Eva.
 *
 * The network is compiled with an object for each buffer, so that an access
 * outside its tensor is one outside an object; that buffers do not spoil each
 * other in the arena is what the plan's checker holds.  All memory, with the
 * inputs, is unknown when the inference starts: what is proved holds for every
 * input and after any inferences before.
 *
 * Invariant: nothing counts as proved but an analysis that reached the end of
 * every layer, without an alarm and without a warning of any other kind. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench.h"
#include "cli.h"
#include "json.h"
#include "prove.h"

enum { OPTION_INT = 256, OPTION_WRITE, OPTION_JSON };

static const struct option options[] = {
    PLANNING_OPTIONS,
    {"input", required_argument, NULL, 'i'},
    {"int", required_argument, NULL, OPTION_INT},
    {"write", required_argument, NULL, OPTION_WRITE},
    {"json", no_argument, NULL, OPTION_JSON},
    {"help", no_argument, NULL, ARGUMENT_HELP},
    {NULL, 0, NULL, 0}};

static const char help[] =
    "Usage: microflow prove MODEL [OPTION...]\n"
    "Compiles a model (.tflite) and has Frama-C prove that the C has no\n"
    "run-time error, whatever the input: no access outside a tensor or table,\n"
    "no overflow, no invalid shift, no division by zero, no conversion that\n"
    "loses a value.  Prints each alarm with its layer; there must be none.\n"
    "\n"
    "  -t, --target TARGET  what the code is made for (generic)\n"
    "      --optimize WHAT  speed, size or ram, as in compile (speed)\n"
    "      --ram-limit BYTES, --region NAME=BYTES,COST\n"
    "                       as in compile\n"
    "  -i, --input HOW      push or resident, as in compile (resident)\n"
    "      --int BITS       width of int: 16 or 32 (as the target has it)\n"
    "      --write DIR      write what would be analysed, and prove.sh, which\n"
    "                       analyses it, into DIR; do nothing else\n"
    "      --json           for programs to read\n"
    "  -h, --help           print this help\n";

struct arguments_of_prove {
    const char *model;
    struct planning planning;
    int int_bits;          /* 0: as the target has it */
    const char *directory; /* of --write */
    bool json;
};

struct proof {
    const char *path; /* of the model, for messages */
    mf_model *model;
    struct planning planning;
    const char *machine; /* as Frama-C calls it */
    struct workspace workspace;
};

/* --- what is analysed --- */

/* The kernels' annotations say which loops are unrolled and which cases are
 * told apart; everywhere else the standard precision is right: more is slower
 * and proves less.  Floats may be infinite or NaN, as C allows. */
static const char analysis[] =
    "frama-c -cpp-extra-args=-CC -eva -eva-no-print -eva-no-show-progress "
    "-eva-msg-key=-initial-state -warn-signed-downcast -warn-invalid-pointer "
    "-warn-special-float none "
    "-kernel-warn-key parser:decimal-float=inactive -eva-split-limit 4096 "
    "-eva-interprocedural-splits -eva-plevel 4096 -machdep";

static bool compile_network(const struct proof *proof) {
    const mf_compile_options how = {.name = PROVE_NETWORK,
                                    .optimize = proof->planning.optimize,
                                    .layer_hook = PROVE_LAYER_MARK,
                                    .separate_buffers = true};
    const bool ok = mf_model_compile(proof->model, &how);
    if (!ok) {
        print_messages(proof->model);
    }
    return ok;
}

static bool write_sources(struct proof *proof) {
    char *driver = prove_driver(proof->model);
    bool ok =
        driver && compile_network(proof) &&
        workspace_write(&proof->workspace, "main.c", driver, strlen(driver));
    free(driver);
    for (size_t i = 0; ok && i < mf_model_file_count(proof->model); i++) {
        const char *data;
        size_t size;
        const char *name = mf_model_file(proof->model, i, &data, &size);
        ok = workspace_write(&proof->workspace, name, data, size);
    }
    return ok;
}

static bool run_frama_c(struct proof *proof) {
    struct words words = {0};
    words_split(&words, analysis);
    words_add(&words, proof->machine);
    words_add(&words, "main.c");
    const bool ok = workspace_run(&proof->workspace, &words, "log");
    words_free(&words);
    return ok;
}

/* --write: the same files where the user wants them. */
static bool write_proof(const struct proof *proof, const char *directory) {
    char *script = format_text("#!/bin/sh\n"
                               "cd \"$(dirname \"$0\")\" &&\n"
                               "PWD=$(pwd) exec %s %s main.c\n",
                               analysis, proof->machine);
    char *driver = prove_driver(proof->model);
    bool ok = script && driver && compile_network(proof) &&
              output_directory(directory) &&
              write_file(directory, "prove.sh", script, strlen(script)) &&
              write_file(directory, "main.c", driver, strlen(driver));
    for (size_t i = 0; ok && i < mf_model_file_count(proof->model); i++) {
        const char *data;
        size_t size;
        const char *name = mf_model_file(proof->model, i, &data, &size);
        ok = write_file(directory, name, data, size);
    }
    free(driver);
    free(script);
    return ok && output_commit();
}

/* --- what it said --- */

enum { NO_LAYER = -1 };

struct finding {
    bool is_alarm; /* else a warning, which leaves the proof in doubt */
    int layer;     /* of the model's layers; NO_LAYER before the first
                      and after inference */
    char *text;    /* "mf_dot.h:13: signed overflow. assert ..." */
};

struct findings {
    struct finding *finding;
    size_t count;
    int layers; /* that were entered */
    long mark;  /* line of the last one's mark */
    bool inferred, reached_end;
    long reached, statements; /* of the functions that are called */
    double seconds;
};

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* What stands from `from` to `to`, runs of white space as one space. */
static char *squeeze(const char *from, const char *to) {
    char *text = malloc((size_t)(to - from) + 1), *at = text;
    for (; text && from < to; from++) {
        const bool is_space = *from == ' ' || *from == '\n';
        if (!is_space) {
            *at++ = *from;
        } else if (at > text && at[-1] != ' ') {
            *at++ = ' ';
        }
    }
    if (text) {
        while (at > text && at[-1] == ' ') {
            at--;
        }
        *at = '\0';
    }
    return text;
}

/* A message goes on in lines that are indented. */
static const char *message_end(const char *line) {
    const char *end = strchr(line, '\n');
    while (end && end[1] == ' ') {
        end = strchr(end + 1, '\n');
    }
    return end ? end : line + strlen(line);
}

static bool add_finding(struct findings *findings, bool is_alarm,
                        const char *from, const char *to) {
    static const char word[] = " Warning:";
    struct finding *more = realloc(
        findings->finding, (findings->count + 1) * sizeof *findings->finding);
    char *text = more ? squeeze(from, to) : NULL;
    findings->finding = more ? more : findings->finding;
    if (!text) {
        complain("prove", "out of memory");
        return false;
    }
    char *warning = strstr(text, word);
    if (is_alarm && warning) {
        memmove(warning, warning + sizeof word - 1,
                strlen(warning + sizeof word - 1) + 1);
    }
    findings->finding[findings->count++] = (struct finding){
        is_alarm, findings->inferred ? NO_LAYER : findings->layers - 1, text};
    return true;
}

/* At a mark: "[eva] net.c:525: Frama_C_show_each_layer:".  Once for each case
 * that is told apart there. */
static void enter_layer(struct findings *findings, const char *text) {
    const char *colon = strchr(text, ':');
    const long line = colon ? strtol(colon + 1, NULL, 10) : 0;
    if (!findings->inferred && line > findings->mark) {
        findings->mark = line;
        findings->layers++;
    }
}

/* One message of the log: "[eva:alarm] mf_dot.h:13: Warning: ...". */
static bool read_message(struct findings *findings, const char *line,
                         const char *end) {
    static const char alarm[] = "[eva:alarm] ";
    char *text = squeeze(line, end);
    bool ok = text != NULL;
    if (ok && strstr(text, PROVE_LAYER_MARK)) {
        enter_layer(findings, text);
    } else if (ok && strstr(text, PROVE_INFERRED_MARK)) {
        findings->inferred = true;
    } else if (ok && strstr(text, PROVE_END_MARK)) {
        findings->reached_end = true;
    } else if (ok && starts_with(text, alarm)) {
        ok = add_finding(findings, true, line + sizeof alarm - 1, end);
    } else if (ok && line[0] == '[' &&
               (strstr(text, "Warning:") || strstr(text, "Error:") ||
                strstr(text, "NON TERMINATING"))) {
        ok = add_finding(findings, false, line, end);
    }
    if (ok) {
        const char *count = strstr(text, "In these functions, ");
        sscanf(count ? count : "",
               "In these functions, %ld statements reached (out of %ld)",
               &findings->reached, &findings->statements);
    }
    free(text);
    return ok;
}

static bool read_log(struct proof *proof, struct findings *findings) {
    char *log = workspace_read(&proof->workspace, "log");
    bool ok = log != NULL;
    for (const char *line = log; ok && *line;) {
        const char *end = message_end(line);
        ok = read_message(findings, line, end);
        line = *end ? end + 1 : end;
    }
    free(log);
    return ok;
}

static bool is_complete(const struct proof *proof,
                        const struct findings *findings) {
    return findings->reached_end &&
           (size_t)findings->layers == mf_model_layer_count(proof->model);
}

static bool is_proved(const struct proof *proof,
                      const struct findings *findings) {
    return findings->count == 0 && is_complete(proof, findings);
}

/* --- reports --- */

static void print_report(const struct proof *proof,
                         const struct findings *findings) {
    size_t alarms = 0;
    for (size_t i = 0; i < findings->count; i++) {
        const struct finding *finding = &findings->finding[i];
        alarms += finding->is_alarm;
        printf("%s: ", proof->path);
        if (finding->layer != NO_LAYER) {
            const mf_layer_info layer =
                mf_model_layer(proof->model, (size_t)finding->layer);
            printf("op %d %s \"%s\": ", (int)layer.index, layer.op,
                   layer.output.name);
        }
        printf("%s\n", finding->text);
    }
    printf("%s: %s for target %s, %s, optimised for %s: %zu alarms",
           proof->path, is_proved(proof, findings) ? "proved" : "NOT PROVED",
           proof->planning.open.target, proof->machine,
           optimize_name(&proof->planning), alarms);
    if (findings->count > alarms) {
        printf(", %zu other warnings", findings->count - alarms);
    }
    printf("\n%s: %d of %zu layers analysed%s, %ld of %ld statements reached, "
           "%.0f s\n",
           proof->path, findings->layers, mf_model_layer_count(proof->model),
           findings->reached_end ? "" : ", the end was not reached",
           findings->reached, findings->statements, findings->seconds);
}

static cJSON *finding_json(struct json *json, const struct proof *proof,
                           const struct finding *finding) {
    cJSON *item = cJSON_CreateObject();
    json_add(json, item, "kind",
             json_string(finding->is_alarm ? "alarm" : "warning"));
    if (finding->layer != NO_LAYER) {
        const mf_layer_info layer =
            mf_model_layer(proof->model, (size_t)finding->layer);
        json_add_number(json, item, "index", layer.index);
        json_add(json, item, "operator", json_string(layer.op));
        json_add(json, item, "name", json_string(layer.output.name));
    }
    json_add(json, item, "text", json_string(finding->text));
    return item;
}

static cJSON *proof_json(struct json *json, const struct proof *proof,
                         const struct findings *findings) {
    cJSON *object = cJSON_CreateObject();
    json_add(json, object, "model", json_string(proof->path));
    json_add(json, object, "target", json_string(proof->planning.open.target));
    json_add(json, object, "optimize",
             json_string(optimize_name(&proof->planning)));
    json_add(json, object, "machine", json_string(proof->machine));
    json_add(json, object, "proved",
             cJSON_CreateBool(is_proved(proof, findings)));
    json_add(json, object, "complete",
             cJSON_CreateBool(is_complete(proof, findings)));
    json_add_number(json, object, "layers",
                    (double)mf_model_layer_count(proof->model));
    json_add_number(json, object, "layers_analysed", findings->layers);
    json_add_number(json, object, "statements", (double)findings->statements);
    json_add_number(json, object, "statements_reached",
                    (double)findings->reached);
    if (findings->seconds > 0) {
        json_add_number(json, object, "seconds", findings->seconds);
    }
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; i < findings->count; i++) {
        json_add(json, list, NULL,
                 finding_json(json, proof, &findings->finding[i]));
    }
    json_add(json, object, "findings", list);
    return object;
}

/* --- the command --- */

static double now(void) {
    struct timespec time = {0};
    timespec_get(&time, TIME_UTC);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* Fills `findings`, to be freed; false, said why, if Frama-C did not run. */
static bool analyse(struct proof *proof, struct findings *findings) {
    if (!have_tool("frama-c") || !workspace_open(&proof->workspace)) {
        return false;
    }
    const bool ok =
        write_sources(proof) && run_frama_c(proof) && read_log(proof, findings);
    workspace_close(&proof->workspace);
    return ok;
}

static void free_findings(struct findings *findings) {
    for (size_t i = 0; i < findings->count; i++) {
        free(findings->finding[i].text);
    }
    free(findings->finding);
}

static bool prove_model(struct proof *proof, bool as_json) {
    struct findings findings = {0};
    const double start = now();
    bool ok = analyse(proof, &findings);
    findings.seconds = now() - start;
    if (ok && as_json) {
        struct json json = {.ok = true};
        ok =
            json_print(&json, proof_json(&json, proof, &findings), proof->path);
    } else if (ok) {
        print_report(proof, &findings);
    }
    ok = ok && is_proved(proof, &findings);
    free_findings(&findings);
    return ok;
}

/* The machine whose int is as wide as the target's. */
static const char *find_machine(const char *name, int int_bits) {
    mf_target_info target = {0};
    for (size_t i = 0; mf_target(i, &target); i++) {
        if (strcmp(target.name, name) == 0) {
            break;
        }
    }
    if (int_bits == 16 || (int_bits == 0 && target.word_bits < 32)) {
        return "gcc_x86_16";
    }
    return target.word_bits == 64 ? "gcc_x86_64" : "gcc_x86_32";
}

cJSON *prove_json(struct json *json, const char *path, mf_model *model,
                  const struct planning *planning) {
    struct proof proof = {.path = path,
                          .model = model,
                          .planning = *planning,
                          .machine = find_machine(planning->open.target, 0)};
    struct findings findings = {0};
    cJSON *object =
        analyse(&proof, &findings) ? proof_json(json, &proof, &findings) : NULL;
    free_findings(&findings);
    return object;
}

static bool prove_file(const struct arguments_of_prove *from) {
    struct proof proof = {
        .path = input_name(from->model),
        .planning = from->planning,
        .machine = find_machine(from->planning.open.target, from->int_bits)};
    struct loaded loaded = {0};
    bool ok = load(from->model, &from->planning.open, &loaded);
    proof.model = loaded.model;
    if (ok && from->directory) {
        ok = write_proof(&proof, from->directory);
    } else {
        ok = ok && prove_model(&proof, from->json);
    }
    unload(&loaded);
    return ok;
}

static bool take_choice(const char *option, const char *first,
                        const char *second) {
    if (strcmp(optarg, first) == 0 || strcmp(optarg, second) == 0) {
        return true;
    }
    wrong_usage("prove", "--%s is '%s', allowed: %s, %s", option, optarg, first,
                second);
    return false;
}

static bool take(const struct command *command, int argument,
                 struct arguments_of_prove *to) {
    switch (argument) {
    case ARGUMENT_OPERAND:
        return take_model(command, &to->model);
    case 'i':
        return take_input_mode(command, &to->planning);
    case OPTION_INT:
        to->int_bits = strcmp(optarg, "16") == 0 ? 16 : 32;
        return take_choice("int", "16", "32");
    case OPTION_WRITE:
        to->directory = optarg;
        return true;
    case OPTION_JSON:
        to->json = true;
        return true;
    default:
        return take_planning(command, argument, &to->planning);
    }
}

static enum status run(const struct command *command, int argc, char **argv) {
    struct arguments arguments = {command, argc, argv, false};
    struct arguments_of_prove to = {.planning.open.target = "generic"};
    int argument;
    while ((argument = next_argument(&arguments)) != ARGUMENT_END) {
        if (argument == ARGUMENT_HELP) {
            fputs(command->help, stdout);
            return STATUS_OK;
        }
        if (!take(command, argument, &to)) {
            return STATUS_USAGE;
        }
    }
    if (!to.model) {
        return wrong_usage(command->name, "MODEL is missing");
    }
    settle_planning(&to.planning);
    return prove_file(&to) ? STATUS_OK : STATUS_FAILED;
}

const struct command prove_command = {
    .name = "prove",
    .summary = "prove that the C has no run-time error",
    .help = help,
    .short_options = "-:t:i:h",
    .options = options,
    .run = run,
};
