/* The FlatBuffer reader on well-formed buffers, and on every way that one can
 * lead outside the file. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "allocate.h"
#include "flatbuffer_builder.h"
#include "read/flatbuffer.h"

enum {
    FIELD_I8,
    FIELD_U8,
    FIELD_I32,
    FIELD_U32,
    FIELD_U64,
    FIELD_F32,
    FIELD_TABLE,
    FIELD_I32S,
    FIELD_I64S,
    FIELD_F32S,
    FIELD_TABLES,
    FIELD_STRING,
    FIELD_BYTES,
    FIELD_ABSENT,
    FIELD_PAST_VTABLE
};

/* A buffer of every kind of field, and where its parts stand. */
struct sample {
    uint8_t *data;
    size_t size;
    size_t root, vtable, sub, i32s, tables, string;
};

static struct sample make_sample(void) {
    static const int32_t i32s[] = {1, -2, INT32_MIN};
    static const int64_t i64s[] = {INT64_MIN, -1};
    static const float f32s[] = {0.5f, -1e30f};
    struct builder builder;
    struct builder_table root = {0}, sub = {0};
    struct sample sample = {0};
    builder_start(&builder, "TFL3");
    builder_scalar(&root, FIELD_I8, 1, 0x80);
    builder_scalar(&root, FIELD_U8, 1, 200);
    builder_scalar(&root, FIELD_I32, 4, 0xfffffffe);
    builder_scalar(&root, FIELD_U32, 4, 0xfffffffe);
    builder_scalar(&root, FIELD_U64, 8, UINT64_C(0x0123456789abcdef));
    builder_f32(&root, FIELD_F32, -0.75f);
    for (int field = FIELD_TABLE; field <= FIELD_BYTES; field++) {
        builder_reference(&root, field);
    }
    builder_scalar(&root, FIELD_ABSENT, 1, 0);
    sample.root = builder_put_table(&builder, &root);
    builder_link_root(&builder, sample.root);
    builder_scalar(&sub, 0, 4, 77);
    sample.sub = builder_put_table(&builder, &sub);
    builder_link(&builder, &root, FIELD_TABLE, sample.sub);
    sample.i32s = builder_put_i32s(&builder, i32s, 3);
    builder_link(&builder, &root, FIELD_I32S, sample.i32s);
    builder_link(&builder, &root, FIELD_I64S,
                 builder_put_i64s(&builder, i64s, 2));
    builder_link(&builder, &root, FIELD_F32S,
                 builder_put_f32s(&builder, f32s, 2));
    sample.tables = builder_put_references(&builder, 2);
    builder_link(&builder, &root, FIELD_TABLES, sample.tables);
    for (size_t i = 0; i < 2; i++) {
        builder_scalar(&sub, 0, 4, 100 + i);
        builder_link_element(&builder, sample.tables, i,
                             builder_put_table(&builder, &sub));
    }
    sample.string = builder_put_string(&builder, "na\nme \x7f \xc3\xa9");
    builder_link(&builder, &root, FIELD_STRING, sample.string);
    builder_link(&builder, &root, FIELD_BYTES,
                 builder_put_vector(&builder, "abc", 3, 1, 1));
    /* Exactly its size, so that a sanitizer sees an access outside. */
    sample.size = builder.size;
    sample.data = duplicate(builder.data, builder.size);
    builder_free(&builder);
    /* The vtable slot of FIELD_ABSENT is emptied. */
    sample.vtable = sample.root - (size_t)sample.data[sample.root];
    sample.data[sample.vtable + 4 + 2 * FIELD_ABSENT] = 0;
    sample.data[sample.vtable + 5 + 2 * FIELD_ABSENT] = 0;
    return sample;
}

static void put_u32(const struct sample *sample, size_t at, uint32_t value) {
    for (size_t i = 0; i < 4; i++) {
        sample->data[at + i] = (uint8_t)(value >> (8 * i));
    }
}

static void put_u16(const struct sample *sample, size_t at, uint16_t value) {
    sample->data[at] = (uint8_t)value;
    sample->data[at + 1] = (uint8_t)(value >> 8);
}

/* Where field `field` of the root stands. */
static size_t field_at(const struct sample *sample, int field) {
    const uint8_t *slot = sample->data + sample->vtable + 4 + 2 * field;
    return sample->root + slot[0] + (size_t)slot[1] * 256;
}

/* Reads everything that the sample has; what it sums up to is of no matter. */
static bool read_all(struct context *context, const uint8_t *data,
                     size_t size) {
    struct flatbuffer buffer;
    struct fb_table root;
    if (!fb_open(&buffer, context, data, size, "TFL3", &root)) {
        return false;
    }
    fb_i8(&root, FIELD_I8, 0);
    fb_u8(&root, FIELD_U8, 0);
    fb_i32(&root, FIELD_I32, 0);
    fb_u32(&root, FIELD_U32, 0);
    fb_u64(&root, FIELD_U64, 0);
    fb_f32(&root, FIELD_F32, 0);
    struct fb_table sub = fb_sub(&root, FIELD_TABLE);
    fb_i32(&sub, 0, 0);
    struct fb_vector vector = fb_vector(&root, FIELD_I32S, 4);
    for (uint32_t i = 0; i < vector.count; i++) {
        fb_vector_i32(&vector, i);
    }
    vector = fb_vector(&root, FIELD_I64S, 8);
    for (uint32_t i = 0; i < vector.count; i++) {
        fb_vector_i64(&vector, i);
    }
    vector = fb_vector(&root, FIELD_F32S, 4);
    for (uint32_t i = 0; i < vector.count; i++) {
        fb_vector_f32(&vector, i);
    }
    vector = fb_vector(&root, FIELD_TABLES, 4);
    for (uint32_t i = 0; i < vector.count; i++) {
        sub = fb_vector_table(&vector, i);
        fb_i32(&sub, 0, 0);
    }
    assert_non_null(fb_string(&root, FIELD_STRING));
    vector = fb_bytes(&root, FIELD_BYTES);
    unsigned sum = 0;
    for (uint32_t i = 0; i < vector.count; i++) {
        sum += data[vector.position + i];
    }
    assert_true(sum < 256 * 65536u);
    fb_bool(&root, FIELD_ABSENT, true);
    fb_has(&root, FIELD_PAST_VTABLE);
    return !buffer.failed;
}

static void free_sample(struct sample *sample) {
    free(sample->data);
    sample->data = NULL;
}

/* Reading the sample fails with this message alone; frees it. */
static void expect_fault(struct sample *sample, const char *format, ...) {
    struct context context = {.file = "x.tflite"};
    char expected[256];
    int used =
        snprintf(expected, sizeof expected, "x.tflite: not a TFLite model: ");
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(expected + used, sizeof expected - (size_t)used, format,
              arguments);
    va_end(arguments);
    assert_false(read_all(&context, sample->data, sample->size));
    assert_int_equal(context.message_count, 1);
    assert_string_equal(context.first->text, expected);
    arena_free(&context.arena);
    free_sample(sample);
}

static void test_fields(void **state) {
    (void)state;
    struct sample sample = make_sample();
    struct context context = {.file = "x.tflite"};
    struct flatbuffer buffer;
    struct fb_table root;
    assert_true(
        fb_open(&buffer, &context, sample.data, sample.size, "TFL3", &root));
    assert_int_equal(fb_i8(&root, FIELD_I8, 5), -128);
    assert_int_equal(fb_u8(&root, FIELD_U8, 5), 200);
    assert_int_equal(fb_i32(&root, FIELD_I32, 5), -2);
    assert_true(fb_u32(&root, FIELD_U32, 5) == 0xfffffffe);
    assert_true(fb_u64(&root, FIELD_U64, 5) == UINT64_C(0x0123456789abcdef));
    assert_true(fb_f32(&root, FIELD_F32, 5) == -0.75f);
    assert_true(fb_bool(&root, FIELD_U8, false));

    struct fb_table sub = fb_sub(&root, FIELD_TABLE);
    assert_int_equal(fb_i32(&sub, 0, 5), 77);
    struct fb_vector vector = fb_vector(&root, FIELD_I32S, 4);
    assert_int_equal(vector.count, 3);
    assert_int_equal(fb_vector_i32(&vector, 1), -2);
    assert_true(fb_vector_i32(&vector, 2) == INT32_MIN);
    vector = fb_vector(&root, FIELD_I64S, 8);
    assert_int_equal(vector.count, 2);
    assert_true(fb_vector_i64(&vector, 0) == INT64_MIN);
    vector = fb_vector(&root, FIELD_F32S, 4);
    assert_true(fb_vector_f32(&vector, 1) == -1e30f);
    vector = fb_vector(&root, FIELD_TABLES, 4);
    assert_int_equal(vector.count, 2);
    sub = fb_vector_table(&vector, 1);
    assert_int_equal(fb_i32(&sub, 0, 5), 101);
    vector = fb_bytes(&root, FIELD_BYTES);
    assert_int_equal(vector.count, 3);
    assert_memory_equal(sample.data + vector.position, "abc", 3);
    assert_string_equal(fb_string(&root, FIELD_STRING), "na?me ? \xc3\xa9");
    assert_false(buffer.failed);
    assert_null(context.first);
    arena_free(&context.arena);
    free_sample(&sample);
}

/* All of these give their defaults, and are no fault. */
static void read_absent(const struct fb_table *table, int field) {
    assert_false(fb_has(table, field));
    assert_true(fb_bool(table, field, true));
    assert_int_equal(fb_i8(table, field, -5), -5);
    assert_int_equal(fb_u8(table, field, 5), 5);
    assert_int_equal(fb_i32(table, field, -6), -6);
    assert_int_equal(fb_u32(table, field, 6), 6);
    assert_int_equal(fb_u64(table, field, 7), 7);
    assert_true(fb_f32(table, field, 1.5f) == 1.5f);
    assert_int_equal(fb_sub(table, field).position, 0);
    assert_int_equal(fb_vector(table, field, 4).count, 0);
    assert_int_equal(fb_bytes(table, field).count, 0);
    assert_string_equal(fb_string(table, field), "");
}

static void test_absent(void **state) {
    (void)state;
    struct sample sample = make_sample();
    struct context context = {.file = "x.tflite"};
    struct flatbuffer buffer;
    struct fb_table root;
    assert_true(
        fb_open(&buffer, &context, sample.data, sample.size, "TFL3", &root));
    read_absent(&root, FIELD_ABSENT);
    read_absent(&root, FIELD_PAST_VTABLE);
    const struct fb_table absent = fb_sub(&root, FIELD_ABSENT);
    read_absent(&absent, 0);
    assert_false(buffer.failed);
    assert_null(context.first);
    arena_free(&context.arena);
    free_sample(&sample);
}

static void test_header(void **state) {
    (void)state;
    struct sample sample = make_sample();
    sample.size = 0;
    expect_fault(&sample, "the file is empty");

    sample = make_sample();
    sample.size = 7;
    expect_fault(&sample, "the file has 7 bytes, its header alone takes 8");

    sample = make_sample();
    sample.data[4] = 0x01;
    sample.data[7] = '4';
    expect_fault(&sample,
                 "identifier is \"?FL4\", a TFLite model has \"TFL3\"");

    sample = make_sample();
    put_u32(&sample, 0, 4);
    expect_fault(&sample, "root table is at byte 4, inside the header");

    sample = make_sample();
    put_u32(&sample, 0, 4096);
    expect_fault(&sample,
                 "table at byte 4096 lies outside the file (%zu bytes)",
                 sample.size);

    sample = make_sample();
    put_u32(&sample, 0, UINT32_MAX);
    expect_fault(&sample,
                 "table at byte 4294967295 lies outside the file (%zu bytes)",
                 sample.size);
}

static void test_tables(void **state) {
    (void)state;
    struct sample sample = make_sample();
    put_u32(&sample, sample.root, UINT32_MAX - 9999); /* -10000 */
    expect_fault(&sample,
                 "vtable of the table at byte %zu is at byte %zu, outside the "
                 "file (%zu bytes)",
                 sample.root, sample.root + 10000, sample.size);

    sample = make_sample();
    put_u32(&sample, sample.root, (uint32_t)sample.root + 1);
    expect_fault(&sample,
                 "vtable of the table at byte %zu is at byte -1, outside the "
                 "file (%zu bytes)",
                 sample.root, sample.size);

    sample = make_sample();
    put_u16(&sample, sample.vtable, 3);
    expect_fault(&sample,
                 "vtable at byte %zu has 3 bytes, an even number of at least 4 "
                 "is needed",
                 sample.vtable);

    sample = make_sample();
    put_u16(&sample, sample.vtable, 0xfffe);
    expect_fault(&sample,
                 "vtable of 65534 bytes at byte %zu reaches outside the file "
                 "(%zu bytes)",
                 sample.vtable, sample.size);

    sample = make_sample();
    put_u16(&sample, sample.vtable + 2, 2);
    expect_fault(&sample,
                 "table at byte %zu has 2 bytes, at least 4 are needed",
                 sample.root);

    sample = make_sample();
    put_u16(&sample, sample.vtable + 2, 0xffff);
    expect_fault(&sample,
                 "table of 65535 bytes at byte %zu reaches outside the file "
                 "(%zu bytes)",
                 sample.root, sample.size);
}

static void test_field_positions(void **state) {
    (void)state;
    struct sample sample = make_sample();
    const unsigned table_size = sample.data[sample.vtable + 2];
    put_u16(&sample, sample.vtable + 4 + 2 * FIELD_I32, 3);
    expect_fault(&sample,
                 "field 2 of the table at byte %zu is at its byte 3, outside "
                 "the table (%u bytes)",
                 sample.root, table_size);

    /* The last byte is within the table, the three after it are not. */
    sample = make_sample();
    put_u16(&sample, sample.vtable + 4 + 2 * FIELD_I32,
            (uint16_t)(table_size - 1));
    expect_fault(&sample,
                 "field 2 of the table at byte %zu is at its byte %u, outside "
                 "the table (%u bytes)",
                 sample.root, table_size - 1, table_size);
}

static void test_references(void **state) {
    (void)state;
    struct sample sample = make_sample();
    size_t at = field_at(&sample, FIELD_TABLE);
    put_u32(&sample, at, 0);
    expect_fault(&sample, "offset at byte %zu is 0", at);

    sample = make_sample();
    put_u32(&sample, at, UINT32_MAX);
    expect_fault(&sample,
                 "table at byte %llu lies outside the file (%zu bytes)",
                 (unsigned long long)at + UINT32_MAX, sample.size);

    sample = make_sample();
    at = field_at(&sample, FIELD_I32S);
    put_u32(&sample, at, (uint32_t)(sample.size - at - 3));
    expect_fault(&sample,
                 "vector at byte %zu lies outside the file (%zu bytes)",
                 sample.size - 3, sample.size);

    sample = make_sample();
    put_u32(&sample, sample.i32s, UINT32_MAX);
    expect_fault(&sample,
                 "vector of 4294967295 elements of 4 bytes at byte %zu reaches "
                 "outside the file (%zu bytes)",
                 sample.i32s, sample.size);

    sample = make_sample();
    put_u32(&sample, sample.tables + 4, 0);
    expect_fault(&sample, "offset at byte %zu is 0", sample.tables + 4);

    sample = make_sample();
    put_u32(&sample, sample.string, 1000000);
    expect_fault(&sample,
                 "vector of 1000000 elements of 1 bytes at byte %zu reaches "
                 "outside the file (%zu bytes)",
                 sample.string, sample.size);
}

/* A vector whose elements are all one table cannot be followed for ever. */
static void test_budget(void **state) {
    (void)state;
    struct sample sample = make_sample();
    struct context context = {.file = "x.tflite"};
    struct flatbuffer buffer;
    struct fb_table root;
    assert_true(
        fb_open(&buffer, &context, sample.data, sample.size, "TFL3", &root));
    size_t opened = 0;
    while (fb_vector(&root, FIELD_I64S, 8).count == 2) {
        opened++;
    }
    assert_true(opened > 0 && opened <= sample.size);
    assert_int_equal(fb_vector(&root, FIELD_I64S, 8).count, 0);
    assert_int_equal(context.message_count, 1);
    assert_string_equal(
        context.first->text,
        "x.tflite: not a TFLite model: so many of its parts share their bytes "
        "that reading them takes more than 16 times the file");
    /* After a fault every read gives its default. */
    assert_int_equal(fb_i32(&root, FIELD_I32, 5), 5);
    assert_int_equal(fb_sub(&root, FIELD_TABLE).position, 0);
    assert_false(fb_charge(&buffer, 0));
    arena_free(&context.arena);
    free_sample(&sample);
}

static void test_truncation(void **state) {
    (void)state;
    struct sample sample = make_sample();
    for (size_t size = 0; size < sample.size; size++) {
        struct context context = {.file = "x.tflite"};
        uint8_t *data = duplicate(sample.data, size);
        const bool ok = read_all(&context, data, size);
        assert_true(ok == (context.message_count == 0));
        /* All but the zero and the padding behind the last vector. */
        assert_true(!ok || size + 4 > sample.size);
        arena_free(&context.arena);
        free(data);
    }
    free_sample(&sample);
}

static void test_mutation(void **state) {
    (void)state;
    static const uint8_t values[] = {0, 1, 2, 3, 4, 0x7f, 0x80, 0xfe, 0xff};
    struct sample sample = make_sample();
    for (size_t at = 0; at < sample.size; at++) {
        const uint8_t before = sample.data[at];
        for (size_t i = 0; i < sizeof values; i++) {
            struct context context = {.file = "x.tflite"};
            sample.data[at] = values[i];
            const bool ok = read_all(&context, sample.data, sample.size);
            assert_int_equal(context.message_count, ok ? 0 : 1);
            arena_free(&context.arena);
        }
        sample.data[at] = before;
    }
    free_sample(&sample);
}

/* Alignment is not assumed: the same at every address. */
static void test_alignment(void **state) {
    (void)state;
    struct sample sample = make_sample();
    for (size_t shift = 0; shift < 8; shift++) {
        struct context context = {.file = "x.tflite"};
        uint8_t *data = allocate(sample.size + shift, 1);
        memcpy(data + shift, sample.data, sample.size);
        assert_true(read_all(&context, data + shift, sample.size));
        arena_free(&context.arena);
        free(data);
    }
    free_sample(&sample);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fields),
        cmocka_unit_test(test_absent),
        cmocka_unit_test(test_header),
        cmocka_unit_test(test_tables),
        cmocka_unit_test(test_field_positions),
        cmocka_unit_test(test_references),
        cmocka_unit_test(test_budget),
        cmocka_unit_test(test_truncation),
        cmocka_unit_test(test_mutation),
        cmocka_unit_test(test_alignment),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
