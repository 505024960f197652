/* SPDX-License-Identifier: Apache-2.0 */
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

#define SLACKD_TEAM "T0SANDBOX"
#define SLACKD_OTHER_TEAM "T0OTHER"
#define SLACKD_CHANNEL "C0ROOTOPS"
#define SLACKD_ELSEWHERE "C0GENERAL" /* exists, but the bot is not in it */
#define SLACKD_APP "A0REGUARD"
#define SLACKD_BOT_USER "U0REGUARD"
#define SLACKD_BOT "B0REGUARD"
#define SLACKD_APP_TOKEN "xapp-1-A0REGUARD-sandbox-app-token"
#define SLACKD_BOT_TOKEN "xoxb-sandbox-bot-token"
#define SLACKD_LOAD_USER "U0LOAD"
enum {
    SLACKD_PEOPLE = 6,
    SLACKD_METHODS_MOST = 40,
    SLACKD_MESSAGES_MOST = 120000, /* more than a bot must be able to read back */
    SLACKD_PRIVATE_MOST = 500,
    SLACKD_HELD_MOST = 1000,
    SLACKD_SOCKETS_ALLOWED = 10,
    SLACKD_SOCKETS_MOST = 32,
    SLACKD_TICKETS = 64,
    SLACKD_HOOKS = 4096,
    SLACKD_TRIGGERS = 512,
    SLACKD_RETRIES = 3,
    SLACKD_CHANNEL_BUCKETS = 16,
    SLACKD_FILES_MOST = 64 /* the oldest gives way */
};

enum { SLACKD_ID = 48, SLACKD_PATH = 128 };

struct slackd_person {
    const char *name, *id, *dm, *real_name, *team;
    bool is_restricted;
    json_t *user;                  /* what users.info says */
    json_t *ephemeral, *responses; /* newest last */
    json_t *modal;                 /* the open view, or NULL */
    json_t *home;                  /* the app's page for them, or NULL */
    json_t *offered;               /* options that the app has offered in it */
};

struct slackd_message {
    json_t *json;
    char channel[16], ts[32];
    char thread[32]; /* the ts of its root, its own for a root that names itself; "" without */
    int edits;
};

/* A socket stays registered until its TCP connection is gone, or it has been deaf for three
   pings. */
struct slackd_socket {
    struct web_socket *ws; /* NULL: free place */
    uint64_t number;
    bool deaf; /* sends, but does not read */
    bool greeted, draining, frozen, ghost /* no envelopes any more */;
    int unanswered;
    int64_t next_ping_ms, close_at_ms /* 0: stays */;
};

enum slackd_fickle { SLACKD_STAYS, SLACKD_CLOSES, SLACKD_REFRESHES };

enum slackd_envelope_kind { SLACKD_EVENT, SLACKD_SLASH, SLACKD_INTERACTIVE };

struct slackd_envelope {
    struct slackd_envelope *next;
    char id[SLACKD_ID], hook[SLACKD_PATH];
    enum slackd_envelope_kind kind;
    json_t *payload;
    struct slackd_person *person; /* who acted; may be NULL */
    int sends;
    bool on_wire; /* sent and not acknowledged yet; else waiting to be sent */
    int64_t due_ms;
    bool asked; /* somebody waits at the control API */
    uint64_t ticket;
};

struct slackd_hook {
    char path[SLACKD_PATH];
    struct slackd_person *person;
    char channel[16], ts[32];
    int64_t until_ms;
    int uses;
};

struct slackd_trigger {
    char id[80];
    struct slackd_person *person;
    int64_t until_ms;
    bool used;
};

struct slackd_bucket {
    double tokens;
    int64_t at_ms;
};

/* Asked for, then uploaded, then completed; in no other order, and each once. */
struct slackd_upload {
    char id[16], secret[40], name[128];
    int64_t length, until_ms;
    char *content; /* NULL: not uploaded */
    bool completed;
};

struct slackd_load;
struct slackd_flood;
struct slackd {
    struct web_socket_service link; /* slackd_link with this for its self */
    char base_tls[128], base_plain[128];
    struct slackd_person people[SLACKD_PEOPLE];
    json_t *channel; /* what conversations.info says */
    struct slackd_message messages[SLACKD_MESSAGES_MOST];
    size_t message_count;
    json_t *pins;

    struct slackd_socket sockets[SLACKD_SOCKETS_MOST];
    uint64_t socket_number, last_drawn;
    struct {
        char id[SLACKD_ID];
        int64_t until_ms;
    } tickets[SLACKD_TICKETS];
    size_t next_ticket;
    struct slackd_envelope *envelopes, **last_envelope;
    size_t envelope_count;
    char *last_frame; /* what {"duplicate":true} repeats */

    struct slackd_hook hooks[SLACKD_HOOKS];
    size_t next_hook;
    struct slackd_trigger triggers[SLACKD_TRIGGERS];
    size_t next_trigger;
    struct slackd_upload uploads[SLACKD_FILES_MOST];
    size_t next_upload;
    char upload_base[256]; /* in place of the sandbox's own address; "" for that */
    struct slackd_load *load;
    struct slackd_flood *flood;
    char load_secret[SLACKD_ID];

    char app_token[96], bot_token[96]; /* that count now */
    char scopes[512];                  /* that the bot token has */
    bool outage, link_disabled, rate_limits;
    int64_t page_most;         /* messages on a page, however many are asked for; 0: as many */
    enum slackd_fickle fickle; /* what every new socket does right after its hello */
    struct control_refusal refused;
    double burst;
    int fragments;
    int64_t ack_ms, retry_ms[SLACKD_RETRIES];
    struct slackd_bucket method_buckets[SLACKD_METHODS_MOST];
    struct {
        char channel[16];
        struct slackd_bucket bucket;
    } channel_buckets[SLACKD_CHANNEL_BUCKETS];

    int64_t last_ts_us;
    json_t *later;   /* scheduled messages that have not appeared yet */
    int64_t ahead_s; /* of everybody's clock, for these */
    uint64_t load_answers, hellos, sent, acked, retries, given_up, strays, junk, edits, next_id;
};

struct slackd_call {
    struct slackd *slack;
    const struct web_request *request;
    const char *method; /* "chat.postMessage" */
    json_t *args;
    bool json_body, missing_charset;
    int retry_after_s; /* set by a method: answered as 429 */
    char note[160];
};

typedef json_t *(*slackd_method)(struct slackd_call *);

#endif
