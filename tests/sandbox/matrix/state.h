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

#define MATRIX_SERVER "sandbox.local"
#define MATRIX_ROOM "!room0sandbox:sandbox.local"
#define MATRIX_ALIAS "#rootops:sandbox.local"
#define MATRIX_BOT "@reguard:sandbox.local"
#define MATRIX_BOT_TOKEN "syt_sandbox_bot_token"
#define MATRIX_BOT_REFRESH_TOKEN "syr_sandbox_bot_refresh_token"
#define MATRIX_MARK \
    "dev.reguard" /* the key in our messages' content that names case, state and outbox key */
enum {
    MATRIX_USERS = 7,
    MATRIX_EVENTS_MOST = 20000,
    MATRIX_EVENTS_DROPPED = 1000,
    MATRIX_ROOMS_MOST = 32,
    MATRIX_SESSIONS_MOST = 64,
    MATRIX_FILTERS_MOST = 64,
    MATRIX_WAITERS_MOST = 64,
    MATRIX_PARTS_MOST = 10,
    MATRIX_ID = 256,
    MATRIX_TOKEN = 64,
    MATRIX_EVENT_ID = 48
};

struct matrix_user {
    const char *name, *id, *display;
    bool guest;
    json_t *account_data; /* type -> content */
    double allowance;     /* messages it may send now, while there is a rate */
    int64_t allowed_at_ms;
};

/* A login. A refreshed pair counts beside the old one until it is used for the first time. */
struct matrix_session {
    struct matrix_user *user; /* NULL: a free place */
    char device[MATRIX_TOKEN], access[MATRIX_TOKEN], refresh[MATRIX_TOKEN],
        next_access[MATRIX_TOKEN], next_refresh[MATRIX_TOKEN];
    int64_t expires_ms; /* UTC; 0: never */
    enum { MATRIX_LIVE, MATRIX_SOFT_END, MATRIX_HARD_END } end;
};

struct matrix_room {
    char id[MATRIX_ID];
    json_t *state; /* type -> state key -> event */
};

/* Its json is shared with the room's state. */
struct matrix_event {
    uint64_t n; /* place in the stream, from 1 */
    struct matrix_room *room;
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
struct matrix_waiter {
    uint64_t ticket, since, number;
    bool initial, full_state;
    struct matrix_user *user;
    struct matrix_session *session;
    json_t *filter;
    struct fault fault;
};

struct matrix {
    struct matrix_user users[MATRIX_USERS];
    struct matrix_session sessions[MATRIX_SESSIONS_MOST];
    struct matrix_room *rooms[MATRIX_ROOMS_MOST];
    size_t room_count, event_count, waiter_count, session_turn;
    struct matrix_event events[MATRIX_EVENTS_MOST];
    uint64_t last_n, filter_count, waiter_number;
    char *filters[MATRIX_FILTERS_MOST];
    struct matrix_waiter waiters[MATRIX_WAITERS_MOST];
    char secret[24];     /* secret: what marks the place of raw content in an answer */
    unsigned generation; /* of the stream tokens */
    unsigned syncs;      /* answered for the bot */
    bool dirty;          /* something is new since the waiters were looked at */
    /* settings; see README.md */
    bool hold, outage, outage_502;
    struct refusal refused;
    int64_t skew_ms, token_life_ms, timeline_most, repeat, limited; /* limited < 0: no */
    double rate, burst;                                             /* rate 0: none */
    enum { MATRIX_HINT_BOTH, MATRIX_HINT_HEADER, MATRIX_HINT_BODY, MATRIX_HINT_NONE } hints;
};

struct matrix_call {
    struct matrix *m;
    const struct web_request *request;
    const char *operation;
    char *parts[MATRIX_PARTS_MOST]; /* of the path behind /_matrix/client/, decoded */
    size_t part_count;
    const char *args[4]; /* what stood for * in the route */
    json_t *query;       /* name -> text */
    json_t *body;        /* NULL without one */
    struct matrix_session *session;
    struct matrix_user *user;
    struct matrix_room *room; /* of a route with a room */
    struct fault fault;
    struct web_reply *reply;
    char note[512];
};

struct matrix_sight {
    struct matrix *m;
    struct matrix_user *user;
    struct matrix_session *session;
    json_t *filter;
    uint64_t since;
    bool initial, full_state;
    int64_t limited;
};

#endif
