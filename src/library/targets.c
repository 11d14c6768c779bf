/* The public library: what is known of targets. */
#include "microflow.h"
#include "target/target.h"

const char *mf_target_name(size_t i) {
    const struct target *target =
        i < INT32_MAX ? target_by_index((int)i) : NULL;
    return target ? target->name : NULL;
}

const char *mf_target_description(size_t i) {
    const struct target *target =
        i < INT32_MAX ? target_by_index((int)i) : NULL;
    return target ? target->description : NULL;
}

static const char *simd_text(enum target_dot dot) {
    switch (dot) {
    case DOT_SCALAR:
    case DOT_BLOCKED:
    case DOT_BLOCKED_SMALL:
        return "none";
    case DOT_DSP:
        return "2 x 16 bits";
    case DOT_MVE:
        return "16 x 8 bits";
    case DOT_AVX2:
        return "16 x 16 bits";
    case DOT_AVR:
        return "none";
    }
    return "";
}

bool mf_target(size_t i, mf_target_info *info) {
    const struct target *target =
        i < INT32_MAX ? target_by_index((int)i) : NULL;
    if (!target) {
        *info = (mf_target_info){0};
        return false;
    }
    const struct toolchain *toolchain = target_toolchain(target);
    *info = (mf_target_info){
        .name = target->name,
        .description = target->description,
        .word_bits = target->word_bits,
        .simd = simd_text(target->dot),
        .constants = target->dot == DOT_AVR ? "LPM" : "in place",
        .unit = toolchain->unit,
        .board = toolchain->board,
        .compiler = toolchain->compiler,
        .flags = toolchain->flags,
        .link_flags = toolchain->link_flags,
        .simulator = toolchain->simulator,
    };
    return true;
}
