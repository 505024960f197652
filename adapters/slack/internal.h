/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the Slack adapter: what its files share. */
#ifndef REGUARD_SLACK_INTERNAL_H
#define REGUARD_SLACK_INTERNAL_H

#include <jansson.h>
#include "adapters/slack/codec_in.h"
#include "adapters/slack/life.h"
#include "core/limits.h"
#include "core/person.h"
#include "host/secret.h"
#include "net/again.h"
#include "net/http.h"
#include "net/loop.h"
#include "net/pace.h"
#include "net/ws.h"
#include "port/replies.h"
#include "port/standing.h"
#include "port/adapter.h"
#include "port/inbox.h"

enum { SLACK_TS_BYTES = 32 };

/* How an answer goes, and who is answered: people of [people], and everybody else. None takes from
   another. */
enum slack_lane { SLACK_KNOWN, SLACK_OTHERS, SLACK_KNOWN_HOOK, SLACK_OTHERS_HOOK };
_Static_assert((int)SLACK_OTHERS_HOOK < (int)REPLY_LANES, "a lane for each");

/* ---- Web API ---- */
struct slack;
enum slack_outcome {
    SLACK_OK,
    SLACK_REFUSED /* error says why */,
    SLACK_LATER /* nothing happened */,
    SLACK_UNKNOWN /* it may have happened */
};
struct slack_result {
    enum slack_outcome outcome;
    const char *error;
    ms_t retry_after_ms;
    const json_t *json; /* borrowed; OK and REFUSED */
    const char *scopes; /* that the token has, comma separated; OK */
    bool too_long;      /* the answer was more than we take */
    size_t left_out;    /* messages in it that cannot be read, not even when they were said */
};
typedef void (*slack_done)(void *arg, const struct slack_result *);

/* A write: JSON body (reference taken). done runs later, exactly once. Ordinary. */
void slack_write(struct slack *, const char *method, json_t *body_new, slack_done done, void *arg);
/* The same of another urgency. A Retry-After holds the method for the urgency that was told, a
   minute at the most for what is not ordinary. */
void slack_write_as(struct slack *, enum urgency, const char *method, json_t *body_new,
                    slack_done done, void *arg);
void slack_read_as(struct slack *, enum urgency, const char *method, const char *form,
                   slack_done done, void *arg);
/* The same of an answer with many messages: each one is shown to visit, one after the other, before
   done, and is not part of the answer. left_out: it cannot be read or costs too much, and all that
   is known of it is its ts. */
typedef void (*slack_visit)(void *arg, const json_t *message, bool left_out);
void slack_read_messages(struct slack *, enum urgency, const char *method, const char *form,
                         slack_visit, slack_done, void *arg);
void slack_open(struct slack *, slack_done done, void *arg); /* apps.connections.open */
/* Appends "&name=value", percent-encoded, without "&" when it is the first. */
void slack_form_add(struct buf *, const char *name, const char *value);
/* Everybody who waits is told, as with SLACK_LATER. */
void slack_api_stop(struct slack *);

/* ---- the socket ---- */
struct slack_connection {
    struct slack *slack;
    struct ws *ws;
    uint64_t generation;
    bool said_hello, draining;
    bool lived; /* long enough after its hello, or it has brought an envelope */
    struct loop_timer deadline, lives;
};
void slack_socket_start(struct slack *);
void slack_socket_stop(struct slack *);
/* The envelope's event is on disk. Nothing when it is 0, or its socket is gone. payload: what goes
   with it, taken over; NULL: nothing. */
void slack_acknowledge(struct slack *, uint64_t receipt, json_t *payload_new);
/* With other credentials: the socket that there is stays until the new one has said hello. */
void slack_connect_anew(struct slack *);

/* ---- the link: up, down, refused, again ---- */
/* False: it means nothing now. The only place that changes s->life. */
bool slack_step(struct slack *, enum slack_step);
/* Nothing is begun any more, and nobody is told. */
bool slack_is_stopped(const struct slack *);
bool slack_hears(const struct slack *); /* a socket has said hello */
/* Slack takes calls and gives addresses, but no socket comes of them. */
enum { SLACK_VAIN_OPENS = 3 };
/* The only place that decides about the next attempt to have a socket: soon, later the longer it
   fails, and not before at_least_ms. */
void slack_connect_again(struct slack *, const char *why, ms_t at_least_ms);
/* The same without waiting, when there is no socket and none is on its way. */
void slack_connect_soon(struct slack *);
/* The channel is looked at when that is due, sooner while there is a trouble. */
void slack_look_later(struct slack *);
enum slack_trouble {                      /* the first one there is, is told */
                     SLACK_OF_IDENTITY,   /* the token is not for this team */
                     SLACK_OF_CREDENTIAL, /* Slack refuses the bot token */
                     SLACK_SHARED,        /* others can read the channel */
                     SLACK_CLOSED,        /* archived, or not a member: as its description says */
                     SLACK_OF_POSTS,      /* messages are refused */
                     SLACK_OF_RIGHTS,     /* scopes are missing */
                     SLACK_UNREAD,        /* the channel's description cannot be read */
                     SLACK_OF_SOCKET,     /* Slack takes calls but gives no socket */
                     SLACK_TROUBLES
};
/* What is due meanwhile is in the channel within five seconds of the end of a trouble. */
static const ms_t SLACK_PROBE_LEAST_MS = 2 * MS_SECOND, SLACK_PROBE_MOST_MS = 3 * MS_SECOND;
/* It is there, with that reason; NULL or "": it is over. */
void slack_trouble(struct slack *, enum slack_trouble, const char *why);
/* Tells what follows from all of them, if that is news. */
void slack_settle(struct slack *);
/* A call with the bot token was refused with that code, or taken. */
void slack_refused(struct slack *, const char *error);
void slack_taken(struct slack *);

/* ---- whether the channel may be served ---- */
void slack_serving_start(struct slack *);
void slack_serving_stop(struct slack *);
/* Asks who we are with another bot token, and whether the channel may be served. */
void slack_identify_anew(struct slack *);
/* A new message to the channel was refused, in its plainest form; known: the code says that the
   channel is the reason. Or it was taken. */
void slack_post_refused(struct slack *, const char *error, bool in_thread, bool known);
void slack_post_failed(struct slack *, const char *why, bool in_thread, ms_t retry_after_ms);
void slack_post_taken(struct slack *, bool in_thread);
/* The channel is looked at again: may it be served? */
void slack_check_channel(struct slack *);

/* ---- messages ---- */
/* Begins the effect: exactly one event with its id follows. False: nothing follows, err says why.
 */
bool slack_deliver(struct slack *, const struct effect *, struct err *);
/* Best effort: nothing follows, and what waits too long or has no place is dropped. */
void slack_answer(struct slack *, const struct effect *);
void slack_form(struct slack *, const struct effect *);
void slack_home(struct slack *, const struct effect *);
void slack_home_stop(struct slack *);
/* As slack_deliver: IDENTIFIED follows. */
bool slack_identify(struct slack *, const struct effect *, struct err *);
/* LOOKED_BACK with the effect's id follows. */
void slack_look_back(struct slack *, const struct effect *);
void slack_leave_word(struct slack *, const struct effect *);
void slack_take_word(struct slack *, const struct effect *);
void slack_read_words(struct slack *, const struct effect *);
/* The answer of reactions.get. NULL, or why it is not known by it what stands; static. */
const char *slack_put_votes(struct slack *, const json_t *answer);
void slack_deliver_stop(struct slack *);
void slack_answer_init(struct slack *);
void slack_answer_stop(struct slack *);

/* ---- files: file.c ---- */
/* After its text: what has a file goes to that person's direct conversation, once, and they are
   told in a sentence of their own what became of it. Nothing follows. */
void slack_send_file(struct slack *, const struct effect_answer *);
void slack_files_stop(struct slack *);

/* ---- looking back ---- */
/* mark: as in the store; NULL or "": none. */
void slack_catch_up_init(struct slack *, const char *mark);
/* One at a time: a second one takes over what the first has found out. */
void slack_catch_up(struct slack *, const struct effect *);
/* The mark that was put is on disk. */
void slack_marked(struct slack *);
/* The message with that time stamp has come by the socket: it need not be found. */
void slack_note_heard(struct slack *, const char *ts);
void slack_catch_up_stop(struct slack *);

struct slack_call;
struct slack_task;
struct slack_reply;
struct slack_hearing;
struct slack_homes;
struct slack_file;

struct slack {
    struct adapter adapter;
    struct loop *loop;
    struct http *http;
    struct inbox *inbox;
    struct secret *app_token, *bot_token;
    bool deaf;           /* no socket is wanted: it counts as heard */
    unsigned bot_tokens; /* how many there have been; what is sent is told apart by it */
    const struct people *people;
    const struct policy *policy;
    char ca_file[1024];
    struct slack_codec codec;

    struct slack_call *calls;
    struct {
        const char *method;
        ms_t not_before_ms[URGENCIES];
    } methods[LIMIT_SLACK_METHODS];
    size_t ordinary_calls;

    struct slack_connection connections[LIMIT_SLACK_SOCKETS];
    uint64_t generation;
    enum slack_life life;
    enum slack_attempt attempt;
    bool refused_in_thread; /* the post that SLACK_OF_POSTS comes from */
    struct again link;      /* since it was up last */
    int looks, vain_opens;
    const char *failed_method; /* of the last call that failed; static */
    char failed_error[64];
    struct standing standing; /* troubles: enum slack_trouble */
    char down_why[160];
    struct loop_timer reconnect, look_again, recount;
    ms_t crowd_since_ms; /* monotonic: since then each hello counts sockets that are not ours */
    bool crowd_told;
    char open_url[2048], missing_scopes[LIMIT_ERROR_BYTES];
    bool no_files; /* the bot token is known to lack files:write, which nothing else needs */
    uint64_t junk_frames, poisoned_frames, cleaned_frames;

    struct {
        uint64_t generation;
        char envelope_id[64];
    } receipts[LIMIT_SLACK_RECEIPTS];
    uint64_t next_receipt;

    struct slack_hearing *hearing; /* under way, or resting after a failure; NULL: none */
    /* In Slack's time, microseconds. Everything up to mark_us is on disk; 0: no mark yet. began_us:
       where this process has begun to hear. */
    int64_t mark_us, began_us;
    bool other_channel;                        /* the last process served another one */
    char covered[LIMIT_CASES][SLACK_TS_BYTES]; /* messages under which the last look looked */
    size_t covered_count;
    int64_t heard_us[LIMIT_LOOK_HEARD]; /* messages that came by the socket last */
    size_t next_heard;
    struct pace look_pace;

    struct slack_task *tasks;           /* in order of arrival */
    ms_t blind_since_ms, blind_last_ms; /* monotonic: looks before sending that failed in a row */
    struct pace identify_pace[URGENCIES];
    struct loop_timer identify_timer;
    struct replies replies; /* lanes: answer.c */
    struct slack_reply *replies_sent;
    size_t replies_in_flight[REPLY_LANES];
    struct pace reply_pace[REPLY_LANES];
    struct loop_timer replies_timer, left_out_timer;
    uint64_t replies_dropped, left_out_told; /* left_out_told: in the line that is under way */
    struct slack_file *files;                /* under way, LIMIT_FILES_UNDER_WAY at most */
    struct slack_homes *homes;               /* NULL: nobody has opened one */
    ms_t dropped_told_ms;
    struct {
        char user[64], channel[64];
    } directs[LIMIT_SLACK_DIRECTS];
    size_t direct_count;
};

#endif
