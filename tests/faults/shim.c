/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded into the real program (LD_PRELOAD): counts what it asks of the system, and at the n-th
   time kills it, fails the call, or has no memory. What is to happen, and how far the program has
   come, stands in a file that is shared with whoever started it (struct plan; FAULT_PLAN names it,
   FAULT_FOLDER the folder whose files are the store's). tests/faults/run reads and writes it. */
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <fcntl.h>
#include <link.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <unistd.h>

enum {
    STARTS = 16,
    FDS = 4096,
    WHAT_BYTES = 64,
    FRAMES = 6,         /* of the callers, that tell one place from another */
    OWN_FRAMES = 4,     /* of this file, at most */
    PLACES_MOST = 16384 /* a power of two; a case has some thousand */
};

/* The same in tests/faults/plan.py, in 64-bit words but for the text at its end. */
struct plan {
    uint64_t starts;            /* how often the program was started with this file */
    uint64_t kill_at[STARTS];   /* of the n-th start: dies at that call; 0: does not */
    uint64_t kill_half[STARTS]; /* there, a write is carried out by half first */
    uint64_t calls;             /* of the running process, as the two below */
    uint64_t file_calls, allocations;
    uint64_t file_fails_at, file_fails_for; /* that many from there on */
    uint64_t file_errno;
    uint64_t alloc_fails_at, alloc_fails_for;
    uint64_t hits;
    uint64_t places_wanted;               /* 1: where memory is asked for is told apart */
    uint64_t place_fails, place_fails_at; /* which of them fails once, at which time */
    uint64_t place[PLACES_MOST], times[PLACES_MOST]; /* 0: free; who calls, as a hash; how often */
    char what[WHAT_BYTES];                           /* which call the last hit was */
};

static struct plan nothing, *plan = &nothing;
static uint64_t start;
static char folder[512];
static bool is_store[FDS];
static uintptr_t own_from, own_to;
static struct dl_find_object us; /* this file, among the loaded ones */

/* ---- libc's own ---- */

void *__libc_malloc(size_t bytes);
void *__libc_calloc(size_t count, size_t bytes);
void *__libc_realloc(void *old, size_t bytes);

#define REAL(name) ((__typeof__(&name))real(REAL_##name, #name))
enum {
    REAL_write,
    REAL_pwrite,
    REAL_pwrite64,
    REAL_writev,
    REAL_send,
    REAL_sendto,
    REAL_sendmsg,
    REAL_connect,
    REAL_fsync,
    REAL_fdatasync,
    REAL_ftruncate,
    REAL_ftruncate64,
    REAL_unlink,
    REAL_rename,
    REAL_link,
    REAL_open,
    REAL_open64,
    REAL_close,
    REAL_read,
    REAL_pread,
    REAL_pread64,
    REAL_posix_fallocate,
    REAL_posix_fallocate64,
    REALS
};

static void *real(int at, const char *name)
{
    static void *found[REALS];
    if (!found[at])
        found[at] = dlsym(RTLD_NEXT, name);
    return found[at];
}

/* ---- the plan ---- */

static int own_segment(struct dl_phdr_info *info, size_t bytes, void *arg)
{
    (void)bytes, (void)arg;
    for (int i = 0; i < info->dlpi_phnum; i++)
        if (info->dlpi_phdr[i].p_type == PT_LOAD && (info->dlpi_phdr[i].p_flags & PF_X)) {
            own_from = info->dlpi_addr + info->dlpi_phdr[i].p_vaddr;
            own_to = own_from + info->dlpi_phdr[i].p_memsz;
        }
    return 1; /* the first one is the program */
}

__attribute__((constructor)) static void begin(void)
{
    const char *path = getenv("FAULT_PLAN"), *of_store = getenv("FAULT_FOLDER");
    int fd = path ? REAL(open)(path, O_RDWR | O_CLOEXEC) : -1;
    if (fd < 0)
        return;
    void *there = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    REAL(close)(fd);
    if (there == MAP_FAILED)
        return;
    dl_iterate_phdr(own_segment, NULL);
    snprintf(folder, sizeof folder, "%s/", of_store ? of_store : "");
    plan = there;
    plan->calls = plan->file_calls = plan->allocations = 0;
    void *loads_the_unwinder[1];
    backtrace(loads_the_unwinder, 1);
    _dl_find_object(loads_the_unwinder[0], &us);
    start = plan->starts++;
}

static void note(const char *what)
{
    plan->hits++;
    strncpy(plan->what, what, WHAT_BYTES - 1);
}

/* True when the process dies at this call. */
static bool is_last(void) { return ++plan->calls == (start < STARTS ? plan->kill_at[start] : 0); }

static _Noreturn void die(const char *what)
{
    note(what);
    raise(SIGKILL);
    _exit(137);
}

static void call(const char *what)
{
    if (is_last())
        die(what);
}

/* Half of it is carried out before the process dies; the real function writes it. */
static size_t writing(const char *what, size_t bytes, bool *ret_dies)
{
    *ret_dies = is_last();
    if (*ret_dies && !plan->kill_half[start])
        die(what);
    return *ret_dies ? (bytes + 1) / 2 : bytes;
}

static bool file_fails(const char *what)
{
    uint64_t n = ++plan->file_calls;
    if (!plan->file_fails_at || n < plan->file_fails_at ||
        n - plan->file_fails_at >= plan->file_fails_for)
        return false;
    note(what);
    if (plan->file_fails_for == 1)
        plan->file_fails_at = 0; /* nor in the next process */
    errno = (int)plan->file_errno;
    return true;
}

static bool of_store(int fd) { return fd >= 0 && fd < FDS && is_store[fd]; }

static bool is_store_path(const char *path)
{
    return folder[1] && strncmp(path, folder, strlen(folder)) == 0;
}

static bool takes_room(void) { return plan->file_errno == ENOSPC; }

/* ---- writes ---- */

#define WRITE(name, result, params, count, half_args) \
    result name params                                \
    {                                                 \
        bool dies;                                    \
        if (fd == STDERR_FILENO)                      \
            return REAL(name) half_args;              \
        if (of_store(fd) && file_fails(#name))        \
            return -1;                                \
        size_t whole = count;                         \
        count = writing(#name, whole, &dies);         \
        result done = REAL(name) half_args;           \
        if (dies)                                     \
            die(#name " by half");                    \
        return done;                                  \
    }

WRITE(write, ssize_t, (int fd, const void *from, size_t bytes), bytes, (fd, from, bytes))
WRITE(pwrite, ssize_t, (int fd, const void *from, size_t bytes, off_t at), bytes,
      (fd, from, bytes, at))
WRITE(pwrite64, ssize_t, (int fd, const void *from, size_t bytes, off64_t at), bytes,
      (fd, from, bytes, at))
WRITE(send, ssize_t, (int fd, const void *from, size_t bytes, int flags), bytes,
      (fd, from, bytes, flags))
WRITE(sendto, ssize_t,
      (int fd, const void *from, size_t bytes, int flags, const struct sockaddr *to,
       socklen_t to_bytes),
      bytes, (fd, from, bytes, flags, to, to_bytes))

ssize_t writev(int fd, const struct iovec *parts, int count)
{
    if (of_store(fd) && file_fails("writev"))
        return -1;
    call("writev");
    return REAL(writev)(fd, parts, count);
}

ssize_t sendmsg(int fd, const struct msghdr *message, int flags)
{
    call("sendmsg");
    return REAL(sendmsg)(fd, message, flags);
}

int connect(int fd, const struct sockaddr *to, socklen_t bytes)
{
    call("connect");
    return REAL(connect)(fd, to, bytes);
}

/* ---- files ---- */

#define ON_FILE(name, params, args, needs_room)                                   \
    int name params                                                               \
    {                                                                             \
        if (of_store(fd) && ((needs_room) || !takes_room()) && file_fails(#name)) \
            return -1;                                                            \
        call(#name);                                                              \
        return REAL(name) args;                                                   \
    }

ON_FILE(fsync, (int fd), (fd), true)
ON_FILE(fdatasync, (int fd), (fd), true)
ON_FILE(ftruncate, (int fd, off_t bytes), (fd, bytes), false)
ON_FILE(ftruncate64, (int fd, off64_t bytes), (fd, bytes), false)

/* Not by errno: the error is what it returns. */
int posix_fallocate(int fd, off_t at, off_t bytes)
{
    if (of_store(fd) && file_fails("posix_fallocate"))
        return errno;
    call("posix_fallocate");
    return REAL(posix_fallocate)(fd, at, bytes);
}

int posix_fallocate64(int fd, off64_t at, off64_t bytes)
{
    if (of_store(fd) && file_fails("posix_fallocate64"))
        return errno;
    call("posix_fallocate64");
    return REAL(posix_fallocate64)(fd, at, bytes);
}

#define READ(name, params, args)                                \
    ssize_t name params                                         \
    {                                                           \
        if (of_store(fd) && !takes_room() && file_fails(#name)) \
            return -1;                                          \
        return REAL(name) args;                                 \
    }

READ(read, (int fd, void *to, size_t bytes), (fd, to, bytes))
READ(pread, (int fd, void *to, size_t bytes, off_t at), (fd, to, bytes, at))
READ(pread64, (int fd, void *to, size_t bytes, off64_t at), (fd, to, bytes, at))

int unlink(const char *path)
{
    if (is_store_path(path) && !takes_room() && file_fails("unlink"))
        return -1;
    call("unlink");
    return REAL(unlink)(path);
}

int rename(const char *from, const char *to)
{
    if (is_store_path(to) && file_fails("rename"))
        return -1;
    call("rename");
    return REAL(rename)(from, to);
}

int link(const char *from, const char *to)
{
    if (is_store_path(to) && file_fails("link"))
        return -1;
    call("link");
    return REAL(link)(from, to);
}

static int note_opened(int fd, const char *path)
{
    if (fd >= 0 && fd < FDS)
        is_store[fd] = is_store_path(path);
    return fd;
}

static mode_t mode_of(int flags, va_list args)
{
    return flags & (O_CREAT | O_TMPFILE) ? va_arg(args, mode_t) : 0;
}

#define OPEN(name)                                                                 \
    int name(const char *path, int flags, ...)                                     \
    {                                                                              \
        va_list args;                                                              \
        va_start(args, flags);                                                     \
        mode_t mode = mode_of(flags, args);                                        \
        va_end(args);                                                              \
        if (is_store_path(path)) {                                                 \
            if ((!takes_room() || (flags & O_CREAT && access(path, F_OK) != 0)) && \
                file_fails(#name))                                                 \
                return -1;                                                         \
            call(#name);                                                           \
        }                                                                          \
        return note_opened(REAL(name)(path, flags, mode), path);                   \
    }

OPEN(open)
OPEN(open64)

int close(int fd)
{
    if (fd >= 0 && fd < FDS)
        is_store[fd] = false;
    return REAL(close)(fd);
}

/* ---- memory ---- */

/* Who asks, and for whom: the return addresses, each within the file that it is of. */
static uint64_t place_of_callers(void)
{
    void *frame[OWN_FRAMES + FRAMES];
    int frames = backtrace(frame, OWN_FRAMES + FRAMES);
    uint64_t hash = 14695981039346656037U; /* FNV-1a's beginning, and its prime below */
    for (int i = 0, counted = 0; i < frames && counted < FRAMES; i++) {
        struct dl_find_object found;
        if (_dl_find_object(frame[i], &found) != 0)
            break;
        if (found.dlfo_link_map == us.dlfo_link_map)
            continue;
        hash = (hash ^ ((uintptr_t)frame[i] - found.dlfo_link_map->l_addr)) * 1099511628211U;
        hash ^= hash >> 32;
        counted++;
    }
    return hash | 1;
}

/* How often memory was asked for there, this time included; 0 when there are too many places. */
static uint64_t count_place(uint64_t place)
{
    for (uint64_t tried = 0; tried < PLACES_MOST; tried++) {
        uint64_t at = (place + tried) % PLACES_MOST, is_free = 0;
        if (__atomic_compare_exchange_n(&plan->place[at], &is_free, place, false, __ATOMIC_RELAXED,
                                        __ATOMIC_RELAXED) ||
            is_free == place)
            return __atomic_add_fetch(&plan->times[at], 1, __ATOMIC_RELAXED);
    }
    return 0;
}

static bool place_fails(void)
{
    static _Thread_local bool is_looking; /* the look asks for memory itself, once */
    if (!plan->places_wanted || is_looking)
        return false;
    is_looking = true;
    uint64_t place = place_of_callers(), n = count_place(place);
    is_looking = false;
    if (place != plan->place_fails || n != plan->place_fails_at)
        return false;
    plan->place_fails = 0;   /* nor in the next process */
    plan->places_wanted = 0; /* to look costs more than the case itself */
    return true;
}

static bool nth_fails(void)
{
    uint64_t n = __atomic_add_fetch(&plan->allocations, 1, __ATOMIC_RELAXED);
    if (!plan->alloc_fails_at || n < plan->alloc_fails_at ||
        n - plan->alloc_fails_at >= plan->alloc_fails_for)
        return false;
    if (plan->alloc_fails_for == 1)
        plan->alloc_fails_at = 0;
    return true;
}

static void note_library(const void *caller)
{
    struct dl_find_object found;
    const char *name = _dl_find_object((void *)(uintptr_t)caller, &found) == 0
                           ? found.dlfo_link_map->l_name
                           : "",
               *slash = strrchr(name, '/');
    char what[WHAT_BYTES];
    snprintf(what, sizeof what, "memory of a library, %s", slash ? slash + 1 : name);
    note(what);
}

static bool no_memory(const void *caller)
{
    bool by_place = place_fails(), fails = nth_fails() || by_place;
    uintptr_t at = (uintptr_t)caller;
    if (!fails)
        return false;
    if (at >= own_from && at < own_to)
        note("memory of its own");
    else
        note_library(caller);
    errno = ENOMEM;
    return true;
}

void *malloc(size_t bytes)
{
    return no_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
}

void *calloc(size_t count, size_t bytes)
{
    return no_memory(__builtin_return_address(0)) ? NULL : __libc_calloc(count, bytes);
}

void *realloc(void *old, size_t bytes)
{
    return bytes && no_memory(__builtin_return_address(0)) ? NULL : __libc_realloc(old, bytes);
}

char *strdup(const char *text)
{
    size_t bytes = strlen(text) + 1;
    char *copy = no_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(bytes);
    return copy ? memcpy(copy, text, bytes) : NULL;
}

char *strndup(const char *text, size_t most)
{
    size_t bytes = strnlen(text, most);
    char *copy = no_memory(__builtin_return_address(0)) ? NULL : __libc_malloc(bytes + 1);
    if (copy) {
        memcpy(copy, text, bytes);
        copy[bytes] = '\0';
    }
    return copy;
}
