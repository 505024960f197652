/* What the chats hear of each fact. Called after the fact was applied; the card itself is drawn
   separately (card.h). */
#ifndef REGUARD_NOTICE_H
#define REGUARD_NOTICE_H

#include "core/desk.h"

void notice_tell(const struct desk *, const struct fact *, struct verdict *);

#endif
