/* The controller of the one switch. Level-triggered: what is wanted follows from the cases, what is
   known follows from reads, and while they differ it goes on reading, changing, following the task
   and proving, whatever state it wakes up in. Only lowering has conditions; raising has none. */
#ifndef REGUARD_GUARDRAIL_H
#define REGUARD_GUARDRAIL_H

#include "core/casefile.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct desk;

enum change_phase {
    CHANGE_NONE,
    CHANGE_BEGUN,     /* decided and journalled; its outcome is not known yet */
    CHANGE_FOLLOWING, /* accepted with a task */
    CHANGE_OPEN,      /* outcome unknown, or accepted without a task: reads will tell */
};

struct guardrail {
    enum watch seen; /* by the last read */
    char why_unknown[256];
    bool flag_off; /* the last read's document, ours, has the flag off, whatever else it says:
                      raising waits for nothing more */
    enum service_status status;
    char flags[LIMIT_FLAGS_BYTES]; /* the last document read */
    ms_t read_ms;                  /* when the last read ended, well or badly */
    ms_t known_ms;                 /* when it was last on or off for sure */
    ms_t modified_ms;              /* of that document, by Stax's clock; 0: not told */
    ms_t seen_from_ms;             /* when the last read that said so was asked for */
    ms_t touched_ms;               /* our newest change: what was read before says nothing of now */
    int reads;                     /* agreeing reads in a row */
    enum watch agreeing;           /* value of that series, WATCH_UNKNOWN for none */
    ms_t agreeing_since_ms;
    ms_t fresh_since_ms; /* only reads asked for after this count for a proof */
    enum watch proved;
    ms_t proved_ms;
    uint64_t survey_id; /* in flight, 0 for none */
    ms_t survey_sent_ms;
    bool unclear;          /* Stax did answer, and the answer says neither on nor off */
    enum watch known;      /* by the last read that told */
    int unknown_told;      /* how often it was said that it cannot be read, since then */
    ms_t unknown_since_ms; /* known_ms of when that was said first */

    enum change_phase phase;
    bool change_on; /* the value being set */
    ms_t change_ms;
    uint64_t change_id; /* effect in flight, 0 for none */
    ms_t change_sent_ms;
    uint32_t change_case;
    /* By Stax's clock, when the document right before it was modified; 0: not told. */
    ms_t modified_before_ms;
    char task_id[64];
    char last_task_id[64];
    enum task_status task_status;
    int attempts;  /* refused ones in a row */
    ms_t retry_ms; /* not before */
    bool busy_told;
    int refused_status; /* of the last refusal, 0: it has not reached Stax */
    char refused_why[256];

    char
        before[LIMIT_FLAGS_BYTES]; /* the document right before we lowered it, "" when we did not */
    char restore_order[LIMIT_REASON_BYTES]; /* the operator wants it proved on, for this reason; ""
                                               for no order */
    char outside_by[256];                   /* what the activity feed said, "" for nothing */
};

/* What one read says. On only by a document that is ours, healthy, enabled, without exclusions and
   with the key on; *ret_why: why it is unknown. */
enum watch guardrail_judge(const struct policy *, const struct survey *, struct arena *,
                           const char **ret_why);
/* What the last read says, when it could be read and that read was asked for after both that
   instant and our newest change; else unknown. Whoever says "on" or "off" goes by this, with the
   instant of what is spoken of. */
enum watch guardrail_seen_since(const struct desk *, ms_t since_ms);
enum watch guardrail_now(const struct desk *); /* since our newest change */
/* Why that is unknown, for people. */
const char *guardrail_why_unknown(const struct desk *);
/* When the guardrail was last on or off for sure; 0: never. Never the time of a failed read. */
ms_t guardrail_checked_ms(const struct desk *);
/* The last proof, when nothing of ours has touched the guardrail since; else unknown. */
enum watch guardrail_proof(const struct desk *);
/* A lift fails that changed nothing, as far as is known: what the last read says of the guardrail
   is told with it. */
void guardrail_fail_lift(const struct desk *, const struct casefile *, const char *why,
                         struct verdict *);
/* What the cases want: off while a window is open or being opened, else on. */
enum watch guardrail_wanted(const struct desk *);
/* The last reads agree for long enough, with nothing under way: what they say is a proof.
   WATCH_UNKNOWN: no proof. */
enum watch guardrail_agreed(const struct desk *);
const char *watch_name(enum watch);
enum watch watch_named(const char *name); /* unknown for any other text */
/* The case that waits to be lifted first, or NULL. */
const struct casefile *guardrail_lifting(const struct desk *);

/* The case to be lifted next, when nothing is in its way any more but that the people with a part
   in it have to be read once more; else NULL. */
const struct casefile *guardrail_awaits_roll(const struct desk *, ms_t now_ms);

void guardrail_surveyed(const struct desk *, const struct event *, struct verdict *);
void guardrail_changed(const struct desk *, const struct event *, struct verdict *);
void guardrail_settle(const struct desk *, struct verdict *);
void guardrail_apply(struct desk *, const struct fact *);
ms_t guardrail_deadline(const struct desk *, ms_t now_ms);

#endif
