/* SPDX-License-Identifier: Apache-2.0 */
/* What the services were asked, in order; the newest are kept. */
#include "tests/sandbox/control/requests.h"
#include "tests/sandbox/net/timers.h"
#include "tests/sandbox/net/web.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REQUESTS_MAX = 20000, REQUEST_OPERATION_MAX = 48, REQUEST_NOTE_MAX = 4096 };

struct noted {
    uint64_t n;
    int64_t at_ms;
    int status, peer_port;
    char operation[REQUEST_OPERATION_MAX];
    char *note;
};

static struct noted ring[REQUESTS_MAX];
static uint64_t noted_count; /* ever; the entry n is at (n - 1) % REQUESTS_MAX */

/* A last character that was cut in two goes, for the note must be UTF-8. */
static void mend_end(char *note)
{
    size_t bytes = strlen(note), tail = 0;
    while (tail < bytes && tail < 3 && ((unsigned char)note[bytes - 1 - tail] & 0xc0) == 0x80)
        tail++;
    if (tail == bytes)
        return;
    unsigned char lead = (unsigned char)note[bytes - 1 - tail];
    size_t wanted = lead >= 0xf0 ? 3 : lead >= 0xe0 ? 2 : lead >= 0xc0 ? 1 : 0;
    if (tail < wanted)
        note[bytes - 1 - tail] = '\0';
}

void requests_note(const char *operation, int status, const char *note)
{
    struct noted *slot = &ring[noted_count % REQUESTS_MAX];
    free(slot->note);
    *slot = (struct noted){ .n = ++noted_count,
                            .at_ms = sandbox_utc_ms(),
                            .status = status,
                            .peer_port = web_peer_port() };
    slot->note = note ? strndup(note, REQUEST_NOTE_MAX) : NULL;
    if (slot->note)
        mend_end(slot->note);
    snprintf(slot->operation, sizeof slot->operation, "%s", operation);
}

uint64_t requests_count(void) { return noted_count; }

json_t *requests_list(uint64_t since)
{
    json_t *list = json_array();
    uint64_t first = noted_count > REQUESTS_MAX ? noted_count - REQUESTS_MAX : 0;
    for (uint64_t n = since > first ? since : first; list && n < noted_count; n++) {
        const struct noted *entry = &ring[n % REQUESTS_MAX];
        json_t *note = entry->note ? json_string(entry->note)
                                   : NULL; /* NULL as well for a note that is not UTF-8 */
        json_array_append_new(list,
                              json_pack("{s:I s:I s:s s:i s:i s:o}", "n", (json_int_t)entry->n,
                                        "at_ms", (json_int_t)entry->at_ms, "operation",
                                        entry->operation, "status", entry->status, "peer_port",
                                        entry->peer_port, "note", note ? note : json_null()));
    }
    return list;
}

void requests_clear(void)
{
    for (size_t i = 0; i < REQUESTS_MAX; i++) {
        free(ring[i].note);
        ring[i].note = NULL;
    }
    noted_count = 0;
}
