#include "op/family.h"

#include "mf_conv_2d.h"
#include "mf_fully_connected.h"

static const struct family portable_family = {0};

static const struct family *family_of(const struct target *target) {
    static const struct family *const families[] = {
        [DOT_BLOCKED] = &blocked_family, [DOT_BLOCKED_SMALL] = &blocked_family,
        [DOT_DSP] = &dsp_family,         [DOT_MVE] = &mve_family,
        [DOT_AVR] = &avr_family,         [DOT_AVX2] = &avx2_family,
    };
    size_t i = (size_t)target->dot;
    bool has_family = i < sizeof families / sizeof families[0] && families[i];
    return has_family ? families[i] : &portable_family;
}

size_t family_conv_2d_scratch(const struct target *target,
                              const mf_window *window) {
    const struct family *family = family_of(target);
    return family->conv_2d_scratch ? family->conv_2d_scratch(window) : 0;
}

size_t family_depthwise_conv_2d_scratch(const struct target *target,
                                        const mf_window *window) {
    const struct family *family = family_of(target);
    return family->depthwise_conv_2d_scratch
               ? family->depthwise_conv_2d_scratch(window)
               : 0;
}

size_t family_fully_connected_scratch(const struct target *target,
                                      int64_t batches, int64_t inputs) {
    const struct family *family = family_of(target);
    return family->fully_connected_scratch
               ? family->fully_connected_scratch(batches, inputs)
               : 0;
}

bool family_conv_2d_in_place(const struct target *target,
                             const mf_window *window) {
    const struct family *family = family_of(target);
    return family->conv_2d_in_place && family->conv_2d_in_place(window);
}

int32_t family_conv_2d_columns(const struct target *target) {
    return family_of(target)->conv_2d_columns;
}

bool family_conv_2d_reads_first(const struct target *target,
                                const mf_window *window) {
    return family_of(target)->conv_2d_reads_first &&
           window->filter_height == 1 && window->filter_width == 1 &&
           window->stride_y == 1 && window->stride_x == 1 &&
           window->output_height == window->input_height &&
           window->output_width == window->input_width;
}

bool family_depthwise_conv_2d_in_place(const struct target *target,
                                       const mf_window *window) {
    const struct family *family = family_of(target);
    return family->depthwise_conv_2d_in_place &&
           family->depthwise_conv_2d_in_place(window);
}

bool family_conv_2d(struct lowering *lowering, struct call *call) {
    const struct family *family = family_of(lowering->target);
    const mf_conv_2d *p = call->params;
    if (!family->conv_2d || p->groups != 1) {
        return true;
    }
    const struct portable from = portable_conv_2d(call);
    return family->conv_2d(lowering, call, &from);
}

bool family_depthwise_conv_2d(struct lowering *lowering, struct call *call) {
    const struct family *family = family_of(lowering->target);
    if (!family->depthwise_conv_2d) {
        return true;
    }
    const struct portable from = portable_depthwise_conv_2d(call);
    return family->depthwise_conv_2d(lowering, call, &from);
}

bool family_fully_connected(struct lowering *lowering, struct call *call) {
    const struct family *family = family_of(lowering->target);
    const mf_fully_connected *p = call->params;
    if (!family->fully_connected || p->computed_filter ||
        p->filter_zero_point != 0) {
        return true;
    }
    const struct portable from = portable_fully_connected(call);
    return family->fully_connected(lowering, call, &from);
}

void family_add(struct lowering *lowering, struct call *call) {
    const struct family *family = family_of(lowering->target);
    if (family->add) {
        family->add(call);
    }
}
