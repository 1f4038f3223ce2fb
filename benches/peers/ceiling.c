/* How many operations on 8 bits a core can do in a second, in 1e9: vpdpbusd on registers alone. */
#include <immintrin.h>
#include <stdio.h>
#include <time.h>

#define TURNS 100000000L
#define EIGHT(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7)
#define START(i) __m512i sum##i = _mm512_set1_epi32(i);
#define ADD(i) sum##i = _mm512_dpbusd_epi32(sum##i, a, b);
#define KEEP(i) kept = _mm512_reduce_add_epi32(sum##i);

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

int main(void) {
    __m512i a = _mm512_set1_epi32(1), b = _mm512_set1_epi32(2);
    EIGHT(START)
    double start = now();
    for (long turn = 0; turn < TURNS; turn++) {
        /* So that the compiler does not multiply by the number of turns instead. */
        __asm__ volatile("" : "+v"(a), "+v"(b));
        EIGHT(ADD)
    }
    double seconds = now() - start;
    volatile int kept;
    EIGHT(KEEP)
    (void)kept;
    printf("%.1f\n", 128.0 * 8 * TURNS / seconds / 1e9);
    return 0;
}
