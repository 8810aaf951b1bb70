/* Counts what a program makes last below one folder, and ends the program, or lets the disk be full, at a chosen count.
 *
 * Preloaded before the C library, so that it sees every write of Python, SQLite and the Delta writer alike. `cut_arm(root, at, mode)`
 * starts counting; mode 1: killed before the call; 2: killed after half of a write; 3: no space from there on; 4: read only from there on.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static char folder[PATH_MAX];
static atomic_int armed, seen;
static int last, mode;

void cut_arm(const char *root, int at, int how) {
    strncpy(folder, root, sizeof folder - 1);
    last = at;
    mode = how;
    atomic_store(&seen, 0);
    atomic_store(&armed, 1);
}

int cut_seen(void) {
    atomic_store(&armed, 0);
    return atomic_load(&seen);
}

static void killed(void) {
    kill(getpid(), SIGKILL);
    for (;;) pause();
}

/* 0: go on; else the errno to fail with. `bytes`: a write that can be torn. */
static int point(int *torn) {
    int number = atomic_fetch_add(&seen, 1) + 1;
    if (mode == 1 && number == last) killed();
    if (mode == 2 && number == last) {
        if (torn) *torn = 1;
        else killed();
    }
    if (mode == 3 && last > 0 && number >= last) return ENOSPC;
    if (mode == 4 && last > 0 && number >= last) return EROFS;
    return 0;
}

static int path_inside(const char *path) {
    return atomic_load(&armed) && path && strncmp(path, folder, strlen(folder)) == 0;
}

static int file_inside(int file) {
    char name[64], target[PATH_MAX];
    if (!atomic_load(&armed)) return 0;
    snprintf(name, sizeof name, "/proc/self/fd/%d", file);
    ssize_t length = readlink(name, target, sizeof target - 1);
    if (length <= 0) return 0;
    target[length] = 0;
    return path_inside(target);
}

#define REAL(result, name, ...) \
    static result (*real)(__VA_ARGS__); \
    if (!real) real = (result (*)(__VA_ARGS__))dlsym(RTLD_NEXT, name)

#define FAILS(inside) \
    if (inside) { \
        int wrong = point(0); \
        if (wrong) { errno = wrong; return -1; } \
    }

#define OPEN(name) \
    int name(const char *path, int flags, ...) { \
        REAL(int, #name, const char *, int, ...); \
        va_list more; va_start(more, flags); mode_t bits = va_arg(more, mode_t); va_end(more); \
        FAILS((flags & (O_CREAT | O_TRUNC)) && path_inside(path)) \
        return real(path, flags, bits); \
    }
OPEN(open)
OPEN(open64)

#define OPENAT(name) \
    int name(int at, const char *path, int flags, ...) { \
        REAL(int, #name, int, const char *, int, ...); \
        va_list more; va_start(more, flags); mode_t bits = va_arg(more, mode_t); va_end(more); \
        FAILS((flags & (O_CREAT | O_TRUNC)) && path_inside(path)) \
        return real(at, path, flags, bits); \
    }
OPENAT(openat)
OPENAT(openat64)

#define TORN(inside, half) \
    if (inside) { \
        int torn = 0, wrong = point(&torn); \
        if (wrong) { errno = wrong; return -1; } \
        if (torn) { (void)!(half); killed(); } \
    }

ssize_t write(int file, const void *bytes, size_t n) {
    REAL(ssize_t, "write", int, const void *, size_t);
    TORN(file_inside(file), real(file, bytes, n / 2))
    return real(file, bytes, n);
}

#define PWRITE(name) \
    ssize_t name(int file, const void *bytes, size_t n, off_t at) { \
        REAL(ssize_t, #name, int, const void *, size_t, off_t); \
        TORN(file_inside(file), real(file, bytes, n / 2, at)) \
        return real(file, bytes, n, at); \
    }
PWRITE(pwrite)
PWRITE(pwrite64)

ssize_t writev(int file, const struct iovec *parts, int n) {
    REAL(ssize_t, "writev", int, const struct iovec *, int);
    FAILS(file_inside(file))
    return real(file, parts, n);
}

#define ON_FILE(name, extra, given) \
    int name(int file extra) { \
        REAL(int, #name, int extra); \
        FAILS(file_inside(file)) \
        return real(file given); \
    }
#define COMMA ,
ON_FILE(fsync, , )
ON_FILE(fdatasync, , )
ON_FILE(ftruncate, COMMA off_t size, COMMA size)
ON_FILE(ftruncate64, COMMA off_t size, COMMA size)

#define ON_TWO(name) \
    int name(const char *one, const char *other) { \
        REAL(int, #name, const char *, const char *); \
        FAILS(path_inside(other)) \
        return real(one, other); \
    }
ON_TWO(rename)
ON_TWO(link)

int renameat(int a, const char *one, int b, const char *other) {
    REAL(int, "renameat", int, const char *, int, const char *);
    FAILS(path_inside(other))
    return real(a, one, b, other);
}

int renameat2(int a, const char *one, int b, const char *other, unsigned flags) {
    REAL(int, "renameat2", int, const char *, int, const char *, unsigned);
    FAILS(path_inside(other))
    return real(a, one, b, other, flags);
}

int linkat(int a, const char *one, int b, const char *other, int flags) {
    REAL(int, "linkat", int, const char *, int, const char *, int);
    FAILS(path_inside(other))
    return real(a, one, b, other, flags);
}

int unlink(const char *path) {
    REAL(int, "unlink", const char *);
    if (path_inside(path) && (mode == 1 || mode == 2)) { point(0); }
    return real(path);
}

int mkdir(const char *path, mode_t bits) {
    REAL(int, "mkdir", const char *, mode_t);
    FAILS(path_inside(path))
    return real(path, bits);
}
