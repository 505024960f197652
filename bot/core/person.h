/* Who somebody is: [people] maps immutable chat ids to Stax users; nothing else gives rights. */
#ifndef REGUARD_PERSON_H
#define REGUARD_PERSON_H

#include "core/base.h"
#include "core/event.h"
#include "core/limits.h"

enum { PERSON_CHAT_IDS = 4 };

struct person {
    char key[LIMIT_EMAIL_BYTES]; /* Stax e-mail or Id, as configured */
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

/* The one person with that chat identity. NULL and a sentence in *ret_why when there is none or
   more than one. */
const struct person *people_find(const struct people *, const char *chat, const char *id,
                                 const char **ret_why);
const struct person *people_by_key(const struct people *, const char *key);
/* The person's id in that chat, NULL when there is none. */
const char *person_chat_id(const struct person *, const char *chat);

/* Why this identity may not act at all, or NULL. flags as in enum identity_flag. */
const char *identity_refusal(unsigned flags);

/* The one ACTIVE user of the roster that the person points to: Id equal, or e-mail equal without
   case. NULL and a sentence when there is none or more than one. */
const struct roster_user *person_user(const struct person *, const struct survey *roster,
                                      const char **ret_why);

#endif
