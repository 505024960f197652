/* SPDX-License-Identifier: Apache-2.0 */
#include "host/owner.h"

#include <sys/stat.h>
#include <unistd.h>

void owner_follow(int fd, const char *path_of_other)
{
    struct stat other;
    if (geteuid() == 0 && stat(path_of_other, &other) == 0 && other.st_uid != 0)
        (void)!fchown(fd, other.st_uid, other.st_gid);
}
