/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/sandbox/control/changes.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/web.h"

#include <stdlib.h>

enum { WAITERS_MAX = 64, WAIT_MAX_MS = 30000 };

struct waiter {
    uint64_t ticket, since;
};

static struct waiter waiters[WAITERS_MAX];
static size_t waiter_count;
static uint64_t changes;

static void answer_changes(uint64_t ticket)
{
    struct web_reply reply = { 0 };
    web_reply_json(&reply, 200, json_pack("{s:I}", "changes", (json_int_t)changes));
    web_finish(ticket, &reply);
}

void sandbox_changed(void)
{
    changes++;
    size_t kept = 0;
    for (size_t i = 0; i < waiter_count; i++) {
        if (changes > waiters[i].since)
            answer_changes(waiters[i].ticket);
        else
            waiters[kept++] = waiters[i];
    }
    waiter_count = kept;
}

uint64_t sandbox_changes(void) { return changes; }

struct patience {
    uint64_t ticket;
};

static void on_patience_ends(void *arg)
{
    uint64_t ticket = ((struct patience *)arg)->ticket;
    free(arg);
    for (size_t i = 0; i < waiter_count; i++)
        if (waiters[i].ticket == ticket) {
            waiters[i] = waiters[--waiter_count];
            answer_changes(ticket);
            return;
        }
}

void changes_wait(const struct control_call *call)
{
    uint64_t since = 0, timeout_ms = WAIT_MAX_MS;
    if (!control_query_number(call->request->query, "since", &since) ||
        !control_query_number(call->request->query, "timeout_ms", &timeout_ms)) {
        control_fail(call->reply, 400, "since and timeout_ms are numbers");
        return;
    }
    struct patience *patience = NULL;
    if (changes <= since && timeout_ms && waiter_count < WAITERS_MAX)
        patience = malloc(sizeof *patience);
    if (!patience) {
        web_reply_json(call->reply, 200, json_pack("{s:I}", "changes", (json_int_t)changes));
        return;
    }
    patience->ticket = call->request->ticket;
    waiters[waiter_count++] = (struct waiter){ call->request->ticket, since };
    sandbox_after(timeout_ms < WAIT_MAX_MS ? (int64_t)timeout_ms : WAIT_MAX_MS, on_patience_ends,
                  patience);
    call->reply->later = true;
}
