/* SLICE and STRIDED_SLICE: the elements that begin, end, stride and the masks
 * speak of, listed one by one as Python does it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "movement.h"

/* Holds the result to the input's elements pick[d][0..count[d]) of every
 * dimension. */
enum { MAX_PICK = 16 };
struct picks {
    int rank;
    int32_t count[WRITER_MAX_RANK], pick[WRITER_MAX_RANK][MAX_PICK];
};

static void check_picks(const struct picks *picks,
                        const struct writer_tensor *input, const void *data,
                        const void *result) {
    struct writer_tensor kept = {.type = input->type, .rank = picks->rank};
    memcpy(kept.dims, picks->count, sizeof kept.dims);
    int32_t o[WRITER_MAX_RANK] = {0}, i[WRITER_MAX_RANK];
    do {
        for (int d = 0; d < picks->rank; d++) {
            i[d] = picks->pick[d][o[d]];
        }
        assert_memory_equal(element(&kept, result, o), element(input, data, i),
                            (size_t)type_size(input->type));
    } while (next_index(&kept, o));
}

static void test_slice(void **state) {
    (void)state;
    struct random random = {7};
    for (int trial = 0; trial < 300; trial++) {
        struct test_op op = {.code = TFLITE_SLICE,
                             .options = options_empty(TFLITE_OPTIONS_SLICE),
                             .input_count = 3,
                             .output_count = 1};
        struct writer_tensor *input = &op.input[0];
        struct picks picks = {0};
        int32_t begin[WRITER_MAX_RANK], size[WRITER_MAX_RANK];
        input->type = random_type(&random);
        random_shape(&random, 1, 6, input);
        op.output[0] = *input;
        picks.rank = input->rank;
        for (int d = 0; d < input->rank; d++) {
            int32_t length = input->dims[d];
            begin[d] = random_int(&random, 0, length - 1);
            size[d] = random_int(&random, 1, length - begin[d]);
            picks.count[d] = op.output[0].dims[d] = size[d];
            for (int32_t k = 0; k < size[d]; k++) {
                picks.pick[d][k] = begin[d] + k;
            }
            if (begin[d] + size[d] == length && random_int(&random, 0, 1)) {
                size[d] = -1;
            }
        }
        op.input[1] = (struct writer_tensor)INT32_VECTOR(begin, input->rank);
        op.input[2] = (struct writer_tensor)INT32_VECTOR(size, input->rank);
        void *data[3] = {random_input(&random, &op, 0)};
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, data);
        check_picks(&picks, input, data[0], model_output(model, 0));
        model_free(model);
        free(data[0]);
    }
}

/* One entry of a STRIDED_SLICE on a dimension; returns how many elements. */
struct entry {
    int32_t begin, end, stride;
    bool begin_mask, end_mask, shrink, offset;
};

static int32_t list(const struct entry *entry, int32_t length,
                    int32_t pick[MAX_PICK]) {
    int32_t count = 0, step = entry->stride;
    int32_t first = step > 0 ? 0 : length - 1;
    int32_t k = entry->begin < 0 ? entry->begin + length : entry->begin;
    if (entry->begin_mask || (step > 0 && k < 0) || (step < 0 && k >= length)) {
        k = first;
    }
    if (step > 0 && k > length) {
        k = length;
    }
    if (step < 0 && k < -1) {
        k = -1;
    }
    if (entry->shrink) {
        pick[0] = k;
        return step > 0 && k < length;
    }
    int32_t stop = entry->end + (entry->offset ? k : 0);
    stop += stop < 0 ? length : 0;
    if (entry->end_mask) {
        stop = step > 0 ? length : -1;
    }
    for (; k >= 0 && k < length && (step > 0 ? k < stop : k > stop);
         k += step) {
        pick[count++] = k;
    }
    return count;
}

static struct entry random_entry(struct random *random, int32_t length,
                                 bool offset) {
    struct entry entry = {.begin = random_int(random, -length - 2, length + 1),
                          .end = random_int(random, -length - 2, length + 2),
                          .stride = random_int(random, -3, 2),
                          .begin_mask = random_int(random, 0, 2) == 0,
                          .end_mask = random_int(random, 0, 2) == 0,
                          .shrink = random_int(random, 0, 4) == 0,
                          .offset = offset};
    entry.stride += entry.stride >= 0;
    return entry;
}

struct strided {
    int32_t begin[16], end[16], stride[16];
    int32_t begin_mask, end_mask, ellipsis_mask, new_axis_mask, shrink_mask;
    int count;
};

static void add_entry(struct strided *s, const struct entry *entry) {
    int i = s->count++;
    s->begin[i] = entry->begin;
    s->end[i] = entry->end;
    s->stride[i] = entry->stride;
    s->begin_mask |= entry->begin_mask << i;
    s->end_mask |= entry->end_mask << i;
    s->shrink_mask |= entry->shrink << i;
}

/* Dimension d as a whole, without an entry. */
static void pick_whole(struct picks *picks, struct writer_tensor *output, int d,
                       int32_t length) {
    picks->count[d] = length;
    for (int32_t k = 0; k < length; k++) {
        picks->pick[d][k] = k;
    }
    output->dims[output->rank++] = length;
}

/* Entries for all dimensions of the input; what they pick and the shape. */
static void random_entries(struct random *random, bool offset,
                           const struct writer_tensor *input, struct strided *s,
                           struct picks *picks, struct writer_tensor *output) {
    int ellipsis = random_int(random, -4, input->rank); /* before dimension */
    int hidden = random_int(random, 0, 2);              /* dimensions in it */
    bool explicit_end = random_int(random, 0, 3) != 0;
    picks->rank = input->rank;
    for (int d = 0; d <= input->rank; d++) {
        struct entry any = random_entry(random, 3, offset);
        while (output->rank + input->rank - d < 6 &&
               random_int(random, 0, 4) == 0) {
            /* What else is said of a new axis has no meaning. */
            s->new_axis_mask |= 1 << s->count;
            output->dims[output->rank++] = 1;
            add_entry(s, &any);
        }
        if (d == ellipsis) {
            s->ellipsis_mask |= 1 << s->count;
            s->new_axis_mask |= random_int(random, 0, 1) << s->count;
            add_entry(s, &any);
            for (; hidden > 0 && d < input->rank; hidden--, d++) {
                pick_whole(picks, output, d, input->dims[d]);
            }
        } else if (d == input->rank - 1 && ellipsis < 0 && !explicit_end) {
            pick_whole(picks, output, d, input->dims[d]);
            return;
        }
        if (d == input->rank) {
            return;
        }
        struct entry entry;
        do {
            entry = random_entry(random, input->dims[d], offset);
            picks->count[d] = list(&entry, input->dims[d], picks->pick[d]);
        } while (picks->count[d] == 0);
        add_entry(s, &entry);
        if (!entry.shrink) {
            output->dims[output->rank++] = picks->count[d];
        }
    }
}

static void test_strided_slice(void **state) {
    (void)state;
    struct random random = {8};
    for (int trial = 0; trial < 2000; trial++) {
        struct test_op op = {
            .code = TFLITE_STRIDED_SLICE, .input_count = 4, .output_count = 1};
        struct writer_tensor *input = &op.input[0];
        struct strided s = {.count = 0};
        struct picks picks = {0};
        bool offset = random_int(&random, 0, 3) == 0;
        input->type = random_type(&random);
        random_shape(&random, 1, 5, input);
        op.output[0].type = input->type;
        random_entries(&random, offset, input, &s, &picks, &op.output[0]);
        if (s.count == 0) {
            continue; /* nothing said: no vectors of 0 elements */
        }
        op.options =
            options_strided_slice(s.begin_mask, s.end_mask, s.ellipsis_mask,
                                  s.new_axis_mask, s.shrink_mask, offset);
        op.input[1] = (struct writer_tensor)INT32_VECTOR(s.begin, s.count);
        op.input[2] = (struct writer_tensor)INT32_VECTOR(s.end, s.count);
        op.input[3] = (struct writer_tensor)INT32_VECTOR(s.stride, s.count);
        void *data[4] = {random_input(&random, &op, 0)};
        struct test_model *model = model_from_op(&op);
        model_expect_ok(model);
        run_movement(model, &op, data);
        check_picks(&picks, input, data[0], model_output(model, 0));
        model_free(model);
        free(data[0]);
    }
}

static const int32_t begin[] = {0, 1}, end[] = {2, 3}, ones[] = {1, 1};

static struct test_op strided(void) {
    return (struct test_op){
        .code = TFLITE_STRIDED_SLICE,
        .options = options_strided_slice(0, 0, 0, 0, 0, false),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4, 5)},
                  INT32_VECTOR(begin, 2),
                  INT32_VECTOR(end, 2),
                  INT32_VECTOR(ones, 2)},
        .input_count = 4,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 2)}},
        .output_count = 1};
}

#define STRIDED "op 0 STRIDED_SLICE \"output\": "

static void test_bad_strided_slice(void **state) {
    (void)state;
    struct test_op op = strided();
    op.output[0].dims[0] = 3;
    op_expect_message(&op, STRIDED "output 0 is declared 3x2, its inputs give "
                                   "2x2");
    op = strided();
    op.input[3].data = (const int32_t[]){1, 0};
    op_expect_message(&op, STRIDED "stride 1 is 0, it must not be");
    op = strided();
    op.input[1].data = end;
    op_expect_message(&op, STRIDED "nothing of dimension 0 is taken, which is "
                                   "4 long: begin 2, end 2, stride 1");
    op = strided();
    op.options = options_strided_slice(0, 0, 3, 0, 0, false);
    op_expect_message(&op, STRIDED "ellipsis_mask is 0x3, at most one bit may "
                                   "be set");
    op = strided();
    op.input[0].rank = 1;
    op_expect_message(&op, STRIDED "begin speaks of 2 dimensions, the input "
                                   "has 1");
    op = strided();
    op.input[0].rank = 6;
    for (int d = 2; d < 6; d++) {
        op.input[0].dims[d] = 1;
    }
    op.options = options_strided_slice(0, 0, 0, 1, 0, false);
    op_expect_message(&op, STRIDED "the result has 7 dimensions, at most 6 are "
                                   "allowed");
    op = strided();
    op.options = options_strided_slice(0, 0, 0, 0, 1, false);
    op.input[3].data = (const int32_t[]){-1, 1};
    op_expect_message(&op, STRIDED "stride 0 is -1, it must be over 0 where "
                                   "the axis is dropped");
    op = strided();
    op.options = options_strided_slice(0, 0, 0, 0, 1, false);
    op.input[1].data = (const int32_t[]){4, 1};
    op_expect_message(&op, STRIDED "nothing of dimension 0 is taken, which is "
                                   "4 long: begin 4, end 4, stride 1");
    op = strided();
    op.input[2].data = NULL;
    op_expect_message(&op, STRIDED "end \"input2\" is computed at run time, it "
                                   "must be constant");
    op = strided();
    op.input[2].dims[0] = 1;
    op_expect_message(&op, STRIDED "end shape is 1, it must have 2 values");
    op = strided();
    static const int32_t many[14];
    op.input[1] = (struct writer_tensor)INT32_VECTOR(many, 14);
    op_expect_message(&op,
                      STRIDED "begin has 14 values, at most 13 are allowed");
}

/* Numbers beyond every dimension mean its ends. */
static void test_extreme(void **state) {
    (void)state;
    struct test_op op = strided();
    static const int64_t from[] = {INT64_MIN, INT64_MAX};
    static const int64_t to[] = {INT64_MAX, INT64_MIN};
    static const int64_t step[] = {INT64_MAX, INT64_MIN};
    for (int i = 1; i < 4; i++) {
        op.input[i].type = TFLITE_TYPE_INT64;
        op.input[i].data = i == 1 ? from : i == 2 ? to : step;
    }
    op.output[0].dims[0] = op.output[0].dims[1] = 1;
    struct test_model *model = model_from_op(&op);
    model_expect_ok(model);
    memset(model_input(model, 0), 0, 20);
    ((int8_t *)model_input(model, 0))[4] = 7; /* first row, last column */
    model_run(model);
    assert_int_equal(*(const int8_t *)model_output(model, 0), 7);
    model_free(model);
}

static void test_bad_slice(void **state) {
    (void)state;
    struct test_op op = {
        .code = TFLITE_SLICE,
        .options = options_empty(TFLITE_OPTIONS_SLICE),
        .input = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(4, 5)},
                  INT32_VECTOR(begin, 2),
                  INT32_VECTOR(end, 2)},
        .input_count = 3,
        .output = {{.type = TFLITE_TYPE_INT8, WRITER_SHAPE(2, 3)}},
        .output_count = 1};
    struct test_op good = op;
    op.input[1].data = (const int32_t[]){4, 1};
    op_expect_message(&op, "op 0 SLICE \"output\": begin 0 is 4, it must lie "
                           "within 0..3");
    op = good;
    op.input[2].data = (const int32_t[]){2, 5};
    op_expect_message(&op, "op 0 SLICE \"output\": size 1 is 5, it must lie "
                           "within 1..4, or be -1 for what is left");
    op = good;
    op.input[1].data = NULL;
    op_expect_message(&op, "op 0 SLICE \"output\": begin \"input1\" is "
                           "computed at run time, it must be constant");
    op = good;
    op.output[0].type = TFLITE_TYPE_UINT8;
    op_expect_message(&op, "op 0 SLICE \"output\": output type is UINT8, it "
                           "must be input's, INT8");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slice), cmocka_unit_test(test_strided_slice),
        cmocka_unit_test(test_extreme), cmocka_unit_test(test_bad_slice),
        cmocka_unit_test(test_bad_strided_slice)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
