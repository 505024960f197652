/* SPDX-License-Identifier: Apache-2.0 */
#include "host/log.h"
#include "core/buf.h"
#include "core/inert.h"
#include "host/clock.h"

#include <inttypes.h>
#include <poll.h>
#include <unistd.h>

enum { LINE_BYTES = 4096, VALUE_CHARACTERS = 600 };

static struct {
    enum log_level level;
    enum log_format format;
    uint64_t dropped;
} state = { LOG_INFO, LOG_TEXT, 0 };
static const char *const level_names[] = { "error", "warn", "info", "debug" };

void log_setup(enum log_level level, enum log_format format)
{
    state.level = level;
    state.format = format;
}

bool log_wants(enum log_level level) { return level <= state.level; }

uint64_t log_dropped(void) { return state.dropped; }

/* In quotes; control and bidi characters are gone already, so that only quotes and backslashes are
   left to escape. */
static void add_quoted(struct buf *b, const char *text)
{
    CLEANUP(buf_done) struct buf inert;
    buf_init(&inert, LINE_BYTES);
    inert_add(&inert, str_or_empty(text), VALUE_CHARACTERS);
    buf_add_char(b, '"');
    for (const char *p = buf_text(&inert); *p; p++) {
        if (*p == '"' || *p == '\\')
            buf_add_char(b, '\\');
        buf_add_char(b, *p);
    }
    buf_add_char(b, '"');
}

static void add_pair(struct buf *b, const struct log_pair *pair)
{
    buf_addf(b, state.format == LOG_JSON ? ",\"%s\":" : " %s=", pair->name);
    if (pair->kind == LOG_INTEGER)
        buf_addf(b, "%" PRId64, pair->number);
    else
        add_quoted(b, pair->text);
}

/* Writes what fits now. A reader that has stopped must not stop us. */
static void emit(const char *line, size_t bytes)
{
    struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };
    if (poll(&fd, 1, 0) != 1 || !(fd.revents & POLLOUT) ||
        write(STDERR_FILENO, line, bytes) != (ssize_t)bytes)
        state.dropped++;
}

void log_write(enum log_level level, const char *event, const struct log_pair *pairs, size_t count)
{
    char at[CLOCK_ISO_BYTES];
    clock_iso(clock_wall_ms(), at);
    CLEANUP(buf_done) struct buf b;
    buf_init(&b, LINE_BYTES);
    buf_addf(&b,
             state.format == LOG_JSON ? "{\"at\":\"%s\",\"level\":\"%s\",\"event\":\"%s\""
                                      : "%s %s %s",
             at, level_names[level], event);
    for (size_t i = 0; i < count; i++)
        add_pair(&b, &pairs[i]);
    buf_add(&b, state.format == LOG_JSON ? "}\n" : "\n");
    if (b.overflow)
        state.dropped++;
    else
        emit(buf_text(&b), b.bytes);
}
