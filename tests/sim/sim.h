/* SPDX-License-Identifier: Apache-2.0 */
/* One seed is one story of some virtual days: the real core, engine, outbox and store on a clock
   of their own, with people, chats and a Stax that are made up. Everything that leaves the process
   and everything that the outside knows is written down as evidence, for judge.c. */
#ifndef REGUARD_SIM_H
#define REGUARD_SIM_H

#include "core/buf.h"
#include "core/event.h"
#include "core/limits.h"
#include "net/loop.h"
#include <setjmp.h>
#include <stdio.h>

/* ---- chance: every stream of it comes from the one seed ---- */

struct chance {
    uint64_t s[4];
};
void chance_seed(struct chance *, uint64_t seed, uint64_t stream);
uint64_t chance_next(struct chance *);
/* Uniform in [0, below); 0 for 0. */
uint64_t chance_below(struct chance *, uint64_t below);
ms_t chance_between(struct chance *, ms_t low, ms_t high);
bool chance_percent(struct chance *, unsigned percent);

/* ---- dials: each fault has one, a seed switches some of them off, and each counts its hits ----
 */

/* clang-format off */
#define DIALS(X)                                                                             \
    X(CRASH, "crash") X(POWER_CUT, "power-cut") X(DISK, "disk-fails") X(STORE_OLD, "store-replaced") X(LONG_STOP, "long-stop") X(PAUSE, "pause") X(CLOCK, "clock-step")     \
    X(EVENT_LOST, "event-lost") X(EVENT_TWICE, "event-twice") X(EVENT_LATE, "event-late")    \
    X(CALL_LOST, "chat-call-lost") X(ANSWER_LOST, "chat-answer-lost")                        \
    X(CALL_LATE, "chat-call-late") X(CALL_REFUSED, "chat-call-refused")                      \
    X(CHAT_DOWN, "chat-down") X(CHANNEL_CLOSED, "channel-closed") X(UNREADABLE, "chat-unreadable") \
    X(POST_DELETED, "post-deleted")                                                          \
    X(STAX_DOWN, "stax-down") X(READ_FAILS, "stax-read-fails") X(CHANGE_LOST, "change-lost") \
    X(CHANGE_ANSWER_LOST, "change-answer-lost") X(CHANGE_LATE, "change-late")                \
    X(CHANGE_REFUSED, "change-refused") X(TASK_FAILS, "task-fails") X(TASK_HANGS, "task-hangs") \
    X(TASK_VANISHES, "task-vanishes") X(TASK_LIES, "task-lies") X(NO_TASK, "no-task")        \
    X(OTHER_EDITS, "other-edits") X(OUTSIDE_OFF, "outside-off") X(OUTSIDE_ON, "outside-on")  \
    X(ROLES, "roles") X(LEAVERS, "leavers") X(CLICK_TWICE, "click-twice")                    \
    X(STALE_CLICK, "stale-click") X(FOREIGN_VOTE, "foreign-vote")                            \
    X(DATABASE_AWAY, "database-away") X(DATABASE_CUT, "database-cut")                        \
    X(COMMIT_UNKNOWN, "commit-unknown") X(TAKING_UNHEARD, "taking-unheard")                  \
    X(SYNC_GAP, "sync-gap") X(SYNC_TWICE, "sync-twice") X(SYNC_LATE, "sync-late")            \
    X(SYNC_LOST, "sync-lost") X(SYNC_FORGOTTEN, "sync-token-forgotten")                      \
    X(RULES, "rules-edited") X(PRIVATE, "private-button") X(LOCK, "lock")            \
    X(UNANSWERED, "dies-unanswered")
/* clang-format on */
#define DIAL_ENUM(name, text) DIAL_##name,
enum dial { DIALS(DIAL_ENUM) DIAL_COUNT };
extern const char *const dial_names[DIAL_COUNT];

/* ---- the story's plan ---- */

/* What is going to happen is drawn before the story begins, so that a story can be told again
   without some of it. */
enum plan_kind {
    PLAN_ASK,    /* somebody asks for a lift */
    PLAN_HELP,   /* somebody does the sensible thing with what the chat shows */
    PLAN_MEDDLE, /* somebody does any odd thing */
    PLAN_ROLE,
    PLAN_IDENTITY,
    PLAN_EDIT, /* in the Stax console */
    PLAN_CHAT_DOWN,
    PLAN_CHAT_STORM,
    PLAN_CHANNEL,
    PLAN_STAX_DOWN,
    PLAN_STAX_STORM,
    PLAN_TASK, /* the next task goes wrong */
    PLAN_CRASH,
    PLAN_PAUSE,
    PLAN_CLOCK,
    PLAN_DELETE,
    PLAN_DISK,
    PLAN_TWIN, /* a second process begins that has nothing to do with the first, or ends */
    PLAN_ACCEPT,
    PLAN_DATABASE,
    PLAN_RULES,   /* rules and people are edited, and read again */
    PLAN_PRIVATE, /* somebody looks at what they alone are shown, and presses something of it */
    PLAN_LOCK,    /* somebody puts a lock on a message */
    PLAN_PIECE,   /* of a small story that is told in every order */
    PLAN_KIND_COUNT
};
struct plan_entry {
    ms_t at_ms; /* since the beginning */
    enum plan_kind kind;
    bool dropped;
    uint64_t draw; /* everything about it follows from this */
};
enum { PLAN_MOST = 4096 };

/* ---- people ---- */

enum { PEOPLE_MOST = 6, CHATS = 2 };
/* What Slack shows one person alone: a private answer with buttons, or their own page. */
enum { PANELS_KEPT = 3, PANEL_BUTTONS = 24 };
struct shown_panel {
    unsigned no; /* in the evidence; 0: none */
    bool home;
    size_t count;
    struct {
        char action[16], value[280];
    } buttons[PANEL_BUTTONS];
};
struct human {
    char name[16], stax[32], key[48], ids[CHATS][40]; /* "" where they have no account */
    bool mapped;                                      /* in [people] */
    char role[24], status[12];
    unsigned flags[CHATS];          /* enum identity_flag, as the chat tells them */
    char form[16], form_handle[64]; /* the one opened last, "" for none */
    int form_chat;
    struct shown_panel panels[PANELS_KEPT]; /* the newest takes the place of the oldest */
    size_t panels_shown;
};

/* ---- what happens later ---- */

typedef void (*happening)(void *arg);
enum { BOT_PART_NONE = 0 };

/* ---- the whole ---- */

enum story_kind {
    STORY_OF_DAYS,  /* some days with much in them */
    STORY_IN_ORDER, /* no chance: eight pieces in the order that the seed says, from 0 on */
    STORY_OF_YEARS, /* a year in which little happens */
    STORY_OF_CALLS, /* the pieces in their order; the call on the disk with the seed's number fails
                     */
    STORY_SHARED,   /* days of two that share their records, of which one leads */
    STORY_OF_TWINS  /* days in which a second process with the same tokens runs for a while */
};

/* One of the bot's. Most stories have one only. */
enum { PROCESSES = 2 };
struct process {
    int no;
    unsigned epoch; /* of the one that runs; 0: none does */
    bool ran;       /* in this story */
    bool gone;      /* for good: it is not started again */
    ms_t paused_until_ms;
    /* it dies at the n-th point from now on; 0: not at all */
    uint64_t dies_in, dies_with_doing; /* the second: counted from when the next doing arrives */
    ms_t down_for_ms;
};

struct chat_world;
struct cloud;
struct sim {
    uint64_t seed;
    bool verbose, replay_plain;
    bool brief; /* what is printed leaves out what goes on all the time, and the ends of lines */
    ms_t now_ms, begin_ms, wall_offset_ms; /* now: UTC in the world; the process may see another */
    uint64_t order;                        /* breaks ties between instants */
    struct process processes[PROCESSES], *me; /* me: the one whose turn it is, or that is meant */
    unsigned epochs;
    ms_t disk_until_ms;
    bool disk_fails_now;
    uint64_t calls, calls_failed;          /* on the disk, until the faults have ended */
    struct chance plan_chance, world, bot; /* streams */
    bool dials[DIAL_COUNT];
    bool calm; /* faults have stopped for good */
    enum story_kind kind;
    uint64_t hits[DIAL_COUNT];
    struct plan_entry plan[PLAN_MOST];
    size_t plan_count, plan_at;
    ms_t faults_end_ms, end_ms;
    struct human people[PEOPLE_MOST];
    size_t people_count;
    int chat_count; /* the first is slack, the second matrix */
    struct chat_world *chats[CHATS];
    struct cloud *cloud;
    bool in_bot;
    jmp_buf death;
    bool copy_is_kept, copy_is_back;
    struct buf evidence;
    uint64_t events, crashes, points, turns;
};
extern struct sim sim;

/* ---- virtual.c ---- */
/* Calls it at that instant, when the process of that epoch still runs (0: in any case). */
void later(ms_t at_ms, unsigned epoch, happening, void *arg_taken);
/* Lets everything happen up to and at that instant. */
void virtual_run(ms_t until_ms);
void virtual_reset(void);
/* The process is gone: its timers and what was on its way to it. */
void virtual_forget_process(void);
/* The process may die here. */
void point(const char *where);
/* How the loop stands for the process whose turn it is. */
struct loop *virtual_loop(void);

/* ---- evidence ---- */
/* One line: instant, kind, values; tabs between them. */
void tell(const char *kind, const char *format, ...) PRINTF_LIKE(2, 3);
/* Text with what would break a line put harmlessly; lent until the fourth call after. */
const char *one_line(const char *text);

/* True when this fault happens now. Counts it. */
bool strikes(enum dial, unsigned percent);
void hit(enum dial);

/* ---- process.c: the bot's parts on this loop ---- */
bool process_start(void);
void process_kill(void); /* nothing is said goodbye to */
void process_settings(void);
/* It is ended for good, by whoever runs it. */
void process_end(void);
/* Of itself, in the middle of its turn: it is started again soon. */
_Noreturn void process_ends_itself(void);
/* Whoever runs it goes on from these records, where they are in doubt. */
void process_accept(void);
/* Rules and people are others from now on, and it reads them again. */
void process_edit_rules(struct chance *);
/* As they were drawn, and with those who tidy up among the people. */
void process_put_rules_right(void);
/* How much it and its store hold after all that time, as evidence. */
void process_measure(void);
void process_end_of_story(void); /* writes the audit down as evidence */
struct inbox *process_inbox(void);
const char *process_folder(void);
const char *process_token_file(void); /* of Matrix */
struct people;
const struct people *process_people(void);
struct policy;
const struct policy *process_policy(void);

/* ---- database.c ---- */
void database_new(void);
void database_process_gone(void);
void database_calm(void);
void database_away(ms_t for_ms);
void database_cut_off(int process, ms_t for_ms);
void database_tell_records(void);

/* ---- disk.c ---- */
void disk_use(void); /* SQLite's files are on it from now on */
void disk_fail(bool failing);
/* The n-th write, sync or truncation from now on fails, and those after it so many in a row: there
   is no room, or the disk is ill. 0: none does. */
void disk_fail_at(uint64_t call, uint64_t in_a_row, bool full);
/* How many there were since. */
uint64_t disk_calls(void);
/* The power is cut at the n-th write or sync from now on. */
void disk_cut_in(uint64_t writes);
void disk_after_death(void); /* the process is gone and has closed its files */

/* While the process is down somebody keeps a copy of the store, or puts back the one that was
   kept. */
void disk_keep_copy(void);
void disk_put_back_copy(void);
void disk_forget_copies(void);

/* ---- chats.c ---- */
struct adapter;
struct chat_world *chat_new(int number);
void chat_free(struct chat_world *);
struct adapter *chat_adapter(struct chat_world *, const char *cursor);
/* The process whose turn it is has read rules and people anew. */
void chats_use_rules(void);
void chat_process_gone(struct chat_world *);
void chat_down(struct chat_world *, ms_t for_ms);
void chat_storm(struct chat_world *, ms_t for_ms);
void chat_close_channel(struct chat_world *, ms_t for_ms);
void chat_calm(struct chat_world *);
/* What people do there. message: number of one of the bot's messages, -1 for none. */
void chat_says(struct chat_world *, struct human *, const char *text);
void chat_clicks(struct chat_world *, struct human *, int message, const char *action,
                 const char *handle);
void chat_reacts(struct chat_world *, struct human *, int message, const char *reaction, bool on);
void chat_submits(struct chat_world *, struct human *, const char *form, const char *handle,
                  const char *account, const char *duration, const char *reason);
void chat_delete(struct chat_world *, int message);
/* In Slack alone: somebody opens their own page; presses a button of what was shown to whoever. */
void chat_opens_home(struct chat_world *, struct human *);
void chat_presses(struct chat_world *, struct human *, const struct shown_panel *, size_t button);

struct chat_message {
    char *body;
    char key[96], case_id[16], kind[8], state[16], question[40], to[48];
    bool votes, alarm, deleted;
    bool related; /* in Matrix: it stands in a thread */
    ms_t at_ms;
    struct {
        char action[16], handle[48];
    } buttons[5], first_buttons[5]; /* as it stands; as it was first posted */
    size_t button_count, first_count;
    struct {
        int person;
        char reaction[24], id[24]; /* id: of the reaction itself */
    } vote[16];
    size_t vote_count;
    struct sighting sighting;
};
/* Oldest first. */
size_t chat_messages(const struct chat_world *, const struct chat_message **ret);
const char *chat_name(const struct chat_world *);

/* ---- cloud.c ---- */
struct cloud *cloud_new(void);
void cloud_free(struct cloud *);
void cloud_down(ms_t for_ms);
void cloud_storm(ms_t for_ms);
void cloud_calm(void);
void cloud_edit(const struct human *, const char *key, bool on);
/* The next task of a change goes wrong like that. */
void cloud_next_task(enum dial);
bool cloud_is_on(void);
const char *cloud_other_key(uint64_t n);

/* ---- story.c ---- */
void story_draw(void);
enum { STORY_PIECES = 8, STORY_ORDERS = 40320 };
void story_go_on(const struct plan_entry *);
/* Somebody who may sees to what is open, once the faults are over. */
void story_tidy_up(void);

#endif
