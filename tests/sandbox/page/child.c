/* SPDX-License-Identifier: Apache-2.0 */
/* Starting a program: its own process group, so that a Ctrl-C in the terminal reaches the sandbox
   alone and the sandbox ends its children in order; nothing inherited but three descriptors; asked
   to end by the kernel when the sandbox is killed. */
#include "tests/sandbox/page/child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

enum { EXIT_NOT_STARTED = 127 };

/* Between fork and exec: system calls only. */
_Noreturn static void become(const char *const arguments[PAGE_ARGUMENTS], int out, int nothing,
                             pid_t parent)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (getppid() != parent)
        _exit(EXIT_NOT_STARTED); /* it died before the kernel knew what we want */
    signal(SIGPIPE, SIG_DFL);
    dup2(nothing, STDIN_FILENO);
    dup2(out, STDOUT_FILENO);
    dup2(out, STDERR_FILENO);
    close_range(STDERR_FILENO + 1, ~0U, 0);
    execv(arguments[0], (char *const *)(uintptr_t)arguments);
    _exit(EXIT_NOT_STARTED);
}

pid_t page_child_start(const char *const arguments[PAGE_ARGUMENTS], int *ret_fd)
{
    int ends[2], nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing < 0 || pipe2(ends, O_CLOEXEC) != 0) {
        fprintf(stderr, "reguard-sandbox: %s cannot be started: %s\n", arguments[0],
                strerror(errno));
        close(nothing);
        return -1;
    }
    pid_t parent = getpid(), child = fork();
    if (child == 0)
        become(arguments, ends[1], nothing, parent);
    close(nothing);
    close(ends[1]);
    if (child < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) != 0) {
        fprintf(stderr, "reguard-sandbox: %s cannot be started: %s\n", arguments[0],
                strerror(errno));
        close(ends[0]);
        if (child > 0)
            kill(child, SIGKILL);
        return -1;
    }
    *ret_fd = ends[0];
    return child;
}
