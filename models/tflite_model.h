/* What a writer holds until it is asked for the file: deep copies of all that
 * was added.  Shared by tflite_writer.c, which fills it, and
 * tflite_serialize.c, which makes a FlatBuffer of it; nobody else's. */
#ifndef MODELS_TFLITE_MODEL_H
#define MODELS_TFLITE_MODEL_H

#include "tflite_writer.h"

struct blob {
    uint8_t *data;
    size_t size;
};

struct list {
    int32_t *item;
    int32_t count;
};

struct op {
    uint32_t code; /* position in writer->code */
    struct list inputs, outputs, intermediates;
    struct writer_options options; /* its strings are owned */
    struct blob custom_options;
    struct blob mutating;
};

struct subgraph {
    char *name; /* NULL if it has none */
    struct list inputs, outputs;
    int32_t tensor_count;
    struct writer_tensor *tensor; /* `buffer` is final, pointers are owned */
    int32_t op_count;
    struct op *op;
};

struct code {
    int32_t code, version;
    char *custom; /* NULL if it has none */
};

struct metadata {
    char *name;
    uint32_t buffer;
};

struct signature {
    char *key;
    int32_t subgraph;
};

struct writer {
    uint32_t version;
    char *description; /* NULL if it has none */
    enum writer_codes codes;
    bool external_data;
    int32_t current;
    int32_t subgraph_count;
    struct subgraph *subgraph;
    uint32_t code_count;
    struct code *code;
    uint32_t buffer_count;
    struct blob *buffer; /* 0 is the empty one */
    size_t metadata_count;
    struct metadata *metadata;
    size_t signature_count;
    struct signature *signature;
};

#endif
