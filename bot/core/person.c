#include "core/person.h"

const struct person *people_find(const struct people *people, const char *chat, const char *id,
                                 const char **ret_why)
{
    const struct person *found = NULL;
    for (size_t i = 0; i < people->count; i++) {
        for (size_t k = 0; k < people->rows[i].id_count; k++) {
            if (!str_equal(people->rows[i].ids[k].chat, chat) ||
                !str_equal(people->rows[i].ids[k].id, id))
                continue;
            if (found && found != &people->rows[i]) {
                *ret_why =
                    "your chat account stands for more than one Stax user in the [people] list";
                return NULL;
            }
            found = &people->rows[i];
        }
    }
    if (!found)
        *ret_why = "your chat account is not in the [people] list of reguard's configuration";
    return found;
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
        return "that is no well-formed chat identity";
    if (flags & IDENTITY_BOT)
        return "bots and messages posted through an app have no say here";
    if (flags & IDENTITY_STRANGER)
        return "people from another workspace or server have no say here";
    if (flags & IDENTITY_GUEST)
        return "guests have no say here";
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
                                      const char **ret_why)
{
    const struct roster_user *active = NULL, *other = NULL;
    for (size_t i = 0; i < roster->user_count; i++) {
        const struct roster_user *user = &roster->users[i];
        if (!points_to(person, user))
            continue;
        if (!str_equal(user->status, "ACTIVE")) {
            other = user;
            continue;
        }
        if (active) {
            *ret_why = "more than one active Stax user matches the entry in [people]";
            return NULL;
        }
        active = user;
    }
    if (!active)
        *ret_why = other ? "the Stax user is not active" : "Stax knows no such user";
    return active;
}
