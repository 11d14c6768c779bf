/* What compiled C calls and Debian's gcc-xtensa-lx106, which comes without a C
 * library and with a part of libgcc alone, does not bring: products of 64 bits,
 * divisions, most of float32, and the copying of memory.  On the chip the
 * vendor's libraries have them.
 *
 * The core multiplies 32 by 32 bits to the lower 32 and does not divide. */
#include <stddef.h>
#include <stdint.h>

uint64_t __muldi3(uint64_t a, uint64_t b);
uint32_t __udivsi3(uint32_t a, uint32_t b);
uint32_t __umodsi3(uint32_t a, uint32_t b);
int32_t __divsi3(int32_t a, int32_t b);
uint64_t __udivdi3(uint64_t a, uint64_t b);
uint64_t __umoddi3(uint64_t a, uint64_t b);
int64_t __divdi3(int64_t a, int64_t b);
float __addsf3(float a, float b);
float __subsf3(float a, float b);
float __mulsf3(float a, float b);
float __floatsisf(int32_t a);
float __floatunsisf(uint32_t a);
uint32_t __fixunssfsi(float a);
void *memcpy(void *to, const void *from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int byte, size_t size);

/* --- products --- */

/* The upper word of a product, from those of halves. */
static inline uint32_t multiply_high(uint32_t a, uint32_t b) {
    const uint32_t a0 = a & 0xffff, a1 = a >> 16;
    const uint32_t b0 = b & 0xffff, b1 = b >> 16;
    const uint32_t middle = a1 * b0 + ((a0 * b0) >> 16);
    const uint32_t other = a0 * b1 + (middle & 0xffff);
    return a1 * b1 + (middle >> 16) + (other >> 16);
}

/* Modulo 2^64, which is the same for signed factors. */
uint64_t __muldi3(uint64_t a, uint64_t b) {
    const uint32_t low_a = (uint32_t)a, low_b = (uint32_t)b;
    const uint32_t high = multiply_high(low_a, low_b) +
                          low_a * (uint32_t)(b >> 32) +
                          (uint32_t)(a >> 32) * low_b;
    return (uint64_t)high << 32 | low_a * low_b;
}

/* --- quotients, bit by bit; of a division by 0 nothing is promised --- */

static inline uint32_t divide(uint32_t a, uint32_t b, uint32_t *rest) {
    uint32_t quotient = 0;
    if (b <= a && b > 0) {
        int shift = __builtin_clz(b) - __builtin_clz(a);
        for (; shift >= 0; shift--) {
            if (b << shift <= a) {
                a -= b << shift;
                quotient |= (uint32_t)1 << shift;
            }
        }
    }
    *rest = a;
    return quotient;
}

uint32_t __udivsi3(uint32_t a, uint32_t b) {
    uint32_t rest;
    return divide(a, b, &rest);
}

uint32_t __umodsi3(uint32_t a, uint32_t b) {
    uint32_t rest;
    divide(a, b, &rest);
    return rest;
}

int32_t __divsi3(int32_t a, int32_t b) {
    uint32_t rest;
    const uint32_t quotient =
        divide(a < 0 ? 0 - (uint32_t)a : (uint32_t)a,
               b < 0 ? 0 - (uint32_t)b : (uint32_t)b, &rest);
    return (int32_t)((a < 0) != (b < 0) ? 0 - quotient : quotient);
}

static uint64_t divide_long(uint64_t a, uint64_t b, uint64_t *rest) {
    uint64_t quotient = 0, left = 0;
    for (int i = 0; i < 64; i++) {
        left = left << 1 | a >> 63;
        a <<= 1;
        quotient <<= 1;
        if (left >= b) {
            left -= b;
            quotient |= 1;
        }
    }
    *rest = left;
    return quotient;
}

uint64_t __udivdi3(uint64_t a, uint64_t b) {
    uint64_t rest;
    return divide_long(a, b, &rest);
}

uint64_t __umoddi3(uint64_t a, uint64_t b) {
    uint64_t rest;
    divide_long(a, b, &rest);
    return rest;
}

int64_t __divdi3(int64_t a, int64_t b) {
    uint64_t rest;
    const uint64_t quotient =
        divide_long(a < 0 ? 0 - (uint64_t)a : (uint64_t)a,
                    b < 0 ? 0 - (uint64_t)b : (uint64_t)b, &rest);
    return (int64_t)((a < 0) != (b < 0) ? 0 - quotient : quotient);
}

/* --- float32 --- */

static const uint32_t SIGN = 0x80000000, INFINITE = 0x7f800000,
                      NOT_A_NUMBER = 0x7fc00000, FRACTION = 0x7fffff;
/* Of the least number's last bit, and of what stands in the exponent field. */
enum { LEAST_EXPONENT = -149, BIAS = 150, FRACTION_BITS = 23 };

static inline uint32_t bits_of(float a) {
    const union {
        float real;
        uint32_t bits;
    } x = {a};
    return x.bits;
}

static inline float float_of(uint32_t a) {
    const union {
        uint32_t bits;
        float real;
    } x = {a};
    return x.real;
}

/* A finite number is significand * 2^exponent. */
static inline uint32_t significand_of(uint32_t a) {
    return (a & INFINITE) ? (a & FRACTION) | (FRACTION + 1) : a & FRACTION;
}

static inline int exponent_of(uint32_t a) {
    const int field = (int)((a & INFINITE) >> FRACTION_BITS);
    return field ? field - BIAS : LEAST_EXPONENT;
}

static inline int top_bit(uint64_t x) {
    const uint32_t high = (uint32_t)(x >> 32);
    return high ? 63 - __builtin_clz(high) : 31 - __builtin_clz((uint32_t)x);
}

/* The float nearest to significand * 2^exponent, ties to even; significand is
 * below 2^63. */
static float rounded(uint32_t sign, uint64_t significand, int exponent) {
    if (significand == 0) {
        return float_of(sign);
    }
    int drop = top_bit(significand) - FRACTION_BITS;
    if (exponent + drop < LEAST_EXPONENT) {
        drop = LEAST_EXPONENT - exponent;
    }
    uint32_t kept = 0;
    if (drop <= 0) {
        kept = (uint32_t)significand << -drop;
    } else if (drop < 64) {
        const uint64_t half = (uint64_t)1 << (drop - 1);
        const uint64_t rest = significand & (2 * half - 1);
        kept = (uint32_t)(significand >> drop);
        kept += rest > half || (rest == half && (kept & 1));
    }
    /* One more than all ones carries into the exponent, as it should. */
    exponent += drop - LEAST_EXPONENT;
    if (kept > FRACTION) {
        kept += (uint32_t)exponent << FRACTION_BITS;
    }
    return float_of(exponent > 253 || kept > INFINITE ? sign | INFINITE
                                                      : sign | kept);
}

float __addsf3(float a, float b) {
    uint32_t x = bits_of(a), y = bits_of(b);
    if ((x & ~SIGN) < (y & ~SIGN)) {
        const uint32_t kept = x;
        x = y;
        y = kept;
    }
    if ((x & ~SIGN) >= INFINITE) {
        const int opposite = (y & ~SIGN) == INFINITE && x != y;
        return float_of((x & ~SIGN) > INFINITE || opposite ? NOT_A_NUMBER : x);
    }
    /* So far to the left that what is lost of the lesser one does not matter
     * but for its being there. */
    enum { ROOM = 38 };
    const int apart = exponent_of(x) - exponent_of(y);
    const int shift = apart < ROOM ? apart : ROOM;
    const uint64_t greater = (uint64_t)significand_of(x) << shift;
    const uint64_t lesser =
        apart > ROOM ? significand_of(y) != 0 : significand_of(y);
    const uint32_t differ = (x ^ y) & SIGN;
    const uint64_t sum = differ ? greater - lesser : greater + lesser;
    return rounded(sum == 0 && differ ? 0 : x & SIGN, sum,
                   exponent_of(x) - shift);
}

float __subsf3(float a, float b) {
    return __addsf3(a, float_of(bits_of(b) ^ SIGN));
}

float __mulsf3(float a, float b) {
    const uint32_t x = bits_of(a), y = bits_of(b), sign = (x ^ y) & SIGN;
    const uint32_t p = x & ~SIGN, q = y & ~SIGN;
    if (p >= INFINITE || q >= INFINITE) {
        return float_of(p > INFINITE || q > INFINITE || p == 0 || q == 0
                            ? NOT_A_NUMBER
                            : sign | INFINITE);
    }
    return rounded(sign, (uint64_t)significand_of(x) * significand_of(y),
                   exponent_of(x) + exponent_of(y));
}

float __floatunsisf(uint32_t a) {
    return rounded(0, a, 0);
}

float __floatsisf(int32_t a) {
    return a < 0 ? rounded(SIGN, 0 - (uint32_t)a, 0)
                 : rounded(0, (uint32_t)a, 0);
}

/* Towards 0; what does not fit becomes anything. */
uint32_t __fixunssfsi(float a) {
    const uint32_t x = bits_of(a);
    const int exponent = exponent_of(x);
    return (x & SIGN) || exponent < -FRACTION_BITS ? 0
           : exponent < 0 ? significand_of(x) >> -exponent
           : exponent < 9 ? significand_of(x) << exponent
                          : UINT32_MAX;
}

/* --- memory --- */

void *memcpy(void *to, const void *from, size_t size) {
    uint8_t *t = to;
    const uint8_t *f = from;
    for (size_t i = 0; i < size; i++) {
        t[i] = f[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size) {
    uint8_t *t = to;
    const uint8_t *f = from;
    if (t < f) {
        return memcpy(to, from, size);
    }
    while (size-- > 0) {
        t[size] = f[size];
    }
    return to;
}

void *memset(void *to, int byte, size_t size) {
    uint8_t *t = to;
    for (size_t i = 0; i < size; i++) {
        t[i] = (uint8_t)byte;
    }
    return to;
}
