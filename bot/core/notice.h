/* SPDX-License-Identifier: Apache-2.0 */
/* What the chats hear of each fact. Called after the fact was applied; the card itself is drawn
   separately (card.h). */
#ifndef REGUARD_NOTICE_H
#define REGUARD_NOTICE_H

#include "core/desk.h"

void notice_tell(const struct desk *, const struct fact *, struct verdict *);
/* Somebody hears of it, or nobody on purpose: of what is in the journal it is decided. */
bool notice_has_row(enum fact_kind);

#endif
