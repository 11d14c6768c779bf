#include "target/target.h"

#include <stddef.h>
#include <string.h>

static const struct target targets[] = {
#define TARGET(name, bits, dot, description) {name, description, bits, dot},
#include "target/targets.def"
#undef TARGET
};

static const struct toolchain toolchains[] = {
#define TOOLCHAIN(target, board, unit, compiler, flags, link_flags, simulator) \
    {target, board, unit, compiler, flags, link_flags, simulator},
#include "target/toolchains.def"
#undef TOOLCHAIN
};

enum { TOOLCHAIN_COUNT = sizeof toolchains / sizeof toolchains[0] };

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

int target_channel_multiple(const struct target *target) {
    switch (target->dot) {
    case DOT_DSP:
    case DOT_BLOCKED:
    case DOT_BLOCKED_SMALL:
        return 2;
    case DOT_AVX2:
        return 8;
    default:
        return 1;
    }
}

const struct toolchain *target_toolchain(const struct target *target) {
    static const struct toolchain none = {"", "", "", "", "", "", ""};
    for (int i = 0; i < TOOLCHAIN_COUNT; i++) {
        if (strcmp(toolchains[i].target, target->name) == 0) {
            return &toolchains[i];
        }
    }
    return &none;
}
