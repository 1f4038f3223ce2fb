/* Makes the calls by which a program writes to disk fail or end the program, for tests: preloaded (LD_PRELOAD).
 *
 * FAULTS_LOG names a file that gets a line for each call. FAULTS_KILL ends the process before the call of that number, from 1.
 * FAULTS_FULL makes each write from that call on fail as on a full disk, FAULTS_EIO as on a broken one. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

static atomic_long calls;

static long number_of(const char *name) {
    const char *text = getenv(name);
    return text ? atol(text) : 0;
}

/* Counts a call; 1 if it is to fail. */
static int meets_fault(const char *call, const char *path, int writes) {
    long number = atomic_fetch_add(&calls, 1) + 1;
    const char *log = getenv("FAULTS_LOG");
    if (log) {
        int file = open(log, O_WRONLY | O_CREAT | O_APPEND, 0666);
        dprintf(file, "%ld %s %s\n", number, call, path);
        close(file);
    }
    if (number == number_of("FAULTS_KILL")) raise(SIGKILL);
    long full = number_of("FAULTS_FULL"), broken = number_of("FAULTS_EIO");
    if (writes && full && number >= full) { errno = ENOSPC; return 1; }
    if (writes && broken && number >= broken) { errno = EIO; return 1; }
    return 0;
}

/* The path of a descriptor, empty unless it is a file. */
static const char *path_of(int descriptor) {
    static _Thread_local char path[4096];
    char link[64];
    struct stat stat;
    if (descriptor <= 2 || fstat(descriptor, &stat) || !S_ISREG(stat.st_mode)) return "";
    snprintf(link, sizeof link, "/proc/self/fd/%d", descriptor);
    ssize_t length = readlink(link, path, sizeof path - 1);
    path[length > 0 ? length : 0] = 0;
    return path;
}

/* Whether a file is one of the run's. */
static int counts(const char *path) { return strstr(path, ".newstance-run") != 0; }

ssize_t write(int descriptor, const void *bytes, size_t length) {
    ssize_t (*real)(int, const void *, size_t) = dlsym(RTLD_NEXT, "write");
    const char *path = path_of(descriptor);
    if (counts(path) && meets_fault("write", path, 1)) return -1;
    return real(descriptor, bytes, length);
}

int fsync(int descriptor) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fsync");
    const char *path = path_of(descriptor);
    if (counts(path) && meets_fault("fsync", path, 0)) return -1;
    return real(descriptor);
}

int fdatasync(int descriptor) {
    int (*real)(int) = dlsym(RTLD_NEXT, "fdatasync");
    const char *path = path_of(descriptor);
    if (counts(path) && meets_fault("fdatasync", path, 0)) return -1;
    return real(descriptor);
}

int rename(const char *from, const char *to) {
    int (*real)(const char *, const char *) = dlsym(RTLD_NEXT, "rename");
    if (counts(from) && meets_fault("rename", to, 0)) return -1;
    return real(from, to);
}

int unlink(const char *path) {
    int (*real)(const char *) = dlsym(RTLD_NEXT, "unlink");
    if (meets_fault("unlink", path, 0)) return -1;
    return real(path);
}

int mkdir(const char *path, mode_t mode) {
    int (*real)(const char *, mode_t) = dlsym(RTLD_NEXT, "mkdir");
    if (meets_fault("mkdir", path, 0)) return -1;
    return real(path, mode);
}
