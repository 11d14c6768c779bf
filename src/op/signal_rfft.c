/* SignalRfft: the spectrum of samples, of a length that is a power of two; of
 * integers by the reference's fixed-point transform. */
#include "mf_fft_f32.h"
#include "mf_fft_s16.h"
#include "mf_fft_s32.h"
#include "op/op.h"
#include "op/signal.h"
#include "op/signal_fft.h"

static bool infer(struct context *context, struct node *node) {
    const struct fft_attributes *attributes = node->attributes;
    int32_t samples = signal_length(node->input[0]);
    if (!fft_infer(context, node, attributes->fft_length + 2)) {
        return false;
    }
    return samples <= attributes->fft_length ||
           node_fail(context, node, "there are %d samples, fft_length is %d",
                     (int)samples, (int)attributes->fft_length);
}

FFT_KERNEL(rfft, s16)
FFT_KERNEL(rfft, s32)
FFT_KERNEL(rfft, f32)

static bool lower(struct lowering *lowering) {
    static const struct fft_kernels kernels = {&kernel_s16, &kernel_s32,
                                               &kernel_f32};
    return fft_lower(lowering, &kernels,
                     signal_length(lowering->node->input[0]), false);
}

const struct op_def op_signal_rfft = {
    .name = "SignalRfft",
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
