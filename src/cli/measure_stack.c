/* A static bound of the stack: the dearest path through the calls that the
 * machine code makes, starting at net_invoke(), or at net_push_row() and
 * net_finish().
 *
 * Frames are what the compiler reports for the network's own functions
 * (-fstack-usage); for library functions, which are small and mostly in
 * assembly, all that their code takes from the stack pointer is added up.
 * What cannot be bounded so (recursion, calls through pointers, frames of
 * variable size, code that is not in the firmware) makes the bound unknown. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench.h"
#include "cli.h"

enum { NONE = -1 };

struct function {
    char *name;
    int64_t frame; /* bytes, the return address apart; STACK_UNKNOWN */
    bool reported; /* by the compiler */
    int64_t bound; /* bytes, NONE: not computed yet */
    /* While it is on the path that is being followed: what the path up to it
     * takes, and how many calls it makes. */
    bool open;
    int64_t path, path_calls;
};

struct call_edge {
    size_t from, to;
    bool is_call; /* else control just goes on there */
};

struct code {
    struct function *function;
    size_t count, capacity;
    struct call_edge *call;
    size_t call_count, call_capacity;
    int return_address; /* bytes that a call pushes */
    bool failed;        /* memory is out */
};

static bool grow(void **array, size_t count, size_t *capacity, size_t size) {
    if (count < *capacity) {
        return true;
    }
    const size_t wanted = *capacity ? 2 * *capacity : 64;
    void *more = realloc(*array, wanted * size);
    if (more) {
        *array = more;
        *capacity = wanted;
    }
    return more != NULL;
}

static size_t find_function(struct code *code, const char *name,
                            size_t length) {
    for (size_t i = 0; i < code->count; i++) {
        if (strlen(code->function[i].name) == length &&
            memcmp(code->function[i].name, name, length) == 0) {
            return i;
        }
    }
    return SIZE_MAX;
}

static bool add_function(struct code *code, const char *name, size_t length) {
    void *array = code->function;
    char *copy = strndup(name, length);
    if (!copy ||
        !grow(&array, code->count, &code->capacity, sizeof *code->function)) {
        free(copy);
        code->failed = true;
        return false;
    }
    code->function = array;
    code->function[code->count++] =
        (struct function){.name = copy, .bound = NONE};
    return true;
}

static void add_call(struct code *code, size_t from, size_t to, bool is_call) {
    void *array = code->call;
    if (!grow(&array, code->call_count, &code->call_capacity,
              sizeof *code->call)) {
        code->failed = true;
        return;
    }
    code->call = array;
    code->call[code->call_count++] = (struct call_edge){from, to, is_call};
}

/* --- machine code, as objdump prints it --- */

static bool is_mnemonic(const char *text, const char *const *mnemonics) {
    const size_t length = strcspn(text, " \t\n");
    for (; *mnemonics; mnemonics++) {
        if (strlen(*mnemonics) == length &&
            strncmp(text, *mnemonics, length) == 0) {
            return true;
        }
    }
    return false;
}

/* The instruction of a line: what follows address and bytes, which end with
 * tabs. */
static const char *instruction_of(const char *line) {
    const char *end = line + strcspn(line, "\n");
    const char *colon = memchr(line, ':', (size_t)(end - line));
    if (!colon || colon + 1 >= end || colon[1] != '\t') {
        return NULL;
    }
    const char *bytes = colon + 2;
    const char *tab = memchr(bytes, '\t', (size_t)(end - bytes));
    return tab ? tab + 1 : NULL;
}

/* Registers in "{r4, r5-r7, lr}". */
static int64_t count_registers(const char *list) {
    int64_t count = 0;
    const char *end = strchr(list, '}');
    for (const char *c = strchr(list, '{'); c && end && c < end;) {
        int first, last;
        count++;
        c++;
        c += strspn(c, " ");
        if (sscanf(c, "%*[a-z]%d-%*[a-z]%d", &first, &last) == 2) {
            count += last - first;
        }
        c = strchr(c, ',');
    }
    return count;
}

/* The constant that ends "sub sp, #8" and "add sp,sp,-16", with its sign; 0 if
 * there is none. */
static int64_t last_constant(const char *text) {
    char line[128];
    snprintf(line, sizeof line, "%.*s", (int)strcspn(text, "\n;#<"), text);
    const char *comma = strrchr(line, ',');
    const char *hash = text + strcspn(text, "#\n;");
    if (*hash == '#') {
        return strtoll(hash + 1, NULL, 0);
    }
    const char *dollar = strchr(line, '$');
    if (dollar) {
        return strtoll(dollar + 1, NULL, 0);
    }
    return comma ? strtoll(comma + 1, NULL, 0) : 0;
}

/* Bytes that an instruction takes from the stack, STACK_UNKNOWN if that is no
 * constant; the four machines' ways together, which do not contradict each
 * other. */
static int64_t taken(const char *text) {
    static const char *const push[] = {"push", "push.w", "pushq", "pushl",
                                       NULL};
    static const char *const vector_push[] = {"vpush", NULL};
    static const char *const store[] = {"stmdb", "stmdb.w", NULL};
    static const char *const write_back[] = {"str", "str.w", "strd", NULL};
    static const char *const subtract[] = {"sub", "sub.w", "subw", "subq",
                                           NULL};
    static const char *const add[] = {"add", "addi", "c.addi", "c.addi16sp",
                                      NULL};
    static const char *const out[] = {"out", NULL};
    const bool has_list = strchr(text, '{') != NULL;
    if (is_mnemonic(text, push)) {
        return has_list ? 4 * count_registers(text)
                        : (strchr(text, '%') ? 8 : 1);
    }
    if (is_mnemonic(text, vector_push)) {
        return (strstr(text, "{d") ? 8 : 4) * count_registers(text);
    }
    const char *operands = text + strcspn(text, " \t\n");
    operands += strspn(operands, " \t");
    if (is_mnemonic(text, store) && strncmp(operands, "sp!", 3) == 0) {
        return 4 * count_registers(text);
    }
    if (is_mnemonic(text, write_back) && strstr(text, "[sp, #-") &&
        strstr(text, "]!")) {
        return -last_constant(text);
    }
    const bool on_stack = strncmp(operands, "sp,", 3) == 0;
    const bool from_rsp =
        strstr(text, ",%rsp") != NULL && strncmp(operands, "$", 1) == 0;
    if (is_mnemonic(text, subtract) && (on_stack || strstr(text, ",%rsp"))) {
        const int64_t bytes = last_constant(text);
        return bytes > 0 && (on_stack || from_rsp) ? bytes : STACK_UNKNOWN;
    }
    if (is_mnemonic(text, add) && on_stack) {
        const int64_t bytes = last_constant(text);
        return bytes < 0 ? -bytes : 0;
    }
    /* AVR: a frame is made by writing the stack pointer. */
    return is_mnemonic(text, out) && strncmp(operands, "0x3d,", 5) == 0
               ? STACK_UNKNOWN
               : 0;
}

/* A call or jump through a register, of which the callee is not known.  Jumps
 * back to the caller are none. */
static bool is_indirect(const char *text) {
    static const char *const always[] = {"icall", "eicall", "blx", "blxns",
                                         NULL};
    static const char *const jumps[] = {"jalr", "jr", "c.jr", "c.jalr", NULL};
    const char *operands = text + strcspn(text, " \t\n");
    operands += strspn(operands, " \t");
    if (is_mnemonic(text, always)) {
        return !strchr(text, '<');
    }
    if (is_mnemonic(text, jumps)) {
        /* "jr ra" and "jr t0" return. */
        return !strchr(text, '<') && strncmp(operands, "ra", 2) != 0 &&
               strncmp(operands, "t0", 2) != 0;
    }
    return strncmp(text, "call", 4) == 0 && operands[0] == '*';
}

/* "<name>" at the end of a line, without an offset; NULL if there is none. What
 * stands behind # is an address that objdump guesses from constants, but of
 * RISC-V's calls in two instructions. */
static const char *named_target(const char *text, size_t *length) {
    static const char *const in_two[] = {"jalr", "jr", "c.jalr", "c.jr", NULL};
    const char *open = strchr(text, '<');
    const char *comment = strchr(text, '#');
    if (open && comment && comment < open && !is_mnemonic(text, in_two)) {
        return NULL;
    }
    const char *close = open ? strchr(open, '>') : NULL;
    const size_t line = strcspn(text, "\n");
    if (!close || (size_t)(close - text) > line) {
        return NULL;
    }
    *length = (size_t)(close - open) - 1;
    return memchr(open + 1, '+', *length) ? NULL : open + 1;
}

static bool is_call(const char *text) {
    static const char *const calls[] = {"bl",    "blx",   "jal",  "call",
                                        "rcall", "callq", "jalr", NULL};
    return is_mnemonic(text, calls);
}

static void read_instruction(struct code *code, size_t from, const char *text) {
    size_t length;
    struct function *function = &code->function[from];
    const char *target = named_target(text, &length);
    const int64_t bytes = taken(text);
    if (!function->reported) {
        if (bytes == STACK_UNKNOWN || function->frame == STACK_UNKNOWN) {
            function->frame = STACK_UNKNOWN;
        } else {
            function->frame += bytes;
        }
    }
    if (is_indirect(text)) {
        function->bound = STACK_UNKNOWN;
        function->frame = STACK_UNKNOWN;
    }
    const size_t to = target ? find_function(code, target, length) : SIZE_MAX;
    /* A jump to where it started is a loop. */
    if (to != SIZE_MAX && (to != from || is_call(text))) {
        add_call(code, from, to, is_call(text));
    } else if (target && to == SIZE_MAX && is_call(text)) {
        function->frame = STACK_UNKNOWN;
    } else if (!target && is_call(text) && strncmp(text, "rcall", 5) == 0 &&
               !function->reported && function->frame != STACK_UNKNOWN) {
        function->frame += code->return_address; /* rcall .+0 makes room */
    }
}

static bool ends_function(const char *text) {
    static const char *const ends[] = {"ret",  "reti",  "jmp", "rjmp",
                                       "ijmp", "eijmp", NULL};
    return is_mnemonic(text, ends);
}

/* "00000064 <name>:" */
static const char *header_name(const char *line, size_t *length) {
    const char *open = strstr(line, " <");
    const size_t end = strcspn(line, "\n");
    if (!open || (size_t)(open - line) > end || end < 3 ||
        line[end - 1] != ':' || line[end - 2] != '>' || line[0] == ' ') {
        return NULL;
    }
    *length = end - 2 - (size_t)(open + 2 - line);
    return open + 2;
}

static void list_functions(struct code *code, const char *listing) {
    for (const char *line = listing; line && !code->failed;) {
        const char *next = strchr(line, '\n');
        size_t length;
        const char *name = header_name(line, &length);
        if (name) {
            add_function(code, name, length);
        }
        line = next ? next + 1 : NULL;
    }
}

static void read_code(struct code *code, const char *listing, bool is_avr) {
    size_t current = SIZE_MAX;
    const char *last = NULL;
    for (const char *line = listing; line && !code->failed;) {
        const char *next = strchr(line, '\n');
        size_t length;
        const char *name = header_name(line, &length);
        const char *text = name ? NULL : instruction_of(line);
        if (name) {
            /* libgcc for AVR runs from one function into the next. */
            const size_t previous = current;
            current = current == SIZE_MAX ? 0 : current + 1;
            if (is_avr && previous != SIZE_MAX && last &&
                !ends_function(last)) {
                add_call(code, previous, current, false);
            }
        } else if (text && current != SIZE_MAX) {
            read_instruction(code, current, text);
            last = text;
        }
        line = next ? next + 1 : NULL;
    }
}

/* --- what the compiler reports --- */

/* "net.c:64:9:net_input<tab>2<tab>static"; clones are told apart by what
 * follows a point in symbols alone. */
static void read_frames(struct code *code, const char *report) {
    for (const char *line = report; line;) {
        const char *next = strchr(line, '\n');
        char name[256], kind[64];
        int64_t bytes;
        if (sscanf(line, "%*[^:]:%*d:%*d:%255[^\t]\t%" SCNd64 "\t%63s", name,
                   &bytes, kind) == 3) {
            const size_t length = strlen(name);
            const bool is_known = strcmp(kind, "static") == 0 ||
                                  strcmp(kind, "dynamic,bounded") == 0;
            for (size_t i = 0; i < code->count; i++) {
                struct function *f = &code->function[i];
                if (strncmp(f->name, name, length) != 0 ||
                    (f->name[length] != '\0' && f->name[length] != '.')) {
                    continue;
                }
                if (!is_known || (f->reported && f->frame == STACK_UNKNOWN)) {
                    f->frame = STACK_UNKNOWN;
                } else if (!f->reported ||
                           bytes - code->return_address > f->frame) {
                    f->frame = bytes - code->return_address;
                }
                f->reported = true;
            }
        }
        line = next ? next + 1 : NULL;
    }
}

/* --- the bound --- */

static int64_t follow(struct code *code, size_t i, int64_t path, int64_t calls,
                      bool *in_loop);

/* Bytes below the caller that follow from one call or jump.  A way back to
 * where the path came from is a loop if it went by jumps alone and takes
 * nothing: libgcc's assembly names places in the midst of loops.  Then the
 * bounds on the way lack what else follows from there, and are not kept. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static int64_t follow_edge(struct code *code, const struct call_edge *edge,
                           int64_t path, int64_t calls, bool *in_loop) {
    const struct function *to = &code->function[edge->to];
    const int64_t pushed = edge->is_call ? code->return_address : 0;
    if (to->open && !edge->is_call && path == to->path &&
        calls == to->path_calls) {
        *in_loop = true;
        return 0;
    }
    const int64_t below =
        follow(code, edge->to, path + pushed, calls + edge->is_call, in_loop);
    return below == STACK_UNKNOWN ? STACK_UNKNOWN : below + pushed;
}

/* What a function takes, its return address apart.  Recursion here is as deep
 * as the firmware's longest chain of calls. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static int64_t follow(struct code *code, size_t i, int64_t path, int64_t calls,
                      bool *in_loop) {
    struct function *function = &code->function[i];
    if (function->bound != NONE) {
        return function->bound;
    }
    if (function->open || function->frame == STACK_UNKNOWN) {
        return STACK_UNKNOWN;
    }
    function->open = true;
    function->path = path;
    function->path_calls = calls;
    int64_t deepest = 0;
    bool is_partial = false;
    for (size_t c = 0; c < code->call_count && deepest >= 0; c++) {
        if (code->call[c].from == i) {
            const int64_t below =
                follow_edge(code, &code->call[c], path + function->frame, calls,
                            &is_partial);
            deepest = below == STACK_UNKNOWN ? STACK_UNKNOWN
                      : below > deepest      ? below
                                             : deepest;
        }
    }
    function->open = false;
    if (deepest < 0) {
        return STACK_UNKNOWN;
    }
    if (!is_partial) {
        function->bound = function->frame + deepest;
    }
    *in_loop = *in_loop || is_partial;
    return function->frame + deepest;
}

/* What a call of the function takes; 0 if there is none of this name. */
static int64_t bound_of(struct code *code, const char *name) {
    bool in_loop = false;
    const size_t start = find_function(code, name, strlen(name));
    if (start == SIZE_MAX) {
        return 0;
    }
    const int64_t bound = follow(code, start, 0, 0, &in_loop);
    return bound == STACK_UNKNOWN ? bound : bound + code->return_address;
}

/* The most that any of the functions takes that the program calls for an
 * inference; one of them is there. */
static int64_t bound_of_network(struct code *code) {
    static const char *const roots[] = {"net_invoke", "net_push_row",
                                        "net_finish"};
    int64_t most = 0;
    for (size_t i = 0; i < sizeof roots / sizeof roots[0]; i++) {
        const int64_t bound = bound_of(code, roots[i]);
        if (bound == STACK_UNKNOWN) {
            return bound;
        }
        most = bound > most ? bound : most;
    }
    return most > 0 ? most : STACK_UNKNOWN;
}

static int return_address_size(const mf_target_info *target) {
    if (strcmp(target->board, "avr") == 0) {
        return strstr(target->flags, "atmega2560") ? 3 : 2;
    }
    return strcmp(target->board, "host") == 0 ? (int)sizeof(void *) : 0;
}

/* Bytes below the stack pointer that functions of this machine may use without
 * a word: no report counts them. */
static int64_t red_zone(const mf_target_info *target) {
#if defined(__x86_64__)
    enum { RED_ZONE = 128 };
    return strcmp(target->board, "host") == 0 ? RED_ZONE : 0;
#else
    (void)target;
    return 0;
#endif
}

static char *disassemble(struct bench *bench) {
    struct words words = {0};
    char *objdump = binutil(bench->target.compiler, "objdump");
    words_add(&words, objdump);
    words_split(&words, "-d firmware");
    char *text = workspace_run(&bench->workspace, &words, "listing")
                     ? workspace_read(&bench->workspace, "listing")
                     : NULL;
    words_free(&words);
    free(objdump);
    return text;
}

bool measure_stack(struct bench *bench, struct figures *figures) {
    struct code code = {.return_address = return_address_size(&bench->target)};
    char *listing = disassemble(bench);
    char *report = listing ? workspace_read(&bench->workspace, "net.su") : NULL;
    if (report) {
        list_functions(&code, listing);
        read_frames(&code, report);
        read_code(&code, listing, strcmp(bench->target.board, "avr") == 0);
        const int64_t bound = bound_of_network(&code);
        figures->stack_bound =
            bound == STACK_UNKNOWN ? bound : bound + red_zone(&bench->target);
    }
    if (code.failed) {
        complain(bench->path, "out of memory");
    }
    for (size_t i = 0; i < code.count; i++) {
        free(code.function[i].name);
    }
    free(code.function);
    free(code.call);
    free(listing);
    free(report);
    return report != NULL && !code.failed;
}
