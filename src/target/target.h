/* What the compiler knows of a target: which kernels pay on it.
 *
 * A target is one row of targets.def.  Every kernel computes the same bits on
 * every target; a target only decides which one is called and how constants
 * are laid out for it. */
#ifndef TARGET_TARGET_H
#define TARGET_TARGET_H

/* The instructions that sums of products are written for. */
enum target_dot {
    DOT_SCALAR,        /* one multiply-accumulate at a time */
    DOT_BLOCKED,       /* two, in halves of a 32-bit word */
    DOT_BLOCKED_SMALL, /* the same with eight registers, a slow multiply or no
                        * loads that extend signs */
    DOT_DSP,           /* two 16-bit ones (SMLAD): Armv7E-M, Armv8-M with DSP */
    DOT_MVE,           /* sixteen 8-bit ones: Armv8.1-M with Helium */
    DOT_AVX2,          /* sixteen 16-bit ones */
    DOT_AVR            /* 8 x 8 bits, constants in another address space */
};

struct target {
    const char *name;        /* as --target takes it */
    const char *description; /* one line */
    int word_bits;           /* of the registers that arithmetic is done in */
    enum target_dot dot;
};

/* What firmware is built and measured with (toolchains.def); words are
 * separated by spaces. */
struct toolchain {
    const char *target;
    const char *board; /* folder of sim/; "" if the target has none */
    const char *unit;  /* that is counted: "instructions", "cycles", "ns" */
    const char *compiler;
    const char *flags;      /* for compiling and linking */
    const char *link_flags; /* for linking */
    const char *simulator;  /* "" if firmware runs on this machine */
};

/* Target i, NULL past the end; 0 is "generic", whose code runs everywhere. */
const struct target *target_by_index(int index);
const struct target *target_by_name(const char *name); /* NULL if unknown */
/* What channels should come in multiples of: kernels compute that many at a
 * time, and those that are left over take almost as long. */
int target_channel_multiple(const struct target *target);
/* Never NULL. */
const struct toolchain *target_toolchain(const struct target *target);

#endif
