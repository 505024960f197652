/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is: [people] maps immutable chat ids to the provider's users; nothing else gives
   rights. */
#ifndef REGUARD_PERSON_H
#define REGUARD_PERSON_H

#include "core/arena.h"
#include "core/base.h"
#include "core/event.h"
#include "core/limits.h"
#include "core/provider.h"

enum { PERSON_CHAT_IDS = 4 };

struct person {
    char key[LIMIT_EMAIL_BYTES]; /* e-mail or id at the provider, as configured */
    struct {
        char chat[8];
        char id[128];
    } ids[PERSON_CHAT_IDS];
    size_t id_count;
};
struct people {
    struct person rows[LIMIT_PEOPLE];
    size_t count;
};

/* Why somebody is not known. */
enum person_lack {
    LACK_NONE,
    LACK_ENTRY,       /* the chat account is not in [people] */
    LACK_ONE_ENTRY,   /* it stands in more than one row */
    LACK_USER,        /* the provider knows no such user */
    LACK_ACTIVE_USER, /* it does, and the user may not act */
    LACK_ONE_USER     /* more than one may */
};
/* For people: no sentence yet, "the … user is not active". In the arena; LACK_NONE: "". */
const char *person_lack_text(enum person_lack, const struct provider *, struct arena *);

/* The one person with that chat identity. NULL when there is none or more than one; ret_lack: why,
   NULL when nobody wants to know. */
const struct person *people_find(const struct people *, const char *chat, const char *id,
                                 enum person_lack *ret_lack);
const struct person *people_by_key(const struct people *, const char *key);
/* The person's id in that chat, NULL when there is none. */
const char *person_chat_id(const struct person *, const char *chat);

/* Why this identity may not act at all, or NULL. flags as in enum identity_flag. */
const char *identity_refusal(unsigned flags);

/* The one ACTIVE user of the roster that the person points to: Id equal, or e-mail equal without
   case. NULL when there is none or more than one; ret_lack as above. */
const struct roster_user *person_user(const struct person *, const struct survey *roster,
                                      enum person_lack *ret_lack);

#endif
