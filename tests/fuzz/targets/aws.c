/* SPDX-License-Identifier: Apache-2.0 */
/* What AWS answers: the first byte says to which question, or how it refuses. XML and JSON within
   their ceilings, and nothing told that could break a line. */
#include "tests/fuzz/fuzz.h"

#include "adapters/aws/events.h"
#include "adapters/aws/found.h"
#include "adapters/aws/queue.h"
#include "adapters/aws/session.h"
#include "adapters/aws/xml.h"
#include "core/inert.h"
#include "core/limits.h"

#include <string.h>

/* Elements of a tree, and that it is no deeper than it may be. */
static size_t count(const struct xml_element *e, size_t depth)
{
    size_t n = 0;
    FUZZ_PROMISE(!e || depth <= LIMIT_XML_DEPTH, "no deeper than it may be", e->name);
    for (; e; e = e->next) {
        FUZZ_PROMISE(!e->first || !e->text[0], "text stands in leaves alone", e->name);
        n += 1 + count(e->first, depth + 1);
    }
    return n;
}

static void explain(enum aws_action action, const char *text, size_t bytes, struct arena *arena)
{
    struct err err = { "" };
    aws_explain(action, 400 + (long)(bytes % 200), text, bytes, arena, &err);
    FUZZ_PROMISE(strncmp(err.text, aws_actions[action].action,
                         strlen(aws_actions[action].action)) == 0,
                 "a refusal names its action", err.text);
    FUZZ_PROMISE(!strpbrk(err.text, "\n\r`"), "a refusal is one line", err.text);
}

/* What is signed with is whole and lasts; of what is none no word is told. */
static void session(char kind, const char *text, size_t bytes)
{
    enum { NOW_MS = 1795526055 };
    struct err err = { "" };
    struct aws_session s = { .ends_ms = 0 };
    bool whole = kind == 'h' ? aws_read_handed(text, bytes, NOW_MS, &s, &err)
                             : aws_read_session(kind == 's'   ? AWS_ASSUME_ROLE
                                                : kind == 'r' ? AWS_ASSUME_ROOT
                                                              : AWS_ASSUME_ROLE_WITH_WEB_IDENTITY,
                                                text, bytes, NOW_MS, &s, &err);
    FUZZ_PROMISE(whole == (s.access_key_id[0] != 0) && whole == (s.secret != NULL) &&
                     whole == (s.token != NULL),
                 "a session is whole or none", s.access_key_id);
    FUZZ_PROMISE(!whole || s.ends_ms > NOW_MS, "a session lasts", s.access_key_id);
    FUZZ_PROMISE(whole || (err.text[0] && inert_is_plain(err.text, sizeof err.text)),
                 "a refusal says why, in one line", err.text);
    FUZZ_PROMISE(!whole || !strpbrk(secret_reveal(s.token), "\r\n "),
                 "a token can stand in a header", "");
    aws_session_done(&s);
}

/* What is found of a root user: a key's id can stand in a question, what can be used has a day, and
   of what is no answer no word is told. */
static void found(char kind, const char *text, size_t bytes)
{
    struct err err = { "" };
    struct aws_found f = { .account = "222222222222" };
    bool whole = aws_read_found((enum aws_action)(AWS_GET_USER + (kind - '0')), text, bytes, &f,
                                &err);
    FUZZ_PROMISE(f.key_count <= AWS_FOUND_KEYS && f.user.keys == f.key_count,
                 "no more keys than may be", "");
    for (size_t i = 0; i < f.key_count; i++)
        FUZZ_PROMISE(f.keys[i][0] && !strpbrk(f.keys[i], "&=%\r\n "), "a key's id is a word",
                     f.keys[i]);
    FUZZ_PROMISE(f.user.keys_active <= f.user.keys &&
                     f.user.certificates_active <= f.user.certificates,
                 "what can be used is there", "");
    FUZZ_PROMISE(root_user_is_usable(&f.user) == (f.user.since_ms > 0),
                 "what can be used has a day", "");
    FUZZ_PROMISE(whole || (err.text[0] && inert_is_plain(err.text, sizeof err.text)),
                 "a refusal says why, in one line", err.text);
}

/* What is put as an event is whole; of what is none only why is told. */
static void event(const char *text, size_t bytes, struct arena *arena)
{
    struct err err = { "" };
    struct aws_event e = { .id = "" };
    enum aws_event_kind kind = aws_event_read(text, bytes, arena, &e, &err);
    bool whole = kind == AWS_EVENT_ROOT || kind == AWS_EVENT_TASK;
    FUZZ_PROMISE(!whole || (e.id[0] && strlen(e.root.account) == 12 && e.root.name &&
                            e.root.address && !strpbrk(e.root.name, "\r\n")),
                 "an event is whole", str_or_empty(e.id));
    FUZZ_PROMISE((kind == AWS_EVENT_UNREAD) == (err.text[0] != 0), "what is unread says why",
                 err.text);
}

static void messages(const char *text, size_t bytes, struct arena *arena)
{
    struct err err = { "" };
    struct aws_message all[AWS_MESSAGES];
    size_t count = 0;
    bool read = aws_queue_read_messages(text, bytes, arena, all, &count, &err);
    FUZZ_PROMISE(count <= AWS_MESSAGES && (read || !count), "no more messages than may be", "");
    for (size_t i = 0; i < count; i++)
        FUZZ_PROMISE(all[i].id[0] && all[i].receipt[0] &&
                         strlen(all[i].receipt) < AWS_RECEIPT_BYTES,
                     "a message can be deleted", all[i].id);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (size == 0)
        return 0;
    struct arena arena;
    struct err err = { "" };
    const char *text = (const char *)bytes + 1;
    size_t length = size - 1;
    arena_init(&arena, 1 << 24);
    const struct xml_element *root = xml_read(text, length, &arena, &err);
    FUZZ_PROMISE(root || err.text[0], "a refusal says why", "");
    FUZZ_PROMISE(count(root, 1) <= LIMIT_XML_ELEMENTS, "no more elements than may be", "");
    struct aws_identity who = { .account = "" };
    struct aws_features features = { .never_set_up = false };
    if (bytes[0] == 'i' && aws_read_identity(text, length, &arena, &who, &err))
        FUZZ_PROMISE(strlen(who.account) == 12 && inert_is_plain(who.arn, sizeof who.arn),
                     "an identity is an account and an ARN", who.arn);
    else if (bytes[0] == 's' || bytes[0] == 'r' || bytes[0] == 'w' || bytes[0] == 'h')
        session((char)bytes[0], text, length);
    else if (bytes[0] >= '0' && bytes[0] <= '5')
        found((char)bytes[0], text, length);
    else if (bytes[0] == 'e')
        event(text, length, &arena);
    else if (bytes[0] == 'm')
        messages(text, length, &arena);
    else if (bytes[0] == 'q')
        explain(AWS_RECEIVE_MESSAGE, text, length, &arena);
    else if (bytes[0] == 'f')
        aws_read_features(text, length, &arena, &features, &err);
    else
        explain(bytes[0] & 1 ? AWS_GET_CALLER_IDENTITY : AWS_LIST_ORGANIZATIONS_FEATURES, text,
                length, &arena);
    arena_done(&arena);
    return 0;
}
