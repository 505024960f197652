/* SPDX-License-Identifier: Apache-2.0 */
/* The bot's WebSocket client alone, for a server that does what it likes: connects again and again,
   says on standard output what it was told, and ends when the server says "end". A message "close"
   makes it close the connection in order.   usage: client ws://127.0.0.1:PORT/ */
#include "core/buf.h"
#include "host/log.h"
#include "net/loop.h"
#include "net/ws.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct loop *loop;
static struct ws *ws;
static const char *url;
static struct loop_timer again;

static void connect_now(void *arg);

static void later(ms_t after_ms)
{
    again = (struct loop_timer){ .fired = connect_now };
    loop_timer_set(loop, &again, after_ms);
}

static void opened(void *arg)
{
    (void)arg;
    puts("opened");
    ws_send(ws, "hello", 5, NULL);
}

static void received(void *arg, const char *text, size_t bytes)
{
    (void)arg;
    printf("message %zu\n", bytes);
    if (str_equal(text, "end"))
        loop_stop(loop);
    if (str_equal(text, "close")) {
        ws_close(ws);
        ws = NULL;
        puts("closing");
        later(1500); /* longer than an orderly end may take */
    }
}

static void closed(void *arg, const char *why)
{
    (void)arg;
    printf("closed: %s\n", why);
    ws = NULL;
    later(1);
}

static void connect_now(void *arg)
{
    static const struct ws_callbacks calls = { opened, received, closed };
    struct ws_options options = { .url = url,
                                  .open_timeout_ms = 20 * MS_SECOND,
                                  .ping_every_ms = 2 * MS_SECOND,
                                  .dead_after_ms = 30 * MS_SECOND };
    struct err err = { "" };
    (void)arg;
    ws = ws_connect(loop, &options, &calls, NULL, &err);
    if (ws)
        return;
    printf("no connection: %s\n", err.text);
    loop_stop(loop);
}

int main(int count, char **words)
{
    struct err err = { "" };
    if (count != 2)
        return 64;
    setvbuf(stdout, NULL, _IOLBF, 0);
    url = words[1];
    loop = loop_new(&err);
    if (!loop)
        return 1;
    later(1);
    bool fine = loop_run(loop);
    ws_close(ws);
    loop_free(loop);
    puts(fine ? "over" : "the loop broke");
    return fine ? 0 : 1;
}
