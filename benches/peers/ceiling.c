/* How many operations on 8 bits a core can do in a second, in 1e9, on registers alone: `ceiling avx512` and `ceiling avxvnni` with the
   instruction for sums of four products, `ceiling avx2` with that for sums of two and their addition in 16 bits. 0 if the processor has
   no such instructions. */
#include <immintrin.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define TURNS 50000000L
#define SUMS 12
#define EACH(DO) DO(0) DO(1) DO(2) DO(3) DO(4) DO(5) DO(6) DO(7) DO(8) DO(9) DO(10) DO(11)

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec + 1e-9 * time.tv_nsec;
}

/* In assembly, for a compiler would find a faster way to a sum that it knows. */
#define DOT(i) __asm__ volatile("vpdpbusd %2, %1, %0" : "+v"(sum##i) : "v"(a), "v"(b));
#define DOT_VEX(i) __asm__ volatile("%{vex%} vpdpbusd %2, %1, %0" : "+x"(sum##i) : "x"(a), "x"(b));
#define PAIRS(i) __asm__ volatile("vpmaddubsw %3, %2, %1\n\tvpaddw %1, %0, %0" : "+x"(sum##i), "=&x"(pairs) : "x"(a), "x"(b));
#define KEEP_512(i) __asm__ volatile("" : : "v"(sum##i));
#define KEEP(i) __asm__ volatile("" : : "x"(sum##i));

__attribute__((target("avx512f,avx512vnni"))) static double avx512(void) {
#define START(i) __m512i sum##i = _mm512_set1_epi32(i);
    EACH(START)
    __m512i a = _mm512_set1_epi32(1), b = _mm512_set1_epi32(2);
    double start = now();
    for (long turn = 0; turn < TURNS; turn++) { EACH(DOT) }
    double seconds = now() - start;
    EACH(KEEP_512)
    return 128.0 * SUMS * TURNS / seconds / 1e9;
}

#undef START
#define START(i) __m256i sum##i = _mm256_set1_epi32(i);

__attribute__((target("avx2,avxvnni"))) static double avxvnni(void) {
    EACH(START)
    __m256i a = _mm256_set1_epi32(1), b = _mm256_set1_epi32(2);
    double start = now();
    for (long turn = 0; turn < TURNS; turn++) { EACH(DOT_VEX) }
    double seconds = now() - start;
    EACH(KEEP)
    return 64.0 * SUMS * TURNS / seconds / 1e9;
}

__attribute__((target("avx2"))) static double avx2(void) {
    EACH(START)
    __m256i a = _mm256_set1_epi32(1), b = _mm256_set1_epi32(2), pairs;
    double start = now();
    for (long turn = 0; turn < TURNS; turn++) { EACH(PAIRS) }
    double seconds = now() - start;
    EACH(KEEP)
    return 64.0 * SUMS * TURNS / seconds / 1e9;
}

int main(int count, char **names) {
    const char *name = count > 1 ? names[1] : "";
    double rate = 0;
    if (!strcmp(name, "avx512") && __builtin_cpu_supports("avx512vnni")) rate = avx512();
    if (!strcmp(name, "avxvnni") && __builtin_cpu_supports("avxvnni")) rate = avxvnni();
    if (!strcmp(name, "avx2") && __builtin_cpu_supports("avx2")) rate = avx2();
    printf("%.1f\n", rate);
    return 0;
}
