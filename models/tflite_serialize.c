/* A described model as a FlatBuffer.  Each put_ function writes a table and all
 * below it and returns the table's position; field numbers are those of
 * schema.fbs. */
#include <assert.h>
#include <string.h>

#include "allocate.h"
#include "flatbuffer_builder.h"
#include "tflite_model.h"

static size_t put_list(struct builder *builder, struct list list) {
    return builder_put_i32s(builder, list.item, (size_t)list.count);
}

static size_t put_quantization(struct builder *builder,
                               const struct writer_tensor *tensor) {
    struct builder_table table = {0};
    if (tensor->scale_count > 0) {
        builder_reference(&table, 2);
    }
    if (tensor->zero_point_count > 0) {
        builder_reference(&table, 3);
    }
    if (tensor->custom_quantization) {
        builder_scalar(&table, 4, 1, 1);
        builder_reference(&table, 5);
    }
    if (tensor->axis != 0) {
        builder_scalar(&table, 6, 4, (uint32_t)tensor->axis);
    }
    size_t position = builder_put_table(builder, &table);
    if (tensor->scale_count > 0) {
        builder_link(builder, &table, 2,
                     builder_put_f32s(builder, tensor->scales,
                                      (size_t)tensor->scale_count));
    }
    if (tensor->zero_point_count > 0) {
        builder_link(builder, &table, 3,
                     builder_put_i64s(builder, tensor->zero_points,
                                      (size_t)tensor->zero_point_count));
    }
    if (tensor->custom_quantization) {
        struct builder_table custom = {0};
        builder_link(builder, &table, 5, builder_put_table(builder, &custom));
    }
    return position;
}

static size_t put_tensor(struct builder *builder,
                         const struct writer_tensor *tensor) {
    struct builder_table table = {0};
    bool quantized = tensor->scale_count > 0 || tensor->zero_point_count > 0 ||
                     tensor->custom_quantization || tensor->axis != 0;
    if (!tensor->omit_shape) {
        builder_reference(&table, 0);
    }
    if (tensor->type != 0) {
        builder_scalar(&table, 1, 1, (uint8_t)tensor->type);
    }
    if (tensor->buffer != 0) {
        builder_scalar(&table, 2, 4, tensor->buffer);
    }
    if (tensor->name != NULL) {
        builder_reference(&table, 3);
    }
    if (quantized) {
        builder_reference(&table, 4);
    }
    if (tensor->is_variable) {
        builder_scalar(&table, 5, 1, 1);
    }
    if (tensor->is_sparse) {
        builder_reference(&table, 6);
    }
    if (tensor->shape_signature != NULL) {
        builder_reference(&table, 7);
    }
    if (tensor->has_rank) {
        builder_scalar(&table, 8, 1, 1);
    }
    size_t position = builder_put_table(builder, &table);
    size_t rank = (size_t)tensor->rank;
    if (!tensor->omit_shape) {
        builder_link(builder, &table, 0,
                     builder_put_i32s(builder, tensor->dims, rank));
    }
    if (tensor->name != NULL) {
        builder_link(builder, &table, 3,
                     builder_put_string(builder, tensor->name));
    }
    if (quantized) {
        builder_link(builder, &table, 4, put_quantization(builder, tensor));
    }
    if (tensor->is_sparse) {
        struct builder_table sparsity = {0};
        builder_link(builder, &table, 6, builder_put_table(builder, &sparsity));
    }
    if (tensor->shape_signature != NULL) {
        builder_link(builder, &table, 7,
                     builder_put_i32s(builder, tensor->shape_signature, rank));
    }
    return position;
}

static void add_option(struct builder_table *table,
                       const struct writer_field *field) {
    switch (field->kind) {
    case WRITER_BOOL:
    case WRITER_I8:
    case WRITER_U8:
        builder_scalar(table, field->number, 1, (uint64_t)field->integer);
        break;
    case WRITER_I32:
        builder_scalar(table, field->number, 4, (uint64_t)field->integer);
        break;
    case WRITER_I64:
        builder_scalar(table, field->number, 8, (uint64_t)field->integer);
        break;
    case WRITER_F32:
        builder_f32(table, field->number, field->real);
        break;
    case WRITER_I32S:
    case WRITER_STRING:
        builder_reference(table, field->number);
        break;
    }
}

static size_t put_options(struct builder *builder,
                          const struct writer_options *options) {
    struct builder_table table = {0};
    for (int32_t i = 0; i < options->field_count; i++) {
        add_option(&table, &options->field[i]);
    }
    size_t position = builder_put_table(builder, &table);
    for (int32_t i = 0; i < options->field_count; i++) {
        const struct writer_field *field = &options->field[i];
        if (field->kind == WRITER_I32S) {
            builder_link(builder, &table, field->number,
                         builder_put_i32s(builder, field->integers,
                                          (size_t)field->count));
        } else if (field->kind == WRITER_STRING) {
            builder_link(builder, &table, field->number,
                         builder_put_string(builder, field->string));
        }
    }
    return position;
}

static size_t put_op(struct builder *builder, const struct op *op) {
    struct builder_table table = {0};
    if (op->code != 0) {
        builder_scalar(&table, 0, 4, op->code);
    }
    builder_reference(&table, 1);
    builder_reference(&table, 2);
    if (op->options.type != 0) {
        builder_scalar(&table, 3, 1, op->options.type);
        builder_reference(&table, 4);
    }
    if (op->custom_options.size > 0) {
        builder_reference(&table, 5);
    }
    if (op->mutating.size > 0) {
        builder_reference(&table, 7);
    }
    if (op->intermediates.count > 0) {
        builder_reference(&table, 8);
    }
    size_t position = builder_put_table(builder, &table);
    builder_link(builder, &table, 1, put_list(builder, op->inputs));
    builder_link(builder, &table, 2, put_list(builder, op->outputs));
    if (op->options.type != 0) {
        builder_link(builder, &table, 4, put_options(builder, &op->options));
    }
    if (op->custom_options.size > 0) {
        builder_link(builder, &table, 5,
                     builder_put_vector(builder, op->custom_options.data,
                                        op->custom_options.size, 1, 16));
    }
    if (op->mutating.size > 0) {
        builder_link(builder, &table, 7,
                     builder_put_vector(builder, op->mutating.data,
                                        op->mutating.size, 1, 1));
    }
    if (op->intermediates.count > 0) {
        builder_link(builder, &table, 8, put_list(builder, op->intermediates));
    }
    return position;
}

static size_t put_subgraph(struct builder *builder,
                           const struct subgraph *subgraph) {
    struct builder_table table = {0};
    for (int i = 0; i < (subgraph->name == NULL ? 4 : 5); i++) {
        builder_reference(&table, i);
    }
    size_t position = builder_put_table(builder, &table);

    size_t count = (size_t)subgraph->tensor_count;
    size_t vector = builder_put_references(builder, count);
    builder_link(builder, &table, 0, vector);
    for (size_t i = 0; i < count; i++) {
        builder_link_element(builder, vector, i,
                             put_tensor(builder, &subgraph->tensor[i]));
    }
    builder_link(builder, &table, 1, put_list(builder, subgraph->inputs));
    builder_link(builder, &table, 2, put_list(builder, subgraph->outputs));

    count = (size_t)subgraph->op_count;
    vector = builder_put_references(builder, count);
    builder_link(builder, &table, 3, vector);
    for (size_t i = 0; i < count; i++) {
        builder_link_element(builder, vector, i,
                             put_op(builder, &subgraph->op[i]));
    }
    if (subgraph->name != NULL) {
        builder_link(builder, &table, 4,
                     builder_put_string(builder, subgraph->name));
    }
    return position;
}

static size_t put_code(struct builder *builder, const struct code *code,
                       enum writer_codes codes) {
    struct builder_table table = {0};
    int32_t old = code->code < 127 ? code->code : 127;
    if (codes != WRITER_CODES_NEW && old != 0) {
        builder_scalar(&table, 0, 1, (uint8_t)old);
    }
    if (code->custom != NULL) {
        builder_reference(&table, 1);
    }
    if (code->version != 1) {
        builder_scalar(&table, 2, 4, (uint32_t)code->version);
    }
    if (codes != WRITER_CODES_DEPRECATED && code->code != 0) {
        builder_scalar(&table, 3, 4, (uint32_t)code->code);
    }
    size_t position = builder_put_table(builder, &table);
    if (code->custom != NULL) {
        builder_link(builder, &table, 1,
                     builder_put_string(builder, code->custom));
    }
    return position;
}

/* Writes the vector of buffers; `external` gets the table of each whose bytes
 * are to follow the FlatBuffer. */
static size_t put_buffers(struct builder *builder, const struct writer *writer,
                          struct builder_table *external) {
    size_t vector = builder_put_references(builder, writer->buffer_count);
    for (uint32_t i = 0; i < writer->buffer_count; i++) {
        struct builder_table table = {0};
        const struct blob *blob = &writer->buffer[i];
        if (blob->size > 0 && writer->external_data) {
            builder_scalar(&table, 1, 8, 0);
            builder_scalar(&table, 2, 8, blob->size);
        } else if (blob->size > 0) {
            builder_reference(&table, 0);
        }
        builder_link_element(builder, vector, i,
                             builder_put_table(builder, &table));
        if (blob->size > 0 && !writer->external_data) {
            builder_link(
                builder, &table, 0,
                builder_put_vector(builder, blob->data, blob->size, 1, 16));
        }
        external[i] = table;
    }
    return vector;
}

static size_t put_metadata(struct builder *builder,
                           const struct metadata *metadata) {
    struct builder_table table = {0};
    builder_reference(&table, 0);
    builder_scalar(&table, 1, 4, metadata->buffer);
    size_t position = builder_put_table(builder, &table);
    builder_link(builder, &table, 0,
                 builder_put_string(builder, metadata->name));
    return position;
}

/* A vector of TensorMap. */
static size_t put_tensor_maps(struct builder *builder,
                              const struct subgraph *subgraph,
                              struct list list) {
    size_t vector = builder_put_references(builder, (size_t)list.count);
    for (int32_t i = 0; i < list.count; i++) {
        int32_t number = list.item[i];
        assert(number >= 0 && number < subgraph->tensor_count);
        const char *name = subgraph->tensor[number].name;
        struct builder_table table = {0};
        builder_reference(&table, 0);
        builder_scalar(&table, 1, 4, (uint32_t)number);
        builder_link_element(builder, vector, (size_t)i,
                             builder_put_table(builder, &table));
        builder_link(builder, &table, 0,
                     builder_put_string(builder, name == NULL ? "" : name));
    }
    return vector;
}

static size_t put_signature(struct builder *builder,
                            const struct writer *writer,
                            const struct signature *signature) {
    const struct subgraph *subgraph = &writer->subgraph[signature->subgraph];
    struct builder_table table = {0};
    builder_reference(&table, 0);
    builder_reference(&table, 1);
    builder_reference(&table, 2);
    builder_scalar(&table, 4, 4, (uint32_t)signature->subgraph);
    size_t position = builder_put_table(builder, &table);
    builder_link(builder, &table, 0,
                 put_tensor_maps(builder, subgraph, subgraph->inputs));
    builder_link(builder, &table, 1,
                 put_tensor_maps(builder, subgraph, subgraph->outputs));
    builder_link(builder, &table, 2,
                 builder_put_string(builder, signature->key));
    return position;
}

static void put_model(struct builder *builder, const struct writer *writer,
                      struct builder_table *external) {
    struct builder_table table = {0};
    builder_scalar(&table, 0, 4, writer->version);
    builder_reference(&table, 1);
    builder_reference(&table, 2);
    if (writer->description != NULL) {
        builder_reference(&table, 3);
    }
    builder_reference(&table, 4);
    if (writer->metadata_count > 0) {
        builder_reference(&table, 6);
    }
    if (writer->signature_count > 0) {
        builder_reference(&table, 7);
    }
    builder_link_root(builder, builder_put_table(builder, &table));

    size_t vector = builder_put_references(builder, writer->code_count);
    builder_link(builder, &table, 1, vector);
    for (uint32_t i = 0; i < writer->code_count; i++) {
        builder_link_element(
            builder, vector, i,
            put_code(builder, &writer->code[i], writer->codes));
    }
    vector = builder_put_references(builder, (size_t)writer->subgraph_count);
    builder_link(builder, &table, 2, vector);
    for (int32_t i = 0; i < writer->subgraph_count; i++) {
        builder_link_element(builder, vector, (size_t)i,
                             put_subgraph(builder, &writer->subgraph[i]));
    }
    if (writer->description != NULL) {
        builder_link(builder, &table, 3,
                     builder_put_string(builder, writer->description));
    }
    builder_link(builder, &table, 4, put_buffers(builder, writer, external));
    if (writer->metadata_count > 0) {
        vector = builder_put_references(builder, writer->metadata_count);
        builder_link(builder, &table, 6, vector);
        for (size_t i = 0; i < writer->metadata_count; i++) {
            builder_link_element(builder, vector, i,
                                 put_metadata(builder, &writer->metadata[i]));
        }
    }
    if (writer->signature_count > 0) {
        vector = builder_put_references(builder, writer->signature_count);
        builder_link(builder, &table, 7, vector);
        for (size_t i = 0; i < writer->signature_count; i++) {
            builder_link_element(
                builder, vector, i,
                put_signature(builder, writer, &writer->signature[i]));
        }
    }
}

uint8_t *writer_finish(const struct writer *writer, size_t *size) {
    struct builder builder;
    struct builder_table *external =
        allocate(writer->buffer_count, sizeof *external);
    builder_start(&builder, "TFL3");
    put_model(&builder, writer, external);
    for (uint32_t i = 0; writer->external_data && i < writer->buffer_count;
         i++) {
        const struct blob *blob = &writer->buffer[i];
        if (blob->size > 0) {
            builder_set(
                &builder, &external[i], 1,
                builder_put_bytes(&builder, blob->data, blob->size, 16));
        }
    }
    uint8_t *bytes = duplicate(builder.data, builder.size);
    *size = builder.size;
    builder_free(&builder);
    free(external);
    return bytes;
}
