/* SPDX-License-Identifier: Apache-2.0 */
/* The daemon's control socket: whatever datagrams whoever may write to it sends, an order is one of
   the two that there are, with the words it came with, and the next question is answered. */
#include "tests/fuzz/fuzz.h"

#include "cli/bot.h"
#include "cli/control.h"
#include "host/json.h"
#include "host/log.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

enum { ORDERS = 8 };
static char folder[64];
static struct bot bot;
static struct config config;
static struct loop_timer tick;
static int client;

static void none(void *arg) { (void)arg; }
static void stop(void *arg) { loop_stop(arg); }

static void clear(void)
{
    static const char *const names[] = { "reguard.db", "reguard.db-wal", "reguard.db-shm",
                                         "lock",       "reserve",        "control.sock" };
    char name[256];
    for (size_t i = 0; i < COUNT(names); i++) {
        snprintf(name, sizeof name, "%s/%s", folder, names[i]);
        unlink(name);
    }
    rmdir(folder);
}

static void connect_client(void)
{
    struct sockaddr_un at = { .sun_family = AF_UNIX }, mine = { .sun_family = AF_UNIX };
    snprintf(at.sun_path, sizeof at.sun_path, "%s/control.sock", folder);
    client = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (bind(client, (struct sockaddr *)&mine, sizeof mine.sun_family) != 0 ||
        connect(client, (struct sockaddr *)&at, sizeof at) != 0)
        abort();
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct err err = { "" };
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    snprintf(folder, sizeof folder, "%s/reguard-fuzz-control-XXXXXX",
             access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp");
    if (!mkdtemp(folder))
        abort();
    atexit(clear);
    snprintf(config.bot.state_dir, sizeof config.bot.state_dir, "%s", folder);
    bot.config = &config;
    bot.loop = loop_new(&err);
    bot.store = bot.loop ? store_open(folder, &err) : NULL;
    if (!bot.store ||
        !engine_init(&bot.engine, bot.loop, bot.store, fuzz_policy(), fuzz_people(), &err))
        abort();
    /* What is ordered is looked at here, and not carried out. */
    inbox_done(&bot.engine.inbox);
    inbox_init(&bot.engine.inbox, none, NULL);
    if (!control_listen(&bot, &err))
        abort();
    connect_client();
    return 0;
}

/* One datagram, and what comes back, terminated; "" for nothing. */
static const char *ask(const char *text, size_t bytes)
{
    static char answer[CONTROL_ANSWER_BYTES + 1];
    FUZZ_PROMISE(send(client, text, bytes, MSG_NOSIGNAL) == (ssize_t)bytes, "the socket is emptied",
                 text);
    tick = (struct loop_timer){ .fired = stop, .arg = bot.loop };
    /* The loop looks at timers before descriptors, or the other way round. */
    for (int round = 0; round < 2; round++) {
        loop_timer_set(bot.loop, &tick, 0);
        FUZZ_PROMISE(loop_run(bot.loop), "the loop goes on", text);
    }
    ssize_t got = recv(client, answer, sizeof answer - 1, 0);
    answer[got > 0 ? got : 0] = '\0';
    return answer;
}

static bool is_status(const char *answer)
{
    struct err err = { "" };
    JSON_AUTO *status = json_read(answer, strlen(answer), CONTROL_ANSWER_BYTES, &err);
    return status && json_text_or_empty(status, "guardrail")[0];
}

/* The reason as it was sent, cut where a datagram is. */
static void look(const struct event *e, const char *sent)
{
    const char *verb = e->kind == EVENT_RESTORE_ORDERED  ? "restore "
                       : e->kind == EVENT_STORE_ACCEPTED ? "accept "
                                                         : NULL;
    FUZZ_PROMISE(verb, "an order is one that there is", sent);
    FUZZ_PROMISE(strncmp(sent, verb, strlen(verb)) == 0, "it is the one that was sent", sent);
    const char *reason = sent + strlen(verb);
    FUZZ_PROMISE(strncmp(reason, e->order_reason, strlen(e->order_reason)) == 0,
                 "with the words it was sent with", sent);
}

static void order(const char *text)
{
    const char *answer = ask(text, strlen(text) + 1);
    struct inbox_batch *batch = inbox_take(&bot.engine.inbox);
    FUZZ_PROMISE(batch->count <= 1, "one datagram is one order at the most", text);
    FUZZ_PROMISE(batch->count == (strncmp(answer, "taken ", 6) == 0), "what is taken is said",
                 text);
    if (batch->count)
        look(batch->events[0], text);
    inbox_release(&bot.engine.inbox, batch);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct arena arena;
    arena_init(&arena, LIMIT_ARENA_BYTES);
    struct fuzz_pieces p = fuzz_pieces(bytes, count, &arena);
    for (int i = 0; i < ORDERS && p.at < p.end; i++)
        order(fuzz_text(&p));
    FUZZ_PROMISE(is_status(ask("status", strlen("status"))), "the next question is answered", "");
    arena_done(&arena);
    return 0;
}
