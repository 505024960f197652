/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/aws/session.h"
#include "core/limits.h"
#include "host/clock.h"
#include "host/json.h"

#include <string.h>

enum {
    ARENA_BYTES = 1024 * 1024,
    JSON_BYTES = 32 * 1024,
    CODE_MOST = 64,
    KEY_ID_LEAST = 16,
    KEY_ID_MOST = 128
};

void aws_session_done(struct aws_session *s)
{
    secret_free(s->secret);
    secret_free(s->token);
    *s = (struct aws_session){ .ends_ms = 0 };
}

/* As it stands in an answer; each text is "" where it is not there. */
struct handed {
    const char *access_key_id, *secret, *token, *ends;
};

/* One that can stand in a header, and is no longer than a secret may be. */
static bool is_secret(const char *text)
{
    size_t bytes = 0;
    while (text[bytes] > 0x20 && text[bytes] < 0x7F)
        bytes++;
    return !text[bytes] && bytes > 0 && bytes <= LIMIT_SECRET_BYTES;
}

static bool is_key_id(const char *text)
{
    size_t bytes = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789");
    return !text[bytes] && bytes >= KEY_ID_LEAST && bytes <= KEY_ID_MOST;
}

static bool take(const struct handed *h, ms_t now_ms, struct aws_session *s, struct err *err)
{
    ms_t ends_ms;
    if (!is_key_id(h->access_key_id))
        return err_set(err, "it has no access key id");
    if (!is_secret(h->secret) || !is_secret(h->token))
        return err_set(err, "it has no secret access key, or no session token");
    if (!clock_parse_iso(h->ends, &ends_ms))
        return err_set(err, "it does not say when the session ends");
    if (ends_ms <= now_ms)
        return err_set(err, "its session has ended before it came: compare this machine's clock");
    aws_session_done(s);
    STR_SET(s->access_key_id, h->access_key_id);
    s->secret = secret_from(h->secret);
    s->token = secret_from(h->token);
    s->ends_ms = ends_ms;
    return (s->secret && s->token) || err_set(err, "no memory for a secret");
}

bool aws_read_session(enum aws_action action, const char *body, size_t bytes, ms_t now_ms,
                      struct aws_session *ret, struct err *err)
{
    struct arena arena;
    arena_init(&arena, ARENA_BYTES);
    const struct xml_element *result = aws_result_of(action, body, bytes, &arena, err),
                             *keys = xml_inside(result, "Credentials");
    const struct handed h = { .access_key_id = xml_text_inside(keys, "AccessKeyId"),
                              .secret = xml_text_inside(keys, "SecretAccessKey"),
                              .token = xml_text_inside(keys, "SessionToken"),
                              .ends = xml_text_inside(keys, "Expiration") };
    bool whole = result && take(&h, now_ms, ret, err);
    arena_wipe(&arena);
    return whole;
}

/* An instance whose role cannot be had says so in an answer of its own. */
static bool has_credentials(const json_t *answer, struct err *err)
{
    const char *code = json_text_or_empty(answer, "Code");
    size_t bytes = strspn(code, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz");
    bool word = !code[bytes] && bytes <= CODE_MOST;
    return !code[0] || strcmp(code, "Success") == 0 ||
           err_set(err, "it hands out none%s%s", word ? ": " : "", word ? code : "");
}

static void wipe_text(const json_t *answer, const char *key)
{
    const char *text = json_text_or_empty(answer, key);
    secret_wipe((char *)(uintptr_t)text, strlen(text));
}

bool aws_read_handed(const char *body, size_t bytes, ms_t now_ms, struct aws_session *ret,
                     struct err *err)
{
    JSON_AUTO *answer = json_read(body, bytes, JSON_BYTES, NULL);
    if (!json_is_object(answer)) /* why not may repeat a part of it */
        return err_set(err, "it is no JSON as AWS writes it");
    const struct handed h = { .access_key_id = json_text_or_empty(answer, "AccessKeyId"),
                              .secret = json_text_or_empty(answer, "SecretAccessKey"),
                              .token = json_text_or_empty(answer, "Token"),
                              .ends = json_text_or_empty(answer, "Expiration") };
    bool whole = has_credentials(answer, err) && take(&h, now_ms, ret, err);
    wipe_text(answer, "SecretAccessKey");
    wipe_text(answer, "Token");
    return whole;
}
