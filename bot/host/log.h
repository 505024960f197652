/* SPDX-License-Identifier: Apache-2.0 */
/* Structured log on stderr: an event name and typed pairs, as text or as JSON lines. Values are
   escaped, so that no text from outside can forge a line. Never blocks: what a full pipe does not
   take is dropped and counted. No log call takes a struct secret. */
#ifndef REGUARD_LOG_H
#define REGUARD_LOG_H

#include "core/base.h"

/* LOG_NOTHING: for log_setup, of a command that prints itself what is wrong. */
enum log_level { LOG_NOTHING = -1, LOG_ERROR, LOG_WARN, LOG_INFO, LOG_DEBUG };
enum log_format { LOG_TEXT, LOG_JSON };

struct log_pair {
    const char *name;
    enum { LOG_STRING, LOG_INTEGER } kind;
    const char *text;
    int64_t number;
};
#define LS(name_, text_)                                     \
    {                                                        \
        .name = (name_), .kind = LOG_STRING, .text = (text_) \
    }
#define LI(name_, number_)                                                 \
    {                                                                      \
        .name = (name_), .kind = LOG_INTEGER, .number = (int64_t)(number_) \
    }

void log_setup(enum log_level, enum log_format);
bool log_wants(enum log_level);
void log_write(enum log_level, const char *event, const struct log_pair *pairs, size_t count);
/* LOG(LOG_WARN, "slack.closed", LS("why", why), LI("wait_ms", wait)); at least one pair. */
#define LOG(level, event, ...)                                          \
    do {                                                                \
        if (log_wants(level)) {                                         \
            const struct log_pair log_pairs_[] = { __VA_ARGS__ };       \
            log_write((level), (event), log_pairs_, COUNT(log_pairs_)); \
        }                                                               \
    } while (0)
uint64_t log_dropped(void);

#endif
