/* What SignalRfft and SignalIrfft share. */
#ifndef OP_SIGNAL_FFT_H
#define OP_SIGNAL_FFT_H

#include "op/op.h"

struct fft_attributes {
    int32_t type; /* of the samples, as the schema numbers it */
    int32_t fft_length;
};

extern const struct field fft_attribute_fields[];

bool fft_read(struct context *context, struct flexbuffer *options,
              struct node *node);

/* Types, length, and that the output's last dimension is `size`. */
bool fft_infer(struct context *context, struct node *node, int32_t size);

/* Scratch of fft_length numbers. */
void fft_memory(const struct node *node, struct op_memory *memory);
uint64_t fft_steps(const struct node *node);

/* Kernels by type. */
struct fft_kernels {
    const struct kernel *s16, *s32, *f32;
};

/* `samples` of the length are there, in each of so many batches. */
bool fft_lower(struct lowering *lowering, const struct fft_kernels *kernels,
               int32_t samples, bool inverse);

/* A kernel mf_signal_NAME_TYPE of the header mf_fft_TYPE.h, run by run_TYPE(),
 * which this defines. */
#define FFT_KERNEL(transform, type)                                            \
    static void run_##type(const void *params, void *const operand[]) {        \
        mf_signal_##transform##_##type(params, operand[0], operand[1],         \
                                       operand[2], operand[3], operand[4]);    \
    }                                                                          \
    static const struct kernel kernel_##type = {                               \
        .name = "mf_signal_" #transform "_" #type,                             \
        .header = "mf_fft_" #type ".h",                                        \
        .params = "mf_signal_rfft",                                            \
        .params_size = sizeof(mf_signal_rfft),                                 \
        .fields = fft_param_fields,                                            \
        .run = run_##type,                                                     \
    };

extern const struct field fft_param_fields[];

#endif
