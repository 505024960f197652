/* The seam inside reguard-sandbox: web.c owns the sockets (TLS and plain listeners, HTTP and
   WebSocket), services answer whole requests. A service never sees libwebsockets. Nothing here is
   shared with the bot: the sandbox is its peer. */
#ifndef SANDBOX_WEB_H
#define SANDBOX_WEB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { WEB_BODY_MAX = 1024 * 1024, WEB_HEADERS_MAX = 48 };

struct web_header {
    const char *name; /* lower case */
    const char *value;
};

/* One whole HTTP request. Everything is lent until the service returns. */
struct web_request {
    const char *method; /* "GET", "POST", "PUT" */
    const char *path;   /* as sent, without the query, still percent-encoded */
    const char *query;  /* as sent, "" when there is none */
    const char *body;   /* NUL follows body[body_bytes] */
    size_t body_bytes;
    bool tls; /* came in through the TLS listener */
    struct web_header headers[WEB_HEADERS_MAX];
    size_t header_count;
    uint64_t ticket; /* for web_finish when the answer comes later */
};

/* NULL when absent; name in lower case. */
const char *web_request_header(const struct web_request *, const char *name);

/* What a service answers. body is malloc'ed by the service and taken over by web.c. */
struct web_reply {
    int status;               /* HTTP status */
    const char *content_type; /* static; NULL means application/json */
    char *body;
    size_t body_bytes;
    int retry_after_s;                    /* > 0: a Retry-After header */
    const char *extra_name, *extra_value; /* one more header; static or NULL */
    const char
        *more_headers; /* whole lines, each with its CRLF, written as they are; static or NULL */
    int64_t delay_ms;  /* answer that much later */
    bool drop;         /* close the connection without an answer: the reply is lost */
    bool later;        /* nothing is answered now; web_finish will do it */
};

/* Answers a request whose reply was `later`. Takes reply->body over. Harmless when the client has
   gone meanwhile. */
void web_finish(uint64_t ticket, struct web_reply *);

/* Fills the reply with a JSON body; takes the reference. */
void web_reply_json(struct web_reply *, int status, json_t *body_new);
void web_reply_text(struct web_reply *, int status, const char *text);

/* ---- WebSocket, server side. web.c upgrades, a service decides. ---- */
struct web_socket;
struct web_socket_service {
    void *self; /* handed to each of these */
    /* 101 accepts: the socket is valid from then until closed. Anything else refuses with that HTTP
       status. */
    int (*accept)(void *self, const struct web_request *, struct web_socket *);
    void (*received)(void *self, struct web_socket *, const char *text, size_t bytes);
    void (*ponged)(void *self, struct web_socket *); /* NULL: of no interest */
    void (*closed)(void *self, struct web_socket *);
    const char *protocol; /* the sub-protocol that the answer names; NULL: none */
};
/* Queues one text message; web.c never loses or reorders. */
void web_socket_send(struct web_socket *, const char *text, size_t bytes);
/* The same in so many fragments (RFC 6455 5.4). */
void web_socket_send_fragments(struct web_socket *, const char *text, size_t bytes, int fragments);
void web_socket_ping(struct web_socket *, const char *payload);
/* A close frame with code and reason, then the TCP connection goes after one second at most. The
   service's closed follows. */
void web_socket_close(struct web_socket *, int code, const char *reason);
/* The TCP connection goes at once, without a close frame. */
void web_socket_drop(struct web_socket *);
/* From now on nothing is read or written any more, but TCP stays: a half-open peer. */
void web_socket_freeze(struct web_socket *);
/* What the client sends has no effect any more; what is sent to it still arrives. */
void web_socket_deafen(struct web_socket *);
bool web_socket_is_tls(const struct web_socket *);
/* Bytes that wait for the client to read. */
size_t web_socket_backlog(const struct web_socket *);

/* Monotonic milliseconds, and UTC milliseconds since 1970. */
int64_t sandbox_monotonic_ms(void);
int64_t sandbox_utc_ms(void);

/* Calls fn(arg) once after delay_ms on the loop's thread. Never inside this call. */
void sandbox_after(int64_t delay_ms, void (*fn)(void *arg), void *arg);

/* Something a test may wait for has changed: wakes every GET /sandbox/wait. */
void sandbox_changed(void);

/* Faults are kept in one place (control.c). A service names the operation it is about to answer,
   for example "slack.chat.postMessage", "stax.put_guardrails", "cognito.InitiateAuth"; where a
   fault is armed for it the kind and its number are returned once and the fault's count goes
   down. */
enum fault_kind {
    FAULT_NONE,
    FAULT_STATUS,
    FAULT_LOST,
    FAULT_AFTER,
    FAULT_DELAY,
    FAULT_ERROR,
    FAULT_BODY
};
struct fault {
    enum fault_kind kind;
    int status;        /* STATUS: answer this without doing it. AFTER: do it, then answer this */
    int64_t delay_ms;  /* DELAY: do it, answer that much later */
    int retry_after_s; /* with STATUS */
    char error[64];    /* ERROR: Slack's {"ok":false,"error":...}; for Stax the Error text */
    const char *body;  /* BODY: answer these bytes with status; lent */
};
/* LOST: do it, then drop the connection. */
struct fault fault_take(const char *operation);

/* Appends one line to the request log that tests count: GET /sandbox/requests. note may be NULL. */
void requests_note(const char *operation, int status, const char *note);

/* Stax API, Cognito user pool and identity pool, in stax.c and its neighbours. dir: where the
   sandbox keeps its files. */
struct stax;
struct stax *stax_new(const char *dir);
void stax_free(struct stax *);
/* True when the request was for Stax or Cognito and reply is filled. */
bool stax_handle(struct stax *, const struct web_request *, struct web_reply *reply);
/* Control of the Stax side: POST /sandbox/stax with a JSON object; the answer's body is a new
   reference. See README.md. */
json_t *stax_control(struct stax *, const json_t *request);
/* What GET /sandbox/state shows under "stax"; new reference. */
json_t *stax_state(const struct stax *);

/* Slack: Web API under /api/, response URLs under /hooks/, Socket Mode under /link/; in slack.c and
   its neighbours. */
struct slack;
/* base_tls and base_plain: "https://localhost:PORT" and "http://127.0.0.1:PORT", for URLs in
   answers (the socket URL that apps.connections.open gives follows the listener the call came in
   through: wss://localhost:PORT/link/… or ws://127.0.0.1:PORT/link/…). */
struct slack *slack_new(const char *dir, const char *base_tls, const char *base_plain);
void slack_free(struct slack *);
bool slack_handle(struct slack *, const struct web_request *, struct web_reply *reply);
/* An upgrade request for /link/, and what follows: the parts of a web_socket_service. */
int slack_socket_accept(struct slack *, const struct web_request *, struct web_socket *);
void slack_socket_received(struct slack *, struct web_socket *, const char *text, size_t bytes);
void slack_socket_ponged(struct slack *, struct web_socket *);
void slack_socket_closed(struct slack *, struct web_socket *);
/* The control calls of README.md that are Slack's: path behind /sandbox/ ("say", "command",
   "click", "react", "submit", "channel", "private", "slack", "load"); false when it is none of
   them. */
bool slack_control(struct slack *, const char *path, const struct web_request *, const json_t *body,
                   struct web_reply *reply);
json_t *slack_state(const struct slack *); /* new reference */
/* One viewer's memory of what it has seen, so that it is told differences only. */
struct slack_look;
struct slack_look *slack_look_new(void);
void slack_look_free(struct slack_look *);
/* Adds to `into` what has changed since the last look: "messages" (new or altered, with "channel";
   a bounded number, the rest at the next look), "gone" (ts), "older" (at the first look: how many
   are not told), "private" ([{"person","kind":"ephemeral"|"response","message"}]), "modals" (by
   person, null: closed). Nothing is added when nothing has changed. */
void slack_look_again(struct slack *, struct slack_look *, json_t *into);

/* Matrix: a small homeserver under /_matrix/client/; in matrix.c, matrix_route.c and their
   neighbours. */
struct matrix;
struct matrix *matrix_new(void);
void matrix_free(struct matrix *);
bool matrix_handle(struct matrix *, const struct web_request *, struct web_reply *reply);
/* The control calls under /sandbox/matrix: path behind it ("" for changes, else "say", "react",
   "channel"…); false when it is none of them. */
bool matrix_control(struct matrix *, const char *path, const struct web_request *,
                    const json_t *body, struct web_reply *reply);
json_t *matrix_state(const struct matrix *); /* new reference */
/* One viewer's place in the room's stream, as for Slack above. */
struct matrix_look;
struct matrix_look *matrix_look_new(void);
void matrix_look_free(struct matrix_look *);
/* Adds to `into` "room": the messages that are new or that an edit, reaction or redaction has
   touched since the last look, each as the channel's JSON has it, with "n", its place in the
   stream, for "content"; a bounded number, the rest at the next look. */
void matrix_look_again(struct matrix *, struct matrix_look *, json_t *into);

/* A small SMTP server on loopback, port 0 for any; mails are kept. */
struct smtp;
struct smtp *smtp_start(int port, int *ret_port);
void smtp_stop(struct smtp *);
json_t *smtp_mails(const struct smtp *); /* array of {from,to,data}; new reference */

#endif
