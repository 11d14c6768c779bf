/* From a model to a firmware, and from its run to counts.
 *
 * Two firmwares are built.  In the plain one marks stand around an inference:
 * it is measured as it would be used.  In the other a mark stands before each
 * layer too; its calls keep the compiler from moving code across layers, so
 * that its layers may add up to a little more than the plain count. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "cli.h"

static const char network[] = "net";
static const char layer_hook[] = "board_mark";

char *binutil(const char *compiler, const char *name) {
    const size_t length = strlen(compiler);
    const bool is_cross =
        length > 4 && strcmp(compiler + length - 4, "-gcc") == 0;
    return format_text("%.*s%s", is_cross ? (int)length - 3 : 0, compiler,
                       name);
}

static bool runs_here(const struct bench *bench) {
    return bench->target.simulator[0] == '\0';
}

static bool is_qemu(const struct bench *bench) {
    return strncmp(bench->target.simulator, "qemu-", 5) == 0;
}

/* --- sources --- */

static void print_bytes(FILE *file, const char *name, const uint8_t *bytes,
                        size_t size) {
    fprintf(file,
            "static const uint8_t BOARD_CONSTANT BOARD_ALIGNED %s[] = {\n",
            name);
    for (size_t i = 0; i < size; i++) {
        fprintf(file, "%u,%s", bytes[i], i % 16 == 15 ? "\n" : "");
    }
    fputs("0};\n", file);
}

/* The tensors of a frame, as NAME.h calls them. */
static void print_tensors(FILE *file, const char *macro, const char *word,
                          const mf_model *model, size_t count,
                          mf_tensor_info (*get)(const mf_model *, size_t)) {
    fprintf(file, "#define %s(X)", macro);
    for (size_t i = 0; i < count; i++) {
        fprintf(file, " X(%s_%s", network, word);
        if (count > 1) {
            fprintf(file, "_%zu", i);
        }
        const mf_tensor_info tensor = get(model, i);
        fprintf(file, ", %zu, %d)", tensor.size,
                strcmp(tensor.type, "FLOAT32") == 0);
    }
    fputc('\n', file);
}

static bool write_frames(const struct bench *bench) {
    const struct frames *frames = &bench->frames;
    char *text = NULL;
    size_t size = 0;
    FILE *file = open_memstream(&text, &size);
    if (!file) {
        complain(bench->path, "out of memory");
        return false;
    }
    fprintf(file, "#define FRAME_COUNT %zu\n", frames->count);
    fprintf(file, "#define FRAME_SPREAD %u\n", bench->spread);
    fprintf(file, "#define FRAME_RESET() %s\n",
            mf_model_memory(bench->model).state_size > 0 ? "net_reset();" : "");
    print_tensors(file, "FRAME_INPUTS", "input", bench->model,
                  mf_model_input_count(bench->model), mf_model_input);
    fprintf(file, "#define FRAME_PUSHED %d\n",
            (int)bench->planning.open.push_input);
    if (bench->planning.open.push_input) {
        const mf_tensor_info input = mf_model_input(bench->model, 0);
        size_t elements = 1;
        for (int32_t i = 0; i < input.rank; i++) {
            elements *= (size_t)input.shape[i];
        }
        fprintf(file,
                "#define FRAME_ELEMENT %zu\n"
                "#define FRAME_FLOAT %d\n",
                input.size / elements, strcmp(input.type, "FLOAT32") == 0);
    }
    print_tensors(file, "FRAME_OUTPUTS", "output", bench->model,
                  mf_model_output_count(bench->model), mf_model_output);
    print_bytes(file, "frame_inputs", frames->inputs,
                frames->count * frames->input_size);
    print_bytes(file, "frame_outputs", frames->outputs,
                frames->count * frames->output_size);
    bool ok = fclose(file) == 0;
    if (!ok) {
        complain(bench->path, "out of memory");
    }
    ok = ok && workspace_write(&bench->workspace, "frames.h", text, size);
    free(text);
    return ok;
}

static bool write_network(const struct bench *bench, bool with_layers) {
    const mf_compile_options options = {.name = network,
                                        .optimize = bench->planning.optimize,
                                        .layer_hook =
                                            with_layers ? layer_hook : NULL};
    if (!mf_model_compile(bench->model, &options)) {
        print_messages(bench->model);
        return false;
    }
    bool ok = true;
    for (size_t i = 0; ok && i < mf_model_file_count(bench->model); i++) {
        const char *data;
        size_t size;
        const char *name = mf_model_file(bench->model, i, &data, &size);
        ok = workspace_write(&bench->workspace, name, data, size);
    }
    return ok;
}

/* --- building --- */

static bool compile_file(struct bench *bench, const char *source,
                         const char *object, const char *flags) {
    struct words words = {0};
    words_add(&words, bench->target.compiler);
    words_split(&words, bench->target.flags);
    words_split(&words, flags);
    words_add(&words, "-I.");
    words_add(&words, "-c");
    words_add(&words, source);
    words_add(&words, "-o");
    words_add(&words, object);
    const bool ok = source && workspace_run(&bench->workspace, &words, "log");
    words_free(&words);
    return ok;
}

static bool compile_own(struct bench *bench, const char *name,
                        const char *object) {
    char *source = own_file("sim", name);
    char *folder =
        source ? strndup(source, strlen(source) - strlen(name)) : NULL;
    /* Not -O2: loops that copy must not become calls of memcpy(). */
    char *flags =
        folder ? format_text("-std=gnu99 -O1 -ffunction-sections -iquote %s",
                             folder)
               : NULL;
    const bool ok = flags && compile_file(bench, source, object, flags);
    free(source);
    free(folder);
    free(flags);
    return ok;
}

/* Whether the board makes up for what its toolchain's libraries lack. */
static bool has_library(const struct bench *bench) {
    return strcmp(bench->target.board, "lx106") == 0;
}

static bool link_firmware(struct bench *bench) {
    struct words words = {0};
    char *script_name = format_text("%s/link.ld", bench->target.board);
    const bool has_script = strcmp(bench->target.board, "avr") != 0 &&
                            strcmp(bench->target.board, "host") != 0;
    char *script =
        has_script && script_name ? own_file("sim", script_name) : NULL;
    words_add(&words, bench->target.compiler);
    words_split(&words, bench->target.flags);
    if (has_script) {
        words_add(&words, "-nostartfiles");
        words_add(&words, "-T");
        words_add(&words, script);
    }
    words_split(&words, "-Wl,--gc-sections -Wl,-Map=map net.o board.o "
                        "harness.o -o firmware");
    if (has_library(bench)) {
        words_add(&words, "library.o");
    }
    words_split(&words, bench->target.link_flags);
    const bool ok = (!has_script || script) &&
                    workspace_run(&bench->workspace, &words, "log");
    words_free(&words);
    free(script_name);
    free(script);
    return ok;
}

static bool build(struct bench *bench, bool with_layers) {
    const bool speed = bench->planning.optimize == MF_OPTIMIZE_SPEED;
    char *board = format_text("%s/board.c", bench->target.board);
    char *library = format_text("%s/library.c", bench->target.board);
    const bool ok =
        board && library && write_network(bench, with_layers) &&
        compile_file(bench, "net.c", "net.o",
                     speed ? "-std=c99 -O2 -ffunction-sections -fstack-usage"
                           : "-std=c99 -Os -ffunction-sections "
                             "-fstack-usage") &&
        compile_own(bench, board, "board.o") &&
        compile_own(bench, "harness.c", "harness.o") &&
        (!has_library(bench) || compile_own(bench, library, "library.o")) &&
        link_firmware(bench);
    free(board);
    free(library);
    return ok;
}

/* --- running --- */

/* Address of the function `name` in the firmware; false with a message. */
static bool find_symbol(struct bench *bench, const char *name,
                        uint64_t *address) {
    struct words words = {0};
    char *nm = binutil(bench->target.compiler, "nm");
    words_add(&words, nm);
    words_add(&words, "firmware");
    char *text = workspace_run(&bench->workspace, &words, "symbols")
                     ? workspace_read(&bench->workspace, "symbols")
                     : NULL;
    bool found = false;
    for (char *line = text; line && !found;) {
        char found_name[64];
        char *next = strchr(line, '\n');
        found =
            sscanf(line, "%" SCNx64 " %*c %63s", address, found_name) == 2 &&
            strcmp(found_name, name) == 0;
        line = next ? next + 1 : NULL;
    }
    if (text && !found) {
        complain("firmware", "has no symbol %s", name);
    }
    words_free(&words);
    free(nm);
    free(text);
    return found;
}

static bool qemu_command(struct bench *bench, struct words *words) {
    uint64_t marker;
    char *plugin = own_file("libexec", "libmicroflow_count.so");
    if (!plugin || !find_symbol(bench, layer_hook, &marker)) {
        free(plugin);
        return false;
    }
    char *option =
        format_text("%s,marker=%" PRIu64 ",out=marks", plugin, marker);
    words_split(words, bench->target.simulator);
    words_split(words, "-display none -monitor none -serial none "
                       "-semihosting-config enable=on,target=native "
                       "-kernel firmware -plugin");
    words_add(words, option);
    free(option);
    free(plugin);
    return true;
}

static bool simavr_command(struct bench *bench, struct words *words) {
    const char *arguments = strchr(bench->target.simulator, ' ');
    char *simulator = own_file("libexec", "microflow-simavr");
    if (simulator) {
        words_add(words, simulator);
        words_split(words, arguments);
        words_split(words, "firmware marks");
    }
    free(simulator);
    return simulator != NULL;
}

/* Runs the firmware; its console is in "console", its marks in "marks". */
static bool run_firmware(struct bench *bench) {
    struct words words = {0};
    bool ok = true;
    if (runs_here(bench)) {
        words_split(&words, "./firmware marks");
    } else if (is_qemu(bench)) {
        ok = qemu_command(bench, &words);
    } else {
        ok = simavr_command(bench, &words);
    }
    ok = ok && workspace_run(&bench->workspace, &words, "console");
    words_free(&words);
    return ok;
}

/* --- what the run said --- */

static bool read_console(struct bench *bench, struct figures *figures) {
    char *text = workspace_read(&bench->workspace, "console");
    bool ended = false;
    for (char *line = text; line;) {
        uint64_t frame, output, byte, got, expected;
        char *next = strchr(line, '\n');
        if (sscanf(line,
                   "wrong %" SCNu64 " %" SCNu64 " %" SCNu64 " %" SCNu64
                   " %" SCNu64,
                   &frame, &output, &byte, &got, &expected) == 5) {
            figures->bit_exact = false;
            complain(bench->path,
                     "frame %" PRIu64 ", output %" PRIu64 ", byte %" PRIu64
                     ": is %" PRIu64 " on %s, must be %" PRIu64,
                     frame, output, byte, got, bench->target.name, expected);
        }
        sscanf(line, "stack %" SCNu64, &figures->stack_peak);
        ended = ended || strncmp(line, "end", 3) == 0;
        line = next ? next + 1 : NULL;
    }
    if (text && !ended) {
        fputs(text, stderr);
        complain(bench->path, "the firmware did not run to its end");
    }
    free(text);
    return ended;
}

/* The marks of all passes over the frames. */
struct marks {
    uint64_t *mark;
    size_t count;
};

static bool read_marks(struct bench *bench, struct marks *marks) {
    char *text = workspace_read(&bench->workspace, "marks");
    size_t lines = 0;
    for (const char *c = text; c && *c; c++) {
        lines += *c == '\n';
    }
    marks->mark = text ? calloc(lines + 1, sizeof *marks->mark) : NULL;
    if (text && !marks->mark) {
        complain(bench->path, "out of memory");
    }
    char *at = text;
    for (marks->count = 0; marks->mark && marks->count < lines;
         marks->count++) {
        marks->mark[marks->count] = strtoull(at, &at, 10);
    }
    free(text);
    return marks->mark != NULL;
}

/* Marks of a pass: two that calibrate, then each frame's. */
static uint64_t least(const struct marks *marks, size_t pass, size_t region) {
    uint64_t value = UINT64_MAX;
    for (size_t i = region; i + 1 < marks->count; i += pass) {
        const uint64_t v = marks->mark[i + 1] - marks->mark[i];
        value = v < value ? v : value;
    }
    return value;
}

static void widen(struct spread *spread, uint64_t value) {
    spread->least = value < spread->least ? value : spread->least;
    spread->most = value > spread->most ? value : spread->most;
}

/* Fills `sum`, and each region of a frame into `region`, for the frame that
 * took most. */
static bool take_counts(const struct bench *bench, const struct marks *marks,
                        size_t regions, uint64_t *region, uint64_t *sum) {
    const size_t frames = bench->frames.count;
    const size_t pass = 2 + (frames + bench->spread) * (regions + 1);
    if (marks->count < pass || marks->count % pass != 0) {
        complain(bench->path, "%zu marks were made, must be a multiple of %zu",
                 marks->count, pass);
        return false;
    }
    const uint64_t overhead = least(marks, pass, 0);
    size_t most = 0;
    *sum = 0;
    for (int again = 0; again < 2; again++) {
        for (size_t f = 0; f < frames; f++) {
            uint64_t total = 0;
            for (size_t r = 0; r < regions; r++) {
                const uint64_t v =
                    least(marks, pass, 2 + f * (regions + 1) + r);
                const uint64_t net = v > overhead ? v - overhead : 0;
                total += net;
                if (again && f == most) {
                    region[r] = net;
                }
            }
            if (!again && total > *sum) {
                *sum = total;
                most = f;
            }
        }
    }
    return true;
}

/* The least and the most that a region, or all together, took on random
 * inputs. */
static void take_spread(const struct bench *bench, const struct marks *marks,
                        size_t regions, struct spread *region,
                        struct spread *all) {
    const size_t first = bench->frames.count;
    const size_t pass = 2 + (first + bench->spread) * (regions + 1);
    const uint64_t overhead = least(marks, pass, 0);
    *all = (struct spread){UINT64_MAX, 0};
    for (size_t r = 0; r < regions; r++) {
        region[r] = *all;
    }
    for (size_t f = first; f < first + bench->spread; f++) {
        uint64_t total = 0;
        for (size_t r = 0; r < regions; r++) {
            const uint64_t v = least(marks, pass, 2 + f * (regions + 1) + r);
            const uint64_t net = v > overhead ? v - overhead : 0;
            total += net;
            widen(&region[r], net);
        }
        widen(all, total);
    }
}

static bool run_and_count(struct bench *bench, struct figures *figures,
                          size_t regions, uint64_t *region, uint64_t *sum,
                          struct spread *all) {
    struct marks marks = {0};
    const bool ok = run_firmware(bench) && read_console(bench, figures) &&
                    read_marks(bench, &marks) &&
                    take_counts(bench, &marks, regions, region, sum);
    if (ok && bench->spread > 0) {
        take_spread(bench, &marks, regions, figures->layer_spread, all);
    }
    free(marks.mark);
    return ok;
}

/* --- all of it --- */

static bool have_tools(const struct bench *bench) {
    static const char *const names[] = {"objdump", "nm"};
    bool ok = have_tool(bench->target.compiler);
    for (size_t i = 0; ok && i < sizeof names / sizeof names[0]; i++) {
        char *name = binutil(bench->target.compiler, names[i]);
        ok = name && have_tool(name);
        free(name);
    }
    if (ok && is_qemu(bench)) {
        struct words words = {0};
        words_split(&words, bench->target.simulator);
        ok = !words.failed && have_tool(words.word[0]);
        words_free(&words);
    }
    return ok;
}

bool measure(struct bench *bench, struct figures *figures) {
    const size_t layers = mf_model_layer_count(bench->model);
    uint64_t sum;
    *figures =
        (struct figures){.stack_bound = STACK_UNKNOWN, .bit_exact = true};
    /* Before the first layer there is what invoke itself does. */
    uint64_t *region = calloc(layers + 2, sizeof *region);
    struct spread *spread = calloc(layers + 2, sizeof *spread), marked;
    figures->layer = region;
    figures->layer_spread = spread;
    if (!region || !spread) {
        complain(bench->path, "out of memory");
        return false;
    }
    if (!have_tools(bench) || !workspace_open(&bench->workspace)) {
        return false;
    }
    bool ok = write_frames(bench) && build(bench, false) &&
              run_and_count(bench, figures, 1, region, &figures->count,
                            &figures->spread) &&
              measure_size(bench, figures) && measure_stack(bench, figures);
    const uint64_t stack_peak = figures->stack_peak;
    ok = ok && build(bench, true) &&
         run_and_count(bench, figures, layers + 1, region, &sum, &marked);
    figures->stack_peak = stack_peak;
    if (bench->planning.open.push_input) {
        /* What is computed while rows come in, the first layers do. */
        region[1] += region[0];
        spread[1].least += spread[0].least;
        spread[1].most += spread[0].most;
    }
    /* Of what stands before the first layer's mark, the layers are free. */
    memmove(region, region + 1, (layers + 1) * sizeof *region);
    memmove(spread, spread + 1, (layers + 1) * sizeof *spread);
    workspace_close(&bench->workspace);
    return ok;
}
