/* See tflite_writer.h: describing a model. */
#include "tflite_writer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "allocate.h"
#include "tflite_model.h"

static char *copy_string(const char *string) {
    return string == NULL ? NULL : duplicate(string, strlen(string) + 1);
}

static struct list copy_list(struct writer_list list) {
    size_t count = (size_t)list.count;
    return (struct list){duplicate(list.item, count * sizeof *list.item),
                         list.count};
}

static struct blob copy_blob(const void *data, size_t size) {
    return (struct blob){duplicate(data, size), size};
}

static struct subgraph *current(const struct writer *writer) {
    return &writer->subgraph[writer->current];
}

struct writer *writer_new(void) {
    struct writer *writer = allocate(1, sizeof *writer);
    writer->version = 3;
    writer_buffer(writer, NULL, 0);
    writer_subgraph(writer, "main");
    return writer;
}

static void release(const void *owned) {
    free((void *)owned);
}

static void free_subgraph(struct subgraph *subgraph) {
    for (int32_t i = 0; i < subgraph->tensor_count; i++) {
        struct writer_tensor *tensor = &subgraph->tensor[i];
        release(tensor->name);
        release(tensor->shape_signature);
        release(tensor->scales);
        release(tensor->zero_points);
    }
    for (int32_t i = 0; i < subgraph->op_count; i++) {
        struct op *op = &subgraph->op[i];
        for (int32_t k = 0; k < op->options.field_count; k++) {
            release(op->options.field[k].string);
        }
        free(op->inputs.item);
        free(op->outputs.item);
        free(op->intermediates.item);
        free(op->custom_options.data);
        free(op->mutating.data);
    }
    free(subgraph->tensor);
    free(subgraph->op);
    free(subgraph->inputs.item);
    free(subgraph->outputs.item);
    free(subgraph->name);
}

void writer_free(struct writer *writer) {
    if (writer == NULL) {
        return;
    }
    for (int32_t i = 0; i < writer->subgraph_count; i++) {
        free_subgraph(&writer->subgraph[i]);
    }
    for (uint32_t i = 0; i < writer->code_count; i++) {
        free(writer->code[i].custom);
    }
    for (uint32_t i = 0; i < writer->buffer_count; i++) {
        free(writer->buffer[i].data);
    }
    for (size_t i = 0; i < writer->metadata_count; i++) {
        free(writer->metadata[i].name);
    }
    for (size_t i = 0; i < writer->signature_count; i++) {
        free(writer->signature[i].key);
    }
    free(writer->subgraph);
    free(writer->code);
    free(writer->buffer);
    free(writer->metadata);
    free(writer->signature);
    free(writer->description);
    free(writer);
}

uint32_t writer_buffer(struct writer *writer, const void *data, size_t size) {
    writer->buffer = reallocate(writer->buffer, writer->buffer_count + 1,
                                sizeof *writer->buffer);
    writer->buffer[writer->buffer_count] = copy_blob(data, size);
    return writer->buffer_count++;
}

/* Bytes that the tensor's type and shape ask for. */
static size_t natural_size(const struct writer_tensor *tensor) {
    static const uint8_t bits[] = {32, 16, 32,  8,  64, 0, 8,  16, 64,
                                   8,  64, 128, 64, 0,  0, 32, 16, 4};
    size_t count = 1;
    for (int32_t i = 0; i < tensor->rank; i++) {
        assert(tensor->dims[i] >= 0);
        count *= (size_t)tensor->dims[i];
    }
    assert(tensor->type >= 0 && (size_t)tensor->type < sizeof bits);
    assert(bits[tensor->type] != 0);
    return (count * bits[tensor->type] + 7) / 8;
}

int32_t writer_tensor(struct writer *writer,
                      const struct writer_tensor *tensor) {
    assert(tensor->rank >= 0 && tensor->rank <= WRITER_MAX_RANK);
    struct subgraph *subgraph = current(writer);
    subgraph->tensor =
        reallocate(subgraph->tensor, (size_t)subgraph->tensor_count + 1,
                   sizeof *subgraph->tensor);
    struct writer_tensor *copy = &subgraph->tensor[subgraph->tensor_count];
    *copy = *tensor;
    copy->name = copy_string(tensor->name);
    if (tensor->shape_signature != NULL) {
        copy->shape_signature =
            duplicate(tensor->shape_signature,
                      (size_t)tensor->rank * sizeof *tensor->shape_signature);
    }
    if (tensor->scale != 0) {
        copy->scale_count = copy->zero_point_count = 1;
        copy->scales = duplicate(&tensor->scale, sizeof tensor->scale);
        copy->zero_points =
            duplicate(&tensor->zero_point, sizeof tensor->zero_point);
    } else {
        size_t scales = (size_t)tensor->scale_count;
        size_t points = (size_t)tensor->zero_point_count;
        copy->scales = duplicate(tensor->scales, scales * sizeof(float));
        if (points == 0 && !tensor->omit_zero_points) {
            copy->zero_point_count = tensor->scale_count;
            copy->zero_points = allocate(scales, sizeof(int64_t));
        } else {
            copy->zero_points =
                duplicate(tensor->zero_points, points * sizeof(int64_t));
        }
    }
    if (tensor->buffer == 0 && tensor->data != NULL) {
        copy->buffer = writer_buffer(
            writer, tensor->data,
            tensor->data_size > 0 ? tensor->data_size : natural_size(tensor));
    } else if (tensor->buffer == 0 && tensor->own_empty_buffer) {
        copy->buffer = writer_buffer(writer, NULL, 0);
    }
    return subgraph->tensor_count++;
}

static bool same_string(const char *a, const char *b) {
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

static uint32_t find_code(struct writer *writer, int32_t code, int32_t version,
                          const char *custom) {
    for (uint32_t i = 0; i < writer->code_count; i++) {
        if (writer->code[i].code == code &&
            writer->code[i].version == version &&
            same_string(writer->code[i].custom, custom)) {
            return i;
        }
    }
    writer->code =
        reallocate(writer->code, writer->code_count + 1, sizeof *writer->code);
    writer->code[writer->code_count] =
        (struct code){code, version, copy_string(custom)};
    return writer->code_count++;
}

int32_t writer_add_op(struct writer *writer, const struct writer_op *op) {
    struct subgraph *subgraph = current(writer);
    subgraph->op = reallocate(subgraph->op, (size_t)subgraph->op_count + 1,
                              sizeof *subgraph->op);
    struct op *copy = &subgraph->op[subgraph->op_count];
    *copy = (struct op){
        .code = find_code(writer, op->code, op->version == 0 ? 1 : op->version,
                          op->custom_code),
        .inputs = copy_list(op->inputs),
        .outputs = copy_list(op->outputs),
        .intermediates = copy_list(op->intermediates),
        .options = op->options,
        .custom_options =
            copy_blob(op->custom_options, op->custom_options_size)};
    for (int32_t i = 0; i < op->options.field_count; i++) {
        copy->options.field[i].string =
            copy_string(op->options.field[i].string);
    }
    copy->mutating.size = (size_t)op->mutating_count;
    copy->mutating.data = allocate(copy->mutating.size, 1);
    for (int32_t i = 0; i < op->mutating_count; i++) {
        copy->mutating.data[i] = op->mutating[i];
    }
    return subgraph->op_count++;
}

int32_t writer_operator(struct writer *writer, int32_t code,
                        struct writer_list inputs, struct writer_list outputs,
                        struct writer_options options) {
    return writer_add_op(writer, &(struct writer_op){.code = code,
                                                     .inputs = inputs,
                                                     .outputs = outputs,
                                                     .options = options});
}

void writer_inputs(struct writer *writer, struct writer_list tensors) {
    free(current(writer)->inputs.item);
    current(writer)->inputs = copy_list(tensors);
}

void writer_outputs(struct writer *writer, struct writer_list tensors) {
    free(current(writer)->outputs.item);
    current(writer)->outputs = copy_list(tensors);
}

int32_t writer_subgraph(struct writer *writer, const char *name) {
    writer->subgraph =
        reallocate(writer->subgraph, (size_t)writer->subgraph_count + 1,
                   sizeof *writer->subgraph);
    writer->subgraph[writer->subgraph_count] =
        (struct subgraph){.name = copy_string(name)};
    writer->current = writer->subgraph_count;
    return writer->subgraph_count++;
}

void writer_select_subgraph(struct writer *writer, int32_t subgraph) {
    assert(subgraph >= 0 && subgraph < writer->subgraph_count);
    writer->current = subgraph;
}

void writer_description(struct writer *writer, const char *description) {
    free(writer->description);
    writer->description = copy_string(description);
}

void writer_schema_version(struct writer *writer, uint32_t version) {
    writer->version = version;
}

void writer_metadata(struct writer *writer, const char *name, const void *data,
                     size_t size) {
    writer->metadata = reallocate(writer->metadata, writer->metadata_count + 1,
                                  sizeof *writer->metadata);
    writer->metadata[writer->metadata_count++] =
        (struct metadata){copy_string(name), writer_buffer(writer, data, size)};
}

void writer_signature(struct writer *writer, const char *key,
                      int32_t subgraph) {
    assert(subgraph >= 0 && subgraph < writer->subgraph_count);
    writer->signature =
        reallocate(writer->signature, writer->signature_count + 1,
                   sizeof *writer->signature);
    writer->signature[writer->signature_count++] =
        (struct signature){copy_string(key), subgraph};
}

void writer_codes(struct writer *writer, enum writer_codes codes) {
    writer->codes = codes;
}

void writer_external_data(struct writer *writer, bool external) {
    writer->external_data = external;
}

bool writer_save(const struct writer *writer, const char *path) {
    size_t size;
    uint8_t *bytes = writer_finish(writer, &size);
    FILE *file = fopen(path, "wb");
    bool ok = file != NULL && fwrite(bytes, 1, size, file) == size;
    if (file != NULL && fclose(file) != 0) {
        ok = false;
    }
    free(bytes);
    return ok;
}
