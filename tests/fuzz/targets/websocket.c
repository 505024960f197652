/* SPDX-License-Identifier: Apache-2.0 */
/* The WebSocket client with libwebsockets itself, against a server that sends the input. The first
   byte says how: h: behind a good upgrade; r: instead of one; l: behind one, and before the rest
   one text message of so many KiB (the next two bytes), more than an input can hold; c: as h, and
   the client closes when the first message has come. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/server.h"

#include "host/log.h"
#include "net/ws.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct loop *loop;
static struct fuzz_server server;
static struct ws *ws;
static struct loop_timer patience;
static const uint8_t *given;
static size_t given_count;
static int ends;
static bool closes;

static void upgrade(const char *request, struct buf *answer)
{
    static const char magic[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    char joined[128];
    unsigned char digest[EVP_MAX_MD_SIZE], text[64];
    unsigned bytes;
    const char *key = strstr(request, "Sec-WebSocket-Key: ");
    if (!key)
        return;
    key += strlen("Sec-WebSocket-Key: ");
    snprintf(joined, sizeof joined, "%.*s%s", (int)strcspn(key, "\r"), key, magic);
    EVP_Digest(joined, strlen(joined), digest, &bytes, EVP_sha1(), NULL);
    EVP_EncodeBlock(text, digest, (int)bytes);
    buf_addf(answer,
             "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: "
             "Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
             (const char *)text);
}

static void add_long(struct buf *answer, size_t bytes)
{
    buf_add_char(answer, (char)0x81);
    buf_add_char(answer, 127);
    for (int shift = 56; shift >= 0; shift -= 8)
        buf_add_char(answer, (char)(((uint64_t)bytes >> shift) & 0xff));
    for (size_t i = 0; i < bytes; i++)
        buf_add_char(answer, 'x');
}

static void asked_for(void *arg, const char *request, struct buf *answer)
{
    size_t from = 1;
    (void)arg;
    if (given[0] != 'r')
        upgrade(request, answer);
    if (given[0] == 'l' && given_count >= 3) {
        add_long(answer, (size_t)(given[1] * 256 + given[2]) % 4096 * 1024);
        from = 3;
    }
    buf_add_bytes(answer, (const char *)given + from, given_count - from);
}

static void opened(void *arg)
{
    struct err err;
    (void)arg;
    ws_send(ws, "hello", 5, &err);
}

static void received(void *arg, const char *text, size_t bytes)
{
    (void)arg;
    FUZZ_PROMISE(!ends, "nothing comes after the end", text);
    FUZZ_PROMISE(text[bytes] == '\0', "a message is terminated", "");
    if (!closes)
        return;
    ws_close(ws);
    ws = NULL;
    /* Longer than an orderly end may take. */
    loop_timer_cancel(&patience);
    patience = (struct loop_timer){ .fired = (void (*)(void *))loop_stop, .arg = loop };
    loop_timer_set(loop, &patience, 1200);
}

static void closed(void *arg, const char *why)
{
    (void)arg;
    FUZZ_PROMISE(why && why[0] && !ends++, "the end is told once, with a reason", why);
    ws = NULL;
    loop_stop(loop);
}

static void no_end(void *arg)
{
    (void)arg;
    fuzz_broken("the end of the other side is told", "half a minute later");
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct err err;
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    loop = loop_new(&err);
    if (!loop)
        abort();
    fuzz_server_init(&server, loop);
    server.asked_for = asked_for;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    static const struct ws_callbacks calls = { opened, received, closed };
    struct err err = { "" };
    char url[64];
    if (!count)
        return 0;
    given = bytes;
    given_count = count;
    closes = bytes[0] == 'c';
    ends = 0;
    snprintf(url, sizeof url, "ws://127.0.0.1:%d/", server.port);
    struct ws_options options = { .url = url,
                                  .open_timeout_ms = 20 * MS_SECOND,
                                  .ping_every_ms = 20 * MS_SECOND,
                                  .dead_after_ms = 25 * MS_SECOND };
    fuzz_server_begin(&server);
    ws = ws_connect(loop, &options, &calls, NULL, &err);
    FUZZ_PROMISE(ws, "a connection can be begun", err.text);
    patience = (struct loop_timer){ .fired = no_end };
    loop_timer_set(loop, &patience, 30 * MS_SECOND);
    FUZZ_PROMISE(loop_run(loop), "the loop goes on", "");
    loop_timer_cancel(&patience);
    fuzz_server_end(&server);
    return 0;
}
