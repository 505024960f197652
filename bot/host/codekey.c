/* SPDX-License-Identifier: Apache-2.0 */
#include "host/codekey.h"
#include "host/clock.h"
#include "core/encode.h"
#include "host/file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { KEY_BYTES = 32, PATH_BYTES = 1100 };

/* Whole or not at all: a half-written key would stand in the way for ever. */
static bool make(const char *state_dir, const char *path, struct err *err)
{
    unsigned char key[KEY_BYTES];
    char text[2 * KEY_BYTES + 1];
    clock_random(key, sizeof key);
    encode_hex(key, sizeof key, text);
    text[2 * KEY_BYTES] = '\n';
    bool good = file_replace(path, state_dir, text, sizeof text, err);
    secret_wipe(key, sizeof key);
    secret_wipe(text, sizeof text);
    (void)file_sync_folder(state_dir);
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
