/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP client with libcurl itself, against a server that answers with the input. */
#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/server.h"

#include "host/log.h"
#include "net/http.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct loop *loop;
static struct http *http;
static struct fuzz_server server;
static struct loop_timer patience;
static const uint8_t *given;
static size_t given_count;
static int answers;

static void asked_for(void *arg, const char *request, struct buf *answer)
{
    (void)arg;
    FUZZ_PROMISE(strncmp(request, "GET /x?y=z HTTP/1.1\r\n", 21) == 0, "the request is ours",
                 request);
    buf_add_bytes(answer, (const char *)given, given_count);
}

static void done(void *arg, const struct http_result *r)
{
    (void)arg;
    FUZZ_PROMISE(!answers++, "one answer", r->error);
    FUZZ_PROMISE(r->retry_after_ms >= 0 && r->retry_after_ms <= MS_DAY, "a pause is at most a day",
                 r->header);
    if (r->outcome == HTTP_ANSWERED) {
        /* libcurl takes "HTTP/2 002" for one; what means nothing succeeds nowhere. */
        FUZZ_PROMISE(r->status >= 0 && r->status < 1000, "an answer has a status", r->body);
        FUZZ_PROMISE(r->body && r->body[r->body_bytes] == '\0', "a body is terminated", "");
        FUZZ_PROMISE(r->body_bytes <= given_count, "nothing is added to it", r->body);
        http_result_free(http_result_keep(r));
    } else {
        FUZZ_PROMISE(r->error && r->error[0], "what failed says why", "");
        FUZZ_PROMISE(!strstr(r->error, "y=z"), "without the query", r->error);
    }
    loop_stop(loop);
}

static void no_end(void *arg)
{
    (void)arg;
    fuzz_broken("every request comes to an end", "half a minute later");
}

int LLVMFuzzerInitialize(int *count, char ***words)
{
    struct err err;
    (void)count;
    (void)words;
    log_setup(LOG_NOTHING, LOG_TEXT);
    loop = loop_new(&err);
    http = loop ? http_new(loop, &err) : NULL;
    if (!http)
        abort();
    fuzz_server_init(&server, loop);
    server.asked_for = asked_for;
    return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    struct err err = { "" };
    char url[64];
    given = bytes;
    given_count = count;
    answers = 0;
    snprintf(url, sizeof url, "http://127.0.0.1:%d/x?y=z", server.port);
    struct http_request request = { .method = "GET",
                                    .url = url,
                                    .timeout_ms = 20 * MS_SECOND,
                                    .wants_header = "X-Wanted",
                                    .done = done };
    http_renew(http);
    fuzz_server_begin(&server);
    FUZZ_PROMISE(http_send(http, &request, &err), "a request can be begun", err.text);
    patience = (struct loop_timer){ .fired = no_end };
    loop_timer_set(loop, &patience, 30 * MS_SECOND);
    FUZZ_PROMISE(loop_run(loop), "the loop goes on", "");
    loop_timer_cancel(&patience);
    fuzz_server_end(&server);
    return 0;
}
