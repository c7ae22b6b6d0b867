/* Preloaded into a process, records every change that it makes to the files of a folder, and kills it at one of them.

   The environment says where: RECORDED_FOLDER is watched, and RECORD is the file that is written.
   A record is a head, the file's path, for a rename its new path, and the bytes that were written. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <unistd.h>

enum { WRITE, TRUNCATE, SYNC, RENAME, UNLINK };

struct head {
    int64_t kind, offset, path_length, data_length;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static int64_t left = -1; /* changes until the process is killed; negative: it is not */

void kill_at_change(int64_t number) { left = number; }

static int watched(const char *path) {
    const char *folder = getenv("RECORDED_FOLDER");
    size_t length = folder ? strlen(folder) : 0;
    return length && !strncmp(path, folder, length) && path[length] == '/';
}

/* Record a change, before it is made: the process may be killed instead of making it. */
static void record(int64_t kind, const char *path, int64_t offset, const void *data, size_t length) {
    static int file = -1;
    const char *name = getenv("RECORD");
    if (!watched(path) || !name) return;
    pthread_mutex_lock(&lock);
    if (left > 0 && !--left) kill(getpid(), SIGKILL);
    if (file < 0) file = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    struct head head = {kind, offset, strlen(path), length};
    struct iovec parts[] = {{&head, sizeof head}, {(void *)path, head.path_length}, {(void *)data, length}};
    if (writev(file, parts, 3) != (ssize_t)(sizeof head + head.path_length + length)) abort();
    pthread_mutex_unlock(&lock);
}

static void record_open(int64_t kind, int file, int64_t offset, const void *data, size_t length) {
    char link[64], path[PATH_MAX];
    snprintf(link, sizeof link, "/proc/self/fd/%d", file);
    ssize_t size = readlink(link, path, sizeof path - 1);
    if (size < 0) return;
    path[size] = 0;
    record(kind, path, offset, data, length);
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

ssize_t write(int file, const void *data, size_t length) {
    record_open(WRITE, file, lseek(file, 0, SEEK_CUR), data, length);
    return REAL(write)(file, data, length);
}

ssize_t pwrite(int file, const void *data, size_t length, off_t offset) {
    record_open(WRITE, file, offset, data, length);
    return REAL(pwrite)(file, data, length, offset);
}

ssize_t pwrite64(int file, const void *data, size_t length, off64_t offset) {
    record_open(WRITE, file, offset, data, length);
    return REAL(pwrite64)(file, data, length, offset);
}

int ftruncate(int file, off_t length) {
    record_open(TRUNCATE, file, length, "", 0);
    return REAL(ftruncate)(file, length);
}

int ftruncate64(int file, off64_t length) {
    record_open(TRUNCATE, file, length, "", 0);
    return REAL(ftruncate64)(file, length);
}

int fsync(int file) {
    int failed = REAL(fsync)(file);
    if (!failed) record_open(SYNC, file, 0, "", 0);
    return failed;
}

int fdatasync(int file) {
    int failed = REAL(fdatasync)(file);
    if (!failed) record_open(SYNC, file, 0, "", 0);
    return failed;
}

int rename(const char *old, const char *new) {
    record(RENAME, old, 0, new, strlen(new));
    return REAL(rename)(old, new);
}

int unlink(const char *path) {
    record(UNLINK, path, 0, "", 0);
    return REAL(unlink)(path);
}
