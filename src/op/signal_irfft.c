/* SignalIrfft: samples from their spectrum. */
#include "mf_fft_f32.h"
#include "mf_fft_s16.h"
#include "mf_fft_s32.h"
#include "op/op.h"
#include "op/signal.h"
#include "op/signal_fft.h"

static bool infer(struct context *context, struct node *node) {
    const struct fft_attributes *attributes = node->attributes;
    int32_t size = signal_length(node->input[0]);
    if (!fft_infer(context, node, attributes->fft_length)) {
        return false;
    }
    return size == attributes->fft_length + 2 ||
           node_fail(context, node,
                     "the spectrum has %d numbers, fft_length is %d, which "
                     "takes %d",
                     (int)size, (int)attributes->fft_length,
                     (int)attributes->fft_length + 2);
}

FFT_KERNEL(irfft, s16)
FFT_KERNEL(irfft, s32)
FFT_KERNEL(irfft, f32)

static bool lower(struct lowering *lowering) {
    const struct fft_attributes *attributes = lowering->node->attributes;
    static const struct fft_kernels kernels = {&kernel_s16, &kernel_s32,
                                               &kernel_f32};
    return fft_lower(lowering, &kernels, attributes->fft_length, true);
}

const struct op_def op_signal_irfft = {
    .name = "SignalIrfft",
    .tflite_code = TFLITE_CODE_CUSTOM,
    .types =
        TYPE_BIT(DTYPE_INT16) | TYPE_BIT(DTYPE_INT32) | TYPE_BIT(DTYPE_FLOAT32),
    .notes = "a length that is a power of two",
    .inputs = {1, 1},
    .outputs = {1, 1},
    .attributes_size = sizeof(struct fft_attributes),
    .attributes = fft_attribute_fields,
    .read_custom = fft_read,
    .infer = infer,
    .memory = fft_memory,
    .lower = lower,
    .steps = fft_steps,
};
