/* Makes .tflite models in memory: the one description of the format that the
 * project writes, used by the trainer of its own models and by tests.
 *
 * Nothing is judged: a test may ask for any model, also a senseless one, and
 * gets a well-formed FlatBuffer of it.  A host tool: running out of memory and
 * misuse of the interface end the program.
 *
 *     struct writer *w = writer_new();
 *     int32_t in = writer_tensor(w, &(struct writer_tensor){
 *         .name = "in", .type = TFLITE_TYPE_INT8, WRITER_SHAPE(1, 8, 8, 3),
 *         .scale = 0.5f, .zero_point = -3});
 *     int32_t out = ...
 *     writer_operator(w, TFLITE_MAX_POOL_2D, WRITER_LIST(in),
 *                     WRITER_LIST(out),
 *                     options_pool_2d(TFLITE_VALID, 2, 2, 2, 2,
 *                                     TFLITE_ACT_NONE));
 *     writer_inputs(w, WRITER_LIST(in));
 *     writer_outputs(w, WRITER_LIST(out));
 *     size_t size;
 *     uint8_t *bytes = writer_finish(w, &size);
 *     writer_free(w);
 */
#ifndef MODELS_TFLITE_WRITER_H
#define MODELS_TFLITE_WRITER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tflite_schema.h"

struct writer;

enum { WRITER_MAX_RANK = 8 };

/* .rank and .dims of a tensor; a scalar has neither. */
#define WRITER_SHAPE(...)                                                      \
    .rank =                                                                    \
        (int32_t)(sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t)),   \
    .dims = {__VA_ARGS__}

/* Numbers of tensors; -1 is an optional input that is left out. */
struct writer_list {
    const int32_t *item;
    int32_t count;
};
#define WRITER_LIST(...)                                                       \
    ((struct writer_list){                                                     \
        (const int32_t[]){__VA_ARGS__},                                        \
        (int32_t)(sizeof((const int32_t[]){__VA_ARGS__}) / sizeof(int32_t))})
#define WRITER_EMPTY ((struct writer_list){NULL, 0})

/* What is left zero is left out of the file. */
struct writer_tensor {
    const char *name;
    int32_t type; /* enum tflite_type */
    int32_t rank;
    int32_t dims[WRITER_MAX_RANK];
    bool omit_shape;                /* no shape field, not an empty one */
    const int32_t *shape_signature; /* `rank` numbers */

    /* Quantised per tensor if scale is not 0 ... */
    float scale;
    int64_t zero_point;
    /* ... or else by these lists, if there are scales or zero points.  No
     * zero points but scales: as many zeros as scales, unless
     * omit_zero_points. */
    int32_t scale_count;
    const float *scales;
    int32_t zero_point_count;
    const int64_t *zero_points;
    bool omit_zero_points;
    int32_t axis;             /* quantized_dimension */
    bool custom_quantization; /* an empty CustomQuantization table */

    /* Constant if not NULL: bytes as they are to stand in the file, copied.
     * data_size 0: what type and shape say. */
    const void *data;
    size_t data_size;
    /* If not 0, this buffer is named, whether it exists or not; `data` is
     * ignored.  See writer_buffer(). */
    uint32_t buffer;
    bool own_empty_buffer; /* without data: a buffer of its own, not 0 */

    bool is_variable;
    bool has_rank;
    bool is_sparse; /* an empty SparsityParameters table */
};

enum writer_field_kind {
    WRITER_BOOL,
    WRITER_I8,
    WRITER_U8,
    WRITER_I32,
    WRITER_I64,
    WRITER_F32,
    WRITER_I32S,  /* a vector of i32 */
    WRITER_STRING /* points at the caller's, copied with the operator */
};

enum { WRITER_MAX_VALUES = 8, WRITER_MAX_FIELDS = 10 };

/* A field of an options table, counted from 0 in the order of the schema. */
struct writer_field {
    int32_t number;
    enum writer_field_kind kind;
    int64_t integer;
    float real;
    int32_t count; /* of a vector */
    int32_t integers[WRITER_MAX_VALUES];
    const char *string;
};

/* An options table: number in the union, and the fields that are written. */
struct writer_options {
    uint8_t type; /* enum tflite_options; 0: no options */
    int32_t field_count;
    struct writer_field field[WRITER_MAX_FIELDS];
};

/* What is left zero is left out of the file. */
struct writer_op {
    int32_t code;            /* enum tflite_operator */
    int32_t version;         /* 0 means 1, which is the schema's default */
    const char *custom_code; /* for TFLITE_CUSTOM */
    struct writer_list inputs;
    struct writer_list outputs;
    struct writer_list intermediates;
    struct writer_options options;
    const void *custom_options;
    size_t custom_options_size;
    int32_t mutating_count; /* mutating_variable_inputs */
    const bool *mutating;
};

/* How operator codes are written: old files have the byte field alone. */
enum writer_codes {
    WRITER_CODES_BOTH,       /* as converters do */
    WRITER_CODES_DEPRECATED, /* deprecated_builtin_code alone, at most 127 */
    WRITER_CODES_NEW         /* builtin_code alone */
};

/* A model with one empty subgraph, of schema version 3. */
struct writer *writer_new(void);
void writer_free(struct writer *writer); /* NULL is allowed */

/* Adds to the current subgraph; returns the tensor's number in it. */
int32_t writer_tensor(struct writer *writer,
                      const struct writer_tensor *tensor);
/* Adds a buffer for tensors to share; returns its number, 1 or more.  Numbers
 * 1.. are given in the order of calls that need one. */
uint32_t writer_buffer(struct writer *writer, const void *data, size_t size);

/* Adds an operator to the current subgraph; returns its number in it. */
int32_t writer_operator(struct writer *writer, int32_t code,
                        struct writer_list inputs, struct writer_list outputs,
                        struct writer_options options);
int32_t writer_add_op(struct writer *writer, const struct writer_op *op);

/* Inputs and outputs of the current subgraph. */
void writer_inputs(struct writer *writer, struct writer_list tensors);
void writer_outputs(struct writer *writer, struct writer_list tensors);

/* Adds a subgraph and makes it the current one; returns its number. */
int32_t writer_subgraph(struct writer *writer, const char *name);
void writer_select_subgraph(struct writer *writer, int32_t subgraph);

void writer_description(struct writer *writer, const char *description);
void writer_schema_version(struct writer *writer, uint32_t version);
void writer_metadata(struct writer *writer, const char *name, const void *data,
                     size_t size);
/* A signature that names the inputs and outputs of a subgraph by the names of
 * their tensors. */
void writer_signature(struct writer *writer, const char *key, int32_t subgraph);
void writer_codes(struct writer *writer, enum writer_codes codes);
/* Puts the bytes of buffers behind the FlatBuffer (Buffer.offset, size). */
void writer_external_data(struct writer *writer, bool external);

/* The file's bytes, to be freed with free(); may be called again after more
 * was added. */
uint8_t *writer_finish(const struct writer *writer, size_t *size);
/* Writes the file; false with errno set if that failed. */
bool writer_save(const struct writer *writer, const char *path);

#endif
