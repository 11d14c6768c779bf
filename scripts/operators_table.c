/* Prints the table of operators, from what src/op says of each: for README.md,
 * where those that are alike share a row, or for docs/operators.md.
 *
 * usage: operators_table readme|docs */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "op/op.h"

enum { MAX_OPS = 512 };

/* UINT8 too where reading turns it into INT8. */
static uint32_t types_of(const struct op_def *op) {
    return op->types | (op->shifts_uint8 ? TYPE_BIT(DTYPE_UINT8) : 0);
}

static bool alike(const struct op_def *a, const struct op_def *b) {
    const char *x = a->notes ? a->notes : "", *y = b->notes ? b->notes : "";
    return types_of(a) == types_of(b) && strcmp(x, y) == 0;
}

static const char *mark(const struct op_def *op, enum dtype type) {
    return types_of(op) & TYPE_BIT(type) ? "✓" : "";
}

/* In lower case, as the rest of the table. */
static void print_type(enum dtype type) {
    for (const char *c = dtype_name(type); *c; c++) {
        putchar(*c >= 'A' && *c <= 'Z' ? *c - 'A' + 'a' : *c);
    }
}

static void print_others(const struct op_def *op) {
    static const enum dtype others[] = {
        DTYPE_UINT8,  DTYPE_BOOL,   DTYPE_INT32,   DTYPE_INT64,
        DTYPE_UINT16, DTYPE_UINT32, DTYPE_FLOAT16, DTYPE_INT4};
    const char *before = "";
    if (op->types == UINT32_MAX) {
        printf("every type");
        return;
    }
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        if (types_of(op) & TYPE_BIT(others[i])) {
            printf("%s", before);
            print_type(others[i]);
            before = ", ";
        }
    }
}

static void print_rest(const struct op_def *op) {
    printf(" | %s | %s | %s | ", mark(op, DTYPE_INT8), mark(op, DTYPE_INT16),
           mark(op, DTYPE_FLOAT32));
    print_others(op);
    printf(" | %s |\n", op->notes ? op->notes : "");
}

/* With all that are alike. */
static void print_group(const struct op_def *const *op, int count, int i) {
    printf("| %s", op[i]->name);
    for (int k = i + 1; k < count; k++) {
        if (alike(op[k], op[i])) {
            printf(", %s", op[k]->name);
        }
    }
    print_rest(op[i]);
}

static bool is_first(const struct op_def *const *op, int i) {
    int k = 0;
    while (!alike(op[k], op[i])) {
        k++;
    }
    return k == i;
}

static int by_name(const void *a, const void *b) {
    const struct op_def *const *x = a, *const *y = b;
    return strcmp((*x)->name, (*y)->name);
}

int main(int argc, char **argv) {
    const struct op_def *op[MAX_OPS];
    int count = 0;
    while (count < MAX_OPS && op_by_index(count)) {
        op[count] = op_by_index(count);
        count++;
    }
    bool is_readme = argc == 2 && strcmp(argv[1], "readme") == 0;
    if (!is_readme && (argc != 2 || strcmp(argv[1], "docs") != 0)) {
        fprintf(stderr, "usage: operators_table readme|docs\n");
        return 2;
    }
    if (!is_readme) {
        qsort(op, (size_t)count, sizeof op[0], by_name);
    }
    printf("| operator | int8 | int16 | float32 | also | notes |\n"
           "|---|:---:|:---:|:---:|---|---|\n");
    for (int i = 0; i < count; i++) {
        if (!is_readme) {
            printf("| %s%s", op[i]->name,
                   op[i]->tflite_code == TFLITE_CODE_CUSTOM ? " (custom)" : "");
            print_rest(op[i]);
        } else if (is_first(op, i)) {
            print_group(op, count, i);
        }
    }
    return 0;
}
