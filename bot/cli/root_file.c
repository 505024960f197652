/* SPDX-License-Identifier: Apache-2.0 */
/* The file of `root-users --resume`: a line of JSON for each account that has answered, written
   when it has. What was cut off by an end in the middle of a line is left out; any other line that
   is none of ours is a file that is none of ours, and stays as it is. */
#include "cli/roots.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/rootline.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FILE_LINES = 100 * 1000 };
/* What is older is asked again. */
static const ms_t LASTS_MS = MS_DAY;

struct root_file {
    int fd;
};

/* ---- read ---- */

static void take(struct root_rows *all, const struct root_row *found)
{
    ms_t now_ms = clock_wall_ms();
    if (found->at_ms > now_ms || found->at_ms <= now_ms - LASTS_MS)
        return;
    rootwalk_take(all, found);
}

/* What is whole is taken; *ret_end: where it ends. */
static bool read_lines(FILE *f, struct root_rows *all, off_t *ret_end, struct err *err)
{
    char text[ROOTLINE_BYTES];
    *ret_end = 0;
    for (size_t n = 1; fgets(text, sizeof text, f); n++) {
        struct root_row row = { .at_ms = 0 };
        size_t bytes = strlen(text);
        if (!bytes || text[bytes - 1] != '\n') {
            if (feof(f))
                return true;
            return err_set(err, "line %zu is none of root-users: name another file", n);
        }
        if (n > FILE_LINES || !rootline_read(text, bytes, &row))
            return err_set(err, "line %zu is none of root-users: name another file", n);
        take(all, &row);
        *ret_end += (off_t)bytes;
    }
    return !ferror(f) || err_set(err, "%s", strerror(errno));
}

static bool is_ours(int fd, struct err *err)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return err_set(err, "%s", strerror(errno));
    if (!S_ISREG(st.st_mode) || st.st_uid != geteuid() || (st.st_mode & 077))
        return err_set(err, "it has to be a file of whoever runs this, with mode 0600");
    return flock(fd, LOCK_EX | LOCK_NB) == 0 || err_set(err, "another root-users writes to it");
}

/* ---- written ---- */

bool root_file_add(struct root_file *f, const struct root_row *r, struct err *err)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, ROOTLINE_BYTES);
    rootline_add(&b, r);
    ssize_t written = write(f->fd, buf_text(&b), b.bytes);
    return written == (ssize_t)b.bytes ||
           err_set(err, "%s", written < 0 ? strerror(errno) : "the disk is full");
}

struct root_file *root_file_open(const char *path, struct root_rows *all, struct err *err)
{
    off_t end = 0;
    int fd = open(path, O_RDWR | O_CREAT | O_APPEND | O_NOFOLLOW | O_CLOEXEC | O_NONBLOCK, 0600);
    int copy = fd < 0 ? -1 : dup(fd);
    FILE *reader = copy < 0 ? NULL : fdopen(copy, "r");
    bool fine = reader ? is_ours(fd, err) && read_lines(reader, all, &end, err) &&
                             (ftruncate(fd, end) == 0 || err_set(err, "%s", strerror(errno)))
                       : err_set(err, "%s", strerror(errno));
    if (reader)
        (void)fclose(reader);
    if (fine) {
        struct root_file *f = xcalloc(1, sizeof *f);
        f->fd = fd;
        return f;
    }
    if (fd >= 0)
        close(fd);
    return NULL;
}

void root_file_close(struct root_file *f)
{
    if (f)
        close(f->fd);
    free(f);
}
