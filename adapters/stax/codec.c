/* SPDX-License-Identifier: Apache-2.0 */
#include "adapters/stax/codec.h"
#include "adapters/stax/provider.h"
#include "core/flags.h"
#include "core/person.h"
#include "core/outside.h"
#include "core/inert.h"
#include "net/address.h"
#include "host/clock.h"
#include "host/json.h"
#include "host/secret.h"
#include "core/encode.h"

#include <math.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <string.h>

/* AWS IAM API reference, "AccessKey": at most 128 characters. */
enum { INSIGHTS = 100, ACCESS_KEY_BYTES = 128 };

static json_t *parse(const char *body, size_t bytes, struct err *err)
{
    return json_read(body, bytes, LIMIT_STAX_DOCUMENT_BYTES, err);
}

/* The text of a required member; an error names what is missing. */
static const char *required(const json_t *object, const char *dotted, struct arena *arena,
                            struct err *err)
{
    const char *text = json_string_value(json_path(object, dotted));
    if (text && text[0] && strlen(text) < 16 * 1024)
        return arena_copy(arena, text);
    err_set(err, "the answer has no “%s”", dotted);
    return NULL;
}

/* ---- signing in ---- */

static json_t *parse_maybe_base64(const char *body, size_t bytes, struct arena *arena,
                                  struct err *err)
{
    if (bytes > LIMIT_STAX_DOCUMENT_BYTES)
        return parse(body, bytes, err);
    const char *text = arena_copy_bytes(arena, body, bytes);
    text += strspn(text, " \t\r\n\"");
    if (*text == '{')
        return parse(body, bytes, err);
    size_t length = strspn(text,
                           "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=");
    unsigned char *decoded = arena_take(arena, length + 4);
    int got = length % 4 ? -1 : EVP_DecodeBlock(decoded, (const unsigned char *)text, (int)length);
    for (size_t i = length; got > 0 && i > 0 && text[i - 1] == '=' && length - i < 2; i--)
        got--;
    if (got > 0)
        return parse((char *)decoded, (size_t)got, err);
    err_set(err, "neither JSON nor base64");
    return NULL;
}

bool stax_public_config(const char *body, size_t bytes, struct arena *arena, struct stax_pool *ret,
                        struct err *err)
{
    JSON_AUTO *json = parse_maybe_base64(body, bytes, arena, err);
    if (!json || !(ret->region = required(json, "ApiAuth.region", arena, err)))
        return false;
    /* It goes into the names of the hosts that get the sign-in. */
    if (!address_is_label(ret->region))
        return err_set(err, "the region of the public configuration is none");
    return (ret->user_pool_id = required(json, "ApiAuth.userPoolId", arena, err)) &&
           (ret->client_id = required(json, "ApiAuth.userPoolWebClientId", arena, err)) &&
           (ret->identity_pool_id = required(json, "ApiAuth.identityPoolId", arena, err));
}

/* Cognito asks for something else than the password ("Challenges" of RespondToAuthChallenge): a
   person's user has a second factor or a new password to set, a token of type API has not. */
static bool asks_for_more(const char *challenge, struct err *err)
{
    CLEANUP(buf_done) struct buf name;
    buf_init(&name, 64);
    inert_add_exact(&name, challenge, 40);
    if (str_equal(challenge, "NEW_PASSWORD_REQUIRED"))
        return err_set(err, "this API token is not usable: a new password is required "
                            "(NEW_PASSWORD_REQUIRED); make a new API token in Stax");
    bool factor = strstr(challenge, "MFA") || strstr(challenge, "DEVICE") ||
                  strstr(challenge, "OTP") || strstr(challenge, "WEB_AUTHN");
    return err_set(err,
                   "the sign-in service asks for %s (%s), which reguard cannot answer; use a token "
                   "of type API, not a person's user",
                   factor ? "a second factor" : "more than the password", buf_text(&name));
}

bool stax_challenge(const char *body, size_t bytes, struct arena *arena, struct stax_challenge *ret,
                    struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    const char *challenge = json_text_or_empty(json, "ChallengeName");
    if (challenge[0] && !str_equal(challenge, "PASSWORD_VERIFIER"))
        return asks_for_more(challenge, err);
    if (!challenge[0])
        return err_set(err, "the sign-in service did not ask for the password");
    return (ret->salt = required(json, "ChallengeParameters.SALT", arena, err)) &&
           (ret->b = required(json, "ChallengeParameters.SRP_B", arena, err)) &&
           (ret->secret_block = required(json, "ChallengeParameters.SECRET_BLOCK", arena, err)) &&
           (ret->user = required(json, "ChallengeParameters.USER_ID_FOR_SRP", arena, err));
}

bool stax_id_token(const char *body, size_t bytes, struct arena *arena, const char **ret_token,
                   struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    const char *challenge = json_text_or_empty(json, "ChallengeName");
    if (challenge[0])
        return asks_for_more(challenge, err);
    return (*ret_token = required(json, "AuthenticationResult.IdToken", arena, err)) != NULL;
}

bool stax_identity(const char *body, size_t bytes, struct arena *arena, const char **ret_id,
                   struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    return json && (*ret_id = required(json, "IdentityId", arena, err)) != NULL;
}

bool stax_credentials(const char *body, size_t bytes, struct arena *arena,
                      struct stax_credentials *ret, struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    double expires = json_number_value(json_path(json, "Credentials.Expiration"));
    if (!isfinite(expires) || expires <= 0 || expires > 1e11)
        return err_set(err, "the credentials have no usable expiry");
    ret->expires_ms = (ms_t)(expires * 1000);
    ret->access_key = required(json, "Credentials.AccessKeyId", arena, err);
    if (ret->access_key && strlen(ret->access_key) > ACCESS_KEY_BYTES)
        return err_set(err, "the credentials have no usable access key");
    return ret->access_key &&
           (ret->secret_key = required(json, "Credentials.SecretKey", arena, err)) &&
           (ret->token = required(json, "Credentials.SessionToken", arena, err));
}

char *stax_initiate(struct arena *arena, const char *client_id, const char *user, const char *a_hex)
{
    JSON_AUTO *json = json_pack("{s:s, s:s, s:{s:s, s:s}}", "AuthFlow", "USER_SRP_AUTH", "ClientId",
                                client_id, "AuthParameters", "USERNAME", user, "SRP_A", a_hex);
    return json_print(arena, json);
}

char *stax_respond(struct arena *arena, const char *client_id, const struct stax_challenge *c,
                   const char *timestamp, const char *signature)
{
    JSON_AUTO *json = json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:s}}", "ClientId", client_id,
                                "ChallengeName", "PASSWORD_VERIFIER", "ChallengeResponses",
                                "TIMESTAMP", timestamp, "USERNAME", c->user,
                                "PASSWORD_CLAIM_SECRET_BLOCK", c->secret_block,
                                "PASSWORD_CLAIM_SIGNATURE", signature);
    return json_print(arena, json);
}

char *stax_logins(struct arena *arena, const struct stax_pool *pool, const char *identity_id,
                  const char *id_token)
{
    const char *provider = arena_printf(arena, "cognito-idp.%s.amazonaws.com/%s", pool->region,
                                        pool->user_pool_id);
    JSON_AUTO *json = json_pack("{s:s, s:{s:s}}", identity_id ? "IdentityId" : "IdentityPoolId",
                                identity_id ? identity_id : pool->identity_pool_id, "Logins",
                                provider, id_token);
    return json_print(arena, json);
}

/* ---- reading ---- */

/* A member's text, bounded; "" when absent. */
static const char *bounded(struct arena *arena, const json_t *object, const char *key)
{
    char text[LIMIT_ID_BYTES];
    STR_SET(text, json_text(object, key));
    return arena_copy(arena, text);
}

static const json_t *list_of(const json_t *json, const char *key, size_t ceiling, struct err *err)
{
    const json_t *list = json_object_get(json, key);
    if (!json_is_array(list)) {
        err_set(err, "the answer has no list “%s”", key);
        return NULL;
    }
    if (json_array_size(list) > ceiling) {
        err_set(err, "the list “%s” is longer than %zu", key, ceiling);
        return NULL;
    }
    return list;
}

/* A list that may be long: what is around it, and each element given to `each` by itself, with
   these members of it. */
struct stax_reading {
    const char *key;
    bool (*each)(struct stax_reading *, const json_t *element, struct err *);
    json_t *around;
    struct json_list list;
    struct err err;
    bool fine;
    struct arena *arena;
    struct survey *survey;
    const struct stax_wanted *users; /* whom it is about, */
    const char *account;             /* or which one */
    struct stax_mailboxes *mailboxes;
    struct roster_user *kept;
    size_t count, most;
    size_t ceiling; /* elements; more are refused */
};

static struct stax_reading *begin(const char *body, size_t bytes, const struct stax_reading *as,
                                  const char *const *members)
{
    struct stax_reading *r = arena_take(as->arena, sizeof *r);
    *r = *as;
    r->around = json_read_around(body, bytes, r->key, false, &r->list, &r->err);
    r->fine = r->around != NULL;
    if (r->around && !json_is_null(json_object_get(r->around, r->key)))
        r->fine = err_set(&r->err, "the answer has no list “%s”", r->key);
    r->list.members = members;
    r->list.whole = true;
    return r;
}

bool stax_go_on(struct stax_reading *r, size_t bytes)
{
    const char *from = r->list.at;
    while (r->fine && (size_t)(r->list.at - from) < bytes) {
        json_t *element = json_list_next(&r->list);
        if (!element)
            return false;
        r->fine = r->list.read <= r->ceiling && r->each(r, element, &r->err);
        json_decref(element);
    }
    return r->fine;
}

bool stax_end(struct stax_reading *r, int64_t *ret_next_offset, struct err *err)
{
    const json_t *next = json_path(r->around, "Paging.NextOffset");
    if (ret_next_offset)
        *ret_next_offset = json_is_integer(next) && r->list.read > 0 ? json_integer_value(next)
                                                                     : -1;
    if (r->list.skipped)
        r->fine = err_set(&r->err, "the list “%s” holds something that cannot be read", r->key);
    if (r->list.read > r->ceiling)
        r->fine = err_set(&r->err, "the list “%s” is longer than %zu", r->key, r->ceiling);
    if (!r->fine)
        *err = r->err;
    if (!r->fine && r->kept)
        r->survey->user_count = 0;
    json_decref(r->around);
    r->around = NULL;
    return r->fine;
}

/* ---- users ---- */

/* FNV-1a of the text without case. */
static uint64_t mark_of(const char *text)
{
    uint64_t mark = 0xcbf29ce484222325;
    for (; *text; text++) {
        unsigned char c = (unsigned char)*text;
        mark = (mark ^ (c >= 'A' && c <= 'Z' ? c + 32u : c)) * 0x100000001b3;
    }
    return mark;
}

static int by_mark(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
    return x < y ? -1 : x > y;
}

void stax_want(struct arena *arena, const struct effect_survey *survey, struct stax_wanted *ret)
{
    *ret = (struct stax_wanted){ 0 };
    if (!survey->people)
        return;
    size_t n = 0;
    uint64_t *marks = arena_take(arena, (survey->people->count + survey->user_id_count + 1) *
                                            sizeof *marks);
    for (size_t i = 0; i < survey->people->count; i++)
        marks[n++] = mark_of(survey->people->rows[i].key);
    for (size_t i = 0; i < survey->user_id_count; i++)
        marks[n++] = mark_of(survey->user_ids[i]);
    qsort(marks, n, sizeof *marks, by_mark);
    *ret = (struct stax_wanted){ marks, n };
}

static bool is_wanted(const struct stax_wanted *wanted, const char *text)
{
    uint64_t mark = text ? mark_of(text) : 0;
    return text && bsearch(&mark, wanted->marks, wanted->count, sizeof mark, by_mark);
}

static bool feed_names(const struct survey *s, const char *id)
{
    for (size_t i = 0; i < s->feed_count; i++)
        if (str_equal(s->feed[i].user_id, id))
            return true;
    return false;
}

static bool take_user(struct stax_reading *r, const json_t *u, struct err *err)
{
    const char *id = json_text(u, "Id");
    if (r->users->marks && !is_wanted(r->users, id) &&
        !is_wanted(r->users, json_text(u, "Email")) && !feed_names(r->survey, id))
        return true;
    if (r->count == r->most)
        return err_set(err, "more users match than %zu", r->most);
    r->kept[r->count++] = (struct roster_user){ .id = bounded(r->arena, u, "Id"),
                                                .email = bounded(r->arena, u, "Email"),
                                                .name = bounded(r->arena, u, "Name"),
                                                .role = bounded(r->arena, u, "Role"),
                                                .status = bounded(r->arena, u, "Status") };
    r->survey->users = r->kept;
    r->survey->user_count = r->count;
    return true;
}

struct stax_reading *stax_users_begin(const char *body, size_t bytes,
                                      const struct stax_wanted *wanted, struct arena *arena,
                                      struct survey *s)
{
    static const char *const members[] = { "Id", "Email", "Name", "Role", "Status", NULL };
    struct stax_reading as = { .key = "Users",
                               .ceiling = LIMIT_USERS,
                               .each = take_user,
                               .arena = arena,
                               .survey = s,
                               .users = wanted };
    as.most = wanted->marks ? LIMIT_USERS_KEPT : LIMIT_USERS;
    as.kept = arena_take(arena, as.most * sizeof *as.kept);
    s->users = as.kept;
    s->user_count = 0;
    return begin(body, bytes, &as, members);
}

/* ---- accounts ---- */

static bool matches(const json_t *account, const char *wanted)
{
    return str_equal(json_text(account, "AwsAccountId"), wanted) ||
           str_equal_nocase(json_text(account, "Id"), wanted) ||
           str_equal_nocase(json_text(account, "Name"), wanted);
}

static enum account_kind kind_of(const char *role)
{
    static const struct {
        const char *role;
        enum account_kind kind;
    } kinds[] = {
        { "MEMBER", ACCOUNT_MEMBER },
        { "SECURITY", ACCOUNT_SECURITY },
        { "LOGGING", ACCOUNT_SECURITY },
        { "MANAGEMENT", ACCOUNT_MANAGEMENT },
        { "MANAGEMENT_RESELL", ACCOUNT_MANAGEMENT },
    };
    for (size_t i = 0; i < COUNT(kinds); i++)
        if (str_equal(kinds[i].role, role))
            return kinds[i].kind;
    return ACCOUNT_OTHER;
}

/* Nothing is lifted for the others. */
static void add_listed(const json_t *a, struct arena *arena, struct survey *s,
                       struct account **listed)
{
    enum account_kind kind = kind_of(json_text(a, "AccountRole"));
    bool lifts = kind == ACCOUNT_MEMBER || kind == ACCOUNT_SECURITY;
    s->accounts_found++;
    if (!lifts || !str_equal(json_text(a, "Status"), "ACTIVE") ||
        s->account_count == LIMIT_ACCOUNTS_LISTED)
        return;
    if (!*listed)
        *listed = arena_take(arena, LIMIT_ACCOUNTS_LISTED * sizeof **listed);
    (*listed)[s->account_count++] = (struct account){ .id = "",
                                                      .aws_id = bounded(arena, a, "AwsAccountId"),
                                                      .name = bounded(arena, a, "Name"),
                                                      .email = "",
                                                      .role = "",
                                                      .status = STATUS_ACTIVE,
                                                      .kind = kind };
    s->accounts = *listed;
}

static void add_match(const json_t *a, struct arena *arena, struct survey *s,
                      struct stax_mailboxes *mailboxes)
{
    s->accounts_found++;
    if (s->account_count == LIMIT_ACCOUNTS_NAMED)
        return;
    mailboxes->ours[s->account_count] = str_equal(json_text(a, "Origin"), "STAX");
    struct account *all = arena_take(arena, (s->account_count + 1) * sizeof *all);
    for (size_t i = 0; i < s->account_count; i++)
        all[i] = s->accounts[i];
    all[s->account_count++] = (struct account){ .id = bounded(arena, a, "Id"),
                                                .aws_id = bounded(arena, a, "AwsAccountId"),
                                                .name = bounded(arena, a, "Name"),
                                                .email = bounded(arena, a, "Email"),
                                                .role = bounded(arena, a, "AccountRole"),
                                                .status = bounded(arena, a, "Status"),
                                                .kind = kind_of(json_text(a, "AccountRole")) };
    s->accounts = all;
}

static bool take_account(struct stax_reading *r, const json_t *a, struct err *err)
{
    (void)err;
    if (!r->account)
        add_listed(a, r->arena, r->survey, &r->mailboxes->listed);
    else if (matches(a, r->account))
        add_match(a, r->arena, r->survey, r->mailboxes);
    r->survey->member_count += str_equal(json_text(a, "AccountRole"), "MEMBER") &&
                               str_equal(json_text(a, "Status"), "ACTIVE");
    return true;
}

struct stax_reading *stax_accounts_begin(const char *body, size_t bytes, const char *wanted,
                                         struct arena *arena, struct survey *s,
                                         struct stax_mailboxes *mailboxes)
{
    static const char *const members[] = { "Id",          "AwsAccountId", "Name",   "Email",
                                           "AccountRole", "Status",       "Origin", NULL };
    return begin(body, bytes,
                 &(struct stax_reading){ .key = "Accounts",
                                         .ceiling = LIMIT_ACCOUNTS,
                                         .each = take_account,
                                         .arena = arena,
                                         .survey = s,
                                         .account = wanted,
                                         .mailboxes = mailboxes },
                 members);
}

bool stax_organisation(const char *body, size_t bytes, struct arena *arena, struct survey *s,
                       struct stax_mailboxes *mailboxes, struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const json_t *list = json ? list_of(json, "Organisations", 16, err) : NULL;
    if (!list)
        return false;
    const json_t *o = json_array_get(list, 0);
    s->organisation_id = bounded(arena, o, "Id");
    s->organisation_alias = bounded(arena, o, "Alias");
    mailboxes->template = json_arena_text(arena, o, "AwsAccountEmailTemplate");
    return s->organisation_id[0] || err_set(err, "the answer names no organisation");
}

/* Expands ${Stax::AccountId}, ${Stax::ShortAccountId} and ${Stax::StaxOrgAlias}. Source: Stax docs,
   account e-mail address format. */
static const char *expanded(const char *template, const struct account *a, const char *alias,
                            struct arena *arena)
{
    enum { WHOLE_ID, SHORT_ID, ALIAS };
    static const struct {
        const char *name;
        int kind;
    } holes[] = { { "${Stax::AccountId}", WHOLE_ID },
                  { "${Stax::ShortAccountId}", SHORT_ID },
                  { "${Stax::StaxOrgAlias}", ALIAS } };
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 129);
    for (const char *p = template; *p;) {
        size_t i = 0;
        while (i < COUNT(holes) && strncmp(p, holes[i].name, strlen(holes[i].name)) != 0)
            i++;
        if (i == COUNT(holes)) {
            buf_add_char(&b, *p++);
            continue;
        }
        if (holes[i].kind == ALIAS)
            buf_add(&b, str_or_empty(alias));
        for (const char *id = a->id; holes[i].kind != ALIAS && *id; id++)
            if (holes[i].kind == WHOLE_ID || *id != '-')
                buf_add_char(&b, *id);
        p += strlen(holes[i].name);
    }
    return arena_copy(arena, buf_text(&b));
}

static void fill_mailbox(struct account *a, bool ours, const struct survey *s,
                         const struct stax_mailboxes *mailboxes, struct arena *arena)
{
    if (str_or_empty(a->email)[0])
        return;
    if (!(s->read & SURVEY_ORGANISATION)) {
        a->why_no_email = "the account's root e-mail address is not known, and the organisation's "
                          "template could not be read";
        return;
    }
    if (!mailboxes->template || !ours) {
        a->why_no_email = "the account's root e-mail address is not known: Stax has none, and did "
                          "not create the account";
        return;
    }
    const char *email = expanded(mailboxes->template, a, s->organisation_alias, arena);
    if (strchr(email, '$'))
        a->why_no_email = arena_printf(
            arena, "the organisation's e-mail template has a place I do not know: %s", email);
    else
        a->email = email;
}

void stax_fill_mailboxes(struct survey *s, const struct stax_mailboxes *mailboxes,
                         struct arena *arena)
{
    struct account *all = arena_take(arena, s->account_count * sizeof *all + 1);
    for (size_t i = 0; i < s->account_count; i++) {
        all[i] = s->accounts[i];
        fill_mailbox(&all[i], mailboxes->ours[i], s, mailboxes, arena);
    }
    s->accounts = all;
}

static enum service_status service_status(const char *text)
{
    static const struct {
        const char *name;
        enum service_status status;
    } known[] = {
        { "ACTIVE", SERVICE_ACTIVE },
        { "CONFIGURING", SERVICE_CONFIGURING },
        { "ERROR", SERVICE_ERROR },
        { "INACTIVE", SERVICE_INACTIVE },
    };
    for (size_t i = 0; i < COUNT(known); i++)
        if (str_equal(known[i].name, text))
            return known[i].status;
    return SERVICE_OTHER;
}

/* ---- the document as canonical text (flags.h) ---- */

enum { NAME_SHOWN = 64, VALUE_SHOWN = 100, DIGEST_SHOWN = 16 };

static const char *digest_of(struct arena *arena, const char *text)
{
    char hex[65];
    secret_sha256_hex(text, strlen(text), hex);
    return arena_printf(arena, "sha256:%.*s", (int)DIGEST_SHOWN, hex);
}

/* Any name as one of few characters: no two become the same, none can end a line. */
static const char *plain_name(struct arena *arena, const char *name)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, NAME_SHOWN);
    encode_percent(&b, name, "_-");
    return b.overflow || !b.bytes ? digest_of(arena, name) : arena_copy(arena, buf_text(&b));
}

/* The same for a value that we give no meaning to: as it is when it is short and tame. */
static const char *plain_value(struct arena *arena, const json_t *value)
{
    static const char allowed[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
                                  "_-+.:,\"{}[] ";
    const char *text = json_print(arena, value);
    size_t bytes = strlen(text);
    return bytes <= VALUE_SHOWN && strspn(text, allowed) == bytes ? text : digest_of(arena, text);
}

struct lines {
    struct arena *arena;
    const char *text[LIMIT_FLAGS];
    size_t count;
    bool too_many;
};

static void add_line(struct lines *l, const char *part, const char *key, const char *value)
{
    l->too_many |= l->count == LIMIT_FLAGS;
    if (!l->too_many)
        l->text[l->count++] = arena_printf(l->arena, "%s%s%s=%s\n", part, key ? "." : "",
                                           str_or_empty(key), value);
}

/* A switch of the SCP part is on or off; anything else stands there as it is, as unknown. */
static void add_part(struct lines *l, const char *name, json_t *part)
{
    const char *key, *plain = plain_name(l->arena, name);
    json_t *value;
    bool scp = str_equal(name, "SCP"), rcp = str_equal(name, "RCP");
    if (rcp && (json_is_null(part) || (json_is_object(part) && json_object_size(part) == 0)))
        return;
    if (!json_is_object(part) || (!scp && json_object_size(part) == 0)) {
        add_line(l, plain, NULL, plain_value(l->arena, part));
        return;
    }
    json_object_foreach(part, key, value)
        add_line(l, plain, plain_name(l->arena, key),
                 scp && json_is_boolean(value) ? (json_is_true(value) ? "on" : "off")
                                               : plain_value(l->arena, value));
}

static int by_text(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static bool join(struct lines *l, struct buf *b)
{
    qsort(l->text, l->count, sizeof *l->text, by_text);
    for (size_t i = 0; i < l->count; i++)
        buf_add(b, l->text[i]);
    return !l->too_many && !b->overflow;
}

/* More than there is room for: the switches that we know, and one line for all the rest. */
static const char *summary_text(const json_t *configuration, struct arena *arena)
{
    struct lines l = { .arena = arena };
    JSON_AUTO *rest = json_deep_copy(configuration);
    json_t *scp = json_object_get(rest, "SCP"), *value;
    const char *key;
    void *next;
    json_object_foreach_safe(scp, next, key, value)
    {
        if (!stax_knows_key(key) || !json_is_boolean(value))
            continue;
        add_line(&l, "SCP", key, json_is_true(value) ? "on" : "off");
        json_object_del(scp, key);
    }
    add_line(&l, "OTHERS", NULL, digest_of(arena, json_print(arena, rest)));
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_FLAGS_BYTES);
    join(&l, &b);
    return arena_copy(arena, buf_text(&b));
}

/* What of it we do not know stands there as unknown: it must stop a lift, never a restore. */
static const char *flags_text(const json_t *json, struct arena *arena, struct err *err)
{
    json_t *configuration = json_object_get(json, "Configuration"), *part;
    const char *name;
    struct lines l = { .arena = arena };
    if (!json_is_object(json_object_get(configuration, "SCP"))) {
        err_set(err, "the document is not understood: it has no Configuration.SCP");
        return NULL;
    }
    json_object_foreach(configuration, name, part) add_part(&l, name, part);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LIMIT_FLAGS_BYTES);
    return join(&l, &b) ? arena_copy(arena, buf_text(&b)) : summary_text(configuration, arena);
}

/* "" when nobody is excluded, else who, for people. */
static const char *exclusions_text(const json_t *list, struct arena *arena)
{
    enum { NAMED = 3 };
    size_t count = json_array_size(list);
    if (!list || json_is_null(list) || (json_is_array(list) && count == 0))
        return "";
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 400);
    for (size_t i = 0; i < count && i < NAMED; i++) {
        const char *name = json_string_value(json_array_get(list, i));
        buf_addf(&b, "%s%s", i ? ", " : "", outside_words(arena, str_or_empty(name), 60));
    }
    if (count > NAMED)
        buf_addf(&b, " and %zu more", count - NAMED);
    return arena_copy(arena, b.bytes ? buf_text(&b) : "in a form that I do not know");
}

bool stax_guardrail(const char *body, size_t bytes, struct arena *arena, struct survey *s,
                    struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    if (!json)
        return false;
    s->document_organisation_id = bounded(arena, json, "OrganisationId");
    s->service_status = service_status(json_text(json, "Status"));
    s->enabled = json_flag(json, "Enabled", false);
    s->exclusions = exclusions_text(json_object_get(json, "Exclusions"), arena);
    if (!clock_parse_iso(json_text_or_empty(json, "ModifiedTS"), &s->modified_ms))
        s->modified_ms = 0;
    s->flags = flags_text(json, arena, err);
    return s->flags != NULL;
}

bool stax_task(const char *body, size_t bytes, struct arena *arena, struct survey *s,
               struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const char *status = json ? json_text(json, "Status") : NULL;
    if (!status)
        return json ? err_set(err, "the task has no Status") : false;
    s->task_status = str_equal(status, "SUCCEEDED") ? TASK_SUCCEEDED
                     : str_equal(status, "FAILED")  ? TASK_FAILED
                                                    : TASK_RUNNING;
    const json_t *logs = json_object_get(json, "Logs");
    const char *last = json_string_value(json_array_get(logs, json_array_size(logs) - 1));
    s->task_log = outside_words(arena, arena_copy(arena, str_or_empty(last)), 100);
    return true;
}

static bool names_guardrails(const char *action)
{
    for (const char *p = str_or_empty(action); *p; p++)
        if (strncasecmp(p, "ConfigureGuardrails", strlen("ConfigureGuardrails")) == 0)
            return true;
    return false;
}

bool stax_feed(const char *body, size_t bytes, struct arena *arena, struct survey *s,
               struct err *err)
{
    JSON_AUTO *json = parse(body, bytes, err);
    const json_t *list = json ? list_of(json, "Insights", INSIGHTS, err) : NULL;
    struct feed_entry *feed = arena_take(arena, LIMIT_FEED * sizeof *feed);
    size_t i;
    json_t *insight;
    s->feed = feed;
    s->feed_count = 0;
    json_array_foreach(list, i, insight)
    {
        if (!names_guardrails(json_text(insight, "Action")) || s->feed_count == LIMIT_FEED ||
            str_equal(json_text(insight, "Status"), "FAILED"))
            continue;
        struct feed_entry *entry = &feed[s->feed_count++];
        entry->user_id = json_arena_text(arena, insight, "UserId");
        entry->task_id = json_arena_text(arena, insight, "EventSourceId");
        clock_parse_iso(json_text_or_empty(insight, "CreatedTS"), &entry->at_ms);
    }
    return list != NULL;
}

/* ---- changing ---- */

/* Everything of the document's configuration but the one key; an RCP part that is not there is as
   good as an empty one. */
static json_t *all_but_the_key(const json_t *configuration)
{
    json_t *rest = json_deep_copy(configuration);
    json_object_del(json_object_get(rest, "SCP"), STAX_ROOT_KEY);
    if (!json_object_get(rest, "RCP") || json_is_null(json_object_get(rest, "RCP")))
        json_object_set_new(rest, "RCP", json_object());
    return rest;
}

bool stax_change_body(const char *document, size_t bytes, bool on, struct arena *arena,
                      const char **ret_body, struct err *err)
{
    JSON_AUTO *json = parse(document, bytes, err);
    if (!json)
        return false;
    json_t *found = json_object_get(json, "Configuration"), *scp = json_object_get(found, "SCP");
    if (!json_is_object(scp) || !json_is_boolean(json_object_get(scp, STAX_ROOT_KEY)))
        return err_set(err, "the document does not name " STAX_ROOT_KEY);
    JSON_AUTO *rest = all_but_the_key(found), *body = json_object();
    json_t *configuration = json_deep_copy(rest);
    json_object_set_new(json_object_get(configuration, "SCP"), STAX_ROOT_KEY, json_boolean(on));
    json_object_set_new(body, "Configuration", configuration);
    *ret_body = json_print(arena, body);
    /* The one thing that must never happen is to change anything else: looked at again in what will
       be sent. */
    JSON_AUTO *sent = parse(*ret_body, strlen(*ret_body), err);
    JSON_AUTO *sent_rest = all_but_the_key(json_object_get(sent, "Configuration"));
    return json_equal(rest, sent_rest) ||
           err_set(err, "the change would touch something else; it was not sent");
}

const char *stax_task_id(const char *body, size_t bytes, struct arena *arena)
{
    JSON_AUTO *json = parse(body, bytes, NULL);
    const char *id = json_text(json, "TaskId");
    if (!id)
        id = json_string_value(json_path(json, "Detail.TaskId"));
    return id && strlen(id) < 64 ? arena_copy(arena, id) : "";
}

const char *stax_error(const char *body, size_t bytes, long status, struct arena *arena)
{
    static const char *const keys[] = { "Error", "message", "Message", "__type" };
    JSON_AUTO *json = parse(body, bytes, NULL);
    const char *said = NULL;
    for (size_t i = 0; i < COUNT(keys) && !said; i++)
        said = json_text(json, keys[i]);
    return said ? arena_printf(arena, "answered %ld %s", status, outside_words(arena, said, 150))
                : arena_printf(arena, "answered %ld", status);
}
