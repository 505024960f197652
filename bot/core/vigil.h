/* SPDX-License-Identifier: Apache-2.0 */
/* The second pair of eyes: a process on another machine that looks at the guardrail and at what our
   own account has said in the chat, and may only raise protection. It keeps nothing: what it knows
   of its own earlier words stands in the chat as well. Each of reguard's messages tells by when it
   speaks again while the guardrail is down (deadman.h): as long as that time has not passed, or the
   card of a window says that time is left, reguard is at work and nothing is done. A promise that
   was not kept is silence. */
#ifndef REGUARD_VIGIL_H
#define REGUARD_VIGIL_H

#include "core/casefile.h"
#include "core/verdict.h"

struct desk;

/* What one look has shown. */
struct vigil_view {
    enum watch now;   /* what the guardrail is, by a read just now */
    const char *why;  /* it is unknown: a clause */
    ms_t changed_ms;  /* the document was last changed then, by the provider's clock; 0: not told */
    bool heard;       /* what our account has said could be read in a chat at least */
    const char *deaf; /* it could not: a clause */
    const struct sighting *seen; /* our own account's messages, and nobody else's */
    size_t count;
    ms_t now_ms;
};

enum vigil_act {
    VIGIL_NOTHING,
    VIGIL_ALARM,   /* say it in the chat */
    VIGIL_RESTORE, /* put it back, and say what came of it */
    VIGIL_OVER,    /* it is on, and our alarm stands there as the last word: prove it and say so */
    VIGIL_ROUTES,  /* the chat cannot be read: tell whoever is reached without it */
};

struct vigil_verdict {
    enum vigil_act act;
    bool says;        /* RESTORE that fails: this step was not said yet */
    int64_t step;     /* of the alarm, from 1 */
    ms_t silent_ms;   /* since then reguard should have spoken, the grace included; 0: not known */
    uint32_t case_no; /* whose window it is, 0 for none known */
    const char *why;  /* one line; in the arena */
};

struct vigil_verdict vigil_decide(const struct policy *, const struct vigil_view *, struct arena *);
/* Of reguard itself: what the witness did meanwhile, as LOOKED_BACK shows, is on record and told
   with the case. */
void vigil_looked(const struct desk *, const struct event_looked *, struct verdict *);

/* How far back the chat has to be read for it. */
ms_t vigil_horizon_ms(const struct policy *);

/* The words in which what was done is marked (struct witness). */
#define VIGIL_ALARMED "alarm"
#define VIGIL_RESTORED "restored"
#define VIGIL_ENDED "over"
/* What is posted; rich, in the arena. keys: the people who are mentioned. on: it is, with proof;
 * failed: why it could not be, NULL: not tried. */
const char *vigil_text(const struct policy *, const struct vigil_view *,
                       const struct vigil_verdict *, const char *const *keys, size_t count, bool on,
                       const char *failed, struct arena *);

#endif
