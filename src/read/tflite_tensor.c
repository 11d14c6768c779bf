/* Tensors of a TFLite file: shape, type, quantisation and constant data.
 *
 * Invariant: a tensor that has not failed has at most MAX_RANK dimensions of at
 * least 1, less than 2^31 elements and bytes, and if it is constant just as
 * many bytes of data as its type and shape say. */
#include <inttypes.h>
#include <string.h>

#include "read/tflite_reader.h"

/* Fields of the schema's tables, in its order. */
enum {
    TENSOR_SHAPE,
    TENSOR_TYPE,
    TENSOR_BUFFER,
    TENSOR_NAME,
    TENSOR_QUANTIZATION,
    TENSOR_IS_VARIABLE,
    TENSOR_SPARSITY
};
enum {
    QUANTIZATION_SCALE = 2,
    QUANTIZATION_ZERO_POINT,
    QUANTIZATION_DETAILS_TYPE,
    QUANTIZATION_DETAILS,
    QUANTIZATION_DIMENSION
};
enum { BUFFER_DATA, BUFFER_OFFSET, BUFFER_SIZE };

static bool fail_tensor(struct reader *reader, const struct tensor *tensor,
                        const char *text) {
    return text != NULL &&
           context_fail(reader->context, "tensor %" PRId32 " \"%s\": %s",
                        tensor->index, tensor->name, text);
}

#define TENSOR_FAIL(reader, tensor, ...)                                       \
    fail_tensor((reader), (tensor),                                            \
                messages_full((reader)->context)                               \
                    ? NULL                                                     \
                    : context_format((reader)->context, __VA_ARGS__))

static bool read_shape(struct reader *reader, const struct fb_table *table,
                       struct tensor *tensor) {
    const struct fb_vector dims = fb_vector(table, TENSOR_SHAPE, 4);
    if (dims.count > MAX_RANK) {
        return TENSOR_FAIL(reader, tensor,
                           "has %" PRIu32 " dimensions, at most %d are allowed",
                           dims.count, MAX_RANK);
    }
    struct shape shape = {.rank = (int32_t)dims.count};
    for (uint32_t i = 0; i < dims.count; i++) {
        shape.dim[i] = fb_vector_i32(&dims, i);
        if (shape.dim[i] < 1) {
            return TENSOR_FAIL(reader, tensor,
                               "dimension %" PRIu32 " is %" PRId32
                               ", each must be at least 1",
                               i, shape.dim[i]);
        }
    }
    const int64_t size = (int64_t)dtype_size(tensor->type);
    int64_t bytes = size == 0 ? 1 : size;
    for (int32_t i = 0; i < shape.rank; i++) {
        bytes *= shape.dim[i];
        if (bytes > INT32_MAX) {
            char text[SHAPE_TEXT];
            return TENSOR_FAIL(reader, tensor,
                               "shape is %s, at most %" PRId32
                               " bytes are allowed",
                               shape_text(&shape, text), INT32_MAX);
        }
    }
    tensor->shape = shape;
    return true;
}

static bool check_quantization(struct reader *reader,
                               const struct tensor *tensor,
                               const struct fb_vector *zero_points,
                               int32_t dimension) {
    const struct quantization *q = &tensor->quantization;
    if (zero_points->count != 0 && zero_points->count != (uint32_t)q->count) {
        return TENSOR_FAIL(reader, tensor,
                           "has %" PRId32 " scales and %" PRIu32
                           " zero points, as many or none are allowed",
                           q->count, zero_points->count);
    }
    for (uint32_t i = 0; i < zero_points->count; i++) {
        const int64_t zero_point = fb_vector_i64(zero_points, i);
        if (zero_point < INT32_MIN || zero_point > INT32_MAX) {
            return TENSOR_FAIL(reader, tensor,
                               "zero point %" PRIu32 " is %" PRId64
                               ", it must fit 32 bits",
                               i, zero_point);
        }
    }
    if (q->count == 1) {
        return true;
    }
    if (q->axis < 0 || q->axis >= tensor->shape.rank) {
        return TENSOR_FAIL(reader, tensor,
                           "is quantised along dimension %" PRId32
                           ", it has %" PRId32,
                           dimension, tensor->shape.rank);
    }
    if (q->count != tensor->shape.dim[q->axis]) {
        return TENSOR_FAIL(reader, tensor,
                           "has %" PRId32 " scales along dimension %" PRId32
                           ", which is %" PRId32,
                           q->count, q->axis, tensor->shape.dim[q->axis]);
    }
    return true;
}

static bool read_quantization(struct reader *reader,
                              const struct fb_table *table,
                              struct tensor *tensor) {
    struct quantization *q = &tensor->quantization;
    const struct fb_table sub = fb_sub(table, TENSOR_QUANTIZATION);
    const uint8_t details = fb_u8(&sub, QUANTIZATION_DETAILS_TYPE, 0);
    if (details != 0) {
        return TENSOR_FAIL(reader, tensor,
                           "quantisation is of kind %u, allowed: 0 (affine)",
                           (unsigned)details);
    }
    const struct fb_vector scales = fb_vector(&sub, QUANTIZATION_SCALE, 4);
    const struct fb_vector zero_points =
        fb_vector(&sub, QUANTIZATION_ZERO_POINT, 8);
    const int32_t dimension = fb_i32(&sub, QUANTIZATION_DIMENSION, 0);
    if (scales.count == 0) {
        return true; /* minimum and maximum alone say nothing */
    }
    q->count = (int32_t)scales.count;
    /* A vector has one dimension, whichever its converter counted. */
    q->axis = tensor->shape.rank == 1 ? 0 : dimension;
    if (!check_quantization(reader, tensor, &zero_points, dimension)) {
        q->count = 0;
        return false;
    }
    float *scale = CONTEXT_NEW(reader->context, float, scales.count);
    int32_t *zero_point = CONTEXT_NEW(reader->context, int32_t, scales.count);
    if (scale == NULL || zero_point == NULL) {
        return false;
    }
    for (uint32_t i = 0; i < scales.count; i++) {
        scale[i] = fb_vector_f32(&scales, i);
    }
    for (uint32_t i = 0; i < zero_points.count; i++) {
        zero_point[i] = (int32_t)fb_vector_i64(&zero_points, i);
    }
    q->axis = q->count == 1 ? 0 : q->axis;
    q->scale = scale;
    q->zero_point = zero_point;
    return true;
}

/* The bytes of the tensor's buffer, in the FlatBuffer or, in files that are
 * made for more than 2 GB, behind it. */
static bool find_data(struct reader *reader, const struct fb_table *table,
                      const struct tensor *tensor, const uint8_t **data,
                      size_t *size) {
    const uint32_t index = fb_u32(table, TENSOR_BUFFER, 0);
    *data = NULL;
    *size = 0;
    if (index >= reader->buffers.count) {
        return (index == 0 || reader->buffer.failed) ||
               TENSOR_FAIL(reader, tensor,
                           "its buffer is %" PRIu32 ", the file has %" PRIu32,
                           index, reader->buffers.count);
    }
    const struct fb_table entry = fb_vector_table(&reader->buffers, index);
    const struct fb_vector bytes = fb_bytes(&entry, BUFFER_DATA);
    if (bytes.count > 0) {
        *data = reader->buffer.data + bytes.position;
        *size = bytes.count;
        return true;
    }
    const uint64_t offset = fb_u64(&entry, BUFFER_OFFSET, 0);
    const uint64_t length = fb_u64(&entry, BUFFER_SIZE, 0);
    if (offset <= 1 || length == 0) {
        return true;
    }
    if (offset > reader->buffer.size || length > reader->buffer.size - offset) {
        return TENSOR_FAIL(reader, tensor,
                           "its buffer of %" PRIu64 " bytes at byte %" PRIu64
                           " reaches outside the file (%zu bytes)",
                           length, offset, reader->buffer.size);
    }
    *data = reader->buffer.data + offset;
    *size = (size_t)length;
    return true;
}

static bool is_little_endian(void) {
    const uint16_t one = 1;
    uint8_t first;
    memcpy(&first, &one, 1);
    return first == 1;
}

/* The numbers that an element consists of. */
static size_t number_size(enum dtype type) {
    const size_t size = dtype_size(type);
    return type == DTYPE_COMPLEX64 || type == DTYPE_COMPLEX128 ? size / 2
                                                               : size;
}

/* The file's little-endian numbers as the host wants them: where they are, if
 * it can read them there. */
static const void *place_data(struct reader *reader, const uint8_t *data,
                              size_t bytes, size_t number) {
    const bool little_endian = is_little_endian();
    if (little_endian && (uintptr_t)data % number == 0) {
        return data;
    }
    if (!fb_charge(&reader->buffer, bytes)) {
        return NULL;
    }
    uint8_t *copy = CONTEXT_NEW(reader->context, uint8_t, bytes);
    if (copy == NULL) {
        return NULL;
    }
    for (size_t i = 0; i < bytes; i++) {
        const size_t at = i % number;
        copy[i - at + (little_endian ? at : number - 1 - at)] = data[i];
    }
    return copy;
}

static bool fail_size(struct reader *reader, const struct tensor *tensor,
                      size_t found, size_t needed) {
    char text[SHAPE_TEXT];
    return TENSOR_FAIL(reader, tensor,
                       "its buffer has %zu bytes, %s of shape %s takes %zu",
                       found, dtype_name(tensor->type),
                       shape_text(&tensor->shape, text), needed);
}

/* Two elements a byte, the first in the low half: becomes INT8, which operators
 * that can do so pack again. */
static bool unpack_int4(struct reader *reader, const uint8_t *data, size_t size,
                        struct tensor *tensor) {
    const size_t count = (size_t)shape_count(&tensor->shape);
    if (size != (count + 1) / 2) {
        return fail_size(reader, tensor, size, (count + 1) / 2);
    }
    int8_t *wide = fb_charge(&reader->buffer, count)
                       ? CONTEXT_NEW(reader->context, int8_t, count)
                       : NULL;
    if (wide == NULL) {
        return false;
    }
    for (size_t i = 0; i < count; i++) {
        const int half = data[i / 2] >> (i % 2 == 0 ? 0 : 4) & 15;
        wide[i] = (int8_t)(half < 8 ? half : half - 16);
    }
    tensor->type = DTYPE_INT8;
    tensor->is_int4 = true;
    tensor->data = wide;
    return true;
}

static bool read_data(struct reader *reader, const struct fb_table *table,
                      struct tensor *tensor) {
    const uint8_t *data;
    size_t size;
    if (!find_data(reader, table, tensor, &data, &size)) {
        return false;
    }
    if (size == 0) {
        return true;
    }
    if (tensor->is_variable) {
        return TENSOR_FAIL(reader, tensor,
                           "is variable and has data, initial values are "
                           "not supported");
    }
    if (tensor->type == DTYPE_INT4) {
        return unpack_int4(reader, data, size, tensor);
    }
    if (dtype_size(tensor->type) == 0) {
        tensor->data = data; /* no operator takes it; it is known as constant */
        return true;
    }
    const size_t needed = tensor_size(tensor);
    if (size != needed) {
        return fail_size(reader, tensor, size, needed);
    }
    tensor->data = place_data(reader, data, size, number_size(tensor->type));
    return tensor->data != NULL;
}

bool read_tensor(struct reader *reader, const struct fb_table *table,
                 struct tensor *tensor, bool *failed) {
    const uint8_t type = fb_u8(table, TENSOR_TYPE, 0);
    tensor->name = fb_string(table, TENSOR_NAME);
    if (tensor->name == NULL) {
        return false;
    }
    tensor->is_variable = fb_bool(table, TENSOR_IS_VARIABLE, false);
    bool ok = true;
    if (type < DTYPE_COUNT) {
        tensor->type = (enum dtype)type;
    } else {
        ok = TENSOR_FAIL(reader, tensor, "type is %u, the greatest known is %d",
                         (unsigned)type, DTYPE_COUNT - 1);
    }
    if (fb_has(table, TENSOR_SPARSITY)) {
        ok = TENSOR_FAIL(reader, tensor,
                         "is sparse, dense tensors alone are supported");
    }
    /* Quantisation and data lean on type and shape. */
    if (ok && read_shape(reader, table, tensor)) {
        ok = read_quantization(reader, table, tensor);
        ok = read_data(reader, table, tensor) && ok;
    } else {
        ok = false;
    }
    *failed = !ok;
    return reader_ok(reader);
}
