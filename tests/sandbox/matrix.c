/* Matrix's part of the sandbox: routes, answers, faults. */
#include "tests/sandbox/matrix_internal.h"

#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char prefix[] = "/_matrix/client/";

/* ---- small things ---- */

void matrix_random(char *to, size_t count)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
    unsigned char bytes[64];
    if (count > sizeof bytes || RAND_bytes(bytes, (int)count) != 1)
        abort();
    for (size_t i = 0; i < count; i++)
        to[i] = letters[bytes[i] % (sizeof letters - 1)];
    to[count] = '\0';
}

const char *matrix_text(const json_t *object, const char *key)
{
    const char *text = json_string_value(json_object_get(object, key));
    return text ? text : "";
}

int64_t matrix_number(const json_t *object, const char *key, int64_t otherwise)
{
    const json_t *value = json_object_get(object, key);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

int64_t matrix_asked(const struct matrix_call *call, const char *name, int64_t otherwise)
{
    const char *text = matrix_text(call->query, name);
    char *end = NULL;
    int64_t value = strtoll(text, &end, 10);
    return *text && !*end ? value : otherwise;
}

bool matrix_same(const char *a, const char *b) { return a && b && strcmp(a, b) == 0; }

struct matrix_user *matrix_user_by_id(struct matrix *m, const char *id)
{
    for (size_t i = 0; i < MATRIX_USERS; i++)
        if (matrix_same(m->users[i].id, id))
            return &m->users[i];
    return NULL;
}

struct matrix_user *matrix_user_named(struct matrix *m, const char *name)
{
    for (size_t i = 0; i < MATRIX_USERS; i++)
        if (matrix_same(m->users[i].name, name))
            return &m->users[i];
    return NULL;
}

const char *matrix_name(const struct matrix *m, const char *user_id)
{
    for (size_t i = 0; i < MATRIX_USERS; i++)
        if (matrix_same(m->users[i].id, user_id))
            return m->users[i].name;
    return user_id;
}

/* ---- answers ---- */

static const struct matrix_event *raw_event(const struct matrix *m, uint64_t n)
{
    for (size_t i = m->event_count; i > 0; i--)
        if (m->events[i - 1].n == n)
            return m->events[i - 1].raw ? &m->events[i - 1] : NULL;
    return NULL;
}

/* Copies text, with each raw content in the place of the string that stands for it. */
static char *splice(const struct matrix *m, const char *text, size_t *ret_bytes)
{
    char mark[48], *out = NULL;
    FILE *to = open_memstream(&out, ret_bytes);
    if (!to)
        abort();
    int mark_bytes = snprintf(mark, sizeof mark, "\"raw-%s-", m->secret);
    for (const char *at = text; *at;) {
        const char *found = strstr(at, mark);
        char *end = NULL;
        const struct matrix_event *e = found ? raw_event(m, strtoull(found + mark_bytes, &end, 10)) : NULL;
        size_t plain = found ? (size_t)(found - at) : strlen(at);
        fwrite(at, 1, plain, to);
        if (e)
            fwrite(e->raw, 1, e->raw_bytes, to);
        else if (found)
            fputs("{}", to);
        at = found ? end + 1 : at + plain; /* behind the closing quote */
    }
    fclose(to);
    return out;
}

void matrix_reply(const struct matrix *m, struct web_reply *reply, int status, json_t *body_new)
{
    web_reply_json(reply, status, body_new);
    if (!reply->body || !strstr(reply->body, m->secret))
        return;
    char *spliced = splice(m, reply->body, &reply->body_bytes);
    free(reply->body);
    reply->body = spliced;
}

void matrix_answer(struct matrix_call *call, json_t *body_new) { matrix_reply(call->m, call->reply, 200, body_new); }

void matrix_answer_empty(struct matrix_call *call) { matrix_answer(call, json_object()); }

void matrix_refuse(struct matrix_call *call, int status, const char *errcode, const char *sentence)
{
    web_reply_json(call->reply, status, json_pack("{s:s, s:s}", "errcode", errcode, "error", sentence));
    if (!call->note[0])
        snprintf(call->note, sizeof call->note, "%s", errcode);
}

void matrix_complain(struct web_reply *reply, int status, const char *sentence) { web_reply_json(reply, status, json_pack("{s:s}", "error", sentence)); }

/* ---- faults ---- */

static int status_of(const char *errcode)
{
    static const struct { const char *errcode; int status; } known[] = {
        { "M_UNKNOWN_TOKEN", 401 }, { "M_MISSING_TOKEN", 401 }, { "M_USER_LOCKED", 401 }, { "M_FORBIDDEN", 403 }, { "M_USER_SUSPENDED", 403 },
        { "M_USER_DEACTIVATED", 403 }, { "M_NOT_FOUND", 404 }, { "M_UNRECOGNIZED", 404 }, { "M_TOO_LARGE", 413 }, { "M_LIMIT_EXCEEDED", 429 },
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strcmp(known[i].errcode, errcode) == 0)
            return known[i].status;
    return 400;
}

static void limit(const struct matrix *m, struct web_reply *reply, int64_t wait_ms)
{
    bool in_header = m->hints == MATRIX_HINT_BOTH || m->hints == MATRIX_HINT_HEADER, in_body = m->hints == MATRIX_HINT_BOTH || m->hints == MATRIX_HINT_BODY;
    json_t *body = json_pack("{s:s, s:s}", "errcode", "M_LIMIT_EXCEEDED", "error", "Too Many Requests");
    if (in_body && wait_ms > 0)
        json_object_set_new(body, "retry_after_ms", json_integer(wait_ms));
    web_reply_json(reply, 429, body);
    reply->retry_after_s = in_header ? (int)((wait_ms + 999) / 1000) : 0;
}

/* What stands between a client and a homeserver answers in its own words: a proxy's page, not JSON. */
static void fail(const struct matrix *m, struct web_reply *reply, int status, int retry_after_s)
{
    char page[192];
    if (status == 429) {
        limit(m, reply, (int64_t)retry_after_s * 1000);
        return;
    }
    if (status == 502 || status == 503 || status == 504) {
        snprintf(page, sizeof page, "<html><head><title>%d</title></head><body><center><h1>%d</h1></center><hr><center>proxy</center></body></html>\n", status, status);
        web_reply_text(reply, status, page);
        reply->content_type = "text/html";
    } else {
        web_reply_json(reply, status, json_pack("{s:s, s:s}", "errcode", "M_UNKNOWN", "error", "Internal server error"));
    }
    reply->retry_after_s = retry_after_s;
}

/* "M_UNKNOWN_TOKEN", or "M_UNKNOWN_TOKEN:soft" for one that keeps the device. */
static void fail_with(const struct fault *fault, struct web_reply *reply)
{
    char errcode[64];
    snprintf(errcode, sizeof errcode, "%.*s", (int)strcspn(fault->error, ":"), fault->error);
    json_t *body = json_pack("{s:s, s:s}", "errcode", errcode, "error", matrix_same(errcode, "M_UNKNOWN_TOKEN") ? "Token is not active" : "As the test wants it");
    if (matrix_same(errcode, "M_UNKNOWN_TOKEN"))
        json_object_set_new(body, "soft_logout", json_boolean(strstr(fault->error, ":soft") != NULL));
    web_reply_json(reply, fault->status != 200 ? fault->status : status_of(errcode), body);
}

/* Faults that answer instead of doing anything. */
static bool answer_instead(struct matrix_call *call)
{
    const struct fault *fault = &call->fault;
    switch (fault->kind) {
    case FAULT_STATUS: fail(call->m, call->reply, fault->status, fault->retry_after_s); return true;
    case FAULT_ERROR: fail_with(fault, call->reply); return true;
    case FAULT_BODY:
        web_reply_text(call->reply, fault->status, fault->body ? fault->body : "");
        call->reply->content_type = fault->body && *fault->body == '<' ? "text/html" : "application/json";
        return true;
    case FAULT_NONE:
    case FAULT_LOST:
    case FAULT_AFTER:
    case FAULT_DELAY: break;
    }
    return false;
}

void matrix_spoil(struct matrix *m, const struct fault *fault, struct web_reply *reply)
{
    reply->drop = reply->drop || fault->kind == FAULT_LOST;
    if (fault->kind == FAULT_DELAY)
        reply->delay_ms = fault->delay_ms;
    if (fault->kind == FAULT_AFTER)
        fail(m, reply, fault->status, fault->retry_after_s);
}

/* ---- routes ---- */

enum { OPEN = 1, ROOM = 2 /* the first * is a room, and the caller is in it */, BODY = 4 };

static const struct route { const char *method, *path, *operation; void (*run)(struct matrix_call *); unsigned needs; } routes[] = {
    { "GET", "versions", "versions", matrix_versions, OPEN },
    { "GET", "v3/login", "login_flows", matrix_login_flows, OPEN },
    { "POST", "v3/login", "login", matrix_login, OPEN | BODY },
    { "POST", "v3/logout", "logout", matrix_logout, 0 },
    { "POST", "v3/refresh", "refresh", matrix_refresh, OPEN | BODY },
    { "GET", "v3/account/whoami", "whoami", matrix_whoami, 0 },
    { "GET", "v3/capabilities", "capabilities", matrix_capabilities, 0 },
    { "GET", "v3/pushrules", "pushrules", matrix_push_rules, 0 },
    { "GET", "v3/profile/*", "profile", matrix_profile, OPEN },
    { "GET", "v3/profile/*/displayname", "profile", matrix_profile, OPEN },
    { "POST", "v3/user/*/filter", "filter", matrix_filter_set, BODY },
    { "GET", "v3/user/*/filter/*", "filter_get", matrix_filter_get, 0 },
    { "PUT", "v3/user/*/account_data/*", "account_data", matrix_account_data_set, BODY },
    { "GET", "v3/user/*/account_data/*", "account_data_get", matrix_account_data_get, 0 },
    { "GET", "v3/sync", "sync", matrix_sync, 0 },
    { "GET", "v3/joined_rooms", "joined_rooms", matrix_joined_rooms, 0 },
    { "POST", "v3/createRoom", "create_room", matrix_create_room, BODY },
    { "GET", "v3/directory/room/*", "alias", matrix_alias, OPEN },
    { "POST", "v3/join/*", "join", matrix_join_alias, 0 },
    { "POST", "v3/rooms/*/join", "join", matrix_join, 0 },
    { "POST", "v3/rooms/*/leave", "leave", matrix_member_change, 0 },
    { "POST", "v3/rooms/*/invite", "invite", matrix_member_change, ROOM | BODY },
    { "POST", "v3/rooms/*/kick", "kick", matrix_member_change, ROOM | BODY },
    { "POST", "v3/rooms/*/ban", "ban", matrix_member_change, ROOM | BODY },
    { "POST", "v3/rooms/*/unban", "unban", matrix_member_change, ROOM | BODY },
    { "GET", "v3/rooms/*/joined_members", "joined_members", matrix_joined_members, ROOM },
    { "GET", "v3/rooms/*/members", "members", matrix_members, ROOM },
    { "GET", "v3/rooms/*/messages", "messages", matrix_messages, ROOM },
    { "GET", "v3/rooms/*/context/*", "context", matrix_context, ROOM },
    { "GET", "v3/rooms/*/event/*", "event", matrix_event_get, ROOM },
    { "GET", "v3/rooms/*/state", "state_all", matrix_state_all, ROOM },
    { "GET", "v3/rooms/*/state/*", "state_get", matrix_state_get, ROOM },
    { "GET", "v3/rooms/*/state/*/*", "state_get", matrix_state_get, ROOM },
    { "PUT", "v3/rooms/*/state/*", "state_set", matrix_state_set, ROOM | BODY },
    { "PUT", "v3/rooms/*/state/*/*", "state_set", matrix_state_set, ROOM | BODY },
    { "PUT", "v3/rooms/*/send/*/*", "send", matrix_send, ROOM | BODY },
    { "PUT", "v3/rooms/*/redact/*/*", "redact", matrix_redact, ROOM },
    { "GET", "v1/rooms/*/relations/*", "relations", matrix_relations, ROOM },
    { "GET", "v1/rooms/*/relations/*/*", "relations", matrix_relations, ROOM },
    { "GET", "v1/rooms/*/relations/*/*/*", "relations", matrix_relations, ROOM },
    { "PUT", "v3/rooms/*/typing/*", "typing", matrix_answer_empty, ROOM },
    { "POST", "v3/rooms/*/receipt/*/*", "receipt", matrix_answer_empty, ROOM },
    { "POST", "v3/rooms/*/read_markers", "read_markers", matrix_answer_empty, ROOM },
};

/* The first part is the API's version: r0 is an old name of v3. */
static bool part_matches(const char *wanted, size_t bytes, const char *part, size_t at)
{
    if (at == 0 && bytes == 2 && memcmp(wanted, "v3", 2) == 0 && strcmp(part, "r0") == 0)
        return true;
    return strlen(part) == bytes && memcmp(wanted, part, bytes) == 0;
}

static bool route_matches(struct matrix_call *call, const struct route *route)
{
    size_t part = 0, arg = 0;
    for (const char *at = route->path; *at; part++) {
        size_t bytes = strcspn(at, "/");
        if (part == call->part_count)
            return false;
        if (bytes == 1 && *at == '*')
            call->args[arg++] = call->parts[part];
        else if (!part_matches(at, bytes, call->parts[part], part))
            return false;
        at += bytes + (at[bytes] == '/');
    }
    return part == call->part_count;
}

/* NULL: unknown, or known with other methods only. */
static const struct route *find_route(struct matrix_call *call, bool *ret_known)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        memset(call->args, 0, sizeof call->args);
        if (!route_matches(call, &routes[i]))
            continue;
        *ret_known = true;
        if (matrix_same(routes[i].method, call->request->method))
            return &routes[i];
    }
    return NULL;
}

/* ---- reading a request ---- */

static int hex_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* malloc'ed. */
static char *decoded(const char *from, size_t bytes, bool plus)
{
    char *to = malloc(bytes + 1);
    size_t n = 0;
    if (!to)
        abort();
    for (size_t i = 0; i < bytes; i++) {
        bool escape = from[i] == '%' && i + 2 < bytes && hex_digit(from[i + 1]) >= 0 && hex_digit(from[i + 2]) >= 0;
        to[n++] = escape ? (char)(hex_digit(from[i + 1]) * 16 + hex_digit(from[i + 2])) : plus && from[i] == '+' ? ' ' : from[i];
        i += escape ? 2 : 0;
    }
    to[n] = '\0';
    return to;
}

static void split_path(struct matrix_call *call)
{
    for (const char *at = call->request->path + strlen(prefix); call->part_count < MATRIX_PARTS_MOST;) {
        size_t bytes = strcspn(at, "/");
        /* A closing slash is passed over: an empty state key is as good as none. */
        if (bytes > 0 || call->part_count == 0 || at[bytes])
            call->parts[call->part_count++] = decoded(at, bytes, false);
        if (!at[bytes])
            return;
        at += bytes + 1;
    }
}

static void split_query(struct matrix_call *call)
{
    call->query = json_object();
    for (const char *at = call->request->query; *at; at += strcspn(at, "&"), at += *at == '&') {
        size_t bytes = strcspn(at, "&"), name_bytes = strcspn(at, "=&");
        char *name = decoded(at, name_bytes, true), *value = name_bytes < bytes ? decoded(at + name_bytes + 1, bytes - name_bytes - 1, true) : strdup("");
        json_object_set_new(call->query, name, json_string(value ? value : ""));
        free(name);
        free(value);
    }
}

/* Canonical JSON knows no fractions and no number beyond 2^53. */
static bool is_canonical(const json_t *value)
{
    static const json_int_t most = ((json_int_t)1 << 53) - 1;
    const char *key;
    json_t *child;
    size_t i;
    bool ok = !json_is_real(value) && (!json_is_integer(value) || (json_integer_value(value) <= most && json_integer_value(value) >= -most));
    json_object_foreach((json_t *)(uintptr_t)value, key, child) /* NOLINT */
        ok = ok && is_canonical(child);
    json_array_foreach(value, i, child)
        ok = ok && is_canonical(child);
    return ok;
}

static bool read_body(struct matrix_call *call, bool needed)
{
    const struct web_request *r = call->request;
    if (r->body_bytes > 0)
        call->body = json_loadb(r->body, r->body_bytes, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (call->body && json_is_object(call->body)) {
        if (!is_canonical(call->body))
            matrix_refuse(call, 400, "M_BAD_JSON", "Numbers are whole and within 53 bits");
        return is_canonical(call->body);
    }
    if (r->body_bytes == 0 && !needed)
        return true;
    if (call->body)
        matrix_refuse(call, 400, "M_BAD_JSON", "Content must be a JSON object.");
    else
        matrix_refuse(call, 400, "M_NOT_JSON", "Content not JSON.");
    return false;
}

static bool find_room(struct matrix_call *call)
{
    call->room = matrix_room_by_id(call->m, call->args[0]);
    if (call->room && matrix_same(matrix_membership(call->room, call->user->id), "join"))
        return true;
    char sentence[600];
    snprintf(sentence, sizeof sentence, "User %s not in room %s", call->user->id, call->args[0]);
    matrix_refuse(call, 403, "M_FORBIDDEN", sentence);
    return false;
}

static void run(struct matrix_call *call, const struct route *route)
{
    if (!(route->needs & OPEN)) {
        call->session = matrix_authenticate(call);
        if (!call->session)
            return;
        call->user = call->session->user;
    }
    if (strcmp(call->request->method, "GET") != 0 && !read_body(call, route->needs & BODY))
        return;
    if (!(route->needs & ROOM) || find_room(call))
        route->run(call);
}

/* ---- the way of a request ---- */

static void unknown(struct matrix_call *call, bool known) { matrix_refuse(call, known ? 405 : 404, "M_UNRECOGNIZED", "Unrecognized request"); }

static void answer(struct matrix_call *call, const struct route *route)
{
    struct matrix *m = call->m;
    char operation[48];
    snprintf(operation, sizeof operation, "matrix.%s", route->operation);
    call->operation = route->operation;
    if (m->outage) {
        snprintf(call->note, sizeof call->note, "outage");
        if (m->outage_502)
            fail(m, call->reply, 502, 0);
        else
            call->reply->drop = true;
    } else {
        call->fault = fault_take(operation);
        if (!answer_instead(call)) {
            run(call, route);
            if (!call->reply->later)
                matrix_spoil(m, &call->fault, call->reply);
        }
    }
    /* A long poll is noted when it begins: a test sees that the bot listens. */
    requests_note(operation, call->reply->later ? 200 : call->reply->drop ? 0 : call->reply->status, call->note[0] ? call->note : NULL);
}

bool matrix_handle(struct matrix *m, const struct web_request *request, struct web_reply *reply)
{
    if (strncmp(request->path, "/_matrix/", strlen("/_matrix/")) != 0)
        return false;
    struct matrix_call call = { .m = m, .request = request, .reply = reply };
    bool known = false;
    const struct route *route = NULL;
    if (strncmp(request->path, prefix, strlen(prefix)) == 0) {
        split_path(&call);
        route = find_route(&call, &known);
    }
    split_query(&call);
    if (route) {
        answer(&call, route);
    } else {
        unknown(&call, known);
        requests_note("matrix.unknown", reply->status, request->path);
    }
    for (size_t i = 0; i < call.part_count; i++)
        free(call.parts[i]);
    json_decref(call.query);
    json_decref(call.body);
    matrix_wake(m);
    return true;
}

/* ---- making and ending ---- */

static const struct matrix_user cast[MATRIX_USERS] = {
    { .name = "reguard", .id = MATRIX_BOT, .display = "reguard" },
    { .name = "ana", .id = "@ana:sandbox.local", .display = "Ana Almeida" },
    { .name = "ben", .id = "@ben:sandbox.local", .display = "Ben Baker" },
    { .name = "cleo", .id = "@cleo:sandbox.local", .display = "Cleo Castro" },
    { .name = "dan", .id = "@dan:sandbox.local", .display = "Dan Dupont" },
    { .name = "gil", .id = "@gil:sandbox.local", .display = "Gil Guest", .guest = true },
    { .name = "eve", .id = "@eve:other.example", .display = "Ana Almeida" }, /* the name shown proves nothing */
};

struct matrix *matrix_new(void)
{
    struct matrix *m = calloc(1, sizeof *m);
    if (!m)
        abort();
    matrix_random(m->secret, sizeof m->secret - 1);
    m->generation = 1;
    m->timeline_most = 100;
    m->limited = -1;
    for (size_t i = 0; i < MATRIX_USERS; i++) {
        m->users[i] = cast[i];
        m->users[i].account_data = json_object();
    }
    matrix_sessions_init(m);
    matrix_rooms_init(m);
    return m;
}

void matrix_free(struct matrix *m)
{
    if (!m)
        return;
    matrix_waiters_done(m);
    matrix_rooms_done(m);
    for (size_t i = 0; i < MATRIX_USERS; i++)
        json_decref(m->users[i].account_data);
    for (size_t i = 0; i < MATRIX_FILTERS_MOST; i++)
        free(m->filters[i]);
    free(m);
}

json_t *matrix_state(const struct matrix *m)
{
    return json_pack("{s:I, s:I, s:I, s:I, s:b, s:b}", "events", (json_int_t)m->event_count, "position", (json_int_t)m->last_n, "polls", (json_int_t)m->waiter_count, "syncs",
                     (json_int_t)m->syncs, "outage", m->outage, "hold", m->hold);
}

bool matrix_control(struct matrix *m, const char *path, const struct web_request *request, const json_t *body, struct web_reply *reply)
{
    bool known = true;
    if (matrix_same(path, "channel"))
        matrix_view_channel(m, request, reply);
    else if (!json_is_object(body))
        matrix_complain(reply, 405, "This call is a POST with a JSON object.");
    else if (!*path)
        matrix_change(m, body, reply);
    else
        known = matrix_act(m, path, body, reply);
    matrix_wake(m);
    return known;
}
