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

void duration_add_typed(struct buf *b, ms_t ms) { add(b, ms, true, COUNT(units)); }
