/* SPDX-License-Identifier: Apache-2.0 */
/* The reason, and the parts that people put behind it: "because month end for 30m". */
#include "commands/parts.h"
#include "core/duration.h"
#include "core/tasks.h"
#include "core/inert.h"

#include <string.h>

struct reason {
    const struct words *words;
    size_t first, end; /* words of the reason */
    unsigned parts;
    struct request *request;
};

/* ---- one word ---- */

static bool is_quoted(const struct reason *r, size_t i)
{
    return r->words->line[r->words->offsets[i]] == '"';
}

/* Without the full stop that ends a sentence. */
static void bare_word(const struct reason *r, size_t i, char *to, size_t bytes)
{
    str_copy(to, bytes, r->words->list[i]);
    size_t length = strlen(to);
    while (length > 1 && strchr(".,;!", to[length - 1]))
        to[--length] = '\0';
}

static bool is_keyword(const struct reason *r, size_t i, const char *keyword)
{
    return !is_quoted(r, i) && str_equal_nocase(r->words->list[i], keyword);
}

/* "SEC-12", "#4711", "INC0012345": one word with a number in it. */
static bool is_ticket(const char *word)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    static const char digits[] = "0123456789";
    size_t bytes = strlen(word);
    for (size_t i = 0; i < bytes; i++)
        if (!strchr(letters, word[i]) && !strchr(digits, word[i]) && !strchr("#-_./:", word[i]))
            return false;
    return bytes < LIMIT_TICKET_BYTES && strpbrk(word, digits);
}

/* "30min", "30 minutes", "half an hour": how long, in words that are not read as such. Of how many
   words it is; 0: none. */
static size_t spelled_duration(const struct reason *r, size_t i)
{
    static const char *const units[] = { "s",   "sec",  "secs",   "second",  "seconds", "m",
                                         "min", "mins", "minute", "minutes", "h",       "hr",
                                         "hrs", "hour", "hours",  "d",       "day",     "days" };
    char word[32], next[32] = "";
    bare_word(r, i, word, sizeof word);
    if (i + 1 < r->end)
        bare_word(r, i + 1, next, sizeof next);
    size_t number = strspn(word, "0123456789");
    bool one = str_equal_nocase(word, "a") || str_equal_nocase(word, "an") ||
               str_equal_nocase(word, "one") || str_equal_nocase(word, "half");
    const char *unit = word[number] && !one ? word + number : next;
    if (!number && !one)
        return 0;
    for (size_t k = 0; k < COUNT(units); k++)
        if (str_equal_nocase(unit, units[k]))
            return unit == next ? 2 : 1;
    return str_equal_nocase(word, "half") && str_equal_nocase(next, "an") ? 3 : 0;
}

/* ---- parts ---- */

/* The part whose keyword is the word i, with a whole value behind it; 0 for none. */
static enum reason_part part_at(const struct reason *r, size_t i)
{
    char value[LIMIT_TICKET_BYTES + 1];
    ms_t ignored;
    if (i + 1 >= r->end || is_quoted(r, i + 1))
        return 0;
    bare_word(r, i + 1, value, sizeof value);
    if ((r->parts & PART_FOR) && is_keyword(r, i, "for") && duration_read(value, &ignored))
        return PART_FOR;
    if ((r->parts & PART_TASK) && is_keyword(r, i, "task") && task_named(value))
        return PART_TASK;
    if ((r->parts & PART_TICKET) && is_keyword(r, i, "ticket") && is_ticket(value))
        return PART_TICKET;
    return 0;
}

/* False when it was given before with another value. */
static bool take_part(struct reason *r, enum reason_part part, size_t i)
{
    struct request *request = r->request;
    char value[LIMIT_TICKET_BYTES + 1];
    ms_t ms = 0;
    bare_word(r, i + 1, value, sizeof value);
    switch (part) {
    case PART_FOR:
        (void)duration_read(value, &ms);
        if (request->for_ms && request->for_ms != ms)
            return false;
        request->for_ms = ms;
        return true;
    case PART_TASK:
        if (request->task[0] && !str_equal_nocase(request->task, value))
            return false;
        STR_SET(request->task, value);
        return true;
    case PART_TICKET:
        if (request->ticket[0] && !str_equal(request->ticket, value))
            return false;
        STR_SET(request->ticket, value);
        return true;
    }
    return false;
}

/* The words from..to as typed, harmless; a single one in quotes without them. */
static void add_words(const struct reason *r, size_t from, size_t to, struct buf *b)
{
    if (from >= to)
        return;
    const struct words *w = r->words;
    size_t start = w->offsets[from], end = to < w->count ? w->offsets[to] : strlen(w->line);
    CLEANUP(buf_done) struct buf raw;
    buf_init(&raw, LIMIT_COMMAND_BYTES);
    if (to - from == 1 && is_quoted(r, from))
        buf_add(&raw, w->list[from]);
    else
        buf_add_bytes(&raw, w->line + start, end - start);
    if (b->bytes)
        buf_add_char(b, ' ');
    inert_add(b, buf_text(&raw), LIMIT_REASON_CHARACTERS);
}

/* The request becomes what it would be if the words from..to were the part, for the example. */
static bool ask(struct reason *r, size_t from, size_t to, struct err *err)
{
    bool task = is_keyword(r, from, "task"), spelled = !part_at(r, from);
    CLEANUP(buf_done) struct buf part, rest;
    buf_init(&part, 256);
    buf_init(&rest, sizeof r->request->reason);
    add_words(r, from, to, &part);
    add_words(r, r->first, from, &rest);
    add_words(r, to, r->end, &rest);
    if (part_at(r, from))
        take_part(r, part_at(r, from), from);
    STR_SET(r->request->reason, buf_text(&rest));
    return err_set(err,
                   "Did you mean “%s” as %s? Then put it before “because”%s; if it belongs to the "
                   "reason, put the reason into quotes",
                   buf_text(&part), task ? "the task" : "how long",
                   spelled ? ", written like 45m or 2h" : "");
}

/* From the end: "… for 30m ticket SEC-12". False: asked about. */
static bool take_trailing(struct reason *r, struct err *err)
{
    while (r->end - r->first >= 2) {
        size_t at = r->end - 2;
        enum reason_part part = part_at(r, at);
        bool alone = at == r->first;
        if (!part || (part == PART_TICKET && alone))
            return true; /* a ticket's number alone is a reason */
        if (!take_part(r, part, at))
            return part == PART_TICKET || ask(r, at, r->end, err);
        r->end = at;
    }
    return true;
}

/* What else is in it. A ticket's number that is told nowhere else is taken and stays in the reason
   as well. */
static bool look_inside(struct reason *r, struct err *err)
{
    for (size_t i = r->first; i < r->end; i++) {
        enum reason_part part = part_at(r, i);
        if (part == PART_TICKET && !r->request->ticket[0])
            take_part(r, part, i);
        else if (part && part != PART_TICKET)
            return ask(r, i, i + 2, err);
        bool asks = (r->parts & PART_FOR) && is_keyword(r, i, "for") && i + 1 < r->end;
        size_t spelled = asks ? spelled_duration(r, i + 1) : 0, behind = i + 1 + spelled;
        if (spelled)
            return ask(r, i, behind < r->end ? behind : r->end, err);
    }
    return true;
}

bool parts_read_reason_and(struct words *words, struct request *request, unsigned parts,
                           struct err *err)
{
    if (!words_take(words, "because") && !words_take(words, "reason"))
        return parts_read_end(words, err);
    struct reason r = {
        .words = words, .first = words->at, .end = words->count, .parts = parts, .request = request
    };
    words->at = words->count;
    if (!take_trailing(&r, err) || !look_inside(&r, err))
        return false;
    CLEANUP(buf_done) struct buf reason;
    buf_init(&reason, sizeof request->reason);
    add_words(&r, r.first, r.end, &reason);
    STR_SET(request->reason, buf_text(&reason));
    return true;
}

bool parts_read_reason(struct words *words, struct request *request, struct err *err)
{
    return parts_read_reason_and(words, request, 0, err);
}
