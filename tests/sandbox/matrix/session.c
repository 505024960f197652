/* SPDX-License-Identifier: Apache-2.0 */
/* Who asks: logins, tokens and what belongs to one account. */
#include "tests/sandbox/matrix/session.h"
#include "tests/sandbox/control/issued.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REFRESHED_LIFE_MS = 300000 };

/* ---- sessions ---- */

static void new_token(char to[MATRIXD_TOKEN], const char *kind)
{
    char secret[33];
    sandbox_random(secret, 32);
    snprintf(to, MATRIXD_TOKEN, "%s_%s", kind, secret);
    sandbox_issued(to);
}

void matrixd_sessions_init(struct matrixd *m)
{
    struct matrixd_session *bot = &m->sessions[0];
    bot->user = matrixd_user_named(m, "reguard");
    snprintf(bot->device, sizeof bot->device, "REGUARDBOT");
    snprintf(bot->access, sizeof bot->access, "%s", MATRIXD_BOT_TOKEN);
    snprintf(bot->refresh, sizeof bot->refresh, "%s", MATRIXD_BOT_REFRESH_TOKEN);
}

/* A free place, or the one filled longest ago; the bot's first login stays. As with Synapse an
   older token of the same device goes on to count. */
static struct matrixd_session *session_place(struct matrixd *m)
{
    for (size_t i = 1; i < MATRIXD_SESSIONS_MOST; i++)
        if (!m->sessions[i].user)
            return &m->sessions[i];
    m->session_turn = m->session_turn % (MATRIXD_SESSIONS_MOST - 1) + 1;
    return &m->sessions[m->session_turn];
}

/* A refreshed pair is used for the first time: the old one ends. */
static void promote(struct matrixd_session *s)
{
    memcpy(s->access, s->next_access, sizeof s->access);
    memcpy(s->refresh, s->next_refresh, sizeof s->refresh);
    s->next_access[0] = s->next_refresh[0] = '\0';
    s->end = MATRIXD_LIVE;
}

static struct matrixd_session *session_of(struct matrixd *m, const char *access)
{
    for (size_t i = 0; i < MATRIXD_SESSIONS_MOST; i++) {
        struct matrixd_session *s = &m->sessions[i];
        if (!s->user)
            continue;
        if (s->next_access[0] && strcmp(s->next_access, access) == 0)
            promote(s);
        if (strcmp(s->access, access) == 0)
            return s;
    }
    return NULL;
}

static void refuse_token(struct matrixd_call *call, const char *sentence, bool soft)
{
    web_reply_json(call->reply, 401,
                   json_pack("{s:s, s:s, s:b}", "errcode", "M_UNKNOWN_TOKEN", "error", sentence,
                             "soft_logout", soft));
    snprintf(call->note, sizeof call->note, "M_UNKNOWN_TOKEN%s", soft ? " soft" : "");
}

struct matrixd_session *matrixd_authenticate(struct matrixd_call *call)
{
    const char *header = web_request_header(call->request, "authorization");
    if (!header || strncmp(header, "Bearer ", 7) != 0) {
        matrixd_refuse(call, 401, "M_MISSING_TOKEN", "Missing access token");
        return NULL;
    }
    struct matrixd_session *s = session_of(call->m, header + 7);
    bool expired = s && s->expires_ms && sandbox_utc_ms() >= s->expires_ms;
    if (s && s->end == MATRIXD_LIVE && !expired)
        return s;
    bool soft = s && s->end != MATRIXD_HARD_END;
    refuse_token(call, soft ? "Access token has expired" : "Invalid access token passed.", soft);
    return NULL;
}

/* ---- log in, refresh, log out ---- */

void matrixd_login_flows(struct matrixd_call *call)
{
    matrixd_answer(call, json_pack("{s:[{s:s}]}", "flows", "type", "m.login.password"));
}

/* By id or by local part; people of other servers have no account here. */
static struct matrixd_user *login_user(struct matrixd_call *call)
{
    const json_t *identifier = json_object_get(call->body, "identifier");
    const char *name = *sandbox_text(identifier, "user") ? sandbox_text(identifier, "user")
                                                         : sandbox_text(call->body, "user");
    struct matrixd_user *user = *name == '@' ? matrixd_user_by_id(call->m, name)
                                             : matrixd_user_named(call->m, name);
    const char *server = user ? strchr(user->id, ':') : NULL;
    return server && sandbox_same(server + 1, MATRIXD_SERVER) ? user : NULL;
}

static bool password_fits(const struct matrixd_user *user, const char *password)
{
    char right[64];
    snprintf(right, sizeof right, "%s-password", user->name);
    return sandbox_same(right, password);
}

static json_t *tokens_json(const char *access, const char *refresh, int64_t life_ms)
{
    json_t *json = json_pack("{s:s}", "access_token", access);
    if (*refresh)
        json_object_set_new(json, "refresh_token", json_string(refresh));
    if (life_ms)
        json_object_set_new(json, "expires_in_ms", json_integer(life_ms));
    return json;
}

void matrixd_login(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    struct matrixd_user *user = login_user(call);
    if (!sandbox_same(sandbox_text(call->body, "type"), "m.login.password")) {
        matrixd_refuse(call, 400, "M_UNKNOWN", "Unknown login type");
        return;
    }
    if (!user || !password_fits(user, sandbox_text(call->body, "password"))) {
        matrixd_refuse(call, 403, "M_FORBIDDEN", "Invalid username or password");
        return;
    }
    char device[MATRIXD_TOKEN];
    snprintf(device, sizeof device, "%.60s", sandbox_text(call->body, "device_id"));
    if (!device[0])
        sandbox_random(device, 10);
    bool refreshable = json_is_true(json_object_get(call->body, "refresh_token"));
    int64_t life_ms = refreshable ? (m->token_life_ms ? m->token_life_ms : REFRESHED_LIFE_MS) : 0;
    struct matrixd_session *s = session_place(m);
    *s = (struct matrixd_session){ .user = user,
                                   .expires_ms = life_ms ? sandbox_utc_ms() + life_ms : 0 };
    memcpy(s->device, device, sizeof s->device);
    new_token(s->access, "syt");
    if (refreshable)
        new_token(s->refresh, "syr");
    json_t *answer = tokens_json(s->access, s->refresh, life_ms);
    json_object_set_new(answer, "user_id", json_string(user->id));
    json_object_set_new(answer, "device_id", json_string(s->device));
    json_object_set_new(answer, "home_server", json_string(MATRIXD_SERVER));
    snprintf(call->note, sizeof call->note, "%s", user->id);
    matrixd_answer(call, answer);
}

static struct matrixd_session *session_to_refresh(struct matrixd *m, const char *refresh)
{
    for (size_t i = 0; *refresh && i < MATRIXD_SESSIONS_MOST; i++) {
        struct matrixd_session *s = &m->sessions[i];
        if (!s->user || s->end == MATRIXD_HARD_END)
            continue;
        if (strcmp(s->next_refresh, refresh) == 0)
            promote(s);
        if (strcmp(s->refresh, refresh) == 0)
            return s;
    }
    return NULL;
}

void matrixd_refresh(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    struct matrixd_session *s = session_to_refresh(m, sandbox_text(call->body, "refresh_token"));
    if (!s) {
        refuse_token(call, "refresh token does not exist", false);
        return;
    }
    int64_t life_ms = m->token_life_ms ? m->token_life_ms : REFRESHED_LIFE_MS;
    new_token(s->next_access, "syt");
    new_token(s->next_refresh, "syr");
    s->expires_ms = sandbox_utc_ms() + life_ms;
    snprintf(call->note, sizeof call->note, "%s", s->user->id);
    matrixd_answer(call, tokens_json(s->next_access, s->next_refresh, life_ms));
}

void matrixd_logout(struct matrixd_call *call)
{
    call->session->end = MATRIXD_HARD_END;
    matrixd_answer_empty(call);
}

/* All tokens of the bot end, or count again. */
static bool end_tokens(struct matrixd *m, const char *how, struct web_reply *reply)
{
    if (!sandbox_same(how, "soft") && !sandbox_same(how, "hard") && !sandbox_same(how, "live")) {
        matrixd_complain(reply, 400, "\"token\" is soft, hard or live.");
        return false;
    }
    for (size_t i = 0; i < MATRIXD_SESSIONS_MOST; i++) {
        struct matrixd_session *s = &m->sessions[i];
        if (s->user != m->sessions[0].user)
            continue;
        s->end = *how == 's' ? MATRIXD_SOFT_END : *how == 'h' ? MATRIXD_HARD_END : MATRIXD_LIVE;
        s->expires_ms = 0;
    }
    return true;
}

static void set_life(struct matrixd *m, int64_t life_ms)
{
    m->token_life_ms = life_ms > 0 ? life_ms : 0;
    for (size_t i = 0; i < MATRIXD_SESSIONS_MOST; i++)
        if (m->sessions[i].user == m->sessions[0].user)
            m->sessions[i].expires_ms = m->token_life_ms ? sandbox_utc_ms() + m->token_life_ms : 0;
}

bool matrixd_token_control(struct matrixd *m, const json_t *body, struct web_reply *reply)
{
    const json_t *how = json_object_get(body, "token"),
                 *life = json_object_get(body, "token_life_ms");
    if (how && !end_tokens(m, json_string_value(how), reply))
        return false;
    if (life)
        set_life(m, json_integer_value(life));
    return true;
}

/* ---- the server and the account ---- */

void matrixd_versions(struct matrixd_call *call)
{
    json_t *versions = json_array();
    char name[16];
    for (int minor = 1; minor <= 15; minor++) {
        snprintf(name, sizeof name, "v1.%d", minor);
        json_array_append_new(versions, json_string(name));
    }
    matrixd_answer(call, json_pack("{s:o, s:{s:b}}", "versions", versions, "unstable_features",
                                   "org.matrix.msc4140", call->m->later_most_ms > 0));
}

void matrixd_capabilities(struct matrixd_call *call)
{
    matrixd_answer(call, json_pack("{s:{s:{s:b}, s:{s:s, s:{s:s}}, s:{s:I, s:i}}}", "capabilities",
                                   "m.change_password", "enabled", 1, "m.room_versions", "default",
                                   "11", "available", "11", "stable",
                                   "org.matrix.msc4140.delayed_events", "max_delay_ms",
                                   (json_int_t)call->m->later_most_ms, "max_scheduled", 100));
}

void matrixd_whoami(struct matrixd_call *call)
{
    matrixd_answer(call, json_pack("{s:s, s:s, s:b}", "user_id", call->user->id, "device_id",
                                   call->session->device, "is_guest", call->user->guest));
}

void matrixd_push_rules(struct matrixd_call *call)
{
    matrixd_answer(call, json_pack("{s:{s:[], s:[], s:[], s:[], s:[]}}", "global", "override",
                                   "content", "room", "sender", "underride"));
}

void matrixd_profile(struct matrixd_call *call)
{
    const struct matrixd_user *user = matrixd_user_by_id(call->m, call->args[0]);
    if (user) {
        json_t *profile = json_pack("{s:s}", "displayname", user->display);
        /* Ana's client has told her zone, which has no summer time: the same all year. */
        if (strncmp(user->id, "@ana:", 5) == 0 && call->part_count == 3)
            json_object_set_new(profile, "us.cloke.msc4175.tz", json_string("Africa/Lagos"));
        matrixd_answer(call, profile);
    } else {
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Profile was not found");
    }
}

static bool is_own(struct matrixd_call *call)
{
    if (sandbox_same(call->args[0], call->user->id))
        return true;
    matrixd_refuse(call, 403, "M_FORBIDDEN", "Cannot do this for other users.");
    return false;
}

/* The newest are kept; a filter's id is its number. */
void matrixd_filter_set(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    if (!is_own(call))
        return;
    char id[24];
    char **place = &m->filters[m->filter_count % MATRIXD_FILTERS_MOST];
    free(*place);
    *place = json_dumps(call->body, JSON_COMPACT);
    snprintf(id, sizeof id, "%llu", (unsigned long long)m->filter_count++);
    matrixd_answer(call, json_pack("{s:s}", "filter_id", id));
}

void matrixd_filter_get(struct matrixd_call *call)
{
    struct matrixd *m = call->m;
    if (!is_own(call))
        return;
    uint64_t id = strtoull(call->args[1], NULL, 10);
    json_t *filter = id < m->filter_count && id + MATRIXD_FILTERS_MOST >= m->filter_count
                         ? json_loads(m->filters[id % MATRIXD_FILTERS_MOST], 0, NULL)
                         : NULL;
    if (filter)
        matrixd_answer(call, filter);
    else
        matrixd_refuse(call, 404, "M_NOT_FOUND", "No such filter");
}

void matrixd_account_data_set(struct matrixd_call *call)
{
    if (!is_own(call))
        return;
    if (json_object_size(call->user->account_data) >= 64 &&
        !json_object_get(call->user->account_data, call->args[1])) {
        matrixd_refuse(call, 413, "M_TOO_LARGE", "Too much account data");
        return;
    }
    json_object_set(call->user->account_data, call->args[1], call->body);
    matrixd_answer_empty(call);
}

void matrixd_account_data_get(struct matrixd_call *call)
{
    const json_t *content = is_own(call) ? json_object_get(call->user->account_data, call->args[1])
                                         : NULL;
    if (content)
        matrixd_answer(call, json_deep_copy(content));
    else if (!call->reply->body)
        matrixd_refuse(call, 404, "M_NOT_FOUND", "Account data not found");
}
