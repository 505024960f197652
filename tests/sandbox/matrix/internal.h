/* Inside the Matrix half of the sandbox: a small homeserver (client-server API, room version 11),
   its state, and what its rooms do for each other. Where the specification leaves room it does as
   Synapse does. */
#ifndef SANDBOX_MATRIX_INTERNAL_H
#define SANDBOX_MATRIX_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/control/service.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/matrix/matrix.h"

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
    struct {
        char what[16], errcode[64];
    } refused;                                                      /* "" for nothing */
    int64_t skew_ms, token_life_ms, timeline_most, repeat, limited; /* limited < 0: no */
    double rate, burst;                                             /* rate 0: none */
    enum { MATRIX_HINT_BOTH, MATRIX_HINT_HEADER, MATRIX_HINT_BODY, MATRIX_HINT_NONE } hints;
};

/* ---- one request ---- */
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

/* ---- matrix.c: answers, faults, small things; routes are in matrix_route.c ---- */
void matrix_answer(struct matrix_call *, json_t *body_new);
void matrix_answer_empty(struct matrix_call *);
void matrix_refuse(struct matrix_call *, int status, const char *errcode, const char *sentence);
/* The same for the control API: {"error":…}. */
void matrix_complain(struct web_reply *, int status, const char *sentence);
/* A body in which raw contents stand where they belong; takes it over. */
void matrix_reply(const struct matrix *, struct web_reply *, int status, json_t *body_new);
/* What stands between a client and a homeserver answers in its own words: a proxy's page, not
   JSON. */
void matrix_fail(const struct matrix *, struct web_reply *, int status, int retry_after_s);
/* Faults that answer instead of doing anything. */
bool matrix_answer_instead(struct matrix_call *);
/* What a fault does to an answer that is ready. */
void matrix_spoil(struct matrix *, const struct fault *, struct web_reply *);
const char *matrix_text(const json_t *object, const char *key); /* "" when it is no string */
int64_t matrix_number(const json_t *object, const char *key, int64_t otherwise);
/* A query's number; otherwise when it is absent or none. */
int64_t matrix_asked(const struct matrix_call *, const char *name, int64_t otherwise);
bool matrix_same(const char *, const char *);
void matrix_random(char *to, size_t count); /* count letters and digits, and NUL */
struct matrix_user *matrix_user_by_id(struct matrix *, const char *id);
struct matrix_user *matrix_user_named(struct matrix *, const char *name);
const char *matrix_name(const struct matrix *, const char *user_id);

/* ---- matrix_session.c ---- */
void matrix_sessions_init(struct matrix *);
/* NULL, with the refusal in the answer, without a token that counts. */
struct matrix_session *matrix_authenticate(struct matrix_call *);
void matrix_versions(struct matrix_call *);
void matrix_capabilities(struct matrix_call *);
void matrix_login_flows(struct matrix_call *);
void matrix_login(struct matrix_call *);
void matrix_logout(struct matrix_call *);
void matrix_refresh(struct matrix_call *);
void matrix_whoami(struct matrix_call *);
void matrix_push_rules(struct matrix_call *);
void matrix_filter_set(struct matrix_call *);
void matrix_filter_get(struct matrix_call *);
void matrix_account_data_set(struct matrix_call *);
void matrix_account_data_get(struct matrix_call *);
void matrix_profile(struct matrix_call *);
bool matrix_token_control(struct matrix *, const json_t *body, struct web_reply *);

/* ---- matrix_room.c: rooms, their state, who may do what ---- */
void matrix_rooms_init(struct matrix *);
void matrix_rooms_done(struct matrix *);
struct matrix_room *matrix_room_by_id(struct matrix *, const char *id_or_alias);
/* A room with the events that every room begins with. NULL when there are too many, or the id is
   taken. */
struct matrix_room *matrix_room_new(struct matrix *, const char *id, const char *creator,
                                    const char *name);
json_t *matrix_state_event(const struct matrix_room *, const char *type,
                           const char *key); /* lent; NULL */
const char *matrix_membership(const struct matrix_room *,
                              const char *user_id); /* "leave" for strangers */
int64_t matrix_power(const struct matrix_room *, const char *user_id);
int64_t matrix_power_needed(const struct matrix_room *, const char *type, bool state);
int64_t matrix_power_for(const struct matrix_room *,
                         const char *action); /* "ban", "kick", "redact", "invite" */
/* Stamps, stores, and lets it take its effect on the state. Takes event over. The result holds
   until the next one. */
struct matrix_event *matrix_append(struct matrix *, struct matrix_room *, json_t *event_new);
struct matrix_event *matrix_append_state(struct matrix *, struct matrix_room *, const char *sender,
                                         const char *type, const char *key, json_t *content_new);
struct matrix_event *matrix_set_membership(struct matrix *, struct matrix_room *,
                                           const char *sender, const char *user_id,
                                           const char *membership);
struct matrix_event *matrix_event_by_id(struct matrix *, const struct matrix_room *,
                                        const char *event_id);
const char *matrix_id_of(const struct matrix_event *);

/* ---- matrix_member.c: joining, leaving and the like ---- */
void matrix_join(struct matrix_call *);
void matrix_join_alias(struct matrix_call *);
void matrix_member_change(struct matrix_call *);
void matrix_joined_members(struct matrix_call *);
void matrix_joined_rooms(struct matrix_call *);
void matrix_members(struct matrix_call *);
void matrix_create_room(struct matrix_call *);
void matrix_alias(struct matrix_call *);

/* ---- matrix_send.c ---- */
void matrix_send(struct matrix_call *);
void matrix_redact(struct matrix_call *);
void matrix_state_set(struct matrix_call *);
/* Does what a redaction does. Its target may be unknown. */
struct matrix_event *matrix_redaction(struct matrix *, struct matrix_room *, const char *sender,
                                      const char *target, const char *reason);
/* Marks what content relates to. */
void matrix_relate(struct matrix *, const struct matrix_room *, const json_t *content);
json_t *matrix_relation(const json_t *event); /* m.relates_to; lent; NULL */
/* The same, redacted or not: a thread's reply stays in its thread, an edit stays one. */
const json_t *matrix_event_relation(const struct matrix_event *);
bool matrix_relates(const json_t *event, const char *rel_type, const char *event_id);
/* Tells a member's unredacted reaction with that key; NULL. */
struct matrix_event *matrix_reaction(struct matrix *, const struct matrix_room *,
                                     const char *sender, const char *target, const char *key);

/* ---- matrix_refused.c ---- */
/* The errcode that a test wants for this call, NULL for none. */
const char *matrix_refuses(const struct matrix_call *);
int matrix_status_of(const char *errcode);
bool matrix_refuse_calls(struct matrix *, const json_t *what, struct web_reply *);

/* ---- matrix_read.c: what is asked for singly ---- */
/* As clients see it; session may be NULL. New reference. */
json_t *matrix_shown(struct matrix *, const struct matrix_event *, const struct matrix_session *,
                     bool with_room);
void matrix_messages(struct matrix_call *);
void matrix_context(struct matrix_call *);
void matrix_event_get(struct matrix_call *);
void matrix_relations(struct matrix_call *);
void matrix_state_get(struct matrix_call *);
void matrix_state_all(struct matrix_call *);

/* ---- matrix_sync.c, matrix_timeline.c ---- */
void matrix_sync(struct matrix_call *);
/* Answers whoever waits, when something is new. */
void matrix_wake(struct matrix *);
/* Every long poll ends without an answer. */
void matrix_waiters_drop(struct matrix *);
void matrix_waiters_done(struct matrix *);
/* Whether an event passes a RoomEventFilter; filter may be NULL. */
bool matrix_passes(const json_t *filter, const json_t *event);
void matrix_token_write(const struct matrix *, uint64_t n, char to[MATRIX_TOKEN]);
/* False when it is none of this stream. */
bool matrix_token_read(const struct matrix *, const char *text, uint64_t *ret_n);
struct matrix_sight {
    struct matrix *m;
    struct matrix_user *user;
    struct matrix_session *session;
    json_t *filter;
    uint64_t since;
    bool initial, full_state;
    int64_t limited;
};
/* "rooms" of a sync answer; new reference, NULL when there is nothing to tell. */
json_t *matrix_news(const struct matrix_sight *);

/* ---- matrix_act.c, matrix_control.c: the test's side ---- */
bool matrix_act(struct matrix *, const char *what, const json_t *body, struct web_reply *);
void matrix_change(struct matrix *, const json_t *body, struct web_reply *);
/* A card's event by its case; NULL. */
struct matrix_event *matrix_card(struct matrix *, const char *case_id);
const char *matrix_mark(const json_t *content, const char *field); /* of our own key in a content */

/* ---- matrix_route.c ---- */
bool matrix_handle(void *matrix, const struct web_request *, struct web_reply *);

/* ---- matrix_live.c ---- */
/* "room": the messages that are new or that an edit, reaction or redaction has touched since the
   last look, each as the channel's JSON has it, with "n", its place in the stream, for
   "content". */
void *matrix_look_new(void);
void matrix_look_free(void *look);
void matrix_look_again(void *matrix, void *look, json_t *into);

/* ---- matrix_view.c ---- */
/* A message that stands in the timeline by itself: an edit does not. */
bool matrix_is_message(const struct matrix_event *, const struct matrix_room *);
/* With edits and reactions folded in, as GET /sandbox/matrix/channel?format=json has it; new
   reference. */
json_t *matrix_view_message(struct matrix *, const struct matrix_event *);
/* The bot's newest direct room with a person. */
void matrix_view_aside(struct matrix *, const char *name, struct web_reply *);
void matrix_view_channel(struct matrix *, const struct web_request *, struct web_reply *);

#endif
