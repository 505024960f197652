/* SPDX-License-Identifier: Apache-2.0 */
#include "core/duration.h"

#include <inttypes.h>
#include <string.h>
#include <strings.h>

static const struct unit {
    const char *typed, *spoken;
    ms_t ms;
} units[] = {
    { "d", "d", MS_DAY },    { "h", "h", MS_HOUR }, { "m", "min", MS_MINUTE },
    { "s", "s", MS_SECOND }, { "ms", "ms", 1 },
};
static const ms_t LONGEST = 366 * MS_DAY;

static const struct unit *unit_at(const char *text, size_t letters)
{
    for (size_t i = 0; i < COUNT(units); i++)
        if (strlen(units[i].typed) == letters && strncasecmp(units[i].typed, text, letters) == 0)
            return &units[i];
    return NULL;
}

bool duration_read(const char *text, ms_t *ret_ms)
{
    ms_t total = 0, last_unit = MS_NEVER;
    if (!text || !*text)
        return false;
    while (*text) {
        size_t digits = strspn(text, "0123456789");
        if (digits == 0 || digits > 9)
            return false;
        ms_t number = 0;
        for (size_t i = 0; i < digits; i++)
            number = number * 10 + (text[i] - '0');
        text += digits;
        size_t letters = strspn(text, "dhmsDHMS");
        const struct unit *unit = unit_at(text, letters);
        if (!unit || unit->ms >= last_unit || number > LONGEST / unit->ms)
            return false;
        last_unit = unit->ms;
        total += number * unit->ms;
        text += letters;
    }
    if (total > LONGEST)
        return false;
    *ret_ms = total;
    return true;
}

/* ---- as it is said ---- */

static const struct said_unit {
    const char *name;
    ms_t ms;
} said_units[] = {
    { "days", MS_DAY },      { "day", MS_DAY },        { "d", MS_DAY },
    { "hours", MS_HOUR },    { "hour", MS_HOUR },      { "hrs", MS_HOUR },
    { "hr", MS_HOUR },       { "h", MS_HOUR },         { "minutes", MS_MINUTE },
    { "minute", MS_MINUTE }, { "mins", MS_MINUTE },    { "min", MS_MINUTE },
    { "m", MS_MINUTE },      { "seconds", MS_SECOND }, { "second", MS_SECOND },
    { "secs", MS_SECOND },   { "sec", MS_SECOND },     { "s", MS_SECOND },
};

static bool take_digits(const char **at, size_t most, ms_t *ret)
{
    size_t n = 0;
    for (*ret = 0; n < most && is_digit(**at); ++*at, n++)
        *ret = *ret * 10 + (**at - '0');
    return n > 0 && !is_digit(**at);
}

static bool take_word(const char **at, const char *word)
{
    size_t bytes = strlen(word);
    char next = strncasecmp(*at, word, bytes) == 0 ? (*at)[bytes] : 'x';
    if (is_letter(next))
        return false;
    *at += bytes;
    *at += strspn(*at, " ");
    return true;
}

/* One number with its unit: whole, or with up to two digits behind a point or a comma. */
static bool take_length(const char **at, ms_t *total)
{
    ms_t whole, part = 0;
    if (!take_digits(at, 6, &whole))
        return false;
    whole *= 100;
    if ((**at == '.' || **at == ',') && is_digit((*at)[1])) {
        size_t digits = 1 + (size_t)is_digit((*at)[2]);
        ++*at;
        if (!take_digits(at, 2, &part))
            return false;
        whole += digits == 1 ? part * 10 : part;
    }
    *at += strspn(*at, " ");
    for (size_t i = 0; i < COUNT(said_units); i++)
        if (take_word(at, said_units[i].name)) {
            *total += whole * (said_units[i].ms / 100);
            return *total <= LONGEST;
        }
    return false;
}

bool duration_read_until(const char *text, struct day_time *ret)
{
    const char *at = str_or_empty(text);
    ms_t hours, minutes;
    at += strspn(at, " ");
    if (!take_word(&at, "until") || !take_digits(&at, 2, &hours) || *at++ != ':' ||
        !is_digit(at[0]) || !is_digit(at[1]) || !take_digits(&at, 2, &minutes) || hours > 23 ||
        minutes > 59)
        return false;
    at += strspn(at, " ");
    bool utc = *at && (take_word(&at, "UTC") || take_word(&at, "Z"));
    if (*at)
        return false;
    ms_t ms = hours * MS_HOUR + minutes * MS_MINUTE;
    *ret = (struct day_time){ .ms = ms ? ms : MS_DAY, .utc = utc };
    return true;
}

/* Behind from_ms, by clocks that nobody turns. */
static ms_t next_by(ms_t ahead_ms, ms_t since_midnight_ms, ms_t from_ms)
{
    ms_t today = (from_ms + ahead_ms) % MS_DAY;
    return from_ms + since_midnight_ms - today + (since_midnight_ms <= today ? MS_DAY : 0);
}

ms_t duration_next(const struct day_time *t, const struct zone *z, ms_t now_ms, bool *ret_tomorrow)
{
    ms_t then = t->ms % MS_DAY, at_ms = next_by(z->ahead_ms, then, now_ms), ahead_ms = z->ahead_ms;
    if (z->turn_ms > now_ms && at_ms >= z->turn_ms) {
        bool left_out = at_ms + z->ahead_ms - z->then_ms < z->turn_ms;
        at_ms = left_out ? z->turn_ms : next_by(z->then_ms, then, z->turn_ms - 1);
        ahead_ms = z->then_ms;
    }
    *ret_tomorrow = (at_ms + ahead_ms) / MS_DAY != (now_ms + z->ahead_ms) / MS_DAY;
    return at_ms;
}

bool duration_read_said(const char *text, ms_t *ret_ms)
{
    const char *at = str_or_empty(text);
    ms_t total = 0;
    at += strspn(at, " ");
    (void)take_word(&at, "for");
    if (duration_read(at, ret_ms))
        return true;
    if (!*at)
        return false;
    while (*at) {
        if (!take_length(&at, &total))
            return false;
        (void)take_word(&at, "and");
    }
    *ret_ms = total;
    return true;
}

/* ---- telling it ---- */

static void add(struct buf *b, ms_t ms, bool typed, int most_units)
{
    int written = 0;
    if (ms < 0)
        ms = 0;
    for (size_t i = 0; i < COUNT(units) && written < most_units; i++) {
        /* Nobody reads milliseconds behind seconds; what is typed again has to be the same. */
        if (ms < units[i].ms || (units[i].ms == 1 && written > 0 && !typed))
            continue;
        buf_addf(b,
                 typed     ? "%" PRId64 "%s"
                 : written ? " %" PRId64 " %s"
                           : "%" PRId64 " %s",
                 ms / units[i].ms, typed ? units[i].typed : units[i].spoken);
        ms %= units[i].ms;
        written++;
    }
    if (written == 0)
        buf_add(b, typed ? "0s" : "0 s");
}

void duration_add(struct buf *b, ms_t ms) { add(b, ms, false, 2); }

void duration_add_day_time(struct buf *b, ms_t ms)
{
    ms_t minutes = ms % MS_DAY / MS_MINUTE;
    buf_addf(b, "%02" PRId64 ":%02" PRId64, minutes / 60, minutes % 60);
}

void duration_add_typed(struct buf *b, ms_t ms) { add(b, ms, true, COUNT(units)); }

static const char *written(struct arena *arena, void put(struct buf *, ms_t), ms_t ms)
{
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, 64);
    put(&b, ms);
    return arena_copy(arena, buf_text(&b));
}

const char *duration_text(struct arena *arena, ms_t ms) { return written(arena, duration_add, ms); }

const char *duration_typed(struct arena *arena, ms_t ms)
{
    return written(arena, duration_add_typed, ms);
}
