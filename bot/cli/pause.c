/* SPDX-License-Identifier: Apache-2.0 */
#include "cli/pause.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { MOST_COUNTED = 16, PATH_BYTES = 512 };
static const ms_t LONGEST_MS = 30 * MS_SECOND;

ms_t pause_ms(int failed)
{
    if (failed < 2)
        return 0; /* one failure is an accident: back at once */
    return ms_doubled(MS_SECOND, failed - 2, LONGEST_MS);
}

/* One byte for each failed start. False without a folder to keep them in. */
static bool counter(char path[PATH_BYTES])
{
    const char *folder = getenv("RUNTIME_DIRECTORY");
    int bytes = snprintf(path, PATH_BYTES, "%s/failed-starts", str_or_empty(folder));
    return folder && folder[0] == '/' && bytes < PATH_BYTES;
}

static int count_one_more(void)
{
    char path[PATH_BYTES], bytes[MOST_COUNTED + 1];
    if (!counter(path))
        return 0;
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    ssize_t failed = fd >= 0 ? read(fd, bytes, sizeof bytes) : 0;
    if (fd >= 0 && failed <= MOST_COUNTED)
        failed = write(fd, "x", 1) == 1 ? failed : 0;
    if (fd >= 0)
        close(fd);
    return failed > 0 ? (int)failed : 0;
}

void pause_was_fine(void)
{
    char path[PATH_BYTES];
    if (counter(path))
        (void)unlink(path);
}

int pause_after_failures(void (*notify)(const char *state))
{
    char status[96];
    sigset_t set;
    int failed = count_one_more();
    ms_t wait_ms = pause_ms(failed);
    if (wait_ms == 0)
        return failed;
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGINT);
    sigprocmask(SIG_BLOCK, &set, NULL);
    snprintf(status, sizeof status, "STATUS=waits %d s after %d failed starts",
             (int)(wait_ms / 1000), failed);
    notify(status);
    if (sigtimedwait(&set, NULL, &(struct timespec){ .tv_sec = wait_ms / 1000 }) < 0)
        return failed;
    pause_was_fine();
    return -1;
}
