/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/control/issued.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Enough for any test but a flood, whose later ones are like the first. */
enum { ISSUED_MOST = 200, ISSUED_PATH_MAX = 4096 };

static char path[ISSUED_PATH_MAX];
static int count;

void sandbox_issued_to(const char *dir)
{
    int bytes = snprintf(path, sizeof path, "%s/issued", dir);
    if (bytes < 0 || bytes >= ISSUED_PATH_MAX)
        path[0] = '\0';
}

void sandbox_issued(const char *secret)
{
    int fd = path[0] && count < ISSUED_MOST
                 ? open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)
                 : -1;
    if (fd < 0)
        return;
    count++;
    if (dprintf(fd, "%s\n", secret) < 0)
        perror("reguard-sandbox: issued");
    close(fd);
}
