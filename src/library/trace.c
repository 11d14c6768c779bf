/* From the layers of a model to what was made of them: functions, lines of C,
 * what their sums can be. */
#include <string.h>

#include "library/model.h"
#include "pass/bounds.h"

const char *mf_model_call(const mf_model *model, size_t layer, size_t i,
                          const char **header) {
    const struct call *call = layer < mf_model_layer_count(model)
                                  ? model->plan->step[layer].call
                                  : NULL;
    for (; call && i; i--) {
        call = call->next;
    }
    *header = call ? call->kernel->header : NULL;
    return call ? call->kernel->name : NULL;
}

/* --- lines --- */

static size_t count_lines(const char *text, size_t size) {
    size_t count = 0;
    const char *end = text + size;
    while (text < end && (text = memchr(text, '\n', (size_t)(end - text)))) {
        text++;
        count++;
    }
    return count;
}

bool mf_model_lines(const mf_model *model, size_t layer, size_t *first,
                    size_t *last) {
    const char *text;
    size_t size;
    *first = *last = 0;
    if (!model->file || layer >= mf_model_layer_count(model) ||
        model->parts[layer].end == 0) {
        return false;
    }
    const struct source_part *part = &model->parts[layer];
    mf_model_file(model, 1, &text, &size);
    *first = 1 + count_lines(text, part->start);
    *last =
        *first - 1 + count_lines(text + part->start, part->end - part->start);
    return true;
}

/* --- sums --- */

mf_sums_info mf_model_sums(mf_model *model, size_t layer) {
    mf_sums_info info = {0};
    struct context *context = &model->context;
    if (layer >= mf_model_layer_count(model) ||
        (!model->bounds &&
         !bound_channels(context, model->graph, &model->bounds))) {
        return info;
    }
    const struct node *node = model->plan->step[layer].node;
    const struct value_range **input = CONTEXT_NEW(
        context, const struct value_range *, (size_t)node->input_count + 1);
    if (!node->op->sums || !input) {
        return info;
    }
    for (int32_t i = 0; i < node->input_count; i++) {
        input[i] = node->input[i] ? model->bounds[node->input[i]->id] : NULL;
    }
    info.least = 1;
    info.is_known =
        node->op->sums(context, node, input, &info.least, &info.most) &&
        info.least <= info.most;
    return info.is_known ? info : (mf_sums_info){0};
}
