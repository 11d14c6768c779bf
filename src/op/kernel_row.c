#include "op/kernel_row.h"

#include <assert.h>

const struct kernel *kernel_in_rows(const struct kernel_row *row, size_t count,
                                    const struct node *node) {
    enum dtype type = node->input[0]->type;
    size_t i = 0;
    while (i < count && (row[i].op != node->op || row[i].type != type)) {
        i++;
    }
    assert(i < count);
    return &row[i].kernel;
}
