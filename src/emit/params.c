/* Parameters of kernels as initialisers, read through their field tables. */
#include <assert.h>
#include <string.h>

#include "emit/emitter.h"

size_t field_size(enum field_type type) {
    switch (type) {
    case FIELD_INDEX:
        return sizeof(ptrdiff_t);
    case FIELD_INT32:
        return sizeof(int32_t);
    case FIELD_FLOAT:
        return sizeof(float);
    }
    assert(false);
    return 1;
}

int64_t field_int(enum field_type type, const char *at) {
    ptrdiff_t index;
    int32_t integer;
    if (type == FIELD_INDEX) {
        memcpy(&index, at, sizeof index);
        return index;
    }
    assert(type == FIELD_INT32);
    memcpy(&integer, at, sizeof integer);
    return integer;
}

static const char *element_literal(char buffer[LITERAL_SIZE],
                                   enum field_type type, const char *at) {
    float real;
    if (type != FIELD_FLOAT) {
        return int_literal(buffer, field_int(type, at));
    }
    memcpy(&real, at, sizeof real);
    return float_literal(buffer, real);
}

/* How many elements are left when zeros at the end are dropped, which C fills
 * in.  A float -0 is no zero. */
static int used_elements(const struct field *field, const char *at) {
    static const char zero[sizeof(int64_t)];
    size_t size = field_size(field->type);
    int used = field->count;
    while (used > 0 &&
           memcmp(at + (size_t)(used - 1) * size, zero, size) == 0) {
        used--;
    }
    return used;
}

bool field_is_zero(const struct field *field, const void *params) {
    return used_elements(field, (const char *)params + field->offset) == 0;
}

const char *field_initialiser(struct context *context,
                              const struct field *field, const char *member,
                              const void *params) {
    const char *at = (const char *)params + field->offset;
    struct text text = {.context = context};
    char buffer[LITERAL_SIZE];
    size_t size = field_size(field->type);
    int used = used_elements(field, at);
    text_print(&text, field->count > 1 ? ".%s = {" : ".%s = ", member);
    for (int i = 0; i == 0 || i < used; i++) {
        text_print(&text, "%s%s", i ? ", " : "",
                   element_literal(buffer, field->type, at + (size_t)i * size));
    }
    text_print(&text, field->count > 1 ? "}" : "");
    return text.failed ? "" : text.data;
}

size_t field_count(const struct kernel *kernel) {
    size_t count = 0;
    while (kernel->fields[count].name) {
        count++;
    }
    return count;
}

static const char *find_override(const struct override *override, int count,
                                 const struct field *field) {
    for (int i = 0; i < count; i++) {
        if (strcmp(override[i].field, field->name) == 0) {
            return override[i].value;
        }
    }
    return NULL;
}

struct items param_items_with(struct context *context, const struct call *call,
                              const struct override *override, int count) {
    const struct field *fields = call->kernel->fields;
    struct items items = items_new(context, field_count(call->kernel));
    for (const struct field *field = fields; field->name; field++) {
        const char *value = find_override(override, count, field);
        if (value) {
            items_add(&items, ITEM(context, ".%s = %s", field->name, value));
        } else if (!field_is_zero(field, call->params)) {
            items_add(&items, field_initialiser(context, field, field->name,
                                                call->params));
        }
    }
    if (items.count == 0 && fields->name) {
        items_add(&items, field_initialiser(context, fields, fields->name,
                                            call->params));
    }
    return items;
}

struct items param_items(struct context *context, const struct call *call) {
    return param_items_with(context, call, NULL, 0);
}
