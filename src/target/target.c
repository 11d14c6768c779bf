#include "target/target.h"

#include <stddef.h>
#include <string.h>

static const struct target targets[] = {
#define TARGET(name, bits, dot, description) {name, description, bits, dot},
#include "target/targets.def"
#undef TARGET
};

enum { TARGET_COUNT = sizeof targets / sizeof targets[0] };

const struct target *target_by_index(int index) {
    return index < TARGET_COUNT ? &targets[index] : NULL;
}

const struct target *target_by_name(const char *name) {
    for (int i = 0; i < TARGET_COUNT; i++) {
        if (strcmp(targets[i].name, name) == 0) {
            return &targets[i];
        }
    }
    return NULL;
}
