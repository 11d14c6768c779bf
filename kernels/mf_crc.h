/* CRC-32 of elements (IEEE 802.3, as zlib's) and the input of self-tests: for
 * NAME_selftest() and NAME_check_weights().
 *
 * An element counts as its bytes in little-endian order, whatever the machine's
 * is.  Without a table: code and constants are small. */
#ifndef MF_CRC_H
#define MF_CRC_H

#include "mf_core.h"

/* What a sum starts as, and what its end is xored with. */
#define MF_CRC_START UINT32_C(0xffffffff)

MF_INLINE uint32_t mf_crc_u8(uint32_t crc, uint8_t x) {
    crc ^= x;
    for (int bit = 0; bit < 8; bit++) {
        crc = crc & 1 ? crc >> 1 ^ UINT32_C(0xedb88320) : crc >> 1;
    }
    return crc;
}
MF_INLINE uint32_t mf_crc_u16(uint32_t crc, uint16_t x) {
    for (int byte = 0; byte < 2; byte++) {
        crc = mf_crc_u8(crc, (uint8_t)(x & 0xff));
        x = (uint16_t)(x >> 8);
    }
    return crc;
}
MF_INLINE uint32_t mf_crc_u32(uint32_t crc, uint32_t x) {
    for (int byte = 0; byte < 4; byte++) {
        crc = mf_crc_u8(crc, (uint8_t)(x & 0xff));
        x >>= 8;
    }
    return crc;
}
MF_INLINE uint32_t mf_crc_s8(uint32_t crc, int8_t x) {
    return mf_crc_u8(crc, (uint8_t)x);
}
MF_INLINE uint32_t mf_crc_s16(uint32_t crc, int16_t x) {
    return mf_crc_u16(crc, (uint16_t)x);
}
MF_INLINE uint32_t mf_crc_s32(uint32_t crc, int32_t x) {
    return mf_crc_u32(crc, (uint32_t)x);
}
MF_INLINE uint32_t mf_crc_s64(uint32_t crc, int64_t x) {
    const uint64_t bits = (uint64_t)x;
    crc = mf_crc_u32(crc, (uint32_t)(bits & UINT32_MAX));
    return mf_crc_u32(crc, (uint32_t)(bits >> 32));
}
/* All NaNs count as one. */
MF_INLINE uint32_t mf_crc_f32(uint32_t crc, float x) {
    union {
        float value;
        uint32_t bits;
    } both;
    both.value = x;
    return mf_crc_u32(crc, x == x ? both.bits : UINT32_C(0x7fc00000));
}

/* --- inputs of self-tests --- */

/* The next of a sequence that looks random (Marsaglia's xorshift), never 0:
 * elements are made of its upper bits. */
MF_INLINE uint32_t mf_selftest_next(uint32_t x) {
    x ^= x << 13;
    x ^= x >> 17;
    x ^= x << 5;
    return x;
}
#define MF_SELFTEST_START UINT32_C(0x4d466c77)

MF_INLINE uint8_t mf_selftest_u8(uint32_t x) {
    return (uint8_t)(x >> 24);
}
MF_INLINE uint8_t mf_selftest_bool(uint32_t x) {
    return (uint8_t)(x >> 31);
}
MF_INLINE int8_t mf_selftest_s8(uint32_t x) {
    return (int8_t)((int16_t)(x >> 24) - 128);
}
MF_INLINE int16_t mf_selftest_s16(uint32_t x) {
    return (int16_t)((int32_t)(x >> 16) - 32768);
}
MF_INLINE uint16_t mf_selftest_u16(uint32_t x) {
    return (uint16_t)(x >> 16);
}
/* Wider ones are indices and counts, as a rule. */
MF_INLINE int32_t mf_selftest_s32(uint32_t x) {
    return (int32_t)(x >> 24);
}
MF_INLINE uint32_t mf_selftest_u32(uint32_t x) {
    return x >> 24;
}
MF_INLINE int64_t mf_selftest_s64(uint32_t x) {
    return (int64_t)(x >> 24);
}
/* In [-1, 1), exact. */
MF_INLINE float mf_selftest_f32(uint32_t x) {
    return (float)((int32_t)(x >> 16) - 32768) / 32768.0f;
}

#endif
