/* Holds engines to AVX2 on a processor with more: libraries whose `cpuid` instructions hold.py has replaced ask this, which leaves out
   AVX-512, AVX-VNNI, AMX and the like. To be preloaded. */
#define _GNU_SOURCE
#include <cpuid.h>
#include <signal.h>
#include <stdlib.h>
#include <ucontext.h>

/* Leaf 7. */
#define EBX_AVX512 (1u << 16 | 1u << 17 | 1u << 21 | 1u << 26 | 1u << 27 | 1u << 28 | 1u << 30 | 1u << 31)
#define ECX_AVX512 (1u << 1 | 1u << 6 | 1u << 11 | 1u << 12 | 1u << 14)
#define EDX_AVX512_AMX (1u << 2 | 1u << 3 | 1u << 8 | 1u << 22 | 1u << 23 | 1u << 24 | 1u << 25)
/* Leaf 7.1: AVX-VNNI, AVX-512 BF16, AMX FP16, AVX-IFMA; in edx AVX-VNNI-INT8 and -INT16, AVX-NE-CONVERT, AMX-COMPLEX, AVX10. */
#define EAX_LATER (1u << 4 | 1u << 5 | 1u << 21 | 1u << 23)
#define EDX_LATER (1u << 4 | 1u << 5 | 1u << 8 | 1u << 10 | 1u << 19)

static void answer(int signal, siginfo_t *info, void *context) {
    (void)info;
    greg_t *registers = ((ucontext_t *)context)->uc_mcontext.gregs;
    const unsigned char *at = (const unsigned char *)registers[REG_RIP];
    if (at[0] != 0x0f || at[1] != 0x0b) {
        struct sigaction usual = {.sa_handler = SIG_DFL};
        sigaction(signal, &usual, NULL);
        return;
    }
    unsigned leaf = (unsigned)registers[REG_RAX], below = (unsigned)registers[REG_RCX], a, b, c, d;
    __cpuid_count(leaf, below, a, b, c, d);
    if (leaf == 7 && below == 0) {
        b &= ~EBX_AVX512;
        c &= ~ECX_AVX512;
        d &= ~EDX_AVX512_AMX;
    }
    if (leaf == 7 && below == 1) {
        a &= ~EAX_LATER;
        d &= ~EDX_LATER;
    }
    registers[REG_RAX] = a;
    registers[REG_RBX] = b;
    registers[REG_RCX] = c;
    registers[REG_RDX] = d;
    registers[REG_RIP] += 2;
}

__attribute__((constructor)) static void hold(void) {
    struct sigaction action = {.sa_sigaction = answer, .sa_flags = SA_SIGINFO | SA_NODEFER};
    sigaction(SIGILL, &action, NULL);
}
