#include "host/codekey.h"
#include "host/clock.h"
#include "host/owner.h"
#include "core/encode.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEY_BYTES = 32, PATH_BYTES = 1100 };

static bool write_all(int fd, const char *text, size_t bytes)
{
    return write(fd, text, bytes) == (ssize_t)bytes && fsync(fd) == 0;
}

/* So that the new name is on disk, too. */
static void sync_folder(const char *folder)
{
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    (void)fsync(fd);
    close(fd);
}

/* Whole or not at all: a half-written key would stand in the way for ever. */
static bool make(const char *state_dir, const char *path, struct err *err)
{
    unsigned char key[KEY_BYTES];
    char text[2 * KEY_BYTES + 1], fresh[PATH_BYTES + 8];
    snprintf(fresh, sizeof fresh, "%s.new", path);
    (void)unlink(fresh);
    int fd = open(fresh, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (fd < 0)
        return err_set(err, "%s: %s", fresh, strerror(errno));
    owner_follow(fd, state_dir);
    clock_random(key, sizeof key);
    encode_hex(key, sizeof key, text);
    text[2 * KEY_BYTES] = '\n';
    bool good = write_all(fd, text, sizeof text);
    good = close(fd) == 0 && good && rename(fresh, path) == 0;
    if (!good)
        err_set(err, "%s: %s", fresh, strerror(errno));
    secret_wipe(key, sizeof key);
    secret_wipe(text, sizeof text);
    sync_folder(state_dir);
    return good;
}

struct secret *codekey_open(const char *state_dir, struct err *err)
{
    char path[PATH_BYTES];
    int length = snprintf(path, sizeof path, "%s/" CODEKEY_FILE, state_dir);
    if (length < 0 || (size_t)length >= sizeof path) {
        err_set(err, "the path of state_dir is too long for a key in it");
        return NULL;
    }
    if (access(path, F_OK) != 0 && errno == ENOENT && !make(state_dir, path, err))
        return NULL;
    struct secret *key = secret_read(path, err);
    if (key && strlen(secret_reveal(key)) >= (size_t)2 * KEY_BYTES)
        return key;
    if (key)
        err_set(err, "%s is too short for a key; without that file a new one is made", path);
    secret_free(key);
    return NULL;
}

void codekey_mark(const void *key, const char *code, char ret_mark[CODEMARK_BYTES])
{
    static const char about[] = "the key itself, not a code";
    char name[65], mac[65];
    secret_mac_hex(key, about, sizeof about, name);
    secret_mac_hex(key, code, strlen(code), mac);
    snprintf(ret_mark, CODEMARK_BYTES, "%.*s.%s", CODEMARK_KEY_NAME, name, mac);
}
