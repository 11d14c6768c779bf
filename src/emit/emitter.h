/* What the files of src/emit share: the state of one emission.
 *
 * Invariant: whatever is printed follows from the plan, the options and the
 * base name of the model's file alone, in an order that the plan fixes: the
 * same model gives the same bytes everywhere. */
#ifndef EMIT_EMITTER_H
#define EMIT_EMITTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"
#include "emit/emit.h"
#include "emit/print.h"
#include "microflow.h" /* MF_VERSION */

/* What NAME_predict() is made of. */
#define PREDICT_HEADER "mf_predict.h"
/* What streams need beside their layers' kernels. */
#define STRIP_HEADER "mf_strip.h"
/* Self-tests and guards of the weights. */
#define CRC_HEADER "mf_crc.h"

/* A C type that tensors are made of. */
struct c_type {
    const char *name;   /* "int8_t" */
    const char *member; /* of the arena, "s8" */
    size_t size;        /* bytes */
    bool is_float;
};

/* BOOL is stored as uint8_t. */
extern const struct c_type c_types[C_TYPE_COUNT];
/* NULL for types that generated code cannot hold. */
const struct c_type *c_type(enum dtype type);
/* Smallest and greatest value of an integer type. */
void c_type_range(const struct c_type *type, int64_t *min, int64_t *max);

/* A constant array of the generated file. */
struct constant {
    const char *name; /* "op3_filter" */
    const char *note; /* what it is, for the comment above it */
    const struct c_type *type;
    const void *data; /* elements in the host's byte order */
    size_t count;
    int align;                  /* bytes, over the type's own; 0 if not */
    bool in_flash;              /* MF_CONSTANT: read with mf_load_* alone */
    struct constant *next;      /* in the order in which they are printed */
    struct constant *same_data; /* of the same bucket */
    struct constant *same_name;
};

struct constants {
    size_t bucket_count; /* a power of two */
    struct constant **by_data, **by_name;
    struct constant *first, *last;
    size_t size; /* bytes of all */
};

struct shared_field;

/* A kernel that the plan calls. */
struct used_kernel {
    const struct kernel *kernel;
    const struct call *sample; /* the first call of it */
    size_t calls;
    /* What is known of each field over all calls; NULL if it is not shared:
     * inlined where it is called. */
    struct shared_field *field;
    bool varies; /* shared, and some field differs between the calls */
};

struct emitter {
    struct context *context;
    const struct plan *plan;
    const struct graph *graph;
    const struct emit_options *options;
    const char *name;  /* "kws" */
    const char *upper; /* "KWS" */
    const char *model; /* base name of the file, harmless in comments */
    struct constants constants;
    struct memory state;
    /* What is computed: by region of the plan, one if it has none. */
    struct memory part[REGION_COUNT];
    size_t arena_size; /* bytes of all parts */
    struct memory
        *object; /* by buffer of the arena; NULL: there is one arena */
    struct used_kernel *kernel; /* in the order of their first calls */
    size_t kernel_count;
};

/* --- constants.c --- */

/* Gathers the constants of all calls and outputs; equal ones once. */
bool constants_collect(struct emitter *emitter);
/* Whether the target's constants may lie in an address space of their own. */
bool constants_in_flash(const struct emitter *emitter);
/* The array that holds these elements, which were collected; `loaded`: they
 * are read with mf_load_*. */
bool constants_add(struct emitter *emitter, const char *name, const char *note,
                   const struct c_type *type, const void *data, size_t count,
                   bool loaded);
const struct constant *constants_find(const struct emitter *emitter,
                                      const struct c_type *type,
                                      const void *data, size_t count,
                                      bool loaded);
void constants_print(const struct emitter *emitter, struct text *text);
/* The constant that holds a tensor's data: elements of the tensor's own C
 * type, or bytes where it has none. */
const struct constant *constant_of_tensor(const struct emitter *emitter,
                                          const struct tensor *tensor,
                                          bool loaded);

/* --- params.c --- */

size_t field_count(const struct kernel *kernel);
size_t field_size(enum field_type type); /* bytes an element */
/* The integer at `at`; not of a float field. */
int64_t field_int(enum field_type type, const char *at);
/* Whether C's zeros are what the field holds. */
bool field_is_zero(const struct field *field, const void *params);
/* ".member = 8" or ".member = {1, 2}". */
const char *field_initialiser(struct context *context,
                              const struct field *field, const char *member,
                              const void *params);
/* Initialisers of the fields that are not zero; of one field if all are. */
struct items param_items(struct context *context, const struct call *call);
/* The same with expressions for some fields. */
struct override {
    const char *field; /* of the kernel's; of others nothing comes */
    const char *value;
};
struct items param_items_with(struct context *context, const struct call *call,
                              const struct override *override, int count);

/* --- shared.c --- */

/* Gathers the kernels that are called, and decides which of them are shared. */
bool kernels_collect(struct emitter *emitter);
/* NULL if the kernel is not shared. */
const struct used_kernel *shared_kernel(const struct emitter *emitter,
                                        const struct kernel *kernel);
/* The functions that several layers share. */
void shared_kernels_print(const struct emitter *emitter, struct text *text);
/* A call of one of them. */
void shared_call_print(const struct emitter *emitter, struct text *text,
                       const struct call *call, const struct items *operands);

/* --- reset.c --- */

/* Adds what the state is set to and is not uniform to the constants. */
bool reset_collect(struct emitter *emitter);
/* Whether the network has state; whether it is other than zeros at first, so
 * that it has to be set before the first inference. */
bool has_state(const struct emitter *emitter);
bool needs_reset(const struct emitter *emitter);
void reset_print(const struct emitter *emitter, struct text *text);

/* --- memory.c --- */

/* Decides which C objects there are, and what they are accessed as. */
bool memory_collect(struct emitter *emitter);
void memory_print(const struct emitter *emitter, struct text *text);
/* Its sizes, in NAME.h. */
void memory_declare(const struct emitter *emitter, struct text *text);
/* A union type, the members indented: "union {...}". */
void memory_type_print(struct text *text, const struct memory *memory,
                       const char *tag);
int32_t part_count(const struct plan *plan);
/* "arena", or "arena_sram" of a region. */
enum { PART_NAME = 32 };
const char *part_name(char text[PART_NAME], const struct plan *plan,
                      bool is_shared, int32_t part);
/* How the program may say where a part lies: the macro OWNER_REGION_SRAM in
 * front of it; nothing where there are no regions. */
void part_section_print(struct text *text, const struct plan *plan,
                        const char *owner, int32_t part);
/* "SRAM" */
const char *region_upper(char text[PART_NAME], const struct region *region);
/* Where a buffer of the plan starts: "arena.s8 + 256". */
enum { MEMORY_TEXT = 64 };
const char *memory_text(const struct emitter *emitter, char text[MEMORY_TEXT],
                        const struct c_type *type, int32_t buffer,
                        size_t within);
/* A place in the state memory: "state.s8 + 256". */
const char *state_text(char text[MEMORY_TEXT], const struct c_type *type,
                       size_t offset);

/* --- calls.c --- */

/* The body of invoke: a comment a step, and its calls. */
void steps_print(const struct emitter *emitter, struct text *text);
/* The comment of one step. */
void step_comment_print(const struct emitter *emitter, struct text *text,
                        const struct step *step, int indent);
/* What was printed since `start` is step s. */
void step_mark(const struct emitter *emitter, const struct text *text,
               int32_t s, size_t start);
/* A call with the kernel inlined. */
void call_print(struct text *text, const struct call *call, int indent,
                const struct items *params, const struct items *operands);
/* A constant operand; "NULL" if it is empty. */
const char *constant_operand(const struct emitter *emitter,
                             const struct operand *operand);

/* --- streams.c --- */

/* The functions that compute streams, and NAME_push_row(). */
void streams_print(const struct emitter *emitter, struct text *text);
/* Runs stream i, in invoke. */
void stream_call_print(const struct emitter *emitter, struct text *text,
                       int32_t i);
/* Whether the input comes row by row. */
bool stream_is_pushed(const struct emitter *emitter);
/* NAME_push_row() and NAME_finish() in NAME.h; NAME_finish() in NAME.c. */
void push_declare(const struct emitter *emitter, struct text *text);
void finish_define(const struct emitter *emitter, struct text *text);

/* --- check.c: what the program can have checked while it runs --- */

/* Refuses guards of what there is not. */
bool check_collect(struct emitter *emitter);
/* Whether the self-test compares the tensor. */
bool check_is_made(const struct emitter *emitter, const struct tensor *tensor);
/* Whether mf_crc.h is needed. */
bool check_needs_crc(const struct emitter *emitter);
void check_helpers_print(const struct emitter *emitter, struct text *text);
/* In the network: before it, and after step s. */
void guard_call_print(const struct emitter *emitter, struct text *text);
void check_step_print(const struct emitter *emitter, struct text *text,
                      int32_t s);
/* The functions in NAME.c and NAME.h. */
void checks_define(const struct emitter *emitter, struct text *text);
void checks_declare(const struct emitter *emitter, struct text *text);

/* --- ports.c and predict.c: the graph's inputs and outputs --- */

enum { PORT_NAME_SIZE = 24 };

struct port {
    const struct tensor *tensor;
    const struct c_type *type;
    bool is_input;
    char name[PORT_NAME_SIZE];      /* "input", "input_1" of several */
    char upper[PORT_NAME_SIZE];     /* "INPUT_1" */
    char parameter[PORT_NAME_SIZE]; /* of predict: "in_1" */
};

/* The inputs, then the outputs, in the model's order. */
int32_t port_count(const struct emitter *emitter);
struct port port_at(const struct emitter *emitter, int32_t i);
/* Whether its elements stand for real numbers by scale and zero point. */
bool port_is_quantized(const struct port *port);

/* Declarations and macros in NAME.h. */
void ports_declare(const struct emitter *emitter, struct text *text);
/* NAME_input() and NAME_output() in NAME.c. */
void ports_define(const struct emitter *emitter, struct text *text);
/* NAME_predict() without what ends the prototype, and whole. */
void predict_prototype(const struct emitter *emitter, struct text *text);
void predict_define(const struct emitter *emitter, struct text *text);

/* --- header.c, source.c, driver.c: the files --- */

/* shared_arena.c: the files that networks of one arena share; what a network
 * adds to it. */
bool shared_arena_add(const struct emitter *emitter,
                      struct shared_arena *shared);
#define SHARED_ARENA "shared_arena"
void shared_header_print(const struct emitter *emitter, struct text *text);
void shared_source_print(const struct emitter *emitter, struct text *text);

void header_print(const struct emitter *emitter, struct text *text);
void source_print(const struct emitter *emitter, struct text *text);
void driver_print(const struct emitter *emitter, struct text *text);

#endif
