/* The network as a graph: tensors, the nodes that compute them, subgraphs.
 *
 * Invariants (graph_check() holds them after reading and after every pass):
 * nodes stand in an order in which every input is computed before it is used;
 * a tensor has at most one producer, and none if it is constant, variable or an
 * input of the graph; shapes are static and every dimension is at least 1; each
 * variable tensor that is used has a state. */
#ifndef IR_GRAPH_H
#define IR_GRAPH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/context.h"

/* Element types, numbered as in the TFLite schema (TensorType). */
enum dtype {
    DTYPE_FLOAT32 = 0,
    DTYPE_FLOAT16 = 1,
    DTYPE_INT32 = 2,
    DTYPE_UINT8 = 3,
    DTYPE_INT64 = 4,
    DTYPE_STRING = 5,
    DTYPE_BOOL = 6,
    DTYPE_INT16 = 7,
    DTYPE_COMPLEX64 = 8,
    DTYPE_INT8 = 9,
    DTYPE_FLOAT64 = 10,
    DTYPE_COMPLEX128 = 11,
    DTYPE_UINT64 = 12,
    DTYPE_RESOURCE = 13,
    DTYPE_VARIANT = 14,
    DTYPE_UINT32 = 15,
    DTYPE_UINT16 = 16,
    DTYPE_INT4 = 17,
    DTYPE_BFLOAT16 = 18,
    DTYPE_COUNT
};

/* "INT8", ...; "UNKNOWN" for a number outside the schema. */
const char *dtype_name(enum dtype type);
/* Bytes an element, 0 for types whose elements have no whole, fixed size. */
size_t dtype_size(enum dtype type);

enum { MAX_RANK = 6 };

struct shape {
    int32_t rank; /* 0 for a scalar */
    int32_t dim[MAX_RANK];
};

/* Elements of a shape; it was checked to fit when the tensor was read. */
int64_t shape_count(const struct shape *shape);
bool shape_equal(const struct shape *a, const struct shape *b);

/* Affine quantisation: real = scale * (stored - zero_point). */
struct quantization {
    int32_t count; /* 0 not quantised, 1 per tensor, else per channel */
    int32_t axis;  /* the dimension that the channels lie along; count > 1 */
    const float *scale;
    const int32_t *zero_point;
};

bool quantization_equal(const struct quantization *a,
                        const struct quantization *b);

struct node;

struct tensor {
    int32_t id;       /* position in graph->tensor */
    int32_t index;    /* in the file's subgraph; -1 if a pass made it */
    const char *name; /* "" if it has none */
    enum dtype type;
    struct shape shape;
    struct quantization quantization;
    /* Constants only, else NULL: elements in the host's byte order, aligned
     * for their type, tensor_size() bytes. */
    const void *data;
    bool is_int4;     /* INT8 constants that fit four bits, as in the file */
    bool is_variable; /* what a state holds when an inference starts */
    bool is_stored;   /* what a state is to hold from then on */
    struct node *producer; /* NULL for constants and inputs of the graph */
    int32_t use_count;     /* node inputs, graph outputs and states to be stored
                              that name it */
};

/* Bytes of all elements. */
size_t tensor_size(const struct tensor *tensor);

/* The fused activation function, numbered as in the TFLite schema. */
enum activation {
    ACTIVATION_NONE = 0,
    ACTIVATION_RELU = 1,
    ACTIVATION_RELU_N1_TO_1 = 2,
    ACTIVATION_RELU6 = 3,
    ACTIVATION_TANH = 4,
    ACTIVATION_SIGN_BIT = 5
};

struct op_def;

struct node {
    const struct op_def *op;
    int32_t index;   /* of the operator in the file's subgraph */
    int32_t version; /* of the operator code */
    int32_t input_count;
    struct tensor **input; /* NULL where an optional input is left out */
    int32_t output_count;
    struct tensor **output;     /* never NULL */
    enum activation activation; /* fused; NONE where the operator has none */
    void *attributes;           /* op->attributes_size bytes, or NULL */
    /* The file has its quantised INT8 tensors as UINT8, 128 greater: where the
     * arithmetic of the two differs, it is that of UINT8. */
    bool was_uint8;
    /* Its output is cut to a tile, which may be any of the whole (op/tiling.h).
     */
    bool is_tile;
    const struct node *tile_of; /* the node that it is a tile of, or NULL */
    /* The graphs of an IF or WHILE (op/control.h), until they stand in its
     * place; else NULL. */
    struct graph *body[2];
};

/* What lives from one inference to the next. */
struct graph_state {
    struct tensor *tensor; /* is_variable: its value when an inference starts */
    /* is_stored: its value when the inference ends, computed by a node that
     * hands on its input (STATE_ASSIGN).  NULL: nodes change `tensor` itself.
     */
    struct tensor *next;
    const void *initial; /* tensor_size() bytes; NULL: all are `fill` */
    uint8_t fill;
};

struct graph {
    const char *name;
    int32_t tensor_count;
    struct tensor **tensor; /* a pass may append with graph_add_tensor() */
    int32_t tensor_capacity;
    int32_t node_count;
    struct node **node; /* in execution order */
    int32_t input_count;
    struct tensor **input;
    int32_t output_count;
    struct tensor **output;
    int32_t state_count;
    struct graph_state *state;
};

/* What a file holds.  The main graph, graph[0], is compiled; another one, which
 * operators may refer to, is NULL if something in it is not supported. */
struct module {
    const char *description; /* "" if none */
    int32_t graph_count;
    struct graph **graph;
};

/* A new tensor of the graph, zeroed but for id, index = -1 and name "". */
struct tensor *graph_add_tensor(struct context *context, struct graph *graph);

/* Appends a tensor that another graph had, which gets a new id. */
bool graph_adopt_tensor(struct context *context, struct graph *graph,
                        struct tensor *tensor);

/* Sets every tensor's producer and use_count from the nodes; passes call it
 * after they rewired anything. */
void graph_index(struct graph *graph);

/* Makes every use of `from` (node inputs and graph outputs) a use of `to`.
 * use_counts are updated. */
void graph_replace_uses(struct graph *graph, struct tensor *from,
                        struct tensor *to);

/* Drops every node whose `op` a pass has set to NULL; calls graph_index(). */
void graph_compact(struct graph *graph);

/* Holds the graph to the invariants above.  `stage` names the pass in
 * messages. */
bool graph_check(struct context *context, const struct graph *graph,
                 const char *stage);

/* "1x49x10x1"; "scalar" for rank 0.  Writes at most SHAPE_TEXT bytes. */
enum { SHAPE_TEXT = MAX_RANK * 12 + 8 };
const char *shape_text(const struct shape *shape, char text[SHAPE_TEXT]);

#endif
