/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the Matrix half of the sandbox: a small homeserver (client-server API, room version 11),
   its state, and what its rooms do for each other. Where the specification leaves room it does as
   Synapse does. */
#ifndef SANDBOX_MATRIX_STATE_H
#define SANDBOX_MATRIX_STATE_H

#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/net/message.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MATRIXD_SERVER "sandbox.local"
#define MATRIXD_ROOM "!room0sandbox:sandbox.local"
#define MATRIXD_ALIAS "#rootops:sandbox.local"
#define MATRIXD_BOT "@reguard:sandbox.local"
#define MATRIXD_BOT_TOKEN "syt_sandbox_bot_token"
#define MATRIXD_BOT_REFRESH_TOKEN "syr_sandbox_bot_refresh_token"
#define MATRIXD_MARK \
    "dev.reguard" /* the key in our messages' content that names case, state and outbox key */
enum {
    MATRIXD_USERS = 7,
    MATRIXD_EVENTS_MOST = 20000,
    MATRIXD_EVENTS_DROPPED = 1000,
    MATRIXD_ROOMS_MOST = 32,
    MATRIXD_SESSIONS_MOST = 64,
    MATRIXD_FILTERS_MOST = 64,
    MATRIXD_WAITERS_MOST = 64,
    MATRIXD_PARTS_MOST = 10,
    MATRIXD_ID = 256,
    MATRIXD_TOKEN = 64,
    MATRIXD_EVENT_ID = 48
};

struct matrixd_user {
    const char *name, *id, *display;
    bool guest;
    json_t *account_data; /* type -> content */
    double allowance;     /* messages it may send now, while there is a rate */
    int64_t allowed_at_ms;
};

/* A login. A refreshed pair counts beside the old one until it is used for the first time. */
struct matrixd_session {
    struct matrixd_user *user; /* NULL: a free place */
    char device[MATRIXD_TOKEN], access[MATRIXD_TOKEN], refresh[MATRIXD_TOKEN],
        next_access[MATRIXD_TOKEN], next_refresh[MATRIXD_TOKEN];
    int64_t expires_ms; /* UTC; 0: never */
    enum { MATRIXD_LIVE, MATRIXD_SOFT_END, MATRIXD_HARD_END } end;
};

struct matrixd_room {
    char id[MATRIXD_ID];
    json_t *state; /* type -> state key -> event */
};

/* Its json is shared with the room's state. */
struct matrixd_event {
    uint64_t n; /* place in the stream, from 1 */
    struct matrixd_room *room;
    json_t *json;         /* without unsigned */
    json_t *replaced;     /* the state event before it, or NULL */
    json_t *redacted_by;  /* an event, or NULL */
    json_t *was_relation; /* m.relates_to before it was redacted, or NULL */
    char *raw;            /* content as bytes that jansson could not hold; NULL as a rule */
    size_t raw_bytes;
    char *device, *txn; /* who sent it as what; NULL when nobody did */
    bool related;       /* some event relates to it */
};

/* A long poll; at most one per device. */
struct matrixd_waiter {
    uint64_t ticket, since, number;
    bool initial, full_state;
    struct matrixd_user *user;
    struct matrixd_session *session;
    json_t *filter;
    struct fault fault;
};

struct matrixd {
    struct matrixd_user users[MATRIXD_USERS];
    struct matrixd_session sessions[MATRIXD_SESSIONS_MOST];
    struct matrixd_room *rooms[MATRIXD_ROOMS_MOST];
    size_t room_count, event_count, waiter_count, session_turn;
    struct matrixd_event events[MATRIXD_EVENTS_MOST];
    uint64_t last_n, filter_count, waiter_number;
    char *filters[MATRIXD_FILTERS_MOST];
    struct matrixd_waiter waiters[MATRIXD_WAITERS_MOST];
    char secret[24];     /* secret: what marks the place of raw content in an answer */
    unsigned generation; /* of the stream tokens */
    unsigned syncs;      /* answered for the bot */
    bool dirty;          /* something is new since the waiters were looked at */
    /* settings; see README.md */
    bool hold, outage, outage_502;
    struct control_refusal refused;
    json_t *media;               /* mxc address -> what was uploaded */
    json_t *later, *later_known; /* delayed events; transaction -> delay id */
    int64_t later_ahead_ms, later_most_ms, later_allowed_at_ms; /* most 0: none are taken */
    double later_allowance;
    int64_t skew_ms, token_life_ms, timeline_most, repeat, limited; /* limited < 0: no */
    double rate, burst;                                             /* rate 0: none */
    enum { MATRIXD_HINT_BOTH, MATRIXD_HINT_HEADER, MATRIXD_HINT_BODY, MATRIXD_HINT_NONE } hints;
};

struct matrixd_call {
    struct matrixd *m;
    const struct web_request *request;
    const char *operation;
    char *parts[MATRIXD_PARTS_MOST]; /* of the path behind /_matrix/client/, decoded */
    size_t part_count;
    const char *args[4]; /* what stood for * in the route */
    json_t *query;       /* name -> text */
    json_t *body;        /* NULL without one */
    struct matrixd_session *session;
    struct matrixd_user *user;
    struct matrixd_room *room; /* of a route with a room */
    struct fault fault;
    struct web_reply *reply;
    char note[512];
};

struct matrixd_sight {
    struct matrixd *m;
    struct matrixd_user *user;
    struct matrixd_session *session;
    json_t *filter;
    uint64_t since;
    bool initial, full_state;
    int64_t limited;
};

#endif
