/* What the files that read TFLite share: the file, and one subgraph while it
 * is being read.
 *
 * Two kinds of fault are kept apart.  A malformed FlatBuffer, or no memory,
 * ends the reading: functions here return false for these alone.  What is well
 * formed but wrong or not supported is recorded with its `failed` flag set, and
 * reading goes on, so that all of it is listed at once. */
#ifndef READ_TFLITE_READER_H
#define READ_TFLITE_READER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/context.h"
#include "ir/graph.h"
#include "op/op.h"
#include "read/flatbuffer.h"

/* An entry of Model.operator_codes. */
struct operator_code {
    const struct op_def *op; /* NULL if it is not supported */
    const char *name;        /* "CONV_2D", "CUSTOM:Name", "operator 999" */
    int32_t version;
};

enum { BODY_DEPTH = 8 };

struct reader {
    struct context *context;
    struct flatbuffer buffer;
    struct fb_vector buffers; /* Model.buffers */
    int32_t code_count;
    struct operator_code *code;
    /* Of all graphs, as often as they are read. */
    uint64_t operator_count, tensor_count, operand_count, constant_bytes;
    struct fb_vector graphs; /* Model.subgraphs */
    /* Graphs within graphs: how deep this one lies, how many were read. */
    int32_t depth, body_count;
};

/* A tensor of the file's subgraph. */
struct tensor_slot {
    struct tensor *tensor; /* NULL until something names it */
    int32_t producer;      /* operator, -1 if none */
    bool is_input;         /* of the graph */
    bool is_read;          /* by an operator, or as an output of the graph */
    bool failed;           /* its shape cannot be relied on */
    struct tensor *real;   /* its real numbers, once an operator wants them */
};

/* An operator of the file's subgraph. */
struct operator_slot {
    struct fb_table table;
    const struct operator_code *code; /* NULL if the file names none */
    struct node *node; /* node->op is NULL if it is not supported */
    bool failed;       /* inputs or outputs cannot be relied on */
};

struct graph_reader {
    struct reader *reader;
    struct graph *graph;
    struct fb_vector tensors; /* SubGraph.tensors */
    struct tensor_slot *tensor;
    int32_t operator_count;
    struct operator_slot *operators;
    bool failed;
};

/* tflite.c: whether reading can go on. */
bool reader_ok(const struct reader *reader);
/* tflite.c: whether no further message will be kept; then none needs to be
 * made, and a hostile file cannot have millions of them made. */
bool messages_full(const struct context *context);

/* tflite_graph.c: a subgraph.  False if it cannot be compiled, with messages;
 * `reader_ok()` tells whether the file can be read further.  `known`: what
 * its inputs are known to be where the graph is used, NULL where they are not
 * constant; may be NULL. */
struct known_inputs {
    int32_t count;
    struct tensor *const *tensor;
    bool if_unchanged; /* only inputs that are the same output, too */
};
bool read_graph(struct reader *reader, const struct fb_table *table,
                const struct known_inputs *known, bool needs_output,
                struct graph *graph);

/* tflite_body.c: the graphs that an IF or WHILE runs; false if reading cannot
 * go on. */
bool read_bodies(struct graph_reader *g, int32_t op_index);

/* tflite_tensor.c: the tensor that a table describes, but for id and producer;
 * tensor->index is set.  If its shape cannot be relied on, rank is 0. */
bool read_tensor(struct reader *reader, const struct fb_table *table,
                 struct tensor *tensor, bool *failed);

/* tflite_graph.c: tensor `index`, read when it is first asked for. `index` is
 * below tensors.count.  NULL if reading cannot go on. */
struct tensor *use_tensor(struct graph_reader *g, int32_t index);

/* tflite_node.c: every operator of the vector in `field` as a node, whether or
 * not it is supported; its tensors are read. */
bool read_nodes(struct graph_reader *g, const struct fb_table *subgraph,
                int field);
/* Records what is not supported: unknown operators, then what the operators
 * say of themselves. */
bool check_nodes(struct graph_reader *g);
/* Records 'op 7 CONV_2D "output": text' and marks operator and graph as
 * failed; `text` is NULL if it could not be, or need not be, made. */
void fail_operator(struct graph_reader *g, int32_t op_index, const char *text);
#define OPERATOR_FAIL(g, op_index, ...)                                        \
    fail_operator((g), (op_index),                                             \
                  messages_full((g)->reader->context)                          \
                      ? NULL                                                   \
                      : context_format((g)->reader->context, __VA_ARGS__))

/* tflite_node.c: reads the options of an operator whose operands can be relied
 * on, and infers it; false if reading cannot go on. */
bool check_node(struct graph_reader *g, int32_t op_index);

/* tflite_uint8.c: where operators compute with INT8 alone, turns UINT8 into it,
 * and back where it is wanted; false if reading cannot go on. */
bool shift_uint8(struct graph_reader *g);

/* tflite_convert.c: computes the operators that only unpack constants. */
bool unpack_constants(struct graph_reader *g);
/* Puts the real numbers of quantised constants in their place where the
 * operator computes with floats; false when memory is out. */
bool convert_operands(struct graph_reader *g, struct node *node);

/* tflite_order.c: fills graph->node so that all is computed before it is used,
 * in the file's order wherever that does. */
bool order_nodes(struct graph_reader *g);

#endif
