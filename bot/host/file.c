/* SPDX-License-Identifier: Apache-2.0 */
#include "host/file.h"
#include "core/base.h"
#include "host/owner.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { PATH_BYTES = 1200 };

int file_new(const char *path, const char *like)
{
    (void)unlink(path);
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (fd >= 0)
        owner_follow(fd, like);
    return fd;
}

static bool write_all(int fd, const char *bytes, size_t count)
{
    for (size_t done = 0; done < count;) {
        ssize_t n = write(fd, bytes + done, count - done);
        if (n <= 0)
            return false;
        done += (size_t)n;
    }
    return fsync(fd) == 0;
}

bool file_replace(const char *path, const char *like, const char *bytes, size_t count,
                  struct err *err)
{
    char fresh[PATH_BYTES];
    int length = snprintf(fresh, sizeof fresh, "%s.new", path);
    if (length < 0 || (size_t)length >= sizeof fresh)
        return err_set(err, "%s could not be replaced: its path is too long", path);
    int fd = file_new(fresh, like);
    bool written = fd >= 0 && write_all(fd, bytes, count);
    int why = errno;
    if (fd >= 0 && close(fd) != 0 && written) {
        written = false;
        why = errno;
    }
    if (written && rename(fresh, path) == 0)
        return true;
    why = written ? errno : why;
    (void)unlink(fresh);
    return err_set(err, "%s could not be replaced: %s", path, strerror(why));
}

bool file_sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool done = fd >= 0 && fsync(fd) == 0;
    int why = errno;
    if (fd >= 0)
        close(fd);
    errno = why;
    return done;
}

bool file_sync_name(const char *path)
{
    char folder[PATH_BYTES];
    STR_SET(folder, path);
    char *slash = strrchr(folder, '/');
    if (slash)
        *slash = '\0';
    return file_sync_folder(slash ? folder : ".");
}
