/* SPDX-License-Identifier: Apache-2.0 */
#include "core/audience.h"
#include "core/desk.h"
#include "core/rich.h"

#include <string.h>

/* The same list is noted anew after so long, to know how old it is; too old it is not gone by. An
   alarm that calls only who has lost the role since is heard by nobody. */
static const ms_t NOTED_EVERY_MS = 10 * MS_MINUTE, OLD_MS = MS_HOUR;

/* Those who are told, and how many more there are. Who has left [people] since the roster was read
   cannot be; with nobody else left it is everybody there. */
static size_t told(const struct desk *desk, const char *keys[LIMIT_ALARMED], size_t *ret_more)
{
    const struct audience *a = &desk->audience;
    size_t n = 0;
    for (size_t i = 0; a->digest && i < a->count; i++)
        if (people_by_key(desk->people, a->keys[i]))
            keys[n++] = a->keys[i];
    *ret_more = a->more;
    if (n)
        return n;
    for (size_t i = 0; i < desk->people->count && n < LIMIT_ALARMED; i++)
        keys[n++] = desk->people->rows[i].key;
    *ret_more = desk->people->count - n;
    return n;
}

bool audience_has(const struct desk *desk, const char *key)
{
    const char *keys[LIMIT_ALARMED];
    size_t more, n = told(desk, keys, &more);
    for (size_t i = 0; i < n; i++)
        if (str_equal_nocase(keys[i], key))
            return true;
    return false;
}

void audience_mention(const struct desk *desk, struct buf *b)
{
    const char *keys[LIMIT_ALARMED];
    size_t more, n = told(desk, keys, &more);
    for (size_t i = 0; i < n; i++) {
        buf_add_char(b, ' ');
        rich_add_mention(b, keys[i], keys[i]);
    }
    if (more)
        buf_addf(b, " and %zu more", more);
}

void audience_direct(const struct desk *desk, const struct message *m, struct verdict *v)
{
    const char *keys[LIMIT_ALARMED];
    size_t more, n = told(desk, keys, &more);
    for (size_t i = 0; i < n; i++) {
        struct effect *e = verdict_effect(v, EFFECT_SAY);
        e->urgency = URGENCY_GUARDS;
        e->say = *m;
        e->say.kind = MESSAGE_DIRECT;
        e->say.to = arena_copy(v->arena, keys[i]);
    }
}

/* Its channel takes no posts, but its people can be written to. */
static bool goes_alone(const struct chat_state *chat)
{
    return chat->up ? chat->closed : chat->direct;
}

static void direct_in(const struct desk *desk, const struct chat_state *chat,
                      const struct message *m, struct verdict *v)
{
    struct message own = *m;
    own.chat = arena_copy(v->arena, chat->name);
    if (goes_alone(chat))
        own.text = own.body = arena_printf(
            v->arena, "%s I write to you alone because I cannot post in the channel: %s.", m->text,
            chat->why);
    audience_direct(desk, &own, v);
}

void audience_alone(const struct desk *desk, const struct message *m, bool everywhere,
                    struct verdict *v)
{
    bool any = false;
    for (size_t i = 0; i < desk->chat_count; i++)
        any |= goes_alone(&desk->chats[i]);
    if (!any && everywhere)
        audience_direct(desk, m, v);
    for (size_t i = 0; any && i < desk->chat_count; i++)
        if (everywhere || goes_alone(&desk->chats[i]))
            direct_in(desk, &desk->chats[i], m, v);
}

/* ---- who the Admins are ---- */

/* FNV-1a, 64 bits: only to see a change. */
static uint64_t mix(uint64_t digest, const char *key)
{
    for (; *key; key++)
        digest = (digest ^ (unsigned char)*key) * 1099511628211u;
    return (digest ^ '\n') * 1099511628211u;
}

static void forget_old(const struct audience *a, struct verdict *v)
{
    if (a->digest && v->turn.now_ms - a->heard_ms > OLD_MS)
        verdict_fact(v, FACT_ADMINS, 0)->people = "";
}

void audience_heard(const struct desk *desk, const struct survey *s, struct verdict *v)
{
    CLEANUP(buf_done) struct buf keys = { 0 };
    uint64_t digest = 14695981039346656037u;
    size_t n = 0;
    if (!(s->read & SURVEY_ROSTER)) {
        forget_old(&desk->audience, v);
        return;
    }
    buf_init(&keys, LIMIT_ALARMED * LIMIT_EMAIL_BYTES);
    for (size_t i = 0; i < desk->people->count; i++) {
        const char *key = desk->people->rows[i].key;
        const struct roster_user *user = person_user(&desk->people->rows[i], s, NULL);
        if (!user || !policy_is_admin(desk->policy, user))
            continue;
        if (n++ < LIMIT_ALARMED)
            buf_addf(&keys, "%s%s", keys.bytes ? " " : "", key);
        digest = mix(digest, key);
    }
    if (digest == desk->audience.digest &&
        v->turn.now_ms - desk->audience.heard_ms < NOTED_EVERY_MS)
        return;
    struct fact *f = verdict_fact(v, FACT_ADMINS, 0);
    f->people = arena_copy(v->arena, buf_text(&keys));
    f->count = (int64_t)n;
    f->ref = (int64_t)digest;
}

void audience_apply(struct desk *desk, const struct fact *f)
{
    struct audience *a = &desk->audience;
    if (f->kind != FACT_ADMINS)
        fact_stray(f, "audience");
    *a = (struct audience){ .digest = (uint64_t)f->ref, .heard_ms = f->at_ms };
    for (const char *at = str_or_empty(f->people); *at && a->count < LIMIT_ALARMED;) {
        size_t bytes = strcspn(at, " ");
        if (bytes < sizeof a->keys[0]) {
            memcpy(a->keys[a->count], at, bytes);
            a->keys[a->count++][bytes] = '\0';
        }
        at += bytes + (at[bytes] == ' ');
    }
    a->more = (size_t)f->count > a->count ? (size_t)f->count - a->count : 0;
}
