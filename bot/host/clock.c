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
    if (gmtime_r(&seconds, &tm) && tm.tm_year + 1900 >= 0 && tm.tm_year + 1900 <= 9999)
        snprintf(ret_text, CLOCK_ISO_BYTES, "%04u-%02u-%02uT%02u:%02u:%02u.%03uZ",
                 (unsigned)(tm.tm_year + 1900) % 10000u, (unsigned)(tm.tm_mon + 1) % 100u,
                 (unsigned)tm.tm_mday % 100u, (unsigned)tm.tm_hour % 100u,
                 (unsigned)tm.tm_min % 100u, (unsigned)tm.tm_sec % 100u, (unsigned)ms % 1000u);
}

/* Reads "±hh:mm" or "Z"; the offset in seconds. */
static bool read_zone(const char *text, long *ret_seconds)
{
    unsigned hours, minutes;
    char sign, rest;
    *ret_seconds = 0;
    if ((text[0] == 'Z' || text[0] == 'z') && text[1] == '\0')
        return true;
    if (sscanf(text, "%c%2u:%2u%c", &sign, &hours, &minutes, &rest) != 3 ||
        (sign != '+' && sign != '-'))
        return false;
    *ret_seconds = (long)(hours * 3600 + minutes * 60) * (sign == '-' ? -1 : 1);
    return true;
}

bool clock_parse_iso(const char *text, ms_t *ret_at_ms)
{
    struct tm tm = { 0 };
    int used = 0;
    if (sscanf(text, "%4d-%2d-%2dT%2d:%2d:%2d%n", &tm.tm_year, &tm.tm_mon, &tm.tm_mday, &tm.tm_hour,
               &tm.tm_min, &tm.tm_sec, &used) != 6)
        return false;
    ms_t fraction = 0, unit = 100;
    if (text[used] == '.')
        for (used++; text[used] >= '0' && text[used] <= '9'; used++, unit /= 10)
            fraction += (text[used] - '0') * unit;
    long zone;
    if (!read_zone(text + used, &zone))
        return false;
    tm.tm_year -= 1900;
    tm.tm_mon -= 1;
    *ret_at_ms = ((ms_t)timegm(&tm) - zone) * 1000 + fraction;
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
