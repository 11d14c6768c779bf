#include <stdint.h>
/*@ requires 0 <= n <= 62;
    assigns \nothing;
    ensures \result == x >> n;
    ensures n == 31 ==> \result * 0x80000000 <= x < (\result + 1) * 0x80000000; */
static inline int64_t mf_shift_right_s64(int64_t x, int n);

/*@ requires x > INT32_MIN || a > INT32_MIN;
    assigns \nothing;
    ensures \result * 0x80000000 <= x * a + 0x40000000 < (\result + 1) * 0x80000000; */
static inline int32_t mf_multiply_high(int32_t x, int32_t a);
#include "../kernels/mf_core.h"
