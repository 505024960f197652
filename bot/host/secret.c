/* SPDX-License-Identifier: Apache-2.0 */
#include "host/secret.h"
#include "core/limits.h"
#include "core/encode.h"
#include "core/xalloc.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

struct secret {
    size_t bytes;
    char text[LIMIT_SECRET_BYTES + 1];
};

static struct secret *secret_new(const char *text, size_t bytes)
{
    struct secret *s = mmap(NULL, sizeof *s, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                            -1, 0);
    if (s == MAP_FAILED)
        return NULL;
    /* Best effort: a small locked-memory limit must not keep the bot from starting. */
    (void)mlock(s, sizeof *s);
    (void)madvise(s, sizeof *s, MADV_DONTDUMP);
    memcpy(s->text, text, bytes);
    s->bytes = bytes;
    return s;
}

/* systemd owns that folder and lets nobody but the unit's user in; where it cannot mount one of its
   own it does so with an ACL, whose mask then stands in the bits of the group (systemd.exec(5),
   acl(5)). */
static bool is_credential(const char *path)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    size_t bytes = folder ? strlen(folder) : 0;
    return bytes && strncmp(path, folder, bytes) == 0 && path[bytes] == '/';
}

static bool is_allowed(int fd, const char *path, struct err *err)
{
    struct stat st;
    mode_t others = is_credential(path) ? S_IRWXO | S_IWGRP : S_IRWXO | S_IRWXG;
    if (fstat(fd, &st) != 0)
        return err_set(err, "%s: %s", path, strerror(errno));
    if (!S_ISREG(st.st_mode))
        return err_set(err, "%s is not a regular file", path);
    if (st.st_mode & others)
        return err_set(
            err, "%s can be read by group or others; a secret file must have mode 0600 or 0400",
            path);
    return true;
}

static struct secret *secret_in(char *text, ssize_t bytes, const char *path, struct err *err)
{
    while (bytes > 0 && (text[bytes - 1] == '\n' || text[bytes - 1] == '\r'))
        bytes--;
    const char *blanks = bytes > 0 && text[0] == '{' ? " \t\r\n"
                                                     : ""; /* a secret of several parts is JSON */
    for (ssize_t i = 0; i < bytes; i++)
        if (((unsigned char)text[i] < 0x21 || (unsigned char)text[i] > 0x7E) &&
            (!text[i] || !strchr(blanks, text[i]))) {
            err_set(err, "%s holds a blank or control character", path);
            return NULL;
        }
    if (bytes <= 0 || bytes > LIMIT_SECRET_BYTES) {
        err_set(err, bytes <= 0 ? "%s is empty" : "%s is too long for a secret", path);
        return NULL;
    }
    return secret_new(text, (size_t)bytes);
}

struct secret *secret_read(const char *path, struct err *err)
{
    char text[LIMIT_SECRET_BYTES + 2];
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    if (fd < 0) {
        err_set(err, "%s: %s%s", path, strerror(errno),
                errno == EACCES ? "; only root and the file's owner may read it" : "");
        return NULL;
    }
    struct secret *s = NULL;
    if (is_allowed(fd, path, err)) {
        ssize_t got = read(fd, text, sizeof text);
        s = secret_in(text, got, path, err);
    }
    secret_wipe(text, sizeof text);
    close(fd);
    return s;
}

struct secret *secret_from(const char *text)
{
    size_t bytes = strlen(text);
    return bytes > LIMIT_SECRET_BYTES ? NULL : secret_new(text, bytes);
}

void secret_free(struct secret *s)
{
    if (!s)
        return;
    secret_wipe(s, sizeof *s);
    munmap(s, sizeof *s);
}

void secret_cleanup(struct secret **s) { secret_free(*s); }

const char *secret_reveal(const struct secret *s) { return s ? s->text : ""; }

bool secret_equal(const struct secret *s, const char *text)
{
    return strlen(text) == s->bytes && CRYPTO_memcmp(s->text, text, s->bytes) == 0;
}

bool secret_replace(struct secret **kept, struct secret *fresh)
{
    if ((!fresh && !*kept) || (fresh && *kept && secret_equal(*kept, fresh->text))) {
        secret_free(fresh);
        return false;
    }
    secret_free(*kept);
    *kept = fresh;
    return true;
}

void secret_wipe(void *bytes, size_t count) { OPENSSL_cleanse(bytes, count); }

void secret_harden_process(void)
{
    (void)prctl(PR_SET_DUMPABLE, 0);
    (void)setrlimit(RLIMIT_CORE, &(struct rlimit){ 0, 0 });
}

static EVP_MD *sha256;

static void fetch_sha256(void) { sha256 = EVP_MD_fetch(NULL, "SHA256", NULL); }

/* Looked for once: by its name it would be each time (openssl-evp(7), "explicit fetching"). */
static const EVP_MD *known_sha256(void)
{
    static CRYPTO_ONCE once = CRYPTO_ONCE_STATIC_INIT;
    return CRYPTO_THREAD_run_once(&once, fetch_sha256) && sha256 ? sha256 : EVP_sha256();
}

void secret_sha256_hex(const void *bytes, size_t count, char ret_hex[65])
{
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (EVP_Digest(bytes, count, digest, &length, known_sha256(), NULL) != 1 || length != 32)
        xalloc_failed(); /* only for want of memory */
    encode_hex(digest, 32, ret_hex);
}

void secret_mac_hex(const struct secret *key, const void *bytes, size_t count, char ret_hex[65])
{
    unsigned char mac[EVP_MAX_MD_SIZE];
    unsigned int length = 0;
    if (!HMAC(EVP_sha256(), key->text, (int)key->bytes, bytes, count, mac, &length) || length != 32)
        xalloc_failed(); /* only for want of memory */
    encode_hex(mac, 32, ret_hex);
}
