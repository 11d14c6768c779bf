/* What operators say of variables to pass resolve_state, which makes them
 * states of the graph. */
#ifndef OP_STATE_H
#define OP_STATE_H

#include <stdbool.h>
#include <stdint.h>

/* Attributes of STATE_HANDLE: two handles of equal names are one variable. */
struct handle_attributes {
    const char *container, *name;
};

/* Attributes of STATE_READ. */
struct read_attributes {
    bool copies; /* to bytes of its own, rather than showing the input's */
};

/* Attributes of STATE_ONCE. */
struct once_attributes {
    int32_t graph; /* of the module */
};

#endif
