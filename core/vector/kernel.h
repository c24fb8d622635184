// Marks a hot loop to be compiled once per x86-64 level and chosen at load time,
// so that a binary built for any x86-64 uses AVX2 or AVX-512 where they exist.
// Elsewhere, and under sanitizers (whose runtime is not up yet when the choice
// is made), it means nothing and the loop is compiled for the baseline. The levels are
// named by what they can: GCC takes the name of a processor ("arch=haswell") to mean that
// very model, and leaves every other one with the baseline.
#ifndef SEEKD_CORE_VECTOR_KERNEL_H_
#define SEEKD_CORE_VECTOR_KERNEL_H_

#include <cstddef>  // defines __GLIBC__ where there is one

#if defined(__GNUC__) && !defined(__clang__) && defined(__x86_64__) && defined(__GLIBC__) && \
    !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
#define SEEKD_KERNEL __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#else
#define SEEKD_KERNEL
#endif

// A part of kernels: compiled into each of them, for its level.
#define SEEKD_INLINE __attribute__((always_inline)) inline

#endif  // SEEKD_CORE_VECTOR_KERNEL_H_
