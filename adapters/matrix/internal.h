/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the Matrix adapter: what its files share. */
#ifndef REGUARD_MATRIX_INTERNAL_H
#define REGUARD_MATRIX_INTERNAL_H

#include <jansson.h>
#include "adapters/matrix/codec_in.h"
#include "adapters/matrix/life.h"
#include "adapters/matrix/markup.h"
#include "adapters/matrix/refusal.h"
#include "core/limits.h"
#include "host/secret.h"
#include "net/again.h"
#include "net/http.h"
#include "net/loop.h"
#include "port/replies.h"
#include "port/standing.h"
#include "port/adapter.h"

enum { MATRIX_SEEDS = 2, MATRIX_KEY_BYTES = 96 };
/* Something is missing, and nobody knows since when. */
static const ms_t MATRIX_LOST_EVER = 1;

struct matrix;

/* ---- the client-server API ---- */
enum matrix_outcome {
    MATRIX_OK,
    MATRIX_REFUSED /* errcode and error say why */,
    MATRIX_LATER /* nothing happened */,
    MATRIX_UNKNOWN /* it may have happened */
};
struct matrix_result {
    enum matrix_outcome outcome;
    long status;
    const char *errcode, *error; /* "" when there is none; error is for people */
    ms_t retry_after_ms;
    const json_t *json; /* borrowed; OK and REFUSED */
    bool too_long;      /* the answer was longer than we take */
};
typedef void (*matrix_done)(void *arg, const struct matrix_result *);
struct matrix_ask {
    const char *method; /* static */
    const char *path;   /* below /_matrix/client/, with the query */
    json_t *body_new;   /* reference taken; NULL for none */
    const char *paper;  /* in its place: plain text for the media repository; path is below
                           /_matrix/media/ then, and it is sent once */
    ms_t timeout_ms;    /* 0: the ordinary one */
    bool repeated;      /* a read: passing failures are tried again a few times */
    bool bare;          /* without the access token */
    bool lists;         /* an answer without its "chunk" is none: what is absent is not known */
    bool spends;        /* counts against the rate of messages */
    bool waits_alone; /* told to wait, it waits for itself: a reason of its own may be behind it */
    enum urgency
        urgency; /* what is not ordinary waits a minute at the most when told to slow down */
};
/* For people: what the homeserver says, else its code. */
const char *matrix_why(const struct matrix_result *);
/* done runs later, exactly once. */
void matrix_call(struct matrix *, const struct matrix_ask *, matrix_done done, void *arg);
/* Writes pattern with each * replaced by the next part, percent-encoded. */
void matrix_path(struct buf *, const char *pattern, const char *const *parts);
/* A transaction id that this store never uses again. */
void matrix_transaction(struct matrix *, struct buf *);
/* May something that can wait be sent now? Otherwise, when. */
bool matrix_can_spare(struct matrix *, ms_t *ret_wait_ms);
/* Nobody waits for the answers of such calls any more. */
void matrix_forget_calls(struct matrix *, matrix_done done);
void matrix_api_stop(struct matrix *);

/* ---- the access token ---- */
enum matrix_token_state {
    MATRIX_TOKEN_USED,
    MATRIX_TOKEN_RENEWING, /* the homeserver is asked for another one */
    MATRIX_TOKEN_BAD       /* the file is read again before the next attempt */
};
bool matrix_token_read(struct matrix *, struct err *);
/* Another file, or something else in it. True: the token is another one. */
bool matrix_token_renew(struct matrix *, struct secret *file_taken, const char *path);
/* The homeserver does not accept it any more: renews it, or waits for another one in the file. The
   link's token_rejected. */
void matrix_token_rejected(struct matrix *, const char *why);

/* ---- the room ---- */
/* The look is over; passing: why it could not be finished, NULL when it was. silent: the homeserver
   is there and yet tells nothing. */
typedef void (*matrix_looked)(struct matrix *, const char *passing, bool silent);
/* Joins if need be, reads the state; done follows, unless one is under way. */
void matrix_look(struct matrix *, matrix_looked done);

/* ---- the link: up, down, refused, again ---- */
/* False: it means nothing now. The only place that changes m->life. */
bool matrix_step(struct matrix *, enum matrix_step);
/* Nothing is begun any more, and nobody is told. */
bool matrix_is_stopped(const struct matrix *);
enum matrix_trouble {                       /* the first one there is, is told */
                      MATRIX_OF_IDENTITY,   /* the token is another user's */
                      MATRIX_OF_CREDENTIAL, /* the homeserver does not accept the token */
                      MATRIX_ABSENT,        /* we are not in the room */
                      MATRIX_CLOSED,        /* it was replaced by another one */
                      MATRIX_ENCRYPTED,     /* what is said there cannot be read */
                      MATRIX_OF_POSTS,      /* messages are refused, or fail for long */
                      MATRIX_UNREAD,        /* its state cannot be read */
                      MATRIX_TROUBLES
};
/* It is there, with that reason; NULL or "": it is over. True: it is there only now. */
bool matrix_trouble(struct matrix *, enum matrix_trouble, const char *why);
/* Tells what follows from all of them, if that is news. */
void matrix_settle(struct matrix *);
/* The room is not followed now. */
void matrix_down(struct matrix *, const char *why);
bool matrix_posts_go(const struct matrix *);
/* The only place that decides about the next attempt: soon, later the longer it fails, and not
   before at_least_ms. */
void matrix_connect_again(struct matrix *, const char *why, ms_t at_least_ms);
/* Looks at the room again soon: something may have changed. */
void matrix_look_soon(struct matrix *);

/* ---- whether the room may be served ---- */
/* What the state as known says of ABSENT, CLOSED and ENCRYPTED: a whole reason in the inbox's
   arena, NULL when it is not so. */
const char *matrix_room_problem(struct matrix *, enum matrix_trouble);
/* Holds these troubles; only a whole look ends one. True: there is one. */
bool matrix_judge_room(struct matrix *, bool looked);
bool matrix_room_is_well(const struct matrix *);
/* A message to the room was refused, in its plainest form; known: because of the room. Or it came
   to nothing without being refused. Or it was taken. */
void matrix_post_refused(struct matrix *, const char *why, bool known);
void matrix_post_failed(struct matrix *, const char *why, ms_t retry_after_ms);
void matrix_post_taken(struct matrix *);

/* ---- direct rooms ---- */
enum { MATRIX_DIRECTS = LIMIT_ALARMED, MATRIX_DIRECT_BYTES = 128 };
struct matrix_direct {
    char person[LIMIT_ID_BYTES], room[MATRIX_DIRECT_BYTES]; /* room "": none now */
    ms_t tried_ms; /* monotonic: when one was last made, or not; 0: never */
    int tries;     /* since a message was taken there */
};
struct matrix_direct_ask {
    const char *person;
    const char *ring; /* what an invitation says, plain */
    enum urgency urgency;
};
/* room NULL: there is none, and result says why. */
typedef void (*matrix_opened)(void *arg, const char *room, const struct matrix_result *);
/* The room with that person: made when there is none, and the person invited, anew if need be. done
   exactly once, perhaps at once. */
void matrix_direct_open(struct matrix *, const struct matrix_direct_ask *, matrix_opened done,
                        void *arg);
/* A message was taken there. */
void matrix_direct_taken(struct matrix *, const char *room);
/* The room takes nothing any more: another one may be made. */
void matrix_direct_refused(struct matrix *, const char *room);
const char *matrix_direct_room(const struct matrix *, const char *person); /* NULL for none */
const struct matrix_direct *matrix_direct_in(const struct matrix *, const char *room); /* or NULL */
/* What the account remembers of them; the chain goes on afterwards. */
void matrix_directs_read(struct matrix *);
/* People have changed. */
void matrix_directs_know(struct matrix *);
/* Tries again to make one where that was refused. */
void matrix_directs_again(struct matrix *);
void matrix_direct_stop(struct matrix *);

/* ---- the polls ---- */
/* From where the last answer ended; the first one after a break comes back at once. done's arg is
   the adapter. */
void matrix_poll(struct matrix *, matrix_done done);
/* The poll under way knows too few rooms: it is given up for one from the same place. An answer
   that is being fed ends first. */
void matrix_poll_anew(struct matrix *);
/* One poll that comes back at once and is not acted on, for a look only. done's arg is the adapter.
 */
void matrix_peek(struct matrix *, matrix_done done);
/* The room in an answer, as it is for us: "join", "invite" or "leave"; NULL when it is not. */
const json_t *matrix_room_in(const struct matrix *, const json_t *answer, const char *kind);
bool matrix_is_invited(const struct matrix *, const json_t *answer);
const json_t *matrix_timeline(const struct matrix *, const json_t *answer);

/* ---- the chain ---- */
void matrix_sync_start(struct matrix *);
void matrix_sync_stop(struct matrix *);
/* With another token or trust anchor: the poll under way is given up, and who we are is asked. */
void matrix_sync_anew(struct matrix *);

/* ---- to the engine ---- */
void matrix_feed_start(struct matrix *);
void matrix_feed_stop(struct matrix *);
/* All that is in the answer to a poll; m->next is where it ends. When the engine has taken it, and
   the mark behind it is on disk, m->again is due. */
void matrix_feed(struct matrix *, const json_t *answer);
void matrix_acknowledged(struct matrix *, const struct event *);
/* Puts an event of the room; false when it has to wait, for the engine or for what is not
   acknowledged yet. late: it was found by its time, and may have been sent long ago. */
bool matrix_put(struct matrix *, const json_t *event, bool late);
/* Our place in the room is lost: what was said since the mark has to be found by its time. */
void matrix_lose_track(struct matrix *);
/* When the event was sent, if its time can be believed: our own homeserver has given it. Else 0. */
ms_t matrix_sent_ms(const struct matrix *, const json_t *event);

/* ---- pages of what was said ---- */
struct matrix_page {
    const char *from, *to; /* NULL: none */
    bool forwards;
    enum urgency urgency;
};
/* A page of at most page_limit events; the limit is halved by matrix_page_too_long, and grows again
   slowly. done as with matrix_call. */
void matrix_ask_page(struct matrix *, const struct matrix_page *, matrix_done done, void *arg);
/* The page was longer than we take: true when less can be asked for. */
bool matrix_page_too_long(struct matrix *);

/* What an event that our own account has sent says of the records (witness.h); NULL: it is not
   ours, or says nothing. */
const json_t *matrix_ours_in(const struct matrix *, const json_t *event);

/* ---- messages ---- */
/* Begins the effect: exactly one event with its id follows. False: nothing follows, err says why.
 */
bool matrix_deliver(struct matrix *, const struct effect *, struct err *);
void matrix_deliver_stop(struct matrix *);
bool matrix_identify(struct matrix *, const struct effect *, struct err *);
/* Best effort: nothing follows, and what waits too long or has no place is dropped. */
void matrix_answer(struct matrix *, const struct effect *);
void matrix_answer_stop(struct matrix *);
/* Where its text stands, after it: a message of its own with the file. */
void matrix_answer_file(struct matrix *, const struct effect_answer *, json_t *content_taken);
/* The file of an answer that has one: file.c. Once, best effort, and what is in the way is said. */
void matrix_send_file(struct matrix *, const struct effect_answer *);
void matrix_files_stop(struct matrix *);
/* One plain line, best effort: to the room, or in a direct room to whoever has just spoken there.
   False: there is no place for it. */
bool matrix_say_line(struct matrix *, const char *text);
void matrix_say_aside(struct matrix *, const char *room, const char *person, const char *text);

/* ---- votes ---- */
/* The message with that id shows a picture on which reactions count, or does not any more. */
void matrix_seed(struct matrix *, const char *message_id, bool wanted);
/* The same, unless this process has been told before. */
void matrix_seed_found(struct matrix *, const char *message_id, bool wanted);
/* A reaction of our own was seen on it. */
void matrix_note_seed(struct matrix *, const char *message_id, const json_t *event);
void matrix_seed_stop(struct matrix *);
/* The reactions on that message, a page at a time; from NULL: the first one. done as with
   matrix_call. */
void matrix_read_relations(struct matrix *, const char *message_id, const char *from,
                           matrix_done done, void *arg);
/* What was said and voted while we were away: events as they are found, then CAUGHT_UP with the
   effect's id. One at a time: another one takes over what the first has found out. */
void matrix_catch_up(struct matrix *, const struct effect *);
void matrix_catch_up_stop(struct matrix *);
/* LOOKED_BACK with the effect's id follows. */
void matrix_look_back(struct matrix *, const struct effect *);

/* ---- messages that appear later ---- */
/* WORD_LEFT, WORD_TAKEN or WORDS_READ with the effect's id follows. */
void matrix_leave_word(struct matrix *, const struct effect *);
void matrix_take_word(struct matrix *, const struct effect *);
void matrix_read_words(struct matrix *, const struct effect *);
/* Asks what the homeserver offers, beside all else; what follows from it is told by itself. */
void matrix_read_offer(struct matrix *);

/* ---- times as people's own clocks show them ---- */
/* The zone that a profile names, where the zone database has it; NULL: none. */
const char *matrix_profile_zone(const json_t *profile);
/* As far as it is known by now; "": it is not. */
const char *matrix_zone_of(const struct matrix *, const char *person);
/* So that it is known for what is said to them next. Best effort. */
void matrix_ask_zone(struct matrix *, const char *person);
/* Likewise for everybody in [people] who was not asked about yet, one after another. */
void matrix_ask_zones(struct matrix *);

struct matrix_call;
struct matrix_task;
struct matrix_reply;
struct matrix_file;
struct matrix_seeding;
struct matrix_catching;

/* What we have offered on a message. */
struct matrix_seeded {
    char message[MATRIX_VOTE_BYTES];
    char ids[MATRIX_SEEDS][MATRIX_VOTE_BYTES];
    bool known, asked;
};

/* Where somebody's clock stands. */
struct matrix_clock {
    struct matrix *matrix;
    char person[LIMIT_ID_BYTES], zone[64]; /* "": not known */
    ms_t asked_ms;                         /* monotonic; 0: never */
    bool under_way;
};

struct matrix {
    struct adapter adapter;
    struct loop *loop;
    struct http *http;
    struct inbox *inbox;
    char homeserver[512], ca_file[1024], token_file[1024], salt[40];
    struct matrix_codec codec;
    struct matrix_style style;
    struct matrix_clock clocks[LIMIT_MATRIX_CLOCKS];
    size_t clock_count;
    struct matrix_room room, room_read;     /* as known; as it is being read */
    size_t state_at;                        /* which state event is read now */
    uint64_t state_changes, changes_before; /* seen in the polls; when the reading began */

    struct secret *token, *refresh_token;
    struct secret *file; /* what stood in it, as it was read last; NULL: not yet */
    char *kept; /* in the records: the newest pair, sealed with the file that it came from */
    bool (*keep)(void *arg, const char *text, struct err *); /* NULL: in the file */
    void *keep_arg;
    char process[17]; /* unlike that of any other: what each message is told apart by */
    unsigned tokens;  /* how many there have been; what is sent is told apart by it */
    enum matrix_token_state token_state;
    bool look_only, borrowed, witness; /* as in the options */
    bool of_witness;                   /* the token's file says so */
    bool kept_counts;                  /* `kept` is of this file */
    uint64_t cleaned, quarantined, transactions;

    struct matrix_call *calls;
    ms_t sends_not_before_ms[URGENCIES], spent_at_ms; /* monotonic */
    double credit;                                    /* messages that may be sent at once */
    bool unlimited; /* we are told so, or more than the default rate has gone through */

    enum matrix_life life;
    bool reached;        /* the newest poll was answered, and what it brought is with the engine */
    bool skip_to_join;   /* what comes before our own coming is not for us */
    bool device_missing; /* of the token: repeated messages are not recognised */
    struct standing standing;     /* troubles: enum matrix_trouble */
    ms_t holds_ms, told_holds_ms; /* how far ahead it takes a message that appears later */
    const char *holds_why;        /* why it takes none; static; NULL: not asked yet */
    char down_why[LIMIT_ERROR_BYTES];
    int silent_looks;
    struct again link; /* since it was up last */
    int timeline_limit, page_limit, calm_pages;
    ms_t polled_ms; /* monotonic */
    struct loop_timer again, look_again, feeding;
    /* Handed up: a call's token is not accepted; the poll is answered; the look is over. */
    void (*token_rejected)(struct matrix *, const char *why);
    matrix_done polled;
    matrix_looked looked; /* NULL: none is under way */
    char *since, *next;   /* where the last answer that is on disk ended; where this one ends */
    /* Beside the place: the homeserver's time of the newest event that was put, of what is on disk,
       and since when something is missing that has to be found by its time; 0: nothing. All of it
       is kept with the mark. */
    ms_t put_ms, marking_ms, marked_ms, lost_since_ms;
    uint64_t losses; /* so often */
    bool must_mark;  /* although nothing was said */
    size_t unacknowledged;
    struct {
        json_t *answer;       /* the answer under way */
        const json_t *events; /* the list of it that is fed now */
        size_t at;
        char *gap_from; /* the page of the gap that comes next, NULL when it is filled */
        int gap_pages;
        bool gap_over, waiting, marking;
        json_t *asides; /* of the direct rooms, fed behind it */
        size_t aside_at;
    } feed;

    struct matrix_direct directs[MATRIX_DIRECTS];
    size_t next_direct;
    json_t *direct_data; /* m.direct, as it was read */
    bool directs_read;
    int direct_reads;
    char directs_refused[LIMIT_ERROR_BYTES]; /* why the homeserver makes no such room; "" */

    struct matrix_task *tasks;
    /* Messages that are sent anew because the first one is gone, and what tells the two apart. */
    struct {
        char key[MATRIX_KEY_BYTES];
        uint64_t number;
    } anew[LIMIT_MATRIX_ANEW];
    size_t next_anew;
    ms_t blind_since_ms, blind_last_ms; /* monotonic: looks before sending that failed in a row */
    struct replies replies;             /* lanes: people of [people], everybody else */
    struct matrix_reply *reply_sent;
    struct loop_timer replies_timer, left_out_timer;
    struct matrix_file *files; /* under way, LIMIT_FILES_UNDER_WAY at most */
    uint64_t replies_dropped;
    struct matrix_seeding *seedings;
    struct loop_timer seed_timer;
    struct matrix_seeded seeded[LIMIT_MATRIX_SEEDED];
    size_t next_seeded;
    struct matrix_catching *catching; /* CATCH_UP under way, NULL for none */
};

#endif
