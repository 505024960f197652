/* SPDX-License-Identifier: Apache-2.0 */
#include "host/clock.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/random.h>
#include <time.h>

static ms_t read_clock(clockid_t id)
{
    struct timespec ts;
    if (clock_gettime(id, &ts) != 0) {
        perror("reguard: clock_gettime");
        abort();
    }
    return (ms_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

ms_t clock_wall_ms(void) { return read_clock(CLOCK_REALTIME); }

ms_t clock_monotonic_ms(void) { return read_clock(CLOCK_BOOTTIME); }

uint64_t clock_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000u + (uint64_t)now.tv_nsec / 1000u;
}

ms_t clock_line_at(struct clock_line *line, ms_t wall_ms, ms_t boot_ms)
{
    line->at_ms = ms_max(wall_ms, line->at_ms + (boot_ms - line->boot_ms));
    line->boot_ms = boot_ms;
    return line->at_ms;
}

/* What four digits of a year can say. */
#define YEAR_0_MS INT64_C(-62167219200000)
#define YEAR_10000_MS INT64_C(253402300800000)

static char *put_digits(char *to, int count, unsigned number, char behind)
{
    for (int i = count - 1; i >= 0; i--, number /= 10)
        to[i] = (char)('0' + number % 10);
    to[count] = behind;
    return to + count + 1;
}

/* Each record has one: printf would be a tenth of what `audit verify` takes. */
void clock_iso(ms_t at_ms, char ret_text[CLOCK_ISO_BYTES])
{
    ms_t ms = at_ms % 1000;
    time_t seconds = (time_t)(at_ms / 1000);
    if (ms < 0) {
        ms += 1000;
        seconds--;
    }
    struct tm tm;
    ret_text[0] = '\0';
    if (at_ms < YEAR_0_MS || at_ms >= YEAR_10000_MS || !gmtime_r(&seconds, &tm))
        return;
    char *to = put_digits(ret_text, 4, (unsigned)(tm.tm_year + 1900), '-');
    to = put_digits(to, 2, (unsigned)(tm.tm_mon + 1), '-');
    to = put_digits(to, 2, (unsigned)tm.tm_mday, 'T');
    to = put_digits(to, 2, (unsigned)tm.tm_hour, ':');
    to = put_digits(to, 2, (unsigned)tm.tm_min, ':');
    to = put_digits(to, 2, (unsigned)tm.tm_sec, '.');
    to = put_digits(to, 3, (unsigned)ms, 'Z');
    *to = '\0';
}

/* Takes exactly so many digits, and no sign or blank as scanf would; false when they are no
   number in [least, most]. */
static bool take_digits(const char **text, int digits, int least, int most, int *ret)
{
    int number = 0;
    for (int i = 0; i < digits; i++, (*text)++) {
        if (**text < '0' || **text > '9')
            return false;
        number = number * 10 + (**text - '0');
    }
    *ret = number;
    return number >= least && number <= most;
}

static bool take_mark(const char **text, char mark)
{
    if (**text != mark)
        return false;
    (*text)++;
    return true;
}

/* Reads "±hh:mm" or "Z"; the offset in seconds. */
static bool read_zone(const char *text, long *ret_seconds)
{
    int hours, minutes;
    *ret_seconds = 0;
    if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0')
        return true;
    bool west = text[0] == '-';
    if ((!west && text[0] != '+') || (text++, !take_digits(&text, 2, 0, 23, &hours)) ||
        !take_mark(&text, ':') || !take_digits(&text, 2, 0, 59, &minutes) || *text)
        return false;
    *ret_seconds = (hours * 3600 + minutes * 60) * (west ? -1L : 1L);
    return true;
}

/* Milliseconds of as many digits as stand behind the point; none is a mistake. */
static bool take_fraction(const char **text, ms_t *ret_ms)
{
    *ret_ms = 0;
    if (!take_mark(text, '.'))
        return true;
    const char *first = *text;
    for (ms_t unit = 100; **text >= '0' && **text <= '9'; (*text)++, unit /= 10)
        *ret_ms += (**text - '0') * unit;
    return *text > first;
}

bool clock_parse_iso(const char *text, ms_t *ret_at_ms)
{
    struct tm tm = { 0 };
    ms_t fraction;
    long zone;
    /* 60 is a leap second, which counts as the next minute's first. */
    if (!take_digits(&text, 4, 0, 9999, &tm.tm_year) || !take_mark(&text, '-') ||
        !take_digits(&text, 2, 1, 12, &tm.tm_mon) || !take_mark(&text, '-') ||
        !take_digits(&text, 2, 1, 31, &tm.tm_mday) || !take_mark(&text, 'T') ||
        !take_digits(&text, 2, 0, 23, &tm.tm_hour) || !take_mark(&text, ':') ||
        !take_digits(&text, 2, 0, 59, &tm.tm_min) || !take_mark(&text, ':') ||
        !take_digits(&text, 2, 0, 60, &tm.tm_sec) || !take_fraction(&text, &fraction) ||
        !read_zone(text, &zone))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    ms_t at_ms = ((ms_t)timegm(&tm) - zone) * 1000 + fraction;
    /* The zone may lead out of what clock_iso writes. */
    if (at_ms < YEAR_0_MS || at_ms >= YEAR_10000_MS)
        return false;
    *ret_at_ms = at_ms;
    return true;
}

void clock_random(void *bytes, size_t count)
{
    unsigned char *at = bytes;
    while (count > 0) {
        ssize_t got = getrandom(at, count > 256 ? 256 : count, 0);
        if (got <= 0) {
            perror("reguard: getrandom");
            abort();
        }
        at += got;
        count -= (size_t)got;
    }
}

ms_t clock_jitter(ms_t low, ms_t high)
{
    uint64_t r;
    clock_random(&r, sizeof r);
    return high <= low ? low : low + (ms_t)(r % (uint64_t)(high - low + 1));
}
