/* LOGICAL_AND and LOGICAL_OR of booleans. */
#ifndef MF_LOGICAL_H
#define MF_LOGICAL_H

#include "mf_broadcast.h"

/* Macros, like others of two values. */
#define MF_LOGICAL_AND_VALUE(p, a, b) ((uint8_t)((a) != 0 && (b) != 0))
#define MF_LOGICAL_OR_VALUE(p, a, b)  ((uint8_t)((a) != 0 || (b) != 0))

MF_BROADCAST_KERNEL(mf_logical_and_u8, mf_broadcast_plain, uint8_t, u8,
                    MF_LOGICAL_AND_VALUE)
MF_BROADCAST_KERNEL(mf_logical_or_u8, mf_broadcast_plain, uint8_t, u8,
                    MF_LOGICAL_OR_VALUE)

#endif
