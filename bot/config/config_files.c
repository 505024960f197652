/* SPDX-License-Identifier: Apache-2.0 */
#include "config/config_files.h"
#include "net/trust.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { PLACES = 4, SECRET_LEAST_BYTES = 12 };

struct places {
    char paths[PLACES][CONFIG_PATH_BYTES];
    size_t count;
    bool too_long;
};

static void add_place(struct places *p, const char *folder, size_t folder_bytes, const char *middle,
                      const char *name)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, CONFIG_PATH_BYTES);
    buf_add_bytes(&b, folder, folder_bytes);
    buf_addf(&b, "%s%s", middle, name);
    if (b.overflow || !str_copy(p->paths[p->count], CONFIG_PATH_BYTES, buf_text(&b)))
        p->too_long = true;
    else
        p->count++;
}

static void add_credentials(struct places *p, const char *given)
{
    const char *folder = getenv("CREDENTIALS_DIRECTORY");
    char name[CONFIG_PATH_BYTES];
    if (!folder || !folder[0])
        return;
    add_place(p, folder, strlen(folder), "/", given);
    STR_SET(name, given);
    for (char *at = name; *at; at++)
        if (*at == '/')
            *at = '_';
    add_place(p, folder, strlen(folder), "/secrets_", name);
}

static struct places places_of(const char *config_file, const char *given)
{
    struct places p = { .count = 0 };
    const char *slash = strrchr(config_file, '/');
    size_t folder = slash ? (size_t)(slash - config_file + 1) : 0;
    if (given[0] == '/' || !given[0]) {
        add_place(&p, "", 0, "", given);
        return p;
    }
    add_credentials(&p, given);
    add_place(&p, config_file, folder, "", given);
    add_place(&p, config_file, folder, "secrets/", given);
    return p;
}

/* What may not be looked at is there: its own error says more than that of another place. */
static bool is_there(const char *path)
{
    return access(path, F_OK) == 0 || (errno != ENOENT && errno != ENOTDIR);
}

bool config_files_place(const char *config_file, const char *given, char *to, size_t bytes)
{
    struct places p = places_of(config_file, given);
    size_t at = 0;
    while (at < p.count && !is_there(p.paths[at]))
        at++;
    return !p.too_long && str_copy(to, bytes, p.paths[at < p.count ? at : 0]);
}

/* ---- what must not be shown ---- */

/* As their makers mark them: Slack, Synapse, the Matrix Authentication Service, AWS, JSON Web
   Tokens. The mark alone is none yet. */
static size_t secret_at(const char *text)
{
    static const char *const marks[] = { "xox",  "xapp-", "syt_", "syr_", "mct_",
                                         "mcr_", "AKIA",  "ASIA", "eyJ" };
    static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                  "0123456789-_.%";
    for (size_t i = 0; i < COUNT(marks); i++)
        if (strncmp(text, marks[i], strlen(marks[i])) == 0) {
            size_t bytes = strspn(text, letters);
            return bytes >= SECRET_LEAST_BYTES ? bytes : 0;
        }
    return 0;
}

void config_hide_secrets(struct buf *b)
{
    static const char instead[] = "(a secret)";
    _Static_assert(sizeof instead - 1 <= SECRET_LEAST_BYTES, "it fits into its place");
    char *to = b->text;
    for (const char *at = b->text; at && *at;) {
        bool begins = at == b->text || !isalnum((unsigned char)at[-1]);
        size_t bytes = begins ? secret_at(at) : 0;
        if (bytes) {
            memmove(to, instead, sizeof instead - 1);
            to += sizeof instead - 1;
            at += bytes;
        } else {
            *to++ = *at++;
        }
    }
    if (!to)
        return;
    *to = '\0';
    b->bytes = (size_t)(to - b->text);
}

/* ---- can it be used? ---- */

static bool nowhere(const struct config *config, const struct config_file *file, struct err *err)
{
    struct places p = places_of(config->file, file->given);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_ERROR_BYTES);
    for (size_t i = 0; i < p.count; i++)
        buf_addf(&b, "%s%s", i == 0 ? "" : i + 1 == p.count ? " nor " : ", ", p.paths[i]);
    config_hide_secrets(&b);
    return err_set(err, "there is no %s", buf_text(&b));
}

static bool is_secret_fine(const char *path, struct err *err)
{
    struct secret *secret = secret_read(path, err);
    bool fine = secret != NULL;
    secret_free(secret);
    return fine;
}

static bool is_fine(const struct config *config, const struct config_file *file, struct err *err)
{
    if (!is_there(file->path))
        return nowhere(config, file, err);
    return file->is_secret ? is_secret_fine(file->path, err) : trust_file_check(file->path, err);
}

bool config_files_check(const struct config *config, const char *only, struct buf *errors)
{
    bool fine = true;
    for (size_t i = 0; i < config->file_count; i++) {
        const struct config_file *file = &config->files[i];
        struct err err = { "" };
        if ((only && !str_equal(file->section, only)) || is_fine(config, file, &err))
            continue;
        buf_addf(errors, "%s:%d: [%s] %s: %s\n", config->file, file->line, file->section, file->key,
                 err.text);
        fine = false;
    }
    config_hide_secrets(errors);
    return fine;
}

struct secret *config_files_secret(const struct config *config, const char *path, struct err *err)
{
    for (size_t i = 0; i < config->file_count; i++)
        if (config->files[i].path == path && !is_there(path)) {
            nowhere(config, &config->files[i], err);
            return NULL;
        }
    return secret_read(path, err);
}
