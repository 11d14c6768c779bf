/* What a self-test on the target must find: the layers' results for one input,
 * computed on the host. */
#ifndef RUN_SELFTEST_H
#define RUN_SELFTEST_H

#include "plan/plan.h"

/* Of a tensor that a layer computes. */
struct tensor_check {
    bool is_checked;
    uint32_t crc; /* CRC-32 of its elements, little-endian */
};

/* Runs one inference from reset on the input that mf_crc.h defines; `checks`
 * are by tensor id.  Checked is what stands whole when its layer, or its
 * stream, is done, and follows from integers alone: floats differ in their last
 * bits from compiler to compiler.  False with a message if nothing is, if an
 * operator is the program's, or if memory is out. */
bool selftest_make(struct context *context, const struct plan *plan,
                   const struct tensor_check **checks);

#endif
