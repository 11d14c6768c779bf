/* A temporary folder, and the programs that are run in it.
 *
 * Invariant: while the folder is there, the signals that end this program are
 * blocked; they are received where a program is waited for, which is where
 * time is spent, and when the folder is gone. */
#define _XOPEN_SOURCE 700
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "bench.h"
#include "cli.h"

/* Seconds of processor time after which a program has run away. */
enum { TIME_LIMIT = 1200 };

char *format_text(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    const int length = vsnprintf(NULL, 0, format, arguments);
    va_end(arguments);
    char *text = length < 0 ? NULL : malloc((size_t)length + 1);
    if (text) {
        va_start(arguments, format);
        vsnprintf(text, (size_t)length + 1, format, arguments);
        va_end(arguments);
    }
    return text;
}

/* --- words --- */

static void add_word(struct words *words, const char *word, size_t length) {
    if (words->count + 1 >= words->capacity) {
        const size_t capacity = words->capacity ? 2 * words->capacity : 16;
        char **more = realloc(words->word, capacity * sizeof *more);
        if (!more) {
            words->failed = true;
            return;
        }
        words->word = more;
        words->capacity = capacity;
    }
    char *copy = strndup(word, length);
    words->failed = words->failed || !copy;
    words->word[words->count] = copy;
    words->count += copy != NULL;
    words->word[words->count] = NULL;
}

void words_add(struct words *words, const char *word) {
    if (word) {
        add_word(words, word, strlen(word));
    } else {
        words->failed = true;
    }
}

void words_split(struct words *words, const char *text) {
    while (*(text += strspn(text, " "))) {
        const size_t length = strcspn(text, " ");
        add_word(words, text, length);
        text += length;
    }
}

void words_free(struct words *words) {
    for (size_t i = 0; i < words->count; i++) {
        free(words->word[i]);
    }
    free(words->word);
    *words = (struct words){0};
}

/* --- the folder --- */

/* What a signal that is ignored (nohup) does stays so: it is not waited for. */
static void waited_signals(sigset_t *set) {
    static const int ending[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
    sigemptyset(set);
    for (size_t i = 0; i < sizeof ending / sizeof ending[0]; i++) {
        struct sigaction action;
        if (sigaction(ending[i], NULL, &action) == 0 &&
            action.sa_handler != SIG_IGN) {
            sigaddset(set, ending[i]);
        }
    }
    sigaddset(set, SIGCHLD);
}

bool workspace_open(struct workspace *workspace) {
    const struct sigaction standard = {.sa_handler = SIG_DFL};
    const char *folder = getenv("TMPDIR");
    char *path =
        format_text("%s/microflow-XXXXXX", folder && *folder ? folder : "/tmp");
    if (!path) {
        complain("bench", "out of memory");
        return false;
    }
    sigaction(SIGCHLD, &standard, NULL);
    waited_signals(&workspace->waited);
    sigprocmask(SIG_BLOCK, &workspace->waited, &workspace->before);
    if (!mkdtemp(path)) {
        complain(path, "cannot be created: %s", strerror(errno));
        sigprocmask(SIG_SETMASK, &workspace->before, NULL);
        free(path);
        return false;
    }
    workspace->path = path;
    return true;
}

static int remove_one(const char *path, const struct stat *status, int kind,
                      struct FTW *where) {
    (void)status;
    (void)kind;
    (void)where;
    remove(path);
    return 0;
}

void workspace_close(struct workspace *workspace) {
    enum { OPEN_FOLDERS = 8 };
    if (workspace->path) {
        nftw(workspace->path, remove_one, OPEN_FOLDERS, FTW_DEPTH | FTW_PHYS);
        free(workspace->path);
        workspace->path = NULL;
        sigprocmask(SIG_SETMASK, &workspace->before, NULL);
    }
}

static char *path_in(const struct workspace *workspace, const char *name) {
    char *path = format_text("%s/%s", workspace->path, name);
    if (!path) {
        complain(name, "out of memory");
    }
    return path;
}

bool workspace_write(const struct workspace *workspace, const char *name,
                     const char *data, size_t size) {
    char *path = path_in(workspace, name);
    FILE *file = path ? fopen(path, "wb") : NULL;
    bool ok = file != NULL;
    if (file) {
        ok = fwrite(data, 1, size, file) == size;
        ok = fclose(file) == 0 && ok;
    }
    if (path && !ok) {
        complain(path, "cannot be written: %s", strerror(errno));
    }
    free(path);
    return ok;
}

char *workspace_read(const struct workspace *workspace, const char *name) {
    char *path = path_in(workspace, name);
    char *bytes = NULL, *text = NULL;
    size_t size;
    if (path && read_file(path, &bytes, &size)) {
        text = realloc(bytes, size + 1);
        if (text) {
            text[size] = '\0';
        } else {
            free(bytes);
            complain(path, "out of memory");
        }
    }
    free(path);
    return text;
}

/* --- programs --- */

/* In the child: never returns. */
static void become(const struct workspace *workspace,
                   const struct words *command, const char *output) {
    const struct rlimit limit = {TIME_LIMIT, TIME_LIMIT + 5};
    const int file = chdir(workspace->path) == 0
                         ? open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666)
                         : -1;
    const int nothing = open("/dev/null", O_RDONLY);
    sigprocmask(SIG_SETMASK, &workspace->before, NULL);
    if (file >= 0 && nothing >= 0 && dup2(nothing, STDIN_FILENO) >= 0 &&
        dup2(file, STDOUT_FILENO) >= 0 && dup2(file, STDERR_FILENO) >= 0 &&
        setrlimit(RLIMIT_CPU, &limit) == 0) {
        /* Programs are asked for English and found to answer in it. */
        setenv("LC_ALL", "C", 1);
        /* Frama-C believes it rather than the system. */
        setenv("PWD", workspace->path, 1);
        execvp(command->word[0], command->word);
        fprintf(stderr, "%s\n", strerror(errno));
        fflush(stderr);
    }
    _exit(127);
}

/* Waits until the program ends. */
static int wait_for(struct workspace *workspace, pid_t child) {
    for (;;) {
        int status;
        const int signal_number = sigwaitinfo(&workspace->waited, NULL);
        if (signal_number == SIGCHLD || signal_number < 0) {
            if (waitpid(child, &status, WNOHANG) == child) {
                return status;
            }
        } else {
            kill(child, SIGKILL);
            waitpid(child, &status, 0);
            const sigset_t before = workspace->before;
            workspace_close(workspace);
            raise(signal_number);
            /* A handler of whoever embeds us may return: then we end. */
            sigprocmask(SIG_SETMASK, &before, NULL);
            _exit(128 + signal_number);
        }
    }
}

static void complain_of(const struct workspace *workspace,
                        const struct words *command, const char *output,
                        int status) {
    char *text = workspace_read(workspace, output);
    if (text) {
        fputs(text, stderr);
    }
    free(text);
    if (WIFSIGNALED(status)) {
        complain(command->word[0], "ended by signal %d", WTERMSIG(status));
    } else {
        complain(command->word[0], "failed with status %d",
                 WEXITSTATUS(status));
    }
}

bool workspace_run(struct workspace *workspace, const struct words *command,
                   const char *output) {
    if (command->failed || command->count == 0) {
        complain("bench", "out of memory");
        return false;
    }
    fflush(stdout);
    const pid_t child = fork();
    if (child == 0) {
        become(workspace, command, output);
    }
    if (child < 0) {
        complain(command->word[0], "cannot be run: %s", strerror(errno));
        return false;
    }
    const int status = wait_for(workspace, child);
    if (!WIFEXITED(status) || WEXITSTATUS(status) != 0) {
        complain_of(workspace, command, output, status);
        return false;
    }
    return true;
}

/* --- finding programs and files --- */

bool find_tool(const char *name) {
    const char *path = getenv("PATH");
    bool found = false;
    for (path = path ? path : ""; *path && !found;) {
        const size_t length = strcspn(path, ":");
        char *file = format_text("%.*s/%s", (int)length, path, name);
        found = file && access(file, X_OK) == 0;
        free(file);
        path += length + (path[length] == ':');
    }
    return found;
}

bool have_tool(const char *name) {
    static const struct {
        const char *name, *packages;
    } row[] = {
        {"cc", "gcc libc6-dev"},
        {"objdump", "binutils"},
        {"nm", "binutils"},
        {"frama-c", "frama-c-base"},
        {"arm-none-eabi-", "gcc-arm-none-eabi libnewlib-arm-none-eabi"},
        {"riscv64-unknown-elf-",
         "gcc-riscv64-unknown-elf picolibc-riscv64-unknown-elf"},
        {"avr-", "gcc-avr avr-libc"},
        {"xtensa-lx106-elf-", "gcc-xtensa-lx106"},
        {"qemu-system-arm", "qemu-system-arm"},
        {"qemu-system-", "qemu-system-misc"},
    };
    if (find_tool(name)) {
        return true;
    }
    for (size_t i = 0; i < sizeof row / sizeof row[0]; i++) {
        if (strncmp(name, row[i].name, strlen(row[i].name)) == 0) {
            complain(name, "not found; Debian packages that bring it: %s",
                     row[i].packages);
            return false;
        }
    }
    complain(name, "not found");
    return false;
}

/* The folder that this program lies in; NULL when that is not known. */
static char *program_folder(void) {
    enum { ROOM = 4096 };
    char path[ROOM];
    const ssize_t length = readlink("/proc/self/exe", path, ROOM - 1);
    if (length <= 0) {
        return NULL;
    }
    path[length] = '\0';
    char *slash = strrchr(path, '/');
    return slash ? strndup(path, (size_t)(slash - path)) : NULL;
}

char *own_file(const char *folder, const char *name) {
    /* Set by the build: relative to the program unless absolute. */
    const bool is_sim = strcmp(folder, "sim") == 0;
    const char *installed = is_sim ? MICROFLOW_SIM_DIR : MICROFLOW_LIBEXEC_DIR;
    char *here = program_folder();
    char *built = format_text("%s/%s/%s", here ? here : ".", folder, name);
    char *file =
        format_text("%s%s%s/%s", installed[0] == '/' ? "" : (here ? here : "."),
                    installed[0] == '/' ? "" : "/", installed, name);
    char *found = NULL;
    if (built && access(built, R_OK) == 0) {
        found = built;
        built = NULL;
    } else if (file && access(file, R_OK) == 0) {
        found = file;
        file = NULL;
    } else if (strcmp(name, "microflow-simavr") == 0) {
        complain(name, "not found; MicroFlow builds it where the Debian "
                       "packages libsimavr-dev libelf-dev are installed");
    } else {
        complain(file ? file : name, "not found");
    }
    free(here);
    free(built);
    free(file);
    return found;
}
