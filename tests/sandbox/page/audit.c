/* SPDX-License-Identifier: Apache-2.0 */
/* What the bot's own tools say of its store: `audit export`, `audit verify`, `status --json`, one
   after the other as children, and again only when the store's files have changed. The light on the
   page is thus the operator's own check. */
#include "tests/sandbox/page/audit.h"
#include "tests/sandbox/net/bytes.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/page/child.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    AUDIT_OUTPUT_MAX = 4 * 1024 * 1024,
    AUDIT_RECORDS_MAX = 200,
    AUDIT_PATIENCE_MS = 10 * 1000,
    AUDIT_PAUSE_MS = 700,
    AUDIT_PATH_MAX = 4096,
    AUDIT_SAYS_MAX = 2000
};

enum question { EXPORT, VERIFY, STATUS, QUESTIONS };
static const char *const words[QUESTIONS][3] = { { "audit", "export", "-c" },
                                                 { "audit", "verify", "-c" },
                                                 { "status", "--json", "-c" } };

/* What tells that a file has changed. */
struct stamp {
    int64_t bytes, seconds, nanoseconds;
};

static struct {
    char program[AUDIT_PATH_MAX], config[AUDIT_PATH_MAX], store[AUDIT_PATH_MAX],
        wal[AUDIT_PATH_MAX];
    struct stamp store_seen, wal_seen;
    enum question question;
    pid_t pid; /* 0: none runs */
    int fd;
    bool whole; /* its output has ended */
    struct bytes output;
    int64_t until_ms, next_ms;
    uint64_t round;           /* how often everything was asked */
    json_t *records, *status; /* NULL until the first round */
    bool verified;
    char says[AUDIT_SAYS_MAX];
} audit = { .fd = -1 };

/* ---- when to ask ---- */

static struct stamp stamp_of(const char *path)
{
    struct stat st;
    if (stat(path, &st) != 0 || st.st_size == 0)
        return (struct stamp){
            0
        }; /* looking at a store may leave an empty log behind: that is no change */
    return (struct stamp){ st.st_size, st.st_mtim.tv_sec, st.st_mtim.tv_nsec };
}

static bool same(const struct stamp *a, const struct stamp *b)
{
    return a->bytes == b->bytes && a->seconds == b->seconds && a->nanoseconds == b->nanoseconds;
}

static bool has_changed(void)
{
    struct stamp store = stamp_of(audit.store), wal = stamp_of(audit.wal);
    bool changed = !same(&store, &audit.store_seen) || !same(&wal, &audit.wal_seen);
    audit.store_seen = store;
    audit.wal_seen = wal;
    return changed && store.bytes;
}

/* ---- asking ---- */

static void ask(enum question q)
{
    const char *const arguments[PAGE_ARGUMENTS] = { audit.program, words[q][0], words[q][1],
                                                    words[q][2], audit.config };
    audit.question = q;
    audit.whole = false;
    audit.until_ms = sandbox_monotonic_ms() + AUDIT_PATIENCE_MS;
    bytes_done(&audit.output);
    pid_t pid = page_child_start(arguments, &audit.fd);
    audit.pid = pid > 0 ? pid : 0;
}

/* Lines that are no records, and all but the newest records, are left out: the page shows the end
   of the chain. */
static json_t *read_records(const char *text, size_t bytes)
{
    json_t *list = json_array();
    const char *end = text + bytes, *from = end;
    size_t lines = 0;
    while (from > text && lines <= AUDIT_RECORDS_MAX)
        lines += *--from == '\n';
    while (from < end) {
        const char *stop = memchr(from, '\n', (size_t)(end - from));
        size_t length = (size_t)((stop ? stop : end) - from);
        json_t *record = length ? json_loadb(from, length, 0, NULL) : NULL;
        if (json_is_object(record))
            json_array_append(list, record);
        json_decref(record);
        from += length + 1;
    }
    return list;
}

static void take_answer(int status)
{
    const char *text = audit.output.count ? bytes_at(&audit.output) : "";
    bool fine = WIFEXITED(status) && WEXITSTATUS(status) == 0;
    switch (audit.question) {
    case EXPORT:
        json_decref(audit.records);
        audit.records = read_records(text, audit.output.count);
        return;
    case VERIFY:
        audit.verified = fine;
        snprintf(audit.says, sizeof audit.says, "%.*s", (int)strcspn(text, "\n"), text);
        return;
    case STATUS:
        json_decref(audit.status);
        audit.status = json_loads(text, 0, NULL);
        return;
    case QUESTIONS: return;
    }
}

static void finish(void)
{
    if (audit.fd >= 0)
        close(audit.fd);
    audit.fd = -1;
    audit.pid = 0;
    audit.next_ms = sandbox_monotonic_ms() + AUDIT_PAUSE_MS;
    if (audit.question + 1 < QUESTIONS)
        ask(audit.question + 1);
    else
        audit.round++;
}

static void listen_to_child(void)
{
    char text[64 * 1024];
    ssize_t got;
    while (!audit.whole && (got = read(audit.fd, text, sizeof text)) >= 0) {
        audit.whole = got == 0;
        if (!bytes_add(&audit.output, text, (size_t)got, AUDIT_OUTPUT_MAX))
            kill(audit.pid, SIGKILL);
    }
    int status = 0;
    if (audit.whole && waitpid(audit.pid, &status, WNOHANG) == audit.pid) {
        take_answer(status);
        finish();
    } else if (sandbox_monotonic_ms() > audit.until_ms)
        kill(audit.pid, SIGKILL);
}

void page_audit_tick(void)
{
    if (!audit.program[0])
        return;
    if (audit.pid > 0)
        listen_to_child();
    else if (sandbox_monotonic_ms() >= audit.next_ms && has_changed())
        ask(EXPORT);
}

/* ---- telling ---- */

json_t *page_audit_news(uint64_t *seen_round, int64_t *seen_seq)
{
    if (*seen_round == audit.round)
        return NULL;
    *seen_round = audit.round;
    json_t *fresh = json_array(), *record;
    size_t i;
    int64_t seq = 0;
    json_array_foreach(audit.records, i, record)
    {
        seq = json_integer_value(json_object_get(record, "seq"));
        if (seq > *seen_seq)
            json_array_append(fresh, record);
    }
    *seen_seq = seq;
    json_t *says = json_string(audit.says);
    return json_pack("{s:o, s:I, s:b, s:o, s:O?}", "records", fresh, "total", (json_int_t)seq,
                     "verified", audit.verified, "says", says ? says : json_string(""), "status",
                     audit.status);
}

/* ---- beginning and end ---- */

void page_audit_begin(const char *program, const char *dir)
{
    snprintf(audit.program, sizeof audit.program, "%s", program);
    snprintf(audit.config, sizeof audit.config, "%s/reguard-aws.conf", dir);
    snprintf(audit.store, sizeof audit.store, "%s/state/reguard.db", dir);
    snprintf(audit.wal, sizeof audit.wal, "%s/state/reguard.db-wal", dir);
}

void page_audit_end(void)
{
    if (audit.pid > 0) {
        kill(audit.pid, SIGKILL);
        waitpid(audit.pid, NULL, 0);
    }
    if (audit.fd >= 0)
        close(audit.fd);
    bytes_done(&audit.output);
    json_decref(audit.records);
    json_decref(audit.status);
}
