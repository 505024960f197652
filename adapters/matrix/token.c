/* SPDX-License-Identifier: Apache-2.0 */
/* The access token: one line, or {"access_token":…,"refresh_token":…} for homeservers whose tokens
   end. A renewed pair is in the file before it is used, because its first use ends the old one;
   where several instances share their records it is there instead, and the file stays as the
   operator wrote it on each host: it seals the pair, so that the records tell nobody else, and
   another file counts anew. A pair belongs to one process alone, because of two that renew it the
   slower is locked out: a witness renews one only whose file says that it is the witness's, which
   no copy of reguard's does, and reguard takes none that does. */
#include "adapters/matrix/internal.h"
#include "adapters/matrix/matrix.h"
#include "core/xalloc.h"
#include "host/file.h"
#include "host/json.h"
#include "host/log.h"
#include "host/seal.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- the file ---- */

static bool take_pair(struct matrix *m, const char *access, const char *refresh, struct err *err)
{
    struct secret *token = access && access[0] ? secret_from(access) : NULL,
                  *refresh_token = refresh && refresh[0] ? secret_from(refresh) : NULL;
    if (!token) {
        secret_free(refresh_token);
        return err_set(err, "%s: there is no access_token in it", m->token_file);
    }
    secret_free(m->token);
    secret_free(m->refresh_token);
    m->token = token;
    m->refresh_token = refresh_token;
    m->tokens++;
    return true;
}

static bool says_witness(const json_t *pair)
{
    return str_equal(json_text(pair, "owner"), "witness");
}

/* m NULL: only looks whether it fits reguard itself. */
static bool take_file(struct matrix *m, const struct secret *file, const char *path,
                      struct err *err)
{
    const char *text = secret_reveal(file);
    if (text[0] != '{')
        return !m || take_pair(m, text, NULL, err);
    JSON_AUTO *json = json_read(text, strlen(text), LIMIT_SECRET_BYTES, err);
    if (!json)
        return err_wrap(err, "%s", path);
    const char *access = json_text(json, "access_token");
    bool of_witness = says_witness(json);
    if (of_witness && (!m || !m->witness))
        return err_set(err,
                       "%s: it is the witness's, which renews it: log the account in once more "
                       "for reguard itself",
                       path);
    if (m)
        m->of_witness = of_witness;
    else
        return (access && access[0]) || err_set(err, "%s: there is no access_token in it", path);
    return take_pair(m, access, json_text(json, "refresh_token"), err);
}

bool matrix_token_fits(const struct secret *file, const char *path, struct err *err)
{
    return take_file(NULL, file, path, err);
}

bool matrix_token_is_pair(const struct secret *file)
{
    const char *text = secret_reveal(file);
    JSON_AUTO *json = text[0] == '{' ? json_read(text, strlen(text), LIMIT_SECRET_BYTES, NULL)
                                     : NULL;
    return str_or_empty(json_text(json, "refresh_token"))[0] != '\0';
}

bool matrix_token_is_of_witness(const struct secret *file)
{
    const char *text = secret_reveal(file);
    JSON_AUTO *json = text[0] == '{' ? json_read(text, strlen(text), LIMIT_SECRET_BYTES, NULL)
                                     : NULL;
    return says_witness(json);
}

bool matrix_token_read(struct matrix *m, struct err *err)
{
    struct secret *file = secret_read(m->token_file, err);
    if (!file)
        return false;
    secret_free(m->file);
    m->file = file;
    CLEANUP(secret_cleanup) struct secret *pair = m->kept ? seal_open(file, m->kept) : NULL;
    m->kept_counts = pair != NULL;
    return take_file(m, pair ? pair : file, m->token_file, err);
}

static void on_refreshed(void *arg, const struct matrix_result *r);

bool matrix_token_renew(struct matrix *m, struct secret *file_taken, const char *path)
{
    CLEANUP(secret_cleanup) struct secret *file = file_taken;
    CLEANUP(secret_cleanup) struct secret *before = secret_from(secret_reveal(m->token));
    struct err err = { "" };
    STR_SET(m->token_file, path);
    if (m->keep && m->file && secret_equal(m->file, secret_reveal(file)))
        return false; /* what was renewed since is not in it */
    secret_free(m->file);
    m->file = secret_from(secret_reveal(file));
    unsigned tokens = m->tokens;
    if (!take_file(m, file, path, &err)) {
        LOG(LOG_ERROR, "matrix.token", LS("error", err.text));
        return false;
    }
    bool is_new = !before || !secret_equal(before, secret_reveal(m->token));
    if (!is_new)
        m->tokens = tokens;
    if (is_new) { /* what is being renewed is the other one */
        matrix_forget_calls(m, on_refreshed);
        m->token_state = MATRIX_TOKEN_USED;
    }
    return is_new;
}

static bool replace_file(const char *path, const char *text, struct err *err)
{
    return file_replace(path, path, text, strlen(text), err) &&
           (file_sync_name(path) ||
            err_set(err, "%s could not be replaced: %s", path, strerror(errno)));
}

static bool keep_in_records(struct matrix *m, const char *pair, struct err *err)
{
    CLEANUP(buf_done) struct buf sealed;
    buf_init(&sealed, 4 * LIMIT_SECRET_BYTES);
    if (!seal_close(m->file, pair, &sealed))
        return err_set(err, "the renewed token could not be sealed");
    if (!m->keep(m->keep_arg, buf_text(&sealed), err))
        return err_wrap(err, "the renewed token could not be kept");
    free(m->kept);
    m->kept = xstrdup(buf_text(&sealed));
    return true;
}

static bool keep_pair(struct matrix *m, const char *access, const char *refresh, struct err *err)
{
    JSON_AUTO *pair = json_pack("{s:s, s:s, s:s*}", "access_token", access, "refresh_token",
                                refresh, "owner", m->of_witness ? "witness" : NULL);
    char *text = json_dumps(pair, JSON_COMPACT);
    if (!text)
        return err_set(err, "the renewed token is no text");
    bool kept = (m->keep ? keep_in_records(m, text, err)
                         : replace_file(m->token_file, text, err)) &&
                take_pair(m, access, refresh, err);
    secret_wipe(text, strlen(text));
    free(text);
    return kept;
}

/* ---- renewing ---- */

static bool is_anothers(const struct matrix *m)
{
    return m->borrowed || (m->witness && !m->of_witness);
}

static void give_up(struct matrix *m, const char *why)
{
    const char *next =
        is_anothers(m) && m->refresh_token
            ? "it is renewed by the reguard that serves the room and not here, which "
              "would end that one's"
            : "put a new one into the token file, which is read again every 30 s";
    m->token_state = MATRIX_TOKEN_BAD;
    matrix_step(m, MATRIX_DOUBTED); /* the room is looked at again before the next poll */
    matrix_trouble(m, MATRIX_OF_CREDENTIAL,
                   arena_printf(inbox_arena(m->inbox),
                                "the homeserver does not accept the access token (%s); %s", why,
                                next));
    matrix_down(m, why);
    matrix_connect_again(m, why, 0);
}

/* What the records do not take now they take later; until it is used the new pair ends nothing. */
static void give_up_or_wait(struct matrix *m, const char *why, bool renewed)
{
    if (renewed && m->keep)
        matrix_connect_again(m, why, 0);
    else
        give_up(m, why);
}

static void on_refreshed(void *arg, const struct matrix_result *r)
{
    struct matrix *m = arg;
    struct err err = { "" };
    const char *access = json_text(r->json, "access_token"),
               *refresh = json_text(r->json, "refresh_token");
    m->token_state = MATRIX_TOKEN_USED;
    if (matrix_is_stopped(m))
        return;
    if (r->outcome == MATRIX_OK && access &&
        keep_pair(m, access, refresh ? refresh : secret_reveal(m->refresh_token), &err)) {
        LOG(LOG_INFO, "matrix.token", LS("what", "renewed"));
        matrix_connect_again(m, "the access token was renewed", 0);
    } else if (r->outcome == MATRIX_LATER || r->outcome == MATRIX_UNKNOWN) {
        matrix_connect_again(m,
                             r->error[0] ? r->error : "the access token could not be renewed yet",
                             r->retry_after_ms);
    } else {
        give_up_or_wait(m, err.text[0] ? err.text : r->errcode, r->outcome == MATRIX_OK);
    }
}

void matrix_token_rejected(struct matrix *m, const char *why)
{
    if (m->token_state != MATRIX_TOKEN_USED || matrix_is_stopped(m))
        return;
    if (!m->refresh_token || is_anothers(m)) {
        give_up(m, why);
        return;
    }
    m->token_state = MATRIX_TOKEN_RENEWING;
    LOG(LOG_INFO, "matrix.token", LS("what", "renewing"), LS("why", why));
    matrix_call(m,
                &(struct matrix_ask){ .method = "POST",
                                      .path = "v3/refresh",
                                      .bare = true,
                                      .urgency = URGENCY_GUARDS,
                                      .body_new = json_pack("{s:s}", "refresh_token",
                                                            secret_reveal(m->refresh_token)) },
                on_refreshed, m);
}
