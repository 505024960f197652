/* Inside the Slack half of the sandbox: its state, and what its rooms do for each other. */
#ifndef SANDBOX_SLACK_STATE_H
#define SANDBOX_SLACK_STATE_H

#include "tests/sandbox/control/refusal.h"
#include "tests/sandbox/net/message.h"
#include "tests/sandbox/net/websocket.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

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
    struct refusal refused;
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

struct slack_call {
    struct slack *slack;
    const struct web_request *request;
    const char *method; /* "chat.postMessage" */
    json_t *args;
    bool json_body, missing_charset;
    int retry_after_s; /* set by a method: answered as 429 */
    char note[160];
};

typedef json_t *(*slack_method)(struct slack_call *);

#endif
