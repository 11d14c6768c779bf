/* Recognises handwritten digits that the network has never seen.
 *
 *     digits FRAMES LABELS [NUMBER]
 *
 * Classifies every frame of models/digits.in, shows digit NUMBER (0) with the
 * network's scores, and says how many were right and how long one takes.  This
 * is all that a program does with a network made by MicroFlow: fill the input,
 * invoke, read the output. */
#define _POSIX_C_SOURCE 200112L

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "digits.h"

enum { SIDE = 8, CLASSES = 10, MAX_DIGITS = 1000 };

struct digit {
    int8_t frame[DIGITS_INPUT_SIZE];
    int label;
};

/* --- the network --- */

static int best_of(const int8_t *score) {
    int best = 0;
    for (int i = 1; i < DIGITS_OUTPUT_SIZE; i++) {
        best = score[i] > score[best] ? i : best;
    }
    return best;
}

/* The digit's class; its scores are in digits_output(). */
static int classify(const struct digit *digit) {
    memcpy(digits_input(), digit->frame, DIGITS_INPUT_SIZE);
    digits_invoke();
    return best_of(digits_output());
}

static int count_right(const struct digit *digit, int count) {
    int right = 0;
    for (int i = 0; i < count; i++) {
        right += classify(&digit[i]) == digit[i].label;
    }
    return right;
}

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

/* Seconds that an inference takes: the mean over all digits, in the fastest of
 * several rounds, which the rest of the machine disturbed least. */
static double measure(const struct digit *digit, int count) {
    enum { ROUNDS = 20 };
    double best = 0;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now();
        count_right(digit, count);
        double taken = (now() - start) / count;
        best = round == 0 || taken < best ? taken : best;
    }
    return best;
}

/* --- the digits --- */

static bool fail(const char *path, const char *why) {
    fprintf(stderr, "%s: %s\n", path, why);
    return false;
}

static bool read_frames(const char *path, struct digit *digit, int *count) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) {
        return fail(path, strerror(errno));
    }
    size_t size = 0;
    *count = 0;
    while (*count < MAX_DIGITS &&
           (size = fread(digit[*count].frame, 1, DIGITS_INPUT_SIZE, file)) ==
               DIGITS_INPUT_SIZE) {
        ++*count;
    }
    bool whole = size == 0 && *count > 0 && !ferror(file);
    fclose(file);
    return whole || fail(path, "not 1 to 999 whole frames");
}

static bool read_labels(const char *path, struct digit *digit, int count) {
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        return fail(path, strerror(errno));
    }
    bool whole = true;
    for (int i = 0; i < count && whole; i++) {
        whole = fscanf(file, "%d", &digit[i].label) == 1;
    }
    fclose(file);
    return whole || fail(path, "fewer labels than frames");
}

/* --- showing one --- */

enum style { STYLE_ASCII, STYLE_BLOCKS, STYLE_COLOUR };

static bool is_set(const char *variable) {
    const char *value = getenv(variable);
    return value != NULL && value[0] != '\0';
}

/* What the terminal can show, going by the environment. */
static enum style choose_style(void) {
    const char *names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    const char *locale = "", *terminal = getenv("TERM");
    for (int i = 2; i >= 0; i--) {
        locale = is_set(names[i]) ? getenv(names[i]) : locale;
    }
    bool utf8 =
        strstr(locale, "UTF-8") != NULL || strstr(locale, "utf8") != NULL;
    if (!isatty(STDOUT_FILENO) || !utf8) {
        return STYLE_ASCII;
    }
    bool plain =
        is_set("NO_COLOR") || terminal == NULL || strcmp(terminal, "dumb") == 0;
    return plain ? STYLE_BLOCKS : STYLE_COLOUR;
}

/* A pixel, two columns wide; `ink` is 0 to 1. */
static void show_pixel(enum style style, float ink) {
    static const char ascii[] = " .:-=+*#%@";
    static const char *const block[] = {"  ", "░░", "▒▒", "▓▓", "██"};
    ink = ink < 0 ? 0 : ink > 1 ? 1 : ink;
    if (style == STYLE_COLOUR) {
        printf("\033[48;5;%dm  ", 232 + (int)(ink * 23 + 0.5f));
    } else if (style == STYLE_BLOCKS) {
        fputs(block[(int)(ink * 4 + 0.5f)], stdout);
    } else {
        char shade = ascii[(int)(ink * 9 + 0.5f)];
        printf("%c%c", shade, shade);
    }
}

static void show_row(enum style style, const int8_t *frame, int row) {
    for (int x = 0; x < SIDE; x++) {
        int code = frame[row * SIDE + x] - (DIGITS_INPUT_ZERO_POINT);
        show_pixel(style, DIGITS_INPUT_SCALE * (float)code);
    }
    fputs(style == STYLE_COLOUR ? "\033[0m" : "", stdout);
}

static void show_score(enum style style, int class, float score, bool best) {
    enum { WIDTH = 30 };
    int length = (int)(score * WIDTH + 0.5f);
    bool bold = best && style == STYLE_COLOUR;
    printf("    %s%d ", bold ? "\033[1m" : "", class);
    for (int i = 0; i < length; i++) {
        fputs(style == STYLE_ASCII ? "#" : "█", stdout);
    }
    printf("%s%.1f %%%s\n", length > 0 ? " " : "", (double)score * 100,
           bold ? "\033[0m" : "");
}

/* The picture on the left, the score of each class on the right. */
static void show(const struct digit *digit) {
    enum style style = choose_style();
    int best = classify(digit);
    const int8_t *output = digits_output();
    for (int i = 0; i < CLASSES; i++) {
        int row = i - (CLASSES - SIDE) / 2;
        fputs("  ", stdout);
        if (row >= 0 && row < SIDE) {
            show_row(style, digit->frame, row);
        } else {
            printf("%*s", 2 * SIDE, "");
        }
        int code = output[i] - (DIGITS_OUTPUT_ZERO_POINT);
        show_score(style, i, DIGITS_OUTPUT_SCALE * (float)code, i == best);
    }
    printf("\n  It is a %d; the network says %d.\n\n", digit->label, best);
}

int main(int argc, char **argv) {
    static struct digit digit[MAX_DIGITS];
    int count;
    if (argc < 3 || argc > 4) {
        fprintf(stderr, "usage: digits FRAMES LABELS [NUMBER]\n");
        return 2;
    }
    if (!read_frames(argv[1], digit, &count) ||
        !read_labels(argv[2], digit, count)) {
        return 1;
    }
    char *end = "";
    long number = argc == 4 ? strtol(argv[3], &end, 10) : 0;
    if (*end != '\0' || number < 0 || number >= count) {
        fprintf(stderr, "digits: NUMBER is %s, allowed: 0 to %d\n", argv[3],
                count - 1);
        return 2;
    }
    printf("Handwritten digit %ld of %d that were kept from training:\n\n",
           number, count);
    show(&digit[number]);

    int right = count_right(digit, count);
    printf("accuracy   %d of %d never seen before: %.1f %%\n", right, count,
           100.0 * right / count);
    printf("time       %.2f us an inference on this machine\n",
           1e6 * measure(digit, count));
    printf("RAM        %d bytes, all that inference needs beside its stack\n",
           DIGITS_ARENA_SIZE);
    return 0;
}
