/* SPDX-License-Identifier: Apache-2.0 */
#include "core/outside.h"
#include "core/buf.h"
#include "core/limits.h"
#include "core/inert.h"

#include <string.h>

enum { ID = LIMIT_ID_BYTES - 1, NAME = 100, SAID = 400, ERROR = 300, HANDLE = 64 };

/* clang-format off */
#define ROW(type, member, kind, most) \
    { #type "." #member, offsetof(struct type, member), OUTSIDE_##kind, most }
/* A member of a struct inside struct event. */
#define IN(place, type, member, kind, most) \
    { #type "." #member, offsetof(struct event, place.member), OUTSIDE_##kind, most }
#define TABLE(rows) (struct outside_texts){ rows, COUNT(rows) }

static const struct outside_text of_every_event[] = {
    ROW(event, chat, OURS, 0), ROW(event, id, EXACT, 2 * ID), ROW(event, error, WORDS, ERROR),
    ROW(event, message_id, EXACT, ID), ROW(event, thread_id, EXACT, ID),
    ROW(event, reply_url, RAW, 0), ROW(event, trigger, EXACT, ID),
    IN(actor, event_actor, id, EXACT, ID), ROW(event, home, EXACT, ID),
    ROW(event, question_of_message, EXACT, HANDLE),
};
static const struct outside_text of_said[] = {
    IN(said, event_said, text, TYPED, 0),
    IN(said, event_said, unseen, OURS, 0),
};
static const struct outside_text of_clicked[] = {
    IN(clicked, event_clicked, action, EXACT, HANDLE),
    IN(clicked, event_clicked, handle, EXACT, ID),
    IN(clicked, event_clicked, text, WORDS, SAID),
    IN(clicked, event_clicked, words, TYPED, 0),
    IN(clicked, event_clicked, unseen, OURS, 0),
};
static const struct outside_text of_reacted[] = {
    IN(reacted, event_reacted, reaction, EXACT, HANDLE),
    IN(reacted, event_reacted, order, EXACT, HANDLE),
};
static const struct outside_text of_submitted[] = {
    IN(submitted, event_submitted, form, EXACT, HANDLE),
    IN(submitted, event_submitted, handle, EXACT, ID),
    IN(submitted, event_submitted, account, WORDS, NAME),
    IN(submitted, event_submitted, duration, WORDS, NAME),
    IN(submitted, event_submitted, task, WORDS, NAME),
    IN(submitted, event_submitted, ticket, WORDS, NAME),
    IN(submitted, event_submitted, reason, WORDS, SAID),
    IN(submitted, event_submitted, target, WORDS, SAID), /* too long is told, not cut */
    IN(submitted, event_submitted, account_text, WORDS, NAME),
    IN(submitted, event_submitted, view, EXACT, HANDLE),
    IN(submitted, event_submitted, edition, EXACT, HANDLE),
};
static const struct outside_text of_typed[] = { IN(typed, event_typed, text, WORDS, NAME) };
/* users and accounts: of_user and of_account. */
static const struct outside_text of_survey[] = {
    IN(survey, survey, failure, WORDS, ERROR),
    IN(survey, survey, organisation_id, EXACT, ID),
    IN(survey, survey, organisation_alias, EXACT, ID),
    IN(survey, survey, flags, LINES, LIMIT_FLAGS_BYTES - 1),
    IN(survey, survey, document_organisation_id, EXACT, ID),
    IN(survey, survey, exclusions, EXACT, SAID), /* never empty when somebody is named */
    IN(survey, survey, task_log, WORDS, NAME),
};
static const struct outside_text of_feed[] = {
    ROW(feed_entry, user_id, EXACT, ID), ROW(feed_entry, task_id, EXACT, ID),
};
static const struct outside_text of_user[] = {
    ROW(roster_user, id, EXACT, ID), ROW(roster_user, email, EXACT, ID),
    ROW(roster_user, name, WORDS, 60), ROW(roster_user, role, EXACT, NAME),
    ROW(roster_user, status, EXACT, NAME),
};
static const struct outside_text of_account[] = {
    ROW(account, id, EXACT, ID), ROW(account, aws_id, EXACT, ID),
    ROW(account, name, WORDS, NAME), ROW(account, email, EXACT, ID),
    ROW(account, role, EXACT, NAME), ROW(account, status, EXACT, NAME),
    ROW(account, why_no_email, WORDS, ERROR),
};
static const struct outside_text of_change[] = {
    IN(change, event_change, task_id, EXACT, ID),
    IN(change, event_change, flags, LINES, LIMIT_FLAGS_BYTES - 1),
};
static const struct outside_text of_delivery[] = {
    IN(delivery, event_delivery, key, EXACT, ID), IN(delivery, event_delivery, remote_id, EXACT, ID),
    IN(delivery, event_delivery, to, OURS, 0),
};
static const struct outside_text of_doubt[] = {
    IN(doubt, event_doubt, why, WORDS, ERROR), IN(doubt, event_doubt, hash, EXACT, ID),
};
static const struct outside_text of_rules[] = {
    IN(rules, event_rules, digest, EXACT, ID), IN(rules, event_rules, digest_before, EXACT, ID),
    IN(rules, event_rules, file, EXACT, ID), IN(rules, event_rules, owner, EXACT, NAME),
    IN(rules, event_rules, owner_id, EXACT, ID), IN(rules, event_rules, problem, WORDS, ERROR),
};
static const struct outside_text of_rule[] = {
    ROW(rule_change, setting, EXACT, SAID), ROW(rule_change, was, EXACT, LIMIT_RULE_CHARACTERS),
    ROW(rule_change, now, EXACT, LIMIT_RULE_CHARACTERS),
};
static const struct outside_text of_up[] = { IN(chat_up, event_chat_up, holds_why, OURS, 0) };
static const struct outside_text of_looked[] = {
    IN(looked, event_looked, why, WORDS, ERROR), IN(looked, event_looked, hash, EXACT, ID),
    IN(looked, event_looked, strangers, EXACT, LIMIT_STRANGERS_BYTES),
};
static const struct outside_text of_word[] = { IN(word, event_word, id, EXACT, ID) };
static const struct outside_text of_standing_word[] = {
    ROW(standing_word, id, EXACT, ID), ROW(standing_word, text, LINES, LIMIT_MESSAGE_BYTES - 1),
};
static const struct outside_text of_root[] = {
    IN(root, event_root, account, EXACT, NAME), IN(root, event_root, name, WORDS, NAME),
    IN(root, event_root, address, WORDS, NAME),
};
static const struct outside_text of_errand[] = {
    IN(errand, event_errand, policy, EXACT, LIMIT_POLICY_BYTES),
    IN(errand, event_errand, digest, EXACT, ID),
};
static const struct outside_text of_found[] = { IN(found, event_root_found, digest, EXACT, ID) };
static const struct outside_text of_order[] = { ROW(event, order_reason, WORDS, SAID) };
static const struct outside_text of_mark[] = { ROW(event, mark, RAW, 0) };
/* clang-format on */

struct outside_texts outside_of_every_event(void) { return TABLE(of_every_event); }

struct outside_texts outside_of_user(void) { return TABLE(of_user); }

struct outside_texts outside_of_account(void) { return TABLE(of_account); }

struct outside_texts outside_of_feed(void) { return TABLE(of_feed); }

struct outside_texts outside_of_rule(void) { return TABLE(of_rule); }

struct outside_texts outside_of_standing_word(void) { return TABLE(of_standing_word); }

struct outside_texts outside_of_event(enum event_kind kind)
{
    switch (kind) {
    case EVENT_SAID: return TABLE(of_said);
    case EVENT_CLICKED: return TABLE(of_clicked);
    case EVENT_REACTED:
    case EVENT_UNREACTED: return TABLE(of_reacted);
    case EVENT_JOINED:
    case EVENT_OPENED: return (struct outside_texts){ 0 };
    case EVENT_TYPED: return TABLE(of_typed);
    case EVENT_FILLED:
    case EVENT_SUBMITTED: return TABLE(of_submitted);
    case EVENT_SURVEYED: return TABLE(of_survey);
    case EVENT_CHANGE_ACCEPTED:
    case EVENT_CHANGE_REFUSED:
    case EVENT_CHANGE_UNKNOWN: return TABLE(of_change);
    case EVENT_DELIVERED:
    case EVENT_DELIVERY_FAILED:
    case EVENT_DELIVERY_UNKNOWN: return TABLE(of_delivery);
    case EVENT_STORE_DOUBTED:
    case EVENT_STORE_LOST:
    case EVENT_STORE_BACK: return TABLE(of_doubt);
    case EVENT_SIGHTED:
    case EVENT_LOOKED_BACK: return TABLE(of_looked);
    case EVENT_CHAT_UP: return TABLE(of_up);
    case EVENT_WORD_LEFT:
    case EVENT_WORD_TAKEN: return TABLE(of_word);
    case EVENT_RULES_READ:
    case EVENT_RULES_REFUSED: return TABLE(of_rules);
    case EVENT_STORE_ACCEPTED:
    case EVENT_ROOT_USED: return TABLE(of_root);
    case EVENT_ROOT_FOUND: return TABLE(of_found);
    case EVENT_ROOT_USERS: /* rows of their own */
    case EVENT_ROOT_WATCH: return (struct outside_texts){ 0 };
    case EVENT_ERRAND_TOLD: return TABLE(of_errand);
    case EVENT_RESTORE_ORDERED: return TABLE(of_order);
    case EVENT_MARK: return TABLE(of_mark);
    case EVENT_IGNORED:
    case EVENT_STANDING: /* its votes are put as events of their own */
    case EVENT_CROWDED:
    case EVENT_WORDS_READ: /* a list of its own */
    case EVENT_CAUGHT_UP:
    case EVENT_CHAT_DOWN:
    case EVENT_CHAT_REFUSED:
    case EVENT_IDENTIFIED:
    case EVENT_MAIL_SENT:
    case EVENT_MAIL_FAILED:
    case EVENT_STARTED:
    case EVENT_DUE:
    case EVENT_KIND_COUNT: break; /* no text of their own */
    }
    return (struct outside_texts){ NULL, 0 };
}

/* ---- one text ---- */

static const char *remade(struct arena *arena, const char *text, size_t most,
                          void (*add)(struct buf *, const char *, size_t))
{
    CLEANUP(buf_done) struct buf b;
    size_t bytes = strlen(text);
    /* A byte that is no character becomes three. */
    buf_init(&b, 3 * bytes < 4 * most ? 3 * bytes + 8 : 4 * most + 8);
    add(&b, text, most);
    return str_equal(buf_text(&b), text) ? text : arena_copy(arena, buf_text(&b));
}

const char *outside_words(struct arena *arena, const char *text, size_t most_characters)
{
    return !text || inert_is_plain(text, most_characters)
               ? text
               : remade(arena, text, most_characters, inert_add);
}

const char *outside_exact(struct arena *arena, const char *text, size_t most_characters)
{
    return !text || inert_is_plain(text, most_characters)
               ? text
               : remade(arena, text, most_characters, inert_add_exact);
}

/* Line feeds stay, everything else is exact. */
static void add_lines(struct buf *b, const char *text, size_t most)
{
    while (*text) {
        size_t bytes = strcspn(text, "\n");
        CLEANUP(buf_done) struct buf line;
        buf_init(&line, bytes + 1);
        buf_add_bytes(&line, text, bytes);
        inert_add_exact(b, buf_text(&line), most);
        text += bytes;
        if (*text == '\n')
            buf_add_char(b, *text++);
    }
}

static const char *outside_lines(struct arena *arena, const char *text, size_t most_characters)
{
    return !text || inert_are_plain_lines(text, most_characters)
               ? text
               : remade(arena, text, most_characters, add_lines);
}

static const char *made_harmless(struct arena *arena, const char *text,
                                 const struct outside_text *row)
{
    switch (row->kind) {
    case OUTSIDE_WORDS: return outside_words(arena, text, row->most);
    case OUTSIDE_EXACT: return outside_exact(arena, text, row->most);
    case OUTSIDE_LINES: return outside_lines(arena, text, row->most);
    case OUTSIDE_TYPED:
    case OUTSIDE_RAW:
    case OUTSIDE_OURS: return text;
    }
    return text;
}

/* ---- whole structs ---- */

static const char **text_at(void *object, const struct outside_text *row)
{
    return (const char **)(void *)((char *)object + row->offset);
}

static const char *text_of(const void *object, const struct outside_text *row)
{
    return *(const char *const *)(const void *)((const char *)object + row->offset);
}

static bool all_plain(const void *object, struct outside_texts texts)
{
    for (size_t i = 0; i < texts.count; i++) {
        const char *text = text_of(object, &texts.rows[i]);
        if (text && !inert_is_plain(text, texts.rows[i].most))
            return false;
    }
    return true;
}

static void make_harmless(struct arena *arena, void *object, struct outside_texts texts)
{
    for (size_t i = 0; i < texts.count; i++) {
        const char **text = text_at(object, &texts.rows[i]);
        *text = made_harmless(arena, *text, &texts.rows[i]);
    }
}

/* The list itself when nothing in it has to change. */
static const void *harmless_list(struct arena *arena, const void *list, size_t count, size_t bytes,
                                 struct outside_texts texts)
{
    size_t first = 0;
    while (first < count && all_plain((const char *)list + first * bytes, texts))
        first++;
    if (first == count)
        return list;
    char *copy = arena_take(arena, count * bytes);
    memcpy(copy, list, count * bytes);
    for (size_t i = first; i < count; i++)
        make_harmless(arena, copy + i * bytes, texts);
    return copy;
}

const struct event *outside_event(struct arena *arena, const struct event *e)
{
    struct event *copy = arena_take(arena, sizeof *copy);
    *copy = *e;
    make_harmless(arena, copy, outside_of_every_event());
    make_harmless(arena, copy, outside_of_event(e->kind));
    if (e->kind == EVENT_RULES_READ)
        copy->rules.changes = harmless_list(arena, copy->rules.changes, copy->rules.count,
                                            sizeof *copy->rules.changes, outside_of_rule());
    if (e->kind == EVENT_WORDS_READ)
        copy->words.all = harmless_list(arena, copy->words.all, copy->words.count,
                                        sizeof *copy->words.all, outside_of_standing_word());
    if (e->kind != EVENT_SURVEYED)
        return copy;
    struct survey *s = &copy->survey;
    s->users = harmless_list(arena, s->users, s->user_count, sizeof *s->users, outside_of_user());
    s->accounts = harmless_list(arena, s->accounts, s->account_count, sizeof *s->accounts,
                                outside_of_account());
    s->feed = harmless_list(arena, s->feed, s->feed_count, sizeof *s->feed, outside_of_feed());
    return copy;
}

void outside_fact(struct arena *arena, struct fact *f)
{
    bool is_answer = f->kind == FACT_INQUIRY_CLOSED; /* which has lines */
#define TEXT(name)                                                         \
    f->name = &f->name == &f->flags || (is_answer && &f->name == &f->text) \
                  ? outside_lines(arena, f->name, LIMIT_FLAGS_BYTES)       \
                  : outside_exact(arena, f->name, LIMIT_POLICY_BYTES);
    FACT_TEXTS(TEXT)
#undef TEXT
    const char **const actor[] = { &f->actor.user,     &f->actor.chat, &f->actor.id,
                                   &f->actor.name,     &f->actor.key,  &f->source.chat,
                                   &f->source.event_id };
    for (size_t i = 0; i < COUNT(actor); i++)
        *actor[i] = outside_exact(arena, *actor[i], 2 * ID);
}
