/* SPDX-License-Identifier: Apache-2.0 */
/* What is known of the guardrail, and what is wanted of it. */
#ifndef REGUARD_GUARDRAIL_H
#define REGUARD_GUARDRAIL_H

#include "core/casefile.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct desk;

/* It was read, and is of the organisation that is configured. */
bool guardrail_is_ours(const struct policy *, const struct survey *);
/* What one read says. On only by a document that is ours, healthy, enabled, without exclusions and
   with the key on; *ret_why: why it is unknown. */
enum watch guardrail_judge(const struct policy *, const struct survey *, struct arena *,
                           const char **ret_why);
/* What the last read says, when it could be read and that read was asked for after our newest
   change; else unknown. Whoever says "on" or "off" goes by this. */
enum watch guardrail_now(const struct desk *);
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
/* "ON", "OFF" or "unknown": as people read it. */
const char *watch_word(enum watch);
enum watch watch_named(const char *name); /* unknown for any other text */
/* The case that waits to be lifted first, or NULL. */
const struct casefile *guardrail_lifting(const struct desk *);
/* It is or may be down because of a case of ours. */
bool guardrail_is_lowered(const struct desk *);
/* Since when reads agree that it is off, although no case of ours has lowered it; 0: they do not.
 */
ms_t guardrail_found_off_ms(const struct desk *);
/* Why the change is not made, of the last attempt that the provider did not take. */
const char *guardrail_why_refused(const struct desk *, struct arena *);

#endif
