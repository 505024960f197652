/* SPDX-License-Identifier: Apache-2.0 */
/* The file of `root-users --resume`: a line of JSON for each account that has answered, written
   when it has. What was cut off by an end in the middle of a line is left out; any other line that
   is none of ours is a file that is none of ours, and stays as it is. */
#include "cli/roots.h"
#include "core/buf.h"
#include "core/xalloc.h"
#include "host/clock.h"
#include "host/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

enum { LINE_BYTES = 512, FILE_LINES = 100 * 1000, COUNT_MOST = 64 };
/* What is older is asked again. */
static const ms_t LASTS_MS = MS_DAY;

struct root_file {
    int fd;
};

/* ---- read ---- */

static bool is_count(const json_t *line, const char *key, unsigned *ret)
{
    int64_t count = json_number(line, key, -1);
    *ret = (unsigned)count;
    return count >= 0 && count <= COUNT_MOST;
}

static bool is_instant(const json_t *line, const char *key, ms_t *ret)
{
    *ret = json_number(line, key, -1);
    return *ret >= 0 && *ret <= LIMIT_INSTANT_MS;
}

static bool read_row(const json_t *line, struct root_row *r)
{
    const char *account = json_text_or_empty(line, "account");
    struct root_user *u = &r->user;
    u->has_password = json_flag(line, "password", false);
    return root_is_account(account) && STR_SET(r->account, account) &&
           json_is_boolean(json_object_get(line, "password")) && is_count(line, "keys", &u->keys) &&
           is_count(line, "keys_active", &u->keys_active) &&
           is_count(line, "certificates", &u->certificates) &&
           is_count(line, "certificates_active", &u->certificates_active) &&
           is_count(line, "mfa_devices", &u->mfa_devices) &&
           is_instant(line, "since_ms", &u->since_ms) && is_instant(line, "used_ms", &u->used_ms) &&
           is_instant(line, "at_ms", &r->at_ms) && root_user_is_usable(u) == (u->since_ms != 0);
}

static void take(struct root_rows *all, const struct root_row *found)
{
    ms_t now_ms = clock_wall_ms();
    if (found->at_ms > now_ms || found->at_ms <= now_ms - LASTS_MS)
        return;
    for (size_t i = 0; i < all->count; i++)
        if (str_equal(all->rows[i].account, found->account)) {
            all->rows[i].user = found->user;
            all->rows[i].at_ms = found->at_ms;
        }
}

/* What is whole is taken; *ret_end: where it ends. */
static bool read_lines(FILE *f, struct root_rows *all, off_t *ret_end, struct err *err)
{
    char text[LINE_BYTES];
    *ret_end = 0;
    for (size_t n = 1; fgets(text, sizeof text, f); n++) {
        struct root_row row = { .at_ms = 0 };
        size_t bytes = strlen(text);
        if (!bytes || text[bytes - 1] != '\n') {
            if (feof(f))
                return true;
            return err_set(err, "line %zu is none of root-users: name another file", n);
        }
        JSON_AUTO *line = json_read(text, bytes, sizeof text, NULL);
        if (n > FILE_LINES || !line || !read_row(line, &row))
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
    const struct root_user *u = &r->user;
    buf_init(&b, LINE_BYTES);
    buf_addf(&b,
             "{\"account\":\"%s\",\"at_ms\":%lld,\"password\":%s,\"keys\":%u,\"keys_active\":%u,"
             "\"certificates\":%u,\"certificates_active\":%u,\"mfa_devices\":%u,\"since_ms\":%lld,"
             "\"used_ms\":%lld}\n",
             r->account, (long long)r->at_ms, u->has_password ? "true" : "false", u->keys,
             u->keys_active, u->certificates, u->certificates_active, u->mfa_devices,
             (long long)u->since_ms, (long long)u->used_ms);
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
