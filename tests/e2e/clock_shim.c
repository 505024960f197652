/* SPDX-License-Identifier: Apache-2.0 */
/* Loaded into the bot (LD_PRELOAD): its wall clock is as many seconds ahead as stand in the file
   that CLOCK_SHIM names, behind when that is negative. The monotonic clock goes on as it does. */
#include <dlfcn.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <fcntl.h>
#include <sys/time.h>
#include <time.h>

static const int64_t *ahead_s(void)
{
    static const int64_t none, *at;
    const char *path = getenv("CLOCK_SHIM");
    if (at || !path)
        return at ? at : &none;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    void *page = fd < 0 ? MAP_FAILED : mmap(NULL, sizeof *at, PROT_READ, MAP_SHARED, fd, 0);
    return at = page == MAP_FAILED ? &none : page;
}

int clock_gettime(clockid_t id, struct timespec *ts)
{
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    int failed = real(id, ts);
    if (!failed && (id == CLOCK_REALTIME || id == CLOCK_REALTIME_COARSE))
        ts->tv_sec += *ahead_s();
    return failed;
}

time_t time(time_t *ret)
{
    struct timespec ts;
    clock_gettime(CLOCK_REALTIME, &ts);
    if (ret)
        *ret = ts.tv_sec;
    return ts.tv_sec;
}

int gettimeofday(struct timeval *restrict ret, void *restrict zone)
{
    struct timespec ts;
    (void)zone;
    clock_gettime(CLOCK_REALTIME, &ts);
    *ret = (struct timeval){ ts.tv_sec, ts.tv_nsec / 1000 };
    return 0;
}
