/* MicroFlow: a quantised TensorFlow Lite model in, plain C99 out.
 *
 *     mf_model *model = mf_model_open(bytes, size, "kws.tflite", NULL);
 *     if (!mf_model_ok(model)) ... mf_model_message(model, 0) ...
 *     if (mf_model_compile(model, &options)) ... mf_model_file(model, i, ...)
 *     mf_model_close(model);
 *
 * The library neither prints nor exits nor keeps global state: models are
 * independent of each other, and one model is used by one thread at a time. */
#ifndef MICROFLOW_H
#define MICROFLOW_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a shared library shows is what is declared here. */
#if defined(__GNUC__)
#pragma GCC visibility push(default)
#endif

#define MF_VERSION "0.1.0"

/* The version of the library that is linked, as MF_VERSION. */
const char *mf_version(void);

typedef struct mf_model mf_model;

/* A custom operator of the model that the program has a function for: generated
 * code includes the header and calls the function (mf_custom.h says with
 * what). */
typedef struct mf_custom_op {
    const char *name;     /* its custom_code in the model */
    const char *header;   /* as #include "..." finds it */
    const char *function; /* a C identifier */
} mf_custom_op;

/* A memory of the target that a part of the arena can lie in. */
typedef struct mf_region {
    const char *name; /* a C identifier in lower case, at most 16 letters */
    size_t size;      /* bytes that there are */
    uint32_t cost;    /* of an access of a byte there, 1 to 1000 */
} mf_region;

typedef struct mf_open_options {
    const char *dump_after; /* keep the graph's text as it is after this pass,
                               or after "read"; NULL for none */
    const char *target;     /* what the code is made for (mf_target_name);
                               NULL: "generic", which runs everywhere */
    const mf_custom_op *custom; /* operators with functions of their own, which
                                   come before ours of the same name */
    size_t custom_count;
    /* Layers that can be are computed together, row by row, where that takes
     * less RAM: little in few instructions more, or, with a ram_limit, as many
     * bytes of arena at most in the fewest instructions. */
    bool least_ram;
    size_t ram_limit; /* bytes; 0: none */
    /* The input comes row by row and never stands whole (least_ram). */
    bool push_input;
    /* Memories that the arena is made of, each an object of its own in
     * generated code: tensors lie where their accesses cost least in sum. None:
     * one memory without a limit. */
    const mf_region *region;
    size_t region_count; /* 8 at most */
} mf_open_options;

/* Reads a .tflite file that is in memory, optimises it and plans its memory.
 * `data` stays the caller's and must outlive the model; `name` is what
 * messages call it.  `options` may be NULL.  Returns NULL only when memory is
 * out; a model that cannot be compiled is returned with its messages. */
mf_model *mf_model_open(const void *data, size_t size, const char *name,
                        const mf_open_options *options);
void mf_model_close(mf_model *model); /* NULL is allowed */

/* Whether the model can be listed, compiled and run. */
bool mf_model_ok(const mf_model *model);
/* Message i of what went wrong, one line; NULL past the end. */
const char *mf_model_message(const mf_model *model, size_t i);
/* What dump_after asked for; "" if that was nothing. */
const char *mf_model_dump(const mf_model *model);
/* Target i, by name and in a line; NULL past the end.  Targets decide how fast
 * the code is and what it is laid out for, never what it computes. */
const char *mf_target_name(size_t i);
const char *mf_target_description(size_t i);

/* What is known of a target, and how firmware for it is built and measured.
 * Texts are static; flags and simulator are words separated by spaces. */
typedef struct mf_target_info {
    const char *name;        /* as mf_target_name */
    const char *description; /* one line */
    int word_bits;           /* of the registers that arithmetic is done in */
    const char *simd;        /* what sums of products are written for */
    const char *constants;   /* how weights are read: "in place", "LPM" */
    const char *unit;        /* "instructions", "cycles", "ns" */
    const char *board;       /* folder of sim/ that holds its start-up code */
    const char *compiler;    /* command, GCC's options */
    const char *flags;       /* for compiling and linking */
    const char *link_flags;  /* for linking */
    const char *simulator;   /* command that firmware runs in; "": none, it runs
                                on this machine */
} mf_target_info;

/* False past the end. */
bool mf_target(size_t i, mf_target_info *info);

/* Name of optimisation pass i, in their order; NULL past the end. */
const char *mf_pass_name(size_t i);

/* --- What the model holds (of models that are ok) --- */

typedef struct mf_tensor_info {
    const char *name; /* as in the file, "" if it has none */
    const char *type; /* "INT8", "FLOAT32", ... */
    int32_t rank;     /* 0 for a scalar */
    int32_t shape[6];
    size_t size;        /* bytes */
    float scale;        /* real = scale * (stored - zero_point); 0 if the */
    int32_t zero_point; /* tensor is not quantised per tensor */
} mf_tensor_info;

size_t mf_model_input_count(const mf_model *model);
size_t mf_model_output_count(const mf_model *model);
mf_tensor_info mf_model_input(const mf_model *model, size_t i);
mf_tensor_info mf_model_output(const mf_model *model, size_t i);

typedef struct mf_layer_info {
    int32_t index;         /* of the operator in the file */
    const char *op;        /* "CONV_2D" */
    mf_tensor_info input;  /* its first input, zeroed if it has none */
    mf_tensor_info output; /* its first output */
    uint64_t macs;         /* multiply-accumulates, padding included */
    size_t constant_size;  /* bytes of weights and tables it reads */
    size_t live;           /* bytes of RAM alive while it runs */
    int32_t stream;        /* that it belongs to; -1: it is computed whole */
    int32_t stage;         /* of the stream, that it belongs to; -1 */
} mf_layer_info;

/* The layers that are left after optimisation, in execution order. */
size_t mf_model_layer_count(const mf_model *model);
mf_layer_info mf_model_layer(const mf_model *model, size_t i);

/* Function i that layer `layer` calls on the target, and the kernel header that
 * it is in; NULL past the end, as for a layer whose output is its input's
 * bytes. */
const char *mf_model_call(const mf_model *model, size_t layer, size_t i,
                          const char **header);

/* What a layer's sums of products lie within, biases included, for every input
 * of the model: by interval arithmetic over the weights. */
typedef struct mf_sums_info {
    bool
        is_known; /* of convolutions and matrix products of INT8 by constants */
    int64_t least, most;
} mf_sums_info;

/* Not known where memory is out, either. */
mf_sums_info mf_model_sums(mf_model *model, size_t layer);

typedef struct mf_memory_info {
    size_t arena_size;    /* bytes of RAM that inference needs */
    size_t state_size;    /* more of them, kept from inference to inference */
    size_t lower_bound;   /* no placement of the same buffers takes fewer */
    size_t constant_size; /* bytes of weights and tables, shared ones once */
    uint64_t macs;        /* multiply-accumulates an inference */
} mf_memory_info;

mf_memory_info mf_model_memory(const mf_model *model);
/* The memory map as text: a row a layer, then where each tensor lies; ""
 * when memory is out. */
const char *mf_model_memory_map(mf_model *model);

typedef struct mf_buffer_info {
    const char *tensor;    /* its name; "scratch" for a layer's scratch */
    size_t offset, size;   /* bytes, in the arena */
    bool is_state;         /* in the state memory instead */
    int32_t region;        /* that it lies in; -1: there are none, or the state
                              memory */
    int32_t first, last;   /* layers that it lives through; -1: before the
                              first layer; the layer count: to the end */
    int32_t rows, columns; /* of a tensor of which a stream holds a part; */
    int32_t held;          /* as many pixels: columns of a row; else all 0 */
    int32_t overwrites;    /* the buffer that it may share bytes with; -1 */
} mf_buffer_info;

/* How a region was used. */
typedef struct mf_region_info {
    const char *name;
    size_t limit;  /* bytes that there are */
    uint32_t cost; /* of an access of a byte */
    size_t start;  /* of its bytes in the arena, where they follow each other
                      at multiples of 8 */
    size_t size;   /* bytes that are used */
    uint64_t accesses; /* of bytes, about, in an inference */
} mf_region_info;

/* The regions that the model was opened with. */
size_t mf_model_region_count(const mf_model *model);
mf_region_info mf_model_region(const mf_model *model, size_t i);

/* What stands in the arena and in the state memory.  Bytes of the arena are
 * never shared by what lives in the same layer, but that a layer or stream may
 * compute its result over an input that it is the last to read (`overwrites`),
 * and then the two have in common only layers of that stream, or that layer. */
size_t mf_model_buffer_count(const mf_model *model);
mf_buffer_info mf_model_buffer(const mf_model *model, size_t i);

/* Layers that are computed together, row by row. */
typedef struct mf_stream_info {
    int32_t first, last;   /* its layers */
    bool is_pushed;        /* it begins with rows that are pushed */
    size_t workspace_size; /* bytes: scratch, and tiles between layers */
    size_t stage_count;
} mf_stream_info;

/* Layers of a stream that compute a row together, a tile at a time. */
typedef struct mf_stage_info {
    const char *tensor;    /* what the last of them makes: its name */
    int32_t rows, columns; /* of it */
    int32_t held;          /* pixels of it that RAM holds at once */
    size_t row_size;       /* bytes */
    bool is_sum;           /* all is added up: it is one pixel */
    int32_t piece;         /* columns before other stages go on */
    int32_t tile;          /* columns at a time */
} mf_stage_info;

/* In execution order; none but with least_ram or push_input. */
size_t mf_model_stream_count(const mf_model *model);
mf_stream_info mf_model_stream(const mf_model *model, size_t i);
mf_stage_info mf_model_stage(const mf_model *model, size_t stream, size_t i);

/* What a ram_limit can be met with. */
typedef struct mf_tradeoff_info {
    size_t arena_size; /* bytes */
    uint64_t cost;     /* instructions, about, that streams take more than
                          layers computed whole */
} mf_tradeoff_info;

/* From the cheapest to the smallest, in one memory; the input comes as the
 * model was opened for.  Found out at the first call: 0 with a message when
 * memory is out. */
size_t mf_model_tradeoff_count(mf_model *model);
mf_tradeoff_info mf_model_tradeoff(const mf_model *model, size_t i);

/* --- Compiling to C --- */

typedef enum mf_optimize {
    MF_OPTIMIZE_SPEED, /* each layer gets a copy of its kernel, specialised */
    MF_OPTIMIZE_SIZE   /* layers share one copy of each kernel */
} mf_optimize;

typedef struct mf_compile_options {
    const char *name; /* what generated names start with; made into a C
                         identifier; NULL: from the model's name */
    mf_optimize optimize;
    bool driver; /* add a main() that streams frames, stdin to stdout */
    const char *layer_hook; /* a C identifier: a function void (void) of the
                               program, called before each layer; NULL: none */
    bool separate_buffers; /* an object of C for each buffer in the place of the
                              arena: for tools that hold every access to the
                              bounds of its object (provers, sanitizers).  The
                              macro NAME_BUFFERS(X) in NAME.c calls X on each */
    bool selftest; /* NAME_selftest(), with the CRC of what each layer makes
                      of one input */
    bool guard_weights; /* NAME_check_weights(): CRC of the constants */
    bool guard_arena;   /* NAME_check_arena(): whether anything was written over
                           the ends of the arena; not with separate_buffers */
} mf_compile_options;

/* Writes C to files in memory, which live until the model is closed or
 * compiled again.  `options` may be NULL.  False with a message on failure. */
bool mf_model_compile(mf_model *model, const mf_compile_options *options);
/* The same of several models for one program, in which they share an arena as
 * large as the one that needs most (shared_arena.h and shared_arena.c, among
 * the files of each) and keep what they keep apart.  One computes at a time:
 * from the first input that is given until the outputs are read none of the
 * others may be used.  `options` are count many, or NULL.  False with a message
 * at one of the models, and no files at any. */
bool mf_models_compile(mf_model *const models[],
                       const mf_compile_options options[], size_t count);
size_t mf_model_file_count(const mf_model *model);
/* The file's name (no directory), and its bytes. */
const char *mf_model_file(const mf_model *model, size_t i, const char **data,
                          size_t *size);

/* The lines of NAME.c, the second file, that are a layer: from 1, first and
 * last.  Layers that are computed together row by row have those of their
 * stage.  False if it has none, or nothing was compiled. */
bool mf_model_lines(const mf_model *model, size_t layer, size_t *first,
                    size_t *last);

/* --- Running on this machine --- */

/* Where to write input i and read output i, raw elements in the machine's
 * byte order; NULL when memory is out.  Inputs must be written anew for every
 * mf_model_invoke(); outputs hold until the next, or until an input is written:
 * they may share its bytes.  Alignment is that of malloc(). */
void *mf_model_input_data(mf_model *model, size_t i);
const void *mf_model_output_data(mf_model *model, size_t i);
/* One inference, with the kernels that generated code uses: the same bits.
 * False with a message when memory is out, or when an operator is a function
 * of the program's (mf_custom_op). */
bool mf_model_invoke(mf_model *model);
/* Forgets all inferences so far: what a model keeps from one to the next is as
 * before the first.  False with a message when memory is out. */
bool mf_model_reset(mf_model *model);

#if defined(__GNUC__)
#pragma GCC visibility pop
#endif

#ifdef __cplusplus
}
#endif

#endif
