/* SPDX-License-Identifier: Apache-2.0 */
/* The world of a transcript: people with their chat accounts and Stax users, and a small model of
   Stax. It answers what it is asked and changes what it is told to, unless the transcript says
   otherwise. */
#ifndef REGUARD_TRANSCRIPT_WORLD_H
#define REGUARD_TRANSCRIPT_WORLD_H

#include "core/buf.h"
#include "core/effect.h"
#include "core/event.h"
#include "core/flags.h"
#include "core/provider.h"
#include "core/limits.h"
#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum {
    WORLD_PEOPLE = 16,
    WORLD_ACCOUNTS = 16,
    WORLD_KEYS = 8,
    WORLD_PLANS = 8,
    WORLD_ANSWERS = 64
};

/* The other store of which the channel may show messages. */
enum { WORLD_STRANGER_RECORD = 23 };
extern const char *const world_stranger;
/* Our own records, and since when there are some. */
extern const char *const world_store;
enum { WORLD_BORN_MS = 1000 };
/* Another reguard with the same tokens. */
struct world_twin {
    bool there, lives;
    struct sighting shown; /* its newest message in the channel */
};
extern const char *const world_organisation;

struct being {
    char name[32], chat_id[40], stax_id[40], email[64], shown[256], role[160], status[16];
    char alias_of[32];         /* a second chat account of that person's Stax user */
    bool mapped, twice, known; /* in [people]; in it twice; Stax knows the user */
    unsigned flags;            /* what the chat says of the account */
    bool zone_known;
    struct zone zone; /* their clock's; turned at so much of the first day, if it is */
};

/* What becomes of the next change that Stax is asked for. */
enum plan {
    PLAN_ACCEPT,
    PLAN_BUSY,
    PLAN_SLOW_DOWN,
    PLAN_REFUSE,
    PLAN_REFUSE_DONE,
    PLAN_MOVED,
    PLAN_LOST_DONE,
    PLAN_LOST_UNDONE,
    PLAN_SILENT,
    PLAN_NO_TASK,
    PLAN_TASK_FAILS,
    PLAN_TASK_HANGS,
    PLAN_TASK_VANISHES
};

struct answer {
    ms_t at_ms;
    enum event_kind kind;
    uint64_t effect_id;
    unsigned parts;
    char account[LIMIT_NAME_BYTES], task_id[64], chat_id[64], error[128];
    ms_t word_ms;
    struct event_change change;
    struct event_errand errand; /* policy and digest: below */
    struct event_root_found found;
    char policy[8192], digest[65];
    char flags[LIMIT_FLAGS_BYTES];
};

struct world {
    const struct provider *provider; /* whose document it has */
    struct being people[WORLD_PEOPLE];
    size_t people_count;
    struct account accounts[WORLD_ACCOUNTS];
    size_t account_count;
    struct {
        char name[64], value[8];
    } keys[WORLD_KEYS];
    size_t key_count;
    enum service_status status;
    bool disabled;
    char exclusions[64], part[128]; /* a part beside SCP and RCP, as a line of the document */
    char organisation[64];
    struct {
        char user[64], task[16];
        ms_t at_ms;
    } feed[LIMIT_FEED]; /* newest first */
    struct feed_entry feed_told[LIMIT_FEED];
    size_t feed_count;
    ms_t modified_ms, now_ms;
    struct {
        char key[64], value[8], by[32];
        bool at_once; /* turned back by the change itself, and not by its task */
    } meets;          /* what somebody sets right before the next change arrives */
    char submitted[LIMIT_FLAGS_BYTES];
    bool down, chat_up, mail_fails;
    struct {
        char id[16], text[LIMIT_MESSAGE_BYTES];
        ms_t at_ms;
    } later[LIMIT_LEFT_WORDS]; /* what the chat will show by itself */
    size_t later_count;
    int later_given;
    bool later_moves;        /* the time of one can begin anew */
    char later_fails[64];    /* why it takes none, "" when it does */
    bool later_alike;        /* all of them have one name */
    ms_t later_holds_ms;     /* how far ahead, 0: not at all; counts once it is up again */
    char catch_up_fails[64]; /* why the chat cannot be looked back at, "" when it can */
    ms_t catch_up_ms;        /* how long that takes */
    size_t catch_up_leaves_out;
    ms_t catch_up_again_ms; /* 0: only when the chat comes back */
    unsigned unread;        /* parts that cannot be read */
    bool identities_unread, history_unread;
    struct event_looked looked; /* what the engine would make of our messages in the chat */
    struct world_twin twin;
    ms_t look_ms, survey_ms, change_ms, identify_ms,
        task_takes_ms; /* how long answers and tasks take */
    enum plan plans[WORLD_PLANS];
    size_t plan_count;
    struct {
        char id[16], log[64];
        bool running, on, hangs, fails, vanished;
        ms_t ends_ms;
        enum task_status status;
    } task;
    int task_count, changes_on, changes_off;
    struct answer answers[WORLD_ANSWERS]; /* on their way, in order of time */
    size_t answer_count;
    char policy[8192];    /* of the one bucket that there is; "": none */
    char task_fails[256]; /* why AWS refuses what is done in a root user's session; "": it does not
                           */
    bool task_lies;       /* it takes the deletion, and keeps the policy */
    bool task_lost;       /* the same, and whether it takes it is never heard */
    char task_part[128];  /* why it goes no further than the first of what is to go; "": it does */
    bool task_silent;     /* it does what it is asked, and never answers */
    ms_t task_ms;
    int deletions;
    struct event_root_found root; /* what each root user has */
    char root_fails[128];
    bool root_silent;
    char code[8];                        /* the last one mailed */
    char open_form[16], open_handle[64]; /* the form opened last */
    size_t many;                         /* accounts called “many” */
    struct account matches[WORLD_ACCOUNTS];
    struct roster_user users[WORLD_PEOPLE];
    char flags[LIMIT_FLAGS_BYTES];
};
struct being *world_person(struct world *w, const char *name);
const char *world_name_of(const struct world *w, const char *chat_id);
/* Cuts the next piece off *rest; NULL at the end. Pieces may be empty only between two
   separators. */
char *world_piece(char **rest, char separator);
bool world_trait(struct being *b, const char *word);
/* NAME=TRAIT,TRAIT… */
bool world_add_person(struct world *w, char *text);
void world_set_key(struct world *w, const char *name, const char *value);
void world_drop_key(struct world *w, const char *name);
void world_init(struct world *w, const struct provider *);
/* The task under way does its work when its time has come. */
void world_move(struct world *w, ms_t now_ms);
struct answer *world_answer(struct world *w, ms_t at_ms, enum event_kind kind, uint64_t effect_id);
void world_survey(struct world *w, const struct answer *a, struct survey *s);
void world_change(struct world *w, const struct effect *e, ms_t now_ms);
/* What is asked of AWS in a root user's session. */
void world_errand(struct world *w, const struct effect *e, ms_t now_ms);
/* What is asked of AWS about a root user. */
void world_root_look(struct world *w, const struct effect *e, ms_t now_ms);
/* Somebody changes the flag in the console: done at once. */
void world_console(struct world *w, const char *value, const char *by);

#endif
