/* All open cases, the one switch, and the commands that wait for outside knowledge. Pure. An event
   is decided into facts and effects; each fact is applied, which is the only way the desk changes,
   and told to the chats; then the state itself is settled the same way until nothing follows any
   more. */
#ifndef REGUARD_DESK_H
#define REGUARD_DESK_H

#include "core/audience.h"
#include "core/casefile.h"
#include "core/command.h"
#include "core/doubt.h"
#include "core/guardrail.h"
#include "core/hearing.h"
#include "core/loss.h"
#include "core/rules.h"
#include "core/person.h"
#include "core/quota.h"
#include "core/request.h"
#include "core/review.h"
#include "core/sight.h"
#include "core/talk.h"
#include "core/twin.h"
#include "core/verdict.h"

enum inquiry_stage { INQUIRY_IDENTIFY, INQUIRY_SURVEY };

struct inquiry {
    uint64_t ref;
    ms_t at_ms;
    struct request request;
    struct party actor; /* stax id not known yet */
    char thread[LIMIT_ID_BYTES];
    bool direct, changes; /* changes: it may, so that it survives a restart */
    char event_id[LIMIT_ID_BYTES];
    enum inquiry_stage stage;
    uint64_t effect_id; /* in flight, 0 for none */
    ms_t since_ms;      /* when this process first asked who it is; 0: not yet */
    ms_t not_before_ms; /* the next attempt */
};

struct chat_state {
    char name[8];
    bool up;       /* messages to the channel are taken */
    bool refused;  /* it cannot be served: nothing that lowers protection is taken from it */
    ms_t since_ms; /* it is well, or in trouble, since then */
    char why[256];
    bool told; /* its trouble, in another chat */
    struct sight sight;
    bool direct; /* refused, but people can be written to */
    bool closed; /* up, but its channel takes no posts */
    struct hearing hearing;
    struct event_crowded crowd; /* as CROWDED told last */
};

struct desk {
    const struct policy *policy; /* lent; replaced on reload */
    const struct people *people;
    const struct command *const *commands; /* lent; command_count rows */
    size_t command_count;
    /* What is kept of a mailed code, under a key that is lent; pure. No key: no codes. */
    void (*mark_code)(const void *key, const char *code, char ret_mark[CODEMARK_BYTES]);
    const void *code_key;
    bool can_mail;

    uint64_t steps;     /* facts applied in this process */
    bool unsettled;     /* more follows from the state than the last event had room for */
    uint32_t last_case; /* highest number given */
    uint64_t last_ref;
    uint64_t record; /* number and hash of the newest journal record, for people */
    char record_hash[65];
    ms_t born_ms; /* when these records began; not renewed when they are accepted */
    struct casefile cases[LIMIT_CASES];
    size_t case_count;
    struct inquiry inquiries[LIMIT_INQUIRIES];
    size_t inquiry_count;
    struct guardrail guardrail;
    struct review review;
    struct doubt doubt;
    struct audience audience;
    struct loss loss;
    struct twins twins;
    struct rules rules;
    struct chat_state chats[4];
    size_t chat_count;
    struct talker talkers[LIMIT_TALKERS + 1], people_talking[LIMIT_PEOPLE + 1];
    struct vain in_vain[LIMIT_PEOPLE];
    struct quota quotas[LIMIT_PEOPLE];
};

/* policy, people, commands and what marks codes are set by the caller afterwards. */
void desk_init(struct desk *);
/* All of it for one event. The verdict then holds every fact, in order, and every effect.
   verdict->overflow: the event itself leads to more than fits; the desk has not changed, and the
   event is to be skipped. What follows from the state and does not fit any more comes with the next
   event, at once. scratch: room for one round, contents do not matter before or after. */
void desk_handle(struct desk *, const struct event *, struct verdict *out, struct verdict *scratch);
/* The state as it is now, to go back to; but for how much people talk. */
void desk_copy(struct desk *to, const struct desk *from);
void desk_apply(struct desk *, const struct fact *); /* how the desk is rebuilt from the journal */
/* The next instant after now at which the state would yield something by itself. MS_NEVER: not at
   all. */
ms_t desk_deadline(const struct desk *, ms_t now_ms);
/* due = at when that is earlier and still to come. */
void desk_sooner(ms_t *due, ms_t at, ms_t now_ms);
/* Nothing is open or under way: the journal before this point is not needed to rebuild the desk. */
bool desk_is_quiet(const struct desk *);
/* As far as the journal tells: that a change was looked over leaves no record of its own. */
bool desk_is_settled(const struct desk *);

struct casefile *desk_case(struct desk *, uint32_t no); /* NULL when not on the desk */
const struct casefile *desk_case_const(const struct desk *, uint32_t no);
const struct casefile *desk_case_by_handle(const struct desk *, const char *handle);
const struct casefile *desk_outside_case(const struct desk *); /* NULL when there is none */
size_t desk_count(const struct desk *, enum case_state);
/* A channel takes posts; people can be written to, in a channel or directly. */
bool desk_takes_posts(const struct desk *);
bool desk_reaches_people(const struct desk *);
bool desk_chat_is_up(const struct desk *); /* any of them */

#endif
