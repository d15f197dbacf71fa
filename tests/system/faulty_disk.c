/* A disk that fails on demand, for one folder and for the processes that this is preloaded into.
 *
 * GATEREEL_FAULTS_IN is the folder, GATEREEL_FAULTS a file whose first byte says what is wrong now;
 * every process maps it, so that one byte written by a test reaches all of them at once.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FINE = 0, FULL = 'f', BROKEN = 'e', READ_ONLY = 'r', STALLED = 's', UNSYNCED = 'u' };
enum { WRITING, CHANGING, SYNCING };

static volatile unsigned char *now;
static const char *folder;
static size_t folder_length;

__attribute__((constructor)) static void begin(void)
{
    const char *control = getenv("GATEREEL_FAULTS");
    folder = getenv("GATEREEL_FAULTS_IN");
    if (!control || !folder)
        return;
    folder_length = strlen(folder);
    int fd = open(control, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return;
    void *page = mmap(NULL, 1, PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    if (page != MAP_FAILED)
        now = page;
}

static int inside(const char *path)
{
    return !strncmp(path, folder, folder_length) && strchr("/", path[folder_length]);
}

static int is_inside(int fd)
{
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    int kept = errno;
    ssize_t size = readlink(link, path, sizeof path - 1);
    errno = kept;
    if (size < 0)
        return 0;
    path[size] = 0;
    return inside(path);
}

static int named_inside(int at, const char *path)
{
    return *path == '/' ? inside(path) : at != AT_FDCWD && is_inside(at);
}

/* The error that this call ends with; 0 where it may go on. */
static int wrong(int doing)
{
    switch (*now) {
    case FULL:
        return doing == SYNCING ? 0 : ENOSPC;
    case BROKEN:
        return EIO;
    case READ_ONLY:
        return doing == SYNCING ? 0 : EROFS;
    case UNSYNCED:
        return doing == SYNCING ? EIO : 0;
    case STALLED:
        while (*now == STALLED)
            usleep(2000);
        return 0;
    default:
        return 0;
    }
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))
#define FAIL_FD(fd, doing)                                                                         \
    if (now && *now && is_inside(fd) && (errno = wrong(doing)))                                    \
    return -1
#define FAIL_PATH(at, path, doing)                                                                 \
    if (now && *now && named_inside(at, path) && (errno = wrong(doing)))                           \
    return -1

/* A disk that gets full takes the first half. */
#define HALF(fd, size)                                                                             \
    if (now && *now == FULL && (size) > 1 && is_inside(fd))                                        \
        size /= 2;                                                                                 \
    else                                                                                           \
        FAIL_FD(fd, WRITING)

ssize_t write(int fd, const void *data, size_t size)
{
    HALF(fd, size);
    return REAL(write)(fd, data, size);
}

ssize_t pwrite64(int fd, const void *data, size_t size, off64_t at)
{
    HALF(fd, size);
    return REAL(pwrite64)(fd, data, size, at);
}

ssize_t pwrite(int fd, const void *data, size_t size, off_t at)
{
    HALF(fd, size);
    return REAL(pwrite)(fd, data, size, at);
}

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    FAIL_FD(fd, WRITING);
    return REAL(writev)(fd, parts, count);
}

int ftruncate(int fd, off_t size)
{
    if (!now || *now != FULL)
        FAIL_FD(fd, CHANGING);
    return REAL(ftruncate)(fd, size);
}

int ftruncate64(int fd, off64_t size)
{
    if (!now || *now != FULL)
        FAIL_FD(fd, CHANGING);
    return REAL(ftruncate64)(fd, size);
}

int fsync(int fd)
{
    FAIL_FD(fd, SYNCING);
    return REAL(fsync)(fd);
}

int fdatasync(int fd)
{
    FAIL_FD(fd, SYNCING);
    return REAL(fdatasync)(fd);
}

int rename(const char *from, const char *to)
{
    FAIL_PATH(AT_FDCWD, to, CHANGING);
    return REAL(rename)(from, to);
}

int renameat(int from_at, const char *from, int to_at, const char *to)
{
    FAIL_PATH(to_at, to, CHANGING);
    return REAL(renameat)(from_at, from, to_at, to);
}

int unlink(const char *path)
{
    if (!now || *now != FULL)
        FAIL_PATH(AT_FDCWD, path, CHANGING);
    return REAL(unlink)(path);
}

#define OPENS(name)                                                                                \
    int name(const char *path, int flags, ...)                                                     \
    {                                                                                              \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = va_arg(more, mode_t);                                                        \
        va_end(more);                                                                              \
        if (flags & (O_CREAT | O_WRONLY | O_RDWR))                                                \
            FAIL_PATH(AT_FDCWD, path, CHANGING);                                                   \
        return REAL(name)(path, flags, mode);                                                      \
    }
OPENS(open)
OPENS(open64)

#define OPENS_AT(name)                                                                             \
    int name(int at, const char *path, int flags, ...)                                             \
    {                                                                                              \
        va_list more;                                                                              \
        va_start(more, flags);                                                                     \
        mode_t mode = va_arg(more, mode_t);                                                        \
        va_end(more);                                                                              \
        if (flags & (O_CREAT | O_WRONLY | O_RDWR))                                                 \
            FAIL_PATH(at, path, CHANGING);                                                         \
        return REAL(name)(at, path, flags, mode);                                                  \
    }
OPENS_AT(openat)
OPENS_AT(openat64)
