/* See digits_data.h. */
#include "digits_data.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "allocate.h"

/* One line; returns what is wrong with it, or NULL. */
static const char *parse(const char *line, struct digit *digit) {
    for (int i = 0; i <= DIGIT_PIXELS; i++) {
        char *end;
        long value = strtol(line, &end, 10);
        bool last = i == DIGIT_PIXELS;
        if (end == line ||
            (last ? *end != '\n' && *end != '\0' : *end != ',')) {
            return "not 64 pixels and a label, separated by commas";
        }
        if (value < 0 || value > (last ? 9 : DIGIT_LEVELS)) {
            return "a pixel is not 0 to 16, or the label not 0 to 9";
        }
        if (last) {
            digit->label = (int)value;
        } else {
            digit->pixel[i] = (uint8_t)value;
        }
        line = end + 1;
    }
    return NULL;
}

bool digits_read(const char *path, struct digits *digits) {
    char line[512];
    *digits = (struct digits){0, NULL};
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        fprintf(stderr, "%s: %s\n", path, strerror(errno));
        return false;
    }
    const char *fault = NULL;
    while (fault == NULL && fgets(line, sizeof line, file) != NULL) {
        digits->digit = reallocate(digits->digit, (size_t)digits->count + 1,
                                   sizeof *digits->digit);
        fault = parse(line, &digits->digit[digits->count]);
        digits->count += fault == NULL;
    }
    if (fault == NULL && ferror(file)) {
        fault = "cannot be read";
    } else if (fault == NULL && digits->count == 0) {
        fault = "empty";
    }
    fclose(file);
    if (fault != NULL) {
        fprintf(stderr, "%s: line %d: %s\n", path, digits->count + 1, fault);
        free(digits->digit);
        return false;
    }
    return true;
}
