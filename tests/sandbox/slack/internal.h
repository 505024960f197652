/* Inside the Slack half of the sandbox: its state, and what its rooms do for each other. */
#ifndef SANDBOX_SLACK_INTERNAL_H
#define SANDBOX_SLACK_INTERNAL_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/control/faults.h"
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/control/service.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/slack/slack.h"

#define SLACK_TEAM "T0SANDBOX"
#define SLACK_OTHER_TEAM "T0OTHER"
#define SLACK_CHANNEL "C0ROOTOPS"
#define SLACK_ELSEWHERE "C0GENERAL" /* exists, but the bot is not in it */
#define SLACK_APP "A0REGUARD"
#define SLACK_BOT_USER "U0REGUARD"
#define SLACK_BOT "B0REGUARD"
#define SLACK_APP_TOKEN "xapp-1-A0REGUARD-sandbox-app-token"
#define SLACK_BOT_TOKEN "xoxb-sandbox-bot-token"
#define SLACK_LOAD_USER "U0LOAD"

enum {
    SLACK_PEOPLE = 6,
    SLACK_METHODS_MOST = 40,
    SLACK_MESSAGES_MOST = 120000, /* more than a bot must be able to read back */
    SLACK_PRIVATE_MOST = 500,
    SLACK_HELD_MOST = 1000,
    SLACK_SOCKETS_ALLOWED = 10,
    SLACK_SOCKETS_MOST = 32,
    SLACK_TICKETS = 64,
    SLACK_HOOKS = 4096,
    SLACK_TRIGGERS = 512,
    SLACK_RETRIES = 3,
    SLACK_CHANNEL_BUCKETS = 16
};
enum { SLACK_ID = 48, SLACK_PATH = 128 };

struct slack_person {
    const char *name, *id, *dm, *real_name, *team;
    bool is_restricted;
    json_t *user;                  /* what users.info says */
    json_t *ephemeral, *responses; /* newest last */
    json_t *modal;                 /* the open view, or NULL */
};

struct slack_message {
    json_t *json;
    char channel[16], ts[32];
    char thread[32]; /* the ts of its root, its own for a root that names itself; "" without */
    int edits;
};

/* A socket stays registered until its TCP connection is gone, or it has been deaf for three
   pings. */
struct slack_socket {
    struct web_socket *ws; /* NULL: free place */
    uint64_t number;
    bool deaf; /* sends, but does not read */
    bool greeted, draining, frozen, ghost /* no envelopes any more */;
    int unanswered;
    int64_t next_ping_ms, close_at_ms /* 0: stays */;
};

enum slack_fickle { SLACK_STAYS, SLACK_CLOSES, SLACK_REFRESHES };
enum slack_envelope_kind { SLACK_EVENT, SLACK_SLASH, SLACK_INTERACTIVE };
struct slack_envelope {
    struct slack_envelope *next;
    char id[SLACK_ID], hook[SLACK_PATH];
    enum slack_envelope_kind kind;
    json_t *payload;
    struct slack_person *person; /* who acted; may be NULL */
    int sends;
    bool on_wire; /* sent and not acknowledged yet; else waiting to be sent */
    int64_t due_ms;
    bool asked; /* somebody waits at the control API */
    uint64_t ticket;
};

struct slack_hook {
    char path[SLACK_PATH];
    struct slack_person *person;
    char channel[16], ts[32];
    int64_t until_ms;
    int uses;
};
struct slack_trigger {
    char id[80];
    struct slack_person *person;
    int64_t until_ms;
    bool used;
};
struct slack_bucket {
    double tokens;
    int64_t at_ms;
};
struct slack_load;
struct slack_flood;

struct slack {
    struct web_socket_service link; /* slack_link with this for its self */
    char base_tls[128], base_plain[128];
    struct slack_person people[SLACK_PEOPLE];
    json_t *channel; /* what conversations.info says */
    struct slack_message messages[SLACK_MESSAGES_MOST];
    size_t message_count;
    json_t *pins;

    struct slack_socket sockets[SLACK_SOCKETS_MOST];
    uint64_t socket_number, last_drawn;
    struct {
        char id[SLACK_ID];
        int64_t until_ms;
    } tickets[SLACK_TICKETS];
    size_t next_ticket;
    struct slack_envelope *envelopes, **last_envelope;
    size_t envelope_count;
    char *last_frame; /* what {"duplicate":true} repeats */

    struct slack_hook hooks[SLACK_HOOKS];
    size_t next_hook;
    struct slack_trigger triggers[SLACK_TRIGGERS];
    size_t next_trigger;
    struct slack_load *load;
    struct slack_flood *flood;
    char load_secret[SLACK_ID];

    char app_token[96], bot_token[96]; /* that count now */
    char scopes[512];                  /* that the bot token has */
    bool outage, link_disabled, rate_limits;
    int64_t page_most;        /* messages on a page, however many are asked for; 0: as many */
    enum slack_fickle fickle; /* what every new socket does right after its hello */
    struct {
        char what[16], error[64];
    } refused; /* calls of that kind, with that error */
    double burst;
    int fragments;
    int64_t ack_ms, retry_ms[SLACK_RETRIES];
    struct slack_bucket method_buckets[SLACK_METHODS_MOST];
    struct {
        char channel[16];
        struct slack_bucket bucket;
    } channel_buckets[SLACK_CHANNEL_BUCKETS];

    int64_t last_ts_us;
    uint64_t hellos, sent, acked, retries, given_up, strays, junk, edits, next_id;
};

/* ---- slack.c ---- */
/* Random letters and digits, so many of them; to has room for count + 1. */
void slack_random(char *to, size_t count);
void slack_random_uuid(char to[SLACK_ID]);
/* A message's time stamp, later than every earlier one: "1700000000.000100". */
void slack_next_ts(struct slack *, char to[32]);
/* Fields of "a=b&c=d" as a JSON object of strings; new reference. */
json_t *slack_form(const char *text, size_t bytes);
/* Sets what is in change; null takes a field away, because an absent field is a case of its own. */
void slack_merge(json_t *into, const json_t *change);
void slack_refuse(struct web_reply *, int status, const char *sentence);
const char *slack_text(const json_t *object, const char *key); /* "" when absent */
bool slack_same(const char *a, const char *b);                 /* NULL is nothing's equal */
size_t slack_characters(const char *utf8);
void slack_keep_private(json_t *list, json_t *entry_new);
int64_t slack_number(const json_t *object, const char *key, int64_t otherwise);

/* ---- slack_people.c: who there is ---- */
void slack_people_init(struct slack *);
void slack_people_done(struct slack *);
struct slack_person *slack_person_named(struct slack *, const char *name);
struct slack_person *slack_person_by_id(struct slack *, const char *id);
struct slack_person *slack_person_of_dm(struct slack *, const char *channel);
json_t *slack_user(struct slack *, const char *id);           /* new reference, NULL: nobody */
const char *slack_name(const struct slack *, const char *id); /* the id itself when unknown */
bool slack_people_change(struct slack *, const json_t *change, struct web_reply *);
/* NULL when the bot may do it in that channel, else Slack's error. */
const char *slack_channel_error(struct slack *, const char *channel, bool writes);
bool slack_channel_known(struct slack *, const char *channel);

/* ---- slack_store.c: messages ---- */
/* Takes the message over and gives it its ts. Lent until the next post. */
struct slack_message *slack_post(struct slack *, const char *channel, json_t *message_new);
struct slack_message *slack_find(struct slack *, const char *channel, const char *ts);
bool slack_delete(struct slack *, const char *channel, const char *ts);
/* A copy as the Web API shows it; new reference. */
json_t *slack_shown(struct slack *, const struct slack_message *, bool metadata);
bool slack_react(struct slack_message *, const char *user,
                 const char *name); /* false: had it already */
bool slack_unreact(struct slack_message *, const char *user,
                   const char *name); /* false: had none */
const char *slack_case_of(const json_t *message,
                          const char *field); /* of metadata.event_payload; "" */

/* ---- slack_api.c: Web API ---- */
struct slack_call {
    struct slack *slack;
    const struct web_request *request;
    json_t *args;
    bool json_body, missing_charset;
    int retry_after_s; /* set by a method: answered as 429 */
    char note[160];
};
typedef json_t *(*slack_method)(struct slack_call *); /* new reference: the answer */
json_t *slack_error(const char *code);
json_t *slack_error_because(const char *code, json_t *messages_new);
json_t *slack_missing(const char *argument);
const char *slack_arg(const struct slack_call *, const char *name); /* NULL when absent */
bool slack_arg_flag(const struct slack_call *, const char *name);
int64_t slack_arg_number(const struct slack_call *, const char *name, int64_t otherwise);
/* Borrowed; NULL when absent. A value that is JSON in a string is read. bad: there is one and it is
   no JSON. */
json_t *slack_arg_json(const struct slack_call *, const char *name, bool *bad);
/* One message a second and channel, after the burst. 0, or seconds to wait. */
int slack_channel_wait(struct slack *, const char *channel);
bool slack_api(struct slack *, const struct web_request *, struct web_reply *);

json_t *slack_chat_post(struct slack_call *), *slack_chat_update(struct slack_call *),
    *slack_chat_ephemeral(struct slack_call *), *slack_chat_delete(struct slack_call *),
    *slack_chat_permalink(struct slack_call *);
json_t *slack_reactions_add(struct slack_call *), *slack_reactions_remove(struct slack_call *),
    *slack_reactions_get(struct slack_call *), *slack_pins_add(struct slack_call *);
json_t *slack_auth_test(struct slack_call *), *slack_users_info(struct slack_call *),
    *slack_users_list(struct slack_call *), *slack_bots_info(struct slack_call *),
    *slack_team_info(struct slack_call *);
json_t *slack_conversations_info(struct slack_call *),
    *slack_conversations_members(struct slack_call *),
    *slack_conversations_open(struct slack_call *),
    *slack_conversations_history(struct slack_call *),
    *slack_conversations_replies(struct slack_call *);
json_t *slack_views_open(struct slack_call *), *slack_views_update(struct slack_call *);
json_t *slack_connections_open(struct slack_call *);

/* Text, blocks and metadata of a call into a message of the bot; NULL: the refusal is in
 *ret_error. */
json_t *slack_message_of(struct slack_call *, json_t **ret_error);
/* A message that the bot posts by other means (response_url, an acknowledgement). Takes content's
   text and blocks. */
struct slack_message *slack_post_as_bot(struct slack *, const char *channel, const json_t *content);

/* ---- slack_refuse.c ---- */
/* The error with which a test wants the call refused, or NULL. */
const char *slack_refuses(const struct slack_call *, const char *method);
bool slack_refuse_calls(struct slack *, const json_t *what, struct web_reply *);

/* ---- slack_schema.c: Block Kit ---- */
/* Appends "[ERROR] … [json-pointer:…]" to messages for everything that Slack would refuse. most: 50
   in messages, 100 in views. */
void slack_check_blocks(const json_t *blocks, const char *pointer, size_t most, json_t *messages);
void slack_check_view(const json_t *view, json_t *messages);
/* Gives blocks and elements the ids that Slack makes up. */
void slack_complete_blocks(json_t *blocks);

/* ---- slack_gateway.c: sockets ---- */
/* An upgrade request for /link/, and what follows. */
extern const struct web_socket_service slack_link;
void slack_gateway_start(struct slack *);
/* The socket that the next envelope goes to, or NULL. */
struct slack_socket *slack_draw(struct slack *);
void slack_socket_write(struct slack *, struct slack_socket *, const char *text);
size_t slack_connections(const struct slack *);
bool slack_disconnect(struct slack *, const char *reason);
bool slack_half_open(struct slack *);
bool slack_deafen(struct slack *);
void slack_outage(struct slack *, bool outage);
struct slack_socket *slack_newest(struct slack *);

/* ---- slack_envelope.c ---- */
/* Takes payload over. asker: the control request that waits for the acknowledgement, or NULL.
   False: nobody is there to take it. */
bool slack_raise(struct slack *, enum slack_envelope_kind, json_t *payload_new,
                 struct slack_person *, const struct web_request *asker, const char *hook);
/* An event inside its wrapper. Takes event over. */
void slack_raise_event(struct slack *, struct slack_person *, json_t *event_new);
void slack_envelopes_run(struct slack *); /* what is due now */
void slack_acknowledged(struct slack *, const char *envelope_id, const json_t *payload);
void slack_envelopes_done(struct slack *);
/* Those that no socket has taken yet are lost, as after the last try. */
void slack_envelopes_forget(struct slack *);
const char *slack_socket_base(const struct slack *, const struct slack_socket *);

/* ---- slack_hook.c: response URLs and triggers ---- */
void slack_hook_new(struct slack *, struct slack_person *, const char *channel, const char *ts,
                    char path[SLACK_PATH]);
bool slack_hook(struct slack *, const struct web_request *, struct web_reply *);
/* What an acknowledgement's or a response URL's message does. */
void slack_respond(struct slack *, const struct slack_hook *, const json_t *message);
void slack_trigger_new(struct slack *, struct slack_person *, char id[80]);
/* NULL and *ret_error when it cannot be used. */
struct slack_trigger *slack_trigger_use(struct slack *, const char *id, const char **ret_error);

/* ---- slack_act.c, slack_modal.c: acting as a person ---- */
/* what: say, command, click, react, submit or close. */
void slack_act(struct slack *, const char *what, const struct web_request *, const json_t *body,
               struct web_reply *);
void slack_close(struct slack *, struct slack_person *, const struct web_request *,
                 const json_t *body, struct web_reply *);
void slack_submit(struct slack *, struct slack_person *, const struct web_request *,
                  const json_t *body, struct web_reply *);
/* What the app hears when that person presses body's "action" (of its "case", with its "ts"), with
   its response URL; new reference. NULL: there is no such button. */
json_t *slack_press(struct slack *, struct slack_person *, const json_t *body,
                    char hook[SLACK_PATH]);
/* The answer to a view_submission; what it means for the caller is set in answer. */
void slack_submitted(struct slack *, struct slack_person *, const json_t *payload, json_t *answer);
json_t *slack_acting_user(
    const struct slack_person *); /* "user" of an interaction; new reference */
json_t *slack_interaction(struct slack *, const char *type, struct slack_person *,
                          char trigger[80]);

/* ---- slack_live.c ---- */
/* "messages" (new or altered, with "channel"), "gone" (ts), "older" (at the first look: how many
   are not told), "private" ([{"person","kind":"ephemeral"|"response","message"}]), "modals" (by
   person, null: closed). */
void *slack_look_new(void);
void slack_look_free(void *look);
void slack_look_again(void *slack, void *look, json_t *into);

/* ---- slack_view.c: what a person sees ---- */
json_t *slack_view_message(const struct slack_message *); /* new reference */
void slack_view_channel(struct slack *, const struct web_request *, struct web_reply *);
void slack_view_private(struct slack *, const struct web_request *, struct web_reply *);

/* ---- slack_flood.c ---- */
void slack_flood_start(struct slack *, const json_t *body, struct web_reply *);
void slack_flood_done(struct slack *);

/* ---- slack_load.c ---- */
void slack_load_start(struct slack *, const struct web_request *, const json_t *body,
                      struct web_reply *);
/* True when the id is one of the load's. */
bool slack_load_acknowledged(struct slack *, const char *envelope_id);
void slack_load_tick(struct slack *);
void slack_load_done(struct slack *);

#endif
