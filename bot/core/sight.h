/* What the chats have seen of our records. Our own newest messages are read back when a chat comes
   up, before each lift, before something counts as lifted outside, and now and then, more often
   while something is open. Nothing is lowered before that has been done: a check that cannot be
   made is a no. */
#ifndef REGUARD_SIGHT_H
#define REGUARD_SIGHT_H

#include "core/event.h"
#include "core/limits.h"
#include "core/verdict.h"

struct chat_state;
struct desk;

/* Of one chat. */
struct sight {
    uint64_t look_id; /* in flight, 0 for none */
    ms_t sent_ms;     /* when the last look was sent */
    ms_t looked_ms;   /* when the last one that could be read was sent; 0 for none */
    char why[128];    /* the last one could not be read; "" when it could */
    char strangers[LIMIT_STRANGERS_BYTES]; /* what it saw that does not fit: doubt.h */
};

/* Every chat that is up has been read since it came up, and at least one is. */
bool sight_of_all(const struct desk *);
/* The same, by looks that were sent at that instant or later. */
bool sight_since(const struct desk *, ms_t since_ms);
/* The chats may still tell which case numbers are taken: none has answered, well or badly, and not
   much time has passed since the start. */
bool sight_is_awaited(const struct desk *, ms_t now_ms);
/* " (…)": which chat could not be read back, and why; "" when none. For people, in the arena. */
const char *sight_trouble(const struct desk *, struct arena *);

/* Decides on LOOKED_BACK. */
void sight_looked(const struct desk *, const struct event *, struct verdict *);
void sight_settle(const struct desk *, struct verdict *);
void sight_apply(struct desk *, const struct fact *);
ms_t sight_deadline(const struct desk *, ms_t now_ms);

#endif
