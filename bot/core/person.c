/* SPDX-License-Identifier: Apache-2.0 */
#include "core/person.h"

const char *person_lack_text(enum person_lack lack, const struct provider *p, struct arena *arena)
{
    switch (lack) {
    case LACK_NONE: return "";
    case LACK_ENTRY:
        return "your chat account is not in the [people] list of reguard's configuration";
    case LACK_ONE_ENTRY:
        return arena_printf(
            arena, "your chat account stands for more than one %s user in the [people] list",
            p->title);
    case LACK_USER:
        return arena_printf(arena, "no %s user matches your entry in the [people] list", p->title);
    case LACK_ACTIVE_USER: return arena_printf(arena, "your %s user is not active", p->title);
    case LACK_ONE_USER:
        return arena_printf(arena,
                            "more than one active %s user matches your entry in the [people] list",
                            p->title);
    }
    return "";
}

/* What is found, or nobody and why. */
static const void *found_or(const void *found, enum person_lack lack, enum person_lack *ret_lack)
{
    if (ret_lack)
        *ret_lack = lack;
    return lack == LACK_NONE ? found : NULL;
}

const struct person *people_find(const struct people *people, const char *chat, const char *id,
                                 enum person_lack *ret_lack)
{
    const struct person *found = NULL;
    for (size_t i = 0; i < people->count; i++) {
        for (size_t k = 0; k < people->rows[i].id_count; k++) {
            if (!str_equal(people->rows[i].ids[k].chat, chat) ||
                !str_equal(people->rows[i].ids[k].id, id))
                continue;
            if (found && found != &people->rows[i])
                return found_or(NULL, LACK_ONE_ENTRY, ret_lack);
            found = &people->rows[i];
        }
    }
    return found_or(found, found ? LACK_NONE : LACK_ENTRY, ret_lack);
}

const struct person *people_by_key(const struct people *people, const char *key)
{
    for (size_t i = 0; i < people->count; i++)
        if (str_equal_nocase(people->rows[i].key, key))
            return &people->rows[i];
    return NULL;
}

const char *person_chat_id(const struct person *person, const char *chat)
{
    for (size_t i = 0; person && i < person->id_count; i++)
        if (str_equal(person->ids[i].chat, chat))
            return person->ids[i].id;
    return NULL;
}

const char *identity_refusal(unsigned flags)
{
    if (flags & IDENTITY_MALFORMED)
        return "that is no well-formed chat account";
    if (flags & IDENTITY_BOT)
        return "bots and messages posted through an app cannot use reguard";
    if (flags & IDENTITY_STRANGER)
        return "people from another workspace or server cannot use reguard";
    if (flags & IDENTITY_GUEST)
        return "guests cannot use reguard";
    if (flags & IDENTITY_GONE)
        return "this chat account is deactivated or has left the channel";
    if (flags & IDENTITY_INVITED)
        return "this chat account was invited but has never joined";
    if (flags & IDENTITY_UNREAD)
        return "the chat did not tell enough about this account to trust it";
    return NULL;
}

static bool points_to(const struct person *person, const struct roster_user *user)
{
    return str_equal_nocase(person->key, user->id) || str_equal_nocase(person->key, user->email);
}

const struct roster_user *person_user(const struct person *person, const struct survey *roster,
                                      enum person_lack *ret_lack)
{
    const struct roster_user *active = NULL, *other = NULL;
    for (size_t i = 0; i < roster->user_count; i++) {
        const struct roster_user *user = &roster->users[i];
        if (!points_to(person, user))
            continue;
        if (!str_equal(user->status, STATUS_ACTIVE)) {
            other = user;
            continue;
        }
        if (active)
            return found_or(NULL, LACK_ONE_USER, ret_lack);
        active = user;
    }
    return found_or(active, active ? LACK_NONE : other ? LACK_ACTIVE_USER : LACK_USER, ret_lack);
}
