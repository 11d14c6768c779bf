/* What the checker holds of regions. */
#include "plan/check.h"

bool check_region(struct checker *checker, const struct node *node,
                  const struct tensor *tensor, size_t size, size_t align,
                  size_t start) {
    const struct plan *plan = checker->plan;
    for (int32_t r = 0; r < plan->region_count; r++) {
        const struct region *region = &plan->region[r];
        if (start >= region->start && size <= region->size &&
            start - region->start <= region->size - size) {
            return region->align % align == 0 ||
                   check_fail(checker, node, tensor,
                              "lies in a region that is not aligned", start);
        }
    }
    return plan->region_count == 0 ||
           check_fail(checker, node, tensor, "lies in no region", start);
}

bool check_regions(const struct checker *checker) {
    const struct plan *plan = checker->plan;
    size_t end = 0;
    for (int32_t r = 0; r < plan->region_count; r++) {
        const struct region *region = &plan->region[r];
        if (region->start < end || region->start % 8 != 0 ||
            region->size > region->limit || region->start > plan->arena_size ||
            region->size > plan->arena_size - region->start) {
            return context_fail(checker->context,
                                "memory plan: region %s has no place or is too "
                                "small",
                                region->name);
        }
        end = region->start + region->size;
    }
    for (int32_t b = 0; b < plan->buffer_count && plan->region_count; b++) {
        const struct buffer *buffer = &plan->buffer[b];
        const struct region *region =
            buffer->region >= 0 && buffer->region < plan->region_count
                ? &plan->region[buffer->region]
                : NULL;
        if (buffer->kept < 0 &&
            (!region || buffer->offset < region->start ||
             buffer->size > region->size ||
             buffer->offset - region->start > region->size - buffer->size)) {
            return context_fail(checker->context,
                                "memory plan: a buffer lies elsewhere than in "
                                "its region");
        }
    }
    return true;
}
