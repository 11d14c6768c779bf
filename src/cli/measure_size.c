/* What of a firmware is the network's: the object that its C became and the
 * library functions that it needs, without harness, board and start-up code. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"

static bool starts_with(const char *text, const char *prefix) {
    return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_one_of(const char *text, const char *const *prefixes) {
    for (; *prefixes; prefixes++) {
        if (starts_with(text, *prefixes)) {
            return true;
        }
    }
    return false;
}

/* --- the linker's map --- */

/* Whether a file of the map is there for the network's sake.  Members of
 * libraries are, and what stands in for them is: harness and boards use none.
 * But avr-libc's start-up code is made of members of libgcc. */
static bool is_networks(const char *file) {
    static const char *const start_up[] = {"(_copy_data.o)", "(_clear_bss.o)",
                                           "(_exit.o)", "(_ctors.o)", NULL};
    for (int i = 0; start_up[i]; i++) {
        if (strstr(file, start_up[i])) {
            return false;
        }
    }
    return starts_with(file, "net.o") || starts_with(file, "library.o") ||
           strstr(file, ".a(");
}

static void add_section(struct figures *figures, const char *section,
                        uint64_t size) {
    static const char *const zeros[] = {".bss", ".sbss", "COMMON", ".tbss",
                                        NULL};
    static const char *const data[] = {".data", ".sdata", NULL};
    static const char *const flash[] = {".text",    ".rodata", ".srodata",
                                        ".progmem", ".init",   ".fini",
                                        ".lowtext", NULL};
    if (is_one_of(section, zeros)) {
        figures->ram_static += size;
    } else if (is_one_of(section, data) &&
               !starts_with(section, ".data.rel.ro")) {
        figures->ram_static += size;
        figures->flash_code += size; /* what it starts with */
    } else if (is_one_of(section, flash) || starts_with(section, ".data")) {
        figures->flash_code += size;
    }
}

/* Reads " .text.f  0x1a4  0x564 net.o", of which the name may stand on a line
 * of its own; what does not read so is something else. */
static void add_map(struct figures *figures, char *map) {
    char section[512] = "";
    char *save;
    for (char *line = strtok_r(map, "\n", &save); line;
         line = strtok_r(NULL, "\n", &save)) {
        uint64_t size;
        int file = 0, name = 0;
        if (line[0] == ' ' && (line[1] == '.' || line[1] == 'C')) {
            sscanf(line, " %511s%n", section, &name);
            line += name;
        } else if (!starts_with(line, "                ")) {
            section[0] = '\0';
        }
        if (section[0] &&
            sscanf(line, " 0x%*x 0x%" SCNx64 " %n", &size, &file) == 1 &&
            file > 0) {
            if (is_networks(line + file)) {
                add_section(figures, section, size);
            }
            section[0] = '\0';
        }
    }
}

/* --- symbols --- */

/* What the emitter calls constants that hold the model's own numbers: tensors,
 * and what scales sums.  The others are tables. */
static bool holds_weights(const char *name) {
    static const char *const roles[] = {"filter",   "bias",  "multiplier",
                                        "shift",    "scale", "input",
                                        "channels", NULL};
    if (starts_with(name, "constant_")) {
        return true;
    }
    const size_t digits =
        starts_with(name, "op") ? strspn(name + 2, "0123456789") : 0;
    return digits > 0 && name[2 + digits] == '_' &&
           is_one_of(name + 2 + digits + 1, roles);
}

static uint64_t add_weights(const char *symbols) {
    uint64_t sum = 0;
    for (const char *line = symbols; line;) {
        uint64_t size;
        char name[512];
        const char *next = strchr(line, '\n');
        if (sscanf(line, "%*x %" SCNx64 " %*c %511s", &size, name) == 2 &&
            holds_weights(name)) {
            sum += size;
        }
        line = next ? next + 1 : NULL;
    }
    return sum;
}

static char *list_symbols(struct bench *bench) {
    struct words words = {0};
    char *nm = binutil(bench->target.compiler, "nm");
    words_add(&words, nm);
    words_split(&words, "-S net.o");
    char *text = workspace_run(&bench->workspace, &words, "symbols")
                     ? workspace_read(&bench->workspace, "symbols")
                     : NULL;
    words_free(&words);
    free(nm);
    return text;
}

bool measure_size(struct bench *bench, struct figures *figures) {
    char *map = workspace_read(&bench->workspace, "map");
    char *symbols = map ? list_symbols(bench) : NULL;
    /* Before it the map lists what was thrown away. */
    char *start = map ? strstr(map, "Linker script and memory map") : NULL;
    const bool ok = start && symbols;
    if (ok) {
        add_map(figures, start);
        figures->flash_weights = add_weights(symbols);
        figures->flash_code -= figures->flash_weights;
    } else if (map && symbols) {
        complain("map", "is not what the linker writes");
    }
    free(map);
    free(symbols);
    return ok;
}
