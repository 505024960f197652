/* SPDX-License-Identifier: Apache-2.0 */
/* What Stax and the AWS sign-in answer: the first byte says to which question. Lower case letters
   read; C changes, and no flag but the one may differ afterwards. */
#include "tests/fuzz/fuzz.h"
#include "tests/stax_whole.h"

#include "adapters/stax/codec.h"
#include "adapters/stax/provider.h"
#include "net/sign.h"
#include "adapters/stax/srp.h"
#include "core/flags.h"
#include "core/outside.h"
#include "core/inert.h"
#include "core/utf8.h"
#include "host/json.h"

#include <stdlib.h>
#include <string.h>

static void harmless(const char *text)
{
    uint32_t code;
    for (const char *at = text; *at;) {
        size_t bytes = utf8_decode(at, &code);
        FUZZ_PROMISE(bytes && !inert_is_hostile(code), "errors are harmless text", text);
        at += bytes;
    }
}

static void sign_in(const char *text, size_t bytes, struct arena *arena, struct err *err)
{
    static const unsigned char secret[SRP_SECRET_BYTES] = { 1, 2, 3 };
    struct stax_challenge c;
    struct stax_pool pool;
    struct stax_credentials k;
    const char *token;
    unsigned char key[SRP_KEY_BYTES];
    char signature[SRP_SIGNATURE_BYTES];
    if (stax_public_config(text, bytes, arena, &pool, err))
        stax_logins(arena, &pool, NULL, "token");
    stax_id_token(text, bytes, arena, &token, err);
    stax_identity(text, bytes, arena, &token, err);
    if (stax_challenge(text, bytes, arena, &c, err)) {
        struct srp_challenge srp = { "pool", c.user, "password", c.salt, c.b };
        if (srp_key(secret, &srp, key, err))
            srp_sign(key, &srp, c.secret_block, "Wed Nov 4 03:02:01 UTC 2026", signature, err);
        stax_respond(arena, "client", &c, "now", "signature");
    }
    if (stax_credentials(text, bytes, arena, &k, err)) {
        struct sign_credentials credentials = { k.access_key, k.secret_key, k.token, "eu-west-1",
                                                "execute-api" };
        struct sign_request request = {
            .method = "GET", .host = "api.test", .path = "/users", .query = "", .body = ""
        };
        struct signed_headers headers;
        sign_request(&credentials, &request, &headers);
        FUZZ_PROMISE(strstr(headers.authorization, headers.signature),
                     "the header holds the whole signature", headers.authorization);
        FUZZ_PROMISE(!strpbrk(headers.authorization, "\r\n"), "and is one line",
                     headers.authorization);
    }
}

/* Every part of the document but the one flag is as it was. */
static void change(const char *text, size_t bytes, bool on, struct arena *arena, struct err *err)
{
    const char *body;
    if (!stax_change_body(text, bytes, on, arena, &body, err))
        return;
    JSON_AUTO *before = json_read(text, bytes, LIMIT_HTTP_BODY_BYTES, NULL);
    JSON_AUTO *after = json_read(body, strlen(body), LIMIT_HTTP_BODY_BYTES, NULL);
    FUZZ_PROMISE(after, "the body of a change can be read", body);
    const json_t *was = json_object_get(before, "Configuration");
    json_t *now = json_object_get(after, "Configuration");
    now = now ? now : after;
    FUZZ_PROMISE(json_is_object(was) && json_is_object(now), "it has a configuration", body);
    json_t *expected = json_deep_copy(was), *scp = json_object_get(expected, "SCP");
    json_t *value = json_object_get(json_object_get(now, "SCP"), STAX_ROOT_KEY);
    FUZZ_PROMISE(json_is_boolean(value) && json_is_true(value) == on, "the flag is as wanted",
                 body);
    json_object_set(scp, STAX_ROOT_KEY, value);
    /* Stax wants that part, and one without a key is what it had. */
    if (!json_object_get(expected, "RCP") || json_is_null(json_object_get(expected, "RCP")))
        json_object_set_new(expected, "RCP", json_object());
    FUZZ_PROMISE(json_equal(expected, now), "no other flag is touched", body);
    json_decref(expected);
}

static void survey(int what, const char *text, size_t bytes, struct arena *arena, struct err *err)
{
    static const char *const ids[] = { "6a1b7c7e-0000-4000-8000-000000000001" };
    struct event e = { .kind = EVENT_SURVEYED, .chat = "stax" };
    struct effect_survey about = { .people = fuzz_people(), .user_ids = ids, .user_id_count = 1 };
    struct stax_wanted wanted;
    struct stax_mailboxes boxes = { .template = text };
    int64_t next = -1;
    stax_want(arena, &about, &wanted);
    bool good = what == 'u' ? stax_users(text, bytes, &wanted, arena, &e.survey, err)
                : what == 'a'
                    ? stax_accounts(text, bytes, "bakery", arena, &e.survey, &boxes, &next, err)
                : what == 'o' ? stax_organisation(text, bytes, arena, &e.survey, &boxes, err)
                : what == 'g' ? stax_guardrail(text, bytes, arena, &e.survey, err)
                : what == 't' ? stax_task(text, bytes, arena, &e.survey, err)
                              : stax_feed(text, bytes, arena, &e.survey, err);
    FUZZ_PROMISE(good || err->text[0], "a refusal says why", "");
    boxes.ours[0] = true;
    e.survey.read = SURVEY_ACCOUNT | (what == 'a' ? SURVEY_ORGANISATION : 0);
    stax_fill_mailboxes(&e.survey, &boxes, arena);
    outside_event(arena, &e);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    struct err err = { "" };
    size_t rest;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    int what = fuzz_byte(&p);
    const char *at = fuzz_rest(&p, &rest);
    char *text = malloc(rest ? rest : 1);
    if (!text)
        abort();
    memcpy(text, at ? at : "", rest);
    if (what == 's')
        sign_in(text, rest, &arena, &err);
    else if (what == 'C' || what == 'D')
        change(text, rest, what == 'C', &arena, &err);
    else if (what == 'e')
        STR_SET(err.text, stax_error(text, rest, 500, &arena));
    else if (what == 'i')
        STR_SET(err.text, str_or_empty(stax_task_id(text, rest, &arena)));
    else if (what)
        survey(what, text, rest, &arena, &err);
    if (what != 'e' && what != 'i')
        harmless(err.text);
    free(text);
    arena_done(&arena);
    return 0;
}
