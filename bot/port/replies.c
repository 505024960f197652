/* SPDX-License-Identifier: Apache-2.0 */
#include "port/replies.h"

#include <inttypes.h>

/* A few are answered one by one, however alike: each stands under its question. */
enum { APART = 3 };
static const ms_t LINE_EVERY_MS = 10 * MS_MINUTE, LINE_AGAIN_MS = MS_MINUTE;

/* FNV-1a. */
static struct reply **bucket_of(struct replies *all, const char *person)
{
    uint32_t mark = 2166136261;
    for (; *person; person++)
        mark = (mark ^ (unsigned char)*person) * 16777619;
    return &all->people[mark % REPLY_BUCKETS];
}

/* ---- one stands for several ---- */

/* The newest first. */
static bool stands_with_another(struct replies *all, const struct reply *r)
{
    struct reply *same = NULL, *newest = NULL;
    size_t own = 0;
    for (struct reply *other = *bucket_of(all, r->person); other; other = other->of_person) {
        if (!str_equal(other->person, r->person))
            continue;
        if (!same && str_equal(other->text, r->text))
            same = other;
        if (!newest)
            newest = other;
        own++;
    }
    if (same && own >= APART)
        same->also++;
    else if (own >= LIMIT_ANSWERS_OF_A_PERSON)
        newest->left_out++;
    return (same && own >= APART) || own >= LIMIT_ANSWERS_OF_A_PERSON;
}

void reply_add_note(struct buf *b, const struct reply *r)
{
    if (r->also)
        buf_addf(b, "\nThis is my answer to %u of your questions.", r->also + 1);
    if (r->left_out)
        buf_addf(b,
                 "\nFurther answers to you had no place (%u): please ask again what is still open.",
                 r->left_out);
}

/* ---- waiting ---- */

static void note_person(struct replies *all, struct reply *r)
{
    struct reply **bucket = bucket_of(all, r->person);
    r->of_person = *bucket;
    *bucket = r;
    all->lanes[r->lane].count++;
    all->lanes[r->lane].bytes += r->bytes;
}

enum reply_outcome replies_put(struct replies *all, struct reply *r)
{
    if (r->person[0] && stands_with_another(all, r))
        return REPLY_STANDS;
    if (all->lanes[r->lane].count >= all->most ||
        all->lanes[r->lane].bytes + r->bytes > LIMIT_ANSWERS_QUEUED_BYTES) {
        all->left_out++;
        return REPLY_LEFT_OUT;
    }
    r->next = NULL;
    if (all->lanes[r->lane].last)
        all->lanes[r->lane].last->next = r;
    else
        all->lanes[r->lane].first = r;
    all->lanes[r->lane].last = r;
    note_person(all, r);
    return REPLY_WAITS;
}

void replies_put_back(struct replies *all, struct reply *r)
{
    r->next = all->lanes[r->lane].first;
    all->lanes[r->lane].first = r;
    if (!all->lanes[r->lane].last)
        all->lanes[r->lane].last = r;
    note_person(all, r);
}

void replies_take_off(struct replies *all, struct reply *r)
{
    struct reply **at = &all->lanes[r->lane].first, *before = NULL;
    for (; *at != r; at = &(*at)->next)
        before = *at;
    *at = r->next;
    if (all->lanes[r->lane].last == r)
        all->lanes[r->lane].last = before;
    for (at = bucket_of(all, r->person); *at != r;)
        at = &(*at)->of_person;
    *at = r->of_person;
    all->lanes[r->lane].count--;
    all->lanes[r->lane].bytes -= r->bytes;
    r->next = r->of_person = NULL;
}

/* ---- what found no place ---- */

ms_t replies_line_wait_ms(const struct replies *all, ms_t monotonic_ms)
{
    if (all->left_out == 0)
        return MS_NEVER;
    return all->not_before_ms ? ms_max(all->not_before_ms - monotonic_ms, 0) : 0;
}

uint64_t replies_line(struct replies *all, const char *command_word, ms_t monotonic_ms,
                      struct buf *b)
{
    all->not_before_ms = monotonic_ms + LINE_AGAIN_MS;
    buf_addf(b,
             "⚠️ More was asked at once than I can answer one by one: %" PRIu64
             " of my answers had no place. What was decided counts all the same; whoever heard "
             "nothing, please ask again in some minutes. `%s restore` works as ever.",
             all->left_out, command_word);
    return all->left_out;
}

void replies_line_told(struct replies *all, uint64_t count)
{
    all->not_before_ms += LINE_EVERY_MS - LINE_AGAIN_MS;
    all->left_out -= count;
}
