/* Names that generated code can have. */
#include <string.h>

#include "emit/emit.h"

enum { NAME_LIMIT = 63 }; /* characters of an identifier that C99 tells apart */

/* Keywords of C and C++, and headers that NAME.h would hide. */
static const char *const taken[] = {
    /* keywords */
    "alignas", "alignof", "and", "and_eq", "asm", "atomic_cancel",
    "atomic_commit", "atomic_noexcept", "auto", "bitand", "bitor", "bool",
    "break", "case", "catch", "char", "char8_t", "char16_t", "char32_t",
    "class", "co_await", "co_return", "co_yield", "compl", "concept", "const",
    "const_cast", "consteval", "constexpr", "constinit", "continue", "decltype",
    "default", "delete", "do", "double", "dynamic_cast", "else", "enum",
    "explicit", "export", "extern", "false", "final", "float", "for", "friend",
    "goto", "if", "import", "inline", "int", "long", "module", "mutable",
    "namespace", "new", "noexcept", "not", "not_eq", "nullptr", "operator",
    "or", "or_eq", "override", "private", "protected", "public", "reflexpr",
    "register", "reinterpret_cast", "requires", "restrict", "return", "short",
    "signed", "sizeof", "static", "static_assert", "static_cast", "struct",
    "switch", "synchronized", "template", "this", "thread_local", "throw",
    "true", "try", "typedef", "typeid", "typename", "typeof", "typeof_unqual",
    "union", "unsigned", "using", "virtual", "void", "volatile", "wchar_t",
    "while", "xor", "xor_eq",
    /* headers of C */
    "assert", "complex", "ctype", "errno", "fenv", "inttypes", "iso646",
    "limits", "locale", "math", "setjmp", "signal", "stdalign", "stdarg",
    "stdatomic", "stdbit", "stdbool", "stdckdint", "stddef", "stdint", "stdio",
    "stdlib", "stdnoreturn", "string", "tgmath", "threads", "time", "uchar",
    "wchar", "wctype",
    /* headers that C libraries add or include themselves */
    "alloca", "byteswap", "dirent", "dlfcn", "elf", "endian", "err", "error",
    "fcntl", "features", "fnmatch", "getopt", "glob", "grp", "iconv", "ieeefp",
    "libgen", "link", "malloc", "memory", "monetary", "netdb", "newlib", "poll",
    "process", "pthread", "pwd", "random", "reent", "regex", "resolv", "sched",
    "search", "semaphore", "spawn", "strings", "syslog", "termios", "unistd",
    "utime", "values", "windows", "wordexp", "xlocale",
    /* what main() and the generated files use */
    "main", "shared"};

static bool starts_with(const char *name, const char *prefix) {
    return strncmp(name, prefix, strlen(prefix)) == 0;
}

/* Whether it looks like op3, as generated constants start. */
static bool is_op(const char *name) {
    size_t digits =
        starts_with(name, "op") ? strspn(name + 2, "0123456789") : 0;
    return digits > 0 && (name[2 + digits] == '\0' || name[2 + digits] == '_');
}

static bool needs_prefix(const char *name) {
    if ((name[0] >= '0' && name[0] <= '9') || name[0] == '_') {
        return true;
    }
    if (strcmp(name, "mf") == 0 || starts_with(name, "mf_") || is_op(name) ||
        starts_with(name, "shared_")) {
        return true;
    }
    for (size_t i = 0; i < sizeof taken / sizeof taken[0]; i++) {
        if (strcmp(name, taken[i]) == 0) {
            return true;
        }
    }
    return false;
}

/* The last path component, and its length without the extension. */
static const char *base_name(const char *file, size_t *length) {
    const char *base = file;
    for (const char *p = file; *p; p++) {
        if (*p == '/' || *p == '\\') {
            base = p + 1;
        }
    }
    const char *dot = strrchr(base, '.');
    *length = dot ? (size_t)(dot - base) : strlen(base);
    return base;
}

const char *emit_name(struct context *context, const char *file) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789";
    static const char prefix[] = "model_";
    size_t length;
    const char *base = base_name(file, &length);
    char *name = context_alloc(context, sizeof prefix + NAME_LIMIT, 1);
    if (!name) {
        return NULL;
    }
    char *start = name + sizeof prefix - 1;
    size_t size = 0;
    bool named = false;
    for (size_t i = 0; i < length && size < NAME_LIMIT; i++) {
        unsigned char byte = (unsigned char)base[i];
        if (byte >= 0x80 && byte < 0xC0) {
            continue; /* the rest of a UTF-8 character */
        }
        char c =
            byte >= 'A' && byte <= 'Z' ? (char)(byte - 'A' + 'a') : (char)byte;
        bool keep = byte < 0x80 && c && strchr(letters, c);
        start[size++] = keep ? c : '_';
        named = named || keep;
    }
    if (!named) {
        return strcpy(name, "model");
    }
    if (!needs_prefix(start)) {
        return start;
    }
    /* No "__": such names are C++'s own. */
    size_t skipped = strspn(start, "_");
    if (size - skipped > NAME_LIMIT - (sizeof prefix - 1)) {
        start[skipped + NAME_LIMIT - (sizeof prefix - 1)] = '\0';
    }
    return memcpy(name + skipped, prefix, sizeof prefix - 1);
}

bool emit_is_identifier(const char *text) {
    static const char first[] = "abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ_";
    return text[0] != '\0' && strchr(first, text[0]) &&
           strspn(text + 1,
                  "abcdefghijklmnopqrstuvwxyz"
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZ_0123456789") == strlen(text + 1);
}
