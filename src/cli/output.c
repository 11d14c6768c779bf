/* Output files that appear whole or not at all.
 *
 * Each file is written under a temporary name in its own directory and renamed
 * when all are complete.  Invariant: while a temporary exists, the handler of
 * the signals that end the program can find it; the list that it walks changes
 * only while those signals are blocked. */
#include "cli.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

struct output {
    char *path;      /* the final name */
    char *temporary; /* NULL: written directly */
    FILE *file;      /* NULL once closed */
    bool renamed;
    struct output *next;
};

/* Those of the C and of its evidence. */
enum { DIRECTORIES = 2 };

/* A signal handler gets no argument of ours: hence the one static object. */
static struct {
    struct output *first;
    char *directory[DIRECTORIES]; /* made here; NULL if none */
    int directories;
    bool handled; /* the signal handlers are in place */
} under_way;

static const int ending_signals[] = {SIGHUP, SIGINT, SIGPIPE, SIGTERM};
enum { SIGNAL_COUNT = sizeof ending_signals / sizeof ending_signals[0] };

static void ending_set(sigset_t *set) {
    sigemptyset(set);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        sigaddset(set, ending_signals[i]);
    }
}

/* Blocks the signals; `before` is for restore(). */
static void block(sigset_t *before) {
    sigset_t set;
    ending_set(&set);
    sigprocmask(SIG_BLOCK, &set, before);
}

static void restore(const sigset_t *before) {
    sigprocmask(SIG_SETMASK, before, NULL);
}

/* Calls only what a signal handler may call. */
static void remove_all(void) {
    for (const struct output *o = under_way.first; o; o = o->next) {
        if (o->temporary) {
            unlink(o->renamed ? o->path : o->temporary);
        }
    }
    for (int i = under_way.directories; i-- > 0;) {
        rmdir(under_way.directory[i]);
    }
}

static void clean_up_and_end(int signal_number) {
    remove_all();
    /* SA_RESETHAND has restored what the signal does by itself. */
    raise(signal_number);
}

static void handle_signals(void) {
    struct sigaction action = {.sa_handler = clean_up_and_end,
                               .sa_flags = (int)SA_RESETHAND};
    if (under_way.handled) {
        return;
    }
    under_way.handled = true;
    ending_set(&action.sa_mask);
    for (int i = 0; i < SIGNAL_COUNT; i++) {
        struct sigaction now;
        /* A signal that whoever started us ignores (nohup) stays so. */
        if (sigaction(ending_signals[i], NULL, &now) == 0 &&
            now.sa_handler == SIG_DFL) {
            sigaction(ending_signals[i], &action, NULL);
        }
    }
}

bool output_directory(const char *path) {
    struct stat status;
    sigset_t before;
    char *copy = strdup(path);
    if (!copy) {
        complain(path, "out of memory");
        return false;
    }
    handle_signals();
    block(&before);
    assert(under_way.directories < DIRECTORIES);
    const bool made = mkdir(path, 0777) == 0;
    const int reason = errno;
    if (made) {
        under_way.directory[under_way.directories++] = copy;
    }
    restore(&before);
    if (made) {
        return true;
    }
    free(copy);
    if (reason != EEXIST) {
        complain(path, "cannot be created: %s", strerror(reason));
        return false;
    }
    if (stat(path, &status) != 0 || !S_ISDIR(status.st_mode)) {
        complain(path, "is not a directory");
        return false;
    }
    return true;
}

/* "DIR/.NAME.PID-TRY.tmp" for "DIR/NAME"; NULL when memory is out. */
static char *temporary_name(const char *path, int try) {
    const char *slash = strrchr(path, '/');
    const char *base = slash ? slash + 1 : path;
    const size_t room = strlen(path) + 48;
    char *name = malloc(room);
    if (name) {
        snprintf(name, room, "%.*s.%s.%ld-%d.tmp", (int)(base - path), path,
                 base, (long)getpid(), try);
    }
    return name;
}

/* Creates the temporary of o->path; -1 with errno set. */
static int create_temporary(struct output *o) {
    enum { TRIES = 100 };
    for (int try = 0; try < TRIES; try++) {
        o->temporary = temporary_name(o->path, try);
        if (!o->temporary) {
            errno = ENOMEM;
            return -1;
        }
        const int file =
            open(o->temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (file >= 0 || errno != EEXIST) {
            return file;
        }
        free(o->temporary);
        o->temporary = NULL;
    }
    return -1;
}

static void forget_directories(void) {
    while (under_way.directories > 0) {
        free(under_way.directory[--under_way.directories]);
    }
}

static void free_output(struct output *o) {
    if (o) {
        free(o->path);
        free(o->temporary);
        free(o);
    }
}

/* The file behind symbolic links, as far as there is one: it is the file that
 * is replaced, not the link. */
static char *resolve(const char *path, struct stat *status, bool *exists) {
    *exists = stat(path, status) == 0;
    char *real = *exists ? realpath(path, NULL) : NULL;
    return real ? real : strdup(path);
}

FILE *output_open(const char *path) {
    struct stat status;
    bool exists;
    sigset_t before;
    int file = -1;
    struct output *o = calloc(1, sizeof *o);
    if (!o || !(o->path = resolve(path, &status, &exists))) {
        complain(path, "out of memory");
        free_output(o);
        return NULL;
    }
    handle_signals();
    block(&before);
    if (exists && S_ISDIR(status.st_mode)) {
        errno = EISDIR;
    } else if (exists && !S_ISREG(status.st_mode)) {
        file = open(path, O_WRONLY | O_CLOEXEC);
    } else {
        file = create_temporary(o);
    }
    const int reason = errno;
    if (file >= 0) {
        o->file = fdopen(file, "wb");
        o->next = under_way.first;
        under_way.first = o;
    }
    restore(&before);
    if (file < 0) {
        complain(path, "cannot be written: %s", strerror(reason));
        free_output(o);
        return NULL;
    }
    if (!o->file) {
        close(file);
        complain(path, "out of memory");
    }
    return o->file;
}

static bool close_all(void) {
    bool ok = true;
    for (struct output *o = under_way.first; o; o = o->next) {
        errno = 0;
        const bool failed_before = o->file && ferror(o->file);
        if (o->file && (fclose(o->file) != 0 || failed_before) && ok) {
            complain(o->path, "cannot be written: %s",
                     errno ? strerror(errno) : "an earlier write failed");
            ok = false;
        }
        o->file = NULL;
    }
    return ok;
}

bool output_commit(void) {
    sigset_t before;
    if (!close_all()) {
        return false;
    }
    /* From here on the signals wait: all names or none. */
    bool ok = true;
    block(&before);
    for (struct output *o = under_way.first; o && ok; o = o->next) {
        if (o->temporary && rename(o->temporary, o->path) != 0) {
            complain(o->path, "cannot be written: %s", strerror(errno));
            ok = false;
        } else {
            o->renamed = true;
        }
    }
    if (!ok) {
        remove_all();
    }
    while (under_way.first) {
        struct output *next = under_way.first->next;
        free_output(under_way.first);
        under_way.first = next;
    }
    forget_directories();
    restore(&before);
    return ok;
}

void output_discard(void) {
    sigset_t before;
    block(&before);
    remove_all();
    while (under_way.first) {
        struct output *o = under_way.first;
        under_way.first = o->next;
        if (o->file) {
            fclose(o->file);
        }
        free_output(o);
    }
    forget_directories();
    restore(&before);
}

bool write_file(const char *directory, const char *name, const char *data,
                size_t size) {
    const size_t room = strlen(directory) + strlen(name) + 2;
    char *path = malloc(room);
    if (!path) {
        complain(directory, "out of memory");
        return false;
    }
    snprintf(path, room, "%s/%s", directory, name);
    FILE *file = output_open(path);
    bool ok = file != NULL;
    if (ok && (fwrite(data, 1, size, file) != size || fflush(file) != 0)) {
        complain(path, "cannot be written: %s", strerror(errno));
        ok = false;
    }
    free(path);
    return ok;
}
