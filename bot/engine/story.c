/* SPDX-License-Identifier: Apache-2.0 */
#include "engine/story.h"
#include "host/clock.h"
#include "host/log.h"

#include <stdio.h>

/* Which of a fact's values a line has. There is none for what people type (reason, ticket, the text
   of whatever a person's words may go into) and none for names and addresses. */
enum value {
    BY = 1,           /* who did it: an id at the provider, "operator" or "reguard" */
    ACCOUNT = 1 << 1, /* 12 digits */
    WINDOW = 1 << 2,  /* in seconds */
    UNTIL = 1 << 3,   /* instants */
    SINCE = 1 << 4,
    WAY = 1 << 5,      /* a word of ours: button, confirm, slack, … */
    TO = 1 << 6,       /* on or off, as on says */
    DONE = 1 << 7,     /* yes or no, as on says */
    COUNT_OF = 1 << 8, /* a number */
    TASK = 1 << 9,     /* the provider's id of it */
    WHY = 1 << 10,     /* text of reguard, or of a service that refuses */
    STATE = 1 << 11,   /* on, off or unknown */
};

/* What is special about a line. */
enum manner {
    PLAIN,
    BY_VERB,    /* the verb is the step's name */
    ON_CHANGE,  /* not when the fact before it said the same */
    ON_IS_FINE, /* else a warning */
};

struct row {
    enum story_telling telling;
    enum log_level level;
    const char *name;
    unsigned values;
    enum manner manner;
};

#define TELL(level_, name_, values_)                                                       \
    {                                                                                      \
        .telling = STORY_TOLD, .level = LOG_##level_, .name = (name_), .values = (values_) \
    }
#define TELL_SO(level_, name_, values_, manner_)                                            \
    {                                                                                       \
        .telling = STORY_TOLD, .level = LOG_##level_, .name = (name_), .values = (values_), \
        .manner = (manner_)                                                                 \
    }
#define NOT_TOLD                  \
    {                             \
        .telling = STORY_NOT_TOLD \
    }

/* clang-format off */
static const struct row rows[FACT_KIND_COUNT] = {
    [FACT_ASKED]               = TELL(INFO, "case.asked", BY | ACCOUNT | WINDOW),
    [FACT_ERRAND_ASKED]        = TELL(INFO, "case.errand_asked", BY | ACCOUNT),
    [FACT_ERRAND_BEGUN]        = TELL(INFO, "case.errand_begun", 0),
    [FACT_ERRAND_DONE]         = TELL(INFO, "case.errand_done", 0),
    [FACT_ERRAND_FAILED]       = TELL(WARN, "case.errand_failed", WHY),
    [FACT_MAILBOX_PROVED]      = TELL(INFO, "case.mailbox_proved", BY | WAY),
    [FACT_CODE_SENT]           = TELL(INFO, "case.code_sent", BY),
    [FACT_CODE_MAILED]         = TELL(INFO, "case.code_mailed", 0),
    [FACT_CODE_FAILED]         = TELL(WARN, "case.code_failed", WHY),
    [FACT_CODE_WRONG]          = TELL(WARN, "case.code_wrong", BY),
    [FACT_APPROVED]            = TELL(INFO, "case.approved", BY | WAY),
    [FACT_APPROVAL_TAKEN_BACK] = TELL(INFO, "case.approval_taken_back", BY),
    [FACT_APPROVAL_LAPSED]     = TELL(WARN, "case.approval_lapsed", BY),
    [FACT_DECLINED]            = TELL(INFO, "case.declined", BY),
    [FACT_WITHDRAWN]           = TELL(INFO, "case.withdrawn", BY),
    [FACT_EXPIRED]             = TELL(INFO, "case.expired", 0),
    [FACT_REFUSED]             = TELL(WARN, "case.refused", BY),
    [FACT_FAILED]              = TELL(WARN, "case.failed", BY),
    [FACT_LIFT_BEGUN]          = TELL(INFO, "case.lift_begun", 0),
    [FACT_RECOVERY_BEGUN]      = TELL(INFO, "case.recovery_begun", 0),
    [FACT_RECOVERY_ALLOWED]    = TELL(INFO, "case.recovery_allowed", 0),
    [FACT_RECOVERY_FAILED]     = TELL(WARN, "case.recovery_failed", WHY),
    [FACT_CHANGE_BEGUN]        = TELL(INFO, "guardrail.change_begun", TO),
    [FACT_CHANGE_ACCEPTED]     = TELL(INFO, "guardrail.change_accepted", TASK),
    [FACT_CHANGE_REFUSED]      = TELL(WARN, "guardrail.change_refused", COUNT_OF | WHY),
    [FACT_CHANGE_UNKNOWN]      = TELL(WARN, "guardrail.change_unknown", WHY),
    [FACT_CHANGE_VOID]         = TELL(WARN, "guardrail.change_void", 0),
    [FACT_TASK_ENDED]          = TELL_SO(INFO, "guardrail.task_ended", TASK | DONE | WHY, ON_IS_FINE),
    [FACT_TURNED_BACK]         = TELL(WARN, "guardrail.turned_back", WHY),
    [FACT_PROVED]              = TELL(INFO, "guardrail.proved", TO),
    [FACT_LIFTED]              = TELL(INFO, "case.lifted", UNTIL),
    [FACT_WITNESSED]           = TELL(INFO, "case.witnessed", SINCE),
    [FACT_DRIFTED]             = TELL(WARN, "guardrail.drifted", WHY),

    [FACT_WARNED]              = TELL(INFO, "case.warned", 0),
    [FACT_EXTENSION_ASKED]     = TELL(INFO, "case.extension_asked", BY | WINDOW),
    [FACT_EXTENSION_APPROVED]  = TELL(INFO, "case.extension_approved", BY | WAY),
    [FACT_EXTENDED]            = TELL(INFO, "case.extended", UNTIL),
    [FACT_EXTENSION_DECLINED]  = TELL(INFO, "case.extension_declined", BY),
    [FACT_ENDED]               = TELL(INFO, "case.ended", BY),
    [FACT_RESTORED]            = TELL(INFO, "case.restored", BY),
    [FACT_REMINDED]            = TELL_SO(WARN, "case.", COUNT_OF, BY_VERB), /* overdue, pending */
    [FACT_SNOOZED]             = TELL(INFO, "case.snoozed", BY | UNTIL),
    [FACT_TROUBLE]             = TELL(WARN, "case.trouble", WHY),
    [FACT_OUTSIDE_FOUND]       = TELL(WARN, "case.outside", 0),
    [FACT_ADOPTION_ASKED]      = TELL(INFO, "case.adoption_asked", BY | ACCOUNT | WINDOW),
    [FACT_ADOPTION_REFUSED]    = TELL(INFO, "case.adoption_refused", BY),
    [FACT_ADOPTED]             = TELL(INFO, "case.adopted", UNTIL),
    [FACT_CLEANED]             = TELL_SO(INFO, "case.cleaned", BY | DONE, ON_IS_FINE),
    [FACT_NOTED]               = TELL(INFO, "case.noted", BY),
    [FACT_UNDELIVERED]         = TELL(WARN, "case.undelivered", WAY | WHY),
    [FACT_FILED]               = TELL(INFO, "case.filed", 0),
    [FACT_UNKNOWN_TOLD]        = TELL(WARN, "guardrail.unreadable_told", SINCE | COUNT_OF | WHY),
    [FACT_KNOWN_AGAIN]         = TELL(INFO, "guardrail.readable_told", SINCE | STATE),
    [FACT_ROOT_USED]           = TELL(WARN, "root.used", ACCOUNT | SINCE),
    [FACT_ROOT_SUMMED]         = TELL(INFO, "root.summed", 0),
    [FACT_ROOT_FOUND]          = TELL_SO(INFO, "root.found", WHY | DONE, ON_IS_FINE),
    [FACT_ROOTS_ASKED]         = TELL(INFO, "roots.asked", BY | COUNT_OF),
    [FACT_ROOTS_TOLD]          = TELL_SO(INFO, "roots.told", WHY | DONE, ON_IS_FINE),
    [FACT_ROOT_UNREAD_TOLD]    = TELL(WARN, "root.unread", COUNT_OF | WHY),
    [FACT_ROOT_BLIND]          = TELL(WARN, "root.blind", WHY),
    [FACT_ROOT_LEFT]           = TELL(WARN, "root.left", 0),
    [FACT_ROOT_SEEN_AGAIN]     = TELL(INFO, "root.seen_again", SINCE),
    [FACT_ALARM_ROUTED]        = TELL(WARN, "alarm.routed", COUNT_OF | DONE),
    [FACT_RESTORE_ORDERED]     = TELL(INFO, "guardrail.restore_ordered", BY),
    [FACT_DESK_KEPT]           = TELL(INFO, "records.desk_kept", 0),
    [FACT_STORE_DOUBTED]       = TELL(ERROR, "records.doubted", WHY),
    [FACT_DOUBT_TOLD]          = TELL(WARN, "records.doubt_told", COUNT_OF),
    [FACT_STORE_ACCEPTED]      = TELL(INFO, "records.accepted", BY),
    [FACT_STORE_LOST]          = TELL(ERROR, "records.lost", WHY),
    [FACT_LOSS_TOLD]           = TELL(WARN, "records.loss_told", COUNT_OF),
    [FACT_STORE_BACK]          = TELL(INFO, "records.back", SINCE),
    [FACT_TWIN_FOUND]          = TELL(WARN, "twin.found", WAY | SINCE | WHY),
    [FACT_TWIN_GONE]           = TELL(INFO, "twin.gone", SINCE | WHY),
    [FACT_WORD_LEFT]           = TELL(INFO, "deadman.left", WAY | UNTIL),
    [FACT_WORD_GONE]           = TELL(INFO, "deadman.gone", WAY | UNTIL | DONE),
    [FACT_WORD_FAILED]         = TELL(WARN, "deadman.failed", WAY | UNTIL | WHY),
    [FACT_TRIED_IN_VAIN]       = TELL(WARN, "people.tried_in_vain", COUNT_OF | SINCE),
    [FACT_RULE_CHANGED]        = TELL(INFO, "rules.changed", 0), /* which may have a name in it */
    [FACT_RULES_READ]          = TELL(INFO, "rules.read", COUNT_OF | SINCE),
    [FACT_RULES_REFUSED]       = NOT_TOLD, [FACT_RULES_TAKEN] = NOT_TOLD, /* config.refused, config.reloaded */
    [FACT_SAW]                 = TELL_SO(INFO, "guardrail.", WHY, ON_CHANGE),
    [FACT_REACHED]             = NOT_TOLD, /* alarm.routed */
    [FACT_CHANNEL]             = TELL_SO(INFO, "chat.takes_posts", WAY | DONE | WHY, ON_IS_FINE),
    [FACT_CATCH_UP_FAILED]     = TELL(WARN, "chat.catch_up_failed", WAY | UNTIL | WHY),
    [FACT_BUSY_TOLD]           = TELL(INFO, "case.waits_for_other_change", 0),
    /* A command is told by what comes of it. */
    [FACT_INQUIRED] = NOT_TOLD,           [FACT_WONDERED] = NOT_TOLD,
    [FACT_INQUIRY_CLOSED] = NOT_TOLD,     [FACT_INQUIRY_SENT] = NOT_TOLD,
    [FACT_INQUIRY_CHECKED] = NOT_TOLD,    [FACT_ERRAND_SENT] = NOT_TOLD,
    [FACT_INQUIRY_AGAIN] = NOT_TOLD,      [FACT_INQUIRY_IDENTIFIED] = NOT_TOLD,
    [FACT_TALKED] = NOT_TOLD,             [FACT_HUSHED] = NOT_TOLD,
    [FACT_TRIED] = NOT_TOLD,
    /* Asked of the world; what it answers is told, where it matters. */
    [FACT_WATCH_SENT] = NOT_TOLD,         [FACT_CHANGE_SENT] = NOT_TOLD,
    [FACT_REVIEW_SENT] = NOT_TOLD,        [FACT_REVIEWED] = NOT_TOLD,
    [FACT_FEED_READ] = NOT_TOLD,          [FACT_ADMINS] = NOT_TOLD,
    [FACT_LOOK_SENT] = NOT_TOLD,          [FACT_LOOKED] = NOT_TOLD,
    [FACT_ROLL_CALLED] = NOT_TOLD,        [FACT_ROLL_ANSWERED] = NOT_TOLD,
    [FACT_ROLL_FAILED] = NOT_TOLD,        /* its reason may have somebody's name */
    /* The adapters tell of their connections. */
    [FACT_CHAT] = NOT_TOLD,               [FACT_CHAT_TOLD] = NOT_TOLD,
    [FACT_CATCH_UP_WANTED] = NOT_TOLD,    [FACT_CATCHING_UP] = NOT_TOLD,
    [FACT_CAUGHT_UP] = NOT_TOLD,          [FACT_DEAF_TOLD] = NOT_TOLD,
    [FACT_ROOT_WATCHED] = NOT_TOLD,       [FACT_ROOT_UNREAD] = NOT_TOLD,
    [FACT_ROOT_AWAITED] = NOT_TOLD,       [FACT_ROOT_LOOK_SENT] = NOT_TOLD,
    [FACT_ROOTS_SENT] = NOT_TOLD,         [FACT_ROOTS_STEP] = NOT_TOLD,
    [FACT_CROWDED] = NOT_TOLD,            [FACT_ALONE] = NOT_TOLD,
    [FACT_WORD_SENT] = NOT_TOLD,          [FACT_WORDS_READ] = NOT_TOLD,
    /* Found and gone is told; what it says in between is not. */
    [FACT_TWIN_SEEN] = NOT_TOLD,          [FACT_TWIN_SIGN] = NOT_TOLD,
};
/* clang-format on */

enum story_telling story_of(enum fact_kind kind) { return rows[kind].telling; }

/* ---- one line ---- */

enum { PAIRS = 12, TEXTS = 3 };
struct line {
    struct log_pair pairs[PAIRS];
    size_t count;
    char instants[TEXTS][CLOCK_ISO_BYTES];
    size_t instant_count;
};

static void add_text(struct line *l, const char *name, const char *text)
{
    if (str_or_empty(text)[0])
        l->pairs[l->count++] = (struct log_pair)LS(name, text);
}

static void add_number(struct line *l, const char *name, int64_t number)
{
    l->pairs[l->count++] = (struct log_pair)LI(name, number);
}

static void add_instant(struct line *l, const char *name, ms_t at_ms)
{
    char *at = l->instants[l->instant_count];
    if (!at_ms)
        return;
    l->instant_count++;
    clock_iso(at_ms, at);
    add_text(l, name, at);
}

/* What a person is called is their own text; the id that the provider gave them is not. */
static const char *actor_of(const struct fact *f)
{
    return str_or_empty(f->actor.user)[0]        ? f->actor.user
           : str_equal(f->actor.chat, "console") ? "operator"
           : str_or_empty(f->actor.id)[0]        ? "somebody"
                                                 : "reguard";
}

static void add_values(struct line *l, const struct fact *f, unsigned values)
{
    if (values & BY)
        add_text(l, "by", actor_of(f));
    if (values & ACCOUNT)
        add_text(l, "account", f->account);
    if (values & WAY)
        add_text(l, "way", f->verb);
    if (values & STATE)
        add_text(l, "state", f->verb);
    if (values & TO)
        add_text(l, "to", f->on ? "on" : "off");
    if (values & DONE)
        add_text(l, "yes", f->on ? "yes" : "no");
    if (values & WINDOW)
        add_number(l, "window_s", f->window_ms / MS_SECOND);
    if (values & COUNT_OF)
        add_number(l, "number", f->count);
    if (values & TASK)
        add_text(l, "task", f->task_id);
    if (values & SINCE)
        add_instant(l, "since", f->since_ms);
    if (values & UNTIL)
        add_instant(l, "until", f->until_ms);
    if (values & WHY)
        add_text(l, "why", f->text);
}

static void write_line(enum log_level level, const char *event, const struct fact *f,
                       unsigned values)
{
    struct line l = { .count = 0 };
    char id[CASE_ID_BYTES];
    if (!log_wants(level))
        return;
    case_id_text(f->case_no, id);
    add_text(&l, "case", f->case_no ? id : NULL);
    add_values(&l, f, values);
    log_write(level, event, l.pairs, l.count);
}

/* ---- what the reads say ---- */

static void tell_read(struct story *s, const struct fact *f)
{
    bool unread = str_equal(f->verb, "unknown"), was_unread = str_equal(s->seen, "unknown");
    const char *why = unread ? str_or_empty(f->text) : "";
    char cut[STORY_WHY_BYTES];
    str_copy(cut, sizeof cut, why);
    if (str_equal(s->seen, f->verb) && str_equal(s->why, cut))
        return;
    if (unread)
        write_line(LOG_WARN, "guardrail.unreadable", f, WHY);
    else
        write_line(LOG_INFO, was_unread ? "guardrail.readable" : "guardrail.seen", f, STATE);
    STR_SET(s->seen, f->verb);
    STR_SET(s->why, cut);
}

void story_tell(struct story *s, const struct fact *f)
{
    const struct row *row = &rows[f->kind];
    char event[64];
    if (row->telling != STORY_TOLD)
        return;
    if (row->manner == ON_CHANGE) {
        tell_read(s, f);
        return;
    }
    snprintf(event, sizeof event, "%s%s", row->name,
             row->manner == BY_VERB ? str_or_empty(f->verb) : "");
    write_line(row->manner == ON_IS_FINE && !f->on ? LOG_WARN : row->level, event, f, row->values);
}
