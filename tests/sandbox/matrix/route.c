/* SPDX-License-Identifier: Apache-2.0 */
/* The way of a Matrix request: which route, whose token, which room; and the fault that a test has
   armed for it. */
#include "tests/sandbox/matrix/route.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/matrix/later.h"
#include "tests/sandbox/matrix/media.h"
#include "tests/sandbox/matrix/member.h"
#include "tests/sandbox/matrix/read.h"
#include "tests/sandbox/matrix/refused.h"
#include "tests/sandbox/matrix/room.h"
#include "tests/sandbox/matrix/send.h"
#include "tests/sandbox/matrix/session.h"
#include "tests/sandbox/matrix/sync.h"
#include "tests/sandbox/matrix/tools.h"
#include "tests/sandbox/net/form.h"
#include "tests/sandbox/net/values.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What is below `media` is one name longer: the paths of these routes begin with it. */
static const char prefix[] = "/_matrix/client/", media[] = "/_matrix/media/";

/* ---- routes ---- */

enum {
    OPEN = 1,
    ROOM = 2 /* the first * is a room, and the caller is in it */,
    BODY = 4,
    RAW = 8 /* any bytes */
};

static const struct route {
    const char *method, *path, *operation;
    void (*run)(struct matrixd_call *);
    unsigned needs;
} routes[] = {
    { "POST", "media/v3/upload", "upload", matrixd_media_upload, RAW },
    { "GET", "v1/media/download/*/*", "download", matrixd_media_download, 0 },
    { "GET", "v1/media/download/*/*/*", "download", matrixd_media_download, 0 },
    { "GET", "versions", "versions", matrixd_versions, OPEN },
    { "GET", "v3/login", "login_flows", matrixd_login_flows, OPEN },
    { "POST", "v3/login", "login", matrixd_login, OPEN | BODY },
    { "POST", "v3/logout", "logout", matrixd_logout, 0 },
    { "POST", "v3/refresh", "refresh", matrixd_refresh, OPEN | BODY },
    { "GET", "v3/account/whoami", "whoami", matrixd_whoami, 0 },
    { "GET", "v3/capabilities", "capabilities", matrixd_capabilities, 0 },
    { "GET", "v3/pushrules", "pushrules", matrixd_push_rules, 0 },
    { "GET", "v3/profile/*", "profile", matrixd_profile, OPEN },
    { "GET", "v3/profile/*/displayname", "profile", matrixd_profile, OPEN },
    { "POST", "v3/user/*/filter", "filter", matrixd_filter_set, BODY },
    { "GET", "v3/user/*/filter/*", "filter_get", matrixd_filter_get, 0 },
    { "PUT", "v3/user/*/account_data/*", "account_data", matrixd_account_data_set, BODY },
    { "GET", "v3/user/*/account_data/*", "account_data_get", matrixd_account_data_get, 0 },
    { "GET", "v3/sync", "sync", matrixd_sync, 0 },
    { "GET", "v3/joined_rooms", "joined_rooms", matrixd_joined_rooms, 0 },
    { "POST", "v3/createRoom", "create_room", matrixd_create_room, BODY },
    { "GET", "v3/directory/room/*", "alias", matrixd_alias, OPEN },
    { "POST", "v3/join/*", "join", matrixd_join_alias, 0 },
    { "POST", "v3/rooms/*/join", "join", matrixd_join, 0 },
    { "POST", "v3/rooms/*/leave", "leave", matrixd_member_change, 0 },
    { "POST", "v3/rooms/*/invite", "invite", matrixd_member_change, ROOM | BODY },
    { "POST", "v3/rooms/*/kick", "kick", matrixd_member_change, ROOM | BODY },
    { "POST", "v3/rooms/*/ban", "ban", matrixd_member_change, ROOM | BODY },
    { "POST", "v3/rooms/*/unban", "unban", matrixd_member_change, ROOM | BODY },
    { "GET", "v3/rooms/*/joined_members", "joined_members", matrixd_joined_members, ROOM },
    { "GET", "v3/rooms/*/members", "members", matrixd_members, ROOM },
    { "GET", "v3/rooms/*/messages", "messages", matrixd_messages, ROOM },
    { "GET", "v3/rooms/*/context/*", "context", matrixd_context, ROOM },
    { "GET", "v3/rooms/*/event/*", "event", matrixd_event_get, ROOM },
    { "GET", "v3/rooms/*/state", "state_all", matrixd_state_all, ROOM },
    { "GET", "v3/rooms/*/state/*", "state_get", matrixd_state_get, ROOM },
    { "GET", "v3/rooms/*/state/*/*", "state_get", matrixd_state_get, ROOM },
    { "PUT", "v3/rooms/*/state/*", "state_set", matrixd_state_set, ROOM | BODY },
    { "PUT", "v3/rooms/*/state/*/*", "state_set", matrixd_state_set, ROOM | BODY },
    { "PUT", "v3/rooms/*/send/*/*", "send", matrixd_send, ROOM | BODY },
    { "GET", "unstable/org.matrix.msc4140/delayed_events", "delayed", matrixd_later_list, 0 },
    { "GET", "unstable/org.matrix.msc4140/delayed_events/*", "delayed", matrixd_later_get, 0 },
    { "POST", "unstable/org.matrix.msc4140/delayed_events/*", "delayed_update",
      matrixd_later_update, OPEN | BODY },
    { "POST", "unstable/org.matrix.msc4140/delayed_events/*/cancel", "delayed_cancel",
      matrixd_later_cancel, OPEN },
    { "POST", "unstable/org.matrix.msc4140/delayed_events/*/restart", "delayed_restart",
      matrixd_later_restart, OPEN },
    { "POST", "unstable/org.matrix.msc4140/delayed_events/*/send", "delayed_send",
      matrixd_later_send, OPEN },
    { "PUT", "v3/rooms/*/redact/*/*", "redact", matrixd_redact, ROOM },
    { "GET", "v1/rooms/*/relations/*", "relations", matrixd_relations, ROOM },
    { "GET", "v1/rooms/*/relations/*/*", "relations", matrixd_relations, ROOM },
    { "GET", "v1/rooms/*/relations/*/*/*", "relations", matrixd_relations, ROOM },
    { "PUT", "v3/rooms/*/typing/*", "typing", matrixd_answer_empty, ROOM },
    { "POST", "v3/rooms/*/receipt/*/*", "receipt", matrixd_answer_empty, ROOM },
    { "POST", "v3/rooms/*/read_markers", "read_markers", matrixd_answer_empty, ROOM },
};

/* The first part is the API's version: r0 is an old name of v3. */
static bool part_matches(const char *wanted, size_t bytes, const char *part, size_t at)
{
    if (at == 0 && bytes == 2 && memcmp(wanted, "v3", 2) == 0 && strcmp(part, "r0") == 0)
        return true;
    return strlen(part) == bytes && memcmp(wanted, part, bytes) == 0;
}

static bool route_matches(struct matrixd_call *call, const struct route *route)
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
static const struct route *find_route(struct matrixd_call *call, bool *ret_known)
{
    for (size_t i = 0; i < sizeof routes / sizeof *routes; i++) {
        memset(call->args, 0, sizeof call->args);
        if (!route_matches(call, &routes[i]))
            continue;
        *ret_known = true;
        if (sandbox_same(routes[i].method, call->request->method))
            return &routes[i];
    }
    return NULL;
}

/* ---- reading a request ---- */

static void split_path(struct matrixd_call *call, size_t before)
{
    for (const char *at = call->request->path + before; call->part_count < MATRIXD_PARTS_MOST;) {
        size_t bytes = strcspn(at, "/");
        /* A closing slash is passed over: an empty state key is as good as none. */
        if (bytes > 0 || call->part_count == 0 || at[bytes])
            call->parts[call->part_count++] = form_decoded(at, bytes, false, &(size_t){ 0 });
        if (!at[bytes])
            return;
        at += bytes + 1;
    }
}

/* Canonical JSON knows no fractions and no number beyond 2^53. */
static bool is_canonical(const json_t *value)
{
    static const json_int_t most = ((json_int_t)1 << 53) - 1;
    const char *key;
    json_t *child;
    size_t i;
    bool ok = !json_is_real(value) &&
              (!json_is_integer(value) ||
               (json_integer_value(value) <= most && json_integer_value(value) >= -most));
    json_object_foreach((json_t *)(uintptr_t)value, key, child) /* NOLINT */
        ok = ok && is_canonical(child);
    json_array_foreach(value, i, child) ok = ok && is_canonical(child);
    return ok;
}

static bool read_body(struct matrixd_call *call, bool needed)
{
    const struct web_request *r = call->request;
    if (r->body_bytes > 0)
        call->body = json_loadb(r->body, r->body_bytes, JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (call->body && json_is_object(call->body)) {
        if (!is_canonical(call->body))
            matrixd_refuse(call, 400, "M_BAD_JSON", "Numbers are whole and within 53 bits");
        return is_canonical(call->body);
    }
    if (r->body_bytes == 0 && !needed)
        return true;
    if (call->body)
        matrixd_refuse(call, 400, "M_BAD_JSON", "Content must be a JSON object.");
    else
        matrixd_refuse(call, 400, "M_NOT_JSON", "Content not JSON.");
    return false;
}

static bool find_room(struct matrixd_call *call)
{
    call->room = matrixd_room_by_id(call->m, call->args[0]);
    if (call->room && sandbox_same(matrixd_membership(call->room, call->user->id), "join"))
        return true;
    char sentence[600];
    snprintf(sentence, sizeof sentence, "User %s not in room %s", call->user->id, call->args[0]);
    matrixd_refuse(call, 403, "M_FORBIDDEN", sentence);
    return false;
}

static void run(struct matrixd_call *call, const struct route *route)
{
    if (!(route->needs & OPEN)) {
        call->session = matrixd_authenticate(call);
        if (!call->session)
            return;
        call->user = call->session->user;
    }
    if (strcmp(call->request->method, "GET") != 0 && !(route->needs & RAW) &&
        !read_body(call, route->needs & BODY))
        return;
    const char *refused = matrixd_refuses(call);
    if (refused)
        matrixd_refuse(call, matrixd_status_of(refused), refused, "As the test wants it");
    else if (!(route->needs & ROOM) || find_room(call))
        route->run(call);
}

/* ---- the way of a request ---- */

static void unknown(struct matrixd_call *call, bool known)
{
    matrixd_refuse(call, known ? 405 : 404, "M_UNRECOGNIZED", "Unrecognized request");
}

static void answer(struct matrixd_call *call, const struct route *route)
{
    struct matrixd *m = call->m;
    char operation[48];
    call->operation = route->run == matrixd_send && matrixd_later_is(call) ? "delay"
                                                                           : route->operation;
    snprintf(operation, sizeof operation, "matrix.%s", call->operation);
    if (m->outage) {
        snprintf(call->note, sizeof call->note, "outage");
        if (m->outage_502)
            matrixd_fail(m, call->reply, 502, 0);
        else
            call->reply->drop = true;
    } else {
        call->fault = fault_take(operation);
        if (!matrixd_answer_instead(call)) {
            run(call, route);
            if (!call->reply->later)
                matrixd_spoil(m, &call->fault, call->reply);
        }
    }
    /* A long poll is noted when it begins: a test sees that the bot listens. */
    requests_note(operation,
                  call->reply->later  ? 200
                  : call->reply->drop ? 0
                                      : call->reply->status,
                  call->note[0] ? call->note : NULL);
}

bool matrixd_handle(void *matrix, const struct web_request *request, struct web_reply *reply)
{
    struct matrixd *m = matrix;
    if (strncmp(request->path, "/_matrix/", strlen("/_matrix/")) != 0)
        return false;
    struct matrixd_call call = { .m = m, .request = request, .reply = reply };
    bool known = false;
    const struct route *route = NULL;
    bool of_media = strncmp(request->path, media, strlen(media)) == 0;
    if (of_media || strncmp(request->path, prefix, strlen(prefix)) == 0) {
        split_path(&call, of_media ? strlen("/_matrix/") : strlen(prefix));
        route = find_route(&call, &known);
    }
    call.query = form_fields(request->query, strlen(request->query));
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
    matrixd_wake(m);
    return true;
}
