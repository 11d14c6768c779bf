/* What an operator is to the rest of the compiler: one row of hooks.
 *
 * All that is particular to an operator stands in its own file src/op/NAME.c
 * and in the kernel header that computes it; ops.def lists them.  Nothing else
 * in the compiler names an operator. */
#ifndef OP_OP_H
#define OP_OP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"
#include "base/text.h"
#include "ir/field.h"
#include "ir/graph.h"
#include "op/tiling.h"
#include "read/flatbuffer.h"
#include "read/flexbuffer.h"
#include "target/target.h"

/* What computes a call, on the host and on the target alike: a function of a
 * kernel header, and how to print and run it. */
struct kernel {
    const char *name;   /* "mf_max_pool_2d_s8" */
    const char *header; /* "mf_max_pool_2d.h" */
    const char *params; /* type of its parameter struct, "mf_max_pool_2d" */
    size_t params_size;
    const struct field *fields; /* of the parameter struct */
    /* The program's header that declares it (op/custom.h); NULL: `header`
     * does. */
    const char *program_header;
    /* Calls the kernel: operands in the order of its C arguments, after the
     * parameters. */
    void (*run)(const void *params, void *const operand[]);
};

enum operand_kind {
    OPERAND_INPUT,   /* a tensor that is read: in the arena, or constant */
    OPERAND_OUTPUT,  /* a tensor that is written */
    OPERAND_TABLE,   /* constants made by `lower`: multipliers, tables */
    OPERAND_SCRATCH, /* the node's scratch memory (struct op_memory) */
    OPERAND_KEPT     /* the node's own memory from inference to inference */
};

struct operand {
    enum operand_kind kind;
    const char *role;      /* "filter", "bias", ...; names emitted constants */
    enum dtype type;       /* what the C argument points at */
    struct tensor *tensor; /* INPUT, OUTPUT */
    const void *data;      /* TABLE: `count` elements of `type` */
    size_t count;
    int align;    /* TABLE: bytes, over the type's own; 0 if not */
    bool loaded;  /* INPUT: a constant is read with mf_load_*, as a TABLE is;
                     else like any memory */
    bool changed; /* INPUT: a variable tensor, which the kernel changes */
};

enum { MAX_OPERANDS = 8 };

/* One call of a kernel.  A node lowers to one or more (CONCATENATION: one an
 * input); they run in order. */
struct call {
    const struct kernel *kernel;
    void *params; /* kernel->params_size bytes */
    /* Where operand 1 starts where operand 0 does: run instead of `kernel`,
     * with the same parameters; NULL: `kernel` can do so.  And the call does
     * nothing at all: it copies operand 0 as it is. */
    const struct kernel *overlapping;
    bool moves_start;
    int operand_count;
    struct operand operand[MAX_OPERANDS];
    struct call *next;
};

/* Where `lower` puts its calls. */
struct lowering {
    struct context *context;
    const struct target *target;
    const struct node *node;
    struct call *first, *last;
};

/* What the planner may know of a node, and all that it knows. */
struct op_memory {
    const struct target *target; /* given, as to `lower` */
    /* The output is the input's bytes under another shape: no call is made
     * (RESHAPE).  `lower` must still work, for folding. */
    bool is_view;
    /* Bit i: output 0 may start where input i starts, because element k of
     * the output is written only after all elements up to k of that input,
     * and all of any other input that overlaps it, were read; or it has as
     * many elements, and element k is not read after that. */
    uint32_t in_place;
    /* Not 0: output k has the bytes of input first_continued + k; it becomes
     * input k, one after the other. */
    int32_t first_continued;
    /* Each column of the output is written after the same column of input 0,
     * and all before it, were read. */
    bool reads_first;
    /* Columns that are computed together: fewer take as long.  0: one. */
    int32_t columns;
    size_t scratch; /* bytes, aligned for int32_t */
    size_t kept;    /* bytes that live from inference to inference, zero before
                       the first, aligned for int32_t */
};

struct arity {
    int8_t min, max;
};

/* What an operator has to do with state; pass resolve_state acts on it
 * (op/state.h). */
enum state_role {
    STATE_NONE,
    STATE_HANDLE, /* names a variable */
    STATE_READ,   /* gives a variable's value */
    STATE_ASSIGN, /* sets a variable */
    STATE_ONCE    /* runs a graph before the first inference */
};

/* What an operator decides of what is computed; op/control.h says more. */
enum control_role {
    CONTROL_NONE,
    CONTROL_IF,    /* as the file has it: one of two graphs runs */
    CONTROL_WHILE, /* the same: a graph runs as long as another one wants */
    /* What stands in the graph in their place: */
    CONTROL_THEN,
    CONTROL_ELSE,
    CONTROL_END,
    CONTROL_LOOP,
    CONTROL_TEST,
    CONTROL_REPEAT
};

enum { ARITY_ANY = 127 };

#define TYPE_BIT(type) (1u << (type))

/* BuiltinOperator of operators that are known by their name alone. */
enum { TFLITE_CODE_CUSTOM = 32 };

/* The stored values that a channel can have: min <= max. */
struct value_range {
    int32_t min, max;
};

/* How the channels of an input and of the output hang together. */
struct channel_map {
    enum {
        CHANNELS_FIXED, /* none of either can go */
        CHANNELS_MIXED, /* each of the output's is made of all of the input's */
        CHANNELS_LINKED /* channel c of the input is for channels first + c *
                           step + k * repeat_step of the output, 0 <= k <
                           repeats: if one of them goes, so do all */
    } kind;
    int32_t first, step, repeats, repeat_step;
};

/* What is to go of the channels of a node: `keep` arrays say of each channel
 * of input i, or of the output, whether it stays.  The node's tensors still
 * have their old shapes. */
struct channel_drop {
    struct context *context;
    struct graph *graph; /* for new constants */
    struct node *node;
    const struct value_range *const
        *bounds;                   /* an input each, as for `bounds` */
    const bool *const *keep_input; /* NULL: not an input with channels */
    const bool *keep_output;
};

struct op_def {
    const char *name;     /* as in the TFLite schema: "MAX_POOL_2D"; of a
                             custom operator its custom_code */
    int32_t tflite_code;  /* BuiltinOperator; TFLITE_CODE_CUSTOM */
    uint8_t options_type; /* BuiltinOptions; 0 if the operator has none */
    /* What input 0, or the input that the operator is about, may be
     * (TYPE_BITs), and what else the user should know before he asks, in a few
     * words: `infer` holds models to the one, docs/operators.md shows both. */
    uint32_t types;
    const char *notes;
    struct arity inputs, outputs;
    /* Bit i: input i may be left out (-1 in the file, then NULL).  Inputs past
     * inputs.min always may, unless inputs.max is ARITY_ANY; `infer` and all
     * that follows can rely on the others being there. */
    uint32_t optional_inputs;
    size_t attributes_size;
    const struct field *attributes; /* for dumps; may be NULL */
    enum state_role state_role;
    enum control_role control_role; /* but for NONE: is never folded */
    /* Bit i: input i may be a constant of INT8 where output 0 is FLOAT32, as
     * hybrid models have it; reading puts its real numbers in its place, but
     * where its zero points are 0 and the operator `takes_hybrid`. */
    uint32_t dequantized_inputs;
    bool takes_hybrid;
    /* Bit i: of input i the values' order counts, not the shape. */
    uint32_t flat_inputs;
    /* Reading turns UINT8 into INT8 (node->was_uint8), and the operator
     * computes what it would have on UINT8. */
    bool shifts_uint8;
    /* It reads or writes numbers as they are stored, not what quantisation says
     * that they stand for. */
    bool is_raw;
    /* Reading computes the node at once if its inputs are constant: what other
     * operators demand to be constant may come packed. */
    bool unpacks_constants;
    /* What it computes is known to the program alone: its calls have no
     * kernel->run. */
    bool is_program_function;
    /* `lower` reads shapes alone, never an input's elements (SHAPE): folds
     * even if the input is not constant. */
    bool reads_shapes_only;
    /* Pass fuse_activation: the node may be given a fused activation; the node
     * is nothing but this activation where its output is quantised as its
     * input (NONE: it is something else). */
    bool fuses_activation;
    enum activation is_activation;

    /* FlatBuffer options -> attributes and node->activation.  `options` is an
     * absent table if the file has none.  NULL: nothing to read. */
    bool (*read)(struct context *context, const struct fb_table *options,
                 struct node *node);
    /* The same of a custom operator.  Options that are malformed are refused
     * after it returned true. */
    bool (*read_custom)(struct context *context, struct flexbuffer *options,
                        struct node *node);
    /* Holds types, shapes, quantisation and attributes to what `lower` can
     * do, derives attributes that depend on shapes, and holds every output to
     * the shape that follows (op_output_shape).  May run again after a pass
     * changed the node. */
    bool (*infer)(struct context *context, struct node *node);
    /* NULL: no view, nothing in place, no scratch. */
    void (*memory)(const struct node *node, struct op_memory *memory);
    /* How the node is computed a tile at a time; false: only whole.  Only on
     * nodes with one output, whose inputs and output are one image each.
     * Kernels of operators that are not pointwise have an mf_window `window`
     * among their parameters.  NULL: only whole. */
    bool (*tiling)(const struct node *node, struct tiling *tiling);
    /* Node -> calls.  Only on nodes that `infer` accepted; fails on what only
     * the constants' values show (an accumulator that could overflow), and
     * when memory is out. */
    bool (*lower)(struct lowering *lowering);
    /* Pass fuse_pad: how many rows and columns the node adds around its 4-D
     * input, if that is all it does and what it adds means zero; returns false
     * otherwise.  NULL: never. */
    bool (*spatial_pad)(const struct node *node, int32_t before[2],
                        int32_t after[2]);
    /* Pass fuse_pad: takes such a border over from the node that computes input
     * 0, so that it may read that node's input instead; returns false if it
     * cannot, leaving the node as it was.  NULL: never. */
    bool (*absorb_pad)(struct node *node, const int32_t before[2],
                       const int32_t after[2]);
    /* Multiply-accumulates of the node, those on padding included.  NULL: the
     * operator does none worth counting. */
    uint64_t (*macs)(const struct node *node);
    /* Steps to compute the node, where they may be far more than its elements
     * and its macs: what folding it would cost.  NULL: they are not. */
    uint64_t (*steps)(const struct node *node);

    /* --- channels: indices of the last dimension.  All that follows speaks of
     * nodes with one output, of INT8; what it says of an input holds for INT8
     * inputs that are not constant. --- */

    /* Narrows the ranges of the output's channels, of which `output` holds
     * all that INT8 can, by those of the inputs' channels (NULL where an input
     * is constant or not INT8).  No value that the kernel can compute may be
     * left out.  False with a message if memory is out.  NULL: no idea. */
    bool (*bounds)(struct context *context, const struct node *node,
                   const struct value_range *const input[],
                   struct value_range *output);
    /* The least and the most that the sums of products behind the outputs can
     * be, biases included, for such ranges; false with a message if memory is
     * out. Left as they are (least > most): no idea.  NULL: no such sums. */
    bool (*sums)(struct context *context, const struct node *node,
                 const struct value_range *const input[], int64_t *least,
                 int64_t *most);
    /* How input i and the output hang together.  NULL: all are fixed. */
    struct channel_map (*channels)(const struct node *node, int i);
    /* Where input 0 is mixed: its channels that add nothing to the output's but
     * what `drop_channels` can put into constants.  NULL: none. */
    bool (*unneeded)(struct context *context, const struct node *node,
                     const struct value_range *input, bool *unneeded);
    /* Makes the constants and attributes of the node that is left; shapes of
     * other tensors are the pass's.  NULL: nothing to do. */
    bool (*drop_channels)(const struct channel_drop *drop);
    /* Makes constants that say no more than they must of output channels that
     * stay though their values are constant, so that kernels find nothing
     * extreme in them.  NULL: nothing to do. */
    bool (*settle_channels)(struct context *context, struct graph *graph,
                            struct node *node,
                            const struct value_range *output);
};

/* ops.c: the table made from ops.def. */
const struct op_def *op_by_tflite_code(int32_t code);     /* NULL if unknown */
const struct op_def *op_by_custom_name(const char *name); /* the same */
const struct op_def *op_by_index(int index); /* NULL past the end */

/* The calls of a node on a target; NULL with a message when `lower` fails. */
struct call *op_lower(struct context *context, const struct target *target,
                      const struct node *node);

/* What the planner may know of a node. */
struct op_memory op_memory(const struct target *target,
                           const struct node *node);

/* A field of the call's parameters; NULL if it has none of this name. */
const struct field *call_field(const struct call *call, const char *name);

/* Runs calls on the host.  `address` gives where a tensor's elements are (its
 * `data` for constants is used directly); `scratch` and `kept` are the node's.
 */
void calls_run(const struct call *call,
               void *(*address)(void *user, const struct tensor *tensor),
               void *user, void *scratch, void *kept);

/* Multiply-accumulates of a node, padding included. */
uint64_t op_macs(const struct node *node);

/* fold.c: whether all inputs that there are are constant. */
bool op_inputs_constant(const struct node *node);
/* Computes an inferred node now: its outputs become constants, node->op NULL.
 */
bool op_fold(struct context *context, struct node *node);

/* Records 'FILE: op INDEX NAME "OUTPUT": text' and returns false. */
bool node_fail(struct context *context, const struct node *node,
               const char *format, ...) PRINTF_LIKE(3, 4);

/* The graph as text, a line a node, for --dump-after and tests. */
void graph_dump(struct text *text, const struct graph *graph);

/* --- for `lower` --- */

/* Appends a call; its params are zeroed, to be filled by the caller. */
struct call *lower_call(struct lowering *lowering, const struct kernel *kernel);
void call_input(struct call *call, const char *role, struct tensor *tensor);
/* A variable tensor, which the kernel reads and changes. */
void call_variable(struct call *call, const char *role, struct tensor *tensor);
void call_output(struct call *call, struct tensor *tensor);
/* The kernel reads the input just added with mf_load_* if it is constant. */
void call_loaded(struct call *call);
/* `data` lives in the context's arena (or is static). */
void call_table(struct call *call, const char *role, enum dtype type,
                const void *data, size_t count);
void call_scratch(struct call *call, enum dtype type);
void call_kept(struct call *call, enum dtype type);
/* The table just added lies at multiples of `align` bytes on the target: its
 * kernel loads more than an element at a time. */
void call_align(struct call *call, int align);
/* The operand just added is passed as bytes (uint8_t) whatever its type. */
void call_as_bytes(struct call *call);
/* The same as another type of the same size. */
void call_as(struct call *call, enum dtype type);

/* --- for `infer`: each returns true, or records a message and returns false;
 * `what` names the tensor to the user: "input", "filter", "bias" --- */

/* The tensor is there and its type is one of `allowed` (TYPE_BITs). */
bool op_type(struct context *context, const struct node *node,
             const struct tensor *tensor, const char *what, uint32_t allowed);
/* Its type equals the other's. */
bool op_same_type(struct context *context, const struct node *node,
                  const struct tensor *tensor, const char *what,
                  const struct tensor *other, const char *other_what);
/* Its rank lies within [min, max]. */
bool op_rank(struct context *context, const struct node *node,
             const struct tensor *tensor, const char *what, int min, int max);
/* Its shape is rows x columns. */
bool op_matrix(struct context *context, const struct node *node,
               const struct tensor *tensor, const char *what, int64_t rows,
               int64_t columns);
/* It has so many elements. */
bool op_count(struct context *context, const struct node *node,
              const struct tensor *tensor, const char *what, int64_t count);
/* It is quantised per tensor with a finite scale over 0 and a zero point that
 * its type can hold. */
bool op_per_tensor(struct context *context, const struct node *node,
                   const struct tensor *tensor, const char *what);
/* The same, with a zero point of 0. */
bool op_symmetric(struct context *context, const struct node *node,
                  const struct tensor *tensor, const char *what);
/* It is quantised per tensor or per channel along `axis` (channels many), all
 * scales finite and over 0, all zero points 0. */
bool op_per_channel(struct context *context, const struct node *node,
                    const struct tensor *tensor, const char *what, int axis,
                    int32_t channels);
/* On INT16 the zero points of all inputs of that type, which are quantised per
 * tensor, and of output 0 are 0.  True on other types. */
bool op_zero_points(struct context *context, const struct node *node);
/* Both are quantised per tensor, with the same scale and zero point. */
bool op_same_quantization(struct context *context, const struct node *node,
                          const struct tensor *tensor, const char *what,
                          const struct tensor *other, const char *other_what);
/* It is constant. */
bool op_constant(struct context *context, const struct node *node,
                 const struct tensor *tensor, const char *what);
/* Output i has this shape. */
bool op_output_shape(struct context *context, const struct node *node, int i,
                     const struct shape *shape);
/* The fused activation is one that the reference's integer and float kernels
 * take: NONE, RELU, RELU6, RELU_N1_TO_1. */
bool op_activation(struct context *context, const struct node *node);

/* An optional input: NULL if left out or past the end. */
struct tensor *op_input(const struct node *node, int i);
/* Element i of a constant INT32 or INT64 tensor. */
int64_t tensor_int(const struct tensor *tensor, int64_t i);

#endif
