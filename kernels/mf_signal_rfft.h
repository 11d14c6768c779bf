/* SignalRfft, SignalIrfft: the spectrum of real numbers (integers: divided by
 * its length) and back. */
#ifndef MF_SIGNAL_RFFT_H
#define MF_SIGNAL_RFFT_H

#include "mf_signal.h"

typedef struct mf_signal_rfft {
    mf_index batches, samples; /* what lies past the samples is 0 */
    mf_index half;             /* complex numbers: half of the length */
    mf_index stages;
    mf_index radix[8]; /* from the first stage that is computed on */
} mf_signal_rfft;

#endif
